"""The served schema: the copy in centra_source, with members removed or added."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import (
    REMOVE,
    DocumentNode,
    EnumValueDefinitionNode,
    EnumValueNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    OperationTypeDefinitionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    Visitor,
    build_ast_schema,
    extend_schema,
    get_named_type,
    parse,
    print_ast,
    visit,
)

from .dates import parse_date
from .settings import EARLIER_FILE, SCHEMA_FILE

RETURNS_UPDATED_AT = """
extend interface Return { updatedAt(format: String = "Y-m-d\\\\TH:i:sP"): DateTimeTz! }
extend type DirectToConsumerReturn { updatedAt(format: String = "Y-m-d\\\\TH:i:sP"): DateTimeTz! }
extend type WholesaleReturn { updatedAt(format: String = "Y-m-d\\\\TH:i:sP"): DateTimeTz! }
extend input ReturnFilter { updatedAt: DateRange }
extend enum ReturnSort { updatedAt_ASC updatedAt_DESC }
"""

ABSENT = "Absent"
"""The type by which an extension in `earlier_schema.graphql` takes a field away."""

MEMBERS = (FieldDefinitionNode, InputValueDefinitionNode, EnumValueDefinitionNode)

_PERMISSION = re.compile(r"perm: ((?:<Type>|\w+)(?:\.\w+)?:(?:read|write))")


@lru_cache(maxsize=32)
def load_schema(
    without: tuple[str, ...] = (), extra_sdl: str = "", *, is_earlier: bool = False, text: str = ""
) -> GraphQLSchema:
    """Builds the schema.

    Args:
        without: Members to leave out: a field, input field or enum value (`OrderFilter.updatedAt`) or an
            argument (`Query.orders.sort`). What leaves an interface leaves its types too. Or a type
            (`TaxRule`), with every member that has it, or a member of a union (`Target.Brand`).
        extra_sdl: Extensions in schema language, e.g. `extend type Product { season: String }`.
        is_earlier: Whether to use the definitions of `earlier_schema.graphql` where they differ.
        text: A schema to serve in place of both.
    """
    document = _earlier_document() if is_earlier and not text else _parse_schema(text)
    pruned = _prune(document, without) if without else document
    schema = build_ast_schema(pruned, assume_valid=bool(text))  # a report lacks what could make it valid
    if extra_sdl:
        schema = extend_schema(schema, parse(extra_sdl), assume_valid=bool(text))
    if text:
        _copy_descriptions(load_schema(), schema)
    date_time = schema.type_map.get("DateTimeTz")
    if isinstance(date_time, GraphQLScalarType):
        date_time.parse_value = date_time.coerce_input_value = _check_date  # type: ignore[method-assign]
    return schema


@lru_cache(maxsize=8)
def _parse_schema(text: str) -> DocumentNode:
    return parse(text or SCHEMA_FILE.read_text(encoding="utf-8"), no_location=True)


def _copy_descriptions(known: GraphQLSchema, served: GraphQLSchema) -> None:
    """Gives a schema without descriptions those of the known one, which say what needs a permission."""
    for name, kind in served.type_map.items():
        source = known.type_map.get(name)
        if source is None:
            continue
        kind.description = kind.description or source.description
        for field_name, field in getattr(kind, "fields", {}).items():
            described = getattr(source, "fields", {}).get(field_name)
            field.description = field.description or (described and described.description)


@lru_cache(maxsize=1)
def _earlier_document() -> DocumentNode:
    """Returns the schema as it was reconstructed first: whole types are replaced, extensions merged in."""
    changes = parse(EARLIER_FILE.read_text(encoding="utf-8"), no_location=True).definitions
    replaced = {d.name.value: d for d in changes if isinstance(d, TypeDefinitionNode)}
    extended = {d.name.value: d for d in changes if isinstance(d, TypeExtensionNode)}
    kept = [
        _merge_members(definition, extended.get(name))
        for definition in _parse_schema("").definitions
        if (name := getattr(getattr(definition, "name", None), "value", "")) not in replaced
    ]
    return DocumentNode(definitions=(*kept, *replaced.values()))


def _merge_members(definition: Any, extension: Any) -> Any:
    """Returns a type with the fields of an extension, which replace those of the same name."""
    if extension is None:
        return definition
    fields = {field.name.value: field for field in (*definition.fields, *extension.fields)}
    present = tuple(field for field in fields.values() if print_ast(field.type) != ABSENT)
    return ObjectTypeDefinitionNode(name=definition.name, description=definition.description, fields=present)


def _check_date(value: Any) -> str:
    if not isinstance(value, str) or parse_date(value) is None:
        raise GraphQLError(f"DateTimeTz cannot represent value: {value!r}")
    return value


def _prune(document: DocumentNode, without: tuple[str, ...]) -> DocumentNode:
    """Removes members and types, and then the types that have lost their last member."""
    without = (*without, *_list_consequences(document, without))
    while without:
        document = visit(document, _Pruner(without))
        without = tuple(
            node.name.value
            for node in document.definitions
            if isinstance(node, TypeDefinitionNode)
            and any(getattr(node, members, None) == () for members in ("fields", "values", "types"))
        )
    return document


def _list_consequences(document: DocumentNode, without: tuple[str, ...]) -> Iterator[str]:
    """Yields what else is left out, if a type loses a field that an interface of it has.

    The type loses a trait (`ProductMedia.ObjectWithAttributes`); another interface loses the field too.
    """
    types = {one.name.value: one for one in document.definitions if isinstance(one, ObjectTypeDefinitionNode)}
    interfaces = {
        one.name.value: {field.name.value for field in one.fields or ()}
        for one in document.definitions
        if isinstance(one, InterfaceTypeDefinitionNode)
    }
    for owner, _, member in (path.partition(".") for path in without):
        for interface in getattr(types.get(owner), "interfaces", None) or ():
            name = interface.name.value
            if member in interfaces[name]:
                yield f"{owner}.{name}" if name.startswith("ObjectWith") else f"{name}.{member}"


class _Pruner(Visitor):
    """Removes members and types from a schema document."""

    def __init__(self, without: tuple[str, ...]) -> None:
        super().__init__()
        self._gone = {tuple(path.split(".")) for path in without}

    def enter(self, node: Node, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> Any:
        """Removes a named field, enum value or argument, also by the name of an interface of its type."""
        if isinstance(node, OperationTypeDefinitionNode):
            return REMOVE if (node.type.name.value,) in self._gone else None
        if isinstance(node, (TypeDefinitionNode, TypeExtensionNode, NamedTypeNode)):
            owners = [each.name.value for each in ancestors if hasattr(each, "name")]
            return REMOVE if {(node.name.value,), (*owners, node.name.value)} & self._gone else None
        if not isinstance(node, MEMBERS):
            return None
        if not isinstance(node, EnumValueDefinitionNode) and (_type_name(node.type),) in self._gone:
            return REMOVE
        owner, *members = [each for each in (*ancestors, node) if hasattr(each, "name")]
        path = [member.name.value for member in members]
        owners = [owner, *(getattr(owner, "interfaces", None) or ())]
        if any((each.name.value, *path) in self._gone for each in owners):
            return REMOVE
        return self._without_lost_default(node) if isinstance(node, InputValueDefinitionNode) else None

    def _without_lost_default(self, node: InputValueDefinitionNode) -> InputValueDefinitionNode | None:
        """Returns an argument without its default, if that is an enum value that is left out."""
        default, enum = node.default_value, _type_name(node.type)
        values = default.values if isinstance(default, ListValueNode) else (default,)
        if not any(isinstance(one, EnumValueNode) and (enum, one.value) in self._gone for one in values):
            return None
        return InputValueDefinitionNode(name=node.name, type=node.type, description=node.description)


def _type_name(kind: TypeNode) -> str:
    while isinstance(kind, (ListTypeNode, NonNullTypeNode)):
        kind = kind.type
    assert isinstance(kind, NamedTypeNode)
    return kind.name.value


Composite = GraphQLObjectType | GraphQLInterfaceType


def field_permissions(parent: Composite, name: str, field: GraphQLField) -> Iterator[str]:
    """Returns the permissions for a field: its own and that of its type."""
    for source in (parent, *parent.interfaces):
        described = source.fields.get(name)
        found = _PERMISSION.search((described and described.description) or "")
        if found:
            yield found[1].replace("<Type>", _permission_stem(parent))
            break
    answered = get_named_type(field.type)
    if answered.name.endswith("Connection"):
        answered = connection_node(answered)
    for described_type in (answered, *getattr(answered, "interfaces", ())):
        found = _PERMISSION.search(described_type.description or "")
        if found:
            yield found[1]
            break


def connection_node(connection: Any) -> Any:
    """Returns the type of the nodes of a connection."""
    return get_named_type(get_named_type(connection.fields["edges"].type).fields["node"].type)


def _permission_stem(parent: Composite) -> str:
    """Returns the type in permissions: the interface `Order`, not `DirectToConsumerOrder`."""
    stems = [i.name for i in parent.interfaces if not i.name.startswith("ObjectWith")]
    return stems[0] if stems else parent.name


def all_permissions(schema: GraphQLSchema) -> frozenset[str]:
    """Returns all permissions that fields of the schema need."""
    return frozenset(
        permission
        for parent in schema.type_map.values()
        if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType))
        for name, field in parent.fields.items()
        for permission in field_permissions(parent, name, field)
    )
