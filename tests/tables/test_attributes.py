"""Custom attributes: always the rows of a long table, and columns of their owner's table by setting."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_sandbox.generate.attributes import choice_attribute, image_attribute, text_attribute
from centra_sandbox.nodes import Node, make
from centra_source.exceptions import InvalidSetting

from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error
from ..support.workplace import Row

OWNERS = {"product": "products", "product_variant": "product_variants", "display": "displays"}


def attribute(type_name: str, *elements: Node, is_mapped: bool = False) -> Node:
    """An attribute with any elements."""
    kind = make("AttributeType", name=type_name, isMapped=is_mapped)
    return make("Attribute", type=kind, objectType="Product", elements=list(elements))


def text(type_name: str, key: str, value: str | None, kind: str = "INPUT") -> Node:
    """An attribute with one text."""
    return attribute(type_name, make("AttributeStringElement", key=key, kind=kind, value=value))


def row_of(target: Target, product: Node) -> Row:
    """The loaded row of a product."""
    (row,) = (row for row in target.rows("products") if row["id"] == product["id"])
    return row


def columns(target: Target, beginning: str) -> list[str]:
    """The columns of products that start like this."""
    return sorted(name for name in target.types("products") if name.startswith(beginning))


def expected(elements: list[Row], is_list: bool) -> str | None:
    """The value that a column should have by the rows of the long table."""
    texts = [(row["value"], row["selected_value"], row["url"]) for row in elements]
    values = [text for three in texts for text in three if text is not None]
    if is_list:
        return json.dumps(values, separators=(",", ":")) if values else None
    return values[0] if values else None


@pytest.fixture
def product(small_shop: Sandbox) -> Node:
    """A product without attributes."""
    chosen: Node = small_shop.shop.products[0]
    chosen["attributes"] = []
    return chosen


@pytest.mark.parametrize("owner", OWNERS)
def test_long_table_holds_every_element(small_shop: Sandbox, target: Target, owner: str) -> None:
    """One row for each element of each attribute, of every kind, with its position in its owner."""
    first, second = getattr(small_shop.shop, OWNERS[owner])[:2]
    files = make("AttributeFileElement", key="manual", kind="FILE", url="https://example.com/m.pdf")
    first["attributes"] += [
        image_attribute("badge", "Product", "https://example.com/b.png"),
        text("care", "", ""),
    ]
    second["attributes"] += [
        attribute("papers", files),
        choice_attribute("season", "Product", "name", "Summer"),
    ]
    target.load(small_shop, OWNERS[owner])
    rows = target.rows(f"{owner}_attributes")
    assert len(rows) >= 4
    assert find_differences(small_shop.shop, f"{owner}_attributes", rows) == []


def test_all_attributes_become_columns(small_shop: Sandbox, target: Target) -> None:
    """Columns have the values of the long tables; mapped attributes are lists."""
    target.load(small_shop, "products", "orders", wide_attributes="all")
    compared = 0
    for owner in ("product", "order"):
        long = target.rows(f"{owner}_attributes")
        for name, key, is_list in {(row["type_name"], row["key"], row["type_is_mapped"]) for row in long}:
            for row in target.rows(f"{owner}s"):
                elements = [
                    one
                    for one in long
                    if (one[f"{owner}_id"], one["type_name"], one["key"]) == (row["id"], name, key)
                ]
                assert row[f"{name}_{key}"] == expected(elements, is_list)
                compared += row[f"{name}_{key}"] is not None
    assert compared > 20


def test_only_named_attributes_become_columns(small_shop: Sandbox, product: Node, target: Target) -> None:
    """A type with all its elements, or one element of it."""
    values: dict[str, str | None] = {"a": "1", "b": "2"}
    product["attributes"] = [text_attribute(name, "Product", False, values) for name in ("x", "y", "z")]
    target.load(small_shop, "products", wide_attributes=["product.x", "product.y.b"])
    assert [columns(target, f"{name}_") for name in ("x", "y", "z")] == [["x_a", "x_b"], ["y_b"], []]
    assert [row_of(target, product)[name] for name in ("x_a", "x_b", "y_b")] == ["1", "2", "2"]


ELEMENTS = {
    "textarea": make("AttributeStringElement", key="e", kind="TEXTAREA", value="two\nlines"),
    "select": make(
        "AttributeChoiceElement", key="e", kind="SELECT", selectedValue="s", selectedValueName="Small"
    ),
    "multi": make("AttributeChoiceElement", key="e", kind="SELECT", isMulti=True, selectedValue="s"),
    "yes": make("AttributeStringElement", key="e", kind="BOOLEAN", value="1"),
    "no": make("AttributeStringElement", key="e", kind="BOOLEAN", value="False"),
    "empty": make("AttributeStringElement", key="e", kind="INPUT", value=""),
    "null": make("AttributeStringElement", key="e", kind="INPUT", value=None),
    "file": make("AttributeFileElement", key="e", kind="FILE", url="https://example.com/m.pdf"),
    "image": make("AttributeImageElement", key="e", kind="IMAGE", url="https://example.com/b.png", width=8),
}
VALUES = {
    "textarea": "two\nlines",
    "select": "s",
    "multi": '["s"]',
    "yes": True,
    "no": False,
    "empty": "",
    "null": None,
    "file": "https://example.com/m.pdf",
    "image": "https://example.com/b.png",
}


def test_kind_of_an_element_decides_its_column(small_shop: Sandbox, product: Node, target: Target) -> None:
    """Texts and URLs are text, several choices are a list, flags are booleans."""
    product["attributes"] = [attribute(name, element) for name, element in ELEMENTS.items()]
    target.load(small_shop, "products", wide_attributes="all")
    row = row_of(target, product)
    assert {name: row[f"{name}_e"] for name in ELEMENTS} == VALUES
    assert target.types("products")["yes_e"] == "BOOLEAN"
    assert target.types("products")["multi_e"] == "VARCHAR"


@pytest.mark.full
def test_flag_with_another_value_gets_a_text_column(
    small_shop: Sandbox, product: Node, target: Target
) -> None:
    """A value that does not fit does not break the load: it is in a second column, and the flag is null."""
    product["attributes"] = [text("eco", "is", "1", "BOOLEAN")]
    target.load(small_shop, "products", wide_attributes="all")
    small_shop.shop.update(product, attributes=[text("eco", "is", "partly", "BOOLEAN")])
    target.load(small_shop, "products", wide_attributes="all")
    row = row_of(target, product)
    assert (row["eco_is"], row["eco_is_text"]) == (None, "partly")


@pytest.mark.full
def test_second_value_gets_a_list_column(small_shop: Sandbox, product: Node, target: Target) -> None:
    """The column keeps its form and has the first value; the list column stays, also for single values."""
    product["attributes"] = [text("tone", "name", "red")]
    target.load(small_shop, "products", wide_attributes="all")
    assert columns(target, "tone") == ["tone_name"]
    small_shop.shop.update(product, attributes=[text("tone", "name", "red"), text("tone", "name", "blue")])
    target.load(small_shop, "products", wide_attributes="all")
    assert columns(target, "tone") == ["tone_name", "tone_name_list"]
    row = row_of(target, product)
    assert (row["tone_name"], row["tone_name_list"]) == ("red", '["red","blue"]')
    small_shop.shop.update(product, attributes=[text("tone", "name", "green")])
    target.load(small_shop, "products", wide_attributes="all")
    row = row_of(target, product)
    assert (row["tone_name"], row["tone_name_list"]) == ("green", '["green"]')


def test_names_that_collide_are_kept_apart(small_shop: Sandbox, product: Node, target: Target) -> None:
    """Two attributes with the same column name, and one with that of a field: nothing is overwritten."""
    code = text("harmonized", "commodity_code", "mine")
    product["attributes"] = [
        code,
        text("pr", "x_y", "second"),
        text("pr_x", "y", "third"),
        text("PrX", "y", "first"),
    ]
    target.load(small_shop, "products", wide_attributes="all")
    row = row_of(target, product)
    assert row["harmonized_commodity_code"] == product["harmonizedCommodityCode"]
    (own,) = columns(target, "harmonized_commodity_code_")[:1]
    names = columns(target, "pr_x_y")
    assert row[own] == "mine"
    assert (row["pr_x_y"], sorted(row[name] for name in names)) == ("first", ["first", "second", "third"])
    small_shop.shop.update(product, attributes=list(reversed(product["attributes"])))
    target.load(small_shop, "products", wide_attributes="all")
    assert {name: row_of(target, product)[name] for name in names} == {name: row[name] for name in names}


def test_names_of_dlt_are_not_taken(small_shop: Sandbox, product: Node, target: Target) -> None:
    """An attribute named like dlt's own columns, or of which no letter is left, becomes another column."""
    elements = [
        make("AttributeStringElement", key=key, kind="INPUT", value=key) for key in ("load_id", "id", "")
    ]
    product["attributes"] = [attribute("_dlt", *elements), text("", "", "nothing"), text("-", "_", "dashes")]
    small_shop.shop.update(product)
    for _ in range(2):
        target.load(small_shop, "products", wide_attributes="all")
        row = row_of(target, product)
        assert (row["dlt_load_id"], row["dlt_id"]) == ("load_id", "id")
        assert {"nothing", "dashes"} <= set(row.values())
        small_shop.shop.update(product)


