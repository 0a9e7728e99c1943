"""The Global-e catalog of a store as a dlt resource, from one query over the loaded tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

import dlt
import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ...destinations.absent_tables import fill_absent_tables
from ...destinations.queries import rows_of
from ...destinations.table_states import find_unknown_tables
from ...exceptions import InvalidSetting
from ...tables.merging import make_item
from ...tables.table import Table, arrow_schema
from ..configuration import CatalogConfiguration, catalog_configuration
from ..rows import Row
from ..stores import choose_store
from .blocking import make_blocking
from .display_choice import (
    Lookups,
    find_exclusion_reason,
    make_catalog_row,
    make_display_rows,
)
from .lookups import attribute_texts, display_translations, suppliers
from .tables import CATALOG_DISPLAYS, CATALOG_EXCLUDED, GLOBALE_CATALOG

NEEDED_RESOURCES = {
    "product_sizes": "product_sizes",
    "product_variants": "product_variants",
    "products": "products",
    "display_items": "displays",
    "displays": "displays",
    "stores": "stores",
}
"""The tables that a catalog needs, and the resource that loads each."""

NAMED = ("brands", "folders", "collections")
"""Tables with names that appear in the catalog, if they are loaded."""

ROWS_PER_BATCH = 10_000


def choose_catalog_store(dataset: dlt.Dataset, store_id: int | None = None) -> int:
    """Returns the id of the store whose displays make the catalog.

    Args:
        dataset: A loaded shop.
        store_id: The wanted store; None takes the only direct-to-consumer store.

    Raises:
        InvalidSetting: The tables are not loaded, the store does not exist, or there are several.
    """
    unknown = find_unknown_tables(dataset, NEEDED_RESOURCES)
    if unknown:
        missing = sorted({NEEDED_RESOURCES[table] for table in unknown})
        reasons = "" if unknown.keys() - dataset.tables else f" {' '.join(dict.fromkeys(unknown.values()))}"
        raise InvalidSetting(
            f"The Global-e catalog needs {', '.join(missing)}: load these resources first.{reasons}"
        )
    query = "select id, name from stores where type = 'DIRECT_TO_CONSUMER' order by id"
    stores = {row["id"]: row["name"] for row in rows_of(dataset, query)}
    if not stores:
        raise InvalidSetting(
            "The Global-e catalog needs a direct-to-consumer store, but this shop shows none: give the token "
            "access to one and load stores again."
        )
    return choose_store(stores, store_id)


@dlt.resource(name=GLOBALE_CATALOG.name)
def globale_catalog(
    dataset: dlt.Dataset, store_id: int | None = None, configuration: CatalogConfiguration | None = None
) -> Iterator[DataItemWithMeta]:
    """Derives the catalog of one store from the loaded tables, and replaces it.

    It fills `globale_catalog` (one row per product size that is offered), `globale_catalog_displays` (every
    display of a size) and `globale_catalog_excluded` (what is left out, with the reason). Values that Centra
    does not have stay null.

    Args:
        dataset: A loaded shop.
        store_id: See `choose_catalog_store`.
        configuration: None takes the settings of `[globale]`.

    Raises:
        InvalidSetting: See `choose_catalog_store`; or a folder, brand, attribute or language is unknown.
    """
    configuration = configuration or catalog_configuration()
    store_id = choose_catalog_store(dataset, configuration.store if store_id is None else store_id)
    lookups, blocking = _read_lookups(dataset, configuration), make_blocking(dataset, configuration)
    for table in (GLOBALE_CATALOG, CATALOG_DISPLAYS, CATALOG_EXCLUDED):
        yield make_item(table, arrow_schema(table).empty_table(), None)
    collected = _Collected()
    statement = files(__package__).joinpath("catalog.sql").read_text(encoding="utf-8")
    statement = fill_absent_tables(dataset, statement.replace("{store_id}", str(int(store_id))))
    for _, candidates in groupby(rows_of(dataset, statement), itemgetter("product_size_id")):
        rows = list(candidates)
        reason = find_exclusion_reason(rows, configuration.include)
        collected.add(CATALOG_DISPLAYS, *make_display_rows(rows, store_id, is_offered=reason is None))
        if reason is None:
            collected.add(GLOBALE_CATALOG, make_catalog_row(rows, store_id, lookups, blocking))
        else:
            excluded = {column.name: rows[0].get(column.name) for column in CATALOG_EXCLUDED.columns}
            collected.add(CATALOG_EXCLUDED, {**excluded, "reason": reason})
        yield from collected.full_batches()
    yield from collected.rest()


class _Collected:
    """Collects rows of several tables in batches."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self._tables: dict[str, Table] = {}

    def add(self, table: Table, *rows: Row) -> None:
        self._tables[table.name] = table
        self._rows.setdefault(table.name, []).extend(rows)

    def full_batches(self) -> Iterator[DataItemWithMeta]:
        """Yields and forgets the rows of tables that have enough for a batch."""
        for name, rows in self._rows.items():
            if len(rows) >= ROWS_PER_BATCH:
                yield self._batch(name)

    def rest(self) -> Iterator[DataItemWithMeta]:
        """Yields all remaining rows."""
        for name, rows in self._rows.items():
            if rows:
                yield self._batch(name)

    def _batch(self, name: str) -> DataItemWithMeta:
        table = self._tables[name]
        batch = pa.Table.from_pylist(self._rows[name], schema=arrow_schema(table))
        self._rows[name].clear()
        return make_item(table, batch, None)


def _read_lookups(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> Lookups:
    texts = partial(attribute_texts, dataset)
    return Lookups(
        compositions=texts(configuration.composition, "composition"),
        blocked=texts(configuration.blocked_attribute, "blocked_attribute"),
        suppliers=suppliers(dataset),
        translations=display_translations(dataset, configuration.language),
    )
