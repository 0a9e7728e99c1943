"""The HTTP server: POST /graphql on 127.0.0.1, a log of the requests, and planned faults."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import uvicorn

from .bodies import BadRequest, compress, read_body, read_cookie
from .faults import JSON, Fault
from .service import Answer, Request, Service
from .shop import Shop

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Callback = Callable[[Request, Shop], None]

NOT_FOUND = (
    b"<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"
)


@dataclass
class PlannedFault:
    """A planned fault."""

    fault: Fault
    operation: str | None
    times: int
    skip: int


class Application:
    """The ASGI application of one sandbox."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.requests: list[Request] = []
        self.faults: list[PlannedFault] = []
        self.callbacks: list[Callback] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        exchange = HttpExchange(self, headers, send)
        body = await _read(receive)
        if scope["path"] != "/graphql":
            await exchange.send(404, {"content-type": "text/html"}, NOT_FOUND)
        elif scope["method"] != "POST":
            refused = _refuse(BadRequest(f"{scope['method']} is not supported: send queries by POST.", 405))
            await exchange.send(refused.status, {"content-type": JSON, "allow": "POST"}, refused.encode())
        else:
            await self._post(exchange, body)

    async def _post(self, exchange: "HttpExchange", body: bytes) -> None:
        with self.service.lock:
            answer = exchange.read(body)
            fault = self._next_fault(exchange.request) if answer is None else None
            if answer is None and fault is None:
                answer = exchange.respond_normally()
        if fault is not None:
            await fault.strike(exchange)
        elif answer is not None:
            await exchange.send(answer.status, {"content-type": JSON, **answer.headers}, answer.encode())

    def _next_fault(self, request: Request) -> Fault | None:
        for planned in self.faults:
            if planned.operation not in (None, request.operation):
                continue
            if planned.skip:
                planned.skip -= 1
                continue
            planned.times -= 1
            if planned.times == 0:
                self.faults.remove(planned)
            return planned.fault
        return None


class HttpExchange:
    """One request and the ways to respond to it."""

    request: Request

    def __init__(self, application: Application, headers: dict[str, str], send: Send) -> None:
        self._application = application
        self._service = application.service
        self._headers = headers
        self._send = send

    @property
    def transport(self) -> Any:
        """The asyncio transport of the connection, which uvicorn keeps behind `send`."""
        return getattr(self._send, "__self__").transport  # noqa: B009

    def read(self, body: bytes) -> Answer | None:
        """Logs the request. Returns a response if it is refused before it is parsed."""
        try:
            posted = read_body(self._headers, body)
        except BadRequest as bad:
            return _refuse(bad)
        self.request = Request(
            self._service.name_operation(posted.query, posted.operation),
            posted.query,
            posted.variables,
            self._service.clock.now(),
            self._headers.get("user-agent", ""),
        )
        self._application.requests.append(self.request)
        cookie = read_cookie(self._headers.get("cookie", ""), "graphql-access")
        return self._service.refusal(self._headers.get("authorization", ""), cookie)

    def respond_normally(self) -> Answer:
        """Executes the request after the callbacks have run."""
        with self._service.lock:
            for callback in list(self._application.callbacks):
                callback(self.request, self._service.shop)
                self._service.shop.version += 1
            return self._service.answer(self.request)

    def too_many(self, wait: timedelta, form: str) -> Answer:
        """Returns a 429 response with a time to wait from now."""
        return self._service.too_many(self._service.clock.now() + wait, form)

    async def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Sends a complete response, compressed if it is long and as the client accepts it."""
        if "content-encoding" not in headers:
            body, encoding = compress(body, self._headers.get("accept-encoding", ""))
            headers = {**headers, "content-encoding": encoding} if encoding else headers
        await self.begin(status, {**headers, "content-length": str(len(body))})
        await self.write(body, more=False)

    async def begin(self, status: int, headers: dict[str, str]) -> None:
        """Sends status and headers. The Date is that of the shop plus the offset in the settings."""
        if hasattr(self, "request"):
            self.request.status = status
        date = self._service.clock.now() + self._service.settings.date_header_offset
        headers = {"date": format_datetime(date, usegmt=True), **headers}
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def write(self, part: bytes, more: bool) -> None:
        """Sends a part of the body."""
        await self._send({"type": "http.response.body", "body": part, "more_body": more})


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _refuse(bad: BadRequest) -> Answer:
    error = {"message": str(bad), "extensions": {"category": "request"}}
    return Answer(bad.status, {"errors": [error]})


class _Uvicorn(uvicorn.Server):
    """uvicorn that stops at once, and not at its next look at a flag, a tenth of a second later."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # in which connections are closed

    def end(self) -> None:
        """Stops the server, from another thread."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)


class Server:
    """uvicorn in a separate thread."""

    def __init__(self, application: Application, port: int) -> None:
        # asyncio sends the parts of a response without delay only if the protocol is named.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            application,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            date_header=False,
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def start(self) -> None:
        """Starts the server and waits until it accepts connections."""
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)

    def stop(self) -> None:
        """Stops the server without waiting for open connections."""
        self._server.end()
        self._thread.join(timeout=5)
        self._socket.close()

    def wait(self) -> None:
        """Blocks until the server ends."""
        self._thread.join()
