"""Every destination that can be run here: a shop loaded twice, compared row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials

from centra_jobs.runs.opening import pipeline_name
from centra_sandbox import Sandbox
from centra_source import centra_source
from centra_source.destinations import postgres
from centra_source.globale import catalog_configuration, derive_catalog

from ..support.extensions import duckdb_extensions, extensions_home
from ..support.globale_shop import RESOURCES as CATALOG
from ..support.mariadb import mariadb_address, mariadb_server
from ..support.matrix import (
    THE_SHOP,
    check_loaded_twice,
    compare_tables,
    convert_to_loaded_types,
    describe_differences,
    edit,
    make_table_reader,
    prepare,
    read_loaded_rows,
)
from ..support.redshift_shaped import give_shape, redshift_shaped
from ..support.target import Target
from ..support.workplace import Row, Workplace

__all__ = ["duckdb_extensions", "extensions_home", "mariadb_address", "mariadb_server"]

FEW = ("products", "orders", "vouchers", "collections", "stock")
"""Resources for destinations that take seconds for each table."""


def pipeline_into(destination: Any, folder: Path) -> dlt.Pipeline:
    """An empty pipeline."""
    return dlt.pipeline(
        "loaded_twice",
        pipelines_dir=str(folder / "pipelines"),
        destination=destination,
        dataset_name="centra_data",
    )


@pytest.mark.full
@pytest.mark.parametrize("deletes", ["hard", pytest.param("soft", marks=pytest.mark.slow)])
def test_duckdb(tmp_path: Path, deletes: str) -> None:
    """The default destination."""
    pipeline = pipeline_into(dlt.destinations.duckdb(str(tmp_path / "test.duckdb")), tmp_path)
    with pipeline.sql_client():  # dlt opens the file again for each table if no connection is open
        check_loaded_twice(pipeline, settings={"deletes": deletes})


@pytest.mark.full
def test_postgres(postgres_address: str, tmp_path: Path) -> None:
    """PostgreSQL itself, with empty texts that stay empty; rows of what is deleted stay and are marked."""
    pipeline = pipeline_into(postgres(postgres_address), tmp_path)
    check_loaded_twice(pipeline, settings={"deletes": "soft"})


@pytest.mark.full
def test_postgres_without_what_is_deleted(postgres_address: str, tmp_path: Path) -> None:
    """deletes="hard" removes the rows."""
    check_loaded_twice(pipeline_into(postgres(postgres_address), tmp_path), resources=FEW)


@pytest.mark.full
def test_postgres_by_the_command_line(postgres_address: str, workplace: Workplace, tmp_path: Path) -> None:
    """`--destination postgres`, with credentials from the environment, twice."""
    resources = ("orders", "brands", "collections")
    options = ("--destination", "postgres", "--dataset", "shop", "--resources", ",".join(resources))
    pipeline = dlt.pipeline(
        pipeline_name("postgres", "shop"),
        pipelines_dir=str(tmp_path),
        destination=postgres(postgres_address),
        dataset_name="shop",
    )
    with Sandbox(**THE_SHOP) as sandbox:
        prepare(sandbox.shop)
        for change in (edit, None):
            done = workplace.load(sandbox, *options, DESTINATION__POSTGRES__CREDENTIALS=postgres_address)
            # The edit removes lines of orders, and leaves Centra's totals as they were: the job says so.
            assert done.returncode == (0 if change else 3), done.stderr[-500:]
            assert ("differ from Centra's totals" in done.stdout) == (change is None)
            pipeline.sync_destination()
            differences = compare_tables(
                sandbox.shop, alive(read_loaded_rows(make_table_reader(pipeline), resources))
            )
            assert not differences, describe_differences(differences, "command line")
            if change:
                change(sandbox)


def alive(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The rows that are not marked as deleted."""
    return {table: [row for row in found if not row.get("deleted_at")] for table, found in rows.items()}


@pytest.fixture(params=["sqlite", "redshift_shaped"])
def other_pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> dlt.Pipeline:
    """A database on which nothing is derived in other tests."""
    if request.param == "sqlite":
        return pipeline_into(dlt.destinations.sqlalchemy(f"sqlite:///{tmp_path}/test.sqlite"), tmp_path)
    address = request.getfixturevalue("postgres_address")
    give_shape(address)
    return pipeline_into(redshift_shaped(address), tmp_path)


@pytest.mark.slow
def test_catalog_is_that_of_duckdb(target: Target, other_pipeline: dlt.Pipeline) -> None:
    """What is derived by SQL, and what is loaded after that, is the same on every database."""
    catalogs = []
    with Sandbox(products=12, orders=0, seed=7) as sandbox:
        for pipeline in (target.pipeline, other_pipeline):
            source = centra_source(sandbox.url, sandbox.token, backoff_factor=0.001)
            pipeline.run(source.with_resources(*CATALOG))
            derive_catalog(pipeline, catalog_configuration())
            found = make_table_reader(pipeline)("globale_catalog")
            columns = pipeline.default_schema.tables["globale_catalog"]["columns"]
            types = {name: column["data_type"] or "text" for name, column in columns.items()}
            catalogs.append(
                sorted(convert_to_loaded_types(found, types), key=lambda row: str(row["product_size_id"]))
            )
    assert catalogs[0]
    assert catalogs[0] == catalogs[1]


@pytest.mark.slow
@pytest.mark.parametrize("catalog", ["sqlite", "duckdb"])
def test_ducklake(duckdb_extensions: Path, tmp_path: Path, catalog: str) -> None:
    """A lake of Parquet files in a folder, with either kind of local catalog."""
    credentials = DuckLakeCredentials(
        "shop", catalog=f"{catalog}:///{tmp_path}/catalog.{catalog}", storage=str(tmp_path / "lake")
    )
    pipeline = pipeline_into(dlt.destinations.ducklake(credentials), tmp_path)
    check_loaded_twice(pipeline, resources=("orders", "collections"))


@pytest.mark.full
def test_sqlite(tmp_path: Path) -> None:
    """A file, through SQLAlchemy."""
    pipeline = pipeline_into(dlt.destinations.sqlalchemy(f"sqlite:///{tmp_path}/test.sqlite"), tmp_path)
    check_loaded_twice(pipeline, resources=FEW)


@pytest.mark.slow
def test_mariadb(mariadb_address: str, tmp_path: Path) -> None:
    """MariaDB, and so what MySQL would get, through SQLAlchemy."""
    check_loaded_twice(pipeline_into(dlt.destinations.sqlalchemy(mariadb_address), tmp_path), resources=FEW)


@pytest.mark.slow
def test_redshift_shaped(postgres_address: str, tmp_path: Path) -> None:
    """What dlt writes for Redshift, run by PostgreSQL."""
    give_shape(postgres_address)
    check_loaded_twice(pipeline_into(redshift_shaped(postgres_address), tmp_path), resources=FEW)
