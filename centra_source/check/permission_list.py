"""Lists the permissions that resources need by Centra's documentation, without a request."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..operations.documents import load_operation
from ..operations.permissions import find_permissions
from ..operations.rewriting import without_paths
from ..resources import RESOURCES
from ..source import configured_settings

EVENT_READ, EVENT_WRITE = "Event:read", "Event:write"
"""The permissions for the event queue. Listening and confirming are mutations, which a check does not
send."""


def list_permissions(resources: Collection[str], **settings: Any) -> list[str]:
    """Returns the permissions that some resources need by Centra's documentation; sends no request.

    Args:
        resources: Names of resources.
        settings: Any of the arguments of `centra_source`. dlt fills in the others. No address or token is
            needed.

    Raises:
        InvalidSetting: A setting cannot work.
    """
    chosen = configured_settings(needs_shop=False, **settings)
    needed = set(list_event_permissions(resources, chosen.events))
    for name in resources:
        whole = chosen.wide.with_translations(load_operation(name), RESOURCES[name])
        operation = without_paths(
            chosen.privacy.remove_dropped_fields(whole), chosen.excluded.parts.get(name, ())
        )
        needed.update(find_permissions(operation) if operation else ())
    return sorted(needed)


def list_event_permissions(resources: Collection[str], policy: str) -> tuple[str, ...]:
    """Returns the permissions that a load of some resources needs for the event queue."""
    is_used = policy != "off" and any(RESOURCES[name].event for name in resources)
    return (EVENT_READ, EVENT_WRITE) if is_used else ()
