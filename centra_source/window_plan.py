"""Splits a time range into windows before it is loaded, by the number of objects that the shop counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .reading.connections import count_objects
from .reading.list_reader import ListReader
from .reading.lists import is_connection
from .reading.windows import Window, cut_window
from .shop.connect import connect
from .source import configured_settings


def plan_windows(resource: str, start: datetime, end: datetime, **settings: Any) -> list[tuple[Window, int]]:
    """Splits a time range (UTC) into windows of at most `window_rows` objects.

    Args:
        resource: Name of a resource that has a cursor.
        start: Start of the range.
        end: End of the range.
        settings: Any of the arguments of `centra_source`. dlt fills in the others.

    Returns:
        The windows, oldest first and without gaps, each with its number of objects: 0 where the shop counts
        none. Empty for a resource that this shop cannot read by time.

    Raises:
        CentraError: A setting cannot work, or the shop does not answer.
    """
    chosen = configured_settings(**settings)
    shop = connect(chosen)
    asked = shop.capabilities.fit_resource(resource)
    if asked.operation is None or asked.cursor is None:
        return []
    whole = Window(asked.cursor, start, end)
    if not is_connection(asked.operation):
        return [(whole, 0)]
    reader = ListReader(shop.client, asked.operation)
    return list(
        cut_window(whole, chosen.window_rows, lambda window: count_objects(reader, window.make_filter()))
    )
