"""Lets a job go on if nobody reads its output any more, as after `| head -1` or with a closed terminal.

Imports nothing heavy, since the command line uses it before anything else.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _ForgivingFile(io.FileIO):
    """A file that takes what nobody reads. From then on, the same file number leads nowhere."""

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data) or 0


def survive_closed_output() -> None:
    """Makes standard output and error swallow what is printed after their reader has gone."""
    if sys.stdout is None:  # closed from the start: the next file that is opened would take its number
        sys.stdout = _open_nowhere()
    if sys.stderr is None:
        sys.stderr = _open_nowhere()
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _forgive(sys.stdout)
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _forgive(sys.stderr)


def _open_nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _forgive(stream: io.TextIOWrapper) -> TextIO:
    stream.flush()
    file = _ForgivingFile(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
