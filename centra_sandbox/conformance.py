"""Makes the data of the generated shop fit a schema that it was not generated for."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
)

from .context import Info
from .special import Resolver

BLANKS: dict[str, Any] = {"Int": 0, "Int64": 0, "Float": 0.0, "Boolean": False, "ID": ""}
"""Values of scalars that must not be null; of all others, an empty text."""


def conform(resolver: Resolver, field: GraphQLField, schema: GraphQLSchema) -> Resolver:
    """Returns a resolver whose values fit the type of a field.

    A value of another type, and a null that the type forbids, become a blank value; members of a list that
    the schema has no type for are left out.

    Args:
        resolver: Returns the shop's value. It gets only the arguments that it knows.
        field: Its type may be unknown to the shop.
        schema: The served schema.
    """
    takes_all, known = _list_parameters(resolver)

    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        given = {name: value for name, value in arguments.items() if takes_all or name in known}
        try:
            value = resolver(source, info, **given)
        except (KeyError, TypeError, AttributeError):
            # The data has no such list, or an object of another shape.
            value = None
        return _fit_value(value, field.type, schema)

    return resolve


def _list_parameters(resolver: Callable[..., Any]) -> tuple[bool, frozenset[str]]:
    parameters = signature(resolver).parameters
    takes_all = any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values())
    return takes_all, frozenset(parameters)


def _fit_value(value: Any, kind: Any, schema: GraphQLSchema) -> Any:
    bare = get_nullable_type(kind)
    if is_list_type(bare):
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if value is None and not is_non_null_type(kind):
            return None
        member = bare.of_type
        return [_fit_value(one, member, schema) for one in listed if _has_type(one, member, schema)]
    if isinstance(value, list):
        value = next(iter(value), None)
    fitted = _fit_object(value, bare, schema) if is_composite_type(bare) else _fit_leaf(value, bare)
    return _make_blank(bare, schema) if fitted is None and is_non_null_type(kind) else fitted


def _fit_object(value: Any, bare: Any, schema: GraphQLSchema) -> Any:
    return value if isinstance(value, dict) and _has_type(value, bare, schema) else None


def _has_type(value: Any, kind: Any, schema: GraphQLSchema) -> bool:
    """Whether the schema has the type of an object, if it is one of several."""
    bare = get_nullable_type(kind)
    if not is_abstract_type(bare) or not isinstance(value, dict):
        return True
    return value.get("__typename") in {one.name for one in schema.get_possible_types(bare)}


def _fit_leaf(value: Any, bare: Any) -> Any:
    try:
        if value is not None:
            bare.serialize(value)
    except GraphQLError:
        return None
    return value


def _make_blank(bare: Any, schema: GraphQLSchema) -> Any:
    if is_abstract_type(bare):
        return {"__typename": schema.get_possible_types(bare)[0].name}
    if is_composite_type(bare):
        return {"__typename": bare.name}
    return next(iter(bare.values)) if is_enum_type(bare) else BLANKS.get(bare.name, "")
