"""The command `centra` and its options.

This module imports nothing heavy, so that `centra --help` and the first line of every command appear at once.
A command prints its first line, and only then imports its job from `centra_jobs.jobs`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeAlias

import typer

from centra_notebooks import NOTEBOOKS

from .closed_output import survive_closed_output
from .defaults import BACKFILL_ROWS_PER_LOAD, CATALOG_FOLDER, DATASET_NAME, DUCKDB_NAME, ROWS_PER_LOAD
from .exit_codes import FAILED, INTERRUPTED, MISUSED
from .plain_text import clean_text, replace_unprintable

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""What typer raises for bad options; it exports only this subclass."""

PASS_ON: Any = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command that passes its options on to another program."""

SUCCESS = "0 success."
FAILURE = "1 it failed: read the message; another try may help."
INVALID = "2 an option or a setting is invalid."
BUSY = "75 another run is in progress."
STOPPED = "130 or 143 stopped by Ctrl-C or SIGTERM."
LOAD_STOPPED = "130 or 143 stopped by Ctrl-C or SIGTERM; the next run continues."

LOAD_EXIT_CODES = (
    f"Exit codes: 0 everything is there and exact. {FAILURE} {INVALID} 3 loaded, but something that is named "
    f"is missing or wrong; the next run tries it again. {BUSY} {LOAD_STOPPED}"
)
REQUEST_EXIT_CODES = f"Exit codes: {SUCCESS} {FAILURE} {INVALID} {STOPPED}"
CHECK_EXIT_CODES = (
    "Exit codes: 0 the token can read everything that is chosen. 1 the token or a query is rejected, or the "
    f"shop does not answer. {INVALID} 3 the token lacks a permission. {STOPPED} Fields that the shop's "
    "version of Centra does not have are not counted."
)
DERIVE_EXIT_CODES = f"Exit codes: {SUCCESS} {FAILURE} {INVALID} {BUSY} {STOPPED}"
CATALOG_EXIT_CODES = (
    "Exit codes: 0 the catalog can be delivered. 1 a finding blocks it (with --strict, also a warning), or "
    f"it failed: read the message. {INVALID} {BUSY} {STOPPED}"
)
DOCTOR_EXIT_CODES = (
    f"Exit codes: 0 nothing is missing. {FAILURE} {INVALID} 3 something is missing or could not be checked. "
    f"{BUSY} {STOPPED}"
)

Destination: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help=f"Any dlt destination, by its name. [default: DuckDB in {DUCKDB_NAME}.duckdb]"
    ),
]
Dataset: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="Schema or folder at the destination.")]
Resources: TypeAlias = Annotated[
    str | None, typer.Option(metavar="A,B", help="Only these resources. [default: all except opt-in ones]")
]
Exclude: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="Leave out these resources, child tables, or fields (such as orders.shipping_address).",
    ),
]
Store: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="ID", help="The store of the Global-e catalog. [default: the only one]"),
]
Sandbox: TypeAlias = Annotated[
    bool, typer.Option("--sandbox", help="Use a demo shop that runs on this machine; needs no account.")
]
Sweep: TypeAlias = Annotated[
    bool, typer.Option("--sweep", help="Compare all ids with the shop's, to find what it has deleted.")
]
StartDate: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help="Where the first load starts, such as 2026-01-31 (UTC). [default: everything]"
    ),
]

app = typer.Typer(
    name="centra",
    help="Load a Centra shop into DuckDB or any other dlt destination, and derive the Global-e catalog. "
    "The shop's address and token are read from .dlt/secrets.toml or from the environment.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
globale = typer.Typer(
    help="Global-e: write the catalog, check the setup, compare orders.", rich_markup_mode=None
)
app.add_typer(globale, name="globale")


@app.command(epilog=LOAD_EXIT_CODES)
def load(
    resources: Resources = None,
    exclude: Exclude = None,
    destination: Destination = None,
    dataset: Dataset = DATASET_NAME,
    store: Store = None,
    start_date: StartDate = None,
    rows_per_load: Annotated[
        int, typer.Option(metavar="N", help="Objects of a resource that are committed together.")
    ] = ROWS_PER_LOAD,
    full_refresh: Annotated[
        bool,
        typer.Option("--full-refresh", help="Read everything again and replace the tables; snapshots stay."),
    ] = False,
    sweep: Sweep = False,
    sandbox: Sandbox = False,
) -> None:
    """Load a shop: everything the first time, then only changes."""
    _run("load", f"Starting: loading {_shop(sandbox)} into {_place(destination)}.", locals())


@app.command(epilog=CHECK_EXIT_CODES)
def check(
    resources: Resources = None,
    exclude: Exclude = None,
    permissions: Annotated[
        bool, typer.Option("--permissions", help="Print only the permissions that are needed, one per line.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that was found as JSON.")] = False,
    schema_report: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Only write the shop's schema to FILE for a bug report: names and types, no data.",
        ),
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Check what the token can read; loads nothing."""
    _refuse_both("--permissions", permissions, "--json", as_json)
    _refuse_both("--schema-report", schema_report is not None, "--permissions", permissions)
    _refuse_both("--schema-report", schema_report is not None, "--json", as_json)
    _run("check", f"Starting: checking what the token can read of {_shop(sandbox)}.", locals())


