"""A catalogue that is edited while it is read, and the expected contents of its file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from centra_sandbox import Request, Sandbox, Shop

from .published_script import STORE, UNKNOWN_COUNTRY

Rounds = Sequence[Sequence[int]]
"""Ids of products that are edited together, in the order of these edits."""


def choose_edits(shop: Shop, rounds: int, products: int, seed: int = 1) -> Rounds:
    """Chooses products that are on sale, each for one of several rounds of edits."""
    on_sale = sorted({item["productVariant"]["product"]["id"] for _, item in _items(shop, is_on_sale=True)})
    chosen = Random(seed).sample(on_sale, rounds * products)
    return [chosen[start : start + products] for start in range(0, len(chosen), products)]


class Merchandiser:
    """Edits products before certain requests: their displays get other names, and `updatedAt` changes.

    Args:
        requests: How many requests a reader makes of the quiet shop: its rounds are spread over them evenly,
            so that every reader meets the same edits at the same share of its way.

    Attributes:
        left: The edits that are still to come.
    """

    def __init__(self, sandbox: Sandbox, rounds: Rounds, requests: int) -> None:
        self.left = [(requests * number // (len(rounds) + 1), ids) for number, ids in enumerate(rounds, 1)]
        self._seen = 0
        sandbox.before_request(self._apply_edits)

    def _apply_edits(self, request: Request, shop: Shop) -> None:
        self._seen += 1
        while self.left and self.left[0][0] < self._seen:
            _, ids = self.left.pop(0)
            for product in shop.products:
                if product["id"] in ids:
                    edit(shop, product)


def edit(shop: Shop, product: Any) -> None:
    """Edits a product and renames its displays, as for a sale."""
    shop.update(product, internalComment="on sale")
    for display in product["displays"]:
        shop.update(display, name=f"{display['name']} (sale)")


@dataclass(frozen=True)
class Truth:
    """The offers of the store.

    Attributes:
        names: The names of the displays that show a size, by the size's id; of active products.
        on_sale: The sizes that are active with their display, variant and product: no file may lack them.
    """

    names: dict[int, list[str]]
    on_sale: set[int]

    @classmethod
    def of(cls, shop: Shop) -> Truth:
        """Returns the current offers of a shop."""
        names: dict[int, list[str]] = {}
        for display, item in _items(shop):
            for size in item["productVariant"]["productSizes"]:
                names.setdefault(size["id"], []).append(display["name"])
        on_sale = {
            size["id"]
            for _, item in _items(shop, is_on_sale=True)
            for size in item["productVariant"]["productSizes"]
            if size["isActive"]
        }
        return cls(names, on_sale)


@dataclass(frozen=True)
class Findings:
    """Findings about a catalog file.

    Attributes:
        rows: Without the heading.
        sizes: Distinct identifiers.
        second_displays: Rows of a size that is there already, because the store shows it on two displays.
        read_twice: Further rows of a size: the same display was read twice.
        missing: Sizes on sale that are not there.
        unknown: Sizes that the store does not show.
        stale: Rows with a name that no display of the size has any more.
        invented: Rows with a country of origin that is none.
    """

    rows: int
    sizes: int
    second_displays: int
    read_twice: int
    missing: frozenset[int]
    unknown: int
    stale: int
    invented: int


def examine(path: Path, truth: Truth) -> Findings:
    """Compares a file with the offers. An incomplete last record is ignored."""
    text = path.read_bytes().decode(errors="replace")
    records = list(csv.DictReader(StringIO(text, newline="")))
    if not text.endswith("\r\n"):
        records = records[:-1]
    ids = [int(record["Product Unique Identifier"]) for record in records]
    times = Counter(ids)
    shown = {size: len(truth.names.get(size, "-")) for size in times}
    return Findings(
        rows=len(ids),
        sizes=len(times),
        second_displays=sum(min(count, shown[size]) - 1 for size, count in times.items()),
        read_twice=sum(max(0, count - shown[size]) for size, count in times.items()),
        missing=frozenset(truth.on_sale.difference(times)),
        unknown=len(set(times).difference(truth.names)),
        stale=sum(
            record["Display Name"] not in truth.names.get(size, ())
            for size, record in zip(ids, records, strict=True)
        ),
        invented=sum(record["Country of Origin"] == UNKNOWN_COUNTRY for record in records),
    )


def _items(shop: Shop, *, is_on_sale: bool = False) -> Iterator[tuple[Any, Any]]:
    """Yields active products on displays of the store, or only those with active displays and variants."""
    for display in shop.displays:
        if display["store"]["id"] != STORE or (is_on_sale and display["status"] != "ACTIVE"):
            continue
        for item in display["displayItems"]:
            variant = item["productVariant"]
            if variant["product"]["status"] == "ACTIVE" and (not is_on_sale or variant["status"] == "ACTIVE"):
                yield display, item
