"""The tickets of a customer, those that are open first, for the customer's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.care.interaction import PartyInteraction
from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.web.care.contact_page import FAULT
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, instant, state
from trunkline.web.wording import words

TICKETS_MAX, CLOSED_MAX = 50, 5


def tickets_shown(
    desk: Desk, work: Work, idents: Sequence[str], customer: Record
) -> dict[str, Any]:
    """Return the values of `customer_tickets.html`."""
    resource = TroubleTicket.resource
    found = gathered(work, [(resource, TICKETS_MAX)], idents).get(resource.name, [])
    rows = []
    for one in found:
        document = one.document
        due, held = document.get("dueDate"), document.get("assignee")
        is_open = document.get("status") in OPEN
        rows.append(
            {
                "key": one.key,
                "label": one.label,
                "address": f"/tickets/{one.key}",
                "state": state(str(document.get("status") or "")),
                "kind": words(str(document.get("ticketType") or "")),
                "due": instant(due, desk.zone) if is_open and isinstance(due, str) else EMPTY,
                "late": is_open and isinstance(due, str) and parse_instant(due) < work.now,
                "owner": str(held.get("name") or "") if isinstance(held, dict) else "",
                "is_open": is_open,
            }
        )
    may_open = work.actor.grant(resource, "create") is not None
    base = desk.addresses.of_list(resource)
    make = f"{base}/new?relatedParty.id={customer.id}&relatedParty.role=customer"
    if work.actor.grant(PartyInteraction.resource, "create") is not None:
        make = f"/customer/{customer.key}/contact?reason={FAULT}"
    return {
        "open": [one for one in rows if one["is_open"]],
        "closed": [one for one in rows if not one["is_open"]][:CLOSED_MAX],
        "make": make if may_open else "",
        "all": f"{base}?relatedParty.id={','.join(idents)}",
    }
