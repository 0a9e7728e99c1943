"""Values that do not fit what is known of Centra are loaded as far as they can be, each with a note."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import print_type

from centra_sandbox import OtherValue, Sandbox
from centra_sandbox.schema import load_schema as load_sandbox_schema
from centra_source.api.answers import get_shape
from centra_source.misfits import Misfits
from centra_source.operations.documents import load_operation, load_schema, parse_operation
from centra_source.operations.fitting import fit_operation

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

NODE = ("productConnection", "edges", None, "node")
ALWAYS = 10_000
EPOCH = datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.fixture(autouse=True)
def own_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of one's own for what is kept of each shop."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))


def notes(target: Target, resource: str) -> list[str]:
    """What loads have noted about values of a resource."""
    return [row["note"] for row in target.audit(resource, "other values")]


OTHER_VALUES: list[tuple[str, str, Any, Any, str]] = [
    ("name", "name", 17, "17", "a number): loaded as text"),
    ("name", "name", {"sv": "Jacka"}, '{"sv":"Jacka"}', "an object): loaded as text"),
    ("name", "name", ["a", 1], '["a",1]', "a list): loaded as text"),
    ("isBundle", "is_bundle", "true", True, "a text): converted"),
    ("isBundle", "is_bundle", "perhaps", None, "a text): null in their columns"),
    ("isBundle", "is_bundle", {"a": 1}, None, "an object): null in their columns"),
    ("updatedAt", "updated_at", "soon", None, "not a timestamp): null in their columns"),
    ("createdAt", "created_at", 1_700_000_000, EPOCH, "a number): converted"),
    ("status", "status", "FORGOTTEN", "FORGOTTEN", "FORGOTTEN. They are loaded as text"),
    ("brand", "brand_id", "Acme", None, "a text): null in their columns"),
    ("brand", "brand_id", [{"id": 7}], None, "a list): null in their columns"),
]


@pytest.mark.parametrize("introspection", representative([False, True], False))
@pytest.mark.parametrize(
    ("field", "column", "sent", "loaded", "words"),
    representative(OTHER_VALUES, *(OTHER_VALUES[index] for index in (1, 3, 4, 8))),
)
def test_value_of_another_type_is_loaded_with_a_note(
    small_shop: Sandbox,
    target: Target,
    introspection: bool,
    field: str,
    column: str,
    sent: Any,
    loaded: Any,
    words: str,
) -> None:
    """It appears unannounced: as text, converted, or null in its column. All other values are exact."""
    small_shop.fail(OtherValue((*NODE, field), sent), "products", times=ALWAYS)
    target.load(small_shop, "products", events="off", introspection=introspection)
    rows = target.rows("products")
    assert len(rows) == len(small_shop.shop.products)
    assert loaded in {row[column] for row in rows}
    assert {row[column] for row in rows} <= {loaded, None}
    wrong = find_differences(small_shop.shop, "products", rows)
    assert [line for line in wrong if f": {column} is " not in line] == []
    assert [note for note in notes(target, "products") if words in note and field in note]


BRANDS = """query brands {
  brands {
    id
    name
  }
}"""


@pytest.mark.parametrize(
    ("sent", "loaded", "words"),
    [
        ({"id": 7, "name": "Acme"}, [(7, "Acme")], "a single value in place of a list"),
        ([{"id": 7, "name": "Acme"}, 5], [(7, "Acme")], "a number"),
        ([{"id": 7.0, "name": "Acme"}, {"id": "8", "name": None}], [(7, "Acme"), (8, None)], "a text"),
        ([{"id": True, "name": "Acme"}, {"id": 1e300, "name": 1}], [(None, "Acme"), (None, "1")], "Brand.id"),
        ([{"id": 2**70, "name": True}, {"id": None}], [(None, "true"), (None, None)], "Brand.name"),
    ],
)
def test_answers_of_another_kind_are_read(sent: Any, loaded: list[tuple[Any, Any]], words: str) -> None:
    """A single object is a list of one. What is not an object in a list of objects has no row."""
    misfits = Misfits()
    shape = get_shape(parse_operation(BRANDS, load_schema(), "brands"))
    answer = shape.read(json.dumps({"data": {"brands": sent}}).encode(), misfits)
    assert answer is not None
    assert answer.data is not None
    assert [(one["id"], one["name"]) for one in answer.data["brands"].as_py()] == loaded
    assert words in " ".join(note.sentence for note in misfits.describe(lambda name, value: False))


@pytest.mark.parametrize("introspection", representative([False, True], False))
def test_unknown_type_of_an_interface_is_loaded(
    small_shop: Sandbox, target: Target, introspection: bool
) -> None:
    """Its name and the fields of the interface are exact. A shop that shows its schema documents the type."""
    known = print_type(load_sandbox_schema().type_map["WholesaleReturn"])
    small_shop.configure(
        extra_sdl=known.replace("WholesaleReturn", "MarketplaceReturn"), introspection=introspection
    )
    for one in small_shop.shop.returns:
        one["__typename"] = "MarketplaceReturn"
    small_shop.shop.version += 1
    target.load(small_shop, "returns", events="off")
    rows = target.rows("returns")
    assert len(rows) == len(small_shop.shop.returns) > 0
    assert {row["return_type"] for row in rows} == {"MarketplaceReturn"}
    assert {row["id"] for row in rows} == {one["id"] for one in small_shop.shop.returns}
    found = [note for note in notes(target, "returns") if "MarketplaceReturn" in note]
    assert bool(found) is not introspection


def test_objects_of_an_unknown_scalar_are_json(small_shop: Sandbox, target: Target) -> None:
    """The shop's schema says that the field is a scalar of its own."""
    value = {"length": {"cm": 7}}
    for product in small_shop.shop.products:
        small_shop.shop.update(product, productNumber=value)
    small_shop.configure(
        without=("Product.productNumber",),
        extra_sdl="scalar JSON extend type Product { productNumber: JSON }",
    )
    target.load(small_shop, "products", events="off")
    assert {row["product_number"] for row in target.rows("products")} == {
        json.dumps(value, separators=(",", ":"))
    }


def test_field_of_another_kind_is_named() -> None:
    """An object in place of a value is not a value that is missing."""
    other = load_sandbox_schema(("Brand.uri",), "type Uri { path: String } extend type Brand { uri: Uri }")
    assert fit_operation(load_operation("brands"), other).other_kinds == {"Brand.uri": "an object"}
