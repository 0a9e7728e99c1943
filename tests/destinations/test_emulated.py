"""Snowflake and BigQuery, as far as their emulators can be used: see tests/support/emulators.py."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import dlt
import pytest
from rich.console import Console

from centra_jobs.output.load_report import show_load
from centra_sandbox import Sandbox
from centra_source import centra_source
from centra_source.globale import catalog_configuration, derive_catalog
from centra_source.models import MODELS, derive_models

from ..support.emulators import BigQuery, bigquery_server, snowflake_server
from ..support.globale_shop import RESOURCES
from ..support.matrix import (
    RESOURCES_OF_THE_MATRIX,
    ReadRows,
    check_loaded_twice,
    convert_to_loaded_types,
    list_types,
)
from ..support.target import Target
from ..support.workplace import Row

__all__ = ["bigquery_server", "snowflake_server"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Cannot create BigQuery Storage client"),
]

FEW_RESOURCES = ("products", "orders", "stock", "brands")
"""BigQuery's emulator takes seconds to list the columns of many tables, for which the loader asks often."""

PLACES = pytest.mark.parametrize("place", ["snowflake", "bigquery"], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> dlt.Pipeline:
    """A pipeline into one of the destinations."""
    pipeline: dlt.Pipeline = request.getfixturevalue(request.param)
    return pipeline


@pytest.fixture
def snowflake(snowflake_server: int, tmp_path: Path) -> dlt.Pipeline:
    """A pipeline into an empty database of the emulator, through Snowflake's own client."""
    import snowflake.connector

    place = {"host": "localhost", "port": snowflake_server, "protocol": "http", "account": "fakesnow"}
    database = f"SHOP_{uuid4().hex.upper()}"
    with snowflake.connector.connect(user="fake", password="none", **place) as connection:
        connection.cursor().execute(f"create database {database}")
    credentials = {
        "database": database,
        "username": "fake",
        "password": "none",
        "host": "fakesnow",
        "warehouse": "LOADING",
        "role": "LOADER",
        "query": place,
    }
    # The emulator runs one statement at a time, and reads no JSON files.
    destination = dlt.destinations.snowflake(
        credentials,
        supports_multiple_statements=False,
        preferred_loader_file_format="parquet",
        supported_loader_file_formats=["parquet"],
    )
    return _pipeline(destination, tmp_path)


@pytest.fixture
def bigquery(bigquery_server: BigQuery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dlt.Pipeline:
    """A pipeline into an empty dataset of the emulator, through Google's own client."""
    for name, value in bigquery_server.environment.items():
        monkeypatch.setenv(name, value)
    return _pipeline(dlt.destinations.bigquery(), tmp_path)


def _pipeline(destination: Any, folder: Path) -> dlt.Pipeline:
    return dlt.pipeline(
        "centra_test_emulated",
        pipelines_dir=str(folder / "pipelines"),
        destination=destination,
        dataset_name=folder.name,
    )


def reader_of(pipeline: dlt.Pipeline) -> ReadRows:
    """Reads whole tables page by page: dlt's `arrow()` gives the first page on BigQuery."""

    def read_rows(table: str) -> list[Row]:
        with (
            pipeline.sql_client() as client,
            client.execute_query(f"select * from {client.make_qualified_table_name(table)}") as cursor,
        ):
            listed = [row for page in cursor.iter_arrow(chunk_size=10_000) for row in page.to_pylist()]
        lowered = [{name.lower(): value for name, value in row.items()} for row in listed]
        return [{name: row[name] for name in row if not name.startswith("_dlt")} for row in lowered]

    return read_rows


@PLACES
def test_loads_twice(place: dlt.Pipeline) -> None:
    """Every row and value is that of the shop after a full load, and after one of what was edited.

    What was deleted is marked in the second load, for which it reads back ids and whole rows.
    """
    resources = FEW_RESOURCES if place.destination.destination_name == "bigquery" else RESOURCES_OF_THE_MATRIX
    settings = {"deletes": "soft", "sweep": True}
    counts = check_loaded_twice(place, reader_of(place), resources=resources, settings=settings)
    assert min(counts[table] for table in ("orders", "order_lines", "products", "stock")) > 10


@PLACES
def test_derives_the_catalog_and_reports(place: dlt.Pipeline, target: Target) -> None:
    """Queries are translated: the report shows what was loaded, the catalog is the one that DuckDB makes."""
    shown, configuration = io.StringIO(), catalog_configuration(composition="pr_materials")
    with Sandbox(products=8, orders=0, seed=7) as sandbox:
        target.load(sandbox, *RESOURCES)
        source = centra_source(sandbox.url, sandbox.token, backoff_factor=0.001).with_resources(*RESOURCES)
        loaded = place.run(source)
    show_load(Console(file=shown, width=120), place.dataset(), loaded.loads_ids)
    assert [line.split()[:3] for line in shown.getvalue().splitlines() if line.startswith("displays ")] == [
        ["displays", *(2 * [f"{len(target.rows('displays')):,}"])]
    ]
    read_rows = reader_of(place)
    for pipeline in (target.pipeline, place):
        derive_catalog(pipeline, configuration)
    for table in ("globale_catalog", "globale_catalog_issues"):
        assert _sorted(read_rows(table)) == _sorted(target.rows(table))


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


@PLACES
def test_derives_the_models(place: dlt.Pipeline, target: Target) -> None:
    """The tables for analysts, made by the destination itself, are those that DuckDB makes."""
    with Sandbox(products=6, orders=20, seed=7) as sandbox:
        for pipeline in (target.pipeline, place):
            source = centra_source(sandbox.url, sandbox.token, backoff_factor=0.001)
            pipeline.run(source.with_resources("orders", "returns", "stores", "currencies"))
            assert {"sales_daily", "order_lines_enriched"} <= set(derive_models(pipeline).made)
    read_rows, is_rough = reader_of(place), place.destination.destination_name == "bigquery"
    for model in MODELS:
        if model.name == "sales_daily" or (model.name == "order_lines_enriched" and not is_rough):
            types = list_types(model.table)
            # BigQuery's emulator keeps three decimals of a NUMERIC, of nine, and so spoils currency rates.
            exact = [name for name in types if not (is_rough and name.endswith("_base"))]
            found, wanted = (
                [{name: row.get(name) for name in exact} for row in convert_to_loaded_types(rows, types)]
                for rows in (read_rows(model.name), target.rows(model.name))
            )
            assert wanted
            assert _sorted(found) == _sorted(wanted)
