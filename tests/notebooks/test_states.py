"""Notebooks on tables that are not loaded, not permitted, failed or absurd: none takes that for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from typing import Any

import pytest

from centra_notebooks import NOTEBOOKS, charts, shop
from centra_notebooks.export import render_output
from centra_sandbox import Sandbox
from centra_source.globale import CatalogConfiguration, derive_catalog
from centra_source.models import derive_models

from ..support.target import Target

HOSTILE = """<img src=x onerror="alert(1)">O'Neill$_$"""
LIES = (
    "This shop has sold nothing",
    "This shop keeps no stock",
    "This shop has no orders",
    "Nothing is missing",
    "None,",
    "are converted to None",
)
LOADED = (
    *("orders", "returns", "stock", "product_sizes", "product_variants", "products", "currencies"),
    *("displays", "stores", "warehouses"),
)
CHANGED = (
    *("load_audit", "sales_daily", "order_lines_enriched", "stock_cover", "warehouses", "orders"),
    *("globale_catalog_issues", "customer_cohorts", "return_rates", "sell_through"),
)

Render = Callable[[str], str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A small loaded shop with all derived tables."""
    target = Target(tmp_path_factory.mktemp("states"))
    with Sandbox(products=6, orders=12, seed=5) as sandbox:
        target.load(sandbox, *LOADED)
    derive_models(target.pipeline)
    derive_catalog(target.pipeline, CatalogConfiguration(store=1))
    yield target
    target.close()


@pytest.fixture
def render(place: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Render]:
    """Runs a notebook on the shop, and returns all that it shows as HTML. Changes are rolled back."""
    monkeypatch.setattr(shop, "open_shop", lambda: shop.Shop(place.pipeline.dataset()))

    def run(name: str) -> str:
        with redirect_stdout(StringIO()):
            outputs, _ = import_module(f"centra_notebooks.{name}").app.run()
        return "\n".join(render_output(output) for output in outputs if output is not None)

    change(place, *(f"create or replace table saved_{name} as from {name}" for name in CHANGED))
    yield run
    for name in CHANGED:
        change(place, f"create or replace table {name} as from saved_{name}", f"drop table saved_{name}")


def change(place: Target, *statements: str) -> None:
    """Changes the loaded tables."""
    with place.pipeline.sql_client() as client:
        for statement in statements:
            client.execute_sql(statement)


def note(resource: str, kind: str, status: str, text: str) -> str:
    """A statement that adds a line to the newest load of a resource."""
    return (
        "insert into load_audit (id, resource, kind, status, note, started_at, finished_at, _dlt_load_id) "
        f"select gen_random_uuid()::text, '{resource}', '{kind}', '{status}', '{text}', now(), now(), "
        "max(_dlt_load_id) from load_audit"
    )


STATES = {
    "failed": (
        "Internal server error.",
        [note("orders", "failed", "failed", "Internal server error."), "delete from orders"],
    ),
    "not permitted": (
        "he token lacks Order:read",
        [
            note("orders", "left out", "incomplete", "The token lacks Order:read."),
            "delete from load_audit where resource = 'orders' and kind in ('window', 'list')",
            "delete from orders",
        ],
    ),
    "not loaded": (
        "not loaded",
        ["delete from load_audit where resource = 'orders'", "delete from orders"],
    ),
}
EMPTIED = [
    f"delete from {name}" for name in ("sales_daily", "stock_cover", "return_rates", "customer_cohorts")
]


@pytest.mark.full
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_said_to_be_empty_that_is_not_proven(place: Target, render: Render, state: str) -> None:
    """Each notebook says what is wrong with the orders that it needs, and never that there are none."""
    sentence, statements = STATES[state]
    change(place, *statements, *EMPTIED)
    for name in ("first_look", "sales_and_returns", "stock_and_sell_through"):
        shown = render(name).replace("<code>", "").replace("</code>", "")
        assert [lie for lie in LIES if lie in shown] == [], name
        assert sentence in shown, name


@pytest.mark.full
def test_values_of_a_shop_are_never_code(place: Target, render: Render) -> None:
    """No name becomes HTML, SQL or a formula; a base currency that is unknown is not None."""
    name = HOSTILE.replace("'", "''")
    change(
        place,
        f"update sales_daily set base_currency_code = '{name}', currency_code = '{name}'",
        f"update sales_daily set market_name = '{name}', store_name = '{name}'",
        f"update order_lines_enriched set product_name = '{name}', collection_name = '{name}'",
        f"update stock_cover set sku = '{name}', collection_name = '{name}'",
        "update stock_cover set free_to_allocate_quantity = -14, units_sold_28_days = 1",
        "update stock_cover set days_of_cover = 0, product_status = 'ACTIVE'",
        f"update sell_through set collection_name = '{name}'",
        f"update warehouses set name = '{name}'",
        "insert into globale_catalog_issues (rule, severity, product_size_id, number, message, _dlt_load_id) "
        f"values ('X1', 'WARN', 1, 998, '{name}', '1'), ('X1', 'BLOCK', 1, 999, '{name}', '1')",
    )
    for notebook in NOTEBOOKS:
        shown = render(notebook)
        assert "<img src=x" not in shown, notebook
        assert "oversold" in shown or notebook != "stock_and_sell_through"
    change(place, "update sales_daily set base_currency_code = null")
    shown = render("sales_and_returns")
    assert "None" not in shown
    assert "Which one it is, is unknown" in shown


def test_names_of_a_shop_are_no_formulas() -> None:
    """Matplotlib would take dollar signs for the ends of a formula."""
    names: dict[str, Any] = {"$_$": 1.0, "$\\frac$": 2.0, "A $ B": 3.0}
    assert "<img" in charts.bars(names, title="$_$", x_label="$_$", y_label="$^$").text
