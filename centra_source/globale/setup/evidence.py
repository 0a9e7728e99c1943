"""What the loaded tables show about the setup of a shop."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, NamedTuple

import dlt

from ...destinations.audit_state import AuditState, read_audit_state
from ...destinations.queries import DIALECT
from ...tables.loader_tables import LEFT_OUT, TOKEN_LACKS
from ..configuration import CatalogConfiguration
from ..stores import choose_store

PRESENT = object()
"""In a condition: the column has a value. None: it has none."""

_RESOURCES = {
    "order_attributes": "orders",
    "customer_attributes": "customers",
    "market_countries": "markets",
    "pricelist_countries": "pricelists",
}
"""The resource of each table that has another name."""

_FIELDS = {
    "order_attributes": "attributes",
    "customer_attributes": "attributes",
    "market_countries": "assignedToCountries",
    "pricelist_countries": "assignedToCountries",
    "store_id": "store",
    "currency_code": "currency",
    "is_base": "isBase",
    "tax_group_name": "taxGroup",
    "default_shipping_option_name": "defaultShippingOption",
    "shipping_price_group_shipping_option_name": "shippingPriceGroup",
}
"""Centra's fields behind the tables and columns that stay empty if the token may not read them."""


class Unseen(Exception):
    """The tables cannot answer a question.

    Attributes:
        found: Why not.
        remedy: What to do about it.
    """

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


class Market(NamedTuple):
    """A market with the ISO codes of its countries."""

    name: str
    countries: frozenset[str]


class Pricelist(NamedTuple):
    """An active pricelist of the store with the ISO codes of its countries."""

    name: str
    currency: str
    shipping_option: str | None
    countries: frozenset[str]


