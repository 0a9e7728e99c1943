"""Makes a scheduler's SIGTERM end a job like Ctrl-C does: cleanly, and with a message."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """The process received SIGTERM."""


_arrived: socket.socket | None = None
"""Receives a byte for each signal, whichever handler is installed."""


@contextmanager
def raise_on_sigterm() -> Iterator[None]:
    """Raises `Terminated` in the main thread when SIGTERM arrives.

    While dlt normalizes and loads, it installs its own handlers, which finish the current step first. dlt
    loses a signal that arrives at the very end of a step: call `raise_if_signalled` after each.
    """
    global _arrived
    reader, writer = socket.socketpair()
    with reader, writer:
        for end in (reader, writer):
            end.setblocking(False)
        handler, wakeup = signal.signal(signal.SIGTERM, _terminate), signal.set_wakeup_fd(writer.fileno())
        _arrived = reader
        try:
            yield
        finally:
            _arrived = None
            signal.set_wakeup_fd(wakeup)
            signal.signal(signal.SIGTERM, handler)


def raise_if_signalled() -> None:
    """Raises for a signal that arrived without effect; does nothing outside of `raise_on_sigterm`."""
    if _arrived is None:
        return
    try:
        numbers = _arrived.recv(1_000)
    except BlockingIOError:
        return
    if signal.SIGTERM in numbers:
        raise Terminated
    if signal.SIGINT in numbers:
        raise KeyboardInterrupt


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
