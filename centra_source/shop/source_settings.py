"""The settings of the source, parsed and checked: a load, a backfill plan, a check and a forecast share
them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .. import setting_parsers as parsers
from ..exceptions import InvalidSetting
from ..privacy import Privacy
from ..resources import RESOURCES, attribute_owners
from ..settings import CONTINUE, DELETE_POLICIES, EVENT_POLICIES, FAILURE_POLICIES
from ..spelling import nearest_names
from ..tables.wide_settings import WideSettings
from .exclusions import Excluded, parse_exclusions


@dataclass(frozen=True)
class SourceSettings:
    """What the arguments of `centra_source()` say. See there for their meaning.

    The address and the token are checked when a client is made from them, and the secret when something is
    hashed with it: a list of the needed permissions, for example, requires none of them.
    """

    base_url: str
    access_token: str
    start: datetime
    end: datetime | None
    until: datetime | None
    lookbacks: Mapping[str, timedelta]
    page_size: int | None
    window_rows: int
    rows_per_load: int | None
    full_refresh: bool
    has_hard_deletes: bool
    events: str
    only_events: bool
    sweep: bool
    introspection: bool
    isolates_failures: bool
    excluded: Excluded
    wide: WideSettings
    privacy: Privacy
    pii_secret: str | None
    quota_share: float
    parallel_requests: int
    retry_limit: float
    backoff_factor: float

    def with_pii_secret(self) -> SourceSettings:
        """Returns settings that can hash personal data, as a load needs them.

        Raises:
            InvalidSetting: Something is hashed, and the secret is missing or too short.
        """
        return replace(self, privacy=self.privacy.with_secret(self.pii_secret))


def parse_settings(
    *,
    base_url: str,
    access_token: str,
    start_date: str,
    end_date: str | None,
    until: str | None,
    lookback: str | dict[str, str] | None,
    page_size: int | None,
    window_rows: int,
    rows_per_load: int | None,
    full_refresh: bool,
    deletes: str,
    events: str,
    only_events: bool,
    sweep: bool,
    introspection: bool,
    on_failure: str,
    exclude: str | list[str] | None,
    wide_attributes: str | list[str] | None,
    wide_translations: str | list[str] | None,
    pii: str | dict[str, str] | None,
    pii_secret: str | None,
    quota_share: float,
    parallel_requests: int,
    retry_limit: float,
    backoff_factor: float,
) -> SourceSettings:
    """Parses the arguments of `centra_source()`.

    Raises:
        InvalidSetting: A setting cannot work. The text says how to write it.
    """
    start = parsers.parse_moment(start_date, "start_date")
    end = parsers.parse_moment(end_date, "end_date") if end_date else None
    last = parsers.parse_moment(until, "until") if until else None
    parsers.check_range(start, end, full_refresh=full_refresh, until=last)
    attributes = _parse_wide_attributes(wide_attributes)
    return SourceSettings(
        base_url=base_url,
        access_token=access_token,
        start=start,
        end=end,
        until=last,
        lookbacks=_parse_lookbacks(lookback),
        page_size=None if page_size is None else parsers.check_page_size(page_size),
        window_rows=parsers.check_count(window_rows, "window_rows"),
        rows_per_load=None if rows_per_load is None else parsers.check_count(rows_per_load, "rows_per_load"),
        full_refresh=full_refresh,
        has_hard_deletes=parsers.check_choice(deletes, DELETE_POLICIES, "deletes") == "hard",
        events=parsers.check_choice(events, EVENT_POLICIES, "events"),
        only_events=only_events,
        sweep=sweep,
        introspection=introspection,
        isolates_failures=parsers.check_choice(on_failure, FAILURE_POLICIES, "on_failure") == CONTINUE,
        excluded=parse_exclusions(parsers.parse_names(exclude, "exclude")).with_wide_attributes(attributes),
        wide=WideSettings(
            attributes,
            parsers.parse_languages(wide_translations, "wide_translations"),
        ),
        privacy=Privacy.of(pii),
        pii_secret=pii_secret,
        quota_share=parsers.check_quota_share(quota_share),
        parallel_requests=parsers.check_count(parallel_requests, "parallel_requests"),
        retry_limit=retry_limit,
        backoff_factor=backoff_factor,
    )


def _parse_lookbacks(value: str | Mapping[str, str] | None) -> dict[str, timedelta]:
    """Returns the look-backs that are set, by resource. In an environment variable, a mapping is JSON."""
    resources = [name for name, resource in RESOURCES.items() if resource.is_dated]
    value = parsers.parse_json(value, dict, "lookback")
    given = dict.fromkeys(resources, value) if isinstance(value, str) else value or {}
    for name in given:
        if name not in resources:
            raise InvalidSetting(
                f"lookback names '{name}', which has no bookmark: choose from {', '.join(resources)}."
            )
    return {name: parsers.parse_duration(text, f"lookback of {name}") for name, text in given.items()}


def _parse_wide_attributes(value: str | list[str] | None) -> dict[str, frozenset[str]]:
    """Returns the custom attributes that become columns, by resource. An empty set stands for all."""
    owners = attribute_owners()
    names = parsers.parse_names(value, "wide_attributes")
    if "all" in names:
        return dict.fromkeys(owners.values(), frozenset())
    chosen: dict[str, frozenset[str]] = {}
    for name in names:
        owner, _, attribute = name.partition(".")
        if owner not in owners or not attribute:
            near = [f"{known}.{attribute or '<type>'}" for known in nearest_names(owner, owners)]
            raise InvalidSetting(
                f"wide_attributes names '{name}', which is not an attribute: "
                f"write 'all' or {' or '.join(near)}."
            )
        resource = owners[owner]
        chosen[resource] = chosen.get(resource, frozenset()) | {attribute}
    return chosen
