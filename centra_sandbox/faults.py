"""Faults between shop and client. A real HTTP client sees each of them as it would see it in production."""

# The docstring of a fault describes its method `strike`.
# ruff: noqa: D102

import asyncio
import gzip
import socket
import struct
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from .service import Answer, Request, make_error_page

JSON = "application/json"
SETTLE = 0.01
"""Seconds for the event loop to send data, or to notice that a connection is closed."""


class Exchange(Protocol):
    """One request that is being answered."""

    request: Request

    def respond_normally(self) -> Answer:
        """Executes the request."""

    def too_many(self, wait: timedelta, form: str) -> Answer:
        """Returns a 429 response with a time to wait."""

    async def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Sends a complete response."""

    async def begin(self, status: int, headers: dict[str, str]) -> None:
        """Sends status and headers."""

    async def write(self, part: bytes, more: bool) -> None:
        """Sends a part of the body."""

    @property
    def transport(self) -> Any:
        """The transport of the connection."""


class Fault:
    """Something that happens instead of the normal response."""

    async def strike(self, exchange: Exchange) -> None:
        """Answers the request, or fails to."""
        raise AssertionError("a fault must implement strike")


@dataclass(frozen=True)
class HttpError(Fault):
    """An HTML error page of the web server or load balancer."""

    status: int = 502

    async def strike(self, exchange: Exchange) -> None:
        page = make_error_page(self.status)
        await exchange.send(self.status, {"content-type": "text/html"}, page.encode())


@dataclass(frozen=True)
class TooManyRequests(Fault):
    """HTTP 429; `retry_after` is epoch, seconds, http-date, iso or none."""

    retry_after: str = "epoch"
    seconds: float = 1

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.too_many(timedelta(seconds=self.seconds), self.retry_after)
        await exchange.send(429, {"content-type": JSON, **answer.headers}, answer.encode())


@dataclass(frozen=True)
class Reset(Fault):
    """The connection breaks before the first byte of a response."""

    async def strike(self, exchange: Exchange) -> None:
        # With SO_LINGER 0, closing sends RST instead of FIN, so that the client sees a reset.
        connection = exchange.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await _cut(exchange.transport)


@dataclass(frozen=True)
class ResetInBody(Fault):
    """The connection breaks in the middle of the response body."""

    async def strike(self, exchange: Exchange) -> None:
        body = exchange.respond_normally().encode()
        await exchange.begin(200, {"content-type": JSON, "content-length": str(len(body))})
        await exchange.write(body[: len(body) // 2], more=True)
        await asyncio.sleep(SETTLE)
        await _cut(exchange.transport)


@dataclass(frozen=True)
class TruncatedJson(Fault):
    """HTTP 200 with half of the JSON, and the content length of that half."""

    async def strike(self, exchange: Exchange) -> None:
        body = exchange.respond_normally().encode()
        await exchange.send(200, {"content-type": JSON}, body[: len(body) // 2])


@dataclass(frozen=True)
class HtmlPage(Fault):
    """HTTP 200 with an HTML page, as from a maintenance page or a proxy."""

    async def strike(self, exchange: Exchange) -> None:
        await exchange.send(
            200, {"content-type": "text/html"}, b"<html><body>We'll be back soon</body></html>"
        )


@dataclass(frozen=True)
class OtherBody(Fault):
    """A body that does not answer the request; by default an empty one with HTTP 200."""

    body: bytes = b""
    content_type: str = JSON
    status: int = 200

    async def strike(self, exchange: Exchange) -> None:
        await exchange.send(self.status, {"content-type": self.content_type}, self.body)


@dataclass(frozen=True)
class OtherContentType(Fault):
    """The right response with another content type."""

    content_type: str = "text/html"

    async def strike(self, exchange: Exchange) -> None:
        await exchange.send(200, {"content-type": self.content_type}, exchange.respond_normally().encode())


@dataclass(frozen=True)
class Redirect(Fault):
    """The web server redirects to another address that is not Centra's."""

    status: int = 302
    location: str = "/maintenance"

    async def strike(self, exchange: Exchange) -> None:
        await exchange.send(self.status, {"content-type": "text/html", "location": self.location}, b"")


@dataclass(frozen=True)
class Errors(Fault):
    """GraphQL errors, with data or without, by default with HTTP 200."""

    message: str = "Internal server error"
    category: str = "internal"
    with_data: bool = False
    status: int = 200

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        if not self.with_data:
            answer.body.pop("data", None)
        answer.body["errors"] = [{"message": self.message, "extensions": {"category": self.category}}]
        await exchange.send(self.status, {"content-type": JSON}, answer.encode())


