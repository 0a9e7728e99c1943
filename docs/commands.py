"""Writes docs/commands.md from the declarations of `centra`: `python -m docs.commands`."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, CommandInfo, ParameterInfo

from centra_jobs.cli import app
from centra_sandbox.__main__ import build_parser

PAGE = Path(__file__).with_suffix(".md")

SANDBOX = "centra sandbox"
"""This command has no options of its own: it passes them on to the sandbox."""

INTRODUCTION = """\
# Commands: what can `centra` do, and with which options?

**`centra COMMAND --help` describes the same.** Address, token and other settings come from
`.dlt/secrets.toml` and `.dlt/config.toml`, or from the environment. `make docs` generates this page.
"""


def page() -> str:
    """The whole of docs/commands.md."""
    commands = dict(list_commands(app, "centra"))
    parts = [INTRODUCTION, "| command | |", "| --- | --- |"]
    parts += [
        f"| [`{name}`](#{name.replace(' ', '-')}) | {_summary(one)} |" for name, one in commands.items()
    ]
    for name, command in commands.items():
        parts += ["", *_section(name, command)]
    return "\n".join(parts) + "\n"


def write() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")


def list_commands(group: typer.Typer, name: str) -> Iterator[tuple[str, CommandInfo]]:
    """The commands of a group and of the groups inside it, with their full names."""
    for command in group.registered_commands:
        function = command.callback
        assert function, "every command is a decorated function"
        yield f"{name} {command.name or function.__name__}", command
    for inner in group.registered_groups:
        assert inner.typer_instance, "every group is a Typer"
        yield from list_commands(inner.typer_instance, f"{name} {inner.name}")


def list_options(command: CommandInfo) -> Iterator[tuple[str, ParameterInfo, Any]]:
    """The options and arguments of a command: how each is written, its declaration, its default."""
    function = command.callback
    assert function, "every command is a decorated function"
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if get_origin(hints[name]) is Annotated:
            kind, declared = get_args(hints[name])[:2]
            flag = _flag(declared) or f"--{name.replace('_', '-')}"
            value = declared.metavar or " or ".join(get_args(kind) if kind is not bool else ())
            words = [value] if isinstance(declared, ArgumentInfo) else [flag, value]
            yield " ".join(filter(None, words)), declared, parameter.default


def _flag(declared: ParameterInfo) -> str | None:
    """The declared name of an option, if it has one; typer keeps the first name as the default."""
    names = [declared.default, *(getattr(declared, "param_decls", None) or ())]
    return next((name for name in names if isinstance(name, str) and name.startswith("--")), None)


def _section(name: str, command: CommandInfo) -> Iterator[str]:
    yield f"## {name}\n"
    yield " ".join((inspect.getdoc(command.callback) or "").split())
    rows = [_row(*one) for one in list_options(command)]
    if name == SANDBOX:
        rows = list(_list_sandbox_rows())
    if rows:
        yield "\n| option | |\n| --- | --- |"
        yield from rows
    if command.epilog:
        yield f"\n{command.epilog}"


def _row(usage: str, declared: ParameterInfo, default: Any) -> str:
    text = declared.help or ""
    if default is inspect.Parameter.empty and not isinstance(declared, ArgumentInfo):
        text += " [required]"
    if default not in (None, False, inspect.Parameter.empty) and "[default:" not in text:
        text += f" [default: {default}]"
    return f"| `{usage}` | {text} |"


def _list_sandbox_rows() -> Iterator[str]:
    """The options that `centra sandbox` passes on to the sandbox."""
    for action in build_parser(SANDBOX)._actions:
        if action.default is argparse.SUPPRESS:
            continue
        value = " or ".join(action.choices or ()) or ("N" if action.type is int else "TEXT")
        usage = [action.option_strings[0], *([value] if action.nargs is None else [])]
        default = "" if action.default is False else f" [default: {action.default}]"
        text = action.help or ""
        yield f"| `{' '.join(usage)}` | {text[:1].upper()}{text[1:]}.{default} |"


def _summary(command: CommandInfo) -> str:
    return (inspect.getdoc(command.callback) or "").split("\n")[0]


if __name__ == "__main__":
    write()
