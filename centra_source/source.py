"""The dlt source: one resource for each list of a Centra shop, and the settings that they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.configuration.inject import get_fun_spec, with_config
from dlt.extract import DltResource

from . import settings as defaults
from .resources import RESOURCES, Resource
from .state import cursor_column

if TYPE_CHECKING:
    from .loading.load import Load
    from .shop.source_settings import SourceSettings
    from .tables.merging import Items


@dlt.source(name="centra_source", section="centra_source")
def centra_source(
    base_url: str = dlt.config.value,
    access_token: dlt.TSecretStrValue = dlt.secrets.value,
    start_date: str = defaults.START_DATE,
    end_date: str | None = None,
    until: str | None = None,
    lookback: str | dict[str, str] | None = None,
    page_size: int | None = None,
    window_rows: int = defaults.WINDOW_ROWS,
    rows_per_load: int | None = None,
    full_refresh: bool = False,
    deletes: str = "soft",
    events: str = "auto",
    only_events: bool = False,
    sweep: bool = False,
    introspection: bool = True,
    on_failure: str = defaults.STOP,
    exclude: str | list[str] | None = None,
    wide_attributes: str | list[str] | None = None,
    wide_translations: str | list[str] | None = None,
    pii: str | dict[str, str] | None = None,
    pii_secret: dlt.TSecretStrValue | None = None,
    quota_share: float = defaults.QUOTA_SHARE,
    parallel_requests: int = defaults.PARALLEL_REQUESTS,
    retry_limit: float = defaults.RETRY_LIMIT,
    backoff_factor: float = defaults.BACKOFF_FACTOR,
) -> Iterator[DltResource]:
    """Loads a Centra shop: yields one dlt resource for each entry of `RESOURCES`, with the same name.

    dlt fills in arguments that you leave out: from `[sources.centra_source]` in `.dlt/config.toml` and
    `.dlt/secrets.toml`, or from environment variables such as `SOURCES__CENTRA_SOURCE__BASE_URL`.

    Args:
        base_url: The address of the Integration API, such as https://your-shop.centra.com/graphql.
        access_token: An Integration API token. Create one in Centra under System > API Tokens.
        start_date: ISO 8601, UTC by default. The first load reads what has changed since then.
        end_date: ISO 8601. Closes the range: the load reads exactly this range and moves no bookmark.
        until: ISO 8601, such as the end of a scheduler's interval. The load reads up to this moment instead
            of up to now, and moves its bookmarks there. Lists without a date are read as they are now.
        lookback: How far each run reads before its bookmark: a duration such as "2 hours" for all resources,
            or a mapping such as {"orders": "2 hours"}. Default: an hour; 90 days for returns and other
            resources that only have a creation date.
        page_size: The most objects per request, 1 to 200. Default: calculated from the cost of an object and
            the rate limits. Lists without a date are read in pages of 200.
        window_rows: Objects per window. Longer time ranges are split, and each part is verified separately.
        rows_per_load: The most objects that one run loads of a resource. `unfinished_resources` returns the
            resources that have more to load. Default: no limit. A full refresh ignores it.
        full_refresh: Read everything since `start_date` again and replace the tables. Snapshots stay.
        deletes: What happens to the rows of objects that were deleted in the shop: "soft" keeps them and sets
            `deleted_at`, "hard" removes them. Both list them in `deleted_objects`.
        events: Whether to use Centra's event queue: "auto" uses it unless another system listens to it as
            well; "on" does the same, and logs a warning if another system listens; "off" never uses it.
        only_events: Read nothing but the event queue, to work off a long one.
        sweep: Compare the ids at the destination with those of the shop, to find deletions without events.
        introspection: Ask the shop for its schema, once per version of Centra, and fit the queries to it.
        on_failure: What happens if a resource cannot be read: "stop" loads nothing; "continue" loads the
            others, writes a line with the status "failed" into `load_audit`, and reads the resource again in
            the next load. Nothing is loaded if no resource can be read.
        exclude: Resources to leave out unless they are selected by name, and parts of resources to leave out:
            a child table, or a field such as `orders.shipping_address`.
        wide_attributes: Custom attributes that also become columns of the table of their objects: "all", or a
            list of "owner.type" and "owner.type.element" such as ["order.ge_order_details",
            "product_variant.care.text"]. Mapped attributes can have several values and become JSON lists.
            Rows of earlier loads are filled when their object changes, or by a full refresh.
        wide_translations: Languages whose translations become columns of products, variants and displays,
            such as ["sv", "en-GB"]. `name_sv` is null if the name is not translated. Pages cost more.
        pii: What happens to personal data: "keep" loads it, "hash" loads an HMAC-SHA-256 instead, "drop" does
            not request it. Or a mapping from fields (docs/personal_data.md lists them), such as
            {"default": "hash", "Address.city": "keep"}. Default: "keep".
        pii_secret: The key of the hashes, 32 characters or more.
        quota_share: Share of Centra's rate limits to use, above 0 and up to 1. Other systems use the rest.
        parallel_requests: Requests in flight at once.
        retry_limit: Seconds that one request may take, all retries included.
        backoff_factor: The longest wait after a first fault, in seconds.

    Yields:
        One dlt resource for each entry of `RESOURCES`.

    Raises:
        InvalidSetting: A setting cannot work. Nothing has been requested.
    """
    arguments = dict(locals())

    from .shop.source_settings import parse_settings

    settings = parse_settings(**arguments).with_pii_secret()
    load = _make_load(settings)
    for name, resource in RESOURCES.items():
        made = _dlt_resource(load, name, resource, settings)
        made.selected = resource.selected and name not in settings.excluded.resources
        yield made


def configured_settings(*, needs_shop: bool = True, **given: Any) -> SourceSettings:
    """Returns the settings that `centra_source(**given)` would use, for everything that is not a load.

    Args:
        needs_shop: Whether an address and a token are required.
        given: Any of the arguments of `centra_source`. dlt fills in the others.

    Raises:
        InvalidSetting: A setting cannot work.
        ConfigFieldMissingException: The address or the token is required and missing.
    """
    from .shop.source_settings import parse_settings

    parse = with_config(
        parse_settings,
        spec=get_fun_spec(centra_source),
        sections=("sources", "centra_source"),
        accept_partial=not needs_shop,
    )
    return parse(**given)


def _make_load(settings: SourceSettings) -> Load:
    from .loading.events import EventQueue
    from .loading.isolation import Failures
    from .loading.load import Load
    from .reading.workers import Workers
    from .shop.connect import connect

    shop = connect(settings)
    queue = EventQueue(settings.events, shop.capabilities.has_events, settings.isolates_failures)
    return Load(
        settings=settings,
        shop=shop,
        workers=Workers(settings.parallel_requests),
        queue=queue,
        failures=Failures(shop.client),
    )


def _dlt_resource(load: Load, name: str, resource: Resource, settings: SourceSettings) -> DltResource:
    from .loading.shop_resource import ShopResource

    if resource.cursor is None:
        return dlt.resource(lambda: load.read(name, resource, None), name=name, _impl_cls=ShopResource)

    # Merging removes what is read twice. dlt's own deduplication at the boundary would drop a row that
    # changed twice within a second: primary_key=() switches it off.
    if resource.cursor == "id":
        bookmark = dlt.sources.incremental[Any]("id", initial_value=0, primary_key=())
    else:
        bookmark = dlt.sources.incremental[Any](
            cursor_column(resource), initial_value=settings.start, end_value=settings.end, primary_key=()
        )

    def read(bookmark: dlt.sources.incremental[Any] = bookmark) -> Items:
        yield from load.read(name, resource, bookmark)

    made = dlt.resource(read, name=name, _impl_cls=ShopResource)
    assert isinstance(made, ShopResource)
    made.bookmark = bookmark
    return made
