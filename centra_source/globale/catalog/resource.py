"""The Global-e catalog of a store: one SELECT over the loaded tables, made into rows, as a dlt resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

import dlt
import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ...destinations.absent_tables import fill_absent_tables
from ...destinations.queries import rows_of
from ...exceptions import InvalidSetting
from ...tables.merging import make_item
from ...tables.table import Table, arrow_schema
from ..configuration import CatalogConfiguration, catalog_configuration, check_names
from ..stores import choose_store
from .display_choice import Blocking, LookUps, Row, catalog_row, display_rows, why_excluded
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
"""Tables without which there is no catalog, and the resource that loads each."""

NAMED = ("brands", "folders", "collections")
"""Tables that give products names to go by; a catalog can be made without them."""

ROWS_PER_BATCH = 10_000


def catalog_store(dataset: dlt.Dataset, store_id: int | None = None) -> int:
    """Chooses the store whose displays make the catalog.

    Args:
        dataset: A loaded shop.
        store_id: The wanted store; None takes the only direct-to-consumer store.

    Raises:
        InvalidSetting: The tables are not loaded, there is no such store, or several to choose from.
    """
    missing = sorted({NEEDED_RESOURCES[table] for table in set(NEEDED_RESOURCES) - set(dataset.tables)})
    if missing:
        raise InvalidSetting(f"The Global-e catalog needs {', '.join(missing)}: load these resources first.")
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
    """The catalog of one store, made anew from the loaded tables and replaced as a whole.

    Besides `globale_catalog` (one row per product size that is offered) it fills `globale_catalog_displays`
    (every display of a size, with the name of the size in the shop) and `globale_catalog_excluded` (what is
    left out, with the reason). Nothing is invented: what Centra does not know stays null.

    Args:
        dataset: A loaded shop.
        store_id: See `catalog_store`.
        configuration: How it is made; None takes what is configured under `[globale]`.

    Raises:
        InvalidSetting: See `catalog_store`; or a folder, brand, attribute or language is unknown.
    """
    configuration = configuration or catalog_configuration()
    store_id = catalog_store(dataset, configuration.store if store_id is None else store_id)
    look_ups, blocking = _look_ups(dataset, configuration), _blocking(dataset, configuration)
    for table in (GLOBALE_CATALOG, CATALOG_DISPLAYS, CATALOG_EXCLUDED):
        yield make_item(table, arrow_schema(table).empty_table(), None)
    collected = _Collected()
    statement = files(__package__).joinpath("catalog.sql").read_text(encoding="utf-8")
    statement = fill_absent_tables(dataset, statement.replace("{store_id}", str(int(store_id))))
    for _, candidates in groupby(rows_of(dataset, statement), itemgetter("product_size_id")):
        rows = list(candidates)
        reason = why_excluded(rows, configuration.include)
        collected.add(CATALOG_DISPLAYS, *display_rows(rows, store_id, is_offered=reason is None))
        if reason is None:
            collected.add(GLOBALE_CATALOG, catalog_row(rows, store_id, look_ups, blocking))
        else:
            excluded = {column.name: rows[0].get(column.name) for column in CATALOG_EXCLUDED.columns}
            collected.add(CATALOG_EXCLUDED, {**excluded, "reason": reason})
        yield from collected.full_batches()
    yield from collected.rest()


class _Collected:
    """Rows of several tables, handed out in batches."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self._tables: dict[str, Table] = {}

    def add(self, table: Table, *rows: Row) -> None:
        self._tables[table.name] = table
        self._rows.setdefault(table.name, []).extend(rows)

    def full_batches(self) -> Iterator[DataItemWithMeta]:
        """The tables that have gathered enough rows, which are then forgotten."""
        for name, rows in self._rows.items():
            if len(rows) >= ROWS_PER_BATCH:
                yield self._batch(name)

    def rest(self) -> Iterator[DataItemWithMeta]:
        """All that is left."""
        for name, rows in self._rows.items():
            if rows:
                yield self._batch(name)

    def _batch(self, name: str) -> DataItemWithMeta:
        table = self._tables[name]
        batch = pa.Table.from_pylist(self._rows[name], schema=arrow_schema(table))
        self._rows[name].clear()
        return make_item(table, batch, None)


def _look_ups(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> LookUps:
    texts = partial(attribute_texts, dataset)
    return LookUps(
        compositions=texts(configuration.composition, "composition"),
        blocked=texts(configuration.blocked_attribute, "blocked_attribute"),
        suppliers=suppliers(dataset),
        translations=display_translations(dataset, configuration.language),
    )


def _blocking(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> Blocking:
    chosen: Mapping[str, Sequence[str]] = {
        "folders": configuration.blocked_folders,
        "brands": configuration.blocked_brands,
    }
    for table, names in chosen.items():
        if names:
            loaded = table in dataset.tables
            known = [row["name"] for row in rows_of(dataset, f"select name from {table}")] if loaded else []
            check_names(names, known, f"blocked_{table}")
    return Blocking(configuration.blocked_folders, configuration.blocked_brands, configuration.gift_cards)