def test_new_element_becomes_a_column_in_that_load(
    small_shop: Sandbox, product: Node, target: Target
) -> None:
    """Also if it first occurs in an object read by an event, after the windows were written without it."""
    other = small_shop.shop.products[1]
    target.load(small_shop, "products", wide_attributes="all")
    small_shop.shop.update(product, attributes=[text("late", "a", "1")])
    small_shop.shop.touch_silently(other, attributes=[text("late", "b", "2")])
    small_shop.shop.announce(other, "DELETED")  # it still exists, so it is read again
    target.load(small_shop, "products", wide_attributes="all")
    assert columns(target, "late") == ["late_a", "late_b"]
    assert (row_of(target, product)["late_a"], row_of(target, product)["late_b"]) == ("1", None)
    assert (row_of(target, other)["late_a"], row_of(target, other)["late_b"]) == (None, "2")
    assert len(target.rows("products")) == len(small_shop.shop.products)


@pytest.mark.full
def test_second_run_changes_nothing(small_shop: Sandbox, target: Target) -> None:
    """Names, types and values stay the same, for objects that are read again and for others."""
    seen = []
    for lookback in (None, "1 hour", "2000 weeks"):
        target.load(small_shop, "products", wide_attributes="all", lookback=lookback)
        rows = sorted(target.rows("products"), key=lambda row: row["id"])
        seen.append((target.types("products"), rows))
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.full
def test_removed_attribute_becomes_null(small_shop: Sandbox, product: Node, target: Target) -> None:
    """The column stays, and so do the other attributes of the object."""
    product["attributes"] = [text("care", "text", "wash"), text("fit", "text", "slim")]
    target.load(small_shop, "products", wide_attributes="all")
    small_shop.shop.update(product, attributes=product["attributes"][1:])
    target.load(small_shop, "products", wide_attributes="all")
    row = row_of(target, product)
    assert (row["care_text"], row["fit_text"]) == (None, "slim")


