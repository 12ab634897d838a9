"""A delay told: a message to the customer in a text of the operator's, and in their language."""

from __future__ import annotations

from trunkline.care.request import CustomerRequest
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.party.communication_message import CommunicationMessage, Receiver
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.preference import preferences_of, written_channel
from trunkline.party.receiving import TECHNICAL, receiver_for
from trunkline.rest.writing import create
from trunkline.workspace.message_texts import MessageText, filled, texts_in

LATE, MOVED = "request-late", "request-moved"
SENDER = "Customer care"


def tell_of_delay(work: Work, request: CustomerRequest, *, is_late: bool) -> str | None:
    """Write the message to the customer that a request takes longer; return why none was written.

    It stands on the customer's timeline, and an event goes out; an outside system sends it.
    """
    parties = [one for one in request.related_party if one.role == "customer"]
    customer = work.get(Customer, parties[0].id) if parties else None
    if customer is None:
        return "nobody was told: the request is of no customer"
    name = LATE if is_late else MOVED
    text = text_named(work, name, language_of(work, customer))
    if text is None:
        return f"the customer was not told: there is no text {name} for messages"
    named = {"id": customer.id, "name": customer.name, "@referredType": "Customer"}
    receiver = receiver_for(work, named, TECHNICAL)
    day = request.due_date.date().isoformat() if request.due_date is not None else ""
    values = {"name": str(receiver["name"]), "request": request.key, "date": day}
    sent: dict[str, Json] = {
        "messageType": written_channel(preferences_of(work, Receiver.wrap(receiver))),
        "subject": filled(text.subject, values),
        "content": filled(text.content, values),
        "description": request.key,
        "sender": {"name": SENDER},
        "receiver": [receiver],
        "relatedEntity": [{"id": request.id, "@referredType": "CustomerRequest"}],
    }
    try:
        with work.connection.transaction():
            create(work, CommunicationMessage.resource, sent)
    except Refusal as refusal:
        return f"the customer was not told: {refusal.told}"
    return None


def language_of(work: Work, customer: Customer) -> str:
    """Return the language that a person is said to prefer, "" where nothing is said."""
    person = work.get(Individual, customer.engaged_party.id)
    for one in person.language_ability if person is not None else ():
        if one.is_favourite_language and one.language_code:
            return one.language_code[:2].lower()
    return ""


def text_named(work: Work, name: str, language: str) -> MessageText | None:
    """Return a text in a language, else in the one that stands for all."""
    known = {one.language: one for one in texts_in(work.connection) if one.name == name}
    return known.get(language) or known.get("") or next(iter(known.values()), None)
