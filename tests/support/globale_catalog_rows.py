"""Catalog rows without any issue, and loading such a catalog with the tables that the rules use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import dlt
import pyarrow as pa

from centra_source.globale.checks.options import CheckOptions
from centra_source.globale.customs import convert_to_grams

Row = dict[str, Any]

TIME = pa.timestamp("us", "UTC")
TYPES: dict[str, dict[str, pa.DataType]] = {
    "globale_catalog": {
        **dict.fromkeys(("product_size_id", "product_id", "product_variant_id"), pa.int64()),
        **dict.fromkeys(("sku", "display_name", "product_description", "composition"), pa.string()),
        **dict.fromkeys(("hs_code_raw", "hs_description", "country_of_origin"), pa.string()),
        **dict.fromkeys(("weight_unit", "brand_name", "gtin"), pa.string()),
        **dict.fromkeys(("folder_name", "collection_name", "supplier_name"), pa.string()),
        **dict.fromkeys(("is_blocked", "is_preorder", "is_bundle"), pa.bool_()),
        **dict.fromkeys(("bundle_id", "store_id"), pa.int64()),
        "weight_grams": pa.decimal128(18, 4),
        "weight_value": pa.float64(),
    },
    "product_sizes": {"id": pa.int64(), "deleted_at": TIME},
    "globale_catalog_excluded": {"product_size_id": pa.int64(), "reason": pa.string()},
    "globale_catalog_delivered": {
        **dict.fromkeys(("profile", "row_hash"), pa.string()),
        **dict.fromkeys(("store_id", "product_size_id"), pa.int64()),
    },
    "bundle_sections": dict.fromkeys(("bundle_id", "id"), pa.int64()),
    "bundle_section_variants": dict.fromkeys(
        ("bundle_id", "bundle_section_id", "product_variant_id"), pa.int64()
    ),
    "load_audit": {
        **dict.fromkeys(("resource", "kind"), pa.string()),
        **dict.fromkeys(("window_from", "window_to", "started_at"), TIME),
        **dict.fromkeys(("expected", "loaded"), pa.int64()),
    },
}
"""The tables, their columns and types."""


def make_row(size_id: int | None, **changes: Any) -> Row:
    """Returns a row without any issue: a size of a product of its own, with these changes."""
    number = abs(size_id or 0)
    row: Row = {
        "product_size_id": size_id,
        "product_id": 1_000 + number,
        "product_variant_id": 2_000 + number,
        "sku": f"TS{number:04}-BLK-M",
        "display_name": f"Cotton T-shirt no. {number}",
        "product_description": f"A T-shirt, number {number}, knitted of soft organic cotton.",
        "composition": "100 % cotton",
        "hs_code_raw": "6109.10",
        "hs_description": "T-shirts, knitted, of cotton",
        "country_of_origin": "PT",
        "weight_value": 0.2,
        "weight_unit": "KILOGRAMS",
        "brand_name": "Nordic",
        "gtin": make_gtin(number),
        "is_blocked": False,
        "is_preorder": False,
        "is_bundle": False,
        "bundle_id": None,
        "store_id": 1,
        "folder_name": "Shirts",
        "collection_name": "AW26",
        "supplier_name": "Tricot",
    }
    assert changes.keys() <= TYPES["globale_catalog"].keys(), changes
    row |= changes
    row.setdefault("weight_grams", convert_to_grams(row["weight_value"], row["weight_unit"]))
    return row


def make_gtin(number: int) -> str:
    """Returns a 13-digit GTIN with a correct check digit."""
    digits = f"7300{number:08}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def make_moment(day: int) -> datetime:
    """Returns midnight UTC of a day in November 2026."""
    return datetime(2026, 11, day, tzinfo=timezone.utc)


def make_audit_line(
    expected: int, loaded: int, *, since: int | None = None, until: int | None = None, on: int = 20
) -> Row:
    """Returns a line of `load_audit`: sizes read on a day, of the time between two days."""
    return {
        "resource": "product_sizes",
        "kind": "window" if until else "list",
        "window_from": since and make_moment(since),
        "window_to": until and make_moment(until),
        "started_at": make_moment(on),
        "expected": expected,
        "loaded": loaded,
    }


@dataclass(frozen=True)
class Planted:
    """A catalog with its other tables, and the issues that a check must find in it.

    Attributes:
        expected: Size (0 for none) and severity of each issue.
        sizes: Sizes of the shop. Default: the sizes of the catalog and the excluded ones.
        deleted_sizes: Sizes that the shop has deleted.
        excluded: Size and reason.
        bundles: Variants by bundle and section.
        delivered: Profile, store and size.
        audit: Lines of `load_audit`.
    """

    rows: Sequence[Row]
    expected: Sequence[tuple[int, str]] = ()
    options: CheckOptions = field(default_factory=CheckOptions)
    sizes: Iterable[int] | None = None
    deleted_sizes: Iterable[int] = ()
    excluded: Sequence[tuple[int, str | None]] = ()
    bundles: Mapping[int, Mapping[int, Sequence[int]]] = field(default_factory=dict)
    delivered: Sequence[tuple[str, int, int]] = ()
    audit: Sequence[Row] = ()

    def rows_by_table(self) -> dict[str, list[Row]]:
        """Returns the rows of all tables."""
        ids = {row["product_size_id"] for row in self.rows} | {size for size, _ in self.excluded}
        sections = [(bundle, one) for bundle, sections in self.bundles.items() for one in sections]
        return {
            "globale_catalog": list(self.rows),
            "product_sizes": [
                *({"id": one} for one in (self.sizes or ids - {None})),
                *({"id": one, "deleted_at": make_moment(1)} for one in self.deleted_sizes),
            ],
            "globale_catalog_excluded": [
                {"product_size_id": size, "reason": reason} for size, reason in self.excluded
            ],
            "globale_catalog_delivered": [
                {"profile": profile, "store_id": store, "product_size_id": size, "row_hash": "x"}
                for profile, store, size in self.delivered
            ],
            "bundle_sections": [{"bundle_id": bundle, "id": section} for bundle, section in sections],
            "bundle_section_variants": [
                {"bundle_id": bundle, "bundle_section_id": section, "product_variant_id": variant}
                for bundle, section in sections
                for variant in self.bundles[bundle][section]
            ],
            "load_audit": list(self.audit),
        }

    def load(self, pipeline: dlt.Pipeline, *names: str) -> dlt.Dataset:
        """Loads all tables, or some of them, and replaces their rows."""
        pipeline.run(
            [
                dlt.resource([make_arrow_table(rows, TYPES[name])], name=name, write_disposition="replace")
                for name, rows in self.rows_by_table().items()
                if not names or name in names
            ]
        )
        return pipeline.dataset()

    def fill(self, pipeline: dlt.Pipeline) -> dlt.Dataset:
        """Replaces the rows of tables that were loaded before, which is faster than another load."""
        with pipeline.sql_client() as client:
            for name, rows in self.rows_by_table().items():
                table = client.make_qualified_table_name(name)
                client.execute_sql(f"delete from {table}")
                columns = [*TYPES[name], "_dlt_load_id"]
                values = ", ".join(["%s"] * len(columns))
                for row in rows:
                    client.execute_sql(
                        f"insert into {table} ({', '.join(columns)}) values ({values})",
                        *[row.get(column) for column in columns[:-1]],
                        "planted",
                    )
        return pipeline.dataset()


def make_arrow_table(rows: Iterable[Row], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Returns rows as an Arrow table, with null for missing columns."""
    schema = pa.schema(types.items())
    complete = [{name: row.get(name) for name in types} for row in rows]
    return pa.Table.from_pylist(complete, schema=schema)
