"""Profiles: which columns of the catalog a file has, under which headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...exceptions import InvalidSetting
from ...spelling import did_you_mean
from ..catalog.tables import GLOBALE_CATALOG
from ..configuration import CatalogConfiguration

CENTRA = {
    "Product Unique Identifier": "product_size_id",
    "SKU": "sku",
    "Display Name": "display_name",
    "Product Description": "product_description",
    "Country of Origin": "country_of_origin",
}
"""Headers of Global-e's page "Extracting the Initial Catalog", in its order, and the column behind each."""

FULL = {
    "ID-SKU": "sku",
    "Display_Name": "display_name",
    "Product_Description": "product_description",
    "Product_Composition": "composition",
    "Product_Weight": "weight_grams",
    "Is Blocked": "is_blocked",
}
"""Headers of the table on Global-e's page "Catalog Management", in its order, as far as it is published."""

UNPUBLISHED = {
    "hs_code": "HS_Code",
    "country_of_origin": "Country_Of_Origin",
    "brand_name": "Brand",
    "product_size_id": "Product_Unique_Identifier",
}
"""What follows in the profile `full`: Global-e takes these, but has not published how it calls them. The
setting `headers` renames them; an empty header leaves one out."""

KEY_COLUMNS = ("product_size_id", "sku")
"""Whatever a file of removed rows tells of them."""


@dataclass(frozen=True)
class Profile:
    """The form of a catalog file.

    Attributes:
        name: As it is chosen.
        columns: The column of globale_catalog behind each header, in the order of the file.
        bom: Whether the file begins with a byte order mark.
    """

    name: str
    columns: Mapping[str, str]
    bom: bool = False

    @property
    def is_keyed_by_sku(self) -> bool:
        """Whether Global-e knows a row of the file by its SKU: that stands first of what could tell it."""
        return next((column for column in self.columns.values() if column in KEY_COLUMNS), None) == "sku"

    @property
    def omits_blocked(self) -> bool:
        """Whether the file leaves out what is blocked: without a column to say so, Global-e would sell it."""
        return "is_blocked" not in self.columns.values()

    def line(self, row: Mapping[str, Any]) -> list[str]:
        """The cells of one row of the catalog."""
        return [cell(row[column]) for column in self.columns.values()]


def cell(value: object) -> str:
    """A value as Global-e reads it: numbers without exponent or idle zeros, yes and no as 1 and 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (Decimal, float)):
        return f"{Decimal(repr(value) if isinstance(value, float) else value).normalize():f}"
    return str(value)


def chosen_profile(configuration: CatalogConfiguration) -> Profile:
    """The profile that a configuration names.

    Raises:
        InvalidSetting: There is no such profile, or an own one is not made of `columns` and `bom`.
    """
    name = configuration.profile
    if name in configuration.profiles:
        return _own(name, configuration)
    if name == "centra":
        return Profile(name, CENTRA, configuration.bom)
    if name == "full":
        return Profile(name, _full(configuration.headers), configuration.bom)
    known = ["centra", "full", *configuration.profiles]
    raise InvalidSetting(f"There is no profile '{name}': {did_you_mean(name, known)}")


def _full(headers: Mapping[str, str]) -> dict[str, str]:
    for column in headers:
        if column not in UNPUBLISHED:
            raise InvalidSetting(
                f"headers of [globale] names '{column}', whose header is not open: "
                f"{did_you_mean(column, UNPUBLISHED)}"
            )
    named = {**UNPUBLISHED, **headers}
    taken = [*FULL, *filter(None, named.values())]
    for header in taken:
        if taken.count(header) > 1:
            raise InvalidSetting(f"headers of [globale] calls two columns '{header}': give each its own.")
    return {**FULL, **{header: column for column, header in named.items() if header}}


def _own(name: str, configuration: CatalogConfiguration) -> Profile:
    given = configuration.profiles[name]
    columns = given.get("columns") if isinstance(given, Mapping) else None
    unknown = sorted(set(given) - {"columns", "bom"}) if isinstance(given, Mapping) else []
    if not isinstance(columns, Mapping) or not columns or unknown:
        raise InvalidSetting(
            f"The profile '{name}' needs a table [globale.profiles.{name}.columns] of headers and columns, "
            f'such as "SKU" = "sku"{", and knows no " + ", ".join(unknown) if unknown else ""}.'
        )
    known = [column.name for column in GLOBALE_CATALOG.columns]
    for header, column in columns.items():
        if column not in known:
            raise InvalidSetting(
                f"The profile '{name}' fills '{header}' from '{column}', which is no column of "
                f"{GLOBALE_CATALOG.name}: {did_you_mean(str(column), known)}"
            )
    return Profile(name, dict(columns), bool(given.get("bom", configuration.bom)))
