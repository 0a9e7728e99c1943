"""The Global-e catalog: one SELECT over the loaded tables as a dlt resource, and the CSV file made of it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import dlt
from dlt.extract.items import DataItemWithMeta

from ..exceptions import InvalidSetting
from ..flatten import arrow_schema
from ..merging import merge_hints
from ..tables import Column, Table

GLOBALE_CATALOG = Table(
    name="globale_catalog",
    columns=(
        Column(
            "product_size_id", "bigint", description="Centra's id of the size; Global-e's unique identifier."
        ),
        Column(
            "sku",
            "text",
            description="Product, variant and size number in one; Centra may repeat or leave it out.",
        ),
        Column("display_name", "text", description="Name of the display, in the default language."),
        Column(
            "product_description", "text", description="Description of the display as stored: BBCode or HTML."
        ),
        Column("country_of_origin", "text", description="ISO 3166-1 alpha-2; null where Centra knows none."),
        Column("store_id", "bigint", description="The store that the catalog is made for."),
        Column("display_id", "bigint", description="The display chosen for the size."),
    ),
    key=("product_size_id",),
    root_key="product_size_id",
    description="One row per product size on a display of the chosen store: the catalog that Global-e reads.",
)

CSV_COLUMNS = {
    "Product Unique Identifier": "product_size_id",
    "SKU": "sku",
    "Display Name": "display_name",
    "Product Description": "product_description",
    "Country of Origin": "country_of_origin",
}
"""Headers of Global-e's page "Extracting the Initial Catalog", in its order, and the column behind each."""

SOURCE_TABLES = ("product_sizes", "product_variants", "products", "display_items", "displays", "stores")

_CHUNK_ROWS = 10_000


def catalog_store(dataset: dlt.Dataset, store_id: int | None = None) -> int:
    """Chooses the store whose displays make the catalog.

    Args:
        dataset: A loaded shop.
        store_id: The wanted store; None takes the only direct-to-consumer store.

    Raises:
        InvalidSetting: The tables are not loaded, there is no such store, or several to choose from.
    """
    missing = sorted(set(SOURCE_TABLES) - set(dataset.tables))
    if missing:
        raise InvalidSetting(f"The Global-e catalog needs {', '.join(missing)}: load these resources first.")
    query = "select id, name from stores where type = 'DIRECT_TO_CONSUMER' order by id"
    stores = dict(dataset(query, query_dialect="duckdb").fetchall())
    listed = ", ".join(f"{known} ({name})" for known, name in stores.items())
    if not stores:
        raise InvalidSetting(
            "The Global-e catalog needs a direct-to-consumer store, and this shop shows none."
        )
    if store_id is None and len(stores) > 1:
        raise InvalidSetting(
            f"Several stores could go to Global-e: choose one with --store. There are {listed}."
        )
    if store_id is not None and store_id not in stores:
        raise InvalidSetting(f"There is no direct-to-consumer store {store_id}. There are {listed}.")
    return next(iter(stores)) if store_id is None else store_id


@dlt.resource(name=GLOBALE_CATALOG.name)
def globale_catalog(dataset: dlt.Dataset, store_id: int | None = None) -> Iterator[DataItemWithMeta]:
    """The catalog table of one store, made anew from the loaded tables and replaced as a whole.

    Grain: one row per product size on a display of the store, of active products. Nothing is invented: what
    Centra does not know stays null.

    Args:
        dataset: A loaded shop.
        store_id: See `catalog_store`.

    Raises:
        InvalidSetting: See `catalog_store`.
    """
    statement = files(__package__).joinpath("catalog.sql").read_text(encoding="utf-8")
    hints = merge_hints(GLOBALE_CATALOG, replaced_by=None)
    relation = dataset(statement.format(store_id=catalog_store(dataset, store_id)), query_dialect="duckdb")
    yield dlt.mark.with_hints(arrow_schema(GLOBALE_CATALOG).empty_table(), hints)
    for rows in relation.iter_arrow(chunk_size=_CHUNK_ROWS):
        yield rows.select(arrow_schema(GLOBALE_CATALOG).names).cast(arrow_schema(GLOBALE_CATALOG))


def write_csv(dataset: dlt.Dataset, path: Path) -> int:
    """Writes the catalog table as the file that Global-e takes, over an earlier one only when complete.

    UTF-8 without byte order mark, commas, CRLF, quotes where needed, ordered by the unique identifier: the
    same table gives the same bytes.

    Returns:
        The number of rows.
    """
    columns = ", ".join(CSV_COLUMNS.values())
    relation = dataset(
        f"select {columns} from globale_catalog order by product_size_id", query_dialect="duckdb"
    )
    count = 0
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(CSV_COLUMNS)
            for rows in relation.iter_fetch(chunk_size=_CHUNK_ROWS):
                writer.writerows(rows)
                count += len(rows)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count
