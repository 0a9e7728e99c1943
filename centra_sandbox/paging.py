"""Sorting, page lists and relay connections."""

import base64
import binascii
import re
from datetime import date, datetime
from typing import Any

from graphql import GraphQLError, GraphQLSchema

from .lookup import find_path, get_path
from .nodes import Node

MAXIMUM = 200
DEFAULT_SIZE = 20

Order = list[tuple[str, bool]]
"""Sort keys, each with whether it is descending."""

UNIQUE_KEYS = {"Order": "number"}


def find_maximum(description: str | None) -> int:
    """Finds the largest `limit` of a list in its description: "Limit must be in range 1 - 100"."""
    # centra.dev/graphql/affiliate.html
    named = re.search(r"in range 1 - (\d+)", description or "")
    return int(named[1]) if named else MAXIMUM


def check_size(name: str, value: int, maximum: int = MAXIMUM) -> int:
    """Checks that a page size is in Centra's range, and returns it.

    Raises:
        GraphQLError: The size is below 1 or above the maximum.
    """
    # centra.dev/graphql/affiliate.html
    if not 1 <= value <= maximum:
        article = name.capitalize()
        raise GraphQLError(f"{article} must be in range 1 - {maximum}")
    return value


def read_order(type_name: str, sort: list[str] | None, unique: bool = True) -> Order:
    """Returns the sort keys of a `sort` argument, followed by a unique key so that the order is total."""
    keys = [(name.rpartition("_")[0], name.endswith("_DESC")) for name in sort or ()]
    closing = UNIQUE_KEYS.get(type_name, "id")
    if unique and all(key != closing for key, _ in keys):
        keys.append((closing, False))
    return keys


class Sorter:
    """Compares objects of one type by sort keys; nulls come first ascending, as in MySQL."""

    def __init__(self, schema: GraphQLSchema, type_name: str, order: Order) -> None:
        self._paths = [find_path(schema, type_name, key) for key, _ in order]
        self.order = order

    def key(self, node: Node) -> list[Any]:
        """Returns the sort values of an object."""
        return [next(iter(get_path(node, path)), None) for path in self._paths]

    def sort(self, nodes: list[Node]) -> list[Node]:
        """Returns a sorted copy."""
        ordered = list(nodes)
        for path, (_, descending) in reversed(list(zip(self._paths, self.order, strict=True))):
            ordered.sort(
                key=lambda node: _comparable(next(iter(get_path(node, path)), None)), reverse=descending
            )
        return ordered

    def precedes(self, left: list[Any], right: list[Any]) -> bool:
        """Whether one sort key comes strictly before another."""
        for a, b, (_, descending) in zip(left, right, self.order, strict=True):
            first, second = _comparable(a), _comparable(b)
            if first != second:
                return bool(first > second if descending else first < second)
        return False


def _comparable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def encode_cursor(order: Order, key: list[Any]) -> str:
    """Returns the position of an object such as `number:166` as base64. Several keys are joined by commas."""
    parts = (f"{name}:{_print(value)}" for (name, _), value in zip(order, key, strict=True))
    return base64.b64encode(",".join(parts).encode()).decode()


def decode_cursor(order: Order, cursor: str) -> list[Any]:
    """Returns the sort key of a cursor.

    Raises:
        GraphQLError: It is not a cursor, or it is one of another sort order.
    """
    try:
        parts = base64.b64decode(cursor, validate=True).decode().split(",")
        names, values = zip(*(part.split(":", 1) for part in parts), strict=True)
        if list(names) == [name for name, _ in order]:
            return [_read(value) for value in values]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise GraphQLError(f"Invalid cursor: {cursor}")


def _print(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else "null" if value is None else str(value)


def _read(text: str) -> Any:
    if text == "null":
        return None
    return datetime.fromisoformat(text) if "T" in text else int(text)


def page_list(nodes: list[Node], limit: int | None, page: int | None, maximum: int = MAXIMUM) -> list[Node]:
    """Returns one page of a list, counted from 1. Without a limit it is the whole list."""
    if limit is None:
        return nodes
    check_size("limit", limit, maximum)
    if page is not None and page < 1:
        raise GraphQLError("Page must be at least 1")
    start = ((page or 1) - 1) * limit
    return nodes[start : start + limit]


def connection(nodes: list[Node], sorter: Sorter, arguments: dict[str, Any]) -> Node:
    """Returns a Relay connection over sorted objects.

    Cursors keep their position when objects are deleted.
    """
    first, last = arguments.get("first"), arguments.get("last")
    start, end = 0, len(nodes)
    if arguments.get("after"):
        start = _position(nodes, sorter, decode_cursor(sorter.order, arguments["after"]), beyond=True)
    if arguments.get("before"):
        end = max(
            start, _position(nodes, sorter, decode_cursor(sorter.order, arguments["before"]), beyond=False)
        )
    if last is not None and first is None:
        start = max(start, end - check_size("last", last))
    else:
        end = min(end, start + (DEFAULT_SIZE if first is None else check_size("first", first)))
    edges = [{"cursor": encode_cursor(sorter.order, sorter.key(n)), "node": n} for n in nodes[start:end]]
    return {
        "totalCount": len(nodes),
        "edges": edges,
        "pageInfo": {
            "hasNextPage": end < len(nodes),
            "hasPreviousPage": start > 0,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def _position(nodes: list[Node], sorter: Sorter, key: list[Any], beyond: bool) -> int:
    """Returns the position of a key in sorted objects: before equal ones, or after them."""
    low, high = 0, len(nodes)
    while low < high:
        middle = (low + high) // 2
        present = sorter.key(nodes[middle])
        goes_right = not sorter.precedes(key, present) if beyond else sorter.precedes(present, key)
        low, high = (middle + 1, high) if goes_right else (low, middle)
    return low
