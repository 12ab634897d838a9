"""Following: the lines of contracts say what a change of their running order has made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from trunkline.contract.service.contract import Contract, ContractLine
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.worth import Amounts, line_amounts, monthly, once
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.shared.money import Money, rounded

GIVEN_UP = ("canceled", "rejected", "failed")


@on(event(OrderRevision, "state_changed").to("applied"))
def follow_revision(work: Work, revision: OrderRevision) -> None:
    """Bring prices, values and quantities of contract lines to what their changed order says."""
    order = work.get(ProductOrder, revision.product_order.id)
    if order is None:
        return
    for one in work.find(ServiceContract, {"productOrder.id": order.id}):
        if one.state not in FINAL:
            products = work.many(Product, products_of(one.contract_line))
            with work.edit(ServiceContract, one.id) as served:
                bring_lines(served, products, work.now)
    quotes = [one.id for one in order.quote]
    found = work.find(Contract, {"productOrder.id": order.id})
    found += work.find(Contract, {"quote.id": quotes}) if quotes else []
    for ident in sorted({one.id for one in found if one.state not in FINAL}):
        with work.edit(Contract, ident) as held:
            _follow(work, held, order, revision)


def products_of(lines: Iterable[ContractLine]) -> list[str]:
    """Return the ids of the products that lines became."""
    return [one.product.id for one in lines if one.product is not None]


def bring_lines(held: ServiceContract, products: Mapping[str, Product], at: datetime) -> None:
    """Let the lines of a service contract say what their products are and cost by now."""
    for line in held.raw.get("contractLine") or ():
        product = products.get(str((line.get("product") or {}).get("id")))
        if product is None or product.status in ENDED_PRODUCT:
            continue
        for name in ("productOffering", "productCharacteristic"):
            if product.raw.get(name):
                line[name] = copied(product.raw[name])
        prices = prices_of(product, at)
        if prices:
            line["price"] = prices


def prices_of(product: Product, at: datetime) -> list[dict[str, Json]]:
    """Return what a product costs by now, as lines say it."""
    prices = [copied(one.raw) for one in product.product_price if is_current(one, at)]
    for price in prices:
        if price.get("productPriceAlteration"):
            price["priceAlteration"] = price.pop("productPriceAlteration")
    return prices


def _follow(work: Work, held: Contract, order: ProductOrder, revision: OrderRevision) -> None:
    """Bring the lines that this order alone carries out to its items, and the value to them."""
    others = {one.id for one in held.product_order} - {order.id}
    shared = {
        name for other in work.many(ProductOrder, sorted(others)).values()
        for name in _takers(other)
    }  # fmt: skip
    now, former = _takers(order), _former(revision)
    lines = list(held.contract_line)
    before = line_amounts(lines)
    for line in lines:
        name = _name(line)
        item, was = now.get(name), former.get(name)
        # What an order took a part of, or another one takes too, is no longer one line of it.
        if item is None or was is None or name in shared or was != (line.quantity or 1):
            continue
        _bring(line, item)
    revalue(held, before, line_amounts(lines))


def _name(line: ContractLine) -> tuple[str, str]:
    """Return by what the items of orders name a line: that of its quote, or its own."""
    return ("quote", line.quote_item) if line.quote_item else ("line", line.order_item or "")


def _takers(order: ProductOrder) -> dict[tuple[str, str], ProductOrderItem]:
    """Return by line the items of an order that carry it out."""
    if order.internal_state in GIVEN_UP:
        return {}
    items = [item for _, item in placed_product_items(order.product_order_item)]
    return {
        ("quote", item.quote_item.id) if item.quote_item is not None else ("line", item.id): item
        for item in items
        if item.internal_state not in GIVEN_UP
    }


def _former(revision: OrderRevision) -> dict[tuple[str, str], int]:
    """Return how much of each line the order took before it was changed."""
    said = revision.raw.get("former")
    order = ProductOrder.wrap(copied(said) if isinstance(said, dict) else {})
    return {name: item.quantity or 1 for name, item in _takers(order).items()}


def _bring(line: ContractLine, item: ProductOrderItem) -> None:
    raw = line.raw
    product = item.raw.get("product") or {}
    said = {
        "quantity": item.quantity or 1,
        "price": item.raw.get("itemPrice"),
        "productOffering": item.raw.get("productOffering"),
        "productCharacteristic": product.get("productCharacteristic"),
        "billingAccount": item.raw.get("billingAccount"),
        "place": next((one for one in product.get("place") or () if one.get("id")), None),
    }
    raw.update({name: copied(value) for name, value in said.items() if value})


def revalue(held: Contract, before: Amounts, after: Amounts) -> None:
    """Let the value of a contract rise and fall with what its lines cost over its term."""
    value = held.contract_value
    if value is None or value.value is None or value.unit is None:
        return
    unit, months = value.unit, held.term_months or 0
    rise = once(after, unit) - once(before, unit)
    rise += (monthly(after, unit) - monthly(before, unit)) * months
    if rise:
        held.contract_value = Money(unit=unit, value=rounded(value.value + rise, unit))
