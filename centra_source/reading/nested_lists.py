"""Completes the lists inside objects: what a shop has cut at a limit is read on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..tables.nodes import Page
from .list_reader import ListReader
from .nested_completion import Completion
from .nested_objects import (
    measure_lists,
    replace_objects,
)
from .nested_state import NestedState
from .tally import Tally


@dataclass
class NestedLists(NestedState):
    """The lists inside the objects of one resource that the shop may cut. One object serves all threads.

    A list that came with as many rows as its limit is read on: its parents are asked for again, with only the
    next page of this list, until a page is not full. Parents with fewer rows cost nothing. Each page is asked
    for with the row before it, which shows whether the list has changed since the page before. If it has, or
    if an object has left an outer list, the whole parent is read again.
    """

    def complete(self, reader: ListReader, nodes: Page, offset: int) -> Page:
        """Returns objects with whole lists, and counts the rows of these lists; as `ListReader.complete`."""
        if not len(nodes) or not self.lists:
            return nodes
        has_cut = np.zeros(len(nodes), bool)
        for nested in self.lists:
            lengths, owners = measure_lists(nodes, nested.path)
            has_cut[owners[np.isin(lengths, list(nested.cuts))]] = True
        (places,) = np.nonzero(has_cut)
        tallies = {nested.path: Tally() for nested in self.lists}
        if len(places):
            objects = nodes.take(pa.array(places)).to_pylist()
            Completion(
                self, reader, tallies, dict(zip((places + offset).tolist(), objects, strict=True))
            ).run()
            nodes = replace_objects(nodes, places, objects)
        for nested in self.lists:
            tallies[nested.path].loaded = int(measure_lists(nodes, nested.path)[0].sum())
        with self._lock:
            for path, tally in tallies.items():
                self.tallies.setdefault(path, Tally()).add(tally)
        return nodes
