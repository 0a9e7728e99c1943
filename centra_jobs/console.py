"""Where jobs print: texts as they are, and what a person at a terminal is waiting for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


def plain_console(*, stderr: bool = False) -> Console:
    """A console that prints texts as they are: descriptions hold BBCode, which rich would take for markup."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


@contextmanager
def show_wait(console: Console, text: str) -> Iterator[None]:
    """Shows on a terminal what is being waited for, until it is done.

    Args:
        console: Where the job prints.
        text: What is happening, such as "Opening the destination".
    """
    if console.is_terminal:
        with console.status(f"{text} …"):
            yield
    else:
        yield
