"""What a rule of the catalog is, what it finds, and how a value that was found is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .catalog_facts import Whole
from .rows import Row

BLOCK, WARN, INFO, OFF = "BLOCK", "WARN", "INFO", "OFF"

SEVERITIES = (BLOCK, WARN, INFO)

"""From the gravest: what blocks makes the file unfit for delivery."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        value: What was found, as `shown` prints it; None where something is missing.
        message: What is wrong, one sentence.
        severity: Where it is another than the rule's.
        remedy: Where it is another than the rule's.
        row: The row that it is about, where a rule of the whole catalog finds one.
    """

    value: str | None
    message: str
    severity: str | None = None
    remedy: str | None = None
    row: Row | None = None


RowCheck = Callable[[Row, "Whole"], Iterator[Finding]]

CatalogCheck = Callable[["Whole"], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """What a catalog must fulfil.

    Attributes:
        severity: Unless the configuration or the finding says another.
        title: What is demanded.
        remedy: What to do about it, and where in Centra.
    """

    id: str
    severity: str
    title: str
    remedy: str


@dataclass(frozen=True)
class RowRule(Rule):
    """A rule that looks at one row, and knows the whole.

    Attributes:
        skips_blocked: Whether blocked rows are left alone: Global-e neither classifies nor ships them.
    """

    check: RowCheck
    skips_blocked: bool = False


@dataclass(frozen=True)
class CatalogRule(Rule):
    """A rule that looks at the catalog as a whole."""

    check: CatalogCheck
