"""Custom attributes for which a table or a row of the destination has no room stay in their own table."""

from __future__ import annotations

import pyarrow as pa
import pytest

from centra_sandbox import Sandbox
from centra_sandbox.generate.attributes import text_attribute
from centra_source.tables.pivots import ATTRIBUTE_COLUMNS
from centra_source.tables.table import Table
from centra_source.tables.wide_columns import WideColumns
from centra_source.tables.wide_names import ColumnNames

from ..support.postgres import PostgresTarget

LONG = Table("thing_attributes", (), ("thing_id", "position"), "thing_id")


def widen(elements: int, most_columns: int | None, most_values: int | None) -> tuple[list[str], WideColumns]:
    """The values of a thing with many attributes, without those that have no column."""
    names = ColumnNames({}, ["id", "name"], most_columns)
    wide = WideColumns(ATTRIBUTE_COLUMNS, LONG, frozenset(), names, most_values)
    rows = pa.table(
        {
            "type_name": ["t"] * elements,
            "key": [f"k{number:05}" for number in range(elements)],
            "value": [f"v{number}" for number in range(elements)],
            "kind": ["INPUT"] * elements,
            "type_is_mapped": [False] * elements,
            "is_multi": [False] * elements,
        }
    )
    nodes = wide.add_values(pa.array([{"id": 1}, {"id": 2}]), [0] * elements, rows)
    first, _ = nodes.to_pylist()
    return [value for key, value in first.items() if key != "id" and value is not None], wide


@pytest.mark.parametrize(
    ("most_columns", "most_values", "kept", "words"),
    [
        (None, None, 1_700, None),
        (1_500, None, 1_498, "no room for more columns in a table: 202 of wide_attributes have none"),
        (None, 300, 300, "1 objects have more values of wide_attributes than a row"),
        (1_500, 300, 300, "202 of wide_attributes have none"),
    ],
)
def test_what_has_no_room_stays_in_its_own_table(
    most_columns: int | None, most_values: int | None, kept: int, words: str | None
) -> None:
    """The first names have columns; a note says how many have none."""
    values, wide = widen(1_700, most_columns, most_values)
    assert len(values) == kept
    note = wide.explain_lack_of_room()
    assert (note is None) == (words is None)
    assert (words or "") in (note or "")
    assert "only in thing_attributes" in (note or "only in thing_attributes")


@pytest.mark.full
def test_postgres_loads_more_attributes_than_a_table_can_have_columns(postgres: PostgresTarget) -> None:
    """All values are in the long table, the wide table has as many as fit, and the next load works, too."""
    with Sandbox(products=6, orders=12) as shop:
        many = text_attribute(
            "many", "Product", False, {f"k{number:05}": "x" * 40 for number in range(1_700)}
        )
        shop.shop.update(shop.shop.products[0], attributes=[many])
        for _ in range(2):
            postgres.load(shop, "products", wide_attributes="all")
            assert len(postgres.rows("products")) == len(shop.shop.products)
            assert sum(row["type_name"] == "many" for row in postgres.rows("product_attributes")) == 1_700
            notes = [row["note"] or "" for row in postgres.rows("load_audit")]
            assert any("no room for more columns" in note for note in notes)
            shop.shop.update(shop.shop.products[0])
