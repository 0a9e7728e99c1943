"""The scenario "loaded twice", which every destination must pass: a shop loaded in full, edited, and
loaded again, with every row and value compared with the shop after each load.

    check_loaded_twice(dlt.pipeline("x", destination=…, dataset_name=…))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import dlt
from dlt.common.data_types import TDataType
from dlt.extract import DltSource

from centra_sandbox import Sandbox, Shop
from centra_sandbox.nodes import Node
from centra_source import RESOURCES, centra_source
from centra_source.data_types import MONEY_SCALE
from centra_source.tables.loader_tables import DELETED_AT, DELETED_OBJECTS, LOAD_AUDIT, SNAPSHOT_DATE
from centra_source.tables.table import Table

from .history_edits import EDITS
from .shop_queries import TABLES, Row, make_info, prepare_query
from .shop_rows import find_differences, list_planned_tables

ReadRows = Callable[[str], list[Row]]
Types = Mapping[str, TDataType]

RESOURCES_OF_THE_MATRIX = (
    "products",
    "product_variants",
    "product_sizes",
    "displays",
    "brands",
    "collections",
    "orders",
    "shipments",
    "returns",
    "customers",
    "vouchers",
    "warehouses",
    "stock",
)
"""Each way in which resources are read, and each type of column."""

THE_SHOP: dict[str, Any] = {"products": 12, "orders": 40, "seed": 3}

TRICKY_TEXTS = (
    "",
    " ",
    "NULL",
    "null",
    "\\N",
    "\\",
    "'",
    '"',
    "it's; -- not the end",
    'one "two", three\tfour\\five\nsix\r\nseven|eight',
    "Ångström 漢字 🧦 \u200b",
    "%s %(name)s {name} :name ? $1 {{ name }}",
    "[]",
    "0012",
    "2026-01-01",
    "true",
    "long " * 1_000,
)
"""Texts that a destination may damage."""

AMOUNTS = (12_345_678_901.2345, -0.0001, 0.1, 99_999_999.99)
RATE = 0.1 + 0.2
"""A double that changes if it loses a digit."""

CHANGED, GONE, NEW = "should be", "not in the shop", "missing"

EDITED: dict[str, tuple[str, ...]] = {
    "products": (CHANGED, GONE, NEW),
    "product_attributes": (NEW, GONE),
    "product_variants": (GONE,),
    "product_sizes": (GONE,),
    "displays": (CHANGED,),
    "display_items": (GONE,),
    "display_categories": (GONE,),
    "brands": (CHANGED, GONE),
    "collections": (GONE,),
    "orders": (CHANGED, GONE, NEW),
    "order_lines": (GONE, NEW),
    "order_attributes": (GONE,),
    "order_discounts": (GONE,),
    "shipments": (CHANGED, GONE),
    "shipment_lines": (GONE,),
    "returns": (CHANGED, GONE, NEW),
    "return_lines": (GONE, NEW),
    "customers": (CHANGED, NEW),
    "customer_attributes": (GONE,),
    "vouchers": (CHANGED,),
    "voucher_actions": (GONE,),
    "voucher_markets": (GONE,),
    "stock": (CHANGED, GONE, NEW),
    "warehouses": (NEW,),
}
"""What the edits do to tables. It is asserted, because a load that changes nothing would prove nothing."""


def check_loaded_twice(
    pipeline: dlt.Pipeline,
    read_rows: ReadRows | None = None,
    *,
    resources: Collection[str] = RESOURCES_OF_THE_MATRIX,
    settings: Mapping[str, Any] = {},
    run: Callable[[DltSource], object] | None = None,
) -> dict[str, int]:
    """Loads a small shop, edits it, loads it again, and compares the tables with the shop each time.

    Args:
        pipeline: A pipeline with an empty dataset.
        read_rows: Returns the rows of a table without dlt's own columns. Default: from the destination.
        resources: What to load.
        settings: Settings of `centra_source`. With `{"deletes": "soft"}`, deleted objects are only marked.
        run: Loads a source. Default: `pipeline.run`.

    Returns:
        The number of rows of each table after the second load.
    """
    read_rows, load = read_rows or make_table_reader(pipeline), run or pipeline.run
    settings = {"deletes": "hard", "backoff_factor": 0.001, **settings}
    with Sandbox(**THE_SHOP) as sandbox:
        shop = sandbox.shop
        prepare(shop)

        def source() -> DltSource:
            return centra_source(sandbox.url, sandbox.token, **settings).with_resources(*resources)

        load(source())
        first = read_loaded_rows(read_rows, resources)
        wrong = compare_tables(shop, first)
        assert not wrong, describe_differences(wrong, "first load")
        before = _list_ids(shop, resources)
        edit(sandbox)
        gone = {name: before[name] - left for name, left in _list_ids(shop, resources).items()}
        assert_edited(shop, first)
        load(source())
        second = read_loaded_rows(read_rows, resources)
        wrong = compare_tables(
            shop, second, {} if settings["deletes"] == "hard" else mark_deleted(first, gone)
        )
        assert not wrong, describe_differences(wrong, "second load")
        tables = pipeline.default_schema.tables
        wrong = [
            f"{name}: no _dlt_load_id" for name in second if "_dlt_load_id" not in tables[name]["columns"]
        ]
        wrong += check_audit(read_rows, resources, loads=2) + check_deletions(read_rows, gone)
        assert not wrong, describe_differences(wrong, "audit")
    return {table: len(rows) for table, rows in second.items()}


def prepare(shop: Shop) -> None:
    """Adds what a small shop may lack, and values that a destination may damage."""
    for number, text in enumerate(TRICKY_TEXTS):
        shop.touch_silently(shop.orders[number], otherComment=text)
        shop.touch_silently(shop.customers[number % len(shop.customers)], lastName=text)
    for number, amount in enumerate(AMOUNTS):
        order = shop.orders[number]
        shop.touch_silently(order, grandTotal={**order["grandTotal"], "value": amount}, currencyBaseRate=RATE)
    for kind in ("change order attributes", "change customer attributes"):
        EDITS[kind](shop, 2, "of the first load")
    for number in range(2):
        EDITS["add product"](shop, 0, f"unsold {number}")
    _give_attributes(shop, shop.products[0])
    shop.add("Brand", name="of nothing")
    shop.add("Collection", name="of nothing")
    EDITS["add return"](shop, 0, "of the first load")
    EDITS["add return"](shop, 1, "of the first load")


def edit(sandbox: Sandbox) -> None:
    """Changes, adds, shortens, empties and deletes objects of every kind."""
    shop = sandbox.shop
    sandbox.clock.advance(timedelta(hours=2))
    shipped = [place for place, order in enumerate(shop.orders) if order["shipments"]]
    discounted = [place for place, order in enumerate(shop.orders[:30]) if order["discountsApplied"]]
    by_kind: dict[str, Iterable[int]] = {
        "delete product": [0],
        "delete order": [shipped[-2]],
        "edit order": [30, 31],
        "edit product": [3],
        "edit display": [1],
        "edit shipment": [0],
        "edit customer": [4],
        "edit voucher": [1],
        "add order": [1, 2],
        "add order line": [32],
        "remove order line": [0],
        "remove shipped order line": [3],
        "strip order": discounted[:2],
        "complete return": [0],
        "take return lines": [1],
        "add return": [12],
        "delete return": [2],
        "add customer": [1],
        "strip display": [0],
        "strip voucher": [0],
        "add product": [0],
        "remove collections": [0],
        "remove brands": [0],
        "rename brand": [0],
        "count stock": [0, 7],
        "remove stock": [3],
        "add warehouse": [3],
    }
    for kind, places in by_kind.items():
        for which in places:
            EDITS[kind](shop, which, f"{kind} {which}")
    for order, text in zip(shop.orders[17:], TRICKY_TEXTS, strict=False):
        shop.update(order, otherComment=text)
    _give_attributes(shop, next(product for product in shop.products if not product["attributes"]))
    for node in (shop.orders[2], shop.customers[2], shop.products[0]):
        shop.update(node, attributes=[])
    sandbox.clock.advance(timedelta(seconds=1))


def _give_attributes(shop: Shop, node: Node) -> None:
    """The attributes of an order, as those of a product."""
    model = next(order["attributes"] for order in shop.orders if order["attributes"])
    shop.update(node, attributes=[{**attribute, "objectType": "Product"} for attribute in model])


def make_table_reader(pipeline: dlt.Pipeline) -> ReadRows:
    """Returns a function that reads tables like `pipeline.dataset()[table].arrow()`, but faster."""

    def read_rows(table: str) -> list[Row]:
        with pipeline.sql_client() as client:
            query = f"SELECT * FROM {client.make_qualified_table_name(table)}"
            with client.execute_query(query) as cursor:
                cursor.columns_schema = pipeline.default_schema.tables[table]["columns"]
                found = cursor.arrow()
        assert found is not None
        listed: list[Row] = [
            {name: value for name, value in row.items() if not name.lower().startswith("_dlt")}
            for row in found.to_pylist()
        ]
        return listed

    return read_rows


def read_loaded_rows(read_rows: ReadRows, resources: Collection[str]) -> dict[str, list[Row]]:
    """Returns all tables of some resources with the types that should have been loaded."""
    rows = {}
    for name in resources:
        for table in list_planned_tables(name):
            rows[table.name] = convert_to_loaded_types(read_rows(table.name), list_types(table))
        if daily := RESOURCES[name].daily:
            rows[daily] = convert_to_loaded_types(read_rows(daily), list_types(list_planned_tables(name)[0]))
    return rows


def list_types(table: Table) -> Types:
    """Returns the planned types of a table's columns, and those of the loader's own columns."""
    own = {column.name: column.data_type for column in (DELETED_AT, SNAPSHOT_DATE)}
    return {**own, **{column.name: column.data_type for column in table.columns}}


def convert_to_loaded_types(rows: list[Row], types: Types) -> list[Row]:
    """Returns the rows in their loaded types, whatever types the destination returns.

    Nothing is rounded, cut or guessed.

    Raises:
        AssertionError: A column is not planned, or a value is not one of its column's type.
    """
    lowered = [{name.lower(): value for name, value in row.items()} for row in rows]
    unplanned = {name for row in lowered[:1] for name in row} - types.keys()
    assert not unplanned, f"columns without a plan: {unplanned}"
    return [
        {name: _convert_value(name, value, types[name]) for name, value in row.items()} for row in lowered
    ]


def _convert_value(name: str, value: Any, data_type: TDataType) -> Any:
    if value is None:
        return None
    try:
        return READERS[data_type](value)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise AssertionError(f"{name} is {value!r}, which is not a {data_type}: {error}") from error


def _to_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _to_integer(value: Any) -> int:
    if isinstance(value, bool) or value != int(value):
        raise TypeError("not a whole number")
    return int(value)


def _to_double(value: Any) -> float:
    if not isinstance(value, (float, Decimal)) and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError("not a number")
    return float(value)


def _to_bool(value: Any) -> bool:
    if value not in (0, 1):
        raise TypeError("neither true nor false")
    return bool(value)


def _to_decimal(value: Any) -> Decimal:
    exact = Decimal(repr(value) if isinstance(value, float) else value)
    rounded = exact.quantize(Decimal(1).scaleb(-MONEY_SCALE))
    if exact != rounded:
        raise ValueError("more digits than were loaded")
    return rounded


def _to_timestamp(value: Any) -> datetime:
    moment = datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise TypeError("not a moment")
    # All times are loaded in UTC: a destination without zones gives them back as they are.
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _to_date(value: Any) -> date:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        if value.time() != datetime.min.time():
            raise ValueError("not midnight")
        return value.date()
    if not isinstance(value, date):
        raise TypeError("not a day")
    return value


READERS: dict[TDataType, Callable[[Any], Any]] = {
    "text": _to_text,
    "bigint": _to_integer,
    "double": _to_double,
    "bool": _to_bool,
    "decimal": _to_decimal,
    "timestamp": _to_timestamp,
    "date": _to_date,
}


def compare_tables(
    shop: Shop, rows: Mapping[str, list[Row]], deleted: Mapping[str, list[Row]] | None = None
) -> list[str]:
    """Returns the differences between the tables and the shop.

    Args:
        shop: What was loaded.
        rows: The loaded rows, by table.
        deleted: Additional rows that must be there, marked as deleted, by table.
    """
    wrong = []
    daily = {resource.daily: name for name, resource in RESOURCES.items() if resource.daily}
    for table, found in rows.items():
        if table in daily:
            last_day = max((row["snapshot_date"] for row in found), default=None)
            found = [row for row in found if row["snapshot_date"] == last_day]
            found = [{name: row[name] for name in row if name != "snapshot_date"} for row in found]
        alive = [row for row in found if row.get(DELETED_AT.name) is None]
        wrong += find_differences(shop, daily.get(table, table), alive)
        still = [{**row, DELETED_AT.name: None} for row in found if row.get(DELETED_AT.name) is not None]
        wanted = (deleted or {}).get(table, [])
        if sorted(map(_format_row, still)) != sorted(map(_format_row, wanted)):
            wrong.append(
                f"{table}: {len(still)} rows marked as deleted, should be {len(wanted)} as they were"
            )
    return wrong


def _format_row(row: Row) -> str:
    return repr(sorted(row.items()))


def mark_deleted(rows: Mapping[str, list[Row]], gone: Mapping[str, set[Any]]) -> dict[str, list[Row]]:
    """Returns the rows of deleted objects, from the rows loaded before."""
    found = {}
    for name, ids in gone.items():
        for table in list_planned_tables(name):
            found[table.name] = [row for row in rows[table.name] if row[table.root_key] in ids]
    return found


def assert_edited(shop: Shop, rows: Mapping[str, list[Row]]) -> None:
    """Asserts that the shop differs from the rows loaded before in each way of EDITED."""
    vain = []
    for table, kinds in EDITED.items():
        wrong = find_differences(shop, table, rows[table]) if table in rows else [*kinds]
        vain += [f"{table} {kind}" for kind in kinds if not any(kind in line for line in wrong)]
    assert not vain, f"the second load would prove nothing, as the edits leave no row of these: {vain}"


def check_audit(read_rows: ReadRows, resources: Collection[str], loads: int) -> list[str]:
    """Returns faults of the audit: each load reads each resource, and expected equals loaded."""
    lines = convert_to_loaded_types(read_rows("load_audit"), list_types(LOAD_AUDIT))
    wrong = []
    for line in lines:
        if line["expected"] is not None and line["expected"] != line["loaded"]:
            wrong.append(f"{line['resource']} {line['kind']}: {line['expected']} expected, {line['loaded']}")
    for name in resources:
        # A window that is empty has its line, too.
        read = [line for line in lines if line["resource"] == name and line["kind"] in ("window", "list")]
        if len(read) < loads:
            wrong.append(f"{name}: {len(read)} reads in the audit, should be {loads} or more")
    return wrong


def check_deletions(read_rows: ReadRows, gone: Mapping[str, set[Any]]) -> list[str]:
    """Returns the differences between `deleted_objects` and the deleted objects."""
    rows = convert_to_loaded_types(read_rows("deleted_objects"), list_types(DELETED_OBJECTS))
    found = {(row["resource"], row["object_id"]) for row in rows if row["object_id"] is not None}
    wanted = {(name, str(each)) for name, ids in gone.items() for each in ids}
    return [f"{line} is in only one of deleted_objects and what is gone" for line in found ^ wanted]


def _list_ids(shop: Shop, resources: Collection[str]) -> dict[str, set[Any]]:
    """Returns the ids of all objects whose deletion raises an event, by resource."""
    info, ids = make_info(shop), {}
    for name in resources:
        if RESOURCES[name].event and name == TABLES[name][0]:
            query = prepare_query(name)
            ids[name] = {query.id_of(root, info) for root in query.roots(shop)}
    return ids


def describe_differences(wrong: list[str], step: str) -> str:
    """Returns a text with the first few of the differences."""
    return f"{step}, {len(wrong)} differences: " + "; ".join(line[:300] for line in wrong[:5])