@pytest.mark.full
def test_deleted_object_keeps_its_attributes(small_shop: Sandbox, product: Node, target: Target) -> None:
    """A row that is marked as deleted keeps the last state of the object."""
    product["attributes"] = [text("care", "text", "wash")]
    target.load(small_shop, "products", wide_attributes="all")
    small_shop.shop.remove(product)
    target.load(small_shop, "products", wide_attributes="all")
    row = row_of(target, product)
    assert row["deleted_at"]
    assert row["care_text"] == "wash"


@pytest.mark.full
def test_full_refresh_fills_what_was_loaded_before(
    small_shop: Sandbox, product: Node, target: Target
) -> None:
    """After a refresh, all rows have an attribute that was named later."""
    product["attributes"] = [text("care", "text", "wash")]
    target.load(small_shop, "products")
    assert columns(target, "care") == []
    target.load(small_shop, "products", wide_attributes=["product.care"], full_refresh=True)
    assert row_of(target, product)["care_text"] == "wash"


@pytest.mark.full
def test_empty_shop_has_no_wide_columns(target: Target) -> None:
    """An attribute that no object has does not become a column, and does not break the load."""
    with Sandbox(empty=True) as sandbox:
        target.load(sandbox, "products", wide_attributes="all", wide_translations=["sv"])
        plain = Target(target.folder / "plain").load(sandbox, "products")
    assert target.rows("product_attributes") == []
    assert target.types("products") == plain.types("products")
    assert target.tables() == plain.tables()


