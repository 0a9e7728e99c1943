"""What this shop and this token can answer: every resource's operation, fitted to both."""

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
    extend_schema,
    is_interface_type,
    is_non_null_type,
    parse,
)

from ..api.client import Client
from ..exceptions import Denial, PermissionMissing, QueryRefused
from ..operations.documents import Operation, load_operation
from ..operations.fitting import Fit, can_filter_by, fit_operation
from ..operations.permissions import format_path, without_denied
from ..operations.rewriting import with_fields_added, with_name, with_nested_selection, without_paths
from ..operations.schema_types import with_scalars
from ..operations.selections import Path, find_root, list_paths
from ..privacy import Privacy
from ..resources import RESOURCES, Resource
from ..tables.loader_tables import TOKEN_LACKS
from ..tables.planning import plan_tables
from ..tables.table import Table
from ..tables.wide_columns import Wide
from .introspection import Introspection

UPDATED_AT, CREATED_AT = "updatedAt", "createdAt"


@dataclass(frozen=True)
class Answerable:
    """One resource as this shop and this token can answer it.

    Attributes:
        plan: The whole operation: the tables come from it, so that they do not depend on shop and token.
        operation: What is sent; None if the resource cannot be read at all.
        cursor: Centra's field that windows filter on; None reads the whole list.
        tables: The resource's tables, its own first.
        left_out: What is not read, and why; one sentence each.
        route: The lists inside the objects that are sent for, down to those of the resource; empty if these
            are listed by themselves.
        missing: What the shop's schema lacks of the operation, as `Product.weight` or `Query.vouchers`.
    """

    plan: Operation
    operation: Operation | None
    cursor: str | None
    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = ()
    route: Path = ()
    missing: tuple[str, ...] = ()

    def fills(self, table: Table) -> bool:
        """Whether what is sent asks for the rows of a table: the lists down to them, and their keys."""
        if self.operation is None:
            return False
        ways: list[Path] = [self.route]
        for path in table.lists:
            ways.append((*ways[-1], *path))
        keys = {
            (*ways[column.level], *column.path)
            for column in table.columns
            if column.name in (*table.key, table.root_key) and column.path
        }
        return {*keys, *ways[1:]} <= list_paths(self.operation)

    @property
    def sent(self) -> Operation:
        """The operation of a resource that can be read."""
        assert self.operation, "a resource that cannot be read is not asked for"
        return self.operation


@dataclass
class Capabilities:
    """What one shop and one token can answer, found out as far as it is needed.

    Attributes:
        client: Asks the shop.
        introspection: The shop's schema.
        excluded: Parts of resources that nobody wants, as paths of keys by resource.
        wide: What else is to become columns.
        privacy: What becomes of personal data.
    """

    client: Client
    introspection: Introspection
    excluded: Mapping[str, Collection[Path]] = field(default_factory=dict)
    wide: Wide = field(default_factory=Wide)
    privacy: Privacy = field(default_factory=lambda: Privacy.of(None))
    _denials: dict[Denial, None] = field(default_factory=dict)
    _known: dict[str, Answerable] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def answerable(self, name: str) -> Answerable:
        """A resource as it can be read, by all that is known so far.

        Raises:
            CentraError: The shop does not answer.
        """
        with self._turn:
            if name not in self._known:
                self._known[name] = self._fitted(name, self.introspection.schema())
            return self._known[name]

    def learn(self, refusal: QueryRefused, asked: Answerable) -> bool:
        """Takes notice of why the shop has refused a query; tells whether another try may do better.

        It may also if nothing is new about the refusal: another resource has met the same one meanwhile.
        """
        with self._turn:
            if not isinstance(refusal, PermissionMissing):
                is_new = refusal.is_invalid and self.introspection.renew()
            else:
                is_new = not self._denials.keys() >= set(refusal.denials)
                self._denials.update(dict.fromkeys(refusal.denials))
            if is_new:
                self._known.clear()
            return is_new or self._known.get(asked.plan.name) is not asked

    def has_events(self, kind: str) -> bool:
        """Whether this shop's event queue knows a kind of object."""
        shop = self.introspection.schema()
        return shop is None or kind in getattr(shop.type_map.get("EventObjectType"), "values", {})

    def is_nullable(self, field: str) -> bool:
        """Whether a field such as `Order.status` may be null in this shop, whatever our schema says of it."""
        shop = self.introspection.schema()
        owner, _, name = field.partition(".")
        definition = getattr(shop.type_map.get(owner), "fields", {}).get(name) if shop else None
        return bool(definition and not is_non_null_type(definition.type))

    def _fitted(self, name: str, shop: GraphQLSchema | None) -> Answerable:
        resource = RESOURCES[name]
        plan, cursor = self.wide.asking(load_operation(name), resource), cast(str | None, resource.cursor)
        if shop and cursor == CREATED_AT and _has_updated_at(plan, shop):
            plan, cursor = select_updated_at(plan), UPDATED_AT
        wanted = self._wanted(name, plan)
        fitted, route = _fit(wanted, resource, shop) if shop else (Fit(wanted), ())
        asked, denied = without_denied(fitted.operation, self._denials) if fitted.operation else (None, {})
        if fitted.other_types:
            schema = with_scalars(plan.schema, fitted.other_types)
            plan, asked = _with_schema(plan, schema), asked and _with_schema(asked, schema)
        if shop and asked and cursor:
            cursor = None if route else _cursor(asked, shop, cursor)
        planned = plan_tables(plan, self.wide.lists(plan, resource), resource.key)
        tables = tuple(self.privacy.protected(planned))
        left_out = tuple(self._left_out(fitted, denied, is_readable=asked is not None))
        answerable = Answerable(plan, asked, cursor, tables, left_out, route, fitted.missing)
        is_complete = asked is None or answerable.fills(tables[0])
        return answerable if is_complete else replace(answerable, operation=None)

    def _wanted(self, name: str, plan: Operation) -> Operation:
        """What of a plan is to be asked for at all."""
        wanted = without_paths(self.privacy.asked(plan), self.excluded.get(name, ()))
        assert wanted, "nobody can leave out what identifies a row"
        return wanted

    def _left_out(
        self, fitted: Fit, denied: Mapping[Path, str | None], *, is_readable: bool
    ) -> Iterator[str]:
        if fitted.missing:
            lacking = ", ".join(fitted.missing)
            yield f"The shop's Centra ({self.introspection.version}) lacks {lacking}."
        for permission, fields in _by_permission(denied).items():
            what = f" for {', '.join(fields)}" if is_readable else ""
            yield f"{TOKEN_LACKS} {permission}{what}."


