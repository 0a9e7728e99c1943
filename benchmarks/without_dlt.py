"""The upper limit: the same tables from the same pages with only requests, orjson, Arrow and DuckDB."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import requests

from centra_source.data_types import ARROW_TYPES
from centra_source.operations.documents import load_operation
from centra_source.operations.selections import find_root
from centra_source.resources import RESOURCES
from centra_source.tables.planning import plan_tables
from centra_source.tables.table import Table

from .job import DATASET, TOKEN, Job

PAGE_SIZE = 100
BATCH_PAGES = 40

Page = list[dict[str, Any]]


def load(job: Job) -> None:
    """Loads each resource by its connection, page by page."""
    with duckdb.connect(str(job.database)) as connection:
        for name in job.resources:
            insert(job, connection, name, pages(job, name))


def bodies(job: Job, name: str) -> Iterator[tuple[bytes, Page]]:
    """Yields each page of a resource: its bytes and its nodes."""
    operation, root = load_operation(name), find_root(load_operation(name))
    after: str | None = None
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        has_next = True
        while has_next:
            body = {"query": operation.text, "variables": {"first": PAGE_SIZE, "after": after}}
            with job.step("request"):
                content = session.post(job.url, json=body, timeout=60).content
            with job.step("parse"):
                found = orjson.loads(content)["data"][root.response_key]
            yield content, [edge["node"] for edge in found["edges"]]
            after, has_next = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]


def pages(job: Job, name: str) -> Iterator[Page]:
    """Yields the nodes of each page."""
    return (nodes for _, nodes in bodies(job, name))


def insert(job: Job, connection: duckdb.DuckDBPyConnection, name: str, listed: Iterable[Page]) -> None:
    """Writes the pages of a resource to the tables of the source."""
    plan = plan_tables(load_operation(name), RESOURCES[name].lists, RESOURCES[name].key)
    remaining = iter(listed)
    connection.execute(f"create schema if not exists {DATASET}")
    gc.disable()  # what is parsed holds no cycles, and to look for them takes a third of the time
    try:
        while batch := list(chain.from_iterable(islice(remaining, BATCH_PAGES))):
            for table in plan:
                with job.step("build"):
                    rows = _arrow_table(table, batch)
                with job.step("insert"):
                    connection.register("rows", rows)
                    connection.execute(
                        f"create table if not exists {DATASET}.{table.name} as from rows limit 0"
                    )
                    connection.execute(f"insert into {DATASET}.{table.name} from rows")
    finally:
        gc.enable()


def _arrow_table(table: Table, nodes: Page) -> pa.Table:
    levels, positions = [nodes], [0] * len(nodes)
    for path in table.lists:
        lists: list[Any] = levels[-1]
        for key in path:
            lists = [found.get(key) or {} for found in lists]
        repeated = [at for at, elements in enumerate(lists) for _ in elements]
        levels = [[level[at] for at in repeated] for level in levels]
        levels.append(list(chain.from_iterable(lists)))
    if table.lists:
        positions = _number_rows(levels[0])
    owners: dict[tuple[int, tuple[str, ...]], Page] = {(at, ()): level for at, level in enumerate(levels)}
    arrays = []
    for column in table.columns:
        values: list[Any] = positions
        for depth, key in enumerate(column.path, start=1):
            place = column.level, column.path[:depth]
            above = owners[column.level, column.path[: depth - 1]]
            if depth == len(column.path):
                values = [owner.get(key) for owner in above]
            elif place not in owners:
                owners[place] = [owner.get(key) or {} for owner in above]
        arrays.append(_array(values, ARROW_TYPES[column.data_type], column.is_list))
    return pa.table(arrays, names=[column.name for column in table.columns])


def _number_rows(roots: Page) -> list[int]:
    """Counts each row within its root object, from 1."""
    numbers, before, number = [], None, 0
    for root in roots:
        number = number + 1 if root is before else 1
        numbers.append(number)
        before = root
    return numbers


def _array(values: list[Any], kind: pa.DataType, is_list: bool) -> pa.Array:
    if is_list:
        return pa.array([None if value is None else orjson.dumps(value).decode() for value in values], kind)
    if pa.types.is_decimal(kind):
        return pa.array(values, pa.float64()).cast(kind)
    return pa.array(values, pa.string()).cast(kind) if pa.types.is_timestamp(kind) else pa.array(values, kind)
