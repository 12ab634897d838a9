"""Telling the customer that an order is promised for another date, where a policy says so."""

from __future__ import annotations

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
from trunkline.party.receiving import BUYING
from trunkline.party.telling import tell_customer
from trunkline.shared.party_reference import customer_among
from trunkline.workspace.message_texts import MessageText, text_named

log = structlog.get_logger("trunkline.dates")


def tell_new_promise(
    work: Work, order: ProductOrder, promised: Promised, in_force: Policies, former: str | None
) -> CommunicationMessage | None:
    """Write a message to the customer whose promise has moved; None where nobody is to be told.

    `former` is what the order was promised for when it was last looked at (see `promises_mark`).
    It goes by the way that the customer permits; who does not want to hear from us is not told.
    """
    date = _moved_to(order, former)
    text = _text(work, promised, in_force) if date is not None else None
    party = customer_among(order.related_party)
    if date is None or text is None or party is None:
        return None
    values = {"order": order.key, "step": "", "date": f"{date:%Y-%m-%d}"}
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


def _moved_to(order: ProductOrder, former: str | None) -> datetime | None:
    """Return what the order is promised for now where it was promised for another date before."""
    if former is None or order.committed_completion_date is None:
        return None
    before = load(former.encode())[0][0]
    now = order.committed_completion_date
    is_same = not isinstance(before, str) or parse_instant(before) == now
    return None if is_same else now


def _text(work: Work, promised: Promised, in_force: Policies) -> MessageText | None:
    """Return the text that the first policy names which says whether customers are told."""
    names = frozenset().union(*promised.names.values()) if promised.names else frozenset()

    def says(one: InForce) -> InForce | None:
        return one if one.tells_customer is not None else None

    policy = in_force.line(names, promised.whose, says)
    if policy is None or not policy.tells_customer:
        return None
    return text_named(work.connection, policy.message_text or "")
