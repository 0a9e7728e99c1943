"""A local Centra: its GraphQL Integration API over a generated shop, with limits, permissions and faults."""

from copy import copy
from dataclasses import replace
from typing import Any

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
        settings: All switches at once; keyword arguments are fields of Settings and win over it.
        port: TCP port on 127.0.0.1; 0 picks a free one.
    """

    def __init__(self, settings: Settings | None = None, *, port: int = 0, **switches: Any) -> None:
        chosen = replace(settings or Settings(), **_frozen(switches))
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
        """Serve; returns when connections are taken."""
        self._server.start()

    def stop(self) -> None:
        """End the server."""
        self._server.stop()

    def wait(self) -> None:
        """Block while the server runs."""
        self._server.wait()

    @property
    def url(self) -> str:
        """The address to POST to."""
        return f"http://127.0.0.1:{self._server.port}/graphql"

    @property
    def token(self) -> str:
        """The Bearer token that is accepted."""
        return self.settings.token

    @property
    def settings(self) -> Settings:
        """The switches as they stand."""
        return self._service.settings

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in order; clear it to start afresh."""
        return self._application.requests

    @property
    def permissions(self) -> frozenset[str]:
        """Every permission the served schema knows."""
        return all_permissions(self._service.schema)

    def configure(self, **switches: Any) -> None:
        """Change switches while running; the shop's size and data stay."""
        self._service.configure(replace(self.settings, **_frozen(switches)))

    def fail(self, fault: Fault, operation: str | None = None, times: int = 1, skip: int = 0) -> None:
        """Let the next requests meet a fault.

        Args:
            fault: What happens.
            operation: Only to requests of this operation name.
            times: To how many requests.
            skip: After how many matching requests have gone well.
        """
        # A copy: a fault may remember what it has struck, and its caller may plan it for other shops too.
        self._application.faults.append(PlannedFault(copy(fault), operation, times, skip))

    def recover(self) -> None:
        """Forget the faults that still wait for requests."""
        self._application.faults.clear()

    def before_request(self, callback: Callback) -> None:
        """Call `callback(request, shop)` before each request executes, with nobody else at the shop."""
        self._application.callbacks.append(callback)

    def drain(self, kind: str, share: float = 1.0) -> None:
        """Use up a share of a limit (a RateLimitType) as the merchant's other systems would."""
        with self._service.lock:
            self._service.buckets.drain(kind, share)


def _frozen(switches: dict[str, Any]) -> dict[str, Any]:
    """Settings are hashable: sets and lists become frozen sets and tuples."""
    kinds: dict[type, type] = {set: frozenset, list: tuple}
    for name in ("permissions", "denied", "store_ids"):
        if isinstance(switches.get(name), (list, tuple)):
            switches = {**switches, name: frozenset(switches[name])}
    return {name: kinds.get(type(value), lambda same: same)(value) for name, value in switches.items()}
