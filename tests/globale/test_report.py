"""Global-e's reconciliation report: what is read from its files, for each layout."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from centra_source.exceptions import InvalidSetting
from centra_source.globale.orders import OrdersConfiguration
from centra_source.globale.orders.report import Report, read_reports

from ..support.workplace import PROJECT


def read_report_files(*paths: Path, **settings: Any) -> Report:
    """Reads reports with these settings."""
    return read_reports(paths, OrdersConfiguration(**settings))


def write_workbook(path: Path) -> Path:
    """Writes a report with a title above the headers, numeric cells, and tabs with different columns."""
    book = Workbook()
    orders = book.active
    assert orders is not None
    orders.title = "Orders"
    for row in (
        ["Weekly report", None, None],
        [None, None, None],
        ["Global-e Order ID", "Total Amount", "Received in Hub", "HS", None],
        ["GE1", 1234.5, datetime(2026, 3, 1), "0610", "note"],
        ["GE2", "1.234,50", None, 610, None],
        [None, None, None, None, None],
        ["Total", 2469, None, None, None],
    ):
        orders.append(row)
    orders["D5"].number_format = "0000"
    refunds = book.create_sheet("Refunds")
    refunds.append(["Currency", "ORDER_ID", "Amount", "Amount"])
    refunds.append(["SEK", "GE1", -1.234, 7])
    book.create_sheet("Service Fee").append(["Fee"])
    book.save(path)
    return path


def test_every_tab_of_a_workbook_is_read(tmp_path: Path) -> None:
    """Each row has its number, all cells as texts by header, and the recognized values."""
    report = read_report_files(write_workbook(tmp_path / "week.xlsx"))
    found = {(row["tab"], row["row_number"]): row for row in report.rows}
    assert list(found) == [("Orders", 4), ("Orders", 5), ("Orders", 7), ("Refunds", 2)]
    first = found["Orders", 4]
    assert (first["ge_order_id"], first["amount"], first["amount_raw"]) == (
        "GE1",
        Decimal("1234.5"),
        "1234.5",
    )
    assert json.loads(first["cells"])["Received in Hub"] == "2026-03-01T00:00:00"
    assert found["Orders", 5]["amount"] == Decimal("1234.5")
    refund = found["Refunds", 2]
    assert (refund["ge_order_id"], refund["amount"], refund["currency"]) == ("GE1", Decimal("-1.234"), "SEK")
    assert json.loads(refund["cells"])["Amount (2)"] == "7"


def test_leading_zeros_are_kept(tmp_path: Path) -> None:
    """Leading zeros are kept in texts and in numbers with a format that shows them."""
    report = read_report_files(write_workbook(tmp_path / "week.xlsx"))
    assert [json.loads(row["cells"]).get("HS") for row in report.rows[:2]] == ["0610", "0610"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_is_read_with_any_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """A CSV report is read with each of the usual delimiters and encodings."""
    path = tmp_path / "Refunds.csv"
    rows = [["GE Order Id", "Name", "Code", "Amount"], ["GE1", "Malmö", "0042", "12.50"]]
    path.write_text("\n".join(delimiter.join(row) for row in rows), encoding=encoding)
    (row,) = read_report_files(path).rows
    assert (row["report"], row["tab"], row["row_number"]) == ("Refunds.csv", "Refunds", 2)
    assert (row["ge_order_id"], row["amount"]) == ("GE1", Decimal("12.50"))
    assert json.loads(row["cells"]) == {
        "GE Order Id": "GE1",
        "Name": "Malmö",
        "Code": "0042",
        "Amount": "12.50",
    }


def test_headers_are_configurable(tmp_path: Path) -> None:
    """The settings name the columns of a layout with other headers."""
    path = tmp_path / "Orders.csv"
    path.write_text("Reference,Order ID\nGE1,1000023\n")
    assert [row["ge_order_id"] for row in read_report_files(path).rows] == ["1000023"]
    (row,) = read_report_files(path, report_order_headers=["reference"]).rows
    assert row["ge_order_id"] == "GE1"


def test_order_id_needs_a_digit(tmp_path: Path) -> None:
    """A footer or repeated header is not an order, and neither a GE prefix nor case matters."""
    path = tmp_path / "Orders.csv"
    path.write_text("Order ID,Total\n927127,5\nOrder ID,Total\nge927127,6\nGE927128,7\nTotal,18\n")
    report = read_report_files(path)
    ids = [row["ge_order_id"] for row in report.rows]
    assert ids == ["927127", None, "ge927127", "GE927128", None]
    assert {key: row["row_number"] for key, row in report.first_rows().items()} == {"927127": 2, "927128": 5}


def test_file_without_orders_is_refused(tmp_path: Path) -> None:
    """A report without orders is refused, because every order would be missing from it."""
    path = tmp_path / "Orders.csv"
    path.write_text("Reference,Amount\nGE1,5\n")
    with pytest.raises(
        InvalidSetting, match=r"Orders.csv names no order of Global-e: .* report_order_headers"
    ):
        read_report_files(path)


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    """The error is one sentence for each reason."""
    broken, other = tmp_path / "broken.xlsx", tmp_path / "report.pdf"
    broken.write_bytes(b"no workbook")
    other.write_bytes(b"%PDF")
    for path, message in (
        (tmp_path / "nowhere.csv", r"nowhere.csv cannot be read \(No such file or directory\)"),
        (broken, "broken.xlsx is not a readable Excel file"),
        (other, "report.pdf is neither CSV nor XLSX"),
    ):
        with pytest.raises(InvalidSetting, match=message):
            read_report_files(path)


ROWS = [f'GE{number},{number}.50,EUR,"Street {number}, Lund"' for number in range(1, 101)]


@pytest.mark.parametrize("column", range(4))
@pytest.mark.parametrize("partner", [None, "same column", "end of a cell", "last column"])
@pytest.mark.parametrize("place", [0, 49, 98])
def test_stray_quote_never_hides_rows(tmp_path: Path, column: int, partner: str | None, place: int) -> None:
    """Whether another quote closes the cell many rows later, one row later, or never: the line is named."""
    rows = [row.split(",", 3) for row in ROWS]
    if column == 3:
        rows = [[*row[:3], "Lund"] for row in rows]
    rows[place][column] = f'"{rows[place][column]}'
    if partner == "same column":
        rows[place + 1][column] = f'"{rows[place + 1][column]}'
    elif partner == "end of a cell":
        rows[place + 1][0] += '"'
    elif partner:
        rows[99][3] = 'Lund 5"'
    path = tmp_path / "Orders.csv"
    path.write_text("\n".join(["OrderId,Amount,Currency,Address", *map(",".join, rows)]), encoding="utf-8")
    with pytest.raises(InvalidSetting, match=rf"Orders\.csv, line {place + 2}: its quotes are broken"):
        read_report_files(path)


def test_quotes_and_line_breaks_inside_cells_are_read(tmp_path: Path) -> None:
    """Quotes that are doubled or inside a cell, and an address on two lines, hide nothing."""
    path = tmp_path / "Orders.csv"
    lines = (
        "OrderId,Amount,Address,Note",
        'GE1,5,"A, B","says ""yes"""',
        'GE2,6,"C\r\nD, E",5" wide',
        "GE3,7,,",
    )
    path.write_text("\r\n".join(lines), encoding="utf-8", newline="")
    assert [row["ge_order_id"] for row in read_report_files(path).rows] == ["GE1", "GE2", "GE3"]


