"""Runs the sandbox from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from graphql import GraphQLError

from . import Sandbox, Settings
from .schema import load_schema
from .settings import PLANS

COUNTED_LISTS = (
    "stores",
    "products",
    "product_sizes",
    "stock",
    "orders",
    "order_lines",
    "shipments",
    "returns",
    "customers",
)
"""The lists of the shop that the second line of output counts."""


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m centra_sandbox") -> int:
    """Serves a generated shop until it is interrupted.

    Args:
        arguments: The command line after the name of the program; None: that of this process.
        program: Name of the program in the help text.

    Returns:
        The exit code, 0.

    Raises:
        SystemExit: An argument is invalid, or the help text was requested.
        OSError: The port is already in use.
    """
    chosen = vars(build_parser(program).parse_args(arguments))
    port = chosen.pop("port")
    sandbox = Sandbox(Settings(**chosen), port=port)
    sandbox.start()
    print(f"Sandbox shop at {sandbox.url} (token: {sandbox.token})", flush=True)
    lengths = {name: len(rows) for name, rows in sandbox.shop.lists()}
    counts = ", ".join(f"{lengths[name]:,} {name.replace('_', ' ')}" for name in COUNTED_LISTS)
    print(f"Plan {sandbox.settings.plan}, seed {sandbox.settings.seed}: {counts}", flush=True)
    try:
        sandbox.wait()
    except KeyboardInterrupt:
        sandbox.stop()
    return 0


def build_parser(program: str) -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Runs a local Centra with a generated shop, until you press Ctrl-C.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--products", type=int, default=500, help="number of products")
    parser.add_argument("--orders", type=int, default=2000, help="number of orders")
    parser.add_argument("--seed", type=int, default=7, help="the same seed and numbers give the same shop")
    parser.add_argument("--port", type=int, default=8080, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument(
        "--plan", choices=sorted(PLANS), default="growth", help="Centra plan: its rate limits"
    )
    parser.add_argument("--token", default=Settings.token, help="the API token that the shop accepts")
    parser.add_argument("--empty", action="store_true", help="a shop without any objects")
    parser.add_argument(
        "--schema",
        type=_check_schema_file,
        metavar="FILE",
        help="serve the schema in this file, such as a report of `centra check --schema-report`",
    )
    return parser


def _check_schema_file(name: str) -> Path:
    try:
        load_schema(text=Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{name} cannot be read: {error.strerror}.") from error
    except (GraphQLError, TypeError, UnicodeDecodeError, KeyError) as error:
        raise argparse.ArgumentTypeError(f"{name} does not hold a GraphQL schema: {error}") from error
    return Path(name)


if __name__ == "__main__":
    sys.exit(main())
