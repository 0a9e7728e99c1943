"""Reads Global-e's weekly reconciliation report: the rows of every tab with id, amount and currency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ...exceptions import InvalidSetting
from ..extras import check_openpyxl
from ..rows import Row
from .amounts import parse_amount
from .configuration import OrdersConfiguration
from .csv_text import read_csv_rows
from .order_details import json_text, normalize_order_id

HEADER_ROWS = 30
"""The header row is searched in so many rows at the top of a sheet, after titles and dates."""


class Cell(NamedTuple):
    """The text of a cell; `is_number` if the file stores it as a number."""

    text: str
    is_number: bool = False


class Sheet(NamedTuple):
    """One tab: its name and all its rows."""

    name: str
    rows: list[list[Cell | None]]


@dataclass(frozen=True)
class Report:
    """Rows of globale_report_rows."""

    rows: tuple[Row, ...] = ()

    def first_rows(self) -> dict[str, Row]:
        """Returns the first row of each Global-e order, by its normalized id."""
        first: dict[str, Row] = {}
        for row in self.rows:
            if row["ge_order_id"]:
                first.setdefault(normalize_order_id(row["ge_order_id"]), row)
        return first

    def names(self) -> set[str]:
        """Returns the names of the files."""
        return {row["report"] for row in self.rows}

    def add_earlier(self, earlier: Iterable[Row]) -> Report:
        """Returns a report with earlier rows added, except those of reports with the same names."""
        names = self.names()
        return Report((*self.rows, *(row for row in earlier if row["report"] not in names)))


def read_reports(paths: Iterable[str | Path], configuration: OrdersConfiguration) -> Report:
    """Reads reports in CSV or XLSX, in any layout with a header row.

    Raises:
        InvalidSetting: A file cannot be read, or none of its tabs has a row with an order id.
    """
    files = {Path(path).resolve(): Path(path) for path in paths}
    names = [path.name for path in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidSetting(
            f"Two reports are named {twice}: rename one, so that their rows can be distinguished."
        )
    rows: list[Row] = []
    for path in files.values():
        found = [row for sheet in _sheets(path) for row in _sheet_rows(path.name, sheet, configuration)]
        if not any(row["ge_order_id"] for row in found):
            headers = ", ".join(configuration.report_order_headers)
            raise InvalidSetting(
                f"{path.name} names no order of Global-e: no row has an order id in a column called "
                f"{headers}. If the column has another name, add it to report_order_headers of "
                "[globale.orders]."
            )
        rows += found
    return Report(tuple(rows))


def _sheet_rows(report: str, sheet: Sheet, configuration: OrdersConfiguration) -> Iterator[Row]:
    place = _header_place(sheet.rows, configuration.report_order_headers)
    if place is None:
        return
    headers = _headers(sheet.rows[place])
    order, amount, currency = (
        _column(headers, names)
        for names in (
            configuration.report_order_headers,
            configuration.report_amount_headers,
            configuration.report_currency_headers,
        )
    )
    for number, cells in enumerate(sheet.rows[place + 1 :], start=place + 2):
        named = {header: cell for header, cell in zip(headers, cells, strict=False) if cell and header}
        if not named:
            continue
        paid = named.get(amount or "")
        yield {
            "report": report,
            "tab": sheet.name,
            "row_number": number,
            "ge_order_id": _order_id(named.get(order or "")),
            "amount_raw": _text(paid),
            "amount": _amount(paid),
            "currency": _text(named.get(currency or "")),
            "cells": json_text({header: cell.text for header, cell in named.items()}),
        }


def _header_place(rows: Sequence[Sequence[Cell | None]], order_headers: Sequence[str]) -> int | None:
    """Returns the row with a header for order ids, or else the first row with several cells."""
    wanted = {_plain(name) for name in order_headers}
    several = None
    for place, cells in enumerate(rows[:HEADER_ROWS]):
        texts = [cell.text for cell in cells if cell]
        if wanted & {_plain(text) for text in texts}:
            return place
        if several is None and len(texts) > 1:
            several = place
    return several


def _headers(cells: Sequence[Cell | None]) -> list[str]:
    """Returns unique headers; empty if a column has none."""
    headers: list[str] = []
    for cell in cells:
        name = " ".join(cell.text.split()) if cell else ""
        number, header = 2, name
        while header and header in headers:
            header, number = f"{name} ({number})", number + 1
        headers.append(header)
    return headers


def _column(headers: Sequence[str], names: Sequence[str]) -> str | None:
    """Returns the header that is first in `names`, ignoring case, blanks and punctuation."""
    plain = {_plain(header): header for header in reversed(headers) if header}
    return next((plain[_plain(name)] for name in names if _plain(name) in plain), None)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _text(cell: Cell | None) -> str | None:
    return cell.text if cell else None


def _order_id(cell: Cell | None) -> str | None:
    """Returns the order id in a cell. A footer or a repeated header has no digit and is not an id."""
    return cell.text if cell and re.search("[0-9]", cell.text) else None


def _amount(cell: Cell | None) -> Decimal | None:
    if cell is None:
        return None
    # A number in a spreadsheet has a point before its decimals; only texts are ambiguous.
    text = f"{Decimal(cell.text):.4f}" if cell.is_number else cell.text
    return parse_amount(text).value


def _sheets(path: Path) -> list[Sheet]:
    try:
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            return list(_workbook(path))
        if path.suffix.lower() in (".csv", ".txt", ".tsv"):
            rows = read_csv_rows(path.name, path.read_bytes())
            return [Sheet(path.stem, [[_text_cell(text) for text in row] for row in rows])]
    except OSError as error:
        raise InvalidSetting(
            f"{path} cannot be read ({error.strerror or error}): name a CSV or XLSX file."
        ) from error
    raise InvalidSetting(f"{path} is neither CSV nor XLSX: save the report in one of these formats.")


def _workbook(path: Path) -> Iterator[Sheet]:
    check_openpyxl(f"{path.name} is an Excel file, and reading it")
    from openpyxl import load_workbook

    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
            for sheet in workbook.worksheets:
                sheet.reset_dimensions()  # some programs write them wrongly
                yield Sheet(sheet.title, [[_cell(cell) for cell in row] for row in sheet.iter_rows()])
    except OSError:
        raise
    except Exception as error:  # broken archives and XML raise many kinds, also while rows are read
        raise InvalidSetting(
            f"{path.name} is not a readable Excel file: open it in Excel and save it again."
        ) from error


def _text_cell(text: str) -> Cell | None:
    return Cell(text.strip()) if text.strip() else None


def _cell(cell: Any) -> Cell | None:
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        text = f"{number:f}"
        zeros = re.fullmatch("0{2,}", cell.number_format or "")
        whole = number == number.to_integral_value()
        if whole:
            text = str(int(number)).zfill(len(zeros[0]) if zeros else 0)
        return Cell(text, is_number=True)
    if isinstance(value, datetime | date | time):
        return Cell(value.isoformat())
    return Cell(str(value).strip())
