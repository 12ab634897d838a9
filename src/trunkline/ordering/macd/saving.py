"""Saving: which offers to stay are made to a customer, what an accepted one orders, what came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trunkline.documents.condition import Rule, rule_of
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.governance.configured import all_of, configured
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.macd.save_offer import VARIABLES, SaveOffer
from trunkline.ordering.order_line import action_of
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.customer import Customer

DISCOUNT = "Discount"
# The orders in which offers to stay were answered.
ANSWERED = """
select distinct o.id::text from ordering_reference r
join product_order o on o.id = r.source
where r.path like 'productOrderItem%%.saveOffer'
  and o.p_order_date >= %s and o.p_order_date < %s
  and o.p_internal_state not in ('draft', 'rejected')
order by 1 limit %s
"""
ORDERS_MAX = 10_000


@dataclass
class _Offers:
    """All offers that are made, the first shown first, with their compiled conditions."""

    all: list[tuple[SaveOffer, Rule | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Answered:
    """How often an offer was accepted and declined by customers of one reason."""

    reason: str
    offer: str
    name: str
    accepted: int
    declined: int


def offers_for(
    work: Work, product: Product, customer: Customer | None, reason: str | None,
    order: Mapping[str, Json] | None = None,
) -> list[SaveOffer]:  # fmt: skip
    """Return the offers to stay for somebody who wants to end a product for a reason.

    A condition that comes to no result, or asks for a value that is not there, does not hold.
    """
    known = configured(work, _Offers, _read).all
    held = product.product_offering
    context: dict[str, Json] = {
        "product": product.raw,
        "customer": customer.raw if customer is not None else {},
        "order": dict(order or {}),
        "item": {"action": "delete", "disconnectionReason": reason or ""},
    }
    found = []
    for offer, condition in known:
        offerings = {one.id for one in offer.product_offering}
        is_meant = not offerings or (held is not None and held.id in offerings)
        is_other = offer.instead is None or held is None or offer.instead.id != held.id
        is_asked = not offer.reason or reason in offer.reason
        is_met = condition is None or condition.is_met(context, if_unclear=False)
        if is_meant and is_other and is_asked and is_met:
            found.append(offer)
    return found


def instead_of_ending(
    offer: SaveOffer, product: Product, reason: str | None, at: datetime
) -> dict[str, Json]:
    """Return what an order's item says when an offer is accepted; its id is left to the caller."""
    answer: dict[str, Json] = {"id": offer.id, "name": offer.name, "answer": "accepted"}
    item: dict[str, Json] = {"action": "modify", "product": {"id": product.id}}
    item["saveOffer"] = [answer]
    if reason:
        item["disconnectionReason"] = reason
    if offer.instead is not None:
        item["productOffering"] = {"id": offer.instead.id}
    else:
        item["itemPrice"] = list(_discounted(offer, product, at))
    return item


def _discounted(offer: SaveOffer, product: Product, at: datetime) -> Iterator[Json]:
    """Yield the recurring prices of a product with the discount beside them."""
    for one in product.product_price:
        recurs = one.recurring_charge_period or "recurring" in one.price_type.lower()
        if not recurs or not is_current(one, at):
            continue
        raw: dict[str, Json] = copied(one.raw)
        raw.pop("validFor", None)
        former = raw.pop("productPriceAlteration", None) or []
        alteration: dict[str, Json] = {
            "name": offer.name,
            "priceType": DISCOUNT,
            "price": {"percentage": -(offer.discount_percent or 0)},
        }
        if offer.discount_months is not None:
            alteration["applicationDuration"] = offer.discount_months
            alteration["recurringChargePeriod"] = "month"
        yield raw | {"priceAlteration": [*former, alteration]}


@rule(ProductOrder)
def answers_fit_their_lines(
    _work: Work, _old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse a line that ends a product although an offer to stay was accepted in it."""
    for path, item in placed_product_items(new.product_order_item):
        for index, one in enumerate(item.save_offer):
            if one.answer == "accepted" and action_of(item) == "delete":
                message = "was accepted; order what it offers instead of the end"
                yield Fault(f"{path}.saveOffer[{index}].answer", "saveOfferAccepted", message)


def answers_between(work: Work, start: datetime, end: datetime) -> Sequence[Answered]:
    """Return how often offers were accepted and declined in a time, by reason and offer."""
    rows = work.connection.execute(ANSWERED, [start, end, ORDERS_MAX]).fetchall()
    counts: Counter[tuple[str, str, str]] = Counter()
    names: dict[str, str] = {}
    for order in work.many(ProductOrder, [ident for (ident,) in rows]).values() if rows else ():
        for _, item in placed_product_items(order.product_order_item):
            for one in item.save_offer:
                counts[item.disconnection_reason or "", one.id, one.answer] += 1
                names[one.id] = one.name or one.id
    pairs = sorted({(reason, offer) for reason, offer, _ in counts})
    return [
        Answered(
            reason, offer, names[offer], counts[reason, offer, "accepted"],
            counts[reason, offer, "declined"],
        )
        for reason, offer in pairs
    ]  # fmt: skip


def _read(connection: Any) -> _Offers:
    made = [one for one in all_of(connection, SaveOffer) if one.is_active is not False]
    made.sort(key=lambda one: one.position or 0)
    return _Offers([(one, rule_of(one.condition, VARIABLES)) for one in made])
