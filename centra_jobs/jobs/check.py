"""`centra check`: checks what the token can read. It opens no destination and changes nothing in the shop."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from centra_source.check.schema_report import make_schema_report
from centra_source.check.token_check import check_token

from ..console import show_wait
from ..output import schema_drift_report, token_report
from ..runs.last_run import read_last_runs
from ..runs.selection import choose_resources, make_settings


def run(
    console: Console,
    *,
    resources: str | None,
    exclude: str | None,
    permissions: bool,
    as_json: bool,
    schema_report: str | None,
    sandbox: bool,
) -> int:
    """Prints what the token can read; the options are those of `centra check`.

    Returns:
        See `token_report.exit_code`. Of a report of the schema: `INCOMPLETE` if the shop does not show it.
    """
    chosen = choose_resources(resources, exclude)
    with ExitStack() as stack:
        settings = make_settings(stack, console, exclude, sandbox=sandbox)
        if schema_report:
            with show_wait(console, "Asking the shop for its schema"):
                report = make_schema_report(**settings)
            return schema_drift_report.write_report(console, report, Path(schema_report))
        if permissions:
            token_report.print_permissions(chosen, settings)
            return 0
        with show_wait(console, "Asking the shop what the token can read"):
            found = check_token(chosen, **settings)
    if as_json:
        print(token_report.format_json(found, read_last_runs()))
    else:
        token_report.show_check(console, found)
        token_report.show_last_runs(console, read_last_runs())
    return token_report.exit_code(found)
