"""The other files for Global-e: bundle mapping, pre-orders, prices, restricted products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

import dlt

from ...destinations.queries import rows_of
from ..configuration import CatalogConfiguration
from .profiles import Profile, cell

BUNDLE_TABLES = ("bundles", "bundle_sections", "bundle_section_variants")

FEED_SKUS, FEED_CURRENCIES = 1_000, 10
"""The most SKUs and currencies that Global-e accepts in one file of its price feed."""

BUNDLE_HEADERS = ("BundleSKU", "ChildSKU", "Quantity")
PRICE_HEADERS = ("SKU", "Product Price", "Price Original Currency", "VAT Rate")
"""From Global-e's page "Product Management"."""

PREORDER_HEADERS = ("Product Unique Identifier", "SKU", "Display Name")
RESTRICTED_HEADERS = (*PREORDER_HEADERS, "Reason")
"""Lists for people at Global-e, which publishes no format for them."""


@dataclass(frozen=True)
class SideFile:
    """A file in addition to the catalog: the part in its name, its headers and its lines."""

    part: str
    headers: Sequence[str]
    lines: Iterable[Sequence[str]]


def side_files(
    dataset: dlt.Dataset, configuration: CatalogConfiguration, profile: Profile
) -> Iterator[SideFile]:
    """Yields the other files of a derived catalog, except those that would be empty.

    Global-e needs the list of pre-orders: it accepts no order for a pre-order that only Centra knows. Prices
    are split into files with as many SKUs and currencies as Global-e accepts.
    """
    yield from _unless_empty("bundle-mapping", BUNDLE_HEADERS, _bundles(dataset, profile))
    yield from _unless_empty("pre-orders", PREORDER_HEADERS, _listed(dataset, "is_preorder"))
    yield from _unless_empty(
        "restricted-products", RESTRICTED_HEADERS, _listed(dataset, "is_blocked", "blocked_by")
    )
    if configuration.vat_rate is not None and why_no_prices(dataset, configuration) is None:
        yield from _price_feed(dataset, configuration.vat_rate)


def why_no_prices(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> str | None:
    """Returns why there is no price feed; None if there is one."""
    if configuration.vat_rate is None:
        return "No price feed: set vat_rate of [globale] to the percentage of VAT in the prices."
    missing = sorted({"prices", "pricelists"} - set(dataset.tables))
    if missing:
        return f"No price feed: load {' and '.join(missing)} with --resources first."
    return None


def _bundles(dataset: dlt.Dataset, profile: Profile) -> Iterator[Sequence[str]]:
    if not set(BUNDLE_TABLES) <= set(dataset.tables):
        return
    sold = "not catalog.is_blocked" if profile.omits_blocked else "1 = 1"
    for row in rows_of(dataset, _statement("bundles.sql").replace("{sold}", sold)):
        if row["bundle_sku"] and row["child_sku"]:
            yield row["bundle_sku"], row["child_sku"], cell(int(row["quantity"]))


def _listed(dataset: dlt.Dataset, condition: str, *more: str) -> Iterator[Sequence[str]]:
    columns = ("product_size_id", "sku", "display_name", *more)
    query = f"select {', '.join(columns)} from globale_catalog where {condition} order by product_size_id"
    for row in rows_of(dataset, query):
        yield [cell(row[column]) for column in columns]


def _price_feed(dataset: dlt.Dataset, vat_rate: float) -> Iterator[SideFile]:
    prices: dict[str, dict[str, Decimal]] = {}
    possible = rows_of(dataset, _statement("prices.sql"))
    for (sku, currency), rows in groupby(possible, itemgetter("sku", "currency_code")):
        prices.setdefault(currency, {}).setdefault(sku, next(rows)["price_value"])
    rate = cell(Decimal(str(vat_rate)))
    parts = list(price_parts(prices))
    for number, part in enumerate(parts, 1):
        name = f"prices-{number}" if len(parts) > 1 else "prices"
        lines = [(sku, cell(price), currency, rate) for sku, currency, price in part]
        yield SideFile(name, PRICE_HEADERS, lines)


def price_parts(
    prices: Mapping[str, Mapping[str, Decimal]],
    skus_per_file: int = FEED_SKUS,
    currencies_per_file: int = FEED_CURRENCIES,
) -> Iterator[list[tuple[str, str, Decimal]]]:
    """Splits prices by currency and SKU into files: lists of SKU, currency and price."""
    skus, currencies = sorted({sku for by_sku in prices.values() for sku in by_sku}), sorted(prices)
    for start in range(0, len(currencies), currencies_per_file):
        for first in range(0, len(skus), skus_per_file):
            part = [
                (sku, currency, prices[currency][sku])
                for sku in skus[first : first + skus_per_file]
                for currency in currencies[start : start + currencies_per_file]
                if sku in prices[currency]
            ]
            if part:
                yield part


def _unless_empty(part: str, headers: Sequence[str], lines: Iterator[Sequence[str]]) -> Iterator[SideFile]:
    all_lines = list(lines)
    if all_lines:
        yield SideFile(part, headers, all_lines)


def _statement(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
