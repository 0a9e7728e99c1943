"""Decides which product sizes are offered through Global-e, with which texts, and which are blocked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from ..customs import convert_to_grams, parse_hs_code
from ..rows import Row
from ..texts import plain_text
from .blocking import Blocking

ACTIVE = "ACTIVE"


@dataclass(frozen=True)
class Lookups:
    """Values of products and displays from other tables.

    Attributes:
        compositions: What products are made of, by product id.
        blocked: Values of the attribute that blocks products, by product id.
        suppliers: Names of suppliers, by product id.
        translations: Texts of displays in the configured language, by display id and field; None if no
            language is configured.
    """

    compositions: Mapping[int, str] = field(default_factory=dict)
    blocked: Mapping[int, str] = field(default_factory=dict)
    suppliers: Mapping[int, str] = field(default_factory=dict)
    translations: Mapping[tuple[int, str], str] | None = None


def find_exclusion_reason(candidates: Sequence[Row], include: Sequence[str]) -> str | None:
    """Returns why a size is not in the catalog; None if it is.

    Args:
        candidates: The rows of catalog.sql for one size: one for each display, the preferred one first.
        include: See INCLUDABLE.
    """
    row = candidates[0]
    if row["product_id"] is None:
        return "its product is not loaded"
    for what, status in (("product", row["product_status"]), ("variant", row["variant_status"])):
        if status == "DELETED":
            return f"its {what} is deleted"
        if not _is_active(status) and f"inactive_{what}s" not in include:
            return f"its {what} is {status}"
    if row["size_is_active"] is False and "inactive_sizes" not in include:
        return "the size is inactive"
    if row["display_id"] is None:
        return None if "undisplayed" in include else "no display of the store shows it"
    if not _is_active(row["display_status"]) and "inactive_displays" not in include:
        return f"every display of the store that shows it is {row['display_status']}"
    return None


def make_catalog_row(candidates: Sequence[Row], store_id: int, lookups: Lookups, blocking: Blocking) -> Row:
    """Makes the row of the catalog for a size that is offered; `candidates` as in `find_exclusion_reason`."""
    chosen = candidates[0]
    name, description, untranslated = _texts(chosen, lookups.translations)
    code = parse_hs_code(chosen["hs_code_raw"])
    value, unit = _weight(chosen)
    blocked_by = blocking.find_reason(chosen, lookups.blocked.get(chosen["product_id"]))
    displays = {row["display_id"]: row["display_name"] for row in candidates if row["display_id"] is not None}
    others = sorted({str(other) for other in displays.values()} - {str(chosen["display_name"])})
    return {
        **{column: chosen[column] for column in _TAKEN_OVER},
        "display_name": name,
        "product_description": plain_text(description),
        "product_description_raw": description,
        "composition": lookups.compositions.get(chosen["product_id"]),
        "supplier_name": lookups.suppliers.get(chosen["product_id"]),
        "hs_code": (code and code.digits) or None,
        "weight_grams": convert_to_grams(value, unit),
        "weight_value": value,
        "weight_unit": unit,
        "is_blocked": blocked_by is not None,
        "blocked_by": blocked_by,
        "is_active": all(_is_active(chosen[f"{what}_status"]) for what in ("product", "variant", "display"))
        and chosen["size_is_active"] is not False,
        "store_id": store_id,
        "displays": len(displays),
        "other_display_names": orjson.dumps(others).decode() if others else None,
        "untranslated": ", ".join(untranslated) or None,
    }


def make_display_rows(candidates: Sequence[Row], store_id: int, *, is_offered: bool) -> list[Row]:
    """Makes one row for each display that shows a size."""
    return [
        {
            "product_size_id": row["product_size_id"],
            "display_item_id": row["display_item_id"],
            "item": f"{row['display_item_id']}-{row['product_size_id']}",
            "display_id": row["display_id"],
            "display_name": row["display_name"],
            "display_status": row["display_status"],
            "store_id": store_id,
            "is_chosen": is_offered and place == 0,
        }
        for place, row in enumerate(candidates)
        if row["display_id"] is not None
    ]


_TAKEN_OVER = (
    "product_size_id",
    "sku",
    "hs_code_raw",
    "hs_description",
    "country_of_origin",
    "brand_name",
    "gtin",
    "is_preorder",
    "is_bundle",
    "bundle_id",
    "product_status",
    "variant_status",
    "size_is_active",
    "display_status",
    "display_id",
    "display_item_id",
    "product_id",
    "product_variant_id",
    "product_number",
    "folder_name",
    "collection_name",
)
"""Columns of the catalog that are taken from the query as they are."""


def _is_active(status: str | None) -> bool:
    """Whether a status is active. A status that the token may not read counts as active."""
    return status in (None, ACTIVE)


def _texts(
    row: Row, translations: Mapping[tuple[int, str], str] | None
) -> tuple[str | None, str | None, list[str]]:
    """Returns name and description as stored, and which of them the configured language lacks."""
    if row["display_id"] is None:
        missing = [] if translations is None else ["name", "description"]
        return row["product_name"], None, missing
    stored = (row["display_description"], row["display_short_description"])
    description = next((text for text in stored if plain_text(text)), stored[0])
    texts = {"name": row["display_name"], "description": description}
    untranslated = []
    for name in texts if translations is not None else ():
        translated = (translations or {}).get((row["display_id"], name))
        if plain_text(translated):
            texts[name] = translated
        elif texts[name]:
            untranslated.append(name)
    return texts["name"], texts["description"], untranslated


def _weight(row: Row) -> tuple[float | None, str | None]:
    """Returns the weight of the size, or else of its product. Zero counts as no weight."""
    for owner in ("size", "product"):
        value, unit = row[f"{owner}_weight_value"], row[f"{owner}_weight_unit"]
        if value:
            return value, unit
    return row["product_weight_value"], row["product_weight_unit"]
