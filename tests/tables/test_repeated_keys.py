"""Several rows with one key: one is loaded, and the others are named instead of vanishing."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from centra_sandbox import Sandbox
from centra_source.misfits import Misfits
from centra_source.resources import RESOURCES
from centra_source.tables.repeated_keys import record_repeated_keys
from centra_source.tables.table import POSITION, Table

from ..support.shop_rows import list_planned_tables
from ..support.target import Target

TABLES = {
    table.name: table
    for name in RESOURCES
    for table in list_planned_tables(name)
    if len(table.key) > 1 and table.key[-1] != POSITION
}


def find_notes(table: Table, rows: list[tuple[Any, ...]]) -> list[str]:
    """Returns what is noted about rows of a table, given by their keys."""
    misfits = Misfits()
    columns = zip(*rows, strict=True) if rows else [()] * len(table.key)
    values = {name: pa.array(list(column)) for name, column in zip(table.key, columns, strict=True)}
    record_repeated_keys(table, pa.table(values), misfits)
    return [note.sentence for note in misfits.describe(lambda name, value: True) if note.has_loss]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_repeated_key_is_found_in_every_table(table: Table) -> None:
    """In rows of any order within an object. Other rows are not taken for repeated ones."""
    draw = random.Random(table.name)
    for rows_of_object in (0, 1, 2, 5):
        rows = [
            (owner, *(draw.randrange(4) for _ in table.key[1:]))
            for owner in range(4)
            for _ in range(draw.randint(0, rows_of_object))
        ]
        if table.root_key != table.key[0]:
            continue
        repeated = [row for row, count in Counter(rows).items() if count > 1]
        notes = find_notes(table, rows)
        assert len(notes) == bool(repeated)
        for note in notes:
            assert f"{table.name}.{table.key[-1]} of {repeated[0][0]}: {repeated[0][-1]}" in note


def test_objects_and_lines_with_one_id_are_named(target: Target) -> None:
    """The load ends, and says of which order and which line it is."""
    with Sandbox(products=6, orders=12) as sandbox:
        shop = sandbox.shop
        order = next(one for one in shop.orders if len(one["lines"]) > 1)
        first, second, *_ = order["lines"]
        second["id"] = first["id"]
        shop.brands[1]["id"] = shop.brands[0]["id"]
        shop.version += 1
        target.load(sandbox, "orders", "brands")
        lines = [row for row in target.rows("order_lines") if row["order_id"] == order["id"]]
        assert len(lines) == len(order["lines"]) - 1
        (noted,) = target.audit("orders", "other values")
        assert noted["status"] == "incomplete"
        assert f"order_lines.id of {order['id']}: {first['id']}" in noted["note"]
        (noted,) = target.audit("brands", "other values")
        assert f"brands.id of {shop.brands[0]['id']}" in noted["note"]
