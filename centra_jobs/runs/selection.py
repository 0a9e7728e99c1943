"""The resources that the options `--resources` and `--exclude` select."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import dlt
from dlt.extract import DltSource
from rich.console import Console

from centra_source import RESOURCES
from centra_source.exceptions import InvalidSetting
from centra_source.settings import CONTINUE
from centra_source.spelling import did_you_mean

from ..console import show_wait
from .local_shop import local_shop


def choose_resources(wanted: str | None, unwanted: str | None) -> list[str]:
    """The resources that `--resources` and `--exclude` select.

    Args:
        wanted: Names, separated by commas; None or empty is every resource that is loaded by default.
        unwanted: Names to leave out, separated by commas.

    Raises:
        InvalidSetting: A name is unknown, or nothing is left.
    """
    names = split_names(wanted) or [name for name, resource in RESOURCES.items() if resource.selected]
    for name in names:
        if name not in RESOURCES:
            raise InvalidSetting(f"There is no resource '{name}': {did_you_mean(name, RESOURCES)}")
    dropped = split_names(unwanted)
    chosen = [name for name in names if name not in dropped]
    if not chosen:
        raise InvalidSetting("Every chosen resource is excluded too: nothing is left to load.")
    return chosen


def select_resources(source: DltSource, wanted: str | None, unwanted: str | None) -> list[str]:
    """The resources to load: as `choose_resources`, without those that the setting `exclude` leaves out.

    A resource that `--resources` names is loaded even if the configuration excludes it.
    """
    chosen = choose_resources(wanted, unwanted)
    return chosen if wanted else [name for name in chosen if name in source.selected_resources]


def make_settings(
    stack: ExitStack, console: Console, exclude: str | None, *, sandbox: bool, **given: Any
) -> dict[str, Any]:
    """The arguments of the source that the command line sets; all others come from the configuration.

    Args:
        stack: Ends the demo shop.
        console: Shows that the demo shop is being started.
        exclude: What `--exclude` lists: resources, child tables and fields.
        sandbox: Start the demo shop, and read from it.
        given: Other arguments; those that are None or False are left to the configuration.
    """
    settings = {name: value for name, value in given.items() if value is not None and value is not False}
    if names := split_names(exclude):
        settings["exclude"] = names
    if sandbox:
        with show_wait(console, "Generating the demo shop"):
            settings.update(stack.enter_context(local_shop()))
    return settings


def choose_failure_policy() -> str:
    """What the jobs do if a resource cannot be read: they load the others, unless it is configured."""
    return str(dlt.config.get("sources.centra_source.on_failure") or CONTINUE)


def split_names(text: str | None) -> list[str]:
    """The names of a comma-separated list."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]