@app.command(epilog=REQUEST_EXIT_CODES)
def forecast(
    resources: Resources = None,
    exclude: Exclude = None,
    start_date: StartDate = None,
    sandbox: Sandbox = False,
) -> None:
    """Estimate requests and time of a first load; loads nothing."""
    _run("forecast", f"Starting: estimating a first load of {_shop(sandbox)}.", locals())


@app.command(epilog=LOAD_EXIT_CODES)
def backfill(
    start_date: Annotated[
        str, typer.Option(metavar="DATE", help="Where the range starts, such as 2026-01-31 (UTC).")
    ],
    end_date: Annotated[
        str, typer.Option(metavar="DATE", help="Where the range ends, such as 2026-01-31 (UTC).")
    ],
    resources: Resources = None,
    exclude: Exclude = None,
    destination: Destination = None,
    dataset: Dataset = DATASET_NAME,
    rows_per_load: Annotated[
        int, typer.Option(metavar="N", help="The most objects that one load reads.")
    ] = BACKFILL_ROWS_PER_LOAD,
    again: Annotated[
        bool, typer.Option("--again", help="Load the range again, even if it is complete.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Load a range of the past in small loads; bookmarks do not move.

    After an interruption, the same command continues where it stopped.
    """
    first_line = (
        f"Starting: loading {start_date} to {end_date} of {_shop(sandbox)} into {_place(destination)}."
    )
    _run("backfill", first_line, {name: value for name, value in locals().items() if name != "first_line"})


@app.command(epilog=LOAD_EXIT_CODES)
def nightly(
    resources: Resources = None,
    exclude: Exclude = None,
    destination: Destination = None,
    dataset: Dataset = DATASET_NAME,
    start_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Where the first load, or a range, starts, such as 2026-01-31 (UTC). [default: everything]",
        ),
    ] = None,
    end_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Where a range ends, such as 2026-01-31 (UTC): resources with a date are read for "
            "exactly this range, and no bookmark moves.",
        ),
    ] = None,
    sweep: Sweep = False,
    catalog: Annotated[
        bool,
        typer.Option("--catalog", help="Derive the Global-e catalog too; its settings are in [globale]."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report of the run as JSON.")
    ] = None,
    alert: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Post the report to this webhook if the exit code is not 0. [default: alert_url in "
            "[warehouse] of .dlt/secrets.toml]",
        ),
    ] = None,
    log_format: Annotated[
        Literal["text", "json"],
        typer.Option(help="Format of the log. JSON is one object per line, on standard error."),
    ] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only warnings and errors.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print a line for each load and resource.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Load, check, derive, report: the job for a scheduler.

    When its output is not a terminal, it prints one line at the end, and a warning for each thing that could
    not be read.
    """
    _refuse_both("--quiet", quiet, "--verbose", verbose)
    is_shown = log_format == "text" and not quiet
    first_line = f"Starting: loading {_shop(sandbox)} into {_place(destination)}." if is_shown else None
    local = {name: value for name, value in locals().items() if name not in ("first_line", "is_shown")}
    _run("nightly", first_line, local)


@globale.command("catalog", epilog=CATALOG_EXIT_CODES)
def globale_catalog(
    destination: Destination = None,
    dataset: Dataset = DATASET_NAME,
    store: Store = None,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder for the files.")] = Path(
        CATALOG_FOLDER
    ),
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Columns of the file: centra, full, or one of your own."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Language of names and descriptions, such as de.")
    ] = None,
    merchant: Annotated[
        str | None, typer.Option(metavar="NAME", help="The first part of the file names.")
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Start the files with a byte order mark, for Excel.")
    ] = False,
    review: Annotated[
        bool, typer.Option("--review", help="Also write an XLSX copy for people to read.")
    ] = False,
    delta: Annotated[
        bool, typer.Option("--delta", help="Also write what has changed since the last delivered file.")
    ] = False,
    deliver: Annotated[
        bool,
        typer.Option("--deliver", help="Record this file as delivered: the next --delta starts from it."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Deliver despite blocking findings, or a delta that removes too much."),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail for warnings too.")] = False,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 whatever the checks find.")
    ] = False,
) -> None:
    """Write the catalog for Global-e, and a page of what needs fixing.

    Its settings are in the section [globale] of .dlt/config.toml.
    """
    _refuse_both("--strict", strict, "--exit-zero", exit_zero)
    _run("globale_catalog", f"Starting: deriving the catalog from {_place(destination)}.", locals())


