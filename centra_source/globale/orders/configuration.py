"""The settings of the order tables: `[globale.orders]` in .dlt/config.toml, or GLOBALE__ORDERS__… ."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.specs import BaseConfiguration

from ...exceptions import InvalidSetting
from ...spelling import did_you_mean

SEVERITIES = ("ERROR", "WARN", "INFO")
"""From money that does not add up, over what somebody should look at, to what is good to know."""

OFF = "OFF"
"""In the place of a severity: the rule is not applied."""

DEFAULT_SEVERITIES = {
    "E1": "WARN",
    "E2": "INFO",
    "E3": "ERROR",
    "E4": "WARN",
    "E5": "WARN",
    "E6": "ERROR",
    "E7": "WARN",
    "E8": "WARN",
    "E9": "WARN",
    "E10": "WARN",
    "E10R": "INFO",
}

ORDERS_CURRENCY = "order"

SECTIONS = ("globale", "orders")


@configspec
class OrdersConfiguration(BaseConfiguration):
    """Which orders are Global-e's, and what counts as an exception.

    Attributes:
        payment_methods: Parts of the address, name or plugin of a payment method that make an order one of
            Global-e's, although it carries no `ge_order_details`; upper and lower case are the same.
        exclusive_markets: Ids of markets that sell through Global-e only: their orders are its own.
        home_country: ISO 3166-1 alpha-2 code of the country that the shop ships from, which takes no duties
            (rule E7); None leaves the rule out.
        pending_days: An order of Global-e that is pending for longer is an exception (rule E9).
        amounts_currency: The currency of Global-e's amounts, which Global-e does not document: "order" is the
            Centra order's own, "SEK" always that. None is unknown: then amounts are only set in relation, and
            no difference between them is an exception (rule E5).
        tolerance: What amounts may differ by, in their currency (rule E5).
        severities: Severity by rule, instead of its own: ERROR, WARN, INFO or OFF. E10R is the reverse of
            E10: an order in Centra that is in no report.
        report_order_headers: Headers of Global-e's order id in the reconciliation report, the best first;
            case, blanks and signs in them do not matter.
        report_amount_headers: Headers of an amount there, the best first.
        report_currency_headers: Headers of its currency, the best first.
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

    def severity(self, rule: str) -> str:
        """How grave a finding of the rule is, or OFF."""
        return self.severities.get(rule, DEFAULT_SEVERITIES[rule]).upper()


def orders_configuration(configuration: OrdersConfiguration | None = None) -> OrdersConfiguration:
    """The given settings, else those of the section; checked.

    Raises:
        InvalidSetting: A severity, rule, country or currency that there cannot be.
    """
    chosen = configuration or resolve_configuration(OrdersConfiguration(), sections=SECTIONS)
    for rule, severity in chosen.severities.items():
        # dlt looks in [globale], too, where the rules of the catalog have theirs.
        if rule not in DEFAULT_SEVERITIES and re.fullmatch(r"[Ee]\d.*", rule):
            raise InvalidSetting(f"There is no rule '{rule}': {did_you_mean(rule, DEFAULT_SEVERITIES)}")
        if rule in DEFAULT_SEVERITIES and severity.upper() not in (*SEVERITIES, OFF):
            raise InvalidSetting(
                f"The severity of {rule} is '{severity}': write {', '.join(SEVERITIES)} or {OFF}."
            )
    if chosen.home_country is not None and not re.fullmatch("[A-Z]{2}", chosen.home_country):
        raise InvalidSetting(f"home_country is '{chosen.home_country}': write two capitals, such as SE.")
    currency = chosen.amounts_currency
    if currency not in (None, ORDERS_CURRENCY) and not re.fullmatch("[A-Z]{3}", currency or ""):
        raise InvalidSetting(
            f"amounts_currency is '{currency}': write '{ORDERS_CURRENCY}' for that of each order, or three "
            "capitals, such as SEK."
        )
    return chosen
