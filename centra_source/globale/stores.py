"""The choice of the store that sells through Global-e."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten

from ..exceptions import InvalidSetting

LONGEST_NAME = 60
"""Characters of a store's name in a message."""


def choose_store(stores: Mapping[int, str | None], store_id: int | None) -> int:
    """Returns the id of the store that sells through Global-e.

    Args:
        stores: Names of the direct-to-consumer stores by id, None for one without; at least one.
        store_id: The wanted store; None takes the only one.

    Raises:
        InvalidSetting: The wanted store does not exist, or none is wanted and there are several.
    """
    listed = ", ".join(
        f"{known} ({shorten(name, LONGEST_NAME, placeholder=' …')})" if name else str(known)
        for known, name in stores.items()
    )
    if store_id is None and len(stores) > 1:
        raise InvalidSetting(
            "Several stores could go to Global-e: set store in [globale], or use --store. There are "
            f"{listed}."
        )
    if store_id is not None and store_id not in stores:
        raise InvalidSetting(
            f"There is no direct-to-consumer store {store_id}: set store in [globale], or use --store. There "
            f"are {listed}."
        )
    return next(iter(stores)) if store_id is None else store_id
