"""A copy of the behaviour of Global-e's published script, which extracts the initial catalog.

What it asks, writes and neglects is that of the page "Extracting the Initial Catalog" of Global-e's Centra
guide: pages by number of what was changed last, a second of sleep, no look at status codes or errors, no time
limit, a file that is overwritten before the first request, and no end. Two things are passed in, so that it
can be watched: what it sleeps with, and what it prints each answer with.

Where the second of sleep stands in the loop decides how fast the script goes on when there is nothing left to
read. Here a page without products is not slept on.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import requests

STORE = 1
"""The only store of the script, whatever stores the shop has."""

PRODUCTS_PER_PAGE = 30

PAUSE = 1.0
"""Seconds of sleep after a page."""

UNKNOWN_COUNTRY = "N/A"

QUERY = f"""
query productList($status: [ProductStatus!]!, $page: Int!) {{
  products(where: {{status: $status}}, sort: [updatedAt_DESC], limit: {PRODUCTS_PER_PAGE}, page: $page) {{
    id
    countryOfOrigin {{ code }}
    displays(where: {{storeId: {STORE}}}) {{
      name
      description
      displayItems {{
        id
        productVariant {{ productSizes {{ id SKU }} }}
      }}
    }}
  }}
}}
"""

HEADINGS = ("Product Unique Identifier", "SKU", "Display Name", "Product Description", "Country of Origin")


def extract(
    url: str,
    token: str,
    path: Path,
    sleep: Callable[[float], object] = time.sleep,
    show: Callable[[Any], object] = print,
) -> NoReturn:
    """Writes the catalog, and requests pages after the last one without end. Any error ends it."""
    page = 1
    with path.open(mode="w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        while True:
            answer = requests.post(
                url,
                json={"query": QUERY, "variables": {"status": "ACTIVE", "page": page}},
                headers={"Authorization": f"Bearer {token}"},
            ).json()
            show(answer)
            products = answer["data"]["products"]
            writer.writerows(catalog_rows(products))
            page += 1
            if products:
                sleep(PAUSE)


def catalog_rows(products: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Yields one row for each size on each display. A size on two displays has two rows."""
    for product in products:
        country = product["countryOfOrigin"]["code"] if product["countryOfOrigin"] else UNKNOWN_COUNTRY
        for display in product["displays"]:
            for item in display["displayItems"]:
                for size in item["productVariant"]["productSizes"]:
                    yield size["id"], size["SKU"], display["name"], display["description"], country


def main() -> None:
    """Runs the script in this process, which must be ended from outside."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.published_script", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("file", type=Path)
    parser.add_argument("--no-sleep", action="store_true", help="do not wait for a second after each page")
    chosen = parser.parse_args()
    sleep = (lambda seconds: None) if chosen.no_sleep else time.sleep
    extract(chosen.url, chosen.token, chosen.file, sleep)


if __name__ == "__main__":
    main()
