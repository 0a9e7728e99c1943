"""Asks for a list in plain pages (`limit`, `page`), for shops that lack the connection of its objects."""

from __future__ import annotations

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    parse_type,
)

from .documents import Operation, get_definition
from .rewriting import with_selection
from .selections import Root, find_root

CONNECTION_ARGUMENTS = ("first", "after")
PAGE_ARGUMENTS = ("limit", "page")


def in_plain_pages(operation: Operation, shop: GraphQLSchema) -> Operation | None:
    """Returns the operation with its connection replaced by the plain list of the same objects.

    None if the operation does not read a connection, or the shop lacks the plain list too.
    """
    query = operation.schema.query_type
    assert query
    if "first" not in operation.variables or not shop.query_type:
        return None
    root = find_root(operation)
    name = _find_plain_list(root, query, shop.query_type)
    if name is None:
        return None
    (connection,) = get_definition(operation.document).selection_set.selections
    assert isinstance(connection, FieldNode)
    paged = {argument: VariableNode(name=NameNode(value=argument)) for argument in PAGE_ARGUMENTS}
    arguments = [one for one in connection.arguments or () if one.name.value not in CONNECTION_ARGUMENTS]
    arguments += [ArgumentNode(name=NameNode(value=known), value=value) for known, value in paged.items()]
    plain = FieldNode(
        name=NameNode(value=name),
        arguments=tuple(one for one in arguments if one.name.value in query.fields[name].args),
        selection_set=root.selection,
    )
    number = parse_type("Int!", no_location=True)
    declared = [VariableDefinitionNode(variable=variable, type=number) for variable in paged.values()]
    return with_selection(operation, SelectionSetNode(selections=(plain,)), more_variables=declared)


def _find_plain_list(root: Root, query: GraphQLObjectType, shops_query: GraphQLObjectType) -> str | None:
    """The field of the shop that lists the same objects in pages."""
    return next(
        (
            name
            for name, one in query.fields.items()
            if set(PAGE_ARGUMENTS) <= one.args.keys()
            and get_named_type(one.type) is root.type
            and name in shops_query.fields
        ),
        None,
    )
