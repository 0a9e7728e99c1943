"""The tables of what happened to orders: cancellations, returns, exceptions, and Global-e's reports."""

from __future__ import annotations

from ....tables.table import Column, Reference, Table
from .columns import GE_ORDER_ID, OF_ORDER, ORDER_ID, ORDER_NUMBER

GLOBALE_CANCELLATIONS = Table(
    name="globale_cancellations",
    columns=(
        ORDER_ID,
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("status", "text", description="Status of the Centra order."),
        Column("is_cancelled_in_centra", "bool", description="Whether the status is CANCELLED."),
        Column(
            "canceled_by_ge", "bool", description="Whether Global-e cancelled the order; null if unreadable."
        ),
        Column(
            "payment_cancelled_at",
            "timestamp",
            description="When the payment was cancelled in Centra, UTC; null if unknown.",
        ),
        Column(
            "has_authorization",
            "bool",
            description="Whether an authorization succeeded; null if no step of the payment is known.",
        ),
        Column(
            "has_capture",
            "bool",
            description="Whether a capture succeeded; null if no step of the payment is known.",
        ),
        Column("contradiction", "text", description="How the two sides disagree; null if they agree."),
    ),
    key=("order_id",),
    root_key="order_id",
    description="One row per order of Global-e that is cancelled in Centra or by Global-e.",
    references=(OF_ORDER,),
)

GLOBALE_RETURNS = Table(
    name="globale_returns",
    columns=(
        Column("return_id", "bigint", description="Id of the Centra return. Its refund is made by Global-e."),
        ORDER_ID,
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("shipment_id", "bigint", description="Id of the shipment."),
        Column("shipment_number", "text", description="Number of the shipment."),
        Column("return_status", "text", description="Status of the return; the last one if it is deleted."),
        Column("created_at", "timestamp", description="When the return was created, UTC."),
        Column("is_completed", "bool", description="Whether the return is completed now and not deleted."),
        Column(
            "was_completed",
            "bool",
            description="Whether the return is completed, or was in an earlier run. Centra forgets it.",
        ),
        Column(
            "completed_seen_at",
            "timestamp",
            description="Time of the first run that saw the return completed, UTC.",
        ),
        Column(
            "is_reopened",
            "bool",
            description="Whether the return was completed, no longer is, and is not deleted.",
        ),
        Column(
            "deleted_at", "timestamp", description="When the shop deleted the return, UTC; null if it exists."
        ),
        Column("total_quantity", "bigint", description="Units returned."),
        Column("currency", "text", description="Currency of the return, ISO 4217 code."),
        Column("value", "decimal", description="Grand total of the return, tax included. In currency."),
        Column("lines_value", "decimal", description="Value of the returned lines. In currency."),
        Column("shipping", "decimal", description="Shipping that is refunded. In currency."),
        Column("return_cost", "decimal", description="Cost of the return for the customer. In currency."),
    ),
    key=("return_id",),
    root_key="return_id",
    description="One row per return of an order of Global-e, including those that the shop has deleted.",
    references=(OF_ORDER, Reference("return_id", "returns"), Reference("shipment_id", "shipments")),
)

GLOBALE_EXCEPTIONS = Table(
    name="globale_exceptions",
    columns=(
        Column("rule", "text", description="Id of the rule, E1 to E10; E10R is the reverse of E10."),
        Column("number", "bigint", description="Counts the findings of a rule, from 1."),
        Column("severity", "text", description="ERROR, WARN or INFO."),
        ORDER_NUMBER,
        ORDER_ID,
        GE_ORDER_ID,
        Column("return_id", "bigint", description="Id of the return, if the finding is about one."),
        Column("value", "text", description="The value that was found, as it was written."),
        Column("message", "text", description="What is wrong, and what the cause may be."),
    ),
    key=("rule", "number"),
    root_key="rule",
    description="One row per finding about an order of Global-e: where Centra and Global-e disagree.",
    references=(OF_ORDER, Reference("return_id", "returns")),
)

GLOBALE_REPORT_ROWS = Table(
    name="globale_report_rows",
    columns=(
        Column("report", "text", description="Name of the file."),
        Column("tab", "text", description="Name of the sheet; for a CSV file, the name of the file."),
        Column("row_number", "bigint", description="Number of the row in the sheet, from 1."),
        GE_ORDER_ID,
        Column("amount_raw", "text", description="The amount of the row, as it is written in the report."),
        Column("amount", "decimal", description="The same as a number, in the currency of the row."),
        Column(
            "currency",
            "text",
            description="Currency of the row, as it is written; null if the report has none.",
        ),
        Column("cells", "text", description="All cells by header, a JSON object of texts."),
    ),
    key=("report", "tab", "row_number"),
    root_key="report",
    description="One row per row of all reconciliation reports that were given to any run. A report replaces "
    "an earlier one of the same name.",
)
