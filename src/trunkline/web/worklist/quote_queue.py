"""Quotes in review, as a worklist: what they give away, who asks, and what is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from trunkline.documents.errors import Invalid
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.pages.language import say
from trunkline.party.customer import Customer
from trunkline.sales.quote.moving import move_quote
from trunkline.sales.quote.overriding import APPROVE
from trunkline.sales.quote.quote import Quote
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, price, state
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.record_source import RecordSource
from trunkline.web.worklist.worklist import Deed, Grouping, Row, Said, Worklist
from trunkline.workspace.notes import Told


def _rows(_work: Work, records: Sequence[Record], customers: Mapping[str, Cell]) -> list[Row]:
    """Return quotes as rows: what they come to, what is given away, and who asked for it."""
    return [_row(one, customers.get(one.id, EMPTY)) for one in records]


def _row(record: Record, customer: Cell) -> Row:
    document = record.document
    override = document.get("priceOverride") or {}
    ends = (document.get("validFor") or {}).get("endDateTime")
    given = _amount(override.get("given"))
    return Row(
        ident=record.id,
        key=record.key,
        address=f"/quote/{record.key}",
        what=str(document.get("description") or record.key),
        under=_amount(document.get("contractValue")),
        said=" · ".join(
            one for one in (
                say("%(amount)s given away", amount=given) if given else "",
                str(override.get("requestedBy") or ""),
            ) if one
        ),
        about=customer,
        who=customer_of(record),
        state=state(str(override.get("state") or document.get("internalState"))),
        due=parse_instant(ends) if isinstance(ends, str) else None,
    )  # fmt: skip


def _amount(held: Json) -> str:
    if not isinstance(held, dict) or held.get("value") is None:
        return ""
    return price(Decimal(str(held["value"])), str(held.get("unit") or ""))


def _approve(work: Work, idents: Sequence[str], _said: Said) -> Sequence[Told]:
    for ident in idents:
        move_quote(work, ident, "approve")
    return ()


def _send_back(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
    if not said.note:
        raise Invalid("reasonMissing", "say why")
    for ident in idents:
        move_quote(work, ident, "sendBack", reason=said.note)
    return ()


def _may(actor: Actor) -> bool:
    return actor.may(APPROVE) is not None


def _must_see(_desk: Desk, actor: Actor) -> None:
    actor.must(Quote.resource, "read")
    actor.must_have(APPROVE)


QUOTES = Worklist(
    name="quotes-in-review",
    title="Quotes in review",
    under="Quotes that somebody else looks at before they are offered. Prices that give away more "
    "than who asks decides alone are approved by another person, whose limit covers them.",
    empty=("No quote is in review.", "Quotes that are sent to review wait here."),
    may_see=_must_see,
    source=RecordSource(
        resource=Quote.resource,
        state="internalState",
        waiting=("inReview",),
        trying=(),
        owner="priceOverride.requestedById",
        owner_name="priceOverride.requestedBy",
        due="validFor.endDateTime",
        about={"relatedParty.0": Customer.resource},
        to_rows=_rows,
    ),
    groupings=(
        Grouping("prices", "Prices", ("priceOverride.state",), as_words=True),
        Grouping("asked", "Asked by", ("priceOverride.requestedBy",)),
    ),
    deeds=(
        Deed("approve", "Approve", "%(count)s approved.", _may, _approve, (),
             "They may be offered to their customers then.", is_first=True),
        Deed("sendBack", "Send back", "%(count)s sent back.", _may, _send_back, ("why",),
             "They are drafts again. Say why.", danger=True),
    ),
    tabs=("all", "overdue"),
    about="Customer",
    has_page=False,
    shows=("said", "state", "since"),
)  # fmt: skip
