"""Reads what the catalog needs from other tables: custom attributes, translations, suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

import dlt

from ...destinations.queries import escape_quotes, rows_of
from ...exceptions import InvalidSetting
from ..configuration import check_names
from ..texts import plain_text

TRANSLATED_FIELDS = ("name", "description")


def attribute_texts(dataset: dlt.Dataset, attribute: str | None, setting: str) -> Mapping[int, str]:
    """Reads a custom attribute of products, by product id. Several values are separated by commas.

    Args:
        dataset: A loaded shop.
        attribute: Type, or type and element (`pr_composition.text`); None gives no texts.
        setting: The setting that names the attribute, for messages.

    Raises:
        InvalidSetting: The shop has no such attribute, or its attributes are not loaded.
    """
    if attribute is None:
        return {}
    if "product_attributes" not in dataset.tables:
        raise InvalidSetting(f"{setting} of [globale] needs the attributes of products: load products first.")
    pairs = rows_of(dataset, "select distinct type_name, key from product_attributes order by 1, 2")
    known = {(row["type_name"], row["key"]) for row in pairs}
    kind, _, element = attribute.partition(".")
    check_names([attribute], {one for one, _ in known} | {f"{one}.{key}" for one, key in known}, setting)
    condition = f"type_name = '{escape_quotes(kind)}'" + (
        f" and key = '{escape_quotes(element)}'" if element else ""
    )
    query = (
        "select product_id, coalesce(value, selected_value_name, selected_value) as text "
        f"from product_attributes where {condition} and deleted_at is null order by product_id, position"
    )
    texts: dict[int, str] = {}
    for product_id, rows in groupby(rows_of(dataset, query), itemgetter("product_id")):
        values = [text for text in (plain_text(row["text"]) for row in rows) if text]
        if values:
            texts[product_id] = ", ".join(values)
    return texts


def display_translations(dataset: dlt.Dataset, language: str | None) -> Mapping[tuple[int, str], str] | None:
    """Reads names and descriptions of displays in a language, by display id and field; None without one.

    Raises:
        InvalidSetting: The shop has no such language, or its translations are not loaded.
    """
    if language is None:
        return None
    missing = sorted({"display_translations", "languages"} - set(dataset.tables))
    if missing:
        raise InvalidSetting(
            f"language of [globale] needs {' and '.join(missing)}: load them with --resources first."
        )
    codes = rows_of(dataset, "select distinct language_code from languages where language_code is not null")
    check_names([language], [row["language_code"] for row in codes], "language")
    fields = ", ".join(f"'{field}'" for field in TRANSLATED_FIELDS)
    query = (
        "select display_id, field, value from display_translations "
        f"where language_code = '{escape_quotes(language)}' and field in ({fields}) "
        "and value is not null and deleted_at is null"
    )
    return {(row["display_id"], row["field"]): row["value"] for row in rows_of(dataset, query)}


def suppliers(dataset: dlt.Dataset) -> Mapping[int, str]:
    """Reads the supplier of each product whose purchase orders all name the same one, by product id."""
    if not {"purchase_orders", "purchase_order_lines", "suppliers"} <= set(dataset.tables):
        return {}
    query = """
        select sizes.product_variant_product_id as product_id, min(suppliers.name) as supplier_name
        from purchase_order_lines as lines
        inner join purchase_orders on lines.purchase_order_id = purchase_orders.id
        inner join suppliers on purchase_orders.supplier_id = suppliers.id
        inner join product_sizes as sizes on lines.product_size_id = sizes.id
        where sizes.product_variant_product_id is not null
        group by sizes.product_variant_product_id
        having count(distinct suppliers.id) = 1
    """
    return {row["product_id"]: row["supplier_name"] for row in rows_of(dataset, query)}
