"""Says what a token can read of a shop, and which permissions it lacks or does not need; changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..api.client import Answer
from ..clock import utc_now
from ..exceptions import Denial, PermissionMissing, QueryRefused
from ..loading.events import is_shared
from ..operations.documents import Operation, load_operation
from ..operations.permissions import find_permissions, without_denied
from ..operations.rewriting import without_paths
from ..reading.workers import Workers
from ..resources import RESOURCES
from ..settings import PAGE_SIZES
from ..shop.answerable import Answerable
from ..shop.capabilities import Capabilities
from ..shop.connect import Shop, connect, make_capabilities
from ..shop.introspection import UNKNOWN_VERSION
from ..shop.source_settings import SourceSettings
from ..source import configured_settings
from .findings import Check, Events, Limit, ResourceCheck, Store
from .permission_probe import probe, ways_to_permissions

EVENT_READ, EVENT_WRITE = "Event:read", "Event:write"
"""What the event queue needs. Listening and confirming are mutations, which a check does not send."""

ONE_OBJECT = {"where": {}, "first": 1, "limit": 1, "page": 1, "innerLimit": 1, "innerPage": 1}
"""Variables with which the operation of any resource asks for as little as it can."""

PROBES = 30
"""After so many refusals the search for permissions that nothing needs is given up: Centra may name but one
of those that are missing at a time."""


def check_token(resources: Collection[str], **settings: Any) -> Check:
    """Checks what `centra_source` can read of a shop with a token; changes nothing.

    Each resource's own query is sent for one object. What the token may not read is left out, as in a load,
    and the rest is requested again. The shop's schema is kept for later loads.

    Args:
        resources: Names of resources.
        settings: Any of the arguments of `centra_source`. dlt fills in the others.

    Raises:
        CentraError: A setting, the token or the network. A missing permission never raises.
    """
    chosen = configured_settings(**settings)
    shop = connect(chosen)
    checker = _Checker(shop, chosen)
    names = [name for name in RESOURCES if name in resources]
    workers = Workers(chosen.parallel_requests)
    # Clocks in whole seconds are half a second behind, on average.
    ahead = (shop.client.server_now() - utc_now()).total_seconds() + 0.5
    with workers:
        looks = {name: workers.submit(partial(checker.look_at, name)) for name in names}
        stores, queue = workers.submit(checker.stores), workers.submit(partial(checker.queue, names))
        return checker.summary(
            round(ahead),
            {name: future.result() for name, future in looks.items()},
            stores.result(),
            queue.result(),
        )


def list_permissions(resources: Collection[str], **settings: Any) -> list[str]:
    """Returns the permissions that some resources need by Centra's documentation; sends no request.

    Args:
        resources: Names of resources.
        settings: Any of the arguments of `centra_source`. dlt fills in the others. No address or token is
            needed.

    Raises:
        InvalidSetting: A setting cannot work.
    """
    chosen = configured_settings(needs_shop=False, **settings)
    needed = set(_for_events(resources, chosen.events))
    for name in resources:
        whole = chosen.privacy.asked(chosen.wide.with_translations(load_operation(name), RESOURCES[name]))
        operation = without_paths(whole, chosen.excluded.parts.get(name, ()))
        needed.update(find_permissions(operation) if operation else ())
    return sorted(needed)


def _for_events(resources: Collection[str], policy: str) -> tuple[str, ...]:
    is_used = policy != "off" and any(RESOURCES[name].event for name in resources)
    return (EVENT_READ, EVENT_WRITE) if is_used else ()


@dataclass(frozen=True)
class _Look:
    """What came of asking for one resource."""

    asked: Answerable
    whole: Answerable
    needed: frozenset[str]
    refusal: str | None

    def result(self, denied: Collection[str]) -> ResourceCheck:
        whole, asked = self.whole.operation, self.asked.operation
        if whole is None:
            state = "absent"
        elif self.refusal is not None:
            state = "refused"
        elif asked is None:
            state = "unreadable"
        else:
            state = "full" if asked.text == whole.text else "partial"
        lacking = self.needed.intersection(denied)
        return ResourceCheck(
            state,
            tuple(sorted(self.needed)),
            tuple(sorted(lacking)),
            self.asked.left_out,
            self.asked.missing,
            self.refusal,
        )


class _Checker:
    def __init__(self, shop: Shop, settings: SourceSettings) -> None:
        self._client, self._introspection, self._policy = shop.client, shop.introspection, settings.events
        self._unpruned = partial(make_capabilities, shop.client, shop.introspection, settings)
        self._capabilities = self._unpruned()
        # Sets of what any thread adds to and none takes from.
        self._denials: set[Denial] = set()
        self._held: set[str] = set()

    @property
    def _denied(self) -> set[str]:
        return {one.permission for one in self._denials if one.permission}

    def _ask(self, operation: Operation, **variables: Any) -> Answer:
        """Sends a query, and notes what it tells of the token's permissions."""
        try:
            answer = self._client.execute(operation, variables)
        except PermissionMissing as refusal:
            self._denials.update(refusal.denials)
            raise
        self._held.update(answer.permissions or find_permissions(operation))
        return answer

    def look_at(self, name: str) -> _Look:
        """Asks for one object of a resource, until the token or the shop lacks nothing of what is asked."""
        reported: set[str] = set()
        refused = None
        while True:
            asked = self._capabilities.fit_resource(name)
            if asked.operation is None:
                break
            try:
                reported |= self._ask(asked.operation, **ONE_OBJECT).permissions
                break
            except QueryRefused as refusal:
                if isinstance(refusal, PermissionMissing):
                    reported.update(one.permission for one in refusal.denials if one.permission)
                if not self._capabilities.record_refusal(refusal, asked):
                    refused = str(refusal)
                    break
        whole = self._unpruned().fit_resource(name)
        noted = find_permissions(whole.operation) if whole.operation else ()
        return _Look(asked, whole, frozenset(reported.union(noted)), refused)

    def stores(self) -> tuple[Store, ...] | None:
        """The stores that the token sees, if it may."""
        operation = Capabilities(self._client, self._introspection).fit_resource("stores").operation
        if operation is None:
            return None
        try:
            found = self._ask(operation, limit=PAGE_SIZES[-1], page=1).data["stores"]
        except QueryRefused:
            return None
        return tuple(Store(one["id"], one.get("name"), one.get("type")) for one in found)

    def queue(self, chosen: Collection[str]) -> Events:
        """The event queue of the token's integration; takes nothing from it."""
        if not _for_events(chosen, self._policy):
            return Events(self._policy)
        try:
            listeners = self._ask(load_operation("_event_listeners")).data["eventListeners"]
            wanted = self._known_objects(chosen)
            waiting = self._ask(load_operation("_events"), objectType=wanted, limit=1).data if wanted else {}
        except QueryRefused as refusal:
            is_readable = False if isinstance(refusal, PermissionMissing) else None
            return Events(self._policy, is_readable, refusal=str(refusal))
        return Events(
            self._policy,
            True,
            {one["objectType"]: tuple(one["changeTypes"]) for one in listeners},
            is_shared(listeners),
            any(waiting.values()),
        )

    def _known_objects(self, chosen: Collection[str]) -> list[str]:
        """The objects of the chosen resources, by the names under which the shop has events of them."""
        wanted = dict.fromkeys(event for name in chosen if (event := RESOURCES[name].event))
        return [one for one in wanted if self._capabilities.has_events(one)]

    def _unneeded(self, needed: Collection[str]) -> tuple[str, ...] | None:
        """Asks for something behind each permission that the resources do not need."""
        unknown = ways_to_permissions().keys() - needed - self._denied
        query = probe(unknown, self._introspection.schema())
        for _ in range(PROBES):
            operation = without_denied(query, self._denials)[0] if query else None
            if operation is None:
                return tuple(sorted(self._held.difference(needed)))
            known = len(self._denials)
            try:
                self._ask(operation)
            except QueryRefused:
                if len(self._denials) == known:
                    return None
            else:
                return tuple(sorted(self._held.difference(needed)))
        return None

    def summary(
        self,
        clock_seconds: int,
        looks: Mapping[str, _Look],
        stores: tuple[Store, ...] | None,
        queue: Events,
    ) -> Check:
        """Puts everything together, and asks for what is known only in the end."""
        needed = set(_for_events(looks, self._policy)).union(*(look.needed for look in looks.values()))
        unneeded = self._unneeded(needed)
        denied = self._denied
        rates = self._client.execute(load_operation("_rate_limits"), {}).data["rateLimits"] or ()
        return Check(
            address=self._client.base_url,
            version=self._client.app_version or UNKNOWN_VERSION,
            shows_schema=self._introspection.schema() is not None,
            clock_seconds=clock_seconds,
            limits=tuple(
                Limit(one["type"], one["intervalSeconds"], one["quota"], one["remainingQuota"])
                for one in rates
            ),
            stores=stores,
            events=queue,
            resources={name: look.result(denied) for name, look in looks.items()},
            needed=tuple(sorted(needed)),
            lacking=tuple(sorted(needed & denied)),
            unproven=tuple(sorted(needed - denied - self._held)),
            unneeded=unneeded,
        )
