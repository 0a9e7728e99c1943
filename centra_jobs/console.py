"""Where jobs print: texts as they are, and what a person at a terminal is waiting for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from .plain_text import clean_text


class PlainConsole(Console):
    """A console that prints no character that a terminal would obey, whatever a shop's texts contain."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Renders as `Console` does, with clean texts; rich's own control codes stay."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=clean_text(segment.text))


def plain_console(
    *, stderr: bool = False, file: IO[str] | None = None, width: int | None = None
) -> PlainConsole:
    """A console that prints texts as they are: descriptions hold BBCode, which rich would take for markup.

    Args:
        stderr: Print on standard error.
        file: Print there, and not on standard output.
        width: Columns; None is that of the terminal.
    """
    return PlainConsole(stderr=stderr, file=file, width=width, markup=False, emoji=False, highlight=False)


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
