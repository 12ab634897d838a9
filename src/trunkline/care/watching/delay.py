"""A delay told: a message to the customer in a text of the operator's, and in their language."""

from __future__ import annotations

from trunkline.care.request import CustomerRequest
from trunkline.documents.errors import Refusal
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.receiving import TECHNICAL
from trunkline.party.telling import language_of, reference_to, tell_customer
from trunkline.workspace.message_texts import text_named

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
    text = text_named(work.connection, name, language_of(work, customer))
    if text is None:
        return f"the customer was not told: there is no text {name} for messages"
    day = request.due_date.date().isoformat() if request.due_date is not None else ""
    values = {"request": request.key, "date": day}
    try:
        tell_customer(
            work, reference_to(customer), text, values,
            about=request, role_type=TECHNICAL, sender=SENDER,
        )  # fmt: skip
    except Refusal as refusal:
        return f"the customer was not told: {refusal.told}"
    return None
