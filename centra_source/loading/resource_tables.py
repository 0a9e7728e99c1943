"""Makes the rows of one resource: objects become Arrow tables, each with the hints that merge it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract.items import DataItemWithMeta

from ..misfits import Misfits
from ..tables.flatten import Leniency, flatten, flatten_with_owners, has_lists
from ..tables.merging import Items, declare_table, make_item
from ..tables.nodes import Page
from ..tables.repeated_keys import record_repeated_keys
from ..tables.table import Table
from ..tables.wide_columns import WideColumns
from .user_steps import UserSteps


@dataclass
class ResourceTables:
    """The tables of one resource in one run.

    Attributes:
        all: Every table, the resource's main table first. It grows by the wide columns that objects bring.
        fillable: The names of the tables that the shop and the token can fill. The others keep their rows.
        wide: Custom attributes and translations that become columns of the main table.
        is_replaced: Whether the load replaces the tables as a whole.
        has_hard_deletes: Whether rows that are marked as deleted are removed.
        leniency: What happens to values that do not fit their columns.
        steps: Functions of the user that change rows of the main table.
    """

    all: list[Table]
    fillable: frozenset[str]
    wide: Sequence[WideColumns]
    is_replaced: bool
    has_hard_deletes: bool
    leniency: Leniency
    steps: UserSteps

    @property
    def main(self) -> Table:
        """The table of the resource's own objects."""
        return self.all[0]

    def declare(self) -> Items:
        """Yields every table without rows, so that it exists."""
        for table in self.all:
            yield from declare_table(table)

    def declare_or_empty(self, no_objects: Page) -> Items:
        """Yields every table without rows, so that it exists, and that it is emptied if it is replaced.

        Args:
            no_objects: A page without objects, for its type.
        """
        if self.is_replaced:
            yield from self.make_items(no_objects)
        else:
            self._widen(no_objects)
        yield from self.declare()

    def make_items(self, nodes: Page) -> Items:
        """Yields the rows of some objects, for every table that can be filled."""
        for table, rows in self.make_rows(nodes):
            yield self.make_item(table, rows)

    def make_rows(self, nodes: Page) -> Iterator[tuple[Table, pa.Table]]:
        """Yields every table that can be filled, with the rows of some objects.

        A table whose list did not come with the objects keeps the rows that it has of them.
        """
        nodes = self._widen(nodes)
        left_out: pa.Array | None = None
        for table in self.all:
            if table.name in self.fillable and has_lists(table, nodes):
                rows = self._flatten(table, nodes)
                if self.steps.of_rows and table is self.main:
                    ids = rows[table.key[0]]
                    rows = self.steps.change_rows(table, rows)
                    left_out = ids.filter(pc.invert(pc.is_in(ids, rows[table.key[0]])))
                elif left_out is not None:
                    rows = rows.filter(pc.invert(pc.is_in(rows[table.root_key], left_out)))
                yield table, rows

    def make_item(self, table: Table, rows: pa.Table) -> DataItemWithMeta:
        """Makes an item of rows that replace the rows of the same root objects, or all rows."""
        replaced_by = None if self.is_replaced else table.root_key
        return make_item(table, rows, replaced_by, is_hard=self.has_hard_deletes)

    def _flatten(self, table: Table, nodes: Page) -> pa.Table:
        # If the list of the rows itself is null, nothing else says which rows a whole table still has.
        needs_lists = self.is_replaced and table is self.main
        leniency = replace(self.leniency, needs_lists=needs_lists)
        rows = flatten(table, nodes, mark_childless=not self.is_replaced, leniency=leniency)
        record_repeated_keys(table, rows, self.leniency.misfits)
        return rows

    def _widen(self, nodes: Page) -> Page:
        """Returns the objects with their wide values; the main table grows by the new columns."""
        if not self.wide:
            return nodes
        for wide in self.wide:
            # What does not fit is recorded when the rows of their own table are made.
            loaded = {table.name for table in self.all} & self.fillable
            misfits = self.leniency.misfits
            if wide.table.name in loaded:
                misfits = Misfits(has_nul=misfits.has_nul, has_replaced_text=misfits.has_replaced_text)
            leniency = replace(self.leniency, misfits=misfits)
            rows, places = flatten_with_owners(wide.table, nodes, leniency)
            nodes = wide.add_values(nodes, places, rows)
        known = {column.name for column in self.main.columns}
        new = [column for wide in self.wide for column in wide.columns if column.name not in known]
        self.all[0] = replace(self.main, columns=(*self.main.columns, *new))
        return nodes