@pytest.mark.full
def test_unset_setting_adds_no_column(small_shop: Sandbox, target: Target) -> None:
    """Tables without the setting have the columns of the query only."""
    target.load(small_shop, "products", "orders")
    assert columns(target, "pr_") == []
    assert [name for name in target.types("orders") if name.startswith(("ge_", "ord_"))] == []


@pytest.mark.full
def test_description_names_the_attribute(small_shop: Sandbox, product: Node, target: Target) -> None:
    """The schema at the destination describes what a column is made of."""
    product["attributes"] = [text("care", "text", "wash")]
    target.load(small_shop, "products", wide_attributes="all")
    column = target.pipeline.default_schema.get_table_columns("products")["care_text"]
    assert column["description"] == "Element text of the custom attribute care."


WRONG = [
    (["order"], "wide_attributes names 'order'.*write 'all' or order.<type>"),
    (["ordre.ge_order_details"], r"wide_attributes names 'ordre.ge_order_details'.*order.ge_order_details"),
    ("products.pr_materials", r"or product.pr_materials"),
    (["shop.pr_materials"], r"display.pr_materials or .*order.pr_materials"),
    ('["order.a"', "is not a valid JSON list"),
]


@pytest.mark.parametrize(("value", "advice"), WRONG, ids=str)
def test_unknown_owner_is_refused(small_shop: Sandbox, target: Target, value: Any, advice: str) -> None:
    """Before the first request, with the nearest names."""
    error = catch_error(InvalidSetting, lambda: target.load(small_shop, "orders", wide_attributes=value))
    assert re.search(advice, str(error))
    assert small_shop.requests == []


def test_name_that_no_object_has_is_reported(
    small_shop: Sandbox, target: Target, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type is only known after it is read: a warning after the load names it and similar ones."""
    monkeypatch.setattr(logging.getLogger("dlt"), "propagate", True)
    target.load(small_shop, "orders", wide_attributes=["order.ge_order_detail", "order.ge_order_details"])
    warning = " ".join(record.getMessage() for record in caplog.records)
    assert "names 'ge_order_detail', which none of the orders read has" in warning
    assert "there are ge_order_details" in warning
    assert "names 'ge_order_details'" not in warning
    caplog.clear()
    target.load(small_shop, "orders", wide_attributes="order.ge_order_details")
    assert "wide_attributes" not in caplog.text


@pytest.mark.full
@pytest.mark.parametrize("text_of", [json.dumps, ",".join], ids=["json", "commas"])
def test_setting_comes_from_the_environment(
    small_shop: Sandbox, product: Node, target: Target, monkeypatch: pytest.MonkeyPatch, text_of: Any
) -> None:
    """As a JSON list, or separated by commas."""
    product["attributes"] = [text("care", "text", "wash"), text("fit", "text", "slim")]
    names = text_of(["product.care", "product.fit.text"])
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__WIDE_ATTRIBUTES", names)
    target.load(small_shop, "products")
    assert columns(target, "care") + columns(target, "fit") == ["care_text", "fit_text"]
