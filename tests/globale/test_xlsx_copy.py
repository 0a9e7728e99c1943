"""The workbook for review: a spreadsheet shows exactly what the file contains."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from centra_source.globale.delivery.profiles import CENTRA
from centra_source.globale.delivery.xlsx_copy import CELL_LIMIT, CUT, ISSUE_COLUMNS, write_xlsx_copy

FORMULAS = ["=1+1", '=HYPERLINK("http://x")', "+1", "-50% off", "@SUM(A1)", "\t=1", "\n=1", "#N/A", "'=1"]
KEPT = ["0123", "5901234123457", "1E5", "3/4", "TRUE", " two  spaces ", "Klänning 東京 \U0001f9e3", "a\nb"]


def read_sheets(path: Path) -> dict[str, Worksheet]:
    """Returns the sheets of the workbook by title."""
    return {sheet.title: sheet for sheet in load_workbook(path).worksheets}


def write_and_read_column(path: Path, values: list[Any]) -> list[Any]:
    """Writes one column and returns its values as read back."""
    write_xlsx_copy(path, [{"value": value} for value in values], ["value"])
    return [row[0] for row in read_sheets(path)["Catalog"].iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize("text", FORMULAS + KEPT)
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    """A text does not become a formula, an error, a number or a date."""
    assert write_and_read_column(tmp_path / "review.xlsx", [text]) == [text]


def test_every_cell_is_text(tmp_path: Path) -> None:
    """A cell has the type text, which is not evaluated, and the format text, which survives edits."""
    path = tmp_path / "review.xlsx"
    rows = [{"value": value} for value in [*FORMULAS, *KEPT, 5, 1.5, True, Decimal(3)]]
    write_xlsx_copy(path, rows, {"=Header": "value"}, [dict.fromkeys(ISSUE_COLUMNS.values(), "=1")])
    cells = [cell for sheet in read_sheets(path).values() for row in sheet.iter_rows() for cell in row]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    with ZipFile(path) as archive:
        assert [name for name in archive.namelist() if b"<f>" in archive.read(name)] == []


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    """A number of any type is written with all digits and without an exponent."""
    values = [5901234123457, Decimal("1E+3"), Decimal("0.10"), 1e16, 0.00001, 350.0, True, False, None]
    texts = ["5901234123457", "1000", "0.10", "10000000000000000", "0.00001", "350.0", "true", "false", None]
    assert write_and_read_column(tmp_path / "review.xlsx", values) == texts


def test_characters_that_xlsx_cannot_store_are_removed(tmp_path: Path) -> None:
    """Control characters and lone surrogates are removed, and line ends become line feeds."""
    assert write_and_read_column(tmp_path / "review.xlsx", ["a\x00\x0b\x1f\ud800\uffffb", "c\r\nd\re"]) == [
        "ab",
        "c\nd\ne",
    ]


def test_text_that_excel_would_decode_is_escaped(tmp_path: Path) -> None:
    """The underscore of _x0041_ is escaped, because Excel decodes that text as A."""
    assert write_and_read_column(tmp_path / "review.xlsx", ["_x0041_", "_x_"]) == ["_x005F_x0041_", "_x_"]


@pytest.mark.parametrize("character", ["a", "\U0001f9e3"])
def test_text_longer_than_a_cell_is_cut_with_a_mark(tmp_path: Path, character: str) -> None:
    """A text is cut at Excel's limit, where characters beyond the BMP count twice, and never within one."""
    whole = character * (CELL_LIMIT // (len(character.encode("utf-16-le")) // 2))
    kept, cut = write_and_read_column(tmp_path / "review.xlsx", [whole, whole + character])
    assert kept == whole
    assert cut.rstrip(CUT) == character * cut.count(character)
    assert cut.endswith(CUT)
    assert CELL_LIMIT - 1 <= len(cut.encode("utf-16-le")) // 2 <= CELL_LIMIT


def test_header_is_bold_frozen_and_filterable(tmp_path: Path) -> None:
    """Both sheets have the headers of the file for Global-e and readable column widths."""
    path = tmp_path / "review.xlsx"
    row = {**dict.fromkeys(CENTRA.values()), "product_size_id": 1, "product_description": "long " * 100}
    write_xlsx_copy(path, [row, row], CENTRA, [dict.fromkeys(ISSUE_COLUMNS.values())])
    catalog, issues = read_sheets(path)["Catalog"], read_sheets(path)["Issues"]
    for sheet, headers, area in ((catalog, CENTRA, "A1:E3"), (issues, ISSUE_COLUMNS, "A1:J2")):
        assert [cell.value for cell in sheet[1]] == list(headers)
        assert {cell.font.bold for cell in sheet[1]} == {True}
        assert {cell.font.bold for cell in sheet[2]} == {False}
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == area
    widths = [catalog.column_dimensions[letter].width for letter in "ABD"]
    assert widths == [len("Product Unique Identifier") + 4, 8, 60]


def test_issues_have_their_own_sheet(tmp_path: Path) -> None:
    """The sheet has the headers of the page and exists even without issues."""
    path = tmp_path / "review.xlsx"
    issue = {name: f"a {name}" for name in ISSUE_COLUMNS.values()}
    assert write_xlsx_copy(path, [], ["sku"], iter([issue])) == 0
    assert [list(row) for row in read_sheets(path)["Issues"].iter_rows(min_row=2, values_only=True)] == [
        list(issue.values())
    ]
    write_xlsx_copy(path, [{"sku": "A"}], ["sku"])
    assert list(read_sheets(path)) == ["Catalog", "Issues"]
    assert read_sheets(path)["Issues"].max_row == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, {"Catalog": 1}), (3, {"Catalog": 4}), (7, {"Catalog": 4, "Catalog 2": 4, "Catalog 3": 2})],
)
def test_rows_beyond_the_limit_of_a_sheet_go_to_the_next(
    tmp_path: Path, rows: int, expected: dict[str, int]
) -> None:
    """Each sheet repeats the header, and every row is written exactly once."""
    path = tmp_path / "review.xlsx"
    made = ({"id": number} for number in range(rows))
    assert write_xlsx_copy(path, made, ["id"], rows_per_sheet=3) == rows
    found = read_sheets(path)
    assert {title: sheet.max_row for title, sheet in found.items()} == {**expected, "Issues": 1}
    cells = [row[0] for title in expected for row in found[title].iter_rows(min_row=2, values_only=True)]
    assert cells == [str(number) for number in range(rows)]


