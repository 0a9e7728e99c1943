"""Personal data: the fields that hold it, and what becomes of them: kept, hashed, or not even asked for."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from unicodedata import normalize

import pyarrow as pa
from graphql import FieldNode

from .operations.documents import Operation
from .operations.rewriting import without_fields
from .operations.selections import FieldsType, Path, qualify_field
from .setting_parsers import parse_pii, parse_pii_secret
from .tables.table import Column, Table

Kind = Literal["name", "address", "email", "phone", "ip", "birthdate", "number", "text", "attributes"]

PERSONAL: Mapping[str, Kind] = {
    "Address.firstName": "name",
    "Address.lastName": "name",
    "Address.address1": "address",
    "Address.address2": "address",
    "Address.city": "address",
    "Address.zipCode": "address",
    "Address.cellPhoneNumber": "phone",
    "Address.phoneNumber": "phone",
    "Address.faxNumber": "phone",
    "Address.email": "email",
    "Address.companyName": "name",
    "Address.attention": "name",
    "Address.vatNumber": "number",
    "AdminUser.email": "email",
    "AdminUser.name": "name",
    "CarrierInformation.accountIdentifier": "number",
    "CarrierInformation.taxId": "number",
    "SalesRepresentative.name": "name",
    "SalesRepresentative.email": "email",
    "StockChange.comment": "text",
    "PurchaseOrder.internalComment": "text",
    "PurchaseOrderDelivery.comment": "text",
    "Order.userIP": "ip",
    "Order.internalComment": "text",
    "Order.otherComment": "text",
    "Order.attributes": "attributes",
    "OrderLine.comment": "text",
    "OrderHistoryEntry.comment": "text",
    "EmailHistoryEntry.recipient": "email",
    "EmailHistoryEntry.subject": "text",
    "PaymentHistoryEntry.paramsJSON": "text",
    "Shipment.additionalMessage": "text",
    "Return.comment": "text",
    "Invoice.comment": "text",
    "InvoicePayment.comment": "text",
    "Customer.email": "email",
    "Customer.firstName": "name",
    "Customer.lastName": "name",
    "Customer.cellPhoneNumber": "phone",
    "Customer.phoneNumber": "phone",
    "Customer.birthdate": "birthdate",
    "Customer.attributes": "attributes",
    "NewsletterSubscription.email": "email",
    "NewsletterSubscription.phoneNumber": "phone",
    # Whoever reads the code of a gift certificate can spend it.
    "GiftCertificate.code": "number",
    "GiftCertificate.recipientEmail": "email",
    "Subscription.internalComment": "text",
    "Account.name": "name",
    "Account.internalComment": "text",
    "Account.otherComment": "text",
    "Account.accountEmail": "email",
    "Account.billingEmail": "email",
    "Account.shippingEmail": "email",
    "Account.websiteUrl": "address",
    "Account.vatNumber": "number",
    "Account.attributes": "attributes",
    "Buyer.firstName": "name",
    "Buyer.lastName": "name",
    "Buyer.email": "email",
    "Buyer.websiteUrl": "address",
}

"""The fields that hold personal data, named as `tables.qualify_field` does, and of what kind.

