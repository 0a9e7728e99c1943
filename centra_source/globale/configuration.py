"""The settings of the Global-e catalog: `[globale]` in .dlt/config.toml, or GLOBALE__… in the environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from types import UnionType
from typing import Any, ClassVar, Union, get_args, get_origin

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException
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
"""What a catalog leaves out by default. `undisplayed` means sizes that are on no display of the store; they
get the texts of their product."""

PRICING = ("dynamic", "fixed")


@configspec
class CatalogConfiguration(BaseConfiguration):
    """How a merchant works with Global-e: the catalog, its files and checks, and the setup of the shop.

    Attributes:
        store: Centra's id of the direct-to-consumer store. None takes the only one.
        merchant: The names of all files start with it, as agreed with Global-e. None takes the name of the
            store.
        profile: The columns of the file: `centra`, `full`, or one of `profiles`.
        profiles: Your own profiles by name: `columns` maps headers to columns of globale_catalog, and `bom`.
        headers: Headers of the profile `full` for columns whose names Global-e has not published.
        bom: Whether files start with a byte order mark. Excel needs it to read UTF-8.
        language: Code of the language of names and descriptions. None takes the default language of the shop.
        composition: Custom attribute that says what a product is made of: its type (`pr_materials`), or its
            type and element (`pr_composition.text`).
        include: What is exported although it cannot be bought, see INCLUDABLE.
        blocked_folders: Names of folders whose products must not be sold abroad, nor those of all folders
            below them.
        blocked_brands: Names of brands whose products must not be sold abroad.
        blocked_attribute: Custom attribute of products, written like `composition`. A product is blocked if
            its value is not empty, "0", "no" or "false".
        gift_cards: Words in the name of a product or display that mark a gift card. Gift cards are blocked.
        vat_rate: Percentage of VAT that the prices of the price feed include. Without it, there is no price
            feed.
        removed_share: The largest share of the last delivered file that a delta may remove, from 0 to 1.
        severities: Severity by rule: BLOCK, WARN, INFO or OFF. It replaces that of the rule.
        dangerous_goods: Whether the shop sells dangerous goods. Global-e then requires all weights.
        markets: Ids or names of the markets that sell through Global-e. Empty means every market of the
            store.
        pricing: `dynamic` if Global-e converts prices from the base currency, `fixed` if it takes them as
            they are.
        currencies: For fixed prices, the currency that Global-e uses in each country, by ISO codes.
        shipping_options: Names of the shipping options of Global-e's orders. Empty means any.
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
    markets: list[Any] = dataclasses.field(default_factory=list)
    pricing: str = "dynamic"
    currencies: dict[str, str] = dataclasses.field(default_factory=dict)
    shipping_options: list[str] = dataclasses.field(default_factory=list)

    __section__: ClassVar[str] = "globale"


def catalog_configuration(**given: Any) -> CatalogConfiguration:
    """Returns the settings of `[globale]`, replaced by the arguments that are not None.

    Args:
        given: Attributes of `CatalogConfiguration`.

    Raises:
        InvalidSetting: A name is unknown, or a value is of the wrong type or out of range.
    """
    check_names(given, [field.name for field in dataclasses.fields(CatalogConfiguration)], "An argument")
    try:
        configuration = resolve_configuration(CatalogConfiguration())
    except ConfigValueCannotBeCoercedException as error:
        raise InvalidSetting(
            f"{error.field_name} of [globale] is {error.field_value!r}: write {_name_type(error.hint)}."
        ) from error
    for name, value in given.items():
        if value is not None:
            setattr(configuration, name, value)
    check_names(configuration.include, INCLUDABLE, "include")
    check_removed_share(configuration.removed_share)
    if configuration.vat_rate is not None and not 0 <= configuration.vat_rate <= 100:
        raise InvalidSetting(f"vat_rate is {configuration.vat_rate}: write a percentage from 0 to 100.")
    _check_setup(configuration)
    return configuration


_TYPE_NAMES = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def _name_type(hint: Any) -> str:
    """Names a type as people know it from TOML; a hint such as `int | None` by its first type."""
    first = next((one for one in get_args(hint) if get_origin(hint) in (Union, UnionType)), hint)
    return _TYPE_NAMES.get(get_origin(first) or first, "another value")


def _check_setup(configuration: CatalogConfiguration) -> None:
    if configuration.pricing not in PRICING:
        hint = did_you_mean(str(configuration.pricing), PRICING)
        raise InvalidSetting(f"pricing of [globale] cannot be '{configuration.pricing}': {hint}")
    if not isinstance(configuration.currencies, Mapping):
        raise InvalidSetting(
            f"currencies of [globale] is {configuration.currencies!r}: write a table by country, such as "
            '{ DE = "EUR" }.'
        )
    for name in ("markets", "shipping_options"):
        value = getattr(configuration, name)
        if not isinstance(value, (list, tuple)):
            raise InvalidSetting(
                f"{name} of [globale] is {value!r}: write a list, such as ['Europe', 'Asia']."
            )


def check_removed_share(share: float) -> None:
    """Checks that `removed_share` is a share.

    Raises:
        InvalidSetting: It is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise InvalidSetting(f"removed_share is {share}: write a share from 0 to 1.")


def check_names(names: Collection[str], known: Collection[str], setting: str) -> None:
    """Checks that all names are known.

    Args:
        names: The names that a setting contains.
        known: The names that it can contain.
        setting: The name of the setting.

    Raises:
        InvalidSetting: A name is unknown; the message suggests the nearest known names.
    """
    for name in names:
        if name not in known:
            hint = f": {did_you_mean(name, known)}" if known else ": remove it, as there are none."
            raise InvalidSetting(f"{setting} of [globale] contains '{name}', which is unknown{hint}")
