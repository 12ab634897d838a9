"""Chosen times: an order is sent in with times that are still to be had, and lets go of them."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.booking import RESERVED
from trunkline.fieldwork.following import LAPSE
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.customer import names_of
from trunkline.shared.program import as_program

BY = "chosen times"
GIVEN_UP = frozenset({*UNSENT, "canceled"})


@rule(ProductOrder)
def chosen_times_are_to_be_had(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order that is sent in with a time that is over, taken, or another customer's."""
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not must_be_right(new):
        return
    named = [
        (f"{path}.appointment.id", item.appointment.id)
        for path, item in placed_product_items(new.product_order_item)
        if item.appointment is not None
    ]
    program = as_program(work, BY)
    found = program.many(Appointment, [ident for _, ident in named]) if named else {}
    for path, ident in named:
        held = found.get(ident)
        why = _why_not(program, new, held) if held is not None else ""
        if held is not None and why:
            yield Fault(path, "conflictSlotTaken", f"{held.key} {why}; search for another time")


def _why_not(work: Work, order: ProductOrder, held: Appointment) -> str:
    """Return why an order cannot have a time, empty where it can."""
    whose, buyer = customer_of(held.related_party), buyer_of(work, order)
    own = names_of(buyer.id, buyer.raw) if buyer is not None else [customer_of(order.related_party)]
    if whose is not None and whose not in own:
        return "is not for this customer"
    return why_gone(work, held, but=order.id)


def why_gone(work: Work, held: Appointment, *, but: str = "") -> str:
    """Return why a time is no more to be had, but for one order; empty where it still is."""
    if held.status not in OPEN:
        return f"is {held.status}"
    if held.work_order is not None:
        return "is that of another visit"
    others = [ident for kind, ident, _ in work.used_by(held.id)
              if kind == "ProductOrder" and ident != but]  # fmt: skip
    for one in work.many(ProductOrder, others).values():
        if one.internal_state not in GIVEN_UP:
            return f"was chosen with {one.key}"
    return ""


@on(event(ProductOrder, "state_changed").to("rejected", "canceled"))
def chosen_times_lapse(work: Work, order: ProductOrder) -> None:
    """Keep the times that were chosen with an order that is sent back for a while, then let go."""
    idents = [item.appointment.id for _, item in placed_product_items(order.product_order_item)
              if item.appointment is not None]  # fmt: skip
    for held in work.many(Appointment, idents).values() if idents else ():
        if held.status in OPEN and held.work_order is None:
            with work.edit(Appointment, held.id) as own:
                own.reserved_until = work.now + RESERVED
            sent_back: dict[str, Json] = {"order": order.id}
            work.schedule(NewWork(LAPSE, held.id, payload=sent_back, once=f"let go {held.id}"))
