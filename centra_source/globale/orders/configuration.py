"""The settings of the order tables: `[globale.orders]` in .dlt/config.toml, or GLOBALE__ORDERS__… ."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.specs import BaseConfiguration

from ...exceptions import InvalidSetting

ERROR, WARN, INFO = "ERROR", "WARN", "INFO"

SEVERITIES = (ERROR, WARN, INFO)
"""ERROR: amounts or refunds are wrong. WARN: someone should check it. INFO: good to know."""

ORDERS_CURRENCY = "order"

SECTIONS = ("globale", "orders")


@configspec
class OrdersConfiguration(BaseConfiguration):
    """Which orders belong to Global-e, and what the rules about orders find.

    Attributes:
        payment_methods: Parts of the address, name or plugin of a payment method, in any case. An order with
            such a payment method is one of Global-e's, even without `ge_order_details`.
        exclusive_markets: Ids of markets that sell only through Global-e. All their orders are Global-e's.
        home_country: ISO 3166-1 alpha-2 code of the country that the shop ships from, where no duties are due
            (rule E7). None turns the rule off.
        pending_days: Days after which a pending order of Global-e is an exception (rule E9).
        amounts_currency: The currency of Global-e's amounts, which Global-e does not document: "order" means
            the currency of the Centra order, a code such as "SEK" always that one. None means unknown: then
            no difference between amounts is an exception (rule E5).
        tolerance: The largest difference between amounts that is not an exception, in their currency (rule
            E5).
        severities: Severity by rule: ERROR, WARN, INFO or OFF. E10R is the reverse of E10: an order in Centra
            that is in no report.
        report_order_headers: Headers of Global-e's order id in the reconciliation report, the preferred one
            first. Case, blanks and punctuation do not matter.
        report_amount_headers: Headers of the amount, the preferred one first.
        report_currency_headers: Headers of the currency, the preferred one first.
    """

    payment_methods: list[str] = dataclasses.field(default_factory=lambda: ["globale", "global-e"])
    exclusive_markets: list[int] = dataclasses.field(default_factory=list)
    home_country: str | None = None
    pending_days: int = 3
    amounts_currency: str | None = None
    tolerance: Decimal = Decimal("0.05")
    severities: dict[str, str] = dataclasses.field(default_factory=dict)
    report_order_headers: list[str] = dataclasses.field(
        default_factory=lambda: ["Global-e Order ID", "GE Order ID", "Global-e Order Number", "Order ID"]
    )
    report_amount_headers: list[str] = dataclasses.field(
        default_factory=lambda: ["Total Amount", "Total", "Amount", "Refund Amount", "Price"]
    )
    report_currency_headers: list[str] = dataclasses.field(
        default_factory=lambda: ["Currency", "Currency Code", "Merchant Currency"]
    )


def read_configuration(configuration: OrdersConfiguration | None) -> OrdersConfiguration:
    """Returns the given settings, or else those of the section, after checking country and currency.

    Raises:
        InvalidSetting: The country or the currency is not a code.
    """
    chosen = configuration or resolve_configuration(OrdersConfiguration(), sections=SECTIONS)
    if chosen.home_country is not None and not re.fullmatch("[A-Z]{2}", chosen.home_country):
        raise InvalidSetting(
            f"home_country is '{chosen.home_country}': write two capital letters, such as SE."
        )
    currency = chosen.amounts_currency
    if currency not in (None, ORDERS_CURRENCY) and not re.fullmatch("[A-Z]{3}", currency or ""):
        raise InvalidSetting(
            f"amounts_currency is '{currency}': write '{ORDERS_CURRENCY}' for the currency of each order, or "
            "three capital letters, such as SEK."
        )
    return chosen
