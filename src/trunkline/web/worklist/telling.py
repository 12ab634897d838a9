"""Telling customers of what holds up their orders: a message, begun with a text kept as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.errors import Conflict, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.party.communication_message import CommunicationMessage, Receiver
from trunkline.party.preference import preferences_of, written_channel
from trunkline.party.receiving import BUYING, receiver_for
from trunkline.rest.writing import create
from trunkline.web.records import Record, record_of
from trunkline.web.worklist.worklist import Said
from trunkline.workspace.message_texts import filled, in_language, message_texts
from trunkline.workspace.preferences import LANGUAGES

OF_OTHERS = ("request-", "outage-")  # texts that do not speak of an order


def may_tell(actor: Actor) -> bool:
    """Tell whether somebody may write messages to the customers of any order."""
    grant = actor.grant(CommunicationMessage.resource, "create")
    sees = actor.grant(Fallout.resource, "read")
    return grant is not None and grant.reach == "all" and (
        sees is not None and "personal" in sees.sees
    )  # fmt: skip


def texts_shown(work: Work) -> list[dict[str, str]]:
    """Return the texts that a message may begin with, the reader's own language first."""
    known, own = message_texts(work.services, work.actor), spoken().code
    found = [one for one in known if not one.name.startswith(OF_OTHERS)]
    first = in_language(found, own)
    return [
        {"name": one.name, "title": one.title, "subject": one.subject, "content": one.content,
         "language": LANGUAGES.get(one.language, "")}
        for one in [*first, *(one for one in found if one not in first)]
    ]  # fmt: skip


def tell_customer(work: Work, ident: str, said: Said) -> None:
    """Write a message to the customer of the order that a fallout holds up.

    It stands on the customer's timeline, and an event goes out; an outside system sends it.
    Refuses an empty message (400) and a fallout of nobody's order (409).
    """
    if not said.message.strip() or not said.subject.strip():
        raise Invalid("messageMissing", "say what the customer is to be told, and a subject")
    record = record_of(work, Fallout.resource, ident)
    order = _order(work, record)
    customer = _customer(record) or (_customer(order) if order is not None else None)
    if customer is None:
        raise Conflict("conflictNoCustomer", f"{record.key} belongs to the order of no customer")
    about = order.id if order is not None else None
    receiver = receiver_for(work, customer, BUYING, product_order=about)
    values = {
        "name": str(receiver["name"]),
        "order": order.key if order is not None else record.key,
        "step": str(record.document.get("taskName") or ""),
    }
    wanted = preferences_of(work, Receiver.wrap(receiver))
    sent: dict[str, Json] = {
        "messageType": written_channel(wanted),
        "subject": filled(said.subject, values),
        "content": filled(said.message, values),
        "description": f"{values['order']}, {record.key}",
        "sender": {"name": work.actor.name},
        "receiver": [receiver],
    }
    if about is not None:
        sent["relatedEntity"] = [{"id": about, "@referredType": "ProductOrder"}]
    create(work, CommunicationMessage.resource, sent)


def _order(work: Work, record: Record) -> Record | None:
    held = record.document.get("productOrder")
    if not isinstance(held, dict) or not isinstance(held.get("id"), str):
        return None
    if work.actor.grant(ProductOrder.resource, "read") is None:
        return None
    return record_of(work, ProductOrder.resource, str(held["id"]))


def _customer(record: Record) -> Mapping[str, Any] | None:
    parties = record.document.get("relatedParty")
    for one in parties if isinstance(parties, list) else ():
        if isinstance(one, dict) and str(one.get("role") or "").lower() == "customer":
            return one
    return None