@globale.command("doctor", epilog=DOCTOR_EXIT_CODES)
def globale_doctor(
    destination: Destination = None,
    dataset: Dataset = DATASET_NAME,
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the steps as JSON.")] = False,
) -> None:
    """Check whether the loaded shop is set up for Global-e."""
    _run("globale_doctor", f"Starting: checking the shop in {_place(destination)}.", locals())


@globale.command("orders", epilog=DERIVE_EXIT_CODES)
def globale_orders(
    destination: Destination = None,
    dataset: Dataset = DATASET_NAME,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A weekly reconciliation report of Global-e, CSV or XLSX. Repeat the option for several.",
        ),
    ] = None,
) -> None:
    """Derive the tables of Global-e's orders, and report where Centra differs."""
    report = report or []
    _run("globale_orders", f"Starting: deriving Global-e's orders from {_place(destination)}.", locals())


@app.command(epilog=DERIVE_EXIT_CODES)
def derive(destination: Destination = None, dataset: Dataset = DATASET_NAME, store: Store = None) -> None:
    """Derive the tables for analysts and the Global-e catalog again."""
    _run("derive", f"Starting: deriving from {_place(destination)}.", locals())


@app.command(epilog=REQUEST_EXIT_CODES)
def query(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file with one GraphQL query.")],
    variables: Annotated[
        str | None, typer.Option(metavar="JSON", help="Values for the variables of the query.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the answer here, and do not print it.")
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Send your own GraphQL query to the shop, and print the answer."""
    _run("query", f"Starting: sending {file} to {_shop(sandbox)}.", locals())


@app.command(add_help_option=False, context_settings=PASS_ON)
def sandbox(context: typer.Context) -> None:
    """Serve a demo shop on this machine, until Ctrl-C."""
    if "--help" not in context.args:
        _print_first_line("Starting: generating a demo shop.")
    try:
        code = import_module("centra_sandbox.__main__").main(context.args, program="centra sandbox")
    except ModuleNotFoundError as error:
        print(f"The demo shop needs {error.name}: pip install 'centra-source[sandbox]'.", file=sys.stderr)
        raise typer.Exit(MISUSED) from error
    except OSError as error:
        print(f"The demo shop cannot start ({error.strerror}): choose another --port.", file=sys.stderr)
        raise typer.Exit(FAILED) from error
    raise typer.Exit(code)


@app.command(context_settings=PASS_ON)
def notebook(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=f"The notebook: {', '.join(NOTEBOOKS)}.")
    ] = "first_look",
) -> None:
    """Open a notebook on the loaded shop in a browser.

    Further options are passed on to `marimo run`, such as --headless.
    """
    _run("notebook", f"Starting: opening the notebook {name}.", {"name": name, "options": context.args})


@app.command(context_settings=PASS_ON)
def dashboard(context: typer.Context) -> None:
    """Open dlt's dashboard on the loaded shop in a browser.

    Further options are passed on to `marimo run`, such as --headless.
    """
    _run("dashboard", "Starting: opening the dashboard.", {"options": context.args})


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code.

    Args:
        arguments: Those of the command line; None takes them from there.
    """
    survive_closed_output()
    replace_unprintable()
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = typer.main.get_command(app).main(words, prog_name="centra", standalone_mode=False)
    except UsageError as error:
        print(clean_text(_describe(error)), file=sys.stderr)
        return MISUSED
    except (KeyboardInterrupt, typer.Abort):
        print("Stopped before anything was loaded.", file=sys.stderr)
        return INTERRUPTED
    return code or 0


def run_script(jobs: Mapping[str, Sequence[str]], default: str) -> int:
    """Runs the command for a script whose first word may name the job, and returns the exit code.

    Args:
        jobs: The words of `centra` for each job, such as `{"export": ["globale", "catalog"]}`.
        default: The job if the script's arguments do not start with the name of one.
    """
    words = sys.argv[1:]
    if words and words[0] in jobs:
        return main([*jobs[words[0]], *words[1:]])
    return main([*jobs[default], *words])


def _run(job: str, first_line: str | None, options: Mapping[str, Any]) -> NoReturn:
    """Prints the first line, and only then imports the job and runs it."""
    if first_line:
        _print_first_line(first_line)
    with _show_import() if first_line else nullcontext():
        launch = import_module("centra_jobs.runs.launch")
        launch.import_job(job)
    raise typer.Exit(launch.run_job(job, options))


def _show_import() -> AbstractContextManager[None]:
    console = import_module("centra_jobs.console")
    wait: AbstractContextManager[None] = console.show_wait(
        console.plain_console(stderr=True), "Importing dlt"
    )
    return wait


def _print_first_line(text: str) -> None:
    """Prints a line for a person at a terminal; on standard error, since output may be JSON."""
    if sys.stderr.isatty():
        print(clean_text(text), file=sys.stderr, flush=True)


def _place(destination: str | None) -> str:
    return f"DuckDB ({DUCKDB_NAME}.duckdb)" if destination is None else destination


def _shop(sandbox: bool) -> str:
    return "a demo shop on this machine" if sandbox else "the shop"


def _refuse_both(first: str, has_first: bool, second: str, has_second: bool) -> None:
    if has_first and has_second:
        raise typer.BadParameter(f"{first} and {second} exclude each other: choose one.")


def _describe(error: Any) -> str:
    """What is wrong with the options, and what to do, in one line."""
    path = error.ctx.command_path if error.ctx else "centra"
    option = getattr(error, "option_name", None)
    if others := _commands_with(option):
        return f"No such option: {option}. It is an option of {' and '.join(f'`{one}`' for one in others)}."
    sentence = " ".join(error.format_message().replace("Value error, ", "").split())
    return f"{sentence}{'' if sentence.endswith(('.', '?')) else '.'} See `{path} --help`."


def _commands_with(option: str | None) -> list[str]:
    """The commands that have an option."""
    group: Any = typer.main.get_command(app)
    commands = {f"centra {name}": command for name, command in group.commands.items()}
    commands |= {f"centra globale {name}": one for name, one in group.commands["globale"].commands.items()}
    return [
        path
        for path, command in commands.items()
        if option and any(option in one.opts for one in command.params)
    ]
