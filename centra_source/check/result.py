"""The result of a check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..loading.listeners import Listener
from .schema_drift import SchemaDrift


@dataclass(frozen=True)
class Limit:
    """One of Centra's rate limits.

    Attributes:
        kind: What Centra counts, such as REQUEST_COUNT.
        interval: Centra's name of the interval, such as TEN_SECONDS.
        quota: The most that is allowed in the interval.
        left: How much of the quota was left after the check.
    """

    kind: str
    interval: str
    quota: int
    left: int


@dataclass(frozen=True)
class Store:
    """A store that the token sees. Its name and type are None if the token may not read them."""

    id: int
    name: str | None
    type: str | None


@dataclass(frozen=True)
class Events:
    """Centra's event queue, as far as it can be seen.

    Attributes:
        policy: The setting `events`.
        is_readable: Whether the token may read it. None: not requested, or refused for another reason.
        listeners: The kinds of change that the integration listens to, by Centra's name of the object.
        integrations: The names of the integrations that listen. All tokens of an integration share its queue.
        is_shared: Whether another system seems to listen as well. Loads then do not use the queue.
        others: The listeners that this package did not make: another system needs their events.
        is_filled: Whether events of the chosen resources are waiting. None: not known. Only this shows that
            Centra has switched the queue on for the shop.
        refusal: Why the shop does not show the queue.
    """

    policy: str
    is_readable: bool | None = None
    listeners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    integrations: tuple[str, ...] = ()
    is_shared: bool = False
    others: tuple[Listener, ...] = ()
    is_filled: bool | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class ResourceCheck:
    """What the token can read of one resource.

    Attributes:
        state: "full": all that the shop has of it. "partial" or "unreadable": the token lacks permissions.
            "absent": the shop's schema does not have the resource. "refused": the shop does not answer.
        needed: The permissions it needs, by Centra's documentation and by the answers.
        lacking: Those of them that the token lacks.
        left_out: What a load leaves out because of that or because the shop lacks it, one sentence each.
        missing: What the shop's schema lacks, such as `Product.weight` or `Query.vouchers`.
        refusal: Why the shop does not answer.
    """

    state: str
    needed: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True)
class Check:
    """What can be read of a shop with a token.

    Attributes:
        address: The address at which Centra answers and accepts the token.
        version: Centra's version, or "unknown".
        shows_schema: Whether queries were fitted to the shop's own schema instead of the documented one.
        clock_seconds: How far the shop's clock is ahead of ours, in seconds. Exact to about a second, as the
            shop reports whole seconds.
        limits: The rate limits. Empty if the shop does not report them.
        stores: The stores that the token sees. None if it may not read stores. A token that is restricted to
            some stores sees nothing of the others, and Centra does not report that.
        events: The event queue.
        resources: By name, in the order of `RESOURCES`.
        needed: The permissions that the resources need, and the event queue unless it is off.
        lacking: Those of them that the token lacks.
        unproven: Those of them that a check cannot see: Event:write, and permissions that show only after
            another one is granted.
        unneeded: The permissions that the token has and the resources do not need. None if they cannot be
            seen.
        inferred: Those of the needed permissions that neither Centra's documentation nor this shop has named:
            their names are guesses, and Centra may not list them.
        drift: What differs between the shop's schema and the documented one. None if the shop does not show
            its schema.
    """

    address: str
    version: str
    shows_schema: bool
    clock_seconds: int
    limits: tuple[Limit, ...]
    stores: tuple[Store, ...] | None
    events: Events
    resources: Mapping[str, ResourceCheck]
    needed: tuple[str, ...]
    lacking: tuple[str, ...]
    unproven: tuple[str, ...]
    unneeded: tuple[str, ...] | None
    inferred: tuple[str, ...]
    drift: SchemaDrift | None

    def list_names(self, *states: str) -> list[str]:
        """Returns the names of the resources in some states."""
        return [name for name, one in self.resources.items() if one.state in states]

    @property
    def is_sufficient(self) -> bool:
        """Whether the token lacks nothing. What the shop's schema lacks does not count."""
        return not self.lacking and not self.list_names("partial", "unreadable")
