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
"""Headers of Global-e's page "Extracting the Initial Catalog", in its order, and the column of each."""

FULL = {
    "ID-SKU": "sku",
    "Display_Name": "display_name",
    "Product_Description": "product_description",
    "Product_Composition": "composition",
    "Product_Weight": "weight_grams",
    "Is Blocked": "is_blocked",
}
"""Headers of the table on Global-e's page "Catalog Management", in its order, as far as they are
published."""

UNPUBLISHED = {
    "hs_code": "HS_Code",
    "country_of_origin": "Country_Of_Origin",
    "brand_name": "Brand",
    "product_size_id": "Product_Unique_Identifier",
}
"""More columns of the profile `full`. Global-e accepts them, but has not published their headers. The setting
`headers` renames them; an empty header leaves a column out."""

KEY_COLUMNS = ("product_size_id", "sku")
"""The columns of a file of removed rows."""


@dataclass(frozen=True)
class Profile:
    """The format of a catalog file.

    Attributes:
        name: The name in the settings.
        columns: The column of globale_catalog for each header, in the order of the file.
        bom: Whether the file starts with a byte order mark.
    """

    name: str
    columns: Mapping[str, str]
    bom: bool = False

    @property
    def is_keyed_by_sku(self) -> bool:
        """Whether the SKU identifies a row of the file: it comes before the size id, or there is no size
        id."""
        return next((column for column in self.columns.values() if column in KEY_COLUMNS), None) == "sku"

    @property
    def omits_blocked(self) -> bool:
        """Whether the file leaves out blocked rows: without a column to mark them, Global-e would sell
        them."""
        return "is_blocked" not in self.columns.values()

    def line(self, row: Mapping[str, Any]) -> list[str]:
        """Returns the cells of one row of the catalog."""
        return [cell(row[column]) for column in self.columns.values()]


def cell(value: object) -> str:
    """Formats a value as Global-e reads it: numbers without exponent or trailing zeros, booleans as 1 and
    0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (Decimal, float)):
        return f"{Decimal(repr(value) if isinstance(value, float) else value).normalize():f}"
    return str(value)


def choose_profile(configuration: CatalogConfiguration) -> Profile:
    """Returns the profile that the settings name.

    Raises:
        InvalidSetting: The profile does not exist, or one of `profiles` has not only `columns` and `bom`.
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
                f"headers of [globale] names '{column}', whose header cannot be changed: "
                f"{did_you_mean(column, UNPUBLISHED)}"
            )
    named = {**UNPUBLISHED, **headers}
    taken = [*FULL, *filter(None, named.values())]
    for header in taken:
        if taken.count(header) > 1:
            raise InvalidSetting(f"headers of [globale] gives two columns the header '{header}': rename one.")
    return {**FULL, **{header: column for column, header in named.items() if header}}


def _own(name: str, configuration: CatalogConfiguration) -> Profile:
    given = configuration.profiles[name]
    columns = given.get("columns") if isinstance(given, Mapping) else None
    unknown = sorted(set(given) - {"columns", "bom"}) if isinstance(given, Mapping) else []
    if not isinstance(columns, Mapping) or not columns or unknown:
        raise InvalidSetting(
            f"The profile '{name}' needs a table [globale.profiles.{name}.columns] of headers and columns, "
            f'such as "SKU" = "sku".{" Remove " + ", ".join(unknown) + "." if unknown else ""}'
        )
    known = [column.name for column in GLOBALE_CATALOG.columns]
    for header, column in columns.items():
        if column not in known:
            raise InvalidSetting(
                f"The profile '{name}' fills '{header}' from '{column}', which is not a column of "
                f"{GLOBALE_CATALOG.name}: {did_you_mean(str(column), known)}"
            )
    return Profile(name, dict(columns), bool(given.get("bom", configuration.bom)))
