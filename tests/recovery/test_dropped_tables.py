"""Tables that somebody drops come back, with all that the shop has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from centra_sandbox import Sandbox
from centra_source import CentraError

from ..support.nights import Nights
from ..support.target import catch_error

NAMES = ("orders", "brands", "stock", "stock_change_lines")
TABLES = ("orders", "order_lines", "order_attributes", "brands", "stock", "stock_change_lines")
DROPPED = (
    "orders",
    "order_lines",
    "brands",
    "stock",
    "stock_snapshots",
    "stock_change_lines",
    "load_audit",
    "deleted_objects",
)
"""One table of each kind: with a date, a list inside objects, read whole, growing, the loader's own."""

DLT_TABLES = ("_dlt_version", "_dlt_loads", "_dlt_pipeline_state")


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.full)])
def nights(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Nights]:
    """Runs into a database, of a small shop that has been loaded once."""
    destination = None
    if request.param == "postgres":
        destination = "postgres"
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", request.getfixturevalue("postgres_address"))
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        nights = Nights(sandbox, tmp_path, monkeypatch, destination)
        nights.run(*NAMES)
        yield nights


def test_dropped_tables_and_columns_are_created_and_filled(nights: Nights) -> None:
    """Tables of all kinds at once, and a column: the next run names them and fills them."""
    statements = [f"drop table centra_data.{name}" for name in DROPPED]
    nights.execute(*statements, "alter table centra_data.order_attributes drop column selected_value")
    printed = nights.run(*NAMES)
    for name in (*DROPPED, "order_attributes.selected_value"):
        assert name in printed
    assert nights.find_wrong(*TABLES) == []
    assert nights.rows("stock_snapshots")
    assert "created again" not in nights.run(*NAMES)


@pytest.mark.full
def test_dropped_key_is_explained(nights: Nights) -> None:
    """No column of a key can be added to rows. Each run says so in a sentence, until the table is dropped."""
    nights.execute("alter table centra_data.orders drop column id cascade")
    for _ in range(2):
        error = catch_error(CentraError, lambda: nights.run(*NAMES))
        assert str(error).startswith("The destination lacks orders.id,")
        assert "Drop orders (or the view" in str(error)
    nights.execute("drop table centra_data.orders")
    nights.run(*NAMES)
    assert nights.find_wrong(*TABLES) == []


@pytest.mark.parametrize("names", [DLT_TABLES, *([name] for name in DLT_TABLES)], ids=" ".join)
@pytest.mark.full
def test_dropped_tables_of_dlt_are_created(nights: Nights, names: tuple[str, ...]) -> None:
    """Without dlt's own records the next runs are right too, with a table dropped at the same time."""
    nights.execute(*(f"drop table centra_data.{name}" for name in (*names, "orders")))
    for _ in range(2):
        nights.run(*NAMES)
    assert nights.find_wrong(*TABLES) == []


FOLDER = "the working folder"

LOSSES: dict[str, tuple[str, ...]] = {
    "schema": ("drop schema centra_data cascade",),
    "staging": ("drop schema centra_data_staging cascade",),
    "staging table": ("drop table centra_data_staging.orders",),
    "folder": (FOLDER,),
    "schema and folder": ("drop schema centra_data cascade", FOLDER),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.full
def test_lost_schemas_and_folders_are_made_again(nights: Nights, loss: str) -> None:
    """Whatever of the database or of the machine is gone, the next run is right."""
    nights.execute(*(one for one in LOSSES[loss] if one != FOLDER))
    if FOLDER in LOSSES[loss]:
        nights.delete_working_folder()
    nights.shop.update(nights.shop.orders[3], otherComment="changed meanwhile")
    nights.run(*NAMES)
    assert nights.find_wrong(*TABLES) == []
