"""How Global-e is set up for a merchant, which no table of Centra can tell: the section `[globale]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...exceptions import InvalidSetting
from ...spelling import did_you_mean

Pricing = Literal["dynamic", "fixed"]


@dataclass(frozen=True)
class Expected:
    """What Global-e is set to for this merchant, which no table of Centra can tell.

    Attributes:
        markets: Ids or names of Global-e's markets; empty is every market of the store.
        pricing: Whether Global-e converts prices from the base currency or takes them as they are.
        currencies: With fixed prices, the currency that Global-e has for each country, by their ISO codes.
        shipping_options: Names of the shipping options that its orders come with; empty is any.
    """

    markets: tuple[str, ...] = ()
    pricing: Pricing = "dynamic"
    currencies: Mapping[str, str] = field(default_factory=dict)
    shipping_options: tuple[str, ...] = ()

    @classmethod
    def read(cls, configuration: Mapping[str, Any]) -> Expected:
        """Takes what it knows out of the section `[globale]`.

        Raises:
            InvalidSetting: A value is none that the key can have.
        """
        pricing = configuration.get("pricing", "dynamic")
        if pricing not in ("dynamic", "fixed"):
            hint = did_you_mean(str(pricing), ("dynamic", "fixed"))
            raise InvalidSetting(f"[globale] pricing cannot be '{pricing}': {hint}")
        currencies = configuration.get("currencies", {})
        if not isinstance(currencies, Mapping):
            raise InvalidSetting('[globale] currencies is a table by country, such as { DE = "EUR" }.')
        return cls(
            markets=_names(configuration, "markets"),
            pricing=pricing,
            currencies={str(country).upper(): str(code).upper() for country, code in currencies.items()},
            shipping_options=_names(configuration, "shipping_options"),
        )


def _names(configuration: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = configuration.get(key, [])
    if not isinstance(value, (list, tuple)):
        raise InvalidSetting(f"[globale] {key} is a list, such as ['Europe', 'Asia'], not {value!r}.")
    return tuple(str(name) for name in value)
