"""A shop of any size that responds with prepared bytes, so that only the loader is measured.

`http://127.0.0.1:<port>/<size>/graphql` is a shop of that many orders and that many products. The nodes are
those of a small sandbox, repeated, each copy with an id, a number and dates of its own. Whatever is no
connection of orders or products, such as the rate limits, the sandbox answers itself.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import orjson
import requests
from numpy.typing import NDArray

from centra_sandbox import Sandbox
from centra_source.operations.documents import load_operation

YEARS = 5
DAY, YEAR = 86_400, 365 * 86_400

CHANGED_EVERY = 100
"""One in so many objects changes."""

PAGE = 200
KEPT_WINDOWS = 16
"""Of which a shop remembers the objects; the longest takes 8 bytes for each."""

_CONNECTION = re.compile(r"\b((?:order|product)Connection)\b")
_OWN_FIELDS = ("id", "number", "createdAt", "updatedAt")
_OWN_VALUE = re.compile(rb'"<(?:%s)>"' % "|".join(_OWN_FIELDS).encode())

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Prepared:
    """The nodes of the sandbox for one query text.

    Attributes:
        connection: Key of the connection in the answer.
        own_fields: The fields that differ from copy to copy, in their order; true where they are text.
        templates: The JSON of each node, with `%s` for these fields; empty if the query asks for no nodes.
        price: Complexity points of a request without nodes, and of each node.
    """

    connection: str
    own_fields: dict[str, bool]
    templates: list[bytes]
    price: tuple[int, int]

    @classmethod
    def capture(cls, sandbox: Sandbox, query: str, connection: str) -> Prepared:
        """Reads all nodes of the sandbox."""
        nodes: list[dict[str, Any]] = []
        prices = []
        after, first, has_next = None, 1, True
        while has_next:
            variables = {"first": first, "after": after}
            found = orjson.loads(_ask(sandbox, orjson.dumps({"query": query, "variables": variables})))
            page = found["data"][connection]
            nodes += [edge["node"] for edge in page.get("edges", ())]
            prices.append((first, found["extensions"]["complexity"]))
            info = page.get("pageInfo", {})
            first, after, has_next = PAGE, info.get("endCursor"), info.get("hasNextPage")
        (few, low), (many, high) = prices[0], prices[-1]
        each = (high - low) // (many - few) if many > few else 0
        shown = nodes[0] if nodes else {}
        own_fields = {key: isinstance(shown[key], str) for key in shown if key in _OWN_FIELDS}
        templates = [_template(node, own_fields) for node in nodes]
        return cls(connection, own_fields, templates, (low - each, each))


@dataclass
class ServedShop:
    """A shop of one size: the time of the last change of each object (Unix time), and its requests."""

    size: int
    calls: int = 0
    points: int = 0
    _windows: dict[tuple[int, int], Places] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Without the last day, so that the hour that every run reads again has only intended changes.
        end = int(time.time()) - DAY
        self.moments: Places = np.linspace(end - YEARS * YEAR, end, self.size).astype(np.int64)

    def change(self, since: int) -> int:
        """Gives one object in a hundred a new date, evenly from a moment to now; returns how many."""
        changed = np.arange(0, self.size, CHANGED_EVERY)
        now = max(since + 1, int(time.time()))
        self.moments[changed] = np.linspace(since + 1, now, len(changed)).astype(np.int64)
        self._windows.clear()
        return len(changed)

    def places(self, where: dict[str, Any]) -> Places:
        """Returns the positions of the objects that match a filter, in the order of numbers."""
        bounds = where.get("updatedAt") or where.get("createdAt") or {}
        start, end = _unix_time(bounds.get("from"), 0), _unix_time(bounds.get("to"), 2**40)
        if (start, end) not in self._windows:
            if len(self._windows) >= KEPT_WINDOWS:
                del self._windows[next(iter(self._windows))]
            self._windows[start, end] = np.flatnonzero((self.moments >= start) & (self.moments <= end))
        return self._windows[start, end]

    def answer(self, prepared: Prepared, variables: dict[str, Any]) -> bytes:
        """Returns one page of a connection. A cursor is the position of its node."""
        places = self.places(variables.get("where") or {})
        first, after = variables.get("first", 0), variables.get("after")
        begin = 0 if after is None else int(np.searchsorted(places, int(after), side="right"))
        shown = places[begin : begin + first]
        end_cursor = f'"{shown[-1]}"' if len(shown) else "null"
        has_next = "true" if begin + first < len(places) else "false"
        base, each = prepared.price
        self.calls += 1
        self.points += base + each * first
        head = (
            f'{{"data":{{"{prepared.connection}":{{"totalCount":{len(places)},"pageInfo":'
            f'{{"hasNextPage":{has_next},"endCursor":{end_cursor}}},"edges":['
        )
        tail = f']}}}},"extensions":{{"complexity":{base + each * first},"appVersion":"v1.83.0"}}}}'
        return b"".join((head.encode(), self._edges(prepared, shown), tail.encode()))

    def _edges(self, prepared: Prepared, shown: Places) -> bytes:
        templates = prepared.templates
        if not templates:
            return b""
        dates = np.datetime_as_string(self.moments[shown].astype("M8[s]")).tolist()
        ats = shown.tolist()
        columns: list[list[bytes]] = []
        for name, is_text in prepared.own_fields.items():
            if name.endswith("At"):
                columns.append([b'"%s+00:00"' % date.encode() for date in dates])
            else:
                columns.append([b'"%032x"' % (at + 1) if is_text else b"%d" % (at + 1) for at in ats])
        own = zip(*columns, strict=True)
        return b",".join(
            [templates[at % len(templates)] % values for at, values in zip(ats, own, strict=True)]
        )


class PageServer(ThreadingHTTPServer):
    """All sizes on one port, with several connections at the same time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, sandbox: Sandbox, port: int, latency: float) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.sandbox = sandbox
        self.latency = latency
        self._lock = threading.Lock()
        self._shops: dict[int, ServedShop] = {}
        self._prepared: dict[str, Prepared] = {}

    def graphql(self, size: int, body: bytes) -> bytes:
        """Returns the response to one GraphQL request, after the latency."""
        time.sleep(self.latency)
        request = orjson.loads(body)
        found = _CONNECTION.search(request["query"])
        variables = request.get("variables") or {}
        with self._lock:
            shop = self.shop(size)
            if found is None:
                shop.calls += 1
                return _ask(self.sandbox, body)
            if unknown := (variables.get("where") or {}).keys() - {"updatedAt", "createdAt"}:
                return orjson.dumps({"errors": [{"message": f"The page server filters by no {unknown}."}]})
            return shop.answer(self.prepared(request["query"], found[1]), variables)

    def prepared(self, query: str, connection: str) -> Prepared:
        """Returns the prepared nodes of a query, captured at its first request."""
        if query not in self._prepared:
            self._prepared[query] = Prepared.capture(self.sandbox, query, connection)
        return self._prepared[query]

    def shop(self, size: int) -> ServedShop:
        """Returns the shop of a size, created at its first request."""
        if size not in self._shops:
            self._shops[size] = ServedShop(size)
        return self._shops[size]

    def stats(self, size: int) -> bytes:
        """Returns the counts of requests to a shop since the last call of this method."""
        shop = self.shop(size)
        counted = orjson.dumps({"calls": shop.calls, "points": shop.points})
        shop.calls = shop.points = 0
        return counted


