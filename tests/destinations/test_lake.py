"""Files in folders and buckets hold exactly what was loaded, as databases do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.common.schema.typing import TTableSchema
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from centra_sandbox import Sandbox
from centra_source import CentraError, centra_source
from centra_source.destinations import lake
from centra_source.destinations.impl.lake.files import replace_rows
from centra_source.destinations.impl.lake.merge import HINTS, Merge, open_staged_rows, parse_merge
from centra_source.exceptions import InvalidSetting
from centra_source.tables.merging import MARKERS
from centra_source.tables.table import Column, Table, arrow_schema

from ..support.extensions import duckdb_extensions, extensions_home
from ..support.lake_places import (
    FORMATS,
    LINES,
    TableFormat,
    list_files,
    make_lake_pipeline,
    make_lines_resource,
    read_stored_rows,
)
from ..support.matrix import check_loaded_twice
from ..support.selection import representative
from ..support.target import catch_error
from ..support.workplace import Row, Workplace

__all__ = ["duckdb_extensions", "extensions_home"]

each_format = pytest.mark.parametrize("table_format", FORMATS)
one_format = pytest.mark.parametrize("table_format", representative(FORMATS, "parquet"))
"""For what matters less by format: `make test` takes the format with a merge of our own."""

MIXED: list[tuple[TableFormat, TableFormat]] = [
    ("parquet", "delta"),
    ("delta", "parquet"),
    ("delta", "iceberg"),
]

FEW = ("products", "orders", "returns", "stock", "warehouses", "brands")


def line(order: int, number: int, text: str | None = None) -> Row:
    """A line with values that are easily spoilt."""
    moment = datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=timezone.utc)
    return {
        "order_id": order,
        "number": number,
        "text": text,
        "amount": Decimal("12345678901.2345"),
        "at": moment,
    }


def marker(order: int) -> Row:
    """What is loaded of an order that has no lines."""
    return {"order_id": order, "number": MARKERS["bigint"]}


def texts(pipeline: dlt.Pipeline) -> dict[tuple[int, int], str | None]:
    """The texts of the stored lines; fails if a line is there twice."""
    rows = read_stored_rows(pipeline, "lines")
    found = {(row["order_id"], row["number"]): row["text"] for row in rows}
    assert len(found) == len(rows)
    return found


@one_format
def test_lines_of_loaded_orders_are_replaced(tmp_path: Path, table_format: TableFormat) -> None:
    """Lines that are gone go, also the last of an order; those of other orders stay as they are."""
    pipeline = make_lake_pipeline(tmp_path, table_format)
    pipeline.run(
        make_lines_resource([line(1, 1, "a"), line(1, 2, "b"), line(2, 1, "c"), line(3, 1, "'\"\\\n漢")])
    )
    pipeline.run(make_lines_resource([line(1, 1, "changed"), marker(2), line(4, 1, None)]))
    assert texts(pipeline) == {(1, 1): "changed", (3, 1): "'\"\\\n漢", (4, 1): None}
    assert line(3, 1, "'\"\\\n漢") in read_stored_rows(pipeline, "lines")
    pipeline.run(make_lines_resource([line(5, 1, "e")], replaced_by=None))
    assert texts(pipeline) == {(5, 1): "e"}
    pipeline.run(make_lines_resource([], replaced_by=None))
    assert texts(pipeline) == {}
    pipeline.run(make_lines_resource([line(6, 1, "f")]))
    assert texts(pipeline) == {(6, 1): "f"}


@one_format
def test_of_rows_with_one_key_the_last_counts(tmp_path: Path, table_format: TableFormat) -> None:
    """An order that was read twice in one load is there once."""
    pipeline = make_lake_pipeline(tmp_path, table_format)
    pipeline.run(make_lines_resource([line(1, 1, "before"), line(1, 2, "b"), line(1, 1, "after")]))
    assert texts(pipeline) == {(1, 1): "after", (1, 2): "b"}


@one_format
def test_new_columns_are_added_and_old_ones_stay(tmp_path: Path, table_format: TableFormat) -> None:
    """Old rows are null in a new column; a column that is loaded no longer is kept, and null in new rows."""
    colour = Column("colour", "text")
    wider = Table("lines", (*LINES.columns, colour), LINES.key, LINES.root_key)
    narrower = Table("lines", (*LINES.columns[:2], colour), LINES.key, LINES.root_key)
    pipeline = make_lake_pipeline(tmp_path, table_format)
    pipeline.run(make_lines_resource([line(1, 1, "a"), line(2, 1, "b")]))
    pipeline.run(make_lines_resource([], table=wider))
    pipeline.run(make_lines_resource([{**line(2, 1, "c"), "colour": "red"}], table=wider))
    rows = {row["order_id"]: row for row in read_stored_rows(pipeline, "lines")}
    assert rows == {1: {**line(1, 1, "a"), "colour": None}, 2: {**line(2, 1, "c"), "colour": "red"}}
    pipeline.run(make_lines_resource([{"order_id": 1, "number": 1, "colour": "blue"}], None, narrower))
    empty = {"text": None, "amount": None, "at": None}
    assert read_stored_rows(pipeline, "lines") == [{"order_id": 1, "number": 1, **empty, "colour": "blue"}]


@one_format
def test_load_that_is_executed_again_changes_nothing(tmp_path: Path, table_format: TableFormat) -> None:
    """Whatever was noted of a load before it was killed, all its jobs can be executed once more."""
    pipeline = make_lake_pipeline(tmp_path, table_format)
    pipeline.run(make_lines_resource([line(1, 1, "a"), line(1, 2, "b"), line(2, 1, "c")]))
    pipeline.extract(make_lines_resource([line(1, 1, "changed"), line(3, 1, "new"), marker(2)]))
    pipeline.normalize()
    working, kept = Path(pipeline.working_dir), tmp_path / "kept"
    shutil.copytree(working, kept)
    wanted = {(1, 1): "changed", (3, 1): "new"}
    for _ in range(2):
        pipeline.load()
        assert texts(pipeline) == wanted
        shutil.rmtree(working)
        shutil.copytree(kept, working)


@pytest.mark.full
@each_format
def test_many_orders_at_once(tmp_path: Path, table_format: TableFormat) -> None:
    """A load of 25,000 orders is merged as one of three."""
    pipeline = make_lake_pipeline(tmp_path, table_format)
    pipeline.run(
        make_lines_resource([line(order, number, "a") for order in range(30_000) for number in (1, 2)])
    )
    pipeline.run(make_lines_resource([line(order, 1, "b") for order in range(0, 50_000, 2)]))
    found = texts(pipeline)
    assert len(found) == 2 * 15_000 + 25_000
    assert sum(text == "b" for text in found.values()) == 25_000


@pytest.mark.full
@each_format
def test_dlt_reads_a_lake(tmp_path: Path, table_format: TableFormat, duckdb_extensions: Path) -> None:
    """What users and this loader call, `pipeline.dataset()`, reads the same, with dlt's own tables."""
    pipeline = make_lake_pipeline(tmp_path, table_format)
    pipeline.run(make_lines_resource([]))
    assert pipeline.dataset().lines.arrow().num_rows == 0
    pipeline.run(make_lines_resource([line(1, 1, "a"), line(2, 1, "b")]))
    pipeline.run(make_lines_resource([marker(2)]))
    dataset = pipeline.dataset()
    found = dataset("select order_id, number, text, amount from lines").fetchall()
    assert found == [(1, 1, "a", Decimal("12345678901.2345"))]
    assert len(dataset("select * from _dlt_loads").fetchall()) == 3
    copy = dlt.pipeline(
        pipeline.pipeline_name,
        pipelines_dir=str(tmp_path / "elsewhere"),
        destination=pipeline.destination,
        dataset_name=pipeline.dataset_name,
    )
    copy.sync_destination()
    assert copy.state["_version_hash"] == pipeline.state["_version_hash"]


