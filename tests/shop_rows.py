"""The rows that a shop should become, read off the sandbox's own objects and not off any query.

A column holds the field that it is named after; where a query gives it another name, NAMED_OTHERWISE says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from centra_source import RESOURCES
from centra_source.documents import load_operation
from centra_source.tables import plan_tables
from sandbox import Shop

Row = dict[str, Any]

NAMED_OTHERWISE = {
    "orders": {"order_type": "__typename", "totals_lines_value": "totals_line_values_value"},
    "order_lines": {"line_type": "__typename", "line_value": "line_value_value"},
    "order_discounts": {
        "discount_type": "__typename",
        "discount_value": "value_value",
        "applied_at": "date",
    },
    "order_payments": {"amount_value": "value_value"},
    "shipments": {"shipment_type": "__typename", "captured_value": "captured_value_value"},
    "shipment_lines": {"line_value": "line_value_value"},
    "returns": {"return_type": "__typename", "totals_lines_value": "totals_line_values_value"},
    "return_lines": {"line_value": "line_value_value"},
    "display_categories": {"category_id": "id"},
    "display_markets": {"market_id": "id"},
    "display_media": {"media_id": "id"},
    "category_children": {"child_category_id": "id"},
    "folder_children": {"child_folder_id": "id"},
    "market_campaigns": {"campaign_id": "id"},
    "market_countries": {"country_id": "id"},
    "pricelist_countries": {"country_id": "id"},
    "price_alteration_delivery_windows": {"delivery_window_id": "id"},
    "delivery_windows": {"window_type": "__typename"},
    "delivery_window_markets": {"market_id": "id"},
    "delivery_window_campaigns": {"campaign_id": "id"},
    "voucher_markets": {"market_id": "id"},
    "bundle_section_variants": {"product_variant_id": "id"},
    "product_translations": {"language_code": "language_language_code"},
    "product_variant_translations": {"language_code": "language_language_code"},
    "display_translations": {"language_code": "language_language_code"},
}

LISTS = {
    "display_items": ("displays", "display_id", "displayItems"),
    "display_categories": ("displays", "display_id", "categories"),
    "display_markets": ("displays", "display_id", "markets"),
    "display_media": ("displays", "display_id", "media"),
    "display_relations": ("displays", "display_id", "related"),
    "product_media_sources": ("product_media", "product_media_id", "source"),
    "bundle_sections": ("bundles", "bundle_id", "sections"),
    "size_chart_sizes": ("size_charts", "size_chart_id", "sizes"),
    "category_children": ("categories", "category_id", "childCategories"),
    "folder_children": ("folders", "folder_id", "childFolders"),
    "mapped_attribute_elements": ("mapped_attributes", "mapped_attribute_id", "elements"),
    "market_campaigns": ("markets", "market_id", "campaigns"),
    "market_countries": ("markets", "market_id", "assignedToCountries"),
    "pricelist_countries": ("pricelists", "pricelist_id", "assignedToCountries"),
    "price_alteration_delivery_windows": ("price_alterations", "price_alteration_id", "deliveryWindows"),
    "delivery_window_markets": ("delivery_windows", "delivery_window_id", "markets"),
    "delivery_window_campaigns": ("delivery_windows", "delivery_window_id", "campaigns"),
    "delivery_window_variants": ("delivery_windows", "delivery_window_id", "deliveryWindowVariants"),
    "voucher_markets": ("vouchers", "voucher_id", "markets"),
    "voucher_actions": ("vouchers", "voucher_id", "actions"),
    "country_states": ("countries", "country_id", "states"),
    "order_lines": ("orders", "order_id", "lines"),
    "order_discounts": ("orders", "order_id", "discountsApplied"),
    "order_payments": ("orders", "order_id", "paymentHistory"),
    "shipment_lines": ("shipments", "shipment_id", "lines"),
    "return_lines": ("returns", "return_id", "lines"),
}
"""Child tables: the shop's list, the column that holds the owner's id, and the owner's field."""

