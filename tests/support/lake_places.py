"""Lakes for tests, and their tables as read from the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.extract import DltResource

from centra_source.destinations import lake
from centra_source.tables.merging import make_item
from centra_source.tables.table import Column, Table, arrow_schema

from .workplace import Row

TableFormat = Literal["parquet", "delta", "iceberg"]
FORMATS: tuple[TableFormat, ...] = ("parquet", "delta", "iceberg")

LINES = Table(
    "lines",
    columns=(
        Column("order_id", "bigint"),
        Column("number", "bigint"),
        Column("text", "text"),
        Column("amount", "decimal"),
        Column("at", "timestamp"),
    ),
    key=("order_id", "number"),
    root_key="order_id",
)
"""The table of order lines, loaded like the child table of any resource."""


def make_lake_pipeline(
    folder: Path, table_format: TableFormat, url: str | None = None, **settings: Any
) -> dlt.Pipeline:
    """Returns a pipeline into a lake, on disk by default."""
    return dlt.pipeline(
        "lake_test",
        pipelines_dir=str(folder / "pipelines"),
        destination=lake(url or str(folder / "lake"), table_format=table_format, **settings),
        dataset_name="centra_data",
    )


def make_lines_resource(
    rows: Sequence[Row], replaced_by: str | None = "order_id", table: Table = LINES
) -> DltResource:
    """Returns a resource that replaces lines by their orders, or all lines."""

    def read() -> Iterator[Any]:
        yield make_item(table, pa.Table.from_pylist(list(rows), schema=arrow_schema(table)), replaced_by)

    return dlt.resource(read, name="lines")


def read_stored_rows(pipeline: dlt.Pipeline, table: str) -> list[Row]:
    """Returns the rows of a table from its files, without dlt's own columns."""
    rows = _STORED[_get_format(pipeline)](pipeline, table)
    own = [name for name in rows.column_names if name.startswith("_dlt")]
    listed: list[Row] = rows.drop_columns(own).to_pylist()
    return listed


def list_files(pipeline: dlt.Pipeline, table: str) -> list[str]:
    """Returns all files of a table."""
    with pipeline.destination_client() as client:
        return sorted(client.list_table_files(table))  # type: ignore[attr-defined]


def _get_format(pipeline: dlt.Pipeline) -> str:
    return str(pipeline.destination.config_params["table_format"])


def _read_parquet(pipeline: dlt.Pipeline, table: str) -> pa.Table:
    with pipeline.destination_client() as client:
        filesystem = client.fs_client  # type: ignore[attr-defined]
        parts = []
        for path in list_files(pipeline, table):
            with filesystem.open(path, "rb") as file:
                parts.append(pq.read_table(file))
    return pa.concat_tables(parts, promote_options="default")


def _read_delta(pipeline: dlt.Pipeline, table: str) -> pa.Table:
    from dlt.common.libs.deltalake import get_delta_tables

    return get_delta_tables(pipeline, table)[table].to_pyarrow_table()


def _read_iceberg(pipeline: dlt.Pipeline, table: str) -> pa.Table:
    from dlt.common.libs.pyiceberg import get_iceberg_tables

    return get_iceberg_tables(pipeline, table)[table].scan().to_arrow()


_STORED = {"parquet": _read_parquet, "delta": _read_delta, "iceberg": _read_iceberg}
