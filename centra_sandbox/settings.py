"""What one sandbox is like: its size, its limits, and switches for what Centra leaves undocumented."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

Quotas = dict[tuple[str, str], int]

SCHEMA_FILE = Path(__file__).parent.parent / "centra_source" / "schema.graphql"

UNLIMITED = 2_000_000_000
"""What GraphQL's Int can hold; a five-thousandth of it is the number of requests, as in the other plans."""


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


@dataclass(frozen=True)
class Settings:
    """Switches of one sandbox; each default is the most probable reading of what Centra documents.

    Attributes:
        products: Products in the generated shop.
        orders: Orders in the generated shop.
        seed: Two shops of one seed and size are equal.
        empty: Every list is empty.
        dtc_stores: Direct-to-consumer stores beside the one wholesale store.
        plan: The limits, see PLANS.
        token: The Bearer token that is accepted.
        token_expired: The token is refused.
        auth_status: HTTP status of a refused token.
        permissions: What the token may do; None is everything.
        denied: Permissions taken from the token.
        denials_at_once: A refusal names every permission that is missing; otherwise only the first one.
        store_ids: Stores the token sees; None is all.
        bounds_inclusive: Whether DateRange includes a moment equal to `from` or `to`.
        retry_after: Form of the header: epoch, seconds, http-date, iso or none.
        zone: The shop's local zone, in which dates are printed and zone-less input is read.
        date_header_offset: By how much the `Date` header is ahead of the clock that dates rows.
        app_version: What `extensions.appVersion` says, followed by a sum of the schema.
        events_enabled: Centra has switched the event system on; without it the queue stays empty.
        parents_move: `updatedAt` of an order or product moves with its shipments, returns, variants, sizes.
        same_version: `appVersion` stays what it is, whatever the schema holds.
        without: Schema members this shop's version lacks.
        extra_sdl: Extensions of the schema.
        returns_updated_at: Returns have `updatedAt`, as field, filter and sort.
    """

    products: int = 50
    orders: int = 120
    seed: int = 7
    empty: bool = False
    dtc_stores: int = 1
    plan: str = "unlimited"
    token: str = "sandbox-token"
    token_expired: bool = False
    auth_status: int = 401
    permissions: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    denials_at_once: bool = True
    store_ids: frozenset[int] | None = None
    bounds_inclusive: bool = True
    retry_after: str = "epoch"
    zone: str = "Europe/Stockholm"
    date_header_offset: timedelta = timedelta()
    app_version: str = "v1.83.0"
    events_enabled: bool = True
    parents_move: bool = False
    same_version: bool = False
    without: tuple[str, ...] = ()
    extra_sdl: str = ""
    returns_updated_at: bool = False

    @cached_property
    def version(self) -> str:
        """What `extensions.appVersion` says: another schema is another version, unless told otherwise."""
        if self.same_version or not self.app_version.startswith("v"):
            return self.app_version
        changes = repr((self.without, self.extra_sdl, self.returns_updated_at))
        return f"{self.app_version}+{crc32(SCHEMA_FILE.read_bytes() + changes.encode()):08x}"

    @property
    def timezone(self) -> ZoneInfo:
        """The zone as an object."""
        return ZoneInfo(self.zone)
