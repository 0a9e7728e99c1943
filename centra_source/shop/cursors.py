"""The field by which a shop can filter a list for what has changed."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, GraphQLSchema, NameNode, extend_schema, is_interface_type, parse

from ..operations.documents import Operation
from ..operations.fitting import can_filter_by, find_filter_type
from ..operations.rewriting import with_fields_added
from ..operations.selections import find_root, list_paths
from ..resources import Resource

UPDATED_AT, CREATED_AT = "updatedAt", "createdAt"


def choose_cursor(operation: Operation, shop: GraphQLSchema, cursor: str) -> str | None:
    """Returns the field to filter by: the documented one if this shop has it, else the next best or None."""
    if cursor == "id":
        return cursor if "first" in operation.variables else None
    asked = {path[0] for path in list_paths(operation) if len(path) == 1}
    for name in (cursor, CREATED_AT):
        if name in asked and can_filter_by(operation, shop, name):
            return name
    return None


def list_lost_conditions(
    operation: Operation, resource: Resource, shop: GraphQLSchema, cursor: str | None
) -> Iterator[str]:
    """Yields the conditions (`OrderFilter.updatedAt`) that a load would use, and that the shop lacks.

    Args:
        operation: What the shop is asked for.
        resource: Its entry in the registry.
        shop: The shop's schema.
        cursor: The field that the shop is filtered by instead of the documented one.
    """
    filters = find_filter_type(operation)
    if filters is None:
        return
    wanted: list[str | None] = [resource.cursor] if resource.cursor not in ("id", cursor) else []
    wanted += ["id", resource.reference] if resource.event else []
    for name in dict.fromkeys(wanted):
        if name and not can_filter_by(operation, shop, name):
            yield f"{filters}.{name}"


def can_find_objects(operation: Operation, reference: str, shop: GraphQLSchema) -> bool:
    """Whether the shop can be asked for single objects by their ids, and by the field that events name."""
    names = {"id", reference}
    return {(name,) for name in names} <= list_paths(operation) and all(
        can_filter_by(operation, shop, name) for name in names
    )


def has_updated_at(operation: Operation, shop: GraphQLSchema) -> bool:
    """Whether the shop has `updatedAt` on the listed type and filters by it, although neither is
    documented."""
    listed = shop.type_map.get(find_root(operation).type.name)
    return UPDATED_AT in getattr(listed, "fields", {}) and can_filter_by(operation, shop, UPDATED_AT)


def with_updated_at(operation: Operation) -> Operation:
    """Adds `updatedAt` to what an operation requests of each object, and to its schema."""
    schema, root = operation.schema, find_root(operation)
    more = with_fields_added(operation, root.selection, [FieldNode(name=NameNode(value=UPDATED_AT))])
    extensions = [f"extend type {root.type.name} {{ {UPDATED_AT}: DateTimeTz! }}"]
    if is_interface_type(root.type):
        names = [known.name for known in schema.get_possible_types(root.type)]
        extensions = [f"extend interface {root.type.name} {{ {UPDATED_AT}: DateTimeTz! }}"]
        extensions += [f"extend type {name} {{ {UPDATED_AT}: DateTimeTz! }}" for name in names]
    return Operation.of(more.document, extend_schema(schema, parse("\n".join(extensions)), assume_valid=True))