class _Handler(BaseHTTPRequestHandler):
    """POST /<size>/graphql, POST /<size>/change with `since`, GET /<size>/stats."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: PageServer

    def do_POST(self) -> None:
        """Handles a GraphQL request, or a request to change objects."""
        size, job = self._target()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if job == "change":
            self._send(b"%d" % self.server.shop(size).change(orjson.loads(body)["since"]))
        else:
            self._send(self.server.graphql(size, body))

    def do_GET(self) -> None:
        """Returns the counts of calls and points."""
        self._send(self.server.stats(self._target()[0]))

    def log_message(self, format: str, *_: Any) -> None:
        """Prints no log."""

    def _target(self) -> tuple[int, str]:
        size, job = self.path.strip("/").split("/")
        return int(size), job

    def _send(self, body: bytes) -> None:
        self.send_response(200)  # also writes the Date header, by the clock of this machine
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def page_server(*options: str) -> Iterator[str]:
    """Runs a page server in a separate process; yields its address without a size."""
    command = (sys.executable, "-m", "benchmarks.page_server", *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _ask(sandbox: Sandbox, body: bytes) -> bytes:
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}
    return requests.post(sandbox.url, data=body, headers=headers, timeout=60).content


def _template(node: dict[str, Any], own_fields: dict[str, bool]) -> bytes:
    marked = {key: f"<{key}>" if key in own_fields else value for key, value in node.items()}
    text = orjson.dumps({"node": marked}).replace(b"%", b"%%")
    return _OWN_VALUE.sub(b"%s", text)


def _unix_time(text: str | None, default: int) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) if text else default


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0, help="milliseconds before each answer")
    parser.add_argument("--products", type=int, default=500, help="different products")
    parser.add_argument("--orders", type=int, default=2000, help="different orders")
    chosen = parser.parse_args()
    with Sandbox(products=chosen.products, orders=chosen.orders, plan="unlimited") as sandbox:
        server = PageServer(sandbox, chosen.port, chosen.latency / 1000)
        for name, connection in (("orders", "orderConnection"), ("products", "productConnection")):
            server.prepared(load_operation(name).text, connection)
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
