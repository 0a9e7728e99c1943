"""The settings of a sandbox:

its size, its limits, and switches for behaviour that Centra does not document.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

Quotas = dict[tuple[str, str], int]

SCHEMA_FILE = Path(__file__).parent.parent / "centra_source" / "schema.graphql"
EARLIER_FILE = Path(__file__).parent / "earlier_schema.graphql"

UNLIMITED = 2_000_000_000
"""The largest Int of GraphQL. The number of requests is a 5,000th of it, the ratio of the other plans."""


def _quotas(requests: tuple[int, int], mutations: tuple[int, int], complexity: tuple[int, int]) -> Quotas:
    kinds = {"REQUEST_COUNT": requests, "MUTATION_COUNT": mutations, "QUERY_COMPLEXITY": complexity}
    return {
        (kind, interval): quota
        for kind, pair in kinds.items()
        for interval, quota in zip(("TEN_SECONDS", "ONE_HOUR"), pair, strict=True)
    }


PLANS: dict[str, Quotas] = {
    "growth": _quotas((60, 5_000), (20, 1_800), (250_000, 30_000_000)),
    "enhanced": _quotas((150, 20_000), (50, 4_500), (900_000, 90_000_000)),
    "high-volume": _quotas((450, 40_000), (150, 7_000), (1_800_000, 180_000_000)),
    "enterprise": _quotas((1_500, 85_000), (500, 25_000), (4_000_000, 400_000_000)),
    "unlimited": _quotas((UNLIMITED // 5_000,) * 2, (UNLIMITED,) * 2, (UNLIMITED,) * 2),
}


class ListLimits(NamedTuple):
    """The lists inside objects that take `limit` and `page`, as in Settings."""

    fields: frozenset[str]
    default: int | None
    maximum: int
    cut: int | None
    has_pages: bool


@dataclass(frozen=True)
class Settings:
    """Settings of one sandbox. Each default is the most likely meaning of Centra's documentation.

    Attributes:
        products: Number of products in the generated shop.
        orders: Number of orders in the generated shop.
        seed: The same seed and numbers give the same shop.
        empty: Whether the shop has no objects.
        dtc_stores: Number of direct-to-consumer stores, besides one wholesale store.
        plan: The plan with the rate limits, see PLANS.
        token: The Bearer token that is accepted.
        token_expired: Whether the token is refused.
        auth_status: HTTP status of a refused token; documented as 403, 401 in third-party texts.
        denial_status: HTTP status of a permission error, which is not documented.
        invalid_status: HTTP status of a query that is not valid; documented as 400.
        permissions: Permissions of the token; None: all.
        denied: Permissions that the token does not have.
        denials_at_once: Whether an error names every missing permission, or only the first one.
        store_ids: Stores that the token sees; None: all.
        bounds_inclusive: Whether DateRange includes times equal to `from` or `to`.
        retry_after: Format of the header: epoch, seconds, http-date, iso or none.
        zone: Local time zone of the shop, for dates in the output and input without a zone.
        date_header_offset: Difference of the `Date` header to the clock of the shop.
        app_version: Value of `extensions.appVersion`, to which a checksum of the schema is appended.
        events_maximum: The largest `limit` of events, which Centra does not document.
        events_enabled: Whether Centra has enabled the event system. Otherwise the queue stays empty.
        parents_move: Whether `updatedAt` of an order or product changes with its shipments, returns, variants
            and sizes.
        same_version: Whether `appVersion` has no checksum of the schema.
        introspection: Whether the shop shows its schema.
        wording: Whose texts the refusals of invalid queries have: "php" (webonyx/graphql-php) or "js".
        without: Schema members that this shop's version does not have, and types.
        extra_sdl: Extensions of the schema.
        is_earlier: Whether the shop has the definitions of `earlier_schema.graphql`: Centra's schema as it
            was reconstructed before more of its reference pages were known.
        limited_lists: Lists inside objects that take `limit` and `page` (`Order.lines`), or "all" of them.
        list_default: The default of their `limit`, at which they are cut. None: it has no default, and
            they are not cut without a limit.
        list_maximum: Their largest limit.
        list_cut: The rows that come of them without a limit, although `limit` has no default; None: all.
        list_pages: Whether they take `page`.
        returns_updated_at: Whether returns have `updatedAt` as field, filter and sort key.
        schema: File with the schema to serve, such as a report of `centra check --schema-report`. What the
            shop's data does not have is null or empty. None: the documented schema.
    """

    products: int = 50
    orders: int = 120
    seed: int = 7
    empty: bool = False
    dtc_stores: int = 1
    plan: str = "unlimited"
    token: str = "sandbox-token"
    token_expired: bool = False
    auth_status: int = 403
    denial_status: int = 200
    invalid_status: int = 400
    permissions: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    denials_at_once: bool = True
    store_ids: frozenset[int] | None = None
    bounds_inclusive: bool = True
    retry_after: str = "epoch"
    zone: str = "Europe/Stockholm"
    date_header_offset: timedelta = timedelta()
    app_version: str = "v1.83.0"
    events_maximum: int = 200
    events_enabled: bool = True
    parents_move: bool = False
    same_version: bool = False
    introspection: bool = True
    wording: str = "php"
    without: tuple[str, ...] = ()
    extra_sdl: str = ""
    is_earlier: bool = False
    limited_lists: tuple[str, ...] = ()
    list_default: int | None = 20
    list_maximum: int = 200
    list_cut: int | None = None
    list_pages: bool = True
    returns_updated_at: bool = False
    schema: str | Path | None = None

    @cached_property
    def schema_text(self) -> str:
        """The text of the file `schema`; empty without one."""
        return Path(self.schema).read_text(encoding="utf-8") if self.schema else ""

    @property
    def list_limits(self) -> ListLimits | None:
        """The limits of lists inside objects; None if none is limited but those of the schema."""
        if not self.limited_lists:
            return None
        fields = frozenset(self.limited_lists)
        return ListLimits(fields, self.list_default, self.list_maximum, self.list_cut, self.list_pages)

    @cached_property
    def version(self) -> str:
        """The value of `extensions.appVersion`.

        Another schema is another version, except with `same_version`.
        """
        if self.same_version or not self.app_version.startswith("v"):
            return self.app_version
        changes = repr(
            (self.without, self.extra_sdl, self.is_earlier, self.returns_updated_at, self.schema_text)
            + ((self.list_limits,) if self.limited_lists else ())
        )
        served = SCHEMA_FILE.read_bytes() + EARLIER_FILE.read_bytes() + changes.encode()
        return f"{self.app_version}+{crc32(served):08x}"

    @property
    def timezone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.zone)
