"""One shop with dozens of absurd values: one load brings all that is right, and names all that is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from centra_sandbox import Sandbox
from centra_sandbox.nodes import Node

from ..support.postgres import PostgresTarget
from ..support.shop_rows import find_differences
from ..support.target import Target
from ..support.workplace import Row

TABLES = {
    "orders": ("orders", "order_lines", "order_discounts", "order_attributes"),
    "products": ("products", "product_attributes"),
    "customers": ("customers",),
    "brands": ("brands",),
    "stock": ("stock",),
}

SECRET_BIRTHDATE = "0000-07-13"


@dataclass(frozen=True)
class Plant:
    """A planted value. Its node is left out of failures: objects of the shop refer to each other.

    Attributes:
        node: The object that has it.
        name: The field.
        raw: What is sent.
        named: What a note must say: table, column, and id of the object.
    """

    node: Node = field(repr=False)
    name: str
    raw: str | bytes
    named: str


def list_plants(sandbox: Sandbox) -> Iterator[Plant]:
    """Chooses a place for each value. No object has two of them, other than in its lists."""
    shop = sandbox.shop
    orders, products = iter(shop.orders), iter(shop.products)

    def plant(objects: Iterator[Node], table: str, column: str, name: str, raw: str | bytes) -> Plant:
        node = next(objects)
        return Plant(node, name, raw, f"{table}.{column} of {node['id']}")

    for text in (
        "-0001-11-30T00:00:00+00:00",
        "0000-00-00 00:00:00",
        "",
        "0001-01-01T00:00:00+02:00",
        "10000-01-01T00:00:00+00:00",
    ):
        yield plant(orders, "orders", "created_at", "createdAt", f'"{text}"')
    for number in ("9223372036854775808", "12.5", '"abc"', "-1e400"):
        yield plant(orders, "orders", "number", "number", number)
    for amount in ("1e15", "NaN", "1e999", "-Infinity"):
        owner = next(orders)
        named = f"orders.grand_total_value of {owner['id']}"
        yield Plant(owner["grandTotal"], "value", amount, named)
    yield plant(
        orders, "orders", "grand_total_currency_code", "grandTotal", '{"value": 1.0, "currency": null}'
    )
    yield plant(orders, "orders", "status", "status", "null")
    for text_sent in (rb'"Tee \ud83d"', b'"sm\xf6rg\xe5s"', rb'"\udc00 x"'):
        yield plant(orders, "orders", "internal_comment", "internalComment", text_sent)
    for lines in ("null", "[null]"):
        owner = next(orders)
        yield Plant(owner, "lines", lines, f"order_lines of {owner['id']}")
    for line_id in ("null", '"abc"', "9223372036854775808"):
        owner = next(one for one in orders if one["lines"])
        yield Plant(owner["lines"][0], "id", line_id, f"order_lines.id of {owner['id']}")
    owner = next(one for one in orders if one["lines"])
    yield Plant(owner["lines"][0], "quantity", "1.5", f"order_lines.quantity of {owner['id']}")
    yield plant(products, "products", "updated_at", "updatedAt", '"soon"')
    yield plant(products, "products", "status", "status", "null")
    yield plant(products, "products", "brand", "brand", '"Acme"')
    owner = next(products)
    yield Plant(owner, "id", "null", "products.id of ")
    yield Plant(next(orders), "id", "{}", "orders.id of ")
    (buyer,) = shop.customers[:1]
    yield Plant(buyer, "birthdate", f'"{SECRET_BIRTHDATE}"', f"customers.birthdate of {buyer['id']}")
    yield Plant(shop.brands[0], "name", rb'"B\ud83d"', f"brands.name of {shop.brands[0]['id']}")


def list_differences(sandbox: Sandbox, target: Target | PostgresTarget) -> dict[str, list[str]]:
    """What is not as in the shop, by table."""
    return {
        table: find_differences(sandbox.shop, table, target.rows(table))
        for tables in TABLES.values()
        for table in tables
    }


def read_notes(target: Target | PostgresTarget) -> list[Row]:
    """The lines of load_audit that are not complete."""
    return [row for row in target.rows("load_audit") if row["status"] != "complete"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A shop with more orders than values are planted in."""
    with Sandbox(products=12, orders=40, seed=3) as shop:
        yield shop


