"""The parts of the objects of a list that can be asked for without each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from graphql import GraphQLSchema, SelectionSetNode, get_nullable_type, is_list_type

from .documents import Operation
from .rewriting import without_fields, without_paths
from .selections import FieldsType, Path, find_root, get_fields_type, iterate_fields, response_key


@lru_cache(maxsize=256)
def list_parts(operation: Operation) -> tuple[Path, ...]:
    """The parts of a root object: its scalars, those of the objects inside it, and its lists as a whole.

    A list is one part: with some fields of its rows missing, nobody could tell which rows are true.
    """
    root = find_root(operation)
    return tuple(dict.fromkeys(_list_parts(root.selection, root.type, operation.schema, ())))


def with_parts_only(operation: Operation, wanted: Collection[Path]) -> Operation:
    """Returns the operation with only some parts of its objects."""
    fewer = without_paths(operation, set(list_parts(operation)).difference(wanted))
    assert fewer, "an object without any part cannot be asked for"
    return fewer


def name_parts(operation: Operation, parts: Collection[Path]) -> list[str]:
    """Names parts as in Centra; an object with no other parts is named as a whole."""
    every, names = list_parts(operation), dict[str, None]()
    for part in parts:
        ways = (part[:depth] for depth in range(1, len(part) + 1))
        whole = next(way for way in ways if all(one in parts for one in every if one[: len(way)] == way))
        names[".".join(whole)] = None
    return list(names)


def without_objects(operation: Operation) -> Operation | None:
    """Returns the operation of a connection without its objects; None for other lists."""
    root = find_root(operation)
    if len(root.path) == 1:
        return None
    return without_fields(operation, lambda owner, node, path: path == root.path[:2])


def _list_parts(
    selection: SelectionSetNode, owner: FieldsType, schema: GraphQLSchema, above: Path
) -> Iterator[Path]:
    for node, definition, _ in iterate_fields(selection, owner, schema):
        path = (*above, response_key(node))
        if node.selection_set and not is_list_type(get_nullable_type(definition.type)):
            yield from _list_parts(node.selection_set, get_fields_type(definition.type), schema, path)
        else:
            yield path
