"""Every settings that the pages and .dlt/config.toml show load a shop, alone and together."""

from __future__ import annotations

import re
from typing import Any

import pytest
import tomlkit

from centra_sandbox import Sandbox

from ..support.selection import representative
from ..support.target import Target
from ..support.workplace import PROJECT
from .pages import PAGES, README, blocks

RESOURCES = ("orders", "products", "displays", "customers", "stock")

ADDRESS = ("base_url", "access_token")

COMMENTED = re.compile(r"^# (?=\[|\S+ = )", re.MULTILINE)
"""A setting in .dlt/config.toml that is not set."""


def list_shown() -> list[dict[str, Any]]:
    """The settings of the source that README and pages show, without those of the shop."""
    shown = [
        tomlkit.parse(block).unwrap().get("sources", {}).get("centra_source", {})
        for page in (README, *PAGES)
        for block in blocks(page, "toml")
    ]
    return [
        found
        for settings in shown
        if (found := {name: value for name, value in settings.items() if name not in ADDRESS})
    ]


def read_offered() -> dict[str, Any]:
    """All settings of the source that .dlt/config.toml offers, set together."""
    text = (PROJECT / ".dlt" / "config.toml").read_text(encoding="utf-8")
    section, _, _ = COMMENTED.sub("", text).partition("[sources.centra_source.pii]")
    found: dict[str, Any] = tomlkit.parse(section).unwrap()["sources"]["centra_source"]
    return {name: value for name, value in found.items() if name not in ADDRESS}


SETTINGS = [
    *list_shown(),
    read_offered(),
    {name: value for settings in list_shown() for name, value in settings.items()},
    {"pii": "drop", "wide_attributes": "all", "wide_translations": ["sv"]},
    {"pii": "hash", "wide_attributes": "all", "exclude": ["order_attributes", "product_attributes"]},
    {
        "wide_attributes": "all",
        "exclude": ["orders.attributes", "customers.attributes"],
        "introspection": False,
    },
]


@pytest.mark.parametrize(
    "settings",
    representative(SETTINGS, *[one for one in SETTINGS if "wide_attributes" in one][:1], SETTINGS[-3]),
)
def test_settings_load_a_shop(settings: dict[str, Any], target: Target) -> None:
    """Nothing of them contradicts another: all lists are there, and nothing was left out by accident."""
    with Sandbox(products=6, orders=12) as shop:
        target.load(shop, *RESOURCES, **{"pii_secret": "x" * 64, **settings})
        assert {line["status"] for line in target.rows("load_audit")} == {"complete"}
        for name in RESOURCES[:3]:
            assert len(target.rows(name)) == len(getattr(shop.shop, name))
        wide = {column for name in ("orders", "products") for column in target.types(name)}
        names = settings.get("wide_attributes", ())
        asked = ("pr_materials_material",) if names == "all" or "product.pr_materials" in names else ()
        assert wide >= {*asked}
