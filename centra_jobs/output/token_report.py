"""What `centra check` prints: what a token can read, on one screen, as JSON, or as a list of permissions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from dlt.common.configuration.exceptions import ConfigFieldMissingException
from rich.console import Console
from rich.table import Table
from rich.text import Text

from centra_source import CentraError
from centra_source.api.throttle import INTERVALS, QUERY_COMPLEXITY, REQUEST_COUNT
from centra_source.check.permission_list import EVENT_READ, list_permissions
from centra_source.check.result import Check, ResourceCheck
from centra_source.check.token_check import check_token
from centra_source.exceptions import InvalidSetting
from centra_source.operations.permissions import list_inferred_permissions

from ..console import plain_console
from ..exit_codes import FAILED, INCOMPLETE
from ..plain_text import join_lines
from .schema_drift_report import ADVICE, describe_drift, make_drift_table

LISTED_RESOURCES, LISTED_FIELDS = 12, 24
"""Longer lists would not fit on a screen: they are shown as one paragraph, or shortened."""

NO_STORES = "not visible: the token lacks Store:read"
SHARED_QUEUE = (
    "All tokens of an integration share its queue: an event that one system confirms is gone for the others, "
    "and what nobody confirms stays in it for ever."
)
# centra.dev/integration-api/handling-events

INFERRED = "  # inferred"
"""What is printed behind a permission whose name is a guess."""

WHERE = "in Centra under System > API Tokens"


def exit_code(found: Check) -> int:
    """The exit code of a check that was completed."""
    if found.list_names("refused"):
        return FAILED
    return 0 if found.is_sufficient else INCOMPLETE


def format_json(found: Check, last_runs: Mapping[str, Sequence[str]] = MappingProxyType({})) -> str:
    """A check as one JSON object.

    Its keys are the fields of `Check` (see centra_source/check/result.py): address, version, shows_schema,
    clock_seconds, limits, stores, events, resources (by name), needed, lacking, unproven, unneeded, inferred,
    drift (with `counts`); `is_sufficient`, which is true if the exit code is 0; and `last_runs`, with
    what the last run of each pipeline on this machine did not load as it is, in sentences.
    """
    shown: dict[str, Any] = {
        "is_sufficient": found.is_sufficient,
        **asdict(found),
        "last_runs": {**last_runs},
    }
    if found.drift is not None:
        shown["drift"] = {"counts": found.drift.counts, **shown["drift"]}
    return json.dumps(shown, indent=2)


def print_permissions(chosen: Collection[str], settings: Mapping[str, Any]) -> None:
    """Prints the permissions that some resources need, one per line; on standard error, where they are from.

    They come from the shop if it answers. Otherwise they come from Centra's documentation, since the list is
    also needed before there is a token, or after one has expired. Those that are guesses are marked.
    """
    inferred: Collection[str] = list_inferred_permissions()
    try:
        found = check_token(chosen, **settings)
        needed, source = list(found.needed), f"reported by Centra {found.version}"
        inferred = found.inferred
    except ConfigFieldMissingException:
        needed, source = (
            _list_documented(chosen, settings),
            "from Centra's documentation, since no shop is configured",
        )
    except InvalidSetting:
        raise
    except CentraError as error:
        needed, source = (
            _list_documented(chosen, settings),
            f"from Centra's documentation, since the shop does not answer: {join_lines(str(error))}",
        )
    lines = (f"{join_lines(one)}{INFERRED if one in inferred else ''}" for one in needed)
    plain_console().print("\n".join(lines), soft_wrap=True)
    errors = plain_console(stderr=True)
    errors.print(f"{len(needed)} permissions for {_format_count(len(chosen))}, {source}", soft_wrap=True)
    guesses = len([one for one in needed if one in inferred])
    if guesses:
        errors.print(
            f"{guesses} of them are inferred: no page of Centra names them. Tick them if Centra lists them.",
            soft_wrap=True,
        )


def show_last_runs(console: Console, last_runs: Mapping[str, Sequence[str]]) -> None:
    """Prints what the last runs on this machine could not load.

    Args:
        console: Where to print.
        last_runs: A sentence for each thing, by the pipeline's name.
    """
    for pipeline, sentences in last_runs.items():
        console.print(Text(f"\nThe last run of {pipeline} did not load everything as it is:", style="bold"))
        for sentence in sentences:
            console.print(join_lines(sentence), soft_wrap=True)


def show_check(console: Console, found: Check) -> None:
    """Prints a check: the verdict, the shop, what needs attention, then everything else."""
    console.print(Text(_verdict(found), style="bold"))
    console.print()
    console.print(_facts(found))
    for heading, content in _sections(found):
        console.print()
        console.print(Text(heading, style="bold"))
        console.print(content)


def _list_documented(chosen: Collection[str], settings: Mapping[str, Any]) -> list[str]:
    return list_permissions(chosen, exclude=settings.get("exclude"))


def _format_count(number: int) -> str:
    return "1 resource" if number == 1 else f"{number} resources"


def _verdict(found: Check) -> str:
    counts = {
        state: len(found.list_names(state))
        for state in ("full", "partial", "unreadable", "refused", "absent")
    }
    whole = len(found.resources)
    if counts["full"] == whole:
        verdict = f"The token reads {'' if whole == 1 else 'all '}{_format_count(whole)} in full"
    else:
        words = {
            "partial": "in part",
            "unreadable": "not at all",
            "refused": "with an error",
            "absent": "not in this shop",
        }
        parts = [f"{counts['full']} of {_format_count(whole)} in full"]
        parts += [f"{counts[state]} {text}" for state, text in words.items() if counts[state]]
        verdict = f"The token reads {', '.join(parts)}"
    if found.lacking:
        lacking = len(found.lacking)
        return f"{verdict}; it lacks {'a permission' if lacking == 1 else f'{lacking} permissions'}."
    return f"{verdict}."


def _facts(found: Check) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row("shop", join_lines(f"{found.address}, Centra {found.version}"))
    if found.drift is None or found.drift:
        table.add_row("schema", describe_drift(found.drift))
    table.add_row("clock", _clock(found.clock_seconds))
    table.add_row("limits", _limits(found))
    table.add_row("stores", join_lines(_stores(found)))
    table.add_row("events", join_lines(_events(found)))
    return table


def _clock(seconds: int) -> str:
    if abs(seconds) <= 1:
        return "the shop's clock and ours agree to the second"
    return f"the shop's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} ours"


def _limits(found: Check) -> str:
    words = {"TEN_SECONDS": "ten seconds", "ONE_HOUR": "an hour"}
    kinds = {REQUEST_COUNT: "requests", QUERY_COMPLEXITY: "points"}
    known = {(one.kind, one.interval): one for one in found.limits if one.quota}
    parts = []
    for interval in INTERVALS:
        left = [
            f"{one.left:,} of {one.quota:,} {name}"
            for kind, name in kinds.items()
            if (one := known.get((kind, interval)))
        ]
        if left:
            parts.append(f"{' and '.join(left)} in {words[interval]}")
    return f"left: {'; '.join(parts)}" if parts else "the shop reports none"


def _stores(found: Check) -> str:
    if found.stores is None:
        return NO_STORES
    seen = ", ".join(f"{one.id} {one.name or ''} ({one.type})".replace("  ", " ") for one in found.stores)
    return (
        f"{seen or 'none'}. If the shop has more, the token is restricted to these, and Centra "
        "hides the others without an error."
    )


def _events(found: Check) -> str:
    queue = found.events
    if queue.policy == "off":
        return 'not used (events = "off")'
    if queue.is_readable is None and queue.refusal is None:
        return "not needed for these resources"
    if queue.is_readable is False:
        return "not visible: the token lacks Event:read, so loads do not see deletions"
    if queue.refusal is not None:
        return f"the queue cannot be read: {queue.refusal}"
    names = ", ".join(f"the integration {one}" for one in queue.integrations)
    objects = f"{names} listens to {', '.join(queue.listeners)}" if names else "no load is listening yet"
    shared = (
        f"; another system listens too, so loads leave the queue alone: {', '.join(map(str, queue.others))}"
        if queue.is_shared
        else ""
    )
    filled = (
        "events are waiting, so the queue is switched on"
        if queue.is_filled
        else "no event is waiting, so it is unknown whether Centra has switched the queue on"
    )
    return f"{objects}{shared}; {filled}. {SHARED_QUEUE} Event:write is only tested by a load."


def _sections(found: Check) -> Iterator[tuple[str, Table | Text]]:
    affected = {
        name: one
        for name, one in found.resources.items()
        if one.state in ("partial", "unreadable", "refused")
    }
    if len(affected) > LISTED_RESOURCES:
        yield from _many(found)
    elif affected:
        yield f"Tick these permissions {WHERE}:", _few(affected, found)
    elif found.lacking:
        yield f"Tick these permissions {WHERE}:", _format_permissions(found.lacking, found)
    hidden = [one for one in found.unproven if not one.endswith(":write")]
    if hidden:
        yield "After that, these are probably needed too:", _format_permissions(hidden, found)
    missing = dict.fromkeys(field for one in found.resources.values() for field in one.missing)
    if missing:
        yield (
            f"Fields that this shop's version of Centra lacks ({len(missing)}), left null or empty:",
            _format_shortened(missing),
        )
    if found.drift:
        differences = make_drift_table(found.drift, missing)
        if differences.rows:
            yield "Other differences between this shop's schema and the documented one:", differences
        yield "", Text(ADVICE)
    if readable := found.list_names("full"):
        yield f"Read in full ({len(readable)}):", _format_list(readable)
    if found.unneeded is None:
        yield (
            "Permissions that these resources do not need:",
            Text("not visible: the shop does not list the token's permissions."),
        )
    elif found.unneeded:
        heading = f"Permissions that the token has and these resources do not need ({len(found.unneeded)}):"
        yield heading, _format_list(found.unneeded)


def _few(affected: Mapping[str, ResourceCheck], found: Check) -> Table:
    """One line per resource, and one for the event queue."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, one in affected.items():
        if one.refusal is not None:
            table.add_row(name, "refused", join_lines(one.refusal))
        else:
            extent = "in part" if one.state == "partial" else "not at all"
            lacking = _format_permissions(one.lacking, found)
            table.add_row(name, extent, lacking or join_lines(" ".join(one.left_out)))
    if found.events.is_readable is False:
        table.add_row("event queue", "not at all", EVENT_READ)
    return table


def _many(found: Check) -> Iterator[tuple[str, Text]]:
    """One paragraph per state."""
    states = {"unreadable": "Not read at all", "partial": "Read in part", "refused": "Rejected with an error"}
    for state, heading in states.items():
        if names := found.list_names(state):
            yield f"{heading} ({len(names)}):", _format_list(names)
    heading = f"Tick these permissions {WHERE} ({len(found.lacking)}):"
    yield heading, _format_permissions(found.lacking, found)


def _format_shortened(names: Collection[str]) -> Text:
    shown = list(names)[:LISTED_FIELDS]
    more = len(names) - len(shown)
    return _format_list([*shown, *([f"and {more} more (--json has them all)"] if more else [])])


def _format_permissions(names: Iterable[str], found: Check) -> Text:
    """The permissions, with a mark behind those whose name is a guess."""
    return _format_list(f"{one} (inferred)" if one in found.inferred else one for one in names)


def _format_list(names: Iterable[str]) -> Text:
    return Text(", ".join(names))
