"""What the screens of Global-e say: never that all is well when nothing was compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from centra_jobs.output.globale_catalog_report import _verdict
from centra_jobs.output.globale_orders_report import _say_nothing_found
from centra_source.globale import BLOCK, WARN, Export, RuleCount, Summary, WrittenFile

BLOCKS = RuleCount("C1", BLOCK, "A title", 2, 1)
WARNS = RuleCount("H1", WARN, "A title", 3, 1)


def make_export(rows: int = 5, *counts: RuleCount, **given: Any) -> Export:
    """An export of some rows, with some findings."""
    values: dict[str, Any] = {"others": (), "page": Path("page.html"), "excluded": 0, "omitted": 0}
    values |= {"difference": None, "is_recorded": False, "notes": (), **given}
    file = WrittenFile(Path("catalog.csv"), rows, "")
    return Export(catalog=file, found=Summary(counts), **values)


@pytest.mark.parametrize(
    ("made", "strict", "verdict"),
    [
        (make_export(), False, "Ready for Global-e."),
        (make_export(is_recorded=True), False, "Ready for Global-e. It is recorded as delivered."),
        (make_export(5, BLOCKS), False, "Not ready for Global-e: 2 findings block it."),
        (make_export(5, WARNS), False, "Ready for Global-e."),
        (make_export(5, WARNS), True, "Not ready for Global-e: 3 warnings block it with --strict."),
        (
            make_export(5, BLOCKS, is_recorded=True),
            False,
            "Recorded as delivered with --force, although 2 findings block it.",
        ),
        (
            make_export(0),
            False,
            "Nothing to deliver: the catalog has no sizes, because the store offers no product.",
        ),
        (
            make_export(doubts=["products failed"]),
            False,
            "No finding blocks it, but it lacks what the last load did not bring: see above.",
        ),
    ],
)
def test_verdict_is_never_two_things(made: Export, strict: bool, verdict: str) -> None:
    """A catalog is ready, not ready, delivered by force, empty, or made of old rows."""
    assert _verdict(made, strict) == verdict


def test_orders_that_were_not_compared_do_not_agree() -> None:
    """Without an order of Global-e there was nothing to compare."""
    assert _say_nothing_found(0).startswith("Nothing was compared: none of the loaded orders is of Global-e.")
    assert _say_nothing_found(7) == "No exceptions in 7 orders of Global-e, as far as they could be compared."
