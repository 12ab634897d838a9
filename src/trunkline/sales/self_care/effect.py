"""Effect: what an order would change for a customer, told before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.documents.decode import encode, load, normalise
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.schema import validators
from trunkline.kernel.work import Work
from trunkline.ordering.installed import is_live
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import PriceEffect
from trunkline.ordering.product_order import ProductOrder
from trunkline.sales.pricing import Priced, priced
from trunkline.sales.self_care.judging import (
    Costs,
    costs_of,
    judge,
    policies_of,
    products_of,
)
from trunkline.sales.self_care.terms import TermsOfSale, terms_for

UNCONFIRMED = ("confirmationMissing", "confirmationOutdated")


@dataclass(frozen=True)
class Effect:
    """What an order would do: costs, what keeps it from being sent, and what else to know.

    `shared` names own products that go on with what they share with one that rests or ends;
    `terms` are to be accepted; `must_confirm` says that the costs have to be confirmed.
    """

    found: Priced
    costs: Costs
    faults: tuple[Fault, ...]
    shared: tuple[str, ...]
    terms: tuple[TermsOfSale, ...]
    must_confirm: bool

    @property
    def prices(self) -> tuple[PriceEffect, ...]:
        """What all lines cost together, before and after."""
        return self.found.prices

    @property
    def confirmation(self) -> dict[str, Json]:
        """What the customer confirms, as the order carries it."""
        unit = self.costs.unit
        return {
            "monthlyBefore": {"unit": unit, "value": self.costs.before},
            "monthlyAfter": {"unit": unit, "value": self.costs.after},
            "once": {"unit": unit, "value": self.costs.once},
        }


def effect_of_sent(work: Work, sent: Mapping[str, Json]) -> Effect:
    """Return what an order that somebody wrote down would change; refuses what is no order."""
    body: dict[str, Json] = load(encode(dict(sent)))
    faults: list[Fault] = []
    normalise(ProductOrder, body, faults)
    refuse([*faults, *validators.of(ProductOrder.resource).faults(body)])
    return effect_of(work, body)


def effect_of(work: Work, body: Mapping[str, Json]) -> Effect:
    """Return what an order would change for the customer who looks; nothing is written."""
    found = priced(work, body)
    order = found.order
    lines = [one for one in lines_of(order).values() if one.action is not None]
    products = products_of(work, lines)
    faults = [one for one in judge(work, order) if one.code not in UNCONFIRMED]
    met = [policy for line in lines for policy in policies_of(work, line, products)]
    offerings = {
        one.item.product_offering.id
        for one in lines
        if one.action == "add" and one.item.product_offering is not None
    }
    stopping = {one.product_id for one in lines if one.action in ("suspend", "delete")}
    return Effect(
        found=found,
        costs=costs_of(order, products, work.now),
        faults=(*found.faults, *faults),
        shared=shared_with(work, [one for one in products.values() if one.id in stopping]),
        terms=tuple(terms_for(work, offerings)) if offerings else (),
        must_confirm=any(one.must_confirm for one in met),
    )


def shared_with(work: Work, products: list[Product]) -> tuple[str, ...]:
    """Return the names of other own products that run on what some products run on.

    They go on: what others use neither rests nor ends.
    """
    ways = {
        "realizingService.id": {one.id for each in products for one in each.realizing_service},
        "realizingResource.id": {one.id for each in products for one in each.realizing_resource},
    }
    own = {one.id for one in products}
    found = [
        one
        for path, idents in ways.items()
        if idents
        for one in work.find(Product, {path: sorted(ident for ident in idents if ident)})
    ]
    names = {
        one.name or one.key
        for one in found
        if one.id not in own and is_live(one) and one.is_customer_visible is not False
    }
    return tuple(sorted(names))
