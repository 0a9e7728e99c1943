"""Fits the operation of each resource to what one shop and one token can answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import cast

from graphql import (
    FieldNode,
    GraphQLSchema,
    NameNode,
    SelectionSetNode,
    get_named_type,
    is_non_null_type,
)

from ..api.client import Client
from ..exceptions import Denial, PermissionMissing, QueryRefused
from ..operations.documents import Operation, load_operation
from ..operations.fitting import Fit, fit_operation
from ..operations.nested_lists import find_nested_lists
from ..operations.permissions import format_path, without_denied
from ..operations.rewriting import with_name, with_nested_selection, without_paths
from ..operations.schema_types import with_scalars
from ..operations.selections import Path, find_root
from ..privacy import Privacy
from ..resources import RESOURCES, Resource
from ..tables.loader_tables import TOKEN_LACKS
from ..tables.planning import plan_tables
from ..tables.table import TYPENAME
from ..tables.wide_settings import WideSettings
from .answerable import Answerable
from .cursors import (
    CREATED_AT,
    UPDATED_AT,
    can_find_objects,
    choose_cursor,
    has_updated_at,
    list_lost_conditions,
    with_updated_at,
)
from .introspection import Introspection


@dataclass
class Capabilities:
    """What one shop and one token can answer. It is found out when it is needed.

    Attributes:
        client: Sends requests to the shop.
        introspection: The shop's schema.
        excluded: Parts of resources to leave out, as paths of keys by resource.
        wide: What also becomes columns.
        privacy: What happens to personal data.
    """

    client: Client
    introspection: Introspection
    excluded: Mapping[str, Collection[Path]] = field(default_factory=dict)
    wide: WideSettings = field(default_factory=WideSettings)
    privacy: Privacy = field(default_factory=lambda: Privacy.of(None))
    _denials: dict[Denial, None] = field(default_factory=dict)
    _known: dict[str, Answerable] = field(default_factory=dict)
    _revision: int = 0
    _turn: Lock = field(default_factory=Lock)

    def fit_resource(self, name: str) -> Answerable:
        """Returns a resource as it can be read by all that is known so far.

        Raises:
            CentraError: The shop does not answer.
        """
        with self._turn:
            self._forget_outdated()
            if name not in self._known:
                self._known[name] = self._fit(name, self.introspection.fitting_schema())
            return self._known[name]

    def record_refusal(self, refusal: QueryRefused, asked: Answerable) -> bool:
        """Records why the shop refused a query. Returns whether another attempt may succeed.

        That can be so even if the refusal is not new: another resource may have met the same one in between.
        """
        with self._turn:
            if not isinstance(refusal, PermissionMissing):
                is_new = (refusal.is_invalid and self.introspection.refresh()) or self.introspection.learn(
                    refusal, asked.plan.schema
                )
            else:
                is_new = not self._denials.keys() >= set(refusal.denials)
                self._denials.update(dict.fromkeys(refusal.denials))
            if is_new:
                self._known.clear()
            self._forget_outdated()
            return is_new or self._known.get(asked.plan.name) is not asked

    def _forget_outdated(self) -> None:
        """Forgets what was fitted before the shop's schema turned out to be another one."""
        if self._revision != self.introspection.revision:
            self._revision = self.introspection.revision
            self._known.clear()

    def has_events(self, kind: str) -> bool:
        """Whether this shop's event queue knows a kind of object."""
        shop = self.introspection.schema()
        return shop is None or kind in getattr(shop.type_map.get("EventObjectType"), "values", {})

    def has_value(self, field: str, value: str) -> bool:
        """Whether the schema that the shop shows has a value of a field such as `Order.status`.

        For `Order.__typename`, that is the name of a type.
        """
        shop = self.introspection.schema()
        owner, _, name = field.partition(".")
        if shop is None or name == TYPENAME:
            return bool(shop and value in shop.type_map)
        definition = getattr(shop.type_map.get(owner), "fields", {}).get(name)
        kind = get_named_type(definition.type) if definition else None
        return value in getattr(kind, "values", {})

    def is_nullable(self, field: str) -> bool:
        """Whether a field such as `Order.status` may be null in this shop, whatever our schema says.

        A field whose value had another type is null too.
        """
        if any(field in misfits.lost for misfits in tuple(self.client.misfits.values())):
            return True
        shop = self.introspection.schema()
        owner, _, name = field.partition(".")
        definition = getattr(shop.type_map.get(owner), "fields", {}).get(name) if shop else None
        return bool(definition and not is_non_null_type(definition.type))

    def _fit(self, name: str, shop: GraphQLSchema | None) -> Answerable:
        resource = RESOURCES[name]
        plan, cursor = (
            self.wide.with_translations(load_operation(name), resource),
            cast(str | None, resource.cursor),
        )
        if shop and cursor == CREATED_AT and has_updated_at(plan, shop):
            plan, cursor = with_updated_at(plan), UPDATED_AT
        wanted = self._reduce(name, plan)
        # A shop that does not show its schema counts as documented.
        fitted, route = _fit_or_route(wanted, resource, shop or plan.schema)
        asked, denied = without_denied(fitted.operation, self._denials) if fitted.operation else (None, {})
        if fitted.other_types:
            schema = with_scalars(plan.schema, fitted.other_types)
            plan, asked = _with_schema(plan, schema), asked and _with_schema(asked, schema)
        lost: tuple[str, ...] = ()
        if shop and asked and cursor:
            known = None if route else choose_cursor(asked, shop, cursor)
            lost = () if route else tuple(list_lost_conditions(asked, resource, shop, known))
            cursor = known
        planned = plan_tables(plan, self.wide.name_lists(plan, resource), resource.key)
        tables = tuple(self.privacy.protect(planned))
        missing = tuple(dict.fromkeys((*fitted.missing, *lost)))
        left_out = tuple(self._explain(missing, fitted.other_kinds, denied, is_readable=asked is not None))
        answerable = Answerable(
            plan,
            asked,
            cursor,
            tables,
            left_out,
            route,
            missing,
            other_types=fitted.other_types,
            finds_objects=not (shop and asked) or can_find_objects(asked, resource.reference, shop),
            nested=find_nested_lists(asked, shop or plan.schema) if asked else (),
            schema=shop or plan.schema,
        )
        is_complete = asked is None or answerable.can_fill(tables[0])
        return answerable if is_complete else replace(answerable, operation=None)

    def _reduce(self, name: str, plan: Operation) -> Operation:
        """Returns an operation without what is excluded and what is dropped as personal data."""
        wanted = without_paths(self.privacy.remove_dropped_fields(plan), self.excluded.get(name, ()))
        assert wanted, "the fields that identify a row cannot be left out"
        return wanted

    def _explain(
        self,
        missing: Collection[str],
        other_kinds: Mapping[str, str],
        denied: Mapping[Path, str | None],
        *,
        is_readable: bool,
    ) -> Iterator[str]:
        if missing:
            lacking = ", ".join(
                f"{one} (it has {other_kinds[one]} there)" if one in other_kinds else one for one in missing
            )
            yield f"The shop's Centra ({self.introspection.version}) lacks {lacking}."
        for permission, fields in _group_by_permission(denied).items():
            what = f" for {', '.join(fields)}" if is_readable else ""
            yield f"{TOKEN_LACKS} {permission}{what}."


