"""Calling off from a fallout: the line that stands still, or its order, looked at and taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Document
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.cancellation import NOT_BEGUN, call_off, point_of_no_return
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.plan_item import UNDER_WAY, PlanItem
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.revision.assessment import Assessment
from trunkline.ordering.revision.change_policy import cancellation_terms
from trunkline.ordering.revision.content import ITEMS, content_of, without_line
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.ordering.revision.verbs import REVISE, cancel_line, preview_of
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shown_plan import as_shown
from trunkline.rest.writing import create
from trunkline.shared.money import Money

Scope: TypeAlias = Literal["line", "order"]
"""What of an order is called off: the line that the fallout is about, or all of it."""
SCOPES: tuple[Scope, ...] = ("line", "order")

KINDS: Mapping[str, tuple[type[Document], type[Document]]] = {
    "productOrder": (ProductOrder, CancelProductOrder),
    "serviceOrder": (ServiceOrder, CancelServiceOrder),
    "resourceOrder": (ResourceOrder, CancelResourceOrder),
}
"""By reference the orders that fallout belongs to, and the task that calls such a one off."""


@dataclass(frozen=True)
class Effects:
    """What calling an order off does to its steps as they stand now.

    `barrier` is the step past the point of no return, None where there is none. `undone` are steps
    that are taken back at once, `awaited` those taken back when they have ended, `kept` what stays
    since others use it, `left` what did nothing yet. `undone` and `awaited` stand as that will
    happen; `sequence` has the ids of both in one row.
    """

    barrier: PlanItem | None = None
    fee: Money | None = None
    undone: Sequence[PlanItem] = ()
    awaited: Sequence[PlanItem] = ()
    kept: Sequence[PlanItem] = ()
    left: Sequence[PlanItem] = ()
    is_planned: bool = True
    sequence: Sequence[str] = ()

    def turn(self, step: PlanItem) -> int | None:
        """Return as which one a step is taken back, from 1; None for one that is not."""
        return self.sequence.index(step.id) + 1 if step.id in self.sequence else None


@dataclass(frozen=True)
class Offer:
    """What may be called off from a fallout: its order, its line if it has one, and what of it.

    `only` says why nothing but the order can be called off, empty where the line can be, too.
    """

    record: Fallout
    order: Document
    reference: str
    line: str | None = None
    only: str = ""
    scopes: tuple[Scope, ...] = field(default=SCOPES)


def offer_of(work: Work, fallout: str) -> Offer:
    """Return what may be called off from a fallout.

    Refuses (404) one that there is not, and (409) one that is closed.
    """
    record = work.get(Fallout, fallout)
    if record is None:
        raise NotFound("notFound", f"there is no fallout {fallout}")
    if record.state in CLOSED:
        raise Conflict("conflictNotInFallout", f"{record.key} is closed; nothing is left to do")
    reference = next(one for one in KINDS if isinstance(record.raw.get(one), dict))
    order = work.get(KINDS[reference][0], str(record.raw[reference]["id"]))
    if order is None:
        raise NotFound("notFound", f"there is no order of {record.key}")
    line = record.product_order_item_id
    offer = Offer(record, order, reference, line)
    only = _why_order_only(offer)
    return replace(offer, only=only, scopes=("order",)) if only else offer


def preview_line(work: Work, offer: Offer) -> Assessment:
    """Return what taking the line of a fallout out of its order would do; nothing is written."""
    return preview_of(work, offer.order.id, {ITEMS: _left(offer)})


def order_to_call_off(work: Work, kind: type[Document], ident: str) -> Document:
    """Return an order that may be called off.

    Refuses (404) one that there is not, and (409) one that has ended or is part of another.
    """
    order = work.get(kind, ident)
    if order is None:
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    if isinstance(order, (ServiceOrder, ResourceOrder)) and order.came_from is not None:
        message = f"{order.key} belongs to another order; call that off instead"
        raise Conflict("conflictPartOfOrder", message)
    lifecycle, state = kind.resource.lifecycle, order.raw.get("state")
    if state in FINISHED or (lifecycle is not None and state in lifecycle.final):
        message = f"{order.key} is {state}; nothing of it can be called off"
        raise Conflict("conflictEnded", message)
    return order


def preview_order(work: Work, order: Document) -> Effects:
    """Return what calling an order off would do to its steps now; nothing is written."""
    plan = plan_store.read(work, order.id)
    state = str(internal_state(order.resource, order.raw) or order.raw.get("state"))
    if plan is None:
        return Effects(is_planned=False)
    barrier = point_of_no_return(plan)
    if barrier is not None:
        return Effects(barrier)
    fee = None
    if isinstance(order, ProductOrder):
        fee = cancellation_terms(work, order, plan).fee
    call_off(work, plan, work.services.chance.uuid())
    undoing = as_shown(work, [one for one in plan.added.values() if one.undoes is not None])
    awaited = {one.undoes for one in undoing if plan.items[one.undoes or ""].state in UNDER_WAY}
    undone = [one for one in undoing if one.state != "skipped"]
    return Effects(
        fee=fee,
        undone=[one for one in undone if one.undoes not in awaited],
        awaited=[one for one in undone if one.undoes in awaited],
        kept=[one for one in undoing if one.state == "skipped"],
        left=[one for one in as_shown(work, plan.moved("canceled")) if one.kind != "milestone"],
        is_planned=state not in NOT_BEGUN,
        sequence=[one.id for one in undone],
    )


def call_off_line(work: Work, offer: Offer, *, reason: str) -> OrderRevision:
    """Take the line of a fallout out of its order, with all that lies inside it.

    What was done for it is taken back, all else goes on. Refuses (409) a fallout whose order can
    only be called off as a whole, and what cannot be taken back any more.
    """
    work.actor.must_have(REVISE)
    if offer.line is None or "line" not in offer.scopes:
        raise Conflict("conflictOrderOnly", offer.only)
    _note(work, offer, f"item {offer.line} called off by {work.actor.name}: {reason}")
    return cancel_line(work, offer.order.id, offer.line, reason)


def call_off_order(work: Work, offer: Offer, *, reason: str) -> Document:
    """Ask for the whole order of a fallout to be called off, and return that wish."""
    work.actor.must(KINDS[offer.reference][1].resource, "create")
    wish: dict[str, Json] = {
        offer.reference: {"id": offer.order.id},
        "cancellationReason": reason,
    }
    _note(work, offer, f"order called off by {work.actor.name}: {reason}")
    return create(work, KINDS[offer.reference][1].resource, wish)


def may_call_off(actor: Actor, reference: str) -> bool:
    """Tell whether somebody may call off the order of a fallout, or a line of it."""
    return reference in KINDS and (
        actor.may(REVISE) is not None
        or actor.grant(KINDS[reference][1].resource, "create") is not None
    )


def _why_order_only(offer: Offer) -> str:
    """Return why the line of a fallout cannot be called off alone, empty where it can be."""
    order, key = offer.order, offer.order.key
    if not isinstance(order, ProductOrder) or offer.line is None:
        return f"{offer.record.key} is about {key} as a whole"
    if order.internal_state != "inProgress":
        return f"{key} is {order.state}; only of an order in progress single lines are called off"
    items = content_of(order)[ITEMS]
    left = _left(offer)
    if left == items:
        return f"{key} has no item {offer.line} any more"
    return "" if left else f"{key} has no other line than {offer.line}"


def _left(offer: Offer) -> list[Json]:
    assert isinstance(offer.order, ProductOrder)
    return without_line(content_of(offer.order)[ITEMS], offer.line or "")


def _note(work: Work, offer: Offer, words: str) -> None:
    """Write to a fallout how it will end; it is closed when its step is."""
    record = work.lock(Fallout, offer.record.id)
    before = dict(record.raw)
    record.resolution = words
    work.save(record, before)
