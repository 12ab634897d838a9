"""Telling: a message to a customer about a record, by the way of writing that they permit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.communication_message import CommunicationMessage, Receiver
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.preference import preferences_of, written_channel
from trunkline.party.receiving import receiver_for
from trunkline.rest.writing import create
from trunkline.workspace.message_texts import MessageText, filled


def tell_customer(
    work: Work, customer: Mapping[str, Any], text: MessageText, values: Mapping[str, str],
    *, about: Document, role_type: str, sender: str = "", product_order: str | None = None,
) -> CommunicationMessage:  # fmt: skip
    """Write to a customer about a record; refuses what they do not want to hear, writing nothing.

    `customer` is a reference as records hold it, `role_type` whose role says who of them is told.
    `{name}` in the text is who that is, the other places are `values`.
    """
    receiver = receiver_for(work, customer, role_type, product_order=product_order)
    said = {"name": str(receiver["name"]), **values}
    sent: dict[str, Json] = {
        "messageType": written_channel(preferences_of(work, Receiver.wrap(receiver))),
        "subject": filled(text.subject, said),
        "content": filled(text.content, said),
        "description": about.key,
        "sender": {"name": sender or work.actor.name},
        "receiver": [receiver],
        "relatedEntity": [{"id": about.id, "@referredType": about.resource.name}],
    }
    with work.connection.transaction():
        made = create(work, CommunicationMessage.resource, sent)
    assert isinstance(made, CommunicationMessage)
    return made


def reference_to(customer: Customer) -> dict[str, Json]:
    """Return a customer as records refer to one."""
    return {"id": customer.id, "name": customer.name, "@referredType": customer.resource.name}


def language_of(work: Work, customer: Customer) -> str:
    """Return the language that a person is said to prefer, "" where nothing is said."""
    person = work.get(Individual, customer.engaged_party.id)
    for one in person.language_ability if person is not None else ():
        if one.is_favourite_language and one.language_code:
            return one.language_code[:2].lower()
    return ""
