"""A local Centra: its GraphQL Integration API over a generated shop, with limits, permissions and faults."""

from copy import copy
from dataclasses import replace
from typing import Any

import orjson

from .breakages import Form
from .clock import Clock
from .faults import (
    BrokenGzip,
    EmptyPage,
    Errors,
    Fault,
    ForbiddenNull,
    HtmlPage,
    HttpError,
    MissingEdge,
    OtherBody,
    OtherContentType,
    OtherValue,
    Redirect,
    RepeatedCursor,
    RepeatedPage,
    Reset,
    ResetInBody,
    SlowDrip,
    TooManyRequests,
    TruncatedJson,
    Unauthorized,
    WrongTotal,
)
from .generate import build_shop
from .nodes import Node
from .schema import all_permissions
from .server import Application, Callback, PlannedFault, Server
from .service import Request, Service
from .settings import PLANS, Settings
from .shop import Shop

__all__ = [
    "PLANS",
    "BrokenGzip",
    "Clock",
    "EmptyPage",
    "Errors",
    "Fault",
    "ForbiddenNull",
    "HtmlPage",
    "HttpError",
    "MissingEdge",
    "OtherBody",
    "OtherContentType",
    "OtherValue",
    "Redirect",
    "RepeatedCursor",
    "RepeatedPage",
    "Request",
    "Reset",
    "ResetInBody",
    "Sandbox",
    "Settings",
    "Shop",
    "SlowDrip",
    "TooManyRequests",
    "TruncatedJson",
    "Unauthorized",
    "WrongTotal",
]


class Sandbox:
    """A running local Centra.

    Example:
        >>> with Sandbox(products=20, orders=50) as sandbox:
        ...     print(sandbox.url, sandbox.token)

    Args:
        settings: The settings. Keyword arguments are fields of Settings and override it.
        port: TCP port on 127.0.0.1; 0 picks a free one.
    """

    def __init__(self, settings: Settings | None = None, *, port: int = 0, **switches: Any) -> None:
        chosen = replace(settings or Settings(), **_freeze(switches))
        self.clock = Clock()
        self.shop: Shop = build_shop(chosen, self.clock)
        self._service = Service(self.shop, self.clock, chosen)
        self._application = Application(self._service)
        self._server = Server(self._application, port)

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server; returns when it accepts connections."""
        self._server.start()

    def stop(self) -> None:
        """Stops the server."""
        self._server.stop()

    def wait(self) -> None:
        """Blocks while the server runs."""
        self._server.wait()

    @property
    def url(self) -> str:
        """The URL for GraphQL requests."""
        return f"http://127.0.0.1:{self._server.port}/graphql"

    @property
    def token(self) -> str:
        """The Bearer token that the server accepts."""
        return self.settings.token

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self._service.settings

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in order. Clear the list to start again."""
        return self._application.requests

    @property
    def permissions(self) -> frozenset[str]:
        """All permissions of the served schema."""
        return all_permissions(self._service.schema)

    def configure(self, **switches: Any) -> None:
        """Changes settings while the server runs. The size and data of the shop stay."""
        self._service.configure(replace(self.settings, **_freeze(switches)))

    def fail(self, fault: Fault, operation: str | None = None, times: int = 1, skip: int = 0) -> None:
        """Plans a fault for the next requests.

        Args:
            fault: The fault.
            operation: Name of the operation; None: any request.
            times: Number of requests with the fault.
            skip: Number of matching requests that succeed before it.
        """
        # A copy, because a fault may have state, and the caller may plan it for other shops.
        self._application.faults.append(PlannedFault(copy(fault), operation, times, skip))

    def recover(self) -> None:
        """Removes the planned faults that have not happened yet."""
        self._application.faults.clear()

    def break_over(self, node: Node, field: str | None = None, form: Form = "error") -> None:
        """Lets every query fail that asks for an object of the shop, until it is lifted.

        Args:
            node: The object, wherever it is asked for: as one of a list, or inside another object.
            field: The field or list of it that is broken; None: all of it but its id. A broken id cannot be
                asked for either.
            form: How the query fails: "error" by an internal server error of GraphQL with the data that is
                left, "bare error" without data, a number by this HTTP status.
        """
        with self._service.lock:
            self._service.breakages.add(node, field, form)

    def plant_value(self, node: Node, field: str, raw: str | bytes) -> None:
        """Sends something else for a field of an object of the shop, until it is lifted.

        Args:
            node: The object, wherever it is asked for.
            field: The field, in the schema's words: a value, an object or a list.
            raw: What is sent, such as `null`, `1e15`, `"0000-00-00"` with its quotes, or bytes that are no
                JSON.
        """
        with self._service.lock:
            self._service.planted_values.add(node, field, orjson.Fragment(raw))

    def lift(self, node: Node | None = None) -> None:
        """Repairs an object that queries fail over, or that has planted values; None: all of them."""
        with self._service.lock:
            self._service.breakages.lift(node)
            self._service.planted_values.lift(node)

    def before_request(self, callback: Callback) -> None:
        """Calls `callback(request, shop)` before each request executes, while no other request runs."""
        self._application.callbacks.append(callback)

    def drain(self, kind: str, share: float = 1.0) -> None:
        """Uses up a share of a limit (a RateLimitType), as other systems of the merchant do."""
        with self._service.lock:
            self._service.buckets.drain(kind, share)


def _freeze(switches: dict[str, Any]) -> dict[str, Any]:
    """Makes settings hashable: sets and lists become frozen sets and tuples."""
    kinds: dict[type, type] = {set: frozenset, list: tuple}
    if isinstance(switches.get("limited_lists"), str):
        switches = {**switches, "limited_lists": (switches["limited_lists"],)}
    for name in ("permissions", "denied", "store_ids"):
        if isinstance(switches.get(name), (list, tuple)):
            switches = {**switches, name: frozenset(switches[name])}
    return {name: kinds.get(type(value), lambda same: same)(value) for name, value in switches.items()}