def _fit_or_route(wanted: Operation, resource: Resource, shop: GraphQLSchema) -> tuple[Fit, Path]:
    """Fits an operation to the shop: directly, or along a route through the objects of another resource."""
    fitted = fit_operation(wanted, shop)
    if fitted.operation or not resource.route:
        return fitted, ()
    return fit_operation(_route_through(wanted, resource.route), shop), resource.route[1:]


def _route_through(plan: Operation, route: tuple[str, ...]) -> Operation:
    """Returns the operation of another resource that requests the objects of this one inside its own."""
    other = load_operation(route[0])
    selection = find_root(plan).selection
    for key in reversed(route[1:]):
        nested = FieldNode(name=NameNode(value=key), selection_set=selection)
        selection = SelectionSetNode(selections=(nested,))
    identified = SelectionSetNode(selections=(FieldNode(name=NameNode(value="id")), *selection.selections))
    return with_name(with_nested_selection(other, find_root(other).selection, identified), plan.name)


def _group_by_permission(denied: Mapping[Path, str | None]) -> dict[str, list[str]]:
    """Returns what is denied, by the permission that it needs."""
    found: dict[str, list[str]] = {}
    for path, permission in denied.items():
        found.setdefault(permission or "a permission", []).append(format_path(path) or path[0])
    return found


def _with_schema(operation: Operation, schema: GraphQLSchema) -> Operation:
    return Operation.of(operation.document, schema)
