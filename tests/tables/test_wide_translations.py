"""Translations as columns of the translated object's table, by setting."""

from __future__ import annotations

import logging

import pytest
from graphql import FieldNode, Visitor, parse, visit

from centra_sandbox import Sandbox
from centra_sandbox.generate.attributes import translation
from centra_sandbox.nodes import Node
from centra_source.exceptions import InvalidSetting

from ..support.target import Target, catch_error
from ..support.workplace import Row

OWNERS = ["products", "product_variants", "displays"]


def row_of(target: Target, product: Node) -> Row:
    """The loaded row of a product."""
    (row,) = (row for row in target.rows("products") if row["id"] == product["id"])
    return row


def asked_fields(sandbox: Sandbox) -> set[str]:
    """The names of all fields that were requested."""
    names: set[str] = set()

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            names.add(node.name.value)

    for request in sandbox.requests:
        visit(parse(request.query), Collector())
    return names


@pytest.mark.parametrize("owner", OWNERS)
def test_wanted_languages_become_columns(small_shop: Sandbox, target: Target, owner: str) -> None:
    """Every translated field by language; null if not translated. Other languages are left out."""
    english, swedish, german = small_shop.shop.languages
    objects = getattr(small_shop.shop, owner)
    objects[0]["translations"] = [
        translation(swedish, {"name": "Ett", "description": None}),
        translation(german, {"name": "Eins"}),
        translation(english, {"name": "One"}),
    ]
    target.load(small_shop, owner, wide_translations=["sv", "DE"])
    found = {row["id"]: row for row in target.rows(owner)}
    columns = [name for name in target.types(owner) if name.endswith(("_sv", "_de", "_en"))]
    assert {"name_sv", "description_sv", "name_de"} <= set(columns)
    for one in objects:
        texts = {
            f"{field['field']}_{each['language']['languageCode']}": field["value"]
            for each in one["translations"]
            for field in each["fields"]
        }
        named = {
            name.replace("Code", "_code").replace("Desc", "_desc").lower(): texts[name] for name in texts
        }
        assert {name: found[one["id"]][name] for name in columns} == {
            name: named.get(name) for name in columns
        }
    assert found[objects[0]["id"]]["name_de"] == "Eins"


@pytest.mark.full
def test_language_of_one_country_has_its_own_column(small_shop: Sandbox, target: Target) -> None:
    """A code with a country selects only this one; without a country, the first one with a text."""
    english = small_shop.shop.languages[0]
    american = {**english, "id": 99, "countryCode": "US"}
    small_shop.shop.products[0]["translations"] = [
        translation(english, {"name": None, "status": "colour"}),
        translation(american, {"name": "Color", "status": "color"}),
    ]
    target.load(small_shop, "products", wide_translations=["en", "en-US"])
    row = row_of(target, small_shop.shop.products[0])
    assert (row["name_en"], row["name_en_us"]) == ("Color", "Color")
    assert (row["status_en"], row["status_en_us"]) == ("colour", "color")


@pytest.mark.full
def test_translated_attribute_is_named_in_full(small_shop: Sandbox, target: Target) -> None:
    """Its field is attributes.<type>.<element>, and its column differs from that of the attribute."""
    product, swedish = small_shop.shop.products[0], small_shop.shop.languages[1]
    product["translations"] = [translation(swedish, {"attributes.pr_composition.text": "bomull"})]
    target.load(small_shop, "products", wide_attributes="all", wide_translations=["sv"])
    assert row_of(target, product)["attributes_pr_composition_text_sv"] == "bomull"


@pytest.mark.full
def test_translations_are_requested_only_if_wanted(small_shop: Sandbox, target: Target) -> None:
    """They are expensive: without the setting, no request has them."""
    target.load(small_shop, "products", "orders")
    assert "translations" not in asked_fields(small_shop)
    small_shop.requests.clear()
    target.load(small_shop, "stores", "orders", wide_translations=["sv"])
    assert "translations" not in asked_fields(small_shop)
    target.load(small_shop, "products", wide_translations=["sv"])
    assert "translations" in asked_fields(small_shop)


@pytest.mark.full
def test_new_language_becomes_a_column(small_shop: Sandbox, target: Target) -> None:
    """A later translation arrives with the change; deleted objects keep their texts."""
    product, swedish = small_shop.shop.products[0], small_shop.shop.languages[1]
    product["translations"] = []
    target.load(small_shop, "products", wide_translations=["sv", "de"])
    assert "name_de" not in target.types("products")
    texts = [
        translation(small_shop.shop.languages[2], {"name": "Mantel"}),
        translation(swedish, {"name": None}),
    ]
    small_shop.shop.update(product, translations=texts)
    target.load(small_shop, "products", wide_translations=["sv", "de"])
    assert (row_of(target, product)["name_de"], row_of(target, product)["name_sv"]) == ("Mantel", None)
    small_shop.shop.remove(product)
    target.load(small_shop, "products", wide_translations=["sv", "de"])
    assert row_of(target, product)["deleted_at"]
    assert row_of(target, product)["name_de"] == "Mantel"


def test_invalid_language_codes_are_refused(small_shop: Sandbox, target: Target) -> None:
    """Before the first request."""
    error = catch_error(
        InvalidSetting, lambda: target.load(small_shop, "products", wide_translations=["Svenska"])
    )
    assert "wide_translations names 'Svenska': write language codes like 'sv' or 'en-GB'" in str(error)
    assert small_shop.requests == []


@pytest.mark.full
def test_language_that_no_object_has_is_reported(
    small_shop: Sandbox, target: Target, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning after the load names it and the existing ones."""
    monkeypatch.setattr(logging.getLogger("dlt"), "propagate", True)
    target.load(small_shop, "products", wide_translations=["sw"])
    assert "wide_translations names 'sw', which none of the products read has: there are sv" in caplog.text
