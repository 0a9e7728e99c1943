"""How a run ends that has loaded something: the exit code, and the last line."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from centra_jobs.exit_codes import INCOMPLETE
from centra_jobs.jobs.nightly import Job, Options
from centra_jobs.output.load_report import describe_notes
from centra_jobs.output.outcome import find_outcome
from centra_jobs.verify.audit_lines import AuditLine

NOT_ALL = "Loaded, but not everything is there and exact:"
NOON = datetime(2026, 11, 16, 12, tzinfo=timezone.utc)


def make_line(resource: str, status: str, note: str | None = None, **values: Any) -> AuditLine:
    """A line of load_audit of a window."""
    usual = AuditLine("1", resource, "window", NOON, NOON, 3, 3, 0, 1, 1, NOON, NOON, None, note, status)
    return usual._replace(**values)


FAILED_STOCK = make_line("stock", "failed", "The list shifts.", kind="failed")
INCOMPLETE_ORDERS = make_line("orders", "incomplete", "A value is absurd.", kind="other values")
HINT = make_line("orders", "complete", "The queue is empty.", kind="events")


@pytest.mark.parametrize(
    ("lines", "others", "code", "sentence"),
    [
        ([make_line("orders", "complete"), HINT], [], 0, "Loaded."),
        (
            [INCOMPLETE_ORDERS] * 2,
            [],
            INCOMPLETE,
            f"{NOT_ALL} 1 resource is incomplete: orders.",
        ),
        (
            [HINT, FAILED_STOCK, make_line("stock", "incomplete"), make_line("brands", "failed")],
            [],
            INCOMPLETE,
            f"{NOT_ALL} 2 resources failed: brands, stock. The next run tries again.",
        ),
        (
            [FAILED_STOCK, INCOMPLETE_ORDERS],
            ["a check fails: counted"],
            INCOMPLETE,
            f"{NOT_ALL} 1 resource failed: stock; 1 resource is incomplete: orders; a check fails: counted. "
            "The next run tries again.",
        ),
    ],
    ids=["complete", "incomplete", "failed", "all at once"],
)
def test_last_line_counts_what_is_not_complete(
    lines: list[AuditLine], others: list[str], code: int, sentence: str
) -> None:
    """Each resource is named once, by the worst that happened to it; a hint is not a fault."""
    outcome = find_outcome(lines, others)
    assert (outcome.exit_code, outcome.describe("Loaded")) == (code, sentence)


def test_report_that_cannot_be_written_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that waits for it would wait for ever. The exit code of a run that failed stays."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path))
    options: dict[str, Any] = {**dict.fromkeys(Options.__dataclass_fields__), "log_format": "text"}
    for code, expected in ((0, INCOMPLETE), (1, 1)):
        job = Job(Options(**{**options, "dataset": "centra_data", "report": tmp_path}), Console())
        job.run.exit_code = code
        job._report()
        assert job.run.exit_code == expected
        assert f"The report cannot be written to {tmp_path} (" in str(job.run.error)


def test_each_thing_is_printed_once_the_worst_first() -> None:
    """What is missing names its resource; a hint is given as it is."""
    described = list(describe_notes([HINT, INCOMPLETE_ORDERS, HINT, FAILED_STOCK, INCOMPLETE_ORDERS]))
    assert described == ["stock: The list shifts.", "orders: A value is absurd.", "The queue is empty."]