class LoadedShop:
    """Answers questions about the setup of a loaded shop. Each of them may raise `Unseen`."""

    def __init__(
        self, dataset: dlt.Dataset, store_id: int | None, configuration: CatalogConfiguration
    ) -> None:
        self.wanted_markets = [str(market) for market in configuration.markets]
        self.wanted_shipping_options = [str(option) for option in configuration.shipping_options]
        self.wanted_currencies = {
            str(country).upper(): str(code).upper() for country, code in configuration.currencies.items()
        }
        self._dataset = dataset
        self._store_id = store_id

    def tally(self, table: str, *columns: str, **conditions: object) -> list[tuple[Any, ...]]:
        """Counts the rows by the values of some columns.

        Args:
            table: A table of the shop.
            columns: Without any, all rows are counted together.
            conditions: The value that each column must have; None and `PRESENT` ask whether there is one.

        Returns:
            The values in order, each with the number of rows at the end.
        """
        resource = _RESOURCES.get(table, table)
        if table not in self._dataset.tables:
            raise Unseen(f"The table {table} is not loaded.", f"Load {resource} first.")
        if note := self._audit.failed.get(resource):
            raise Unseen(f"{resource} failed in the last load: {note}", f"Load {resource} again.")
        known = self._dataset.schema.tables[table]["columns"]
        if absent := [column for column in (*columns, *conditions) if column not in known]:
            raise Unseen(f"{table} has no column {', '.join(absent)}.", f"Load {resource} again.")
        needed = {_FIELDS.get(name, name) for name in (table, *columns, *conditions)}
        for note in self._notes.get(resource, ()):
            if _is_about(note, needed):
                raise Unseen(note, f"Fix that and load {resource} again.")
        return self._count(table, columns, conditions)

    def _count(
        self, table: str, columns: tuple[str, ...], conditions: dict[str, object]
    ) -> list[tuple[Any, ...]]:
        where = " and ".join(_condition(column, value) for column, value in conditions.items())
        grouped = ", ".join(columns)
        query = (
            f"select {', '.join([*columns, 'count(*) as row_count'])} from {table}"
            + (f" where {where}" if where else "")
            + (f" group by {grouped} order by {grouped}" if columns else "")
        )
        return self._dataset(query, query_dialect=DIALECT).fetchall()

    def count(self, table: str, **conditions: object) -> int:
        """Returns the number of rows that meet the conditions."""
        ((rows,),) = self.tally(table, **conditions)
        return int(rows)

    @cached_property
    def _audit(self) -> AuditState:
        return read_audit_state(self._dataset)

    @cached_property
    def _notes(self) -> dict[str, list[str]]:
        """What the last load of each resource could not read, by `load_audit`."""
        columns = ("resource", "_dlt_load_id", "kind", "note")
        if not set(columns) <= set(self._dataset.schema.tables.get("load_audit", {}).get("columns", ())):
            return {}
        notes: dict[str, list[str]] = {}
        latest: dict[str, str] = {}
        for resource, load, kind, note, _ in self._count("load_audit", columns, {}):
            if latest.get(resource) != load:
                latest[resource], notes[resource] = load, []
            if kind == LEFT_OUT:
                notes[resource].append(note)
        return notes

    @cached_property
    def consumer_stores(self) -> dict[int, str]:
        """Names of the direct-to-consumer stores, by id."""
        return {
            number: name for number, name, _ in self.tally("stores", "id", "name", type="DIRECT_TO_CONSUMER")
        }

    @cached_property
    def store(self) -> int:
        """The id of the store that sells through Global-e.

        Raises:
            InvalidSetting: The store does not exist, or there are several to choose from.
        """
        if not self.consumer_stores:
            raise Unseen("There is no store to check.", "See the first step.")
        return choose_store(self.consumer_stores, self._store_id)

    @cached_property
    def store_markets(self) -> dict[str, Market]:
        """All markets of the store, by their ids as text."""
        countries = self._countries("market")
        rows = self.tally("markets", "id", "name", store_id=self.store)
        return {str(number): Market(name, countries.get(number, frozenset())) for number, name, _ in rows}

    @cached_property
    def markets(self) -> list[Market]:
        """The markets of the store that sell through Global-e."""
        wanted = self.wanted_markets
        return [
            market
            for number, market in self.store_markets.items()
            if not wanted or number in wanted or market.name in wanted
        ]

    @cached_property
    def countries(self) -> set[str]:
        """The ISO codes of the countries in Global-e's markets."""
        codes = {code for market in self.markets for code in market.countries}
        if not codes:
            raise Unseen("Global-e's markets have no countries to check.", "See the step on markets.")
        return codes

    @cached_property
    def pricelists(self) -> list[Pricelist]:
        """The active pricelists of the store."""
        countries = self._countries("pricelist")
        columns = ("id", "name", "currency_code", "default_shipping_option_name")
        rows = self.tally("pricelists", *columns, store_id=self.store, status="ACTIVE")
        return [
            Pricelist(name, currency, option, countries.get(number, frozenset()))
            for number, name, currency, option, _ in rows
        ]

    @cached_property
    def used_pricelists(self) -> list[Pricelist]:
        """The active pricelists of at least one country of Global-e's markets."""
        used = [pricelist for pricelist in self.pricelists if pricelist.countries & self.countries]
        if not used:
            raise Unseen("Global-e's markets have no pricelist to check.", "See the previous step.")
        return used

    def _countries(self, owner: str) -> dict[int, frozenset[str]]:
        codes: dict[int, set[str]] = {}
        for number, code, _ in self.tally(f"{owner}_countries", f"{owner}_id", "code", code=PRESENT):
            codes.setdefault(number, set()).add(code)
        return {number: frozenset(found) for number, found in codes.items()}


def _condition(column: str, value: object) -> str:
    if value is None:
        return f"{column} is null"
    if value is PRESENT:
        return f"{column} is not null"
    return f"{column} = {value}" if isinstance(value, int) else f"{column} = '{value}'"


def _is_about(note: str, fields: set[str]) -> bool:
    """Whether a note is about a whole resource, or about one of some fields."""
    whole = note.startswith(TOKEN_LACKS) and " for " not in note
    return whole or not fields.isdisjoint(re.findall(r"\w+", note))
