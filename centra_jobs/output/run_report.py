"""The report of one run, as JSON and as a sentence.

The JSON object has these keys. Those that are not known yet when a run fails are null or empty:

    status           "ok", "incomplete", "failed", "misconfigured", "under way" or "interrupted"
    exit_code        0, 1, 2, 3, 75, 130 or 143, see exit_codes.py
    error            a sentence, or null
    begun_at         UTC, ISO 8601; ended_at likewise
    seconds          from start to end
    destination      its name, such as "postgres"
    location         where it is, without its password
    dataset          schema or folder at the destination
    pipeline         dlt's name of the pipeline
    start_date       as asked for, else null; end_date likewise
    load_ids         of every load that was committed, as in _dlt_loads and _dlt_load_id
    resources        by name: rows (in the table), arrived (rows of it that this run brought), expected
                     (Centra's count, null if it has none), loaded (rows read), windows (lines of load_audit),
                     calls, complexity, seconds, and status ("complete", "incomplete" or "failed", as in
                     load_audit)
    notes            sentences about what could not be read, for the owner of the token; what has failed or is
                     incomplete comes first
    checks           each with name, rule, holds and failures (sentences)
    models           names of the tables for analysts that were written
    problems         sentences about derived tables that could not be made, and are as they were before
    catalog          rows and blocking findings of the Global-e catalog, or null if it was not requested
    versions         of centra_source, dlt, python, and centra (the shop's)
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from centra_source import RESOURCES
from centra_source.atomic import replace_file
from centra_source.tables.loader_tables import NESTED_LIST

from ..exit_codes import FAILED, INCOMPLETE, INTERRUPTED, MISUSED, TERMINATED, UNDER_WAY
from ..verify.audit_lines import AuditLine, measure_seconds
from ..verify.checks import Check
from .load_report import describe_hints, describe_notes
from .outcome import Outcome, count_problems, find_outcome

STATUSES = {
    0: "ok",
    FAILED: "failed",
    MISUSED: "misconfigured",
    INCOMPLETE: "incomplete",
    UNDER_WAY: "under way",
    INTERRUPTED: "interrupted",
    TERMINATED: "interrupted",
}


@dataclass
class Run:
    """What is known about a run; the module documents the fields."""

    destination: str
    dataset: str
    pipeline: str
    begun_at: datetime
    start_date: str | None = None
    end_date: str | None = None
    ended_at: datetime | None = None
    exit_code: int = 0
    error: str | None = None
    location: str | None = None
    load_ids: list[str] = field(default_factory=list)
    audit: list[AuditLine] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    broken_steps: list[str] = field(default_factory=list)
    catalog: dict[str, int] | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From start to end."""
        return ((self.ended_at or self.begun_at) - self.begun_at).total_seconds()

    @property
    def read_resources(self) -> list[str]:
        """The resources that have lines in `load_audit`, in the order of RESOURCES."""
        noted = {line.resource for line in self.audit}
        return [name for name in RESOURCES if name in noted]

    @property
    def outcome(self) -> Outcome:
        """What is not as it should be, if the run has come to its end."""
        broken = ", ".join(check.name for check in self.checks if not check.holds)
        others = [f"a check fails: {broken}"] if broken else []
        others += self.broken_steps
        return find_outcome(self.audit, [*others, *count_problems(self.problems)])

    @property
    def notes(self) -> list[str]:
        """What the owner of the token should know."""
        return list(dict.fromkeys((*describe_notes(self.audit), *self.warnings)))

    @property
    def hints(self) -> list[str]:
        """What holds every night, until somebody changes the shop or the settings."""
        return list(describe_hints(self.audit))

    def resource(self, name: str) -> dict[str, Any]:
        """The figures of one resource."""
        lines = [line for line in self.audit if line.resource == name]
        counts = [line.expected for line in lines if line.expected is not None]
        return {
            "rows": self.rows.get(name),
            "arrived": self.arrived.get(name),
            "expected": sum(counts) if counts else None,
            "loaded": sum(line.loaded or 0 for line in lines if line.kind != NESTED_LIST),
            "windows": sum(line.kind in ("window", "list") for line in lines),
            "calls": sum(line.calls for line in lines),
            "complexity": sum(line.complexity for line in lines),
            "seconds": round(measure_seconds(lines), 3),
            "status": find_outcome(lines).worst_status,
        }

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "status": STATUSES[self.exit_code],
            "exit_code": self.exit_code,
            "error": self.error,
            "begun_at": self.begun_at.isoformat(timespec="seconds"),
            "ended_at": self.ended_at.isoformat(timespec="seconds") if self.ended_at else None,
            "seconds": round(self.seconds, 3),
            "destination": self.destination,
            "location": self.location,
            "dataset": self.dataset,
            "pipeline": self.pipeline,
            "start_date": self.start_date,
            "end_date": self.end_date,
            "load_ids": self.load_ids,
            "resources": {name: self.resource(name) for name in self.read_resources},
            "notes": self.notes,
            "checks": [
                {"name": one.name, "rule": one.rule, "holds": one.holds, "failures": list(one.failures)}
                for one in self.checks
            ],
            "models": self.models,
            "problems": self.problems,
            "catalog": self.catalog,
            "versions": self.versions,
        }

    def describe(self) -> str:
        """How the run ended, in a sentence for a log or a chat."""
        if self.error:
            return self.error
        found = [
            f"{sum(self.arrived.values()):,} rows of {len(self.read_resources)} resources",
            f"{sum(line.calls for line in self.audit):,} calls",
            f"{len(self.checks)} checks passed",
        ]
        if self.models:
            found.append(f"{len(self.models)} models")
        if self.catalog:
            rows, blocking = self.catalog["rows"], self.catalog["blocking"]
            found.append(f"a Global-e catalog of {rows:,} rows ({blocking:,} findings block its delivery)")
        return f"Loaded in {self.seconds:.1f} s into {self.place}: {', '.join(found)}."

    @property
    def place(self) -> str:
        """Where the tables are, in short."""
        return (self.location or self.destination).removeprefix("duckdb:///")

    @property
    def versions(self) -> dict[str, str | None]:
        """The versions that a run depends on, by name."""
        shop = [line.app_version for line in self.audit if line.app_version]
        return {
            "centra_source": _package_version("centra-source"),
            "dlt": _package_version("dlt"),
            "python": platform.python_version(),
            "centra": shop[-1] if shop else None,
        }


def write_report(document: dict[str, Any], path: Path) -> None:
    """Writes a report; if that fails, an earlier file stays as it was."""
    with replace_file(path) as unfinished:
        unfinished.write_text(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n", encoding="utf-8")


def _package_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # the project runs from a folder and is not installed
        return None
