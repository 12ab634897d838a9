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
    account: str | None = None,
) -> CommunicationMessage:  # fmt: skip
    """Write to a customer about a record; refuses what they do not want to hear, writing nothing.

    The rest is as for `message_to`.
    """
    sent = message_to(
        work, customer, text, values, about=about, role_type=role_type, sender=sender,
        product_order=product_order, account=account,
    )  # fmt: skip
    return tell(work, sent)


def message_to(
    work: Work, customer: Mapping[str, Any], text: MessageText, values: Mapping[str, str],
    *, about: Document, role_type: str, sender: str = "", product_order: str | None = None,
    account: str | None = None,
) -> dict[str, Json]:  # fmt: skip
    """Return what would be written to a customer about a record, and by which way.

    `customer` is a reference as records hold it, `role_type` whose role says who of them is told.
    `{name}` in the text is who that is, the other places are `values`.
    """
    receiver = receiver_for(work, customer, role_type, account=account, product_order=product_order)
    said = {"name": str(receiver["name"]), **values}
    return {
        "messageType": written_channel(preferences_of(work, Receiver.wrap(receiver))),
        "subject": filled(text.subject, said),
        "content": filled(text.content, said),
        "description": about.key,
        "sender": {"name": sender or work.actor.name},
        "receiver": [receiver],
        "relatedEntity": [{"id": about.id, "@referredType": about.resource.name}],
    }


def tell(work: Work, sent: dict[str, Json]) -> CommunicationMessage:
    """Write a message; refuses what its receiver does not want to hear, writing nothing."""
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
