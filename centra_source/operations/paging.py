"""What an operation needs so that its list can be read to its end, page by page."""

from __future__ import annotations

from .documents import Operation
from .selections import list_paths, walk

PAGING_VARIABLES = frozenset({"first", "after", "limit", "page", "innerLimit", "innerPage"})

_CONNECTION_PARTS = {
    ("totalCount",),
    ("pageInfo", "hasNextPage"),
    ("pageInfo", "endCursor"),
    ("edges", "node"),
}


def is_pageable(fitted: Operation, asked: Operation) -> bool:
    """Whether a list can still be read to its end, and proven to be complete, without what a shop lacks.

    A list with only half of its arguments for pages would be cut at a size that nobody knows. One without any
    comes whole, as Centra's lists without a limit do (centra.dev/graphql/country.html).

    Args:
        fitted: What is left of the operation.
        asked: The operation.
    """
    if "first" in asked.variables and not {path[1:] for _, _, path in walk(fitted)} >= _CONNECTION_PARTS:
        return False
    if asked.variables and ("id",) in list_paths(asked) and ("id",) not in list_paths(fitted):
        return False  # it identifies objects that come twice
    wanted = asked.variables & PAGING_VARIABLES
    is_whole = "first" not in asked.variables and not fitted.variables
    return is_whole or fitted.variables & PAGING_VARIABLES == wanted
