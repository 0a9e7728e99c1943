"""Log lines of a scheduled job, as plain text or JSON: its own, dlt's, and those of every library alike.

Each event is one line. As JSON it has `time` (UTC, ISO 8601), `level`, `logger` and `message`, the fields of
the event beside them, and `exception` with the traceback of one that nobody has foreseen.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from io import TextIOBase
from typing import IO, Any, Literal, TextIO, cast

from rich.console import Console

LOGGER = logging.getLogger("centra")

LogFormat = Literal["text", "json"]

Hide = Callable[[str], str]
"""Takes the secrets out of a line."""


def set_up(log_format: LogFormat, hide: Hide, *, quiet: bool, is_terminal: bool) -> None:
    """Makes every log line of the process come in one form.

    JSON goes to standard error. Of plain text only warnings and errors do, the rest to standard output.

    Args:
        log_format: The form.
        hide: Applied to every line.
        quiet: Only warnings and errors are told.
        is_terminal: Somebody reads along, who needs no times.
    """
    lowest = logging.WARNING if quiet else logging.INFO
    if log_format == "json":
        handlers = [_Handler(sys.stderr, JsonFormatter(hide), lowest)]
    else:
        formatter = TextFormatter(hide, with_time=not is_terminal)
        told = _Handler(sys.stdout, formatter, lowest)
        told.addFilter(lambda record: record.levelno < logging.WARNING)
        handlers = [told, _Handler(sys.stderr, formatter, logging.WARNING)]
    logging.captureWarnings(True)
    for logger in (logging.getLogger(), logging.getLogger("dlt")):
        logger.handlers = list(handlers)
    LOGGER.setLevel(logging.INFO)
    threading.excepthook = _log_thread


def tell(level: int, message: str, **fields: Any) -> None:
    """Logs one event of the job with its fields."""
    LOGGER.log(level, message, extra={"fields": fields})


def console() -> Console:
    """A console of which every line becomes an event, for code that prints."""
    return Console(file=cast(IO[str], _Lines()), width=10_000, markup=False, emoji=False, highlight=False)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, hide: Hide = str) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        event = {
            "time": _utc(record),
            "level": record.levelname,
            "logger": record.name,
            "message": " ".join(record.getMessage().split()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return self._hide(json.dumps(event, default=str, ensure_ascii=False))


class TextFormatter(logging.Formatter):
    """Time, level, message, and the fields as `name=value`; a traceback follows on lines of its own."""

    def __init__(self, hide: Hide = str, *, with_time: bool = True) -> None:
        super().__init__()
        self._hide = hide
        self._with_time = with_time

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        fields = "".join(f" {name}={value}" for name, value in getattr(record, "fields", {}).items())
        line = f"{' '.join(record.getMessage().split())}{fields}"
        if self._with_time:
            line = f"{_utc(record)} {record.levelname} {line}"
        if record.exc_info:
            line += f"\n{self.formatException(record.exc_info)}"
        return self._hide(line)


class _Handler(logging.StreamHandler[TextIO]):
    """A handler that keeps its formatter: dlt puts its own on those that it finds."""

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
                tell(logging.INFO, line.strip())
        return len(text)


def _utc(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03d}Z"


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value
    if error is not None:
        LOGGER.error("A thread failed.", exc_info=(failed.exc_type, error, failed.exc_traceback))
