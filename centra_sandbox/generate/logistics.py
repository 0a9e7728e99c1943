"""Generates stock levels, stock changes, and deliveries."""

from ..nodes import Node, make, money
from ..shop import Shop
from .dice import END, START, Dice


def fill(shop: Shop, dice: Dice) -> None:
    """Puts every size into two to four warehouses."""
    for size in shop.product_sizes:
        for warehouse in dice.some(shop.warehouses, 2, 4):
            stock = _stock(dice, size, warehouse)
            shop.stock.append(stock)
            warehouse["stock"].append(stock)
            size["stock"].append(stock)
        size["quantity"] = sum(stock["physicalQuantity"] for stock in size["stock"])
    _journal(shop, dice)
    _purchases(shop, dice)


def _stock(dice: Dice, size: Node, warehouse: Node) -> Node:
    physical = dice.pick((0, 0, 1, 3, 12, 40, 150))
    allocated = dice.number(0, physical // 3)
    linked, unlinked = dice.pick((0, 0, 0, 5)), dice.pick((0, 0, 0, 20))
    threshold = (warehouse["threshold"] or 0) + size["productVariant"]["stockOffset"]
    return make(
        "Stock",
        physicalQuantity=physical,
        allocatedQuantity=allocated,
        demandQuantity=allocated + dice.pick((0, 0, 2)),
        availableQuantity=physical - allocated,
        availableNowQuantity=physical - allocated,
        freeToAllocateQuantity=max(0, physical - allocated - threshold),
        unshippedQuantity=allocated,
        onDeliveryQuantity=linked + unlinked,
        incomingQuantity=linked + unlinked,
        linkedIncomingQuantity=linked,
        unlinkedIncomingQuantity=unlinked,
        productSize=size,
        warehouse=warehouse,
    )


def _journal(shop: Shop, dice: Dice) -> None:
    moments = sorted(dice.moment(START, END) for _ in range(len(shop.products) // 3))
    for moment in moments:
        warehouse = dice.pick(shop.warehouses)
        change = shop.add("StockChange", id=dice.id("StockChange"), createdAt=moment, warehouse=warehouse)
        change["comment"] = dice.pick(("", "Stock count", "Delivery 12, part 1"))
        for stock in dice.some(warehouse["stock"], 1, 6):
            line = shop.add(
                "StockChangeLine",
                id=dice.id("StockChangeLine"),
                isAvailable=True,
                deliveredQuantity=dice.number(-3, 50),
                freeToAllocateQuantity=stock["freeToAllocateQuantity"],
                unitCost=dice.maybe(
                    money(dice.number(900, 30000) / 100, shop.currencies[0], 1.0, moment), 0.8
                ),
                currencyBaseRate=1.0,
                productSize=stock["productSize"],
                warehouse=warehouse,
                stockChange=change,
            )
            change["lines"].append(line)
            stock["productSize"]["stockChangeLines"].append(line)
    for warehouse in shop.warehouses:
        changes = [change for change in shop.stock_changes if change["warehouse"] is warehouse]
        warehouse["stockChanges"] = changes[::-1]


def _purchases(shop: Shop, dice: Dice) -> None:
    supplier = shop.add("Supplier", id=dice.id("Supplier"), name="Têxtil do Norte, Lda.")
    currency, rate = shop.currencies[1], 11.2345
    for number in range(len(shop.products) // 40):
        created = dice.moment(START, END)
        cost = money(dice.number(100000, 999999) / 100, currency, rate, created)
        order = shop.add("PurchaseOrder", id=dice.id("PurchaseOrder"), createdAt=created, totalCost=cost)
        order.update(updatedAt=dice.later(created, 20), currency=currency, warehouse=shop.warehouses[0])
        order["ETA"] = dice.maybe(dice.later(created, 40), 0.7)
        delivery = shop.add(
            "PurchaseOrderDelivery",
            id=dice.id("PurchaseOrderDelivery"),
            number=f"{order['id']}-{number}",
            createdAt=dice.later(created, 10),
            ETA=order["ETA"],
            shippingCost=money(12.5, currency, rate, created),
            otherCosts=money(0.0, currency, rate, created),
            currency=currency,
            supplier=supplier,
            purchaseOrder=order,
            warehouse=shop.warehouses[0],
        )
        order["deliveries"].append(delivery)
        for size in dice.some(shop.product_sizes, 1, 4):
            delivery_line(dice, order, delivery, size)


def delivery_line(dice: Dice, order: Node, delivery: Node, size: Node) -> None:
    """Adds units of a size to a purchase order and to one of its deliveries."""
    quantity = dice.number(1, 40)
    currency = order["currency"]
    unit = money(dice.number(500, 9999) / 100, currency, 11.2345, order["createdAt"])
    nothing = money(0.0, currency, 11.2345, order["createdAt"])
    variant = size["productVariant"]
    line = make("PurchaseOrderDeliveryLine", quantity=quantity, unlinkedQuantity=quantity, unitCost=unit)
    line.update(customsValue=nothing, landedCost=unit, productSize=size, productVariant=variant)
    line["product"] = variant["product"]
    delivery["lines"].append(line)
    order["lines"].append(
        make(
            "PurchaseOrderLine",
            id=dice.id("PurchaseOrderLine"),
            quantity=quantity,
            unitCost=unit,
            productSize=size,
        )
    )
    order["totalQuantity"] += quantity
    size["purchaseOrderDeliveries"].append(delivery)
