"""Writes tables that are derived from loaded ones. One that fails keeps its content and blocks no load."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import dlt
import pyarrow as pa
import sqlglot
from dlt.destinations.exceptions import DatabaseException
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.extract import DltResource
from dlt.extract.items import DataItemWithMeta

from ..clock import utc_now
from ..data_types import DERIVED_PRECISION, MONEY_PRECISION, MONEY_SCALE
from ..exceptions import InvalidSetting, causes, find_cause
from ..tables.loader_tables import DERIVED_FAILURES
from ..tables.merging import MARKERS, make_item
from ..tables.table import Table, arrow_schema
from .queries import DIALECT, rows_of

NARROW_DIALECTS = {"bigquery": 33}
"""Digits of the widest decimal with four decimals, where it has fewer than `DERIVED_PRECISION`."""
# cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types: 29 before the point

LONGEST_REASON = 200


def derived_precision(dialect: str) -> int:
    """Returns how many digits a derived amount has at destinations of a SQL dialect."""
    return NARROW_DIALECTS.get(dialect, DERIVED_PRECISION)


def fit_table(table: Table, dialect: str) -> Table:
    """Returns a table with amounts that are as wide as its destination has them, if they are derived ones."""
    digits = min(table.money_precision, derived_precision(dialect))
    return replace(table, money_precision=digits)


def run_derived(pipeline: dlt.Pipeline, resource: DltResource, tables: Iterable[Table] = ()) -> None:
    """Runs a resource that derives some tables. A failed package is dropped: it would block the next load.

    Args:
        pipeline: The pipeline that loaded the shop.
        resource: It derives the tables from the loaded ones.
        tables: Those of them whose amounts are wider than amounts of Centra.
    """
    if pipeline.has_pending_data:
        pipeline.run()  # packages of a killed run: dlt would load only these and ignore the resource
    _widen_amounts(pipeline, tables)
    gc.freeze()  # parsed SQL is many small objects, and garbage collections among all others take seconds
    try:
        with _silence_dlt():
            try:
                pipeline.run(resource)
            except Exception:
                pipeline.abort_packages()
                raise
    finally:
        gc.unfreeze()


def derive_separately(
    names: Sequence[str],
    derive: Callable[[Sequence[str]], None],
    find_likely_cause: Callable[[str], str] = lambda name: "",
) -> dict[str, str]:
    """Derives some tables together; if one of them fails, each alone, so that it stops no other.

    Args:
        names: Of the tables.
        derive: Derives some of them.
        find_likely_cause: Returns a sentence about the likely cause that a table failed, or nothing.

    Returns:
        A sentence by name of each table that could not be derived; it stays as it was.

    Raises:
        InvalidSetting: As `derive`: no table can be derived.
    """

    def describe(name: str, error: Exception) -> str:
        cause = find_likely_cause(name)
        return (
            f"{name} could not be made and is as it was before: {describe_reason(error)}."
            f"{f' {cause}' if cause else ''} The next run tries again."
        )

    try:
        derive(names)
        return {}
    except Exception as error:
        if find_cause(error, InvalidSetting):
            raise
        if len(names) == 1:
            return {names[0]: describe(names[0], error)}
    failed = {}
    for name in names:
        try:
            derive([name])
        except Exception as error:
            failed[name] = describe(name, error)
    return failed


def record_failures(pipeline: dlt.Pipeline, made_by: str, failures: Mapping[str, str]) -> None:
    """Writes down which derived tables could not be made, so that each screen that shows one can say so.

    Args:
        pipeline: The pipeline that loaded the shop.
        made_by: What makes the tables; its earlier failures are forgotten.
        failures: The reason by name of each table.
    """
    dataset = pipeline.dataset()
    if not failures and not read_failures(dataset, made_by):
        return
    now = utc_now()
    rows = [
        {"made_by": made_by, "table_name": name, "reason": reason, "failed_at": now}
        for name, reason in failures.items()
    ]
    rows = rows or [{"made_by": made_by, "table_name": MARKERS["text"]}]  # removes the earlier ones

    @dlt.resource(name=DERIVED_FAILURES.name)
    def failed() -> Iterator[DataItemWithMeta]:
        table = pa.Table.from_pylist(rows, schema=arrow_schema(DERIVED_FAILURES))
        yield make_item(DERIVED_FAILURES, table, DERIVED_FAILURES.root_key)

    run_derived(pipeline, failed())


def read_failures(dataset: dlt.Dataset, made_by: str | None = None) -> dict[str, str]:
    """Returns why derived tables could not be made when they were last tried, by table."""
    if DERIVED_FAILURES.name not in dataset.tables:
        return {}
    where = f"where made_by = '{made_by}'" if made_by else ""
    query = f"select table_name, reason from {DERIVED_FAILURES.name} {where}"
    return {row["table_name"]: row["reason"] for row in rows_of(dataset, query)}


def describe_reason(error: BaseException) -> str:
    """Returns why the destination could not derive a table: the first line of what it says."""
    *_, cause = causes(error)
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0].strip().rstrip(".!")[:LONGEST_REASON]


@contextmanager
def _silence_dlt() -> Iterator[None]:
    """Keeps dlt from logging the traceback of a job that fails: the error is raised, too."""
    logger = logging.getLogger("dlt")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _widen_amounts(pipeline: dlt.Pipeline, tables: Iterable[Table]) -> None:
    """Gives amounts of tables that an earlier version has made as many digits as they have now.

    dlt never changes the type of a column. Files cannot change it: their table is made again. A destination
    that cannot change it either keeps the narrower column.
    """
    if pipeline.default_schema_name is None:
        return
    known = pipeline.default_schema.tables
    narrow = [
        (table.name, column.name)
        for table in tables
        if table.money_precision > MONEY_PRECISION and table.name in known
        for column in table.columns
        if column.data_type == "decimal"
        and known[table.name]["columns"].get(column.name, {}).get("precision") == MONEY_PRECISION
    ]
    if not narrow:
        return
    with pipeline.destination_client() as client:
        if isinstance(client, SqlJobClientBase):
            _alter_columns(client, narrow)
        elif hasattr(client, "drop_tables"):
            client.drop_tables(*dict(narrow), delete_schema=False)


def _alter_columns(client: SqlJobClientBase, columns: Iterable[tuple[str, str]]) -> None:
    sql_client = client.sql_client
    dialect = client.capabilities.sqlglot_dialect or DIALECT
    kind = f"decimal({derived_precision(dialect)}, {MONEY_SCALE})"
    for dataset in (sql_client.dataset_name, sql_client.staging_dataset_name):
        for table, column in columns:
            statement = f'alter table "{dataset}"."{table}" alter column "{column}" type {kind}'
            (text,) = sqlglot.transpile(statement, read=DIALECT, write=dialect)
            try:
                sql_client.execute_sql(text)
            except DatabaseException:
                continue  # the staging dataset has no such table, or the destination cannot do it
