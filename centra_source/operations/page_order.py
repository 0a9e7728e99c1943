"""Says whether the order of a list in numbered pages is fixed: no row changes its place among the others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from graphql import EnumValueNode, FieldNode, ListValueNode, VariableNode

from .documents import Operation
from .selections import Path, walk


@lru_cache(maxsize=256)
def has_fixed_order(operation: Operation, page_variable: str, key: Path) -> bool:
    """Whether a list is sorted by the id that identifies its rows, such as `productSizeId_ASC`.

    Args:
        operation: As it is sent.
        page_variable: The list is paged by `page: $<page_variable>`.
        key: The field that identifies a row.
    """
    first, *rest = key
    identity = first + "".join(step[:1].upper() + step[1:] for step in rest)
    fields = [
        name.rpartition("_")[0]
        for _, node, _ in walk(operation)
        if _is_paged_by(node, page_variable)
        for name in _list_sort(node)
    ]
    return identity in fields and all(field.lower().endswith("id") for field in fields)


def _is_paged_by(node: FieldNode, variable: str) -> bool:
    return any(
        argument.name.value == "page"
        and isinstance(argument.value, VariableNode)
        and argument.value.name.value == variable
        for argument in node.arguments or ()
    )


def _list_sort(node: FieldNode) -> Iterator[str]:
    """Yields the values of the argument `sort`."""
    for argument in node.arguments or ():
        if argument.name.value == "sort":
            value = argument.value
            listed = value.values if isinstance(value, ListValueNode) else (value,)
            yield from (one.value for one in listed if isinstance(one, EnumValueNode))
