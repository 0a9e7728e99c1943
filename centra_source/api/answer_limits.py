"""Limits of one answer: how long it may take in total, and how large it may be when it is unpacked.

The timeouts of requests start again with every byte, and a compressed answer can be a thousand times larger
than what is sent.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from .. import settings

CHUNK = 2**16
"""Bytes that are unpacked at a time."""


class AnswerTooLarge(Exception):
    """The answer is larger than `settings.ANSWER_BYTES`."""


class Deadline:
    """Closes the connection of this thread's request when the time is over, in a `with` block.

    Args:
        seconds: From now on.

    Attributes:
        has_passed: Whether the time is over.
    """

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        _OF_THREAD.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _OF_THREAD.deadline = None

    def watch(self, connected: socket.socket) -> None:
        """Says which connection carries the request."""
        self._socket = connected
        if self.has_passed:
            self._cut()

    def _cut(self) -> None:
        self.has_passed = True
        if self._socket:
            # Not the method of a TLS socket, which is no longer one afterwards, while a thread reads from it.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _OfThread(threading.local):
    deadline: Deadline | None = None


_OF_THREAD = _OfThread()


class _Connection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        _watch(self)


class _SecureConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        _watch(self)


def _watch(connection: HTTPConnection) -> None:
    if _OF_THREAD.deadline and connection.sock:
        _OF_THREAD.deadline.watch(connection.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class WatchedAdapter(HTTPAdapter):
    """Opens connections that a `Deadline` can close."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Opens them without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        """Opens them through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def read_body(response: requests.Response) -> bytes:
    """Reads and unpacks the body of an answer.

    Raises:
        AnswerTooLarge: It is larger than any answer of Centra.
        OSError: It cannot be read.
    """
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(CHUNK):
        size += len(part)
        if size > settings.ANSWER_BYTES:
            raise AnswerTooLarge
        parts.append(part)
    return b"".join(parts)
