"""The scheduled job: loads a shop into any destination, derives the models, checks, and reports."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from centra_jobs.nightly import Job
from centra_jobs.output import cli

EXIT_CODES = """\
exit codes: 0 all is well; 1 it failed, and another try may help; 2 it was asked or configured in a way that
cannot work; 3 all is loaded, but a check does not hold; 75 another run is under way; 130 and 143 it was
stopped by Ctrl-C or SIGTERM, and the next run goes on from there."""


def options() -> argparse.ArgumentParser:
    """The command line of this job."""
    parser = argparse.ArgumentParser(
        prog="warehouse_pipeline.py",
        description="The nightly job: loads what is new in a shop, derives the models, checks what has "
        "arrived against Centra's counts, and reports. Quiet where its output is no terminal.",
        parents=[cli.resource_options(), cli.common_options()],
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--start-date", metavar="DATE", help="where the first load begins, or a range (default: everything)"
    )
    parser.add_argument(
        "--end-date",
        metavar="DATE",
        help="closes a range: exactly that is read of what has a date, and no bookmark moves",
    )
    parser.add_argument(
        "--sweep", action="store_true", help="compare all ids with the shop's, to find what it has deleted"
    )
    parser.add_argument(
        "--catalog", action="store_true", help="derive the Global-e catalog too; settings under [globale]"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a report of the run as JSON")
    parser.add_argument(
        "--alert",
        metavar="URL",
        help="post the report to this webhook if the exit code is not 0 (or alert_url under [warehouse] in "
        ".dlt/secrets.toml)",
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="of what is printed; JSON is one object a line on standard error (default: %(default)s)",
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quiet", action="store_true", help="print nothing but what deserves attention")
    extent.add_argument("--verbose", action="store_true", help="print a line for each load and resource")
    parser.add_argument(
        "--sandbox", action="store_true", help="load a made-up shop that runs on this machine"
    )
    return parser


def main() -> int:
    """Runs the job that the command line asks for."""
    return Job(options().parse_args()).do()


if __name__ == "__main__":
    sys.exit(main())
