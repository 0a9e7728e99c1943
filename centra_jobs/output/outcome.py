"""How a run ended that has loaded something: whether all has arrived, and what has not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from centra_source import RESOURCES
from centra_source.tables.loader_tables import Status

from ..exit_codes import INCOMPLETE
from ..verify.audit_lines import AuditLine


@dataclass(frozen=True)
class Outcome:
    """What of a run is not as it should be.

    Attributes:
        failed: The resources that could not be read; their tables are as before.
        incomplete: The resources of which something that is named is missing or was changed.
        others: What else is wrong, such as a check that fails: clauses.
    """

    failed: Sequence[str] = ()
    incomplete: Sequence[str] = ()
    others: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        """0 if everything is there and exact."""
        return INCOMPLETE if self.failed or self.incomplete or self.others else 0

    @property
    def worst_status(self) -> Status:
        """The status of the line that is worst."""
        return "failed" if self.failed else "incomplete" if self.incomplete else "complete"

    def describe(self, done: str) -> str:
        """Returns the last line of a run: what was done, and what is not as it should be.

        Args:
            done: What the run has done: a sentence without its full stop, such as "Loaded in 3 s".
        """
        clauses = [
            *_count(self.failed, "failed", "failed"),
            *_count(self.incomplete, "is incomplete", "are incomplete"),
            *self.others,
        ]
        if not clauses:
            return f"{done}."
        again = " The next run tries again." if self.failed else ""
        sentence = f"{done}, but not everything is there and exact: {'; '.join(clauses)}"
        return f"{sentence}.{again}"


def count_problems(problems: Sequence[str]) -> list[str]:
    """Returns a clause for `Outcome.others` about derived tables that could not be made, if there are any."""
    if not problems:
        return []
    several = f"{len(problems)} derived tables are as before" if len(problems) > 1 else ""
    return [several or "a derived table is as before"]


def find_outcome(lines: Iterable[AuditLine], others: Iterable[str] = ()) -> Outcome:
    """Finds how a run ended.

    Args:
        lines: Of `load_audit`, of all loads of the run.
        others: What else is wrong: clauses such as "a check fails: unique_keys".
    """
    by_status: dict[str, set[str]] = {"failed": set(), "incomplete": set()}
    for line in lines:
        by_status.setdefault(line.status, set()).add(line.resource)
    failed = by_status["failed"]
    return Outcome(_in_order(failed), _in_order(by_status["incomplete"] - failed), tuple(others))


def _in_order(names: set[str]) -> list[str]:
    known = [name for name in RESOURCES if name in names]
    return [*known, *sorted(names.difference(known))]


def _count(names: Sequence[str], one: str, several: str) -> list[str]:
    if not names:
        return []
    what = f"1 resource {one}" if len(names) == 1 else f"{len(names)} resources {several}"
    return [f"{what}: {', '.join(names)}"]
