"""Makes a scheduler's SIGTERM end a job as Ctrl-C does: in order, and with a sentence."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


_arrived: socket.socket | None = None
"""Has a byte for each signal that has come, whoever handles it."""


@contextmanager
def terminable() -> Iterator[None]:
    """Raises `Terminated` wherever the main thread is when SIGTERM comes.

    While dlt normalizes and loads it has handlers of its own, which first let it end what is begun. One that
    comes when it is just ending is forgotten by it: `raise_if_signalled` is for the moment after.
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
    """Raises for a signal that has come and had no effect; does nothing outside of `terminable`."""
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
