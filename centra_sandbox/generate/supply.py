"""Completes stock: addresses of warehouses, users who changed stock, suppliers and their deliveries."""

from ..nodes import Node, make, money
from ..shop import Shop
from .dice import END, START, Dice
from .fulfilment import ADMIN
from .logistics import delivery_line


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the objects of `foundation` and `logistics`."""
    _warehouses(shop, dice)
    _journal(shop, dice)
    for name in ("Knit & Co. Ltd", "广州制衣有限公司"):
        shop.add("Supplier", id=dice.id("Supplier", 11), name=name)
    shop.add("AllocationRule", id=dice.id("AllocationRule", 11), name="Stores first, then “Borås”")
    if shop.product_sizes:
        for number in range(max(3, len(shop.products) // 40)):
            _purchase_order(shop, dice, number)
    for order in shop.purchase_orders:
        _complete_order(dice, order)
    for variant in shop.product_variants[::3]:
        variant["supply"] = _supply(shop, variant)


def _supply(shop: Shop, variant: Node) -> Node:
    """Returns how a variant is bought: from whom, and at what cost."""
    cost = variant["unitCost"]
    customs = money(3.21, shop.currencies[0], 1.0, None)
    supply = make("ProductVariantSupply", unitCost=cost, customsPercent=12.5, customsValue=customs)
    supply.update(productVariant=variant, supplier=shop.suppliers[variant["id"] % len(shop.suppliers)])
    return supply


def _warehouses(shop: Shop, dice: Dice) -> None:
    for warehouse in shop.warehouses:
        warehouse["address1"] = dice.maybe("Lagergatan 3", 0.7)
        warehouse["address2"] = dice.maybe("Port 4", 0.3)
        warehouse["externalId"] = dice.maybe(f"WH{warehouse['id']}", 0.5)
        warehouse["isHiddenFromStockView"] = warehouse["status"] == "INACTIVE"
        if warehouse["name"].startswith("Store "):
            warehouse["brickAndMortar"] = make("BrickAndMortar", id=1, name="Götgatan 12")
            warehouse.update(address2="Entré B", externalId="POS-1")
        if warehouse["country"] and warehouse["country"]["states"]:
            warehouse.update(state=warehouse["country"]["states"][0], address1="12, rue d'Été")


def _journal(shop: Shop, dice: Dice) -> None:
    """Some changes were made by a person, and some lines are units of a delivery."""
    for change in shop.stock_changes:
        change["adminUser"] = dice.maybe(make("AdminUser", **ADMIN), 0.5)
    for line in shop.stock_change_lines:
        if shop.shipment_lines and dice.chance(0.1):
            line["createdFromShipmentLine"] = dice.pick(shop.shipment_lines)
        line["isAvailable"] = dice.chance(0.95)


def _purchase_order(shop: Shop, dice: Dice, number: int) -> None:
    """A purchase order with two deliveries. The first has arrived."""
    supplier = dice.pick(shop.suppliers)
    currency, rate = shop.currencies[1], 11.2345
    created = dice.moment(START, END)
    order = shop.add(
        "PurchaseOrder",
        id=dice.id("PurchaseOrder", 5001),
        number=dice.maybe(f"PO/{2600 + number}", 0.9),
        createdAt=created,
        updatedAt=dice.later(created, 20),
        totalCost=money(dice.number(100000, 999999) / 100, currency, rate, created),
        currency=currency,
        supplier=supplier,
        warehouse=dice.maybe(shop.warehouses[0], 0.9),
    )
    for position in range(2):
        delivered = dice.later(created, 10)
        delivery = shop.add(
            "PurchaseOrderDelivery",
            id=dice.id("PurchaseOrderDelivery", 7001),
            number=f"{order['id']}-{position}",
            createdAt=delivered,
            exFactoryDate=dice.maybe(delivered, 0.7),
            ETA=dice.maybe(dice.later(delivered, 20), 0.7),
            comment=dice.maybe("Two cartons, “damp”", 0.4),
            shippingCost=money(12.5, currency, rate, delivered),
            otherCosts=money(0.07, currency, rate, delivered),
            isAccepted=dice.chance(0.5),
            adminUser=make("AdminUser", **ADMIN) if number == position == 0 else None,
            currency=currency,
            supplier=supplier,
            purchaseOrder=order,
            warehouse=order["warehouse"],
            stockChange=shop.stock_changes[number]
            if not position and number < len(shop.stock_changes)
            else None,
        )
        order["deliveries"].append(delivery)
        for size in dice.some(shop.product_sizes, 1, 5):
            delivery_line(dice, order, delivery, size)
    first = order["deliveries"][0]
    first.update(
        exFactoryDate=first["createdAt"], ETA=dice.later(first["createdAt"], 20), comment="Åäö, 50 %"
    )


def _complete_order(dice: Dice, order: Node) -> None:
    created = order["createdAt"]
    order["number"] = order["number"] or dice.maybe(f"PO/{order['id']}", 0.5)
    order["internalComment"] = dice.maybe("Ask for a sample first", 0.6)
    order["ETA"] = order["ETA"] or dice.later(created, 40)
    order["requestedETD"] = dice.maybe(dice.later(created, 30), 0.8)
    order["confirmedETD"] = dice.maybe(dice.later(created, 35), 0.6)
    order["paymentTerms"] = dice.maybe(make("PaymentTerms", id=8, description="60 days net, 2 % / 10"), 0.8)
    for delivery in order["deliveries"]:
        for line in delivery["lines"]:
            linked = dice.number(0, line["quantity"])
            line.update(
                linkedQuantity=linked, unlinkedQuantity=line["quantity"] - linked, customsPercent=12.5
            )
            line["landedCost"] = {
                **line["unitCost"],
                "value": round(line["unitCost"]["value"] * 1.125 + 0.1, 2),
            }
            line["landedCost"]["valueExcludingTax"] = line["landedCost"]["value"]
