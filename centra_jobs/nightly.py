"""One run of the scheduled job, from its command line to its exit code."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import dlt
from dlt.common.pipeline import LoadInfo
from rich.console import Console

from centra_source import centra_source
from centra_source.clock import utc_now
from centra_source.exceptions import InvalidSetting, causes
from centra_source.globale import catalog_configuration, derive_catalog, summary
from centra_source.globale.checks.rule_kinds import BLOCK
from centra_source.models import derive_models
from centra_source.state import stored_bookmarks

from .output import cli, logs
from .output.alerts import AlertFailed, checked_alert_address, send_alert
from .output.load_report import show_load
from .output.progress import RichCollector
from .output.run_report import CHECKS_FAILED, Run, write_report
from .runs.duckdb_file import kept_open
from .runs.failures import FAILED, Failure, failure_of
from .runs.interruptions import terminable
from .runs.loading import ROWS_PER_LOAD, load_all
from .runs.local_shop import local_shop
from .runs.opening import open_pipeline, pipeline_name
from .runs.redaction import hidden, known_secrets
from .verify import checks
from .verify.audit_lines import audit_lines
from .verify.checked_tables import CheckedTable, checked_tables


class Job:
    """One run of the job.

    Args:
        arguments: Of the command line.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._secrets: list[str] = []
        self._alert_address: str | None = None
        self._not_arrived: list[str] = []
        self._is_shown = arguments.log_format == "text" and not arguments.quiet and sys.stdout.isatty()
        destination, dataset = arguments.destination, arguments.dataset
        self.run = Run(
            destination or "duckdb",
            dataset,
            pipeline_name(destination, dataset),
            utc_now(),
            arguments.start_date,
            arguments.end_date,
        )

    def do(self) -> int:
        """Runs to the end, whatever happens, and returns the exit code."""
        run = self.run
        logs.set_up(
            self._arguments.log_format,
            self._hide,
            quiet=self._arguments.quiet,
            is_terminal=self._is_shown,
        )
        with terminable():
            try:
                self._work()
                broken = [check for check in run.checks if not check.holds]
                if broken:
                    names = ", ".join(check.name for check in broken)
                    run.exit_code, run.error = CHECKS_FAILED, f"Loaded, but a check does not hold: {names}."
            except (Exception, KeyboardInterrupt) as error:
                failure = failure_of(error)
                if failure is None:
                    failure = _unforeseen(error)
                    logs.LOGGER.exception("Where it happened:")
                run.exit_code, run.error = failure.code, self._hide(failure.sentence)
            run.ended_at = utc_now()
            self._conclude()
        return run.exit_code

    def _work(self) -> None:
        arguments = self._arguments
        self._hide_secrets(arguments.alert)
        if arguments.report and not arguments.report.absolute().parent.is_dir():
            raise InvalidSetting(f"--report {arguments.report}: there is no such folder to write into.")
        address = arguments.alert or dlt.secrets.get("warehouse.alert_url")
        self._alert_address = checked_alert_address(address) if address else None
        self._hide_secrets(self._alert_address)
        console = cli.plain_console() if self._is_shown else logs.console()
        with ExitStack() as stack:
            settings = self._settings(stack)
            source = centra_source(**settings)
            chosen = cli.chosen_resources(arguments.resources, arguments.exclude)
            if not arguments.resources:
                chosen = [name for name in chosen if name in source.selected_resources]
            collector = RichCollector(console)
            pipeline = stack.enter_context(
                open_pipeline(arguments.destination, arguments.dataset, console, collector)
            )
            self._take_over(pipeline)
            before = stored_bookmarks(pipeline)
            info, _ = load_all(
                pipeline, source.with_resources(*chosen), settings, partial(self._loaded, pipeline, chosen)
            )
            self.run.location = str(info.destination_displayable_credentials)
            with kept_open(pipeline):
                self._check(pipeline, chosen, before)
                self.run.models = derive_models(pipeline).made
                if arguments.catalog:
                    self._derive_catalog(pipeline)
                self._show(console, pipeline)

    def _settings(self, stack: ExitStack) -> dict[str, Any]:
        """The arguments of the source; others come from the configuration."""
        arguments = self._arguments
        settings: dict[str, Any] = {
            "start_date": arguments.start_date,
            "end_date": arguments.end_date,
            "sweep": arguments.sweep or None,
            "rows_per_load": None if arguments.end_date else ROWS_PER_LOAD,
        }
        settings = {name: value for name, value in settings.items() if value is not None}
        settings.update(cli.excluded_names(arguments.exclude))
        if arguments.sandbox:
            settings.update(stack.enter_context(local_shop()))
            self._hide_secrets(settings["access_token"])
        return settings

    def _take_over(self, pipeline: dlt.Pipeline) -> None:
        """Notes the load that a killed run left behind, if opening the pipeline has finished it."""
        trace = pipeline.last_trace
        if trace and trace.started_at >= self.run.begun_at and trace.last_load_info:
            self._note_loads(pipeline, trace.last_load_info.loads_ids)

    def _loaded(
        self, pipeline: dlt.Pipeline, chosen: list[str], info: LoadInfo, handed_on: Mapping[str, int]
    ) -> None:
        """Looks at a load as soon as it is committed: later ones of the same run may replace its rows."""
        dataset = pipeline.dataset()
        for load_id in info.loads_ids:
            self._not_arrived += checks.not_arrived(
                dataset,
                load_id,
                handed_on,
                self._tables(pipeline, chosen),
                is_range=bool(self._arguments.end_date),
            )
        self._note_loads(pipeline, info.loads_ids)
        if self._arguments.verbose:
            logs.tell(logging.INFO, "Committed a load.", load_id=info.loads_ids[0])

    def _note_loads(self, pipeline: dlt.Pipeline, load_ids: list[str]) -> None:
        self.run.load_ids += load_ids
        if "load_audit" in pipeline.default_schema.tables and load_ids:
            self.run.audit += audit_lines(pipeline.dataset(), load_ids)

    def _derive_catalog(self, pipeline: dlt.Pipeline) -> None:
        derive_catalog(pipeline, catalog_configuration())
        ((rows,),) = pipeline.dataset()("select count(*) as held from globale_catalog").fetchall()
        self.run.catalog = {"rows": rows, "blocking": summary(pipeline.dataset()).issues(BLOCK)}

    def _check(self, pipeline: dlt.Pipeline, chosen: list[str], before: checks.Bookmarks) -> None:
        run, dataset, tables = self.run, pipeline.dataset(), self._tables(pipeline, chosen)
        run.rows = checks.rows_of_tables(dataset, tables)
        run.arrived = checks.rows_of_loads(
            dataset, [name for name in run.read_resources if name in run.rows], run.load_ids
        )
        run.checks = [
            checks.counted(run.audit),
            checks.all_read(run.audit, chosen),
            checks.arrived(self._not_arrived),
            checks.whole_lists(run.rows, run.audit, tables),
            checks.unique_keys(dataset, run.rows, tables, run.load_ids),
            checks.present_owners(dataset, run.rows, tables, run.load_ids),
            checks.kept_bookmarks(before, stored_bookmarks(pipeline)),
            checks.nothing_pending(pipeline, () if self._arguments.end_date else chosen),
        ]

    def _tables(self, pipeline: dlt.Pipeline, chosen: list[str]) -> list[CheckedTable]:
        return checked_tables(chosen, pipeline.default_schema.tables)

    def _show(self, console: Console, pipeline: dlt.Pipeline) -> None:
        """The table for people in a terminal, lines for a log."""
        if self._is_shown:
            show_load(console, pipeline.dataset(), self.run.load_ids)
            console.print()
            return
        for name in self.run.read_resources if self._arguments.verbose else ():
            logs.tell(logging.INFO, f"Read {name}.", resource=name, **self.run.resource(name))
        for note in self.run.notes:
            logs.tell(logging.WARNING, note)

    def _conclude(self) -> None:
        """Says how the run ended: in the log, in the report, and to the webhook."""
        run = self.run
        for check in run.checks:
            for failure in check.failures:
                logs.tell(logging.ERROR, failure, check=check.name)
        level = logging.ERROR if run.exit_code else logging.INFO
        summary_fields = {"status": run.document()["status"], "exit_code": run.exit_code}
        logs.tell(level, run.sentence(), **(summary_fields if self._arguments.log_format == "json" else {}))
        document = json.loads(self._hide(json.dumps(run.document())))
        try:
            if self._arguments.report:
                write_report(document, self._arguments.report)
        except OSError as error:
            logs.tell(logging.ERROR, f"The report cannot be written: {error.strerror}.")
        try:
            if run.exit_code and self._alert_address:
                place = self._hide(f"{run.dataset} in {run.place}")
                lines = [f"Centra load, {place}: {run.error}"]
                lines += [failure for check in document["checks"] for failure in check["failures"]][:5]
                send_alert(self._alert_address, "\n".join(lines), document)
        except AlertFailed as error:
            logs.tell(logging.ERROR, str(error))

    def _hide_secrets(self, *more: str | None) -> None:
        self._secrets = known_secrets(*self._secrets, *more)

    def _hide(self, text: str) -> str:
        return hidden(text, self._secrets)


def _unforeseen(error: BaseException) -> Failure:
    *_, cause = causes(error)
    reason = str(cause).strip() or type(cause).__name__
    return Failure(FAILED, f"An error that nobody has foreseen: {reason.splitlines()[0]}")
