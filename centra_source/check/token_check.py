"""Checks what a token can read of a shop, and which permissions it lacks or does not need; changes
nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..api.client import Answer
from ..api.throttle import RateLimit, read_rate_limits
from ..clock import utc_now
from ..exceptions import Denial, PermissionMissing, QueryRefused
from ..loading.listeners import find_other_listeners, read_listeners
from ..loading.waiting_events import CHANGES
from ..operations.documents import Operation, load_operation
from ..operations.permissions import find_permissions, list_inferred_permissions, without_denied
from ..operations.selections import list_paths
from ..reading.workers import Workers
from ..resources import RESOURCES
from ..settings import PAGE_SIZES
from ..shop.answerable import Answerable
from ..shop.capabilities import Capabilities
from ..shop.connect import Shop, connect, make_capabilities
from ..shop.introspection import UNKNOWN_VERSION
from ..shop.source_settings import SourceSettings
from ..source import configured_settings
from .permission_list import list_event_permissions
from .permission_probe import find_paths_to_permissions, make_probe
from .result import Check, Events, Limit, ResourceCheck, Store
from .schema_drift import compare_schemas

ONE_OBJECT = {"where": {}, "first": 1, "limit": 1, "page": 1, "innerLimit": 1, "innerPage": 1}
"""Variables with which the operation of any resource requests as little as possible."""

PROBES = 30
"""The search for permissions that nothing needs stops after this many refusals: Centra may name only one
missing permission at a time."""


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
        running = {name: workers.submit(partial(checker.check_resource, name)) for name in names}
        stores = workers.submit(checker.find_stores)
        queue = workers.submit(partial(checker.check_queue, names))
        return checker.summarize(
            round(ahead),
            {name: future.result() for name, future in running.items()},
            stores.result(),
            queue.result(),
        )


@dataclass(frozen=True)
class _Outcome:
    """The answers to the requests for one object of a resource."""

    asked: Answerable
    whole: Answerable
    needed: frozenset[str]
    refusal: str | None

    def make_result(self, denied: Collection[str]) -> ResourceCheck:
        whole, asked = self.whole.operation, self.asked.operation
        if whole is None:
            state = "absent"
        elif self.refusal is not None:
            state = "refused"
        elif asked is None:
            state = "unreadable"
        else:
            state = "full" if list_paths(asked) >= list_paths(whole) else "partial"
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
        self._make_capabilities = partial(make_capabilities, shop.client, shop.introspection, settings)
        self._capabilities = self._make_capabilities()
        # Threads only add to these sets.
        self._denials: set[Denial] = set()
        self._held: set[str] = set()
        self._reported: set[str] = set()

    @property
    def _denied(self) -> set[str]:
        return {one.permission for one in self._denials if one.permission}

    def _send(self, operation: Operation, **variables: Any) -> Answer:
        """Sends a query, and records what the answer shows about the token's permissions."""
        try:
            answer = self._client.execute(operation, variables)
        except PermissionMissing as refusal:
            self._denials.update(refusal.denials)
            self._reported.update(one.permission for one in refusal.denials if one.permission)
            raise
        self._reported.update(answer.permissions)
        self._held.update(answer.permissions or find_permissions(operation))
        return answer

    def check_resource(self, name: str) -> _Outcome:
        """Requests one object of a resource, without what the token and the shop turn out to lack."""
        reported: set[str] = set()
        refused = None
        while True:
            asked = self._capabilities.fit_resource(name)
            if asked.operation is None:
                break
            try:
                reported |= self._send(asked.operation, **ONE_OBJECT).permissions
                break
            except QueryRefused as refusal:
                if isinstance(refusal, PermissionMissing):
                    reported.update(one.permission for one in refusal.denials if one.permission)
                if not self._capabilities.record_refusal(refusal, asked):
                    refused = str(refusal)
                    break
        whole = self._make_capabilities().fit_resource(name)
        noted = find_permissions(whole.operation) if whole.operation else ()
        return _Outcome(asked, whole, frozenset(reported.union(noted)), refused)

    def find_stores(self) -> tuple[Store, ...] | None:
        """Returns the stores that the token sees. None if it may not read stores."""
        # What the settings exclude or drop from loads does not matter to this list.
        capabilities = Capabilities(self._client, self._introspection)
        while True:
            asked = capabilities.fit_resource("stores")
            if asked.operation is None:
                return None
            try:
                found = self._send(asked.operation, limit=PAGE_SIZES[-1], page=1).data["stores"]
                break
            except QueryRefused as refusal:
                if not capabilities.record_refusal(refusal, asked):
                    return None
        return tuple(Store(one["id"], one.get("name"), one.get("type")) for one in found)

    def check_queue(self, chosen: Collection[str]) -> Events:
        """Looks at the event queue of the token's integration; takes nothing from it."""
        if not list_event_permissions(chosen, self._policy):
            return Events(self._policy)
        try:
            answer = self._send(load_operation("_event_listeners"))
            listeners = read_listeners(answer.data["eventListeners"])
            wanted = self._list_event_objects(chosen)
            asked = {"objectType": wanted, "changeType": CHANGES, "limit": 1}
            waiting = self._send(load_operation("_events"), **asked).data if wanted else {}
        except QueryRefused as refusal:
            is_readable = False if isinstance(refusal, PermissionMissing) else None
            return Events(self._policy, is_readable, refusal=str(refusal))
        others = find_other_listeners(listeners)
        return Events(
            self._policy,
            True,
            {one.kind: one.change_types for one in listeners},
            tuple(dict.fromkeys(one.integration for one in listeners)),
            bool(others),
            others,
            any(waiting.values()),
        )

    def _list_event_objects(self, chosen: Collection[str]) -> list[str]:
        """Returns the names of the objects of some resources that the shop has events for."""
        wanted = dict.fromkeys(event for name in chosen if (event := RESOURCES[name].event))
        return [one for one in wanted if self._capabilities.has_events(one)]

    def _find_unneeded(self, needed: Collection[str]) -> tuple[str, ...] | None:
        """Returns the permissions that the token has and the resources do not need, by a query that needs
        each."""
        unknown = find_paths_to_permissions().keys() - needed - self._denied
        query = make_probe(unknown, self._introspection.schema())
        for _ in range(PROBES):
            operation = without_denied(query, self._denials)[0] if query else None
            if operation is None:
                return tuple(sorted(self._held.difference(needed)))
            known = len(self._denials)
            try:
                self._send(operation)
            except QueryRefused:
                if len(self._denials) == known:
                    return None
            else:
                return tuple(sorted(self._held.difference(needed)))
        return None

    def _list_rate_limits(self) -> Sequence[RateLimit]:
        """Returns the shop's rate limits; none if it does not show them."""
        try:
            answer = self._client.execute(load_operation("_rate_limits"), {})
            return read_rate_limits(answer.data.get("rateLimits"))
        except QueryRefused as refusal:
            if refusal.is_invalid:
                return ()
            raise

    def summarize(
        self,
        clock_seconds: int,
        outcomes: Mapping[str, _Outcome],
        stores: tuple[Store, ...] | None,
        queue: Events,
    ) -> Check:
        """Puts the result together. Requests what can only be requested at the end."""
        needed = set(list_event_permissions(outcomes, self._policy)).union(
            *(one.needed for one in outcomes.values())
        )
        unneeded = self._find_unneeded(needed)
        denied = self._denied
        rates = self._list_rate_limits()
        shown = self._introspection.schema()
        return Check(
            address=self._client.base_url,
            version=self._client.app_version or UNKNOWN_VERSION,
            shows_schema=shown is not None,
            clock_seconds=clock_seconds,
            limits=tuple(Limit(*one) for one in rates),
            stores=stores,
            events=queue,
            resources={name: one.make_result(denied) for name, one in outcomes.items()},
            needed=tuple(sorted(needed)),
            lacking=tuple(sorted(needed & denied)),
            unproven=tuple(sorted(needed - denied - self._held)),
            unneeded=unneeded,
            inferred=tuple(sorted(needed & list_inferred_permissions() - self._reported)),
            drift=compare_schemas(shown) if shown else None,
        )
