"""Writes docs/reference.md from the docstrings of the public names: `python -m docs.reference`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_suffix(".md")

PACKAGES = {
    "centra_source": "The source, and what a pipeline needs around it.",
    "centra_source.destinations": "Destinations that merge exactly, for `dlt.pipeline(destination=…)`.",
    "centra_source.models": "The tables for analysts.",
    "centra_source.globale": "The Global-e catalog, its checks and files, and the tables of Global-e orders.",
    "centra_jobs.schedules": "What the templates for Airflow and Dagster import.",
}
"""The packages with public names, and what they are for."""

CONSTANTS = {
    "RESOURCES": "Every resource by its name, in the order in which they are loaded.",
    "MODELS": "The tables for analysts, in the order in which they are made.",
    "BLOCK": "The severity of a finding with which a file must not be delivered.",
    "WARN": "The severity of a finding that someone should look at. With `strict`, it blocks the file too.",
    "INFO": "The severity of a finding that is good to know.",
}
"""Descriptions of the public names that are neither functions nor classes."""

INTRODUCTION = """\
# Reference: which Python names are public?

**Only the names on this page are public.** Everything else can change in any version. The public names are
those in `__all__` of five packages. `make docs` generates this page from their docstrings.
"""

PAGE_NAME = re.compile(r"(?<!`)docs/(\w+\.md)")
"""The name of another page, which becomes a link."""

LISTS = ("Args", "Attributes", "Raises")
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
ENTRY = re.compile(r"^(\w+): (.*)$", re.DOTALL)


def page() -> str:
    """The whole of docs/reference.md."""
    parts = [INTRODUCTION]
    for package, purpose in PACKAGES.items():
        parts += [f"## {package}\n", f"{purpose}\n"]
        module = import_module(package)
        for name in module.__all__:
            parts += [f"### {name}\n", *_entry(name, getattr(module, name))]
    return PAGE_NAME.sub(r"[\1](\1)", "\n".join(parts))


def write() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")


def description_of(name: str, public: Any) -> str:
    """The docstring of a public name; empty where there is none."""
    if name in CONSTANTS:
        return CONSTANTS[name]
    # dlt wraps sources and resources, and inherits a docstring for a class that has none.
    text = public.__dict__.get("__doc__") if inspect.isclass(public) else inspect.getdoc(public)
    return inspect.cleandoc(text or "")


def _entry(name: str, public: Any) -> Iterator[str]:
    signature = _signature(name, public)
    if signature:
        yield f"```\n{signature}\n```\n"
    for section in re.split(r"\n\n", description_of(name, public)):
        yield from _section(section)


def _section(text: str) -> Iterator[str]:
    """A paragraph as it is, or a section of Google's style as a list."""
    first, _, rest = text.partition("\n")
    heading = SECTION.match(first)
    if not heading:
        yield f"{text}\n"
        return
    yield f"{heading[1]}:\n"
    body = inspect.cleandoc(rest)
    if heading[1] not in LISTS:
        yield f"{' '.join(body.split())}\n"
        return
    for item in re.split(r"\n(?! )", body):
        found = ENTRY.match(" ".join(item.split()))
        yield f"* `{found[1]}`: {found[2]}" if found else f"* {item}"
    yield ""


def _signature(name: str, public: Any) -> str:
    if name in CONSTANTS or (inspect.isclass(public) and issubclass(public, Exception)):
        return ""
    marks: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    parameters = inspect.signature(public).parameters.values()
    names = [f"{marks.get(one.kind, '')}{one.name}" for one in parameters]
    return f"{name}({', '.join(names)})"


if __name__ == "__main__":
    write()
