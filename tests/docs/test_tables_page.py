"""The descriptions of tables and columns, the references between tables, and the page made of them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from graphql import parse

from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.operations.documents import Operation, load_operation, load_schema
from centra_source.resources import group_by_area
from centra_source.shop.cursors import with_updated_at
from centra_source.tables.descriptions import column_description
from centra_source.tables.planning import plan_tables
from centra_source.tables.references import select_references, with_references
from centra_source.tables.table import Table
from docs.tables import PAGE, derived_tables, page, resource_tables

from ..support.target import Target

TABLES = {table.name: table for name in RESOURCES for table in resource_tables(name)}
GRAIN = "One row per "


def plan(selection: str, **lists: str) -> list[Table]:
    """Plans a query for orders."""
    text = f"#: One row per order.\nquery orders {{ orders(limit: 1) {{ id\n{selection}\n}} }}"
    named = {path.replace("__", "."): table for path, table in lists.items()}
    return plan_tables(Operation.of(parse(text), load_schema()), named, ("id",))


def describe_columns(table: Table) -> dict[str, str | None]:
    """Returns the descriptions of a table's columns, by column."""
    return {column.name: column.description for column in table.columns if column.name != "id"}


@pytest.mark.parametrize("name", RESOURCES)
def test_every_table_says_what_one_row_is(name: str) -> None:
    """The grain comes first: without it, nobody knows what to count."""
    place = f"queries/{name}.graphql: write a `#:` line above"
    for table in resource_tables(name):
        field = "`query`" if table.name == name else f"the list of {table.name}"
        assert table.description, f"{place} {field} that says what one row is"
        assert table.description.startswith(GRAIN), f"{place} {field} that begins with {GRAIN!r}"


@pytest.mark.parametrize("name", RESOURCES)
def test_every_column_is_described(name: str) -> None:
    """In plain words: the notes of the schema for developers are left out."""
    for table in resource_tables(name):
        for column in table.columns:
            assert column.description, f"queries/{name}.graphql: write a `#:` line above {column.name}"
            assert not re.search(r"perm:|PARTIAL|\bAll\.|Limit ", column.description), column.description


@pytest.mark.parametrize("name", RESOURCES)
def test_every_description_in_a_query_is_used(name: str) -> None:
    """Nobody would read a description above a fragment or behind a field."""
    text = files("centra_source").joinpath(f"queries/{name}.graphql").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if "#:" in line]
    tables = resource_tables(name)
    texts = [table.description for table in tables]
    texts += [column.description for table in tables for column in table.columns]
    used = " ".join(text for text in texts if text)
    for line in lines:
        assert line.startswith("#:"), f"queries/{name}.graphql: put {line!r} on a line of its own"
        assert line[2:].strip() in used, f"queries/{name}.graphql: {line!r} is not above a field or list"


def test_derived_tables_say_what_one_row_is() -> None:
    """They do not come from a query, and are described where they are defined."""
    assert [table.name for table in derived_tables() if not str(table.description).startswith(GRAIN)] == []


def test_comment_describes_the_column_below_it() -> None:
    """Several lines are one text; ordinary comments between them are not part of it."""
    (orders,) = plan("#: What the buyer\n# A reason.\n#: calls it.\nnumber\n# A reason.\nisOnHold")
    assert describe_columns(orders) == {
        "number": "What the buyer calls it.",
        "is_on_hold": "Whether the order is on hold.",
    }


def test_comment_above_an_object_starts_its_columns() -> None:
    """It describes the amount, and the currency is still described as a currency."""
    (orders,) = plan("#: To be paid.\ngrandTotal { value currency { code } }")
    assert describe_columns(orders) == {
        "grand_total_value": "To be paid. In the currency of grand_total_currency_code.",
        "grand_total_currency_code": "Currency of the grand total, ISO 4217 code.",
    }


def test_comment_above_a_list_describes_its_table() -> None:
    """The comment of a list that only leads to the rows describes the rows, if they have none."""
    _, attributes, lines = plan(
        "#: One row per element.\nattributes { type { name } elements { key } }\n"
        "#: One row per line.\nlines { id }",
        attributes__elements="order_attributes",
        lines="order_lines",
    )
    assert attributes.description == "One row per element."
    assert lines.description == "One row per line."


def test_columns_without_a_comment_are_described_by_their_path() -> None:
    """Units, time zones, standards and the currency's column follow from the type of the field."""
    orders, lines = plan(
        "orderType: __typename number status createdAt grandTotal { value currency { code } }"
        "net: grandTotal(includingTax: false) { value } country { code } customer: store { id }"
        "lines { id unitPrice { value } }",
        lines="order_lines",
    )
    assert describe_columns(orders) == {
        "order_type": "Kind of order: DirectToConsumerOrder or WholesaleOrder.",
        "number": "The order number that people see.",
        "status": "Status of the order. For example PENDING, CONFIRMED, PROCESSING, SHIPPED, CANCELLED.",
        "created_at": "When the order was created, UTC.",
        "grand_total_value": "Grand total of the order, including tax. "
        "In the currency of grand_total_currency_code.",
        "grand_total_currency_code": "Currency of the grand total, ISO 4217 code.",
        "net_value": "Grand total of the order, excluding tax. In the currency of grand_total_currency_code.",
        "country_code": "Country, ISO 3166-1 alpha-2 code.",
        "customer_id": "Id of the store.",
    }
    assert describe_columns(lines) == {
        "order_id": "Id of the order that the row belongs to.",
        "unit_price_value": "Unit price of the order line, including tax. "
        "In the currency of orders.grand_total_currency_code.",
    }


