"""The settings of the Global-e catalog: `[globale]` in .dlt/config.toml, or GLOBALE__… in the environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, ClassVar

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.specs import BaseConfiguration

from ..exceptions import InvalidSetting
from ..spelling import did_you_mean

INCLUDABLE = (
    "inactive_products",
    "inactive_variants",
    "inactive_sizes",
    "inactive_displays",
    "undisplayed",
)
"""What a catalog leaves out unless told otherwise; `undisplayed` are sizes on no display of the store, which
then have the texts of their product."""


@configspec
class CatalogConfiguration(BaseConfiguration):
    """How the catalog of one store is made, and which files of it.

    Attributes:
        store: Centra's id of the direct-to-consumer store; None takes the only one.
        merchant: Begins the name of every file, as agreed with Global-e; None takes the store's name.
        profile: Which columns the file has: `centra`, `full`, or one of `profiles`.
        profiles: Own profiles by name: `columns` from header to column of globale_catalog, and `bom`.
        headers: Headers of the profile `full` for columns whose names Global-e has not published.
        bom: Whether files begin with a byte order mark, which Excel needs to read UTF-8.
        language: Code of the language of names and descriptions; None is the shop's default language.
        composition: Custom attribute that holds what a product is made of: its type (`pr_materials`), or its
            type and element (`pr_composition.text`).
        include: What is exported although it cannot be bought: see INCLUDABLE.
        blocked_folders: Names of folders whose products must not be sold abroad.
        blocked_brands: Names of brands whose products must not be sold abroad.
        blocked_attribute: Custom attribute of a product, written as in `composition`, that blocks it when it
            holds anything but "0", "no" or "false".
        gift_cards: Words in the name of a product or display that make it a gift card, which is blocked.
        vat_rate: Percent of VAT that the prices of the price feed hold; without it there is no feed.
        removed_share: The greatest share of the last delivered file that a delta may remove.
        severities: Severity by rule, instead of its own: BLOCK, WARN, INFO or OFF.
        dangerous_goods: Whether the shop sells dangerous goods, for which Global-e must know every weight.
    """

    store: int | None = None
    merchant: str | None = None
    profile: str = "centra"
    profiles: dict[str, Any] = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    bom: bool = False
    language: str | None = None
    composition: str | None = None
    include: list[str] = dataclasses.field(default_factory=list)
    blocked_folders: list[str] = dataclasses.field(default_factory=list)
    blocked_brands: list[str] = dataclasses.field(default_factory=list)
    blocked_attribute: str | None = None
    gift_cards: list[str] = dataclasses.field(default_factory=lambda: ["gift card", "gift certificate"])
    vat_rate: float | None = None
    removed_share: float = 0.2
    severities: dict[str, str] = dataclasses.field(default_factory=dict)
    dangerous_goods: bool = False

    __section__: ClassVar[str] = "globale"


def catalog_configuration(**given: Any) -> CatalogConfiguration:
    """The settings as configured, but for what is given here and is not None.

    Raises:
        InvalidSetting: A name in `include` is unknown, or a share or rate lies outside its range.
    """
    known_names(given, [field.name for field in dataclasses.fields(CatalogConfiguration)], "An argument")
    configuration = resolve_configuration(CatalogConfiguration())
    for name, value in given.items():
        if value is not None:
            setattr(configuration, name, value)
    known_names(configuration.include, INCLUDABLE, "include")
    if not 0 <= configuration.removed_share <= 1:
        raise InvalidSetting(f"removed_share is {configuration.removed_share}: write a share from 0 to 1.")
    if configuration.vat_rate is not None and not 0 <= configuration.vat_rate <= 100:
        raise InvalidSetting(f"vat_rate is {configuration.vat_rate}: write percent from 0 to 100.")
    return configuration


def known_names(names: Collection[str], known: Collection[str], setting: str) -> None:
    """Refuses a name that is none of the known ones.

    Raises:
        InvalidSetting: So, with the nearest known names.
    """
    for name in names:
        if name not in known:
            hint = f": {did_you_mean(name, known)}" if known else ": there are none."
            raise InvalidSetting(f"{setting} of [globale] names '{name}', which is unknown{hint}")