def test_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """The workbook contains no time of its own, so equal rows give equal bytes."""
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    for path in (one, other):
        write_xlsx_copy(path, [{"sku": "A"}], ["sku"])
    assert one.read_bytes() == other.read_bytes()
    with ZipFile(one) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {2000}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_failed_write_keeps_the_earlier_workbook(tmp_path: Path) -> None:
    """The earlier workbook stays and no partial file remains."""
    path = tmp_path / "review.xlsx"
    write_xlsx_copy(path, [{"sku": "A"}], ["sku"])
    before = path.read_bytes()

    def broken() -> Iterator[dict[str, Any]]:
        yield {"sku": "B"}
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write_xlsx_copy(path, broken(), ["sku"])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_missing_openpyxl_is_reported(tmp_path: Path) -> None:
    """openpyxl is an extra, so its absence gives an install command and affects nothing else."""
    script = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from pathlib import Path\n"
        "from centra_source.exceptions import CentraError\n"
        "from centra_source.globale.delivery.xlsx_copy import write_xlsx_copy\n"
        "try: write_xlsx_copy(Path(sys.argv[1]), [], ['sku'])\n"
        "except CentraError as error: print(error)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "review.xlsx")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout == "The XLSX copy needs openpyxl: pip install 'centra-source[globale]'.\n"
    assert list(tmp_path.iterdir()) == []
