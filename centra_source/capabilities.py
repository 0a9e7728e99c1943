"""What this shop can answer beyond what is documented."""

from __future__ import annotations

from typing import Any, cast

from dlt.common import logger
from graphql import (
    FieldNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    SelectionSetNode,
    Visitor,
    extend_schema,
    is_interface_type,
    parse,
    visit,
)

from .client import Client
from .documents import Operation, load_operation, operation_of
from .exceptions import QueryRefused
from .tables import root_of

UPDATED_AT = "updatedAt"


def shops_operation(client: Client, name: str, cursor: str | None) -> tuple[Operation, str | None]:
    """The operation of a resource as this shop can answer it, and its cursor."""
    operation = load_operation(name)
    if cursor and cursor != UPDATED_AT and has_updated_at(client, operation):
        return select_updated_at(operation), UPDATED_AT
    return operation, cursor


def has_updated_at(client: Client, operation: Operation) -> bool:
    """Whether the shop has `updatedAt` on the listed type and filters by it, undocumented as both are."""
    asked = {"type": root_of(operation).type.name, "filter": _filter_type(operation)}
    try:
        data = client.execute(load_operation("_type_fields"), asked).data
    except QueryRefused as refusal:
        logger.info(
            f"{operation.name} keeps the documented cursor, since the shop shows no schema: {refusal}"
        )
        return False
    fields = (data["type"] or {}).get("fields") or ()
    conditions = (data["filter"] or {}).get("inputFields") or ()
    return all(UPDATED_AT in [known["name"] for known in names] for names in (fields, conditions))


def is_nullable(client: Client, field: str) -> bool:
    """Whether a field such as `Order.status` may be null in this shop, whatever our schema says of it."""
    type_name, _, name = field.partition(".")
    try:
        data = client.execute(load_operation("_type_fields"), {"type": type_name, "filter": type_name}).data
    except QueryRefused:
        return False
    kinds = {known["name"]: known["type"]["kind"] for known in (data["type"] or {}).get("fields") or ()}
    return bool(kinds.get(name, "NON_NULL") != "NON_NULL")


def select_updated_at(operation: Operation) -> Operation:
    """Adds `updatedAt` to what an operation asks of each object, and to the schema that types its columns."""
    schema, root = operation.schema, root_of(operation)
    document = visit(operation.document, _FieldAdder(root.selection))
    extensions = [f"extend type {root.type.name} {{ {UPDATED_AT}: DateTimeTz! }}"]
    if is_interface_type(root.type):
        names = [known.name for known in schema.get_possible_types(root.type)]
        extensions = [f"extend interface {root.type.name} {{ {UPDATED_AT}: DateTimeTz! }}"]
        extensions += [f"extend type {name} {{ {UPDATED_AT}: DateTimeTz! }}" for name in names]
    return Operation.of(document, extend_schema(schema, parse("\n".join(extensions)), assume_valid=True))


class _FieldAdder(Visitor):
    """Rebuilds a document with `updatedAt` at the end of one of its selections."""

    def __init__(self, selection: SelectionSetNode) -> None:
        super().__init__()
        self._selection = selection

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        if node is not self._selection:
            return None
        return SelectionSetNode(selections=(*node.selections, FieldNode(name=NameNode(value=UPDATED_AT))))


def _filter_type(operation: Operation) -> str:
    (declared,) = (
        definition.type
        for definition in operation_of(operation.document).variable_definitions or ()
        if definition.variable.name.value == "where"
    )
    named = declared.type if isinstance(declared, NonNullTypeNode) else declared
    return cast(NamedTypeNode, named).name.value