def plant_all(sandbox: Sandbox) -> list[Plant]:
    """Plants every value."""
    plants = list(list_plants(sandbox))
    for one in plants:
        sandbox.plant_value(one.node, one.name, one.raw)
    return plants


def check_planted(sandbox: Sandbox, target: Target | PostgresTarget, plants: list[Plant]) -> None:
    """Everything untouched is exact, everything touched is named, and no personal value is."""
    lines = read_notes(target)
    notes = " ".join(line["note"] for line in lines)
    assert {line["status"] for line in lines} == {"incomplete"}
    assert len(plants) > 25
    # Notes name the first objects of a kind, and count the others.
    unnamed = [
        one.named for one in plants if one.named not in notes and one.named.split(" of ")[0] not in notes
    ]
    assert unnamed == []
    assert SECRET_BIRTHDATE not in notes
    assert "0000-00-00 00:00:00" in notes
    shop = sandbox.shop
    objects = (*shop.orders, *shop.products, *shop.customers, *shop.brands)
    touched = {str(node["id"]) for node in objects if is_touched(node, plants)}
    for table, wrong in list_differences(sandbox, target).items():
        assert [
            line for line in wrong if not any(f"{one!r}" in line or f"({one}," in line for one in touched)
        ] == []
        kept = Counter(line.partition(":")[0] for line in wrong if " is " in line)
        assert all(count <= 2 for count in kept.values()), (table, wrong)


def is_touched(node: Node, plants: list[Plant]) -> bool:
    """Whether something was planted in an object, in its lines, or in what it shows of other objects."""
    inner = [node, *node.values(), *node.get("lines", ())]
    return any(one.node is part for one in plants for part in inner)


def test_one_load_brings_what_is_right_and_names_what_is_not(sandbox: Sandbox, target: Target) -> None:
    """After the values are corrected, one load is exact: their objects are read again."""
    plants = plant_all(sandbox)
    target.load(sandbox, *TABLES, events="off")
    check_planted(sandbox, target, plants)
    sandbox.lift()
    before = len(read_notes(target))
    target.load(sandbox, *TABLES, events="off")
    assert {table: wrong for table, wrong in list_differences(sandbox, target).items() if wrong} == {}
    assert len(read_notes(target)) == before


@pytest.mark.full
def test_postgres_holds_the_same_and_no_nul(sandbox: Sandbox, postgres: PostgresTarget) -> None:
    """PostgreSQL refuses NUL: it is removed and named. No package stays behind."""
    product = sandbox.shop.products[-1]
    sandbox.plant_value(product, "name", rb'"Scarf\u0000blue"')
    plants = plant_all(sandbox)
    postgres.load(sandbox, *TABLES, events="off")
    (row,) = (row for row in postgres.rows("products") if row["id"] == product["id"])
    assert row["name"] == "Scarfblue"
    notes = [line["note"] for line in read_notes(postgres)]
    assert any(f"the character NUL): removed. products.name of {product['id']}" in note for note in notes)
    sandbox.lift(product)
    sandbox.shop.touch_silently(product, name="Scarfblue")
    check_planted(sandbox, postgres, plants)
    sandbox.lift()
    postgres.load(sandbox, *TABLES, events="off")
    assert {table: wrong for table, wrong in list_differences(sandbox, postgres).items() if wrong} == {}
    assert not postgres.pipeline.has_pending_data


def test_duckdb_keeps_nul(sandbox: Sandbox, target: Target) -> None:
    """A destination that can hold it gets what the shop has."""
    product = sandbox.shop.products[0]
    sandbox.shop.update(product, name="Scarf\0blue")
    target.load(sandbox, "products", events="off")
    assert find_differences(sandbox.shop, "products", target.rows("products")) == []
    assert read_notes(target) == []
