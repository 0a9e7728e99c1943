"""The options of the command `centra`, as defined in typer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from centra_jobs.cli import app


def find_command(*words: str) -> Any:
    """Returns the command with these words, such as `globale` and `catalog`."""
    command: Any = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    return command


def list_option_names(*words: str) -> set[str]:
    """Returns the long options of a command, without --help."""
    return {
        name
        for option in find_command(*words).params
        for name in option.opts
        if name.startswith("--") and name != "--help"
    }


def parse_options(words: Sequence[str], arguments: Sequence[str]) -> dict[str, Any]:
    """Returns the values of a command's options. The command must accept the arguments."""
    parsed: dict[str, Any] = find_command(*words).make_context("centra", list(arguments)).params
    return parsed
