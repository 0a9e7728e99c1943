"""No answer takes for ever or fills the memory, and none of a server on this machine goes through a proxy."""

from __future__ import annotations

import gzip
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep

import pytest
from gql import GraphQLRequest

from centra_source import settings
from centra_source.api.retries import Transient
from centra_source.api.transport import CentraTransport

from .test_transport import write_certificate

REQUEST = GraphQLRequest("{ stores { id } }")
ANSWER = b'{"data": {"stores": []}}'
BOMB = gzip.compress(b'{"data": {"stores": [' + b" " * 2**26 + b"]}}", 1)
SOON, NEVER = 0.4, 30.0
"""Seconds."""


class Server(ThreadingHTTPServer):
    """Answers as a test says.

    Attributes:
        answer: Writes the answer.
        requests: The lines and headers of all requests.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("localhost", 0), _Handler)
        self.answer: Callable[[BaseHTTPRequestHandler], None] = answer_normally
        self.requests: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        """Reads a request, and has the test answer it."""
        self.server.requests.append(f"{self.requestline} {self.headers}")
        self.rfile.read(int(self.headers["content-length"]))
        try:
            self.server.answer(self)
        except OSError:  # the client does not wait for more
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def answer_normally(handler: BaseHTTPRequestHandler) -> None:
    """Sends the answer."""
    handler.send_response(200)
    handler.send_header("content-length", str(len(ANSWER)))
    handler.end_headers()
    handler.wfile.write(ANSWER)


def drip(handler: BaseHTTPRequestHandler, part: bytes) -> None:
    """Sends something again and again, for longer than anybody waits."""
    end = monotonic() + NEVER
    while monotonic() < end:
        handler.wfile.write(part)
        handler.wfile.flush()
        sleep(0.02)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    """Sends a body of known length, byte by byte."""
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    drip(handler, b" ")


def drip_endless_body(handler: BaseHTTPRequestHandler) -> None:
    """Sends a body without a length, which would look whole when the connection is closed."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(ANSWER)
    drip(handler, b" ")


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Sends the status, and never an end of the headers."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(handler, b"x")


def drip_error(handler: BaseHTTPRequestHandler) -> None:
    """Sends an error page, byte by byte."""
    handler.send_response(502)
    handler.end_headers()
    drip(handler, b"<")


def send_nothing(handler: BaseHTTPRequestHandler) -> None:
    """Keeps the connection open."""
    sleep(2 * SOON)


def send_bomb(handler: BaseHTTPRequestHandler) -> None:
    """Sends a small answer that is large when it is unpacked."""
    handler.send_response(200)
    handler.send_header("content-encoding", "gzip")
    handler.send_header("content-length", str(len(BOMB)))
    handler.end_headers()
    handler.wfile.write(BOMB)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "answer",
    [drip_body, drip_endless_body, drip_headers, drip_error, send_nothing],
    ids=lambda one: one.__name__,
)
def test_slow_answer_is_given_up(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[BaseHTTPRequestHandler], None],
    scheme: str,
) -> None:
    """One answer has a limit in total, however often another byte of it arrives; the next one is as usual."""
    if scheme == "https":
        certificate, key = write_certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server.answer = answer
    transport = CentraTransport(f"{scheme}://localhost:{server.server_port}/graphql", "token", SOON)
    begun = monotonic()
    with pytest.raises(Transient, match=r"takes more than 0\.4 s for an answer") as caught:
        transport.execute(REQUEST)
    assert caught.value.is_overload
    assert monotonic() - begun < NEVER / 4
    server.answer = answer_normally
    assert transport.execute(REQUEST).data == {"stores": []}


def test_answer_that_is_large_when_unpacked_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not unpacked any further, and a smaller page is tried."""
    monkeypatch.setattr(settings, "ANSWER_BYTES", 2**20)
    server.answer = send_bomb
    transport = CentraTransport(f"http://localhost:{server.server_port}/graphql", "token")
    tracemalloc.start()
    with pytest.raises(Transient, match="sends an answer of more than 1 MB") as caught:
        transport.execute(REQUEST)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.is_overload
    assert peak < 2**23


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_server_on_this_machine_is_reached_without_a_proxy(
    server: Server, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """A proxy could not reach it, and would see the token: plain HTTP is only allowed to this machine."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://localhost:{proxy.server_port}")
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        transport = CentraTransport(f"http://{host}:{server.server_port}/graphql", "secret-token")
        assert transport.execute(REQUEST).data == {"stores": []}
        proxy.shutdown()
        assert proxy.requests == []
        assert len(server.requests) == 1
