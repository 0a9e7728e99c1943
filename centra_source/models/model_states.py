"""Whether a model shows what the shop has: whether it was made, from what, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterable

import dlt

from ..destinations.derived_tables import read_failures
from ..destinations.table_states import TableState, count_rows, find_table_states
from ..tables.loader_tables import DELETED_OBJECTS, LOAD_AUDIT
from .layout import MODELS
from .requirements import find_skipped_models

LOADER_TABLES = (LOAD_AUDIT.name, DELETED_OBJECTS.name)
NOTHING_LOADED = "Nothing is loaded yet: run `centra load`."
NOT_MADE = "`{}` is not made yet: run `centra derive`."
NO_CATALOG = (
    "There is no Global-e catalog: `centra globale catalog` makes one, if a store has displays of products, "
    "and says what is missing otherwise."
)
NO_ORDERS = "`{}` is not made yet: run `centra globale orders`."


def find_states(dataset: dlt.Dataset, tables: Iterable[str]) -> dict[str, TableState]:
    """Finds out the state of tables of the shop, models, and other derived tables.

    Args:
        dataset: A loaded shop.
        tables: Names of tables.
    """
    wanted = list(dict.fromkeys(tables))
    models = {model.name: model for model in MODELS if model.name in wanted}
    needs = {need for model in models.values() for need in model.needs}
    states = find_table_states(dataset, {*wanted, *needs})
    derived = [table for table in wanted if table not in states]
    if derived:
        skipped, failed = find_skipped_models(dataset) if models else {}, read_failures(dataset)
        counts = count_rows(dataset, set(derived) & set(dataset.tables))
        for name in derived:
            below = [states[need] for need in models[name].needs if need in states] if name in models else []
            states[name] = _derived_state(name, counts.get(name), failed.get(name), skipped.get(name), below)
    return {table: states[table] for table in wanted}


def _derived_state(
    name: str, rows: int | None, failure: str | None, skipped: str | None, below: Iterable[TableState]
) -> TableState:
    """The state of a derived table.

    Args:
        name: Its name.
        rows: How many it holds; None: it does not exist.
        failure: Why it could not be made when it was last tried.
        skipped: Why it cannot be made from what is loaded.
        below: The states of the tables that it is made from.
    """
    doubts = [state.doubt for state in below if state.doubt]
    if skipped:
        reason = f"`{name}` is not made: {skipped}."
        if rows:
            return TableState(name, "filled", f"{reason} It shows what it showed before.")
        kinds = [state.kind for state in below if state.kind not in ("empty", "filled")]
        return TableState(name, kinds[0] if kinds else "not loaded", reason)
    if rows is None and name in LOADER_TABLES:
        return TableState(name, "not loaded", NOTHING_LOADED)
    if rows is None:
        return TableState(name, "failed" if failure else "not loaded", failure or _say_not_made(name))
    if failure:
        return TableState(name, "filled" if rows else "failed", failure)
    return TableState(name, "filled" if rows else "empty", " ".join(dict.fromkeys(doubts)) or None)


def _say_not_made(name: str) -> str:
    if name.startswith("globale_catalog"):
        return NO_CATALOG
    return (NO_ORDERS if name.startswith("globale_") else NOT_MADE).format(name)