def test_descriptions_survive_a_rewritten_operation() -> None:
    """Returns that are read by `updatedAt` keep the descriptions of all other columns."""
    resource, operation = RESOURCES["returns"], load_operation("returns")
    known = plan_tables(operation, resource.lists, resource.key)
    main, *others = plan_tables(with_updated_at(operation), resource.lists, resource.key)
    assert describe_columns(main).pop("updated_at") == "When the return was last changed, UTC."
    texts = [(table.description, describe_columns(table)) for table in (main, *others)]
    texts[0][1].pop("updated_at")
    assert texts == [(table.description, describe_columns(table)) for table in known]


def test_comments_are_not_sent() -> None:
    """The operation is sent without its comments."""
    assert "#" not in load_operation("orders").text


def test_id_of_a_listed_type_refers_to_its_table() -> None:
    """Ids refer to the table of their type, through other objects too; numbers and codes do not refer."""
    (orders,) = with_references(plan("number country { code } store { id } market { store { id } }"))
    assert [(one.column, one.table, one.referenced_column) for one in orders.references] == [
        ("store_id", "stores", "id"),
        ("market_store_id", "stores", "id"),
    ]
    assert describe_columns(orders)["store_id"] == "Id of the store. See stores."


def test_rows_of_a_list_refer_to_their_owner() -> None:
    """A line to its order, and the line of a shipment to the line of the order."""
    references = {(one.column, one.table) for one in TABLES["shipment_lines"].references}
    assert references == {("shipment_id", "shipments"), ("order_line_id", "order_lines")}


def test_destination_gets_references_to_present_tables_only() -> None:
    """One reference per pair of tables, because dlt keeps only one."""
    (orders,) = with_references(plan("store { id } market { id store { id } }"))
    assert [one.column for one in select_references(orders, {"stores"})] == ["store_id"]
    assert select_references(TABLES["shipment_lines"], {"order_lines"}) == ()


@pytest.mark.full
def test_descriptions_arrive_in_the_schema_of_the_destination(target: Target) -> None:
    """Also those of tables that stay empty, which dlt sees only once."""
    with Sandbox(products=0, orders=0) as sandbox:
        schema = target.load(sandbox, *RESOURCES).pipeline.default_schema
    for name, table in TABLES.items():
        stored = schema.get_table(name)
        assert stored["description"] == table.description
        columns = {column: stored["columns"][column].get("description") for column in describe_columns(table)}
        assert columns == describe_columns(table)
    assert schema.get_table("load_audit")["description"]


@pytest.mark.full
def test_references_arrive_if_their_tables_exist(small_shop: Sandbox, target: Target) -> None:
    """Orders refer only to tables that exist: those loaded with them or before."""
    target.load(small_shop, "orders")
    assert "references" not in target.pipeline.default_schema.get_table("orders")
    target.load(small_shop, "stores", "returns")
    small_shop.shop.update(small_shop.shop.orders[0])
    target.load(small_shop, "orders")
    schema = target.pipeline.default_schema
    found = {
        (name, one["columns"][0], one["referenced_table"])
        for name in ("orders", "order_payments", "order_lines")
        for one in schema.get_table(name)["references"] or ()
    }
    assert found == {
        ("orders", "store_id", "stores"),
        ("order_payments", "order_id", "orders"),
        ("order_payments", "return_id", "returns"),
        ("order_lines", "order_id", "orders"),
    }


def test_tables_join_by_their_references(small_shop: Sandbox, target: Target) -> None:
    """dlt's `join` needs no condition: it takes the references."""
    dataset = target.load(small_shop, "orders").pipeline.dataset()
    joined = dataset.table("order_lines").join("orders").arrow()
    assert joined is not None
    assert joined.num_rows == sum(len(order["lines"]) for order in small_shop.shop.orders)


@pytest.mark.full
def test_every_reference_holds_in_a_loaded_shop(small_shop: Sandbox, target: Target) -> None:
    """Each id that is filled is in the table that it refers to."""
    lost = []
    with target.load(small_shop, *RESOURCES).pipeline.sql_client() as client:
        for table in TABLES.values():
            for one in table.references:
                query = (
                    f"select count(*) from {table.name} where {one.column} is not null and {one.column} "
                    f"not in (select {one.referenced_column} from {one.table})"
                )
                ((count,),) = client.execute_sql(query) or ((0,),)
                if count:
                    lost.append(f"{table.name}.{one.column} -> {one.table}: {count}")
    assert lost == []


def test_every_resource_has_its_area() -> None:
    """The page has a chapter and a diagram for each area."""
    areas = group_by_area()
    for name, resource in RESOURCES.items():
        assert name in areas.get(resource.area, ()), f"centra_source/resources.py: {name} is in no Area"
    assert all(areas.values()), "every area has resources"


def test_page_is_what_the_generator_makes() -> None:
    """`make docs` has been run since the queries changed."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_page_starts_with_every_resource() -> None:
    """By topic, with those that are opt-in in italics."""
    start, _, _ = page().partition("## All tables")
    for name, resource in RESOURCES.items():
        link = f"[`{resource_tables(name)[0].name}`](#{resource_tables(name)[0].name})"
        assert link in start, name
        assert (f"*{link}*" in start) != resource.selected, name


def test_headings_are_unique() -> None:
    """Every table is a heading, and no two headings have the same name."""
    headings = [heading.lower() for heading in re.findall(r"^#+ (.+)$", page(), flags=re.MULTILINE)]
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"\]\(#([^)]+)\)", page())) <= set(headings)


def test_description_of_a_column_needs_no_location() -> None:
    """An operation that was built rather than parsed has no comments; paths describe its columns."""
    operation = load_operation("brands")
    bare = Operation.of(parse(operation.text, no_location=True), load_schema())
    (table,) = plan_tables(bare, {}, ("id",))
    assert table.description is None
    assert column_description(table.columns[1], table, table, load_schema()) == "Name of the brand."
