"""Telling the customer that an order or its lines are promised for another date, by a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from trunkline.documents.decode import load
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.outlook import Promised
from trunkline.ordering.jeopardy.policies import InForce, Policies, days_zone
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.receiving import BUYING
from trunkline.party.telling import language_of, tell_customer
from trunkline.shared.party_reference import customer_among
from trunkline.workspace.message_texts import filled, text_named, texts_in

WITHDRAWN = "promise-withdrawn"
"""The text for a promise that is withdrawn, where a policy names no other."""
MESSAGES_MAX = 20
NAMES_MAX = 3
log = structlog.get_logger("trunkline.dates")


@dataclass(frozen=True)
class Moved:
    """A promise that has moved: of what, as the customer is told of it, from when to when."""

    what: str
    before: datetime | None
    date: datetime | None


def tell_new_promise(
    work: Work, order: ProductOrder, promised: Promised, in_force: Policies, former: str | None
) -> list[CommunicationMessage]:
    """Write messages to the customer whose promises have moved; none where nobody is to be told.

    `former` is what the order was promised for when it was last looked at (see `promises_mark`).
    Lines that are promised for another date by themselves are told by it, those for one date
    together. A promise that is withdrawn has a text of its own, and who was told that is told the
    next one. It goes by the way that the customer permits; who does not want to hear from us is
    not told.
    """
    moved = list(_moved(order, former)) if former is not None else []
    policy = _policy(promised, in_force) if moved else None
    if policy is None:
        return []
    told = [_tell(work, order, policy, one) for one in moved]
    return [one for one in told if one is not None]


def _moved(order: ProductOrder, former: str) -> Iterator[Moved]:
    own, lines = load(former.encode())
    whole = order.committed_completion_date
    if _instant(own) != whole:
        yield Moved(order.key, _instant(own), whole)
    together: dict[tuple[datetime | None, datetime | None], list[ProductOrderItem]] = {}
    for _, item in placed_product_items(order.product_order_item):
        if item.id not in lines:
            continue
        before = _instant(lines[item.id]) or _instant(own)
        date = item.committed_completion_date or whole
        is_told = date == whole and _instant(own) != whole  # with the order as a whole
        if before != date and not is_told:
            together.setdefault((before, date), []).append(item)
    for (before, date), items in together.items():
        names = [_name(one) for one in items]
        more = [f"+{len(names) - NAMES_MAX}"] if len(names) > NAMES_MAX else []
        what = ", ".join([order.key, *names[:NAMES_MAX], *more])
        yield Moved(what, before, date)


def _name(item: ProductOrderItem) -> str:
    """Return what a line is called: what it sells, else its number."""
    offering, product = item.product_offering, item.product
    said = offering.name if offering is not None else None
    return said or (product.name if product is not None else None) or f"#{item.id}"


def _tell(
    work: Work, order: ProductOrder, policy: InForce, moved: Moved
) -> CommunicationMessage | None:
    party, date = customer_among(order.related_party), moved.date
    day = f"{date.astimezone(days_zone(work)):%Y-%m-%d}" if date is not None else ""
    values = {"order": moved.what, "step": "", "date": day}
    if party is None or (
        moved.before is None and not _was_withdrawn(work, order, policy, values)
    ):  # fmt: skip
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


def _instant(dates: Sequence[Json]) -> datetime | None:
    """Return what something was promised for by its dates in a mark, None for no date."""
    said = next(iter(dates), None)
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
