"""Handing in: an order completed from the catalog, and held where policies want to look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault, Forbidden
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog, plan_store
from trunkline.ordering.asking import asked_by, asks_anew
from trunkline.ordering.capture.foreseeing import foresee
from trunkline.ordering.capture.header_task import UNDONE, HeaderTask
from trunkline.ordering.capture.moving import (
    HELD,
    SENT,
    Ordered,
    is_sent_in,
    set_intake_state,
    stage_of,
)
from trunkline.ordering.capture.policies import placed_items, policies, policies_met, refusal_of
from trunkline.ordering.intake import take_in
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder

APPROVE = "ordering:approve"
"""The permission to approve and reject orders."""
LOOKED_AT = ("relatedParty", "channel", "billingAccount", "orderTotalPrice", "agreement")
NOTED = ("state", "outboundState", "errorMessage", "serviceOrderItem")
"""What is noted on the items of an order by itself on the way; those inside are items, too."""
ITEMS: Mapping[type[Ordered], str] = {
    ProductOrder: "productOrderItem",
    ServiceOrder: "serviceOrderItem",
    ResourceOrder: "orderItem",
}
UNCHANGEABLE = ("submitted", "enrichmentInProgress", "new")
ACCEPTED = ("acknowledged", "inProgress", "held")
RELEASING = ("held", "inProgress")


def asks_again(old: ProductOrder, new: ProductOrder) -> bool:
    """Tell whether an order that was there is completed anew: it asks for more, or comes back."""
    is_back = new.internal_state in ("draft", "submitted")
    return asks_anew(old, new) or (is_back and new.internal_state != old.internal_state)


@enrich(ProductOrder, again=asks_again)
def complete_order(work: Work, order: ProductOrder) -> None:
    """Fill in what is left out as an order is handed in or asks for more, from the catalog."""
    if order.internal_state == "draft":
        order.intake_policy = []
        take_in(order, CatalogSnapshot(), work.now)
        return
    held = order_catalog.held_products(work, order)
    catalog = order_catalog.load(work, order)
    take_in(order, catalog, work.now, held)
    is_new = order.internal_state == "acknowledged" and not order.intake_policy
    if policies(work) and (is_new or order.internal_state == "submitted"):
        met = [one for one in policies_met(work, order, catalog) if one.effect != "refuse"]
        order.intake_policy = [one.key for one in met]
        if met:
            set_intake_state(order, "submitted")
            foresee(work, order, catalog)


@enrich(ServiceOrder, ResourceOrder, again=is_sent_in)
def hold_order_by_itself(work: Work, order: ServiceOrder | ResourceOrder) -> None:
    """Hold a service or resource order by itself, sent in, where policies want to look at it."""
    if order.came_from is not None or order.state not in SENT or not policies(work):
        return
    met = [one for one in policies_met(work, order) if one.effect != "refuse"]
    if met and plan_store.read(work, order.id) is not None:
        return  # it has begun and was put off for a while
    if met or order.intake_policy:
        order.intake_policy = [one.key for one in met]
        order.intake_state = "submitted" if met else None


@rule(ProductOrder)
def policy_refuses(work: Work, old: ProductOrder | None, new: ProductOrder) -> Iterator[Fault]:
    """Refuse an order that a policy refuses, as it is handed in or asks for something else."""
    if new.internal_state in UNSENT or not must_be_right(new) or not policies(work):
        return
    if old is None or old.internal_state in UNSENT:
        yield from policy_faults(work, new)


def policy_faults(work: Work, order: Ordered) -> Iterator[Fault]:
    """Yield why policies refuse an order; `policyRefuses` in all of them."""
    if any(one.effect == "refuse" for one in policies(work)):
        for one in policies_met(work, order):
            if one.effect == "refuse":
                yield refusal_of(order, one)


@rule(ProductOrder, ServiceOrder, ResourceOrder)
def what_was_looked_at_stays(work: Work, old: Ordered | None, new: Ordered) -> Iterator[Fault]:
    """Refuse to change what is being looked at, and what policies would have to look at again."""
    if old is None or not _is_sent(old, new):
        return
    if work.actor.kind == "system" or not policies(work) or looked_at(old) == looked_at(new):
        return
    if isinstance(new, ProductOrder) and old.raw.get("orderVersion") != new.order_version:
        return  # a change while it runs goes by policies of its own
    spot = ITEMS[type(new)]
    if stage_of(old) in UNCHANGEABLE:
        message = (
            f"{new.key} is being looked at; have information asked for, or have it rejected, first"
        )
        yield Fault(spot, "conflictUnderReview", message)
    elif stage_of(old) in ACCEPTED:
        for one in policies_met(work, new):
            if one.effect == "refuse":
                yield refusal_of(new, one)
            else:
                message = f"needs what {one.name} asks for; cancel the order and send a new one"
                yield Fault(spot, "conflictNeedsApproval", message)


def _is_sent(old: Ordered, new: Ordered) -> bool:
    """Tell whether an order was sent in, so that what is looked at of it stays."""
    if isinstance(new, ProductOrder):
        return stage_of(old) not in UNSENT and must_be_right(new)
    is_alone = new.came_from is None
    return is_alone and (old.state in SENT or stage_of(old) in HELD)


@rule(ServiceOrder, ResourceOrder)
def a_held_order_by_itself_is_decided(
    work: Work, old: ServiceOrder | ResourceOrder | None, new: ServiceOrder | ResourceOrder
) -> Iterator[Fault]:
    """Refuse to move a service or resource order past those who look at it.

    One that was put on hold before it was looked at is looked at when it is released.
    """
    if old is None or work.actor.kind == "system" or old.state in (new.state, *RELEASING):
        return
    if stage_of(old) in HELD and stage_of(new) == stage_of(old):
        message = f"{new.key} is being looked at; it goes on when all have agreed"
        yield Fault("state", "conflictUnderReview", message)


@rule(ProductOrder)
def a_held_order_is_decided(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to let a held order pass before all have agreed, or to reject it without right."""
    if old is None or old.internal_state != "new" or work.actor.kind == "system":
        return
    if new.internal_state == "acknowledged":
        asked = {"productOrder.id": new.id, "state": list(UNDONE)}
        for one in work.find(HeaderTask, asked, limit=1):
            message = f"{one.key} {one.title} is open; it passes when that is approved"
            yield Fault("state", "conflictNotApproved", message)
    elif new.internal_state == "rejected":
        if work.actor.may(APPROVE) is None:
            raise Forbidden("notAllowed", f"it takes the permission {APPROVE} to reject an order")
        if not new.state_reason or new.state_reason == old.state_reason:
            yield Fault("stateReason", "reasonMissing", "say why the order is rejected")


def looked_at(order: Ordered) -> bytes:
    """Return what people and policies look at in an order, in a form that compares."""
    said: list[Json] = [order.raw.get(name) for name in LOOKED_AT]
    if not isinstance(order, ProductOrder):
        for path, one in placed_items(order):
            said += [path, {name: one.raw[name] for name in one.raw if name not in NOTED}]
        return encode(said)
    said += [list(one) for one in asked_by(order)]
    for _, item in placed_product_items(order.product_order_item):
        product = item.raw.get("product") or {}
        said += [item.raw.get("itemPrice"), item.raw.get("itemTerm"), product.get("productPrice")]
    return encode(said)