def test_small_loads_share_a_file(tmp_path: Path) -> None:
    """A table of plain Parquet files does not get a file by every load."""
    pipeline = make_lake_pipeline(tmp_path, "parquet")
    for order in range(5):
        pipeline.run(make_lines_resource([line(order, 1, "a")]))
    assert len(texts(pipeline)) == 5
    assert len(list_files(pipeline, "lines")) == 1


class Outage(Exception):
    """The process has ended here."""


class Failing(LocalFileSystem):  # type: ignore[misc]
    """A folder that goes away after some steps.

    Args:
        steps: That it still takes.
    """

    cachable = False

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def put(self, local: str, path: str) -> None:
        """Puts a file."""
        self._step()
        shutil.copy(local, path)

    def rm_file(self, path: str) -> None:
        """Removes a file."""
        self._step()
        super().rm_file(path)

    def _step(self) -> None:
        if not self.steps:
            raise Outage
        self.steps -= 1


@pytest.mark.parametrize("scope", ["order_id", None])
def test_outage_between_two_files_loses_no_row(tmp_path: Path, scope: str | None) -> None:
    """At each step of a merge of Parquet files, rows out of scope are there once and those in scope at least
    in one state; after the same job has been executed again, all is as if nothing had happened."""
    parts = [[line(order, 1, "a"), line(order + 1, 1, "b")] for order in (1, 3, 5)] + [[line(2, 2, "z")]]
    news = tmp_path / "news.parquet"
    write(news, [line(2, 1, "new"), line(4, 1, "new"), line(9, 1, "new")])
    merge = Merge(scope, "number <> -1", LINES.key)
    wanted = {(2, 1): "new", (4, 1): "new", (9, 1): "new"}
    if scope:
        wanted = {(1, 1): "a", (3, 1): "a", (5, 1): "a", (6, 1): "b", **wanted}
    states = set()
    for steps in range(6):
        table = tmp_path / f"{scope} {steps}"
        table.mkdir()
        for number, rows in enumerate(parts):
            write(table / f"{number}.parquet", rows)
        with open_staged_rows([str(news)], merge) as staged:
            for folder in (Failing(steps), Failing(9)):
                try:
                    files = [str(file) for file in sorted(table.glob("*.parquet"))]
                    replace_rows(folder, files, str(table / "new.parquet"), staged, folder.put)
                except Outage:
                    found = read(table)
                    keys = [(row["order_id"], row["number"]) for row in found]
                    assert {*keys} >= {key for key in wanted if key != (9, 1)}
                    untouched = (1, 3, 5, 6) if scope else ()
                    assert [key for key in sorted(keys) if key[0] in untouched] == [
                        (order, 1) for order in untouched
                    ]
                    states.add(len(found))
            found = read(table)
            assert {(row["order_id"], row["number"]): row["text"] for row in found} == wanted
            assert len(found) == len(wanted)
    assert len(states) > 2, "no outage hit"


