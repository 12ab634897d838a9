"""Telling the customer that an order is promised for another date, where a policy says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog

from trunkline.documents.decode import load
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.outlook import Promised
from trunkline.ordering.jeopardy.policies import InForce, Policies
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.receiving import BUYING
from trunkline.party.telling import language_of, tell_customer
from trunkline.shared.party_reference import customer_among
from trunkline.workspace.message_texts import filled, text_named, texts_in

WITHDRAWN = "promise-withdrawn"
"""The text for a promise that is withdrawn, where a policy names no other."""
MESSAGES_MAX = 20
log = structlog.get_logger("trunkline.dates")


def tell_new_promise(
    work: Work, order: ProductOrder, promised: Promised, in_force: Policies, former: str | None
) -> CommunicationMessage | None:
    """Write a message to the customer whose promise has moved; None where nobody is to be told.

    `former` is what the order was promised for when it was last looked at (see `promises_mark`).
    A promise that is withdrawn has a text of its own, and who was told that is told the next one.
    It goes by the way that the customer permits; who does not want to hear from us is not told.
    """
    before, date = _promised_before(former), order.committed_completion_date
    party = customer_among(order.related_party)
    if party is None or before == date or former is None:
        return None
    values = {"order": order.key, "step": "", "date": f"{date:%Y-%m-%d}" if date else ""}
    policy = _policy(promised, in_force)
    if policy is None or (before is None and not _was_withdrawn(work, order, policy, values)):
        return None
    customer = work.get(Customer, party.id)
    language = language_of(work, customer) if customer is not None else ""
    name = (policy.message_text or "") if date is not None else _withdrawn(policy)
    text = text_named(work.connection, name, language)
    if text is None:
        return None
    try:
        return tell_customer(
            work, party.raw, text, values,
            about=order, role_type=BUYING, sender=_who(order), product_order=order.id,
        )  # fmt: skip
    except Refusal as refusal:  # as a rule since the customer does not want to hear of it
        log.warning("customer not told", order=order.key, reason=refusal.message)
        return None


def _who(order: ProductOrder) -> str:
    """Return who said why the promise has moved: the author of the newest note."""
    return next((one.author for one in reversed(order.note) if one.author), "")


def _promised_before(former: str | None) -> datetime | None:
    """Return what the order was promised for before, None where it was for no date."""
    said = load(former.encode())[0][0] if former is not None else None
    return parse_instant(said) if isinstance(said, str) else None


def _policy(promised: Promised, in_force: Policies) -> InForce | None:
    """Return the first policy that says whether customers are told, where that says they are."""
    names = frozenset().union(*promised.names.values()) if promised.names else frozenset()

    def says(one: InForce) -> InForce | None:
        return one if one.tells_customer is not None else None

    policy = in_force.line(names, promised.whose, says)
    return policy if policy is not None and policy.tells_customer else None


def _withdrawn(policy: InForce) -> str:
    return policy.withdrawn_text or WITHDRAWN


def _was_withdrawn(
    work: Work, order: ProductOrder, policy: InForce, values: Mapping[str, str]
) -> bool:
    """Tell whether the customer was told that an order is promised for no date any more."""
    told = work.find(CommunicationMessage, {"relatedEntity.id": order.id}, limit=MESSAGES_MAX)
    texts = [one for one in texts_in(work.connection) if one.name == _withdrawn(policy)]
    subjects = {filled(one.subject, values) for one in texts}
    return any(one.subject in subjects for one in told)