INNER_LISTS = {
    "bundle_section_variants": ("bundles", "bundle_id", "sections", "bundle_section_id", "productVariants"),
    "voucher_action_criteria": ("vouchers", "voucher_id", "actions", "voucher_action_id", "criteria"),
    "product_translations": ("products", "product_id", "translations", "translation_id", "fields"),
    "product_variant_translations": (
        "product_variants",
        "product_variant_id",
        "translations",
        "translation_id",
        "fields",
    ),
    "display_translations": ("displays", "display_id", "translations", "translation_id", "fields"),
}
"""Child tables of child tables: as in LISTS, then the column of the outer list's id and the inner field."""

DEPTH = 3


KEYS = {
    table.name: [name for name in table.key if name != "snapshot_date"]
    for name, resource in RESOURCES.items()
    for table in plan_tables(load_operation(name), resource.lists, resource.key)
}
"""Every table of the shop with the columns that identify a row."""


def differences(shop: Shop, table: str, rows: list[Row]) -> list[str]:
    """Where the loaded rows of a table differ from the shop: nothing, if all is well.

    Rows are matched by key; a row that is missing, too many, there twice, or different in a value is told.
    """
    key = KEYS[table]
    columns = list(rows[0]) if rows else key
    names = NAMED_OTHERWISE.get(table, {})
    fields = list(_all_fields(shop, table))
    wanted = _by_key([{name: row.get(names.get(name, name)) for name in columns} for row in fields], key)
    found = _by_key(rows, key)
    told = [f"{table} {one}: missing" for one in wanted.keys() - found.keys()]
    told += [f"{table} {one}: not in the shop" for one in found.keys() - wanted.keys()]
    told += [f"{table} {one}: {len(same)} times" for one, same in found.items() if len(same) > 1]
    for one in found.keys() & wanted.keys():
        loaded, true = found[one][0], wanted[one][0]
        told += [
            f"{table} {one}: {name} is {loaded[name]!r}, should be {true[name]!r}"
            for name in columns
            if loaded[name] != true[name]
        ]
    return told


def _by_key(rows: list[Row], key: list[str]) -> dict[tuple[Any, ...], list[Row]]:
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in key), []).append(row)
    return grouped


def _all_fields(shop: Shop, table: str) -> Iterator[Row]:
    if table == "order_attributes":
        for order in shop.orders:
            elements = [(owner, one) for owner in order["attributes"] for one in owner["elements"]]
            for position, (owner, element) in enumerate(elements, start=1):
                kind = {"type_name": owner["type"]["name"], "type_is_mapped": owner["type"]["isMapped"]}
                yield {"order_id": order["id"], "position": position, **kind, **_flat(element)}
    elif table in INNER_LISTS:
        owners, owner_id, outer_field, outer_id, field = INNER_LISTS[table]
        for owner in getattr(shop, owners):
            pairs = [(outer, node) for outer in owner[outer_field] for node in outer[field]]
            for position, (outer, node) in enumerate(pairs, start=1):
                lent = {owner_id: owner["id"], outer_id: outer.get("id"), "position": position}
                yield {**_flat(owner), **_flat(outer), **_flat(node), **lent}
    elif table in LISTS:
        owners, owner_id, field = LISTS[table]
        for owner in getattr(shop, owners):
            for position, node in enumerate(owner[field], start=1):
                yield {**_flat(node), owner_id: owner["id"], "position": position}
    else:
        for node in getattr(shop, "stock" if table == "stock_snapshots" else table):
            yield _flat(node)


def _flat(node: Any, prefix: str = "", depth: int = DEPTH) -> Row:
    row: Row = {}
    nested: Row = {}
    for field, value in node.items():
        name = prefix + (field if field == "__typename" else _snake(field))
        if isinstance(value, dict):
            nested |= _flat(value, f"{name}_", depth - 1) if depth else {}
        elif isinstance(value, float) and _is_amount(node, field):
            row[name] = Decimal(str(value)).quantize(Decimal("0.0001"))
        elif isinstance(value, datetime):
            row[name] = value.astimezone(timezone.utc)
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            row[name] = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        else:
            row[name] = value
    return nested | row  # an order line's own productName is not its product's name


def _is_amount(node: Any, field: str) -> bool:
    return field == "value" and "conversionRate" in node


def _snake(name: str) -> str:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", name)
    return "_".join(words).lower()