@pytest.mark.parametrize("scope", ["order_id", None])
def test_columns_that_a_load_lacks_are_kept(tmp_path: Path, scope: str | None) -> None:
    """A file that is replaced as a whole may be the only one that has them."""
    stored, news = tmp_path / "lines" / "stored.parquet", tmp_path / "news.parquet"
    stored.parent.mkdir()
    write(stored, [line(1, 1, "a")])
    write(news, [line(1, 1, "b")], "order_id", "number")
    with open_staged_rows([str(news)], Merge(scope, "true", LINES.key)) as staged:
        replace_rows(Failing(9), [str(stored)], str(stored.with_name("new.parquet")), staged, shutil.copy)
    nothing = {"text": None, "amount": None, "at": None}
    assert read(stored.parent) == [{"order_id": 1, "number": 1, **nothing}]


def write(path: Path, rows: list[Row], *columns: str) -> None:
    """A file of lines, with some columns or all."""
    table = pa.Table.from_pylist(rows, schema=arrow_schema(LINES))
    pq.write_table(table.select(columns or table.column_names), path)


def read(folder: Path) -> list[Row]:
    """The rows of all files of a folder."""
    found: list[Row] = pq.read_table(folder).to_pylist()
    return found


@pytest.mark.parametrize(
    ("hints", "sentence"),
    [
        ({"x-merge-destination-scope": "order_id > 5"}, "does not support"),
        ({"x-merge-destination-scope": "text IN (SELECT order_id FROM {staging_table})"}, "does not support"),
        ({"x-merge-destination-scope": "no IN (SELECT no FROM {staging_table})"}, "does not support"),
        ({"x-merge-destination-scope": "order_id IN (SELECT order_id FROM {table})"}, "does not support"),
        (
            {"x-merge-destination-scope": "order_id NOT IN (SELECT order_id FROM {staging_table})"},
            "does not support",
        ),
        ({"x-merge-destination-scope": "1 = 1", "x-merge-source-filter": "number <> ("}, "is not valid SQL"),
        ({}, "no destination_scope"),
    ],
)
def test_other_merges_are_refused(hints: dict[str, str], sentence: str) -> None:
    """One sentence says what cannot be exact."""
    columns = {name: {"name": name} for name in ("order_id", "number", "text")}
    table: Any = {"name": "lines", "columns": columns, HINTS: hints}
    with pytest.raises(InvalidSetting, match=sentence):
        parse_merge(table)