@dataclass(frozen=True)
class ForbiddenNull(Fault):
    """A field is null although the schema forbids it.

    Attributes:
        path: Keys and indices that lead to it; without any, it is the innermost first object of the answer.
    """

    path: tuple[str | int, ...] = ()

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        if self.path:
            *way, last = self.path
            place = answer.body["data"]
            for step in way:
                place = place[step]
            place[last] = None
        else:
            _null_first_object(answer.body.get("data"))
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@dataclass(frozen=True)
class OtherValue(Fault):
    """A field has another value, which the schema need not allow.

    Attributes:
        path: Keys and indices that lead to it; `None` stands for every element of a list.
        value: What is sent.
    """

    path: tuple[str | int | None, ...]
    value: Any

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        _set_value(answer.body.get("data"), self.path, self.value)
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@dataclass(frozen=True)
class MissingEdge(Fault):
    """A connection with one edge less than it should have: the last one is missing."""

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        connection = _connection(answer)
        connection["edges"] = connection["edges"][:-1]
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@dataclass(frozen=True)
class EmptyPage(Fault):
    """A connection without edges that claims to have a next page, and by the Relay rules no cursor."""

    with_cursor: bool = False

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        connection = _connection(answer)
        connection["edges"] = []
        connection["pageInfo"]["hasNextPage"] = True
        if not self.with_cursor:
            connection["pageInfo"]["endCursor"] = None
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@dataclass(frozen=True)
class RepeatedCursor(Fault):
    """A connection that returns the same cursor again, so that following it never ends."""

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        cursor = exchange.request.variables["after"]
        _connection(answer)["pageInfo"] |= {"hasNextPage": True, "endCursor": cursor}
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@dataclass
class RepeatedPage(Fault):
    """The first request gets its response, and the next ones get the same response again."""

    _body: bytes | None = field(default=None, repr=False)

    async def strike(self, exchange: Exchange) -> None:
        self._body = self._body or exchange.respond_normally().encode()
        await exchange.send(200, {"content-type": JSON}, self._body)


@dataclass(frozen=True)
class WrongTotal(Fault):
    """A connection with a wrong `totalCount`."""

    by: int = 1

    async def strike(self, exchange: Exchange) -> None:
        answer = exchange.respond_normally()
        _connection(answer)["totalCount"] += self.by
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@dataclass(frozen=True)
class SlowDrip(Fault):
    """The whole response in small parts over some seconds."""

    seconds: float = 1.0
    pieces: int = 10

    async def strike(self, exchange: Exchange) -> None:
        body = exchange.respond_normally().encode()
        await exchange.begin(200, {"content-type": JSON, "content-length": str(len(body))})
        size = max(1, -(-len(body) // self.pieces))
        for start in range(0, len(body), size):
            await asyncio.sleep(self.seconds / self.pieces)
            await exchange.write(body[start : start + size], more=start + size < len(body))


@dataclass(frozen=True)
class BrokenGzip(Fault):
    """A response that claims to be gzip and cannot be decompressed."""

    async def strike(self, exchange: Exchange) -> None:
        packed = bytearray(gzip.compress(exchange.respond_normally().encode(), mtime=0))
        packed[10:30] = bytes(20)
        await exchange.send(200, {"content-type": JSON, "content-encoding": "gzip"}, bytes(packed))


@dataclass(frozen=True)
class Unauthorized(Fault):
    """HTTP 401, as when a token is revoked during a run."""

    status: int = 401

    async def strike(self, exchange: Exchange) -> None:
        error = {"message": "Token has expired.", "extensions": {"category": "authentication"}}
        await exchange.send(
            self.status, {"content-type": JSON}, Answer(self.status, {"errors": [error]}).encode()
        )


async def _cut(transport: Any) -> None:
    """Closes the connection, and waits until uvicorn notices, before it expects the rest of the response."""
    transport.abort()
    await asyncio.sleep(SETTLE)


def _connection(answer: Answer) -> dict[str, Any]:
    """Returns the only connection in the response, to be changed in place."""
    connection: dict[str, Any]
    (connection,) = answer.body["data"].values()
    return connection


def _set_value(place: Any, path: tuple[str | int | None, ...], value: Any) -> None:
    """Sets what is at the end of a path, in place; nothing where the path ends before."""
    step, *rest = path
    keys = range(len(place)) if step is None and isinstance(place, list) else [step]
    for key in keys:
        try:
            if rest:
                _set_value(place[key], tuple(rest), value)
            elif place[key] is not None:
                place[key] = value
        except (KeyError, IndexError, TypeError):
            continue


def _null_first_object(value: Any) -> bool:
    """Replaces the innermost first object in a list, depth first."""
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            if not any(_null_first_object(child) for child in value[0].values()):
                value[0] = None
            return True
        return False
    if isinstance(value, dict):
        return any(_null_first_object(child) for child in value.values())
    return False
