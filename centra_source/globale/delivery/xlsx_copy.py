"""A copy of the catalog as XLSX for people. All cells are text, so that a spreadsheet does not change
them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ...atomic import replace_file
from ..extras import check_openpyxl

if TYPE_CHECKING:
    from openpyxl import Workbook

ISSUE_COLUMNS = {
    "Severity": "severity",
    "Rule": "rule",
    "Product id": "product_id",
    "Variant id": "product_variant_id",
    "Size id": "product_size_id",
    "SKU": "sku",
    "Display name": "display_name",
    "Found": "value",
    "What is wrong": "message",
    "What to do in Centra": "remedy",
}
"""Headers of the second sheet, and the column of `globale_catalog_issues` of each."""

ROWS_PER_SHEET = 1_048_575  # Excel's 1,048,576 without the header
CELL_LIMIT = 32_767  # UTF-16 units, as Excel counts
CUT = " […]"

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LONG_AGO = datetime(2000, 1, 1)
_MEASURED_ROWS = 200


def write_xlsx_copy(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str] | Sequence[str],
    issues: Iterable[Mapping[str, Any]] = (),
    *,
    rows_per_sheet: int = ROWS_PER_SHEET,
) -> int:
    """Writes the catalog as XLSX, with its issues on a second sheet.

    Every cell is text in a column formatted as text: `0123` keeps its zero, `5901234123457` its digits, and
    `=1+1` is not a formula, even if someone edits the cell. Cells contain the same as the file for Global-e,
    except that characters that XLSX cannot store are left out, line ends are line feeds, and a text that is
    too long for a cell ends in `[…]`. The same rows give the same bytes.

    Args:
        path: The XLSX file; an earlier file is only replaced by a complete one.
        rows: The rows of the catalog.
        columns: The column of each header, as in a profile; or columns that are their own headers.
        issues: Rows of `globale_catalog_issues`.
        rows_per_sheet: Rows below a header; more rows are on sheets named "Catalog 2" and so on.

    Returns:
        The number of rows of the catalog.

    Raises:
        InvalidSetting: openpyxl is not installed.
        OSError: The file cannot be written.
    """
    check_openpyxl("The XLSX copy")
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    headers = dict(columns) if isinstance(columns, Mapping) else {name: name for name in columns}
    workbook = Workbook(write_only=True)
    with replace_file(path) as unfinished:
        count = _write_sheets(workbook, "Catalog", rows, headers, rows_per_sheet)
        _write_sheets(workbook, "Issues", issues, ISSUE_COLUMNS, rows_per_sheet)
        workbook.properties.created = workbook.properties.modified = _LONG_AGO
        with _Archive(unfinished, "w", ZIP_DEFLATED) as archive:
            ExcelWriter(workbook, archive).save()
    return count


def _write_sheets(
    workbook: Workbook,
    title: str,
    rows: Iterable[Mapping[str, Any]],
    headers: Mapping[str, str],
    rows_per_sheet: int,
) -> int:
    """Writes one sheet, or several if there are too many rows, and returns the number of rows."""
    remaining = iter(rows)
    count = number = 0
    ahead = list(islice(remaining, 1))
    while ahead or not number:
        number += 1
        part = islice(chain(ahead, remaining), rows_per_sheet)
        count += _write_sheet(workbook, title if number == 1 else f"{title} {number}", part, headers)
        ahead = list(islice(remaining, 1))
    return count


def _write_sheet(
    workbook: Workbook, title: str, rows: Iterator[Mapping[str, Any]], headers: Mapping[str, str]
) -> int:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    measured = list(islice(rows, _MEASURED_ROWS))
    for index, (header, name) in enumerate(headers.items(), 1):
        longest = max((len(_text(row.get(name)) or "") for row in measured), default=0)
        sheet.column_dimensions[get_column_letter(index)].width = min(
            60, max(len(header) + 4, longest + 2, 8)
        )

    heading, plain = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
    heading.font = Font(bold=True)
    heading.number_format = plain.number_format = "@"
    sheet.append(_cells(heading, headers))
    count = 0
    for row in chain(measured, rows):
        sheet.append(_cells(plain, (row.get(name) for name in headers.values())))
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{count + 1}"
    sheet.close()
    return count


def _cells(shared: Any, values: Iterable[object]) -> Iterator[Any]:
    """Yields the same styled cell for each value: openpyxl writes a cell before it requests the next."""
    for value in values:
        shared.value = _text(value)
        shared.data_type = "s"  # otherwise openpyxl stores "=1" as a formula and "#N/A" as an error
        yield shared


def _text(value: object) -> str | None:
    """Returns the text of a cell: plain digits for numbers, and only characters that XLSX can store."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    text = _NOT_IN_XML.sub("", text)
    # Excel reads _x0041_ as A, unless its underscore is written as _x005F_.
    return _LIKE_AN_ESCAPE.sub("_x005F_", _cut(text))


def _cut(text: str) -> str:
    if 2 * len(text) <= CELL_LIMIT:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_LIMIT:
        return text
    return units[: 2 * (CELL_LIMIT - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


class _Archive(ZipFile):
    """A ZIP file whose entries all have the same time, whenever it is written."""

    def writestr(
        self,
        zinfo_or_arcname: Any,
        data: Any,
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        entry = _entry(zinfo_or_arcname)
        super().writestr(entry, data, compress_type or self.compression, compresslevel)

    def write(self, filename: Any, arcname: Any = None, *arguments: Any) -> None:
        entry = _entry(arcname or filename)
        entry.compress_type = self.compression
        with open(filename, "rb") as source, self.open(entry, "w", force_zip64=True) as target:
            while piece := source.read(1 << 20):
                target.write(piece)


def _entry(name: Any) -> ZipInfo:
    return name if isinstance(name, ZipInfo) else ZipInfo(str(name), _LONG_AGO.timetuple()[:6])