def test_merge_hints_are_read_as_sql() -> None:
    """Blanks and cases do not matter."""
    columns = {
        name: {"name": name, "data_type": "bigint", "primary_key": True} for name in ("order_id", "number")
    }
    scope = 'order_id  in ( select "order_id" from {staging_table} )'
    table: Any = {"name": "lines", "columns": columns, HINTS: {"x-merge-destination-scope": scope}}
    assert parse_merge(table) == Merge("order_id", "TRUE", ("order_id", "number"))
    table[HINTS] = {
        "x-merge-destination-scope": "1=1",
        "x-merge-source-filter": "number<>-1 AND text IS NULL",
    }
    assert parse_merge(table) == Merge(None, '"number" <> -1 AND "text" IS NULL', ("order_id", "number"))


def test_merge_of_another_source_is_refused_before_it_writes(tmp_path: Path) -> None:
    """A merge by key alone would need another kind of care."""
    pipeline = make_lake_pipeline(tmp_path, "parquet")
    other = dlt.resource([{"id": 1}], name="others", primary_key="id", write_disposition="merge")
    error = catch_error(InvalidSetting, lambda: pipeline.run(other))
    assert "others has no destination_scope" in str(error)


@pytest.mark.parametrize(("begun", "other"), representative(MIXED, MIXED[0]))
def test_formats_are_not_mixed(tmp_path: Path, begun: TableFormat, other: TableFormat) -> None:
    """A dataset that was begun in another format is refused, and stays as it is."""
    first = make_lake_pipeline(tmp_path / "first", begun, str(tmp_path / "lake"))
    first.run(make_lines_resource([line(1, 1, "a")]))
    second = make_lake_pipeline(tmp_path / "second", other, str(tmp_path / "lake"))
    error = catch_error(Exception, lambda: second.run(make_lines_resource([line(1, 1, "b")])))
    assert "files of another format" in str(error)
    assert texts(first) == {(1, 1): "a"}


