"""What a check finds of a shop and a token, see checking.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limit:
    """One of Centra's rate limits.

    Attributes:
        kind: What is counted, such as REQUEST_COUNT.
        interval: Centra's name of the interval, such as TEN_SECONDS.
        quota: How much it grants.
        left: How much of that was left after the check.
    """

    kind: str
    interval: str
    quota: int
    left: int


@dataclass(frozen=True)
class Store:
    """A store that the token sees; name and type are None where they cannot be read."""

    id: int
    name: str | None
    type: str | None


@dataclass(frozen=True)
class Events:
    """Centra's event queue, as far as it can be seen.

    Attributes:
        policy: The setting `events`.
        is_readable: Whether the token may read it; None: not asked, or the shop refuses for another reason.
        listeners: The kinds of change that are listened to, by Centra's name of the object.
        is_shared: Whether another system seems to listen, too; `events = "auto"` then leaves it alone.
        is_filled: Whether events of the chosen resources wait; None: not known. Nothing else shows that
            Centra has switched the queue on for the shop.
        refusal: Why the shop does not show it.
    """

    policy: str
    is_readable: bool | None = None
    listeners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_shared: bool = False
    is_filled: bool | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class ResourceCheck:
    """What the token can read of one resource.

    Attributes:
        state: "full" is all that the shop has of it, "partial" and "unreadable" are up to the token, "absent"
            is what the shop's schema lacks as a whole, "refused" what the shop does not answer.
        needed: Permissions, by our notes and by what Centra reports.
        lacking: Those of them that the token lacks.
        left_out: What a load leaves out therefore, and what the shop lacks; one sentence each.
        missing: What the shop's schema lacks, as `Product.weight` or `Query.vouchers`.
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
    """What a shop and a token offer to some resources.

    Attributes:
        address: Where Centra answers, and takes the token.
        version: Centra's version, or "unknown".
        shows_schema: Whether queries were fitted to the shop's schema, and not only to the documented one.
        clock_seconds: By how much the shop's clock is ahead of ours, to about a second: it tells whole ones.
        limits: The rate limits; empty where the shop tells none.
        stores: Those that the token sees; None if it may not read stores. A token that is restricted to some
            stores sees nothing of the others, and Centra does not say so.
        events: The event queue.
        resources: In the order of the registry.
        needed: Permissions that the resources need, and the event queue unless it is off.
        lacking: Those of them that the token lacks.
        unproven: Those of them that cannot be seen: Event:write, and what shows only when another is ticked.
        unneeded: Permissions that the token has, and the resources do not need; None if that cannot be seen.
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

    def named(self, *states: str) -> list[str]:
        """The resources in some states."""
        return [name for name, one in self.resources.items() if one.state in states]

    @property
    def is_sufficient(self) -> bool:
        """Whether the token lacks nothing: what the shop's schema lacks is not its fault."""
        return not self.lacking and not self.named("partial", "unreadable")
