"""Lists inside objects that a shop may cut: which they are, and how much of them a query asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    IntValueNode,
    NameNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_required_argument,
)

from .documents import Operation
from .selections import Path, find_root, qualify_field, walk

LIMIT, PAGE = "limit", "page"

DEFAULT_LIMIT = 20
"""Centra's default for the `limit` of a list."""  # centra.dev/graphql/productsize.html

UNASKED_CUTS = frozenset({20, 100, 200})
"""Lengths at which a list may be cut although no limit was sent: Centra's default and largest limits."""


@dataclass(frozen=True)
class NestedList:
    """A list inside the objects of an operation, with a limit in the shop's schema.

    Attributes:
        path: The keys of the answer from a root object down to the list.
        name: The field, such as `Order.history`.
        cuts: The lengths at which the list may have been cut.
        is_paged: Whether it takes `page`.
    """

    path: Path
    name: str
    cuts: frozenset[int]
    is_paged: bool


def make_limit(definition: GraphQLField) -> ArgumentNode | None:
    """Makes the limit that a query sends for a list inside an object; None if it sends none.

    * A list with a default is cut at this default if no limit is sent. The limit that is sent is the default:
      Centra prices the list by it anyway, and each greater limit makes the pages of the parents smaller by as
      much. The few parents with more rows are asked for again, see `nested_pages`.
    * A list without a default ("Limit is optional", as `Country.states`) is sent whole without a limit, and
      is priced as ten rows. It stays without one: any limit that is long enough costs more. What comes with
      exactly as many rows as a limit of Centra's is not trusted, and its next page is asked for.
    * A list that requires a limit gets Centra's usual default.
    """
    # centra.dev/graphql/country.html, centra.dev/graphql/productsize.html
    argument = definition.args.get(LIMIT)
    if argument is None or not _is_list_of_objects(definition):
        return None
    default = _get_default(argument)
    if default is None and not is_required_argument(argument):
        return None
    value = IntValueNode(value=str(default or DEFAULT_LIMIT))
    return ArgumentNode(name=NameNode(value=LIMIT), value=value)


def find_nested_lists(operation: Operation, shop: GraphQLSchema) -> tuple[NestedList, ...]:
    """Finds the lists inside an operation's objects that the shop may cut, outer lists before inner ones.

    A list that the operation pages by variables is not among them.

    Args:
        operation: As it is sent, so that the shop's schema has all of its fields.
        shop: The shop's schema.
    """
    found: dict[Path, NestedList] = {}
    asked = Operation.of(operation.document, shop)
    above = find_root(asked).path
    for owner, node, path in walk(asked):
        definition = owner.fields.get(node.name.value)
        if len(path) <= len(above) or definition is None or LIMIT not in definition.args:
            continue
        cuts = frozenset(_find_cuts(node))
        if cuts and _is_list_of_objects(definition):
            below = path[len(above) :]
            known = found.get(below)
            one = NestedList(below, qualify_field(owner, node.name.value), cuts, PAGE in definition.args)
            # Types with the same field, in inline fragments, share the key of the answer.
            found[below] = replace(known, cuts=known.cuts | cuts) if known else one
    return tuple(sorted(found.values(), key=lambda one: len(one.path)))


def _get_default(argument: GraphQLArgument) -> int | None:
    """The number that an argument is by default, in every form in which versions of graphql-core keep it."""
    default = getattr(argument, "default", None)
    kept = argument.default_value if default is None else (default.literal or default.value)
    value = int(kept.value) if isinstance(kept, IntValueNode) else kept
    return value if isinstance(value, int) and value > 0 else None


def _find_cuts(node: FieldNode) -> Iterator[int]:
    given: Mapping[str, ArgumentNode] = {one.name.value: one for one in node.arguments or ()}
    if LIMIT not in given:
        yield from UNASKED_CUTS
    elif isinstance(value := given[LIMIT].value, IntValueNode):
        yield int(value.value)


def _is_list_of_objects(definition: GraphQLField) -> bool:
    is_list = is_list_type(get_nullable_type(definition.type))
    return is_list and is_composite_type(get_named_type(definition.type))