def test_unknown_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting says what it can be."""
    monkeypatch.setenv("DESTINATION__FILESYSTEM__TABLE_FORMAT", "detla")
    pipeline = dlt.pipeline(
        "x", pipelines_dir=str(tmp_path), destination=lake(str(tmp_path)), dataset_name="centra_data"
    )
    with pytest.raises(Exception, match="table_format"):
        pipeline.run(make_lines_resource([]))


@dlt.destination
def listener(items: Any, table: TTableSchema) -> None:
    """A destination that merges nothing."""


@pytest.mark.parametrize("destination", ["filesystem", "listener"])
def test_destinations_without_merges_are_refused(
    small_shop: Sandbox, tmp_path: Path, destination: str
) -> None:
    """The source says so before it asks the shop anything."""
    places: dict[str, Any] = {
        "filesystem": dlt.destinations.filesystem(str(tmp_path / "files")),
        "listener": listener(),
    }
    pipeline = dlt.pipeline(
        "plain", pipelines_dir=str(tmp_path), destination=places[destination], dataset_name="centra_data"
    )
    source = centra_source(small_shop.url, small_shop.token).with_resources("orders")
    error = catch_error(CentraError, lambda: pipeline.run(source))
    wanted = {
        "filesystem": "from centra_source.destinations import lake",
        "listener": "Use a destination that has it",
    }
    assert wanted[destination] in str(error)
    assert not small_shop.requests


@pytest.mark.full
@pytest.mark.parametrize(
    ("table_format", "deletes"),
    [
        ("parquet", "hard"),
        pytest.param("delta", "soft", marks=pytest.mark.slow),
        pytest.param("iceberg", "hard", marks=pytest.mark.slow),
    ],
)
def test_shop_loaded_twice(
    tmp_path: Path, duckdb_extensions: Path, table_format: TableFormat, deletes: str
) -> None:
    """Every row and value is as in the shop, after a first load and after edits."""
    pipeline = make_lake_pipeline(tmp_path, table_format)
    check_loaded_twice(
        pipeline,
        lambda table: read_stored_rows(pipeline, table),
        resources=FEW,
        settings={"deletes": deletes},
    )


S3_SERVER = """
import logging
import sys
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def bucket() -> Iterator[dict[str, Any]]:
    """An S3 server with a bucket, as settings of dlt's destination.

    It is a process of its own: delta-rs keeps Python waiting while it asks.
    """
    pytest.importorskip("moto.server", reason="moto is not installed")
    boto3 = pytest.importorskip("boto3")
    server = subprocess.Popen(
        [sys.executable, "-c", S3_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    login = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-north-1"}
    place = {"LocationConstraint": login["region_name"]}
    client = boto3.client("s3", endpoint_url=address, **login)
    client.create_bucket(Bucket="centra-lake", CreateBucketConfiguration=place)
    yield {
        "credentials": {**login, "endpoint_url": address, "s3_url_style": "path"},
        "deltalake_storage_options": {"allow_http": "true"},
    }
    server.kill()
    server.wait()


@pytest.mark.slow
@each_format
def test_shop_loaded_twice_into_a_bucket(
    tmp_path: Path, duckdb_extensions: Path, bucket: dict[str, Any], table_format: TableFormat
) -> None:
    """The same on S3."""
    pipeline = make_lake_pipeline(tmp_path, table_format, f"s3://centra-lake/{table_format}", **bucket)
    check_loaded_twice(
        pipeline, lambda table: read_stored_rows(pipeline, table), resources=("orders", "returns", "stock")
    )


@pytest.mark.full
@pytest.mark.parametrize(
    "table_format", ["parquet", *(pytest.param(one, marks=pytest.mark.slow) for one in FORMATS[1:])]
)
def test_job_loads_a_lake(
    small_shop: Sandbox, workplace: Workplace, duckdb_extensions: Path, table_format: TableFormat
) -> None:
    """`--destination filesystem` is a lake: loaded twice, reported, and carried on from another machine."""
    settings = {
        "DESTINATION__FILESYSTEM__BUCKET_URL": str(workplace.folder / "lake"),
        "DESTINATION__FILESYSTEM__TABLE_FORMAT": table_format,
        "HOME": str(duckdb_extensions),
    }
    command = ("--destination", "filesystem", "--resources", "orders,brands")

    def load(*more: str, **variables: str) -> dict[str, list[str]]:
        done = workplace.load(small_shop, *command, *more, **{**settings, **variables})
        assert (done.returncode, done.stderr) == (0, "")
        return {line.split()[0]: line.split()[1:3] for line in done.stdout.splitlines() if line.strip()}

    orders = small_shop.shop.orders
    assert load()["orders"] == [str(len(orders))] * 2
    small_shop.shop.update(orders[0])
    assert load()["orders"] == [str(len(orders)), "1"]
    small_shop.shop.update(orders[1])
    both = load(DLT_DATA_DIR=str(workplace.folder / "other"))["orders"]  # the look-back has the first, too
    assert both == [str(len(orders)), "2"]
    if table_format == "parquet":
        assert load("--full-refresh")["orders"] == [str(len(orders))] * 2
