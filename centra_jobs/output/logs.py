"""Log lines of a scheduled job, as plain text or JSON: its own, and those of dlt and every library.

Each event is one line. As JSON it has `time` (UTC, ISO 8601), `level`, `logger`, `message`, the fields of the
event, and `exception` with the traceback of an unexpected error.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from io import TextIOBase
from typing import IO, Any, Literal, TextIO, cast

from rich.console import Console

from ..console import plain_console
from ..plain_text import clean_text, encode_json, join_lines

LOGGER = logging.getLogger("centra")

LogFormat = Literal["text", "json"]

Redact = Callable[[str], str]
"""Removes secrets from a line."""


def set_up(
    log_format: LogFormat,
    redact: Redact,
    *,
    quiet: bool,
    is_terminal: bool,
    is_wanted: Callable[[logging.LogRecord], bool] = lambda record: True,
) -> None:
    """Formats every log line of the process in the same way.

    JSON goes to standard error. As plain text, only warnings and errors do; the rest goes to standard output.

    Args:
        log_format: Text or JSON.
        redact: Applied to every line.
        quiet: Log only warnings and errors.
        is_terminal: A person is reading: leave out the times.
        is_wanted: Which records to log.
    """
    lowest = logging.WARNING if quiet else logging.INFO
    if log_format == "json":
        handlers = [_Handler(sys.stderr, JsonFormatter(redact), lowest)]
    else:
        formatter = TextFormatter(redact, with_time=not is_terminal)
        output = _Handler(sys.stdout, formatter, lowest)
        output.addFilter(lambda record: record.levelno < logging.WARNING)
        handlers = [output, _Handler(sys.stderr, formatter, logging.WARNING)]
    for handler in handlers:
        handler.addFilter(is_wanted)
    logging.captureWarnings(True)
    for logger in (logging.getLogger(), logging.getLogger("dlt")):
        logger.handlers = list(handlers)
    LOGGER.setLevel(logging.INFO)
    threading.excepthook = _log_thread


def log_event(level: int, message: str, **fields: Any) -> None:
    """Logs one event of the job with its fields."""
    LOGGER.log(level, message, extra={"fields": fields})


def log_console() -> Console:
    """A console whose lines become events, for code that prints."""
    return plain_console(file=cast(IO[str], _Lines()), width=10_000)


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def __init__(self, redact: Redact = str) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        event = {
            "time": _utc(record),
            "level": record.levelname,
            "logger": record.name,
            "message": join_lines(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return self._redact(encode_json(event))


class TextFormatter(logging.Formatter):
    """Time, level, message, and the fields as `name=value`; a traceback follows on its own lines."""

    def __init__(self, redact: Redact = str, *, with_time: bool = True) -> None:
        super().__init__()
        self._redact = redact
        self._with_time = with_time

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        fields = "".join(f" {name}={value}" for name, value in getattr(record, "fields", {}).items())
        line = join_lines(f"{record.getMessage()}{fields}")
        if self._with_time:
            line = f"{_utc(record)} {record.levelname} {line}"
        if record.exc_info:
            line += f"\n{self.formatException(record.exc_info)}"
        return self._redact(clean_text(line))


class _Handler(logging.StreamHandler[TextIO]):
    """A handler that keeps its formatter: dlt replaces those of the handlers that it finds."""

    def __init__(self, stream: TextIO, formatter: logging.Formatter, level: int) -> None:
        super().__init__(stream)
        super().setFormatter(formatter)
        self.setLevel(level)

    def setFormatter(self, fmt: logging.Formatter | None) -> None:
        """Does nothing."""


class _Lines(TextIOBase):
    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                log_event(logging.INFO, line.strip())
        return len(text)


def _utc(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03d}Z"


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value
    if error is not None:
        LOGGER.error("A thread failed.", exc_info=(failed.exc_type, error, failed.exc_traceback))
