"""`centra nightly`: the scheduled job. It loads, derives, checks what arrived, reports, and alerts."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import dlt
from dlt.common.pipeline import LoadInfo
from rich.console import Console

from centra_source import centra_source
from centra_source.clock import utc_now
from centra_source.exceptions import InvalidSetting, causes
from centra_source.globale.checks.severities import BLOCK
from centra_source.state import stored_bookmarks

from ..console import show_wait
from ..defaults import ROWS_PER_LOAD
from ..exit_codes import FAILED, INCOMPLETE, INTERRUPTED, TERMINATED
from ..output import logs
from ..output.alerts import AlertFailed, check_alert_address, send_alert
from ..output.known_warnings import KnownWarnings
from ..output.load_report import describe_notes, describe_shortfalls, show_load
from ..output.progress import RichCollector
from ..output.run_report import Run, write_report
from ..runs.derive import derive_after_load
from ..runs.duckdb_file import keep_open
from ..runs.failures import Failure, describe_failure
from ..runs.interruptions import raise_on_sigterm
from ..runs.last_run import record_last_run
from ..runs.loading import load_all
from ..runs.opening import open_pipeline, pipeline_name
from ..runs.private_files import find_pipelines_folder
from ..runs.redaction import find_secrets, redact
from ..runs.selection import choose_failure_policy, make_settings, select_resources
from ..runs.surroundings import check_surroundings
from ..verify import checks
from ..verify.audit_lines import read_audit_lines
from ..verify.checked_tables import CheckedTable, list_tables


def run(console: Console, **options: Any) -> int:
    """Runs the job; the options are the fields of `Options`."""
    return Job(Options(**options), console).run_to_end()


@dataclass(frozen=True)
class Options:
    """The options of `centra nightly`."""

    resources: str | None
    exclude: str | None
    destination: str | None
    dataset: str
    start_date: str | None
    end_date: str | None
    sweep: bool
    catalog: bool
    report: Path | None
    alert: str | None
    log_format: logs.LogFormat
    quiet: bool
    verbose: bool
    sandbox: bool


class Job:
    """One run of the job.

    Args:
        options: Of the command line.
        console: Where it prints if a person is reading along.
    """

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self._secrets: list[str] = []
        self._alert_address: str | None = None
        self._not_arrived: list[str] = []
        self._is_shown = options.log_format == "text" and not options.quiet and sys.stdout.isatty()
        destination, dataset = options.destination, options.dataset
        self.run = Run(
            destination or "duckdb",
            dataset,
            pipeline_name(destination, dataset),
            utc_now(),
            options.start_date,
            options.end_date,
        )
        self._known = KnownWarnings(find_pipelines_folder() / f"{self.run.pipeline}.warnings.json")

    def run_to_end(self) -> int:
        """Runs the job, reports how it ended even if it failed, and returns the exit code."""
        run = self.run
        logs.set_up(
            self._options.log_format,
            self._redact,
            quiet=self._options.quiet,
            is_terminal=self._is_shown,
            is_wanted=lambda record: self._known.is_new_record(record) or self._is_shown,
        )
        with raise_on_sigterm():
            try:
                self._work()
                if run.outcome.exit_code:
                    run.exit_code, run.error = run.outcome.exit_code, run.outcome.describe("Loaded")
            except (Exception, KeyboardInterrupt) as error:
                failure = _describe_any(error)
                run.exit_code, run.error = failure.code, self._redact(failure.sentence)
            run.ended_at = utc_now()
            self._conclude()
        return run.exit_code

    def _work(self) -> None:
        options = self._options
        check_surroundings()
        self._add_secrets(options.alert)
        if options.report and not options.report.absolute().parent.is_dir():
            raise InvalidSetting(f"--report {options.report}: its folder does not exist. Create it first.")
        address = options.alert or dlt.secrets.get("warehouse.alert_url")
        self._alert_address = check_alert_address(address) if address else None
        self._add_secrets(self._alert_address)
        console = self._console if self._is_shown else logs.log_console()
        with ExitStack() as stack:
            settings = make_settings(
                stack,
                console,
                options.exclude,
                sandbox=options.sandbox,
                on_failure=choose_failure_policy(),
                start_date=options.start_date,
                end_date=options.end_date,
                sweep=options.sweep,
                rows_per_load=None if options.end_date else ROWS_PER_LOAD,
            )
            self._add_secrets(settings.get("access_token"))
            source = centra_source(**settings)
            chosen = select_resources(source, options.resources, options.exclude)
            pipeline = stack.enter_context(
                open_pipeline(options.destination, options.dataset, console, RichCollector(console))
            )
            self._note_finished_load(pipeline)
            before = stored_bookmarks(pipeline)
            info, _ = load_all(
                pipeline, source.with_resources(*chosen), settings, partial(self._note_load, pipeline, chosen)
            )
            self.run.location = str(info.destination_displayable_credentials)
            with keep_open(pipeline), show_wait(console, "Checking what arrived, and deriving tables"):
                self._attempt("the checks", lambda: self._check(pipeline, chosen, before))
                self._derive(pipeline)
            self._record(pipeline)
            self._show(console, pipeline)

    def _note_finished_load(self, pipeline: dlt.Pipeline) -> None:
        """Notes the load that a killed run left behind, if opening the pipeline has finished it."""
        trace = pipeline._last_trace  # of this process: `last_trace` would read a pickle of an earlier one
        if trace and trace.started_at >= self.run.begun_at and trace.last_load_info:
            packages = trace.last_load_info.load_packages
            self._note_load_ids(pipeline, [one.load_id for one in packages if one.state == "loaded"])

    def _note_load(
        self, pipeline: dlt.Pipeline, chosen: list[str], info: LoadInfo, handed_on: Mapping[str, int]
    ) -> None:
        """Checks a load as soon as it is committed: later ones of the same run may replace its rows."""
        dataset = pipeline.dataset()
        for load_id in info.loads_ids:
            self._not_arrived += checks.find_missing_rows(
                dataset,
                load_id,
                handed_on,
                _list_present_tables(pipeline, chosen),
                is_range=bool(self._options.end_date),
            )
        self._note_load_ids(pipeline, info.loads_ids)
        if self._options.verbose:
            logs.log_event(logging.INFO, "Committed a load.", load_id=info.loads_ids[0])

    def _note_load_ids(self, pipeline: dlt.Pipeline, load_ids: list[str]) -> None:
        self.run.load_ids += load_ids
        if "load_audit" in pipeline.default_schema.tables and load_ids:
            self.run.audit += read_audit_lines(pipeline.dataset(), load_ids)

    def _derive(self, pipeline: dlt.Pipeline) -> None:
        derived = derive_after_load(pipeline, catalog="wanted" if self._options.catalog else "none")
        self.run.models, self.run.problems = derived.models.made, list(derived.problems)
        self.run.checks += checks.check_models(derived.models)
        if derived.catalog is not None:
            ((rows,),) = pipeline.dataset()("select count(*) as held from globale_catalog").fetchall()
            self.run.catalog = {"rows": rows, "blocking": derived.catalog.issues(BLOCK)}

    def _attempt(self, what: str, step: Callable[[], None]) -> None:
        """Does something with what was loaded. An error in it does not undo the load."""
        try:
            step()
        except Exception as error:
            failure = _describe_any(error)
            if failure.code in (INTERRUPTED, TERMINATED):
                raise
            self.run.broken_steps.append(f"{what} failed: {failure.sentence.rstrip('.')}")

    def _check(self, pipeline: dlt.Pipeline, chosen: list[str], before: checks.Bookmarks) -> None:
        run, dataset, tables = self.run, pipeline.dataset(), _list_present_tables(pipeline, chosen)
        read = [name for name in chosen if name not in run.outcome.failed]  # the others are named as failed
        run.rows = checks.count_rows(dataset, tables)
        run.arrived = checks.count_arrived_rows(
            dataset, [name for name in run.read_resources if name in run.rows], run.load_ids
        )
        run.checks = [
            checks.check_counts(run.audit),
            checks.check_all_read(run.audit, chosen),
            checks.check_arrival(self._not_arrived),
            checks.check_whole_lists(run.rows, run.audit, tables),
            checks.check_unique_keys(dataset, run.rows, tables, run.load_ids),
            checks.check_owners(dataset, run.rows, tables, run.load_ids),
            checks.check_bookmarks(before, stored_bookmarks(pipeline)),
            checks.check_nothing_pending(pipeline, () if self._options.end_date else read),
        ]

    def _record(self, pipeline: dlt.Pipeline) -> None:
        """Records for `centra check` what is not as it should be."""
        failures = [failure for check in self.run.checks for failure in check.failures]
        sentences = [*describe_shortfalls(self.run.audit), *self.run.problems, *failures]
        record_last_run(pipeline.pipeline_name, map(self._redact, sentences))

    def _show(self, console: Console, pipeline: dlt.Pipeline) -> None:
        """The table for people in a terminal, lines for a log."""
        if self._is_shown:
            show_load(console, pipeline.dataset(), self.run.load_ids)
            console.print()
            return
        for name in self.run.read_resources if self._options.verbose else ():
            logs.log_event(logging.INFO, f"Read {name}.", resource=name, **self.run.resource(name))
        hints = self.run.hints
        for note in describe_notes(self.run.audit):
            if note not in hints or not self._known.is_known(note, with_any_numbers=True):
                logs.log_event(logging.WARNING, note)

    def _conclude(self) -> None:
        """Reports how the run ended: in the log, in the report, and to the webhook."""
        run = self.run
        run.warnings = list(self._known.logged)
        if run.versions["centra"]:
            for warning in self._known.save(f"{run.versions['centra_source']}, {run.versions['centra']}"):
                logs.log_event(logging.WARNING, warning)
        self._report()
        for check in run.checks:
            for failure in check.failures:
                logs.log_event(logging.ERROR, failure, check=check.name)
        for problem in run.problems:
            logs.log_event(logging.ERROR, problem)
        level = logging.ERROR if run.exit_code else logging.INFO
        fields = {"status": run.to_json()["status"], "exit_code": run.exit_code}
        logs.log_event(level, run.describe(), **(fields if self._options.log_format == "json" else {}))
        try:
            if run.exit_code and self._alert_address:
                document = self._make_document()
                place = self._redact(f"{run.dataset} in {run.place}")
                lines = [f"Centra load, {place}: {run.error}"]
                lines += [failure for check in document["checks"] for failure in check["failures"]][:5]
                send_alert(self._alert_address, "\n".join(lines), document)
        except AlertFailed as error:
            logs.log_event(logging.ERROR, str(error))

    def _report(self) -> None:
        """Writes the report. Without it, a program that waits for it does not know that all else is well."""
        path, run = self._options.report, self.run
        try:
            if path:
                write_report(self._make_document(), path)
        except OSError as error:
            sentence = f"The report cannot be written to {path} ({error.strerror})."
            run.exit_code = run.exit_code or INCOMPLETE
            run.error = f"{run.error} {sentence}" if run.error else f"Loaded, but: {sentence}"

    def _make_document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._redact(json.dumps(self.run.to_json())))
        return document

    def _add_secrets(self, *secrets: str | None) -> None:
        self._secrets = find_secrets(*self._secrets, *secrets)

    def _redact(self, text: str) -> str:
        return redact(text, self._secrets)


def _list_present_tables(pipeline: dlt.Pipeline, chosen: Iterable[str]) -> list[CheckedTable]:
    return list_tables(chosen, pipeline.default_schema.tables)


def _describe_any(error: BaseException) -> Failure:
    """Describes an error; logs the traceback of an unexpected one, which is being handled."""
    if failure := describe_failure(error):
        return failure
    logs.LOGGER.exception("Traceback:")
    *_, cause = causes(error)
    reason = str(cause).strip() or type(cause).__name__
    return Failure(FAILED, f"Unexpected error: {reason.splitlines()[0]}")
