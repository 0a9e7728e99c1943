"""A dlt source for Centra's GraphQL Integration API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.configuration.inject import with_config
from dlt.extract import DltResource

from . import settings
from .exceptions import CentraError
from .resources import RESOURCES, Resource, attribute_owners
from .state import (
    cursor_column,
    reached_moments,
    unfinished_resources,
    unread_resources,
    waiting_resources,
)

if TYPE_CHECKING:
    from .loading.load import Load
    from .reading.windows import Window
    from .tables.merging import Items

__all__ = [
    "RESOURCES",
    "CentraError",
    "centra_source",
    "plan_windows",
    "reached_moments",
    "unfinished_resources",
    "unread_resources",
    "waiting_resources",
]


@dlt.source(name="centra_source", section="centra_source")
def centra_source(
    base_url: str = dlt.config.value,
    access_token: dlt.TSecretStrValue = dlt.secrets.value,
    start_date: str = settings.START_DATE,
    end_date: str | None = None,
    until: str | None = None,
    lookback: str | dict[str, str] | None = None,
    page_size: int | None = None,
    window_rows: int = settings.WINDOW_ROWS,
    rows_per_load: int | None = None,
    full_refresh: bool = False,
    deletes: str = "soft",
    events: str = "auto",
    only_events: bool = False,
    sweep: bool = False,
    introspection: bool = True,
    exclude: list[str] | None = None,
    wide_attributes: str | list[str] | None = None,
    wide_translations: str | list[str] | None = None,
    pii: str | dict[str, str] | None = None,
    pii_secret: dlt.TSecretStrValue | None = None,
    quota_share: float = settings.QUOTA_SHARE,
    parallel_requests: int = settings.PARALLEL_REQUESTS,
    retry_limit: float = settings.RETRY_LIMIT,
    backoff_factor: float = settings.BACKOFF_FACTOR,
) -> Iterator[DltResource]:
    """Every resource of a Centra shop.

    Arguments that are left out come from `[sources.centra_source]` in `.dlt/config.toml` and
    `.dlt/secrets.toml`, or from the environment (`SOURCES__CENTRA_SOURCE__BASE_URL`, …).

    Args:
        base_url: Centra's address, such as https://your-shop.centra.com/graphql.
        access_token: An Integration API token, made in Centra under System > API Tokens.
        start_date: ISO 8601; the first load takes what has changed since. Without a zone: UTC.
        end_date: ISO 8601; closes the range. The load then reads exactly this range and moves no bookmark.
        until: ISO 8601; a load that moves the bookmarks reads up to this moment and not up to now, and leaves
            them there: where a scheduler's interval ends. Lists that are read whole come as they are now.
        lookback: How far each run reads before its bookmark: a length of time such as "2 hours" for all
            resources, or by resource, such as {"orders": "2 hours"}. Left out: an hour; 90 days for returns
            and others that carry only the date of their creation.
        page_size: The most objects per request, 1 to 200. Left out: by the price of an object and the limits.
            Lists that are read whole come in pages of 200.
        window_rows: Objects per window: longer stretches of time are cut, and each part is proven by itself.
        rows_per_load: Objects of a resource that one run takes in at most; `unfinished_resources` names
            those of which more wait. Left out: all. A full refresh is not divided.
        full_refresh: Read again from `start_date` on and replace the tables as a whole; snapshots stay.
        deletes: What becomes of the rows of objects that the shop has deleted: "soft" keeps them and fills
            `deleted_at`, "hard" removes them. Both list them in `deleted_objects`.
        events: Centra's event queue: "auto" uses it unless another system listens to it, too, "on" always,
            "off" never.
        only_events: Read nothing but what the event queue tells, to work off a long one.
        exclude: Names of resources to leave out unless they are chosen by name, and of parts of resources not
            to ask for: a child table, or a field such as `orders.shipping_address`.
        introspection: Ask the shop for its schema, once for each version of Centra, and fit queries to it.
        sweep: Compare the ids at the destination with those of the shop, to find deletions without events.
        wide_attributes: Custom attributes that become columns of the table of what they belong to, besides
            their rows in the long one: "all", or a list of "owner.type" and "owner.type.element" such as
            ["order.ge_order_details", "product_variant.care.text"]. Mapped ones may have several values and
            become JSON lists. Rows of earlier loads get theirs with a change of the object or a full refresh.
        wide_translations: Languages whose translations become columns of products, variants and displays,
            such as ["sv", "en-GB"]: `name_sv` is null where the name is not translated. Pages become dearer.
        pii: What becomes of personal data: "keep" loads it, "hash" an HMAC-SHA-256 in its place, "drop" does
            not even ask for it. Or by field of `privacy.PERSONAL`, such as
            {"default": "hash", "Address.city": "keep"}. Left out: "keep".
        pii_secret: What the hashes are made with, 32 characters or more.
        quota_share: Share of Centra's rate limits to use, above 0 and up to 1; other systems have the rest.
        parallel_requests: Requests under way at once.
        retry_limit: Seconds that one request may take with all its retries.
        backoff_factor: Seconds that the first wait after a fault may last.

    Yields:
        One dlt resource per entry of RESOURCES, named like it.

    Raises:
        InvalidSetting: A setting cannot work; nothing has been requested.
    """
    from .api.client import Client
    from .api.retries import Retries
    from .api.throttle import Throttle
    from .loading.events import EventQueue
    from .loading.load import Load
    from .privacy import Privacy
    from .reading.workers import Workers
    from .shop.capabilities import Capabilities
    from .shop.excluding import excluded_parts
    from .shop.introspection import Introspection
    from .tables.wide_columns import Wide

    start = settings.parse_moment(start_date, "start_date")
    end = settings.parse_moment(end_date, "end_date") if end_date else None
    last = settings.parse_moment(until, "until") if until else None
    settings.checked_range(start, end, full_refresh=full_refresh, until=last)
    unwanted = excluded_parts(exclude or ())
    owners = attribute_owners()
    wide_names = settings.parse_wide_attributes(wide_attributes, owners)
    wide = Wide(
        {owners[owner]: names for owner, names in wide_names.items()},
        settings.parse_languages(wide_translations, "wide_translations"),
    )
    privacy = Privacy.of(pii).with_secret(pii_secret)
    client = Client(
        base_url,
        access_token,
        Retries(retry_limit, backoff_factor),
        Throttle(settings.checked_quota_share(quota_share)),
    )
    capabilities = Capabilities(
        client, Introspection(client, is_on=introspection), unwanted.parts, wide, privacy
    )
    load = Load(
        client=client,
        capabilities=capabilities,
        workers=Workers(settings.checked_count(parallel_requests, "parallel_requests")),
        page_size=None if page_size is None else settings.checked_page_size(page_size),
        lookbacks=settings.parse_lookbacks(
            lookback, [name for name, resource in RESOURCES.items() if resource.is_dated]
        ),
        window_rows=settings.checked_count(window_rows, "window_rows"),
        rows_per_load=None
        if rows_per_load is None
        else settings.checked_count(rows_per_load, "rows_per_load"),
        until=last,
        full_refresh=full_refresh,
        queue=EventQueue(
            settings.checked_choice(events, settings.EVENT_POLICIES, "events"), capabilities.has_events
        ),
        only_events=only_events,
        sweep=sweep,
        is_hard=settings.checked_choice(deletes, ("soft", "hard"), "deletes") == "hard",
        wide=wide,
        privacy=privacy,
    )
    for name, resource in RESOURCES.items():
        found = _dlt_resource(load, name, resource, start, end)
        found.selected = resource.selected and name not in unwanted.resources
        yield found


@with_config(sections=("sources", "centra_source"))
def plan_windows(
    resource: str,
    start: datetime,
    end: datetime,
    window_rows: int = settings.WINDOW_ROWS,
    exclude: list[str] | None = None,
    base_url: str = dlt.config.value,
    access_token: dlt.TSecretStrValue = dlt.secrets.value,
    pii: str | dict[str, str] | None = None,
    retry_limit: float = settings.RETRY_LIMIT,
    backoff_factor: float = settings.BACKOFF_FACTOR,
) -> list[tuple[Window, int]]:
    """Cuts a stretch of time (UTC) into windows, by what the shop counts in it.

    Args:
        resource: Name of a resource that has a cursor.
        start: Where the stretch begins.
        end: Where it ends.
        window_rows: Objects per window.
        exclude: As for `centra_source`.
        base_url: As for `centra_source`.
        access_token: As for `centra_source`.
        pii: As for `centra_source`.
        retry_limit: As for `centra_source`.
        backoff_factor: As for `centra_source`.

    Returns:
        The windows, oldest first and without a gap, each with its number of objects: 0 where the shop counts
        none. Nothing for a resource that it cannot read by time.
    """
    from .api.client import Client
    from .api.retries import Retries
    from .operations.selections import find_root
    from .privacy import Privacy
    from .reading.connections import Reading
    from .reading.lists import is_connection
    from .reading.windows import Window, cut
    from .shop.capabilities import Capabilities
    from .shop.excluding import excluded_parts
    from .shop.introspection import Introspection

    client = Client(base_url, access_token, Retries(retry_limit, backoff_factor))
    unwanted = excluded_parts(exclude or ()).parts
    capabilities = Capabilities(client, Introspection(client, is_on=True), unwanted, privacy=Privacy.of(pii))
    asked = capabilities.answerable(resource)
    if asked.operation is None or asked.cursor is None:
        return []
    whole = Window(asked.cursor, start, end)
    if not is_connection(asked.operation):
        return [(whole, 0)]
    reading = Reading(client, asked.operation, find_root(asked.operation).response_key)
    return list(cut(whole, window_rows, lambda window: reading.count(window.where())))


def _dlt_resource(
    load: Load, name: str, resource: Resource, start: datetime, end: datetime | None
) -> DltResource:
    if resource.cursor is None:
        return dlt.resource(lambda: load.read(name, resource, None), name=name)

    # Merging removes what is read twice. dlt's own removal of rows that repeat at the boundary would drop one
    # that changed twice within a second: primary_key=() switches it off.
    if resource.cursor == "id":
        bookmark = dlt.sources.incremental[Any]("id", initial_value=0, primary_key=())
    else:
        bookmark = dlt.sources.incremental[Any](
            cursor_column(resource), initial_value=start, end_value=end, primary_key=()
        )

    def read(bookmark: dlt.sources.incremental[Any] = bookmark) -> Items:
        yield from load.read(name, resource, bookmark)

    return dlt.resource(read, name=name)