@pytest.mark.parametrize("damage", ["cut", "xml"])
def test_broken_files_are_one_sentence(tmp_path: Path, damage: str) -> None:
    """A workbook whose sheet is not XML, and UTF-16 that ends in the middle of a character."""
    path = tmp_path / ("Orders.csv" if damage == "cut" else "Orders.xlsx")
    if damage == "cut":
        path.write_bytes("OrderId,Amount\nGE1,5".encode("utf-16")[:-1])
    else:
        with ZipFile(write_workbook(tmp_path / "whole.xlsx")) as whole, ZipFile(path, "w") as broken:
            for name in whole.namelist():
                content = whole.read(name)
                broken.writestr(name, content[:200] if "sheet1" in name else content)
    with pytest.raises(InvalidSetting, match=r"Orders\.\w+ is (cut off|not a readable Excel file)"):
        read_report_files(path)


def test_two_reports_with_one_name_are_refused(tmp_path: Path) -> None:
    """Their rows would have the same key, but the same file given twice is read once."""
    paths = [tmp_path / week / "Orders.csv" for week in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("Order ID,Amount\nGE1,5\n")
    with pytest.raises(InvalidSetting, match=r"Two reports are named Orders.csv"):
        read_report_files(*paths)
    assert len(read_report_files(paths[0], paths[0]).rows) == 1


def test_missing_openpyxl_is_reported(tmp_path: Path) -> None:
    """The error is one sentence with the install command, and CSV reports work without openpyxl."""
    write_workbook(tmp_path / "week.xlsx")
    (tmp_path / "openpyxl.py").write_text("raise ImportError")
    (tmp_path / "try.py").write_text(
        "from centra_source.globale.orders import OrdersConfiguration\n"
        "from centra_source.globale.orders.report import read_reports\n"
        "try:\n    read_reports(['week.xlsx'], OrdersConfiguration())\n"
        "except ValueError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "try.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{PROJECT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == (
        "week.xlsx is an Excel file, and reading it needs openpyxl: pip install 'centra-source[globale]'.\n"
    )
