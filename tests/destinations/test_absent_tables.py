"""Queries over tables and columns that are not loaded."""

from __future__ import annotations

from centra_sandbox import Sandbox
from centra_source.destinations.absent_tables import columns_of, fill_absent_tables
from centra_source.destinations.queries import rows_of

from ..support.target import Target

STATEMENT = """
with known as (select id from brands)
select known.id, orders.number, orders.grand_total_value, orders.deleted_at, marks.reference
from known
left join orders on orders.id = cast(known.id as varchar)
left join deleted_objects as marks on marks.reference = orders.id
order by 1
"""


def test_absent_tables_have_no_rows(small_shop: Sandbox, target: Target) -> None:
    """Their columns are null, and typed as if they were loaded."""
    target.load(small_shop, "brands")
    dataset = target.pipeline.dataset()
    rows = list(rows_of(dataset, fill_absent_tables(dataset, STATEMENT)))
    assert [row["id"] for row in rows] == sorted(brand["id"] for brand in small_shop.shop.brands)
    assert {value for row in rows for name, value in row.items() if name != "id"} == {None}
    found = dataset(fill_absent_tables(dataset, STATEMENT), query_dialect="duckdb").arrow()
    assert found is not None
    assert str(found.schema.field("grand_total_value").type) == "decimal128(18, 4)"


def test_columns_that_the_token_may_not_read_are_null(small_shop: Sandbox, target: Target) -> None:
    """A loaded table keeps its other columns; one that has all of them is read as it is."""
    target.load(small_shop, "brands")
    dataset = target.pipeline.dataset()
    statement = "SELECT id, name FROM brands"
    assert fill_absent_tables(dataset, statement) == statement
    del dataset.schema.tables["brands"]["columns"]["name"]
    rows = list(rows_of(dataset, fill_absent_tables(dataset, statement)))
    assert {row["name"] for row in rows} == {None}
    assert {row["id"] for row in rows} == {brand["id"] for brand in small_shop.shop.brands}


def test_columns_come_from_the_registry() -> None:
    """Of resources, of their lists, and of the loader's own tables; other tables are not known."""
    assert columns_of("orders")["grand_total_value"] == "decimal"
    assert columns_of("order_lines")["deleted_at"] == "timestamp"
    assert columns_of("deleted_objects")["reference"] == "text"
    assert columns_of("globale_catalog") == {}