def _fit(wanted: Operation, resource: Resource, shop: GraphQLSchema) -> tuple[Fit, Path]:
    """An operation as the shop can answer it, and on which way through the objects of another resource."""
    fitted = fit_operation(wanted, shop)
    if fitted.operation or not resource.route:
        return fitted, ()
    return fit_operation(_by_route(wanted, resource.route), shop), resource.route[1:]


def _by_route(plan: Operation, route: tuple[str, ...]) -> Operation:
    """The operation of another resource, asking for the objects of this one where they stand inside."""
    other = load_operation(route[0])
    selection = find_root(plan).selection
    for key in reversed(route[1:]):
        nested = FieldNode(name=NameNode(value=key), selection_set=selection)
        selection = SelectionSetNode(selections=(nested,))
    identified = SelectionSetNode(selections=(FieldNode(name=NameNode(value="id")), *selection.selections))
    return with_name(with_nested_selection(other, find_root(other).selection, identified), plan.name)


def _by_permission(denied: Mapping[Path, str | None]) -> dict[str, list[str]]:
    """What is denied, by the permission that it needs."""
    found: dict[str, list[str]] = {}
    for path, permission in denied.items():
        found.setdefault(permission or "a permission", []).append(format_path(path) or path[0])
    return found


def _with_schema(operation: Operation, schema: GraphQLSchema) -> Operation:
    return Operation.of(operation.document, schema)


def _cursor(operation: Operation, shop: GraphQLSchema, cursor: str) -> str | None:
    """The field to filter on: the documented one if this shop has it, else the next best."""
    if cursor == "id":
        return cursor if "first" in operation.variables else None
    asked = {path[0] for path in list_paths(operation) if len(path) == 1}
    for name in (cursor, CREATED_AT):
        if name in asked and can_filter_by(operation, shop, name):
            return name
    return None


def _has_updated_at(operation: Operation, shop: GraphQLSchema) -> bool:
    """Whether the shop has `updatedAt` on the listed type and filters by it, undocumented as both are."""
    listed = shop.type_map.get(find_root(operation).type.name)
    return UPDATED_AT in getattr(listed, "fields", {}) and can_filter_by(operation, shop, UPDATED_AT)


def select_updated_at(operation: Operation) -> Operation:
    """Adds `updatedAt` to what an operation asks of each object, and to the schema that types its columns."""
    schema, root = operation.schema, find_root(operation)
    more = with_fields_added(operation, root.selection, [FieldNode(name=NameNode(value=UPDATED_AT))])
    extensions = [f"extend type {root.type.name} {{ {UPDATED_AT}: DateTimeTz! }}"]
    if is_interface_type(root.type):
        names = [known.name for known in schema.get_possible_types(root.type)]
        extensions = [f"extend interface {root.type.name} {{ {UPDATED_AT}: DateTimeTz! }}"]
        extensions += [f"extend type {name} {{ {UPDATED_AT}: DateTimeTz! }}" for name in names]
    return Operation.of(more.document, extend_schema(schema, parse("\n".join(extensions)), assume_valid=True))
