"""For each rule of the catalog, rows that violate it and rows that almost violate it."""

from __future__ import annotations

from centra_source.globale.checks.options import CheckOptions

from .globale_catalog_rows import Planted, Row, make_audit_line, make_gtin, make_row

CODES = ("610910", "620520", "640391", "420221", "711719")
"""Commodity codes for rows in rotation, so that each has at most a fifth of them."""


def _make_rows(column: str, *values: object, **changes: object) -> list[Row]:
    """Returns a row for each value of one column, numbered from 1."""
    return [make_row(place, **{column: value}, **changes) for place, value in enumerate(values, 1)]


def _make_varied_rows(count: int, **changes: object) -> list[Row]:
    """Returns rows of different goods, so that no value looks like a placeholder."""
    return [
        make_row(
            place,
            display_name=f"Article {place}",
            **{"hs_code_raw": CODES[place % 5], "weight_value": round(0.2 + place / 1000, 3), **changes},
        )
        for place in range(1, count + 1)
    ]


def _expect_all(severity: str, *sizes: int) -> list[tuple[int, str]]:
    return [(size, severity) for size in sizes]


PLANTED: dict[str, list[Planted]] = {
    "K1": [
        Planted(
            [make_row(1), make_row(2), make_row(2), make_row(None), make_row(3, product_id=1_001)],
            _expect_all("BLOCK", 0, 2, 2),
        ),
        Planted([make_row(-1), make_row(2)], _expect_all("BLOCK", -1)),
    ],
    "K2": [Planted(_make_rows("sku", None, "", "  ", "A"), _expect_all("BLOCK", 1, 2, 3))],
    "K3": [
        Planted(
            _make_rows("sku", "A 1", " A2", "A3 ", "A\N{NO-BREAK SPACE}4", "A\t5", "A\u200b6", "A-7_B/8.C"),
            _expect_all("BLOCK", 1, 2, 3, 4, 5, 6),
        )
    ],
    "K4": [
        Planted(_make_rows("sku", "ab-1", "AB-1", "Ab-1", "AB-2", "ab2"), _expect_all("BLOCK", 1, 2, 3)),
        Planted(_make_rows("sku", "straße", "STRASSE", "strase"), _expect_all("BLOCK", 1, 2)),
    ],
    "K5": [
        Planted(
            _make_rows(
                "sku", "00123", "1E5", "12-05", "2026-11", "MAR1", "123456789012", "03.04.2026", "1.5e+3"
            ),
            _expect_all("INFO", *range(1, 9)),
        ),
        Planted(
            _make_rows(
                "sku", "0A123", "1E5X", "45-99", "2026-13", "1.5", "12345678901", "0", "MARS1", "1-2-A"
            )
        ),
    ],
    "N1": [
        Planted(
            _make_rows("display_name", None, " ", "x" * 256, "<b>Bold</b> cotton", "Tom &amp; Jerry"),
            [*_expect_all("BLOCK", 1, 2), *_expect_all("WARN", 3, 4, 5)],
        ),
        Planted(_make_rows("display_name", "x" * 255, "Size < 5 > 3", "Tom & Jerry")),
    ],
    "N2": [
        Planted(
            [
                make_row(1, product_id=7, display_name="The shirt"),
                make_row(2, product_id=7, display_name="The shirt"),
                make_row(3, product_id=8, display_name="the Shirt "),
                make_row(4, product_id=9, display_name="A shirt"),
                make_row(5, product_id=9, display_name="A shirt"),
            ],
            _expect_all("INFO", 1, 3),
        )
    ],
    "D1": [
        Planted(_make_rows("product_description", None, " "), _expect_all("BLOCK", 1, 2)),
        Planted(_make_rows("product_description", None), [(1, "WARN")], CheckOptions(profile="centra")),
    ],
    "D2": [
        Planted(
            _make_rows(
                "product_description",
                "A shirt of <b>soft</b> cotton",
                "A shirt of [b]soft[/b] cotton",
                "A shirt for Tom &amp; Jerry",
                "A shirt that rings \x07 a bell",
                "A shirt for 5 < 7 & more, in [XL]",
            ),
            _expect_all("WARN", 1, 2, 3, 4),
        )
    ],
    "D3": [
        Planted(
            [
                make_row(1, product_description="cotton t-shirt NO. 1"),
                make_row(2, product_description="Cotton shirts "),
                make_row(3, product_description="Women's clothing and accessories"),
                make_row(4, product_description="Cotton shirts A"),
                make_row(5, product_description="Women's clothing of cotton"),
            ],
            _expect_all("WARN", 1, 2, 3),
        )
    ],
    "C1": [
        Planted(
            [
                *_make_rows("country_of_origin", None, "", "PT"),
                make_row(4, country_of_origin=None, is_blocked=True),
            ],
            _expect_all("BLOCK", 1, 2),
        )
    ],
    "C2": [
        Planted(
            _make_rows("country_of_origin", "UK", "se", "N/A", "XX", "XK", "GB"),
            [*_expect_all("BLOCK", 1, 2, 3, 4), (5, "WARN")],
        )
    ],
    "C3": [
        Planted(
            [
                make_row(1),
                make_row(2),
                make_row(3, country_of_origin="ES"),
                make_row(4, country_of_origin="ES", product_id=1_003),
                make_row(5, country_of_origin="IT", collection_name="SS26"),
                make_row(6, country_of_origin="IT", supplier_name="Lana"),
                make_row(7, country_of_origin="FR", supplier_name=None),
                make_row(8, country_of_origin="BE", supplier_name=None),
                make_row(9, country_of_origin="NL", is_blocked=True),
            ],
            [(3, "INFO")],
        ),
    ],
    "H1": [
        Planted(
            [
                make_row(1, hs_code_raw=None, composition=None),
                make_row(2, hs_code_raw=" ", composition=""),
                make_row(3, hs_code_raw=None),
                make_row(4, composition=None),
                make_row(5, hs_code_raw=None, composition=None, is_blocked=True),
            ],
            _expect_all("BLOCK", 1, 2),
        )
    ],
    "H2": [
        Planted(
            _make_rows(
                "hs_code_raw", "61091", "6109100", "HCC123", "6.1091E9", "6109100090123450", "61091000901"
            ),
            [*_expect_all("BLOCK", 1, 2, 3, 4, 5), (6, "WARN")],
        ),
        Planted(
            _make_rows(
                "hs_code_raw", "6109.10.00.90", "61 09-10 00", "610910", "6109\N{NO-BREAK SPACE}10", None
            )
        ),
    ],
    "H3": [
        Planted(
            _make_rows(
                "hs_code_raw", "770110", "98000000", "999999", "000000", "620293", "6202.93.00.10", "620140"
            ),
            [*_expect_all("BLOCK", 1, 2, 3, 4), *_expect_all("WARN", 5, 6)],
        )
    ],
    "H4": [
        Planted(
            [*_make_varied_rows(6, hs_code_raw="6109.10"), *_make_varied_rows(10)[6:]],
            [(0, "WARN")],
        ),
        Planted(
            [
                *_make_varied_rows(5, hs_code_raw="610910"),
                *_make_varied_rows(9, hs_code_raw="711719")[5:],
                *_make_varied_rows(10, hs_code_raw="640391")[9:],
            ]
        ),
        Planted(_make_varied_rows(9, hs_code_raw="610910")),
        Planted(_make_rows("folder_name", *"ABCDE"), [(0, "WARN")]),
        Planted(_make_rows("folder_name", *"ABCD", None)),
    ],
    "H5": [
        Planted(
            [
                make_row(1, display_name="Running shoes"),
                make_row(2, display_name="Running shoes of leather", hs_code_raw="640391"),
                make_row(3, display_name="Article 3", hs_code_raw="640391"),
            ],
            [(1, "INFO")],
        )
    ],
    "W1": [
        Planted(
            [
                *_make_rows("weight_value", None, 0.0, -1.0, 0.001),
                make_row(5, weight_value=None, is_blocked=True),
            ],
            _expect_all("WARN", 1, 2, 3),
        ),
        Planted(_make_rows("weight_value", None, 0.2), [(1, "BLOCK")], CheckOptions(dangerous_goods=True)),
    ],
    "W2": [
        Planted(
            [
                make_row(1, weight_unit="STONES"),
                make_row(2, weight_value=0.0009),
                make_row(3, weight_value=250.0),
                make_row(4, weight_value=30.0),
                make_row(5, weight_value=250.0, is_blocked=True),
            ],
            _expect_all("WARN", 1, 2, 3),
        ),
        Planted(
            [*(make_row(place) for place in range(1, 6)), make_row(6, weight_value=1.001)], [(6, "WARN")]
        ),
        Planted([*(make_row(place) for place in range(1, 6)), make_row(6, weight_value=1.0)]),
        Planted(
            [*(make_row(place) for place in range(1, 5)), make_row(5, weight_value=1.001)], [(5, "WARN")]
        ),
        Planted([*(make_row(place) for place in range(1, 4)), make_row(4, weight_value=2.0)]),
    ],
    "W3": [
        Planted(_make_varied_rows(10, weight_value=1.0), [(0, "WARN")]),
        Planted(_make_varied_rows(9, weight_value=1.0)),
        Planted([*_make_varied_rows(9, weight_value=1.0), _make_varied_rows(10)[9]]),
    ],
    "B1": [Planted(_make_rows("brand_name", None, " ", "B"), _expect_all("INFO", 1, 2))],
    "P1": [Planted(_make_rows("is_preorder", True, False, None), [(1, "INFO")])],
    "U1": [
        Planted(
            [
                make_row(1, is_bundle=True, bundle_id=None),
                make_row(2, is_bundle=True, bundle_id=20),
                make_row(3, is_bundle=True, bundle_id=30),
                make_row(4, is_bundle=True, bundle_id=40),
                make_row(5, is_bundle=True, bundle_id=50),
                make_row(6),
                make_row(7, is_bundle=True, bundle_id=70),
            ],
            _expect_all("WARN", 1, 2, 3, 4, 4, 7),
            bundles={
                30: {1: [2_006], 2: []},
                40: {1: [2_006, 9_999]},
                50: {1: [2_005], 2: [2_006]},
                60: {1: []},
                70: {1: [2_005, 2_006]},
            },
        )
    ],
    "G1": [
        Planted(
            [
                make_row(1, gtin="5678902338761"),
                make_row(2, gtin="0000000000000"),
                make_row(3, gtin="EAN000111"),
                make_row(4, gtin="036000291452"),
                make_row(5, gtin="0036000291452"),
                make_row(6, gtin=None),
                make_row(7, gtin=""),
                make_row(8, gtin=make_gtin(8)),
            ],
            _expect_all("INFO", 1, 2, 3, 4, 5),
        )
    ],
    "X1": [
        Planted(
            [
                make_row(1, sku="=A1"),
                make_row(2, display_name="+Cotton"),
                make_row(3, product_description="-50 % off, of cotton"),
                make_row(4, composition="@cotton", brand_name="=Nordic"),
                make_row(5, sku="A=1", display_name="Cotton - more", composition="1-2 % wool"),
            ],
            [(1, "BLOCK"), *_expect_all("WARN", 2, 3, 4, 4)],
        )
    ],
    "X2": [
        Planted(
            [
                make_row(1, display_name="TrÃ¶ja of cotton"),
                make_row(2, brand_name="N\ufffdrdic"),
                make_row(3, display_name="Tröja of cotton", brand_name="SÃO PAULO"),
            ],
            _expect_all("WARN", 1, 2),
        )
    ],
    "R1": [
        Planted([], [(0, "BLOCK")]),
        Planted([make_row(1)], [(0, "BLOCK")], sizes=[1, 2, 3], excluded=[(3, "not on a display")]),
        Planted([make_row(1), make_row(2)], [(0, "BLOCK")], sizes=[1], deleted_sizes=[2]),
        Planted([make_row(1)], [(0, "BLOCK")], excluded=[(1, "not on a display")]),
        Planted([make_row(1)], [(0, "BLOCK")], excluded=[(2, None), (3, " "), (4, "not on a display")]),
        Planted([make_row(1)], deleted_sizes=[2], excluded=[(3, "not on a display")]),
        Planted([make_row(1)], [(0, "BLOCK")], audit=[make_audit_line(5, 4, since=1, until=19)]),
        Planted(
            [make_row(1)],
            [(0, "BLOCK")],
            audit=[
                make_audit_line(5, 4, since=5, until=19),
                make_audit_line(5, 5, since=1, until=15, on=21),
                make_audit_line(5, 5, since=6, until=21, on=22),
            ],
        ),
        Planted(
            [make_row(1)],
            [(0, "BLOCK")],
            audit=[make_audit_line(5, 4), make_audit_line(1, 1, since=1, until=22, on=22)],
        ),
        Planted(
            [make_row(1)],
            audit=[
                make_audit_line(5, 4, since=1, until=19),
                make_audit_line(5, 5, since=1, until=21, on=21),
                make_audit_line(5, 6, since=1, until=22, on=22),
            ],
        ),
    ],
    "R2": [
        Planted(
            [make_row(place) for place in range(1, 8)],
            [(0, "BLOCK")],
            delivered=[("full", 1, size) for size in range(1, 11)],
        ),
        Planted(
            [make_row(place) for place in range(1, 9)],
            delivered=[
                *(("full", 1, size) for size in range(1, 11)),
                *(("centra", 1, size) for size in range(50, 60)),
                *(("full", 2, size) for size in range(50, 60)),
            ],
        ),
        Planted(
            [make_row(5, is_blocked=True), make_row(6)],
            [(0, "BLOCK")],
            CheckOptions(omits_blocked=True),
            delivered=[("full", 1, 5), ("full", 1, 6)],
        ),
        Planted([make_row(5)], options=CheckOptions(removed_share=1.0), delivered=[("full", 1, 1)]),
    ],
    "M1": [
        Planted(
            [
                make_row(1, country_of_origin="CN", supplier_name="A"),
                make_row(2, country_of_origin="CN", supplier_name="A"),
                make_row(3, country_of_origin="HK", supplier_name="B"),
                make_row(4, country_of_origin="TW", supplier_name="C"),
                make_row(5, country_of_origin="CN", supplier_name="D", is_blocked=True),
            ],
            _expect_all("INFO", 0, 0),
        )
    ],
}
"""By rule: catalogs in which only it finds issues, or, where none are expected, almost finds one."""
