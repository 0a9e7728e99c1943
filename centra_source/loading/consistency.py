"""Refuses a load whose rows do not fit the rows that are in the tables already."""

from __future__ import annotations

from collections.abc import Sequence

from dlt.common import logger

from ..destinations.stored_tables import StoredTables
from ..exceptions import InvalidSetting
from ..privacy import Privacy
from ..resources import list_table_names
from ..state import ResourceState, active_pipeline
from ..tables.loader_tables import DELETED_OBJECTS, LOAD_AUDIT, UNREADABLE_OBJECTS
from ..tables.table import Table


def check_shop(name: str, host: str, *, is_refresh: bool) -> None:
    """Checks that a resource is loaded from the same shop as before, and records the shop.

    Args:
        name: Of the resource.
        host: Host name of the shop.
        is_refresh: The load replaces the tables, so another shop is allowed.

    Raises:
        InvalidSetting: The rows come from another shop.
    """
    state = ResourceState.of_current()
    if is_refresh and state.shop != host:
        state.record_shop(host)
        state.forget_events()
    if state.shop is None:
        state.record_shop(host)
    if state.shop != host:
        raise InvalidSetting(
            f"This pipeline has loaded {name} of {state.shop} so far, and its bookmark does not fit {host}. "
            "Use another dataset, delete the database, or replace its tables by a full refresh."
        )


def refuse_missing_tables(name: str, stored: StoredTables) -> None:
    """Checks that the destination has the tables into which earlier loads have loaded a resource.

    Args:
        name: Of the resource.
        stored: What the destination holds.

    Raises:
        InvalidSetting: Somebody has dropped tables. dlt would not create them again.
    """
    own = {*list_table_names(name), LOAD_AUDIT.name, DELETED_OBJECTS.name, UNREADABLE_OBJECTS.name}
    if missing := sorted(own & stored.missing):
        raise InvalidSetting(
            f"The destination lacks {', '.join(missing)}, which earlier loads have made. Run "
            "recover_pipeline(pipeline) of centra_source before the load: it creates them again, and their "
            "rows are read again."
        )


def check_privacy(name: str, tables: Sequence[Table], privacy: Privacy, *, is_replaced: bool) -> None:
    """Warns as long as the tables may hold rows whose personal data was treated differently.

    Args:
        name: Of the resource.
        tables: Its tables, as they are loaded.
        privacy: How personal data is treated now.
        is_replaced: The load replaces the tables.

    Raises:
        InvalidSetting: A column would have to change its type, which no destination can do.
    """
    marks = privacy.make_marks(tables)
    if not marks or not active_pipeline():
        return
    kept = ResourceState.of_current().privacy_marks
    for field, mark in marks.items():
        if kept.setdefault(field, mark)["type"] != mark["type"]:
            raise InvalidSetting(
                f"{field} is a {kept[field]['type']} in this dataset and would become a {mark['type']} by "
                'the new pii. Use another dataset, or have dlt drop its tables (refresh="drop_sources").'
            )
    if is_replaced:
        kept.update(marks)
    changed = [field for field, mark in marks.items() if kept[field] != mark]
    if changed:
        logger.warning(
            f"{name} holds rows that were loaded with another pii or pii_secret ({', '.join(changed)}): the "
            "tables hold values of both kinds. Run a full refresh to treat all rows in the same way."
        )