A company's name, address and VAT number are among them, since a sole trader's are his own. Not among them is
what a person shares with many others (country, state, gender, market) and what only Centra or a carrier can
trace to a person (ids, order and tracking numbers, payment references): reports group and join by these."""

ATTRIBUTE_VALUES = ("AttributeStringElement.value", "AttributeFileElement.url", "AttributeImageElement.url")

"""What may be personal in the custom attributes of an order, a customer or an account: anything can be typed
or uploaded there. A choice is one of a list that the shop keeps, and stays readable."""

Normalization = Callable[[str], str]


@dataclass(frozen=True)
class Privacy:
    """What becomes of personal data.

    Attributes:
        actions: keep, hash or drop, for every field of PERSONAL.
    """

    actions: Mapping[str, str]
    _key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, pii: str | Mapping[str, Any] | None) -> Privacy:
        """Reads the setting, as far as it matters to what is asked for.

        Raises:
            InvalidSetting: See `parse_pii`.
        """
        return cls(parse_pii(pii, PERSONAL))

    def with_secret(self, secret: str | None) -> Privacy:
        """Takes what the hashes are made with.

        Raises:
            InvalidSetting: A field is to be hashed, and the secret is missing or too short.
        """
        if "hash" not in self.actions.values():
            return self
        return replace(self, _key=parse_pii_secret(secret).encode())

    def asked(self, operation: Operation) -> Operation:
        """The operation without the fields that are dropped, which is what the shop is sent."""

        def is_dropped(owner: FieldsType, node: FieldNode, path: Path) -> bool:
            return self.actions.get(qualify_field(owner, node.name.value)) == "drop"

        asked, _ = without_fields(operation, is_dropped)
        assert asked, "no key is personal"
        return asked

    def protected(self, tables: Sequence[Table]) -> list[Table]:
        """The tables as they are loaded: with texts where hashes stand, nulls where values are dropped."""
        return [replace(table, columns=tuple(map(self._protected, table.columns))) for table in tables]

    def _protected(self, column: Column) -> Column:
        name = personal_field(column)
        action = self.actions[name] if name else "keep"
        if not name or action == "keep":
            return column
        if action == "drop":
            return replace(column, hide=_nothing, description=_noted(column, "Not loaded: personal data."))
        kind: Kind = PERSONAL[name]
        hashing = _Hashing(self._key, NORMALIZATIONS.get(kind, _plain))
        description = _noted(column, "Hashed by HMAC-SHA-256: personal data.")
        return replace(column, data_type="text", hide=hashing, description=description)

    def marks(self, tables: Sequence[Table]) -> dict[str, dict[str, str]]:
        """What becomes of the personal fields in some protected tables, to be compared with other loads.

        Whoever reads a mark can tell whether two secrets are the same, but not which ones they are.
        """
        secret = hmac.digest(self._key, b"fingerprint of pii_secret", "sha256").hex()[:8]
        marks = {}
        for column in (column for table in tables for column in table.columns):
            if name := personal_field(column):
                action = self.actions[name]
                mark = f"hash {secret}" if action == "hash" else action
                marks[name] = {"action": mark, "type": column.data_type}
        return marks


def personal_field(column: Column) -> str | None:
    """The entry of PERSONAL that a column falls under, if any."""
    if column.field in PERSONAL:
        return column.field
    if column.field in ATTRIBUTE_VALUES:
        return next((name for name in reversed(column.fields) if name in PERSONAL), None)
    return None


@dataclass(frozen=True)
class _Hashing:
    """Hashes texts, each distinct one of an array once."""

    key: bytes = field(repr=False)
    normalization: Normalization

    def __call__(self, values: pa.Array) -> pa.Array:
        encoded = values.cast(pa.string()).dictionary_encode()
        hashes = [self._hash(text) for text in encoded.dictionary.to_pylist()]
        return pa.array(hashes, pa.string()).take(encoded.indices)

    def _hash(self, text: str) -> str:
        normalized = self.normalization(text)
        return hmac.digest(self.key, normalized.encode(), "sha256").hex() if normalized else ""


def _nothing(values: pa.Array) -> pa.Array:
    return pa.nulls(len(values), values.type)


def _plain(text: str) -> str:
    return normalize("NFC", text).strip()


def _lower(text: str) -> str:
    return _plain(text).lower()


def _digits(text: str) -> str:
    digits = re.sub(r"[^0-9+]", "", text)
    return digits if digits.strip("+") else _plain(text)


NORMALIZATIONS: Mapping[Kind, Normalization] = {"email": _lower, "ip": _lower, "phone": _digits}

"""What a value is made before it is hashed, so that two spellings of the same give the same hash."""


def _noted(column: Column, note: str) -> str:
    return f"{column.description.rstrip('.')}. {note}" if column.description else note
