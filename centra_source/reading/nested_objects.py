"""Finds the lists and objects inside the objects of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..operations.nested_pages import NestedPages
from ..operations.selections import Path
from ..tables.nodes import Page, get_values

Object: TypeAlias = dict[str, Any]


def measure_lists(nodes: Page, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Measures the lists at the end of a path: the rows of each, and the place of its root object."""
    values, owners = nodes, np.arange(len(nodes))
    for key in path[:-1]:
        values = get_values(values, (key,))
        if pa.types.is_list(values.type):
            owners = owners[pc.list_parent_indices(values).to_numpy()]
            values = pc.list_flatten(values)
    lists = get_values(values, path[-1:])
    if not pa.types.is_list(lists.type):
        return np.zeros(0, int), np.zeros(0, int)
    return pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False), owners


def replace_objects(nodes: Page, places: np.ndarray, objects: list[Object]) -> Page:
    """Returns a page with other objects at some places."""
    order = np.arange(len(nodes))
    order[places] = len(nodes) + np.arange(len(places))
    return pa.concat_arrays([nodes, pa.array(objects, nodes.type)]).take(pa.array(order))


def find_rows(value: Object, path: Path, way: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Finds the lists at the end of a path, each with the places in the outer lists."""
    held = value.get(path[0])
    if held is None:
        return
    if not path[1:]:
        yield way, held
    elif isinstance(held, list):
        for place, one in enumerate(held):
            yield from find_rows(one, path[1:], (*way, place))
    else:
        yield from find_rows(held, path[1:], way)


def find_pinned(pages: NestedPages, way: tuple[int, ...]) -> tuple[int, ...]:
    """The places in those outer lists that are cut themselves: only one of their rows is asked for."""
    return tuple(way[pages.levels[path]] for path in pages.pins)


def follow(own: Object, found: Object, pages: NestedPages, way: tuple[int, ...]) -> Object | None:
    """Finds the object in an answer that holds the list; None if it is not the one that was read before."""
    path, level = pages.nested.path, 0
    for depth, key in enumerate(path[:-1], 1):
        below, sent = own.get(key) or {}, found.get(key) or {}
        if isinstance(sent, list):
            place = 0 if path[:depth] in pages.pins else way[level]
            if place >= len(sent):
                return None
            below, sent, level = below[way[level]], sent[place], level + 1
        own, found = below, sent
        if not found or not matches(own, get_scalars(found)):
            return None
    return found


def get_scalars(value: Object) -> Object:
    """The fields of an object that hold neither objects nor lists."""
    return {key: one for key, one in value.items() if not isinstance(one, (dict, list))}


def matches(whole: Any, part: Any) -> bool:
    """Whether a value has everything that a part of it has."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and matches(whole[key], one) for key, one in part.items())
    return bool(whole == part)
