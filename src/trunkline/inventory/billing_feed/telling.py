"""Telling: each change of what a customer has goes to the system that bills, in its sequence.

Where such a system is connected a piece of work is written with each event of a product, in the
same statement; where none is, nothing. The pieces of one product follow each other, so a message
that is not taken holds later ones back until it was taken or given up. Each says the whole
product, so whatever was given up is made good by the next one.
"""

from __future__ import annotations

from typing import Any

from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.shape import Json
from trunkline.inventory.billing_feed.billing_message import (
    BilledProduct,
    BilledProductRef,
    BillingMessage,
)
from trunkline.inventory.billing_feed.content import content_of, kind_of
from trunkline.inventory.billing_feed.feed import NotTold, feed_of
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import handler
from trunkline.kernel.services import Happening, Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.party.receiving import bill_contact
from trunkline.workspace.timer import leased, try_later

TELL = "billingFeed.tell"
LANE = "call"
TRIES_MAX, PAUSE_S = 20, 5.0


def follow_products(_connection: Any, _generation: int, happening: Happening) -> list[NewWork]:
    """Return the work that goes with an event of a product; put it in `fanout`."""
    if happening.resource.name != Product.resource.name:
        return []
    return [NewWork(TELL, happening.subject, payload={"cause": happening.event_id}, lane=LANE)]


def tell_again(work: Work, ident: str) -> Product:
    """Tell a product as it is, whatever was told before.

    Refuses (409) where no system that bills is connected, or there is nothing to bill.
    """
    work.actor.must(BillingMessage.resource, "create")
    product = work.get(Product, ident)
    if product is None:
        raise NotFound("notFound", f"there is no product {ident}")
    if feed_of(work.services) is None:
        raise Conflict("conflictNoFeed", "no system that bills is connected")
    if content_of(product.id, product.raw) is None:
        message = f"{product.key} is {product.status}; there is nothing to bill"
        raise Conflict("conflictNotBilled", message)
    cause = work.services.chance.uuid()
    payload = {"cause": cause, "again": True}
    work.schedule(NewWork(TELL, product.id, payload=payload, lane=LANE))
    return product


@handler(TELL)
def tell(services: Services, row: Row) -> None:
    """Tell the system that bills, without a transaction open; write down what it said."""
    with leased(services, row) as work:
        message = _message(work, row)
        if message is None:
            queue.finish(work.connection, row)
            return
    problem = _told(services, message)
    with leased(services, row) as work:
        if problem is not None and problem.pause_s > 0:
            queue.put_back(work.connection, row, pause_s=problem.pause_s, free=True)
            return
        _note(work, row, message, problem)


def _message(work: Work, row: Row) -> BillingMessage | None:
    """Return the open message of a cause, made when it is first asked for; None: nothing to say."""
    found = work.find(BillingMessage, {"product.id": row.subject, "cause": row.payload["cause"]})
    if found:
        return found[0] if found[0].state == "open" else None
    product = work.get(Product, row.subject)
    told = content_of(product.id, product.raw) if product is not None else None
    if product is None or told is None:
        return None
    told |= _bill_contact(work, told)
    listed = work.find(BillingMessage, {"product.id": row.subject})
    last = max(listed, key=lambda one: one.sequence, default=None)
    before = next((one for one in _latest_first(listed) if one.state == "sent"), None)
    kind = kind_of(told, before.told.raw if before is not None else None)
    if kind is None and before is None and any(one.state == "failed" for one in listed):
        kind = "ended"  # the start may have come there all the same
    if kind is None and row.payload.get("again"):
        kind = "ended" if told["status"] == "ended" else "changed"
    if kind is None:
        return None
    return work.add(
        BillingMessage(
            product=BilledProductRef(id=product.id, referred_type="Product"),
            cause=row.payload["cause"],
            sequence=last.sequence + 1 if last is not None else 1,
            kind=kind,
            told=BilledProduct.wrap(told),
        )
    )


def _bill_contact(work: Work, told: dict[str, Json]) -> dict[str, Json]:
    """Return who gets the bills by role, where the customer has named somebody."""
    customer, account = told.get("customer"), told.get("billingAccount")
    if not isinstance(customer, dict):
        return {}
    ident = str(account["id"]) if isinstance(account, dict) else None
    found = bill_contact(work, str(customer["id"]), ident)
    return {"billContact": found} if found is not None else {}


def _latest_first(listed: list[BillingMessage]) -> list[BillingMessage]:
    return sorted(listed, key=lambda one: one.sequence, reverse=True)


def body_of(message: BillingMessage) -> dict[str, Json]:
    """Return a message as it is sent; a repetition is the same to the letter."""
    return {
        "id": message.id,
        "sequence": message.sequence,
        "kind": message.kind,
        "product": dict(message.told.raw),
    }


def _told(services: Services, message: BillingMessage) -> NotTold | None:
    feed = feed_of(services)
    if feed is None:
        return NotTold("noFeed", "no system that bills is connected any more", is_final=True)
    try:
        feed.tell(body_of(message), key=message.id)
    except NotTold as problem:
        return problem
    return None


def _note(work: Work, row: Row, message: BillingMessage, problem: NotTold | None) -> None:
    is_over = problem is None or problem.is_final or row.attempt >= TRIES_MAX
    with work.edit(BillingMessage, message.id) as held:
        held.tries = row.attempt
        held.code = problem.code if problem is not None else None
        held.problem = problem.message if problem is not None else None
        if problem is None:
            held.state, held.sent_at = "sent", work.now
        elif is_over:
            held.state = "refused" if problem.is_final else "failed"
    if is_over:
        queue.finish(work.connection, row)
    else:
        try_later(work, row, first_s=PAUSE_S)
