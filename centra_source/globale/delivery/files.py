"""Writes CSV files for Global-e. A file is complete, or it is not there."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dlt

from ...atomic import replace_file
from ...destinations.queries import rows_of
from .profiles import Profile

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class WrittenFile:
    """A file that was written.

    Attributes:
        path: Where it is.
        rows: The number of rows, without the header.
        sha256: The SHA-256 of its bytes, hexadecimal.
    """

    path: Path
    rows: int
    sha256: str


def file_name(merchant: str, made_at: datetime, part: str = "product-catalogue", kind: str = "csv") -> str:
    """Returns a name as Global-e's page "Catalog Management" requires: `{Merchant}_{part}_ddmmyyyyhhmm.csv`.

    Args:
        merchant: Other characters than letters, digits and hyphens are replaced.
        made_at: The time of the export, UTC.
        part: What the file contains.
        kind: The file extension.
    """
    name = re.sub(r"[^\w-]+", "-", merchant).strip("-") or "merchant"
    return f"{name}_{part}_{made_at:%d%m%Y%H%M}.{kind}"


def catalog_lines(dataset: dlt.Dataset, profile: Profile) -> Iterator[tuple[int, str | None, list[str]]]:
    """Yields size id, SKU and cells of every line of a catalog file, ordered by id."""
    columns = ", ".join(sorted({"product_size_id", "sku", *profile.columns.values()}))
    sold = "where not is_blocked" if profile.omits_blocked else ""
    query = f"select {columns} from globale_catalog {sold} order by product_size_id"
    for row in rows_of(dataset, query):
        yield row["product_size_id"], row["sku"], profile.line(row)


def write_catalog(dataset: dlt.Dataset, path: Path, profile: Profile) -> WrittenFile:
    """Writes the catalog table as a file: one line per product size, ordered by its id.

    The same table gives the same bytes. An earlier file is replaced only when the new one is complete.
    """
    lines = (line for _, _, line in catalog_lines(dataset, profile))
    return write_csv(path, list(profile.columns), lines, bom=profile.bom)


def write_csv(
    path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]], *, bom: bool = False
) -> WrittenFile:
    """Writes a file as Global-e reads it: UTF-8, commas, CRLF, and quotes only where necessary."""
    count = 0
    with replace_file(path) as unfinished:
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            file.write(BYTE_ORDER_MARK if bom else "")
            writer = csv.writer(file)
            writer.writerow(headers)
            for line in lines:
                writer.writerow(line)
                count += 1
        checksum = _sha256(unfinished)
    return WrittenFile(path, count, checksum)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
