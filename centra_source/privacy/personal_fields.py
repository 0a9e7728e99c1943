"""The fields of Centra that hold personal data. To add a field, add a line to `PERSONAL`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..tables.table import Column

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
    "AddressBookEntry.name": "name",
    "AddressBookEntry.companyName": "name",
    "AddressBookEntry.email": "email",
    "AddressBookEntry.websiteUrl": "address",
    "AddressBookEntry.vatNumber": "number",
    "CarrierInformation.accountIdentifier": "number",
    "CarrierInformation.taxId": "number",
    "SalesRepresentative.name": "name",
    "SalesRepresentative.email": "email",
    "StockChange.comment": "text",
    "PurchaseOrder.internalComment": "text",
    "PurchaseOrder.externalComment": "text",
    "PurchaseOrder.ourReference": "name",
    "Supplier.comment": "text",
    "PurchaseOrderDelivery.comment": "text",
    "Order.userIP": "ip",
    "Order.internalComment": "text",
    "Order.otherComment": "text",
    "Order.attributes": "attributes",
    "OrderLine.comment": "text",
    "OrderHistoryEntry.dataJSON": "text",
    "OrderHistoryEntry.organizationUserEmail": "email",
    "EmailHistoryEntry.recipient": "email",
    "EmailHistoryEntry.subject": "text",
    "EmailHistoryEntry.content": "text",
    "PaymentHistoryEntry.paramsJSON": "text",
    "Shipment.additionalMessage": "text",
    "Return.comment": "text",
    "Invoice.ourReference": "name",
    "Invoice.additionalInformation": "text",
    "WholesaleInvoice.companyRegistrationNumber": "number",
    "Customer.email": "email",
    "Customer.firstName": "name",
    "Customer.lastName": "name",
    "Customer.cellPhoneNumber": "phone",
    "Customer.phoneNumber": "phone",
    "Customer.birthdate": "birthdate",
    "Customer.attributes": "attributes",
    "NewsletterSubscription.email": "email",
    # Anyone who knows the code of a gift certificate can spend it.
    "GiftCertificate.code": "number",
    "GiftCertificate.recipientEmail": "email",
    "Subscription.internalComment": "text",
    "SubscriptionContract.internalComment": "text",
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
    "Buyer.cellPhoneNumber": "phone",
    "Buyer.phoneNumber": "phone",
    "Buyer.websiteUrl": "address",
}

"""The fields that hold personal data, each with its kind. A field is named as `qualify_field` names it.

A company's name, address and VAT number are included, because those of a sole trader are personal. Not
included are values that many people share (country, state, gender, market), and values that only Centra or a
carrier can trace to a person (ids, order and tracking numbers, payment references): reports group and join by
them."""

ATTRIBUTE_VALUES = ("AttributeStringElement.value", "AttributeFileElement.url", "AttributeImageElement.url")

"""What may be personal in the custom attributes of an order, a customer or an account: people can type or
upload anything there. A choice comes from a list that the shop keeps, and stays readable."""


def find_personal_field(column: Column) -> str | None:
    """Returns the entry of `PERSONAL` that applies to a column, if any."""
    if column.field in PERSONAL:
        return column.field
    if column.field in ATTRIBUTE_VALUES:
        return next((name for name in reversed(column.fields) if name in PERSONAL), None)
    return None
