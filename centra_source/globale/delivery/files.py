"""Writes CSV files for Global-e. A file is complete, or it is not there."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
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


LONGEST_MERCHANT = 100
"""Bytes of the first part of a file name. File systems allow 255 for the whole name."""


def file_name(merchant: str, made_at: datetime, part: str = "product-catalogue", kind: str = "csv") -> str:
    """Returns a name as Global-e's page "Catalog Management" requires: `{Merchant}_{part}_ddmmyyyyhhmm.csv`.

    Args:
        merchant: Other characters than letters, digits and hyphens are replaced; a long name is cut.
        made_at: The time of the export, UTC.
        part: What the file contains.
        kind: The file extension.
    """
    return f"{_clean_merchant(merchant)}_{part}_{made_at:{_MINUTE}}.{kind}"


@contextmanager
def claim_minute(folder: Path, merchant: str, made_at: datetime) -> Iterator[datetime]:
    """Yields the first minute from `made_at` on with which no file of this merchant is named yet.

    Global-e's names have no seconds and no store. So a second export in one minute, or that of another store
    of the same merchant, is named with the next minute. Until the block ends, no other export takes it.
    """
    merchant = _clean_merchant(merchant)
    while (claim := _claim(folder, merchant, f"{made_at:{_MINUTE}}")) is None:
        made_at += timedelta(minutes=1)
    try:
        yield made_at
    finally:
        claim.unlink(missing_ok=True)


def _claim(folder: Path, merchant: str, ending: str) -> Path | None:
    """Returns a file that marks an ending of names as taken; None if it is taken already."""
    claim = folder / f".{merchant}_{ending}.claim"
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        return None
    if next(folder.glob(f"{merchant}_*_{ending}.*"), None) is None:
        return claim
    claim.unlink()
    return None


_MINUTE = "%d%m%Y%H%M"


def _clean_merchant(merchant: str) -> str:
    name = re.sub(r"[^\w-]+", "-", merchant).encode()[:LONGEST_MERCHANT].decode(errors="ignore")
    return name.strip("-") or "merchant"


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


def share_files(folder: Path, paths: Iterable[Path]) -> None:
    """Lets those who may read a folder read files in it too. A folder that an export made is private."""
    readers = folder.stat().st_mode & 0o044
    for path in paths:
        path.chmod(0o600 | readers)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
