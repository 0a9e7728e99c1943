"""Every entry point that talks to a shop honours every setting of the source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_source import (
    InvalidSetting,
    centra_source,
    check_token,
    forecast_load,
    plan_windows,
    query,
)
from centra_source.api.throttle import Throttle
from centra_source.shop.source_settings import parse_settings

from ..support.target import Target

START, END = (datetime(year, 1, 1, tzinfo=timezone.utc) for year in (2020, 2030))

ENTRIES: dict[str, Callable[..., object]] = {
    "check": lambda **settings: check_token(["orders"], **settings),
    "forecast": lambda **settings: forecast_load(["orders"], **settings),
    "plan": lambda **settings: plan_windows("orders", START, END, **settings),
    "query": lambda **settings: query("{ stores { id } }", **settings),
}


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The shares of the rate limits that throttles were made with."""
    made: list[float] = []
    make = Throttle.__init__

    def record(self: Throttle, quota_share: float = 0.8, *args: Any) -> None:
        made.append(quota_share)
        make(self, quota_share, *args)

    monkeypatch.setattr(Throttle, "__init__", record)
    return made


@pytest.fixture(autouse=True)
def own_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder for the shops' schemas, so that each would be requested."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))


@pytest.mark.parametrize("entry", ENTRIES)
def test_settings_of_the_source_hold_for_every_entry(
    small_shop: Sandbox, shares: list[float], monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """From the configuration or as arguments: no schema query, and the share that is set."""
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__INTROSPECTION", "false")
    ENTRIES[entry](base_url=small_shop.url, access_token=small_shop.token, quota_share=0.1)
    assert shares == [0.1]
    asked = {request.operation for request in small_shop.requests}
    assert asked
    assert "schema" not in asked


def test_settings_of_the_source_hold_for_a_load(
    small_shop: Sandbox, target: Target, shares: list[float]
) -> None:
    """As for the other entries."""
    target.load(small_shop, "orders", introspection=False, quota_share=0.1)
    assert shares == [0.1]
    assert "schema" not in {request.operation for request in small_shop.requests}


@pytest.mark.parametrize("entry", ENTRIES)
def test_wrong_setting_is_refused_by_every_entry(small_shop: Sandbox, entry: str) -> None:
    """Before anything is requested, also if the entry does not use the setting itself."""
    with pytest.raises(InvalidSetting, match="lookback"):
        ENTRIES[entry](base_url=small_shop.url, access_token=small_shop.token, lookback="soon")
    assert list(small_shop.requests) == []


def test_unknown_argument_is_refused() -> None:
    """As by a function that lists its arguments."""
    with pytest.raises(TypeError, match="quota_shar"):
        plan_windows("orders", START, END, quota_shar=0.1)


def test_every_argument_of_the_source_is_parsed() -> None:
    """A setting that is added to the source reaches the settings that all entries share."""
    assert [*inspect.signature(centra_source).parameters] == [*inspect.signature(parse_settings).parameters]
