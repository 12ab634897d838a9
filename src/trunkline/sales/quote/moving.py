"""Moving: what people do with a quote between its draft and its orders."""

from __future__ import annotations

from typing import Literal, TypeAlias

from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.sales.quote.overriding import APPROVE, refuse_override
from trunkline.sales.quote.quote import QUOTE_LIFECYCLE, Acceptance, Quote, QuoteState

Move: TypeAlias = Literal[
    "submit", "recall", "approve", "sendBack", "present", "accept", "complete", "cancel", "close"
]
TARGETS: dict[Move, QuoteState] = {
    "submit": "inReview",
    "recall": "draft",
    "approve": "approved",
    "sendBack": "draft",
    "present": "pendingAcceptance",
    "accept": "accepted",
    "complete": "completed",
    "cancel": "canceled",
    "close": "closed",
}
FROM: dict[Move, tuple[QuoteState, ...]] = {
    move: tuple(before for before, after in QUOTE_LIFECYCLE.moves.items() if TARGETS[move] in after)  # type: ignore[misc]
    for move in TARGETS
}
WITH_REASON: frozenset[Move] = frozenset({"sendBack", "cancel"})
DIRECT: QuoteState = "draft"
"""A draft may be presented at once: nobody has to look at it, and it passes its review."""


def moves_open(state: str | None) -> list[Move]:
    """Return what may be done with a quote in a state, in the order in which it comes."""
    found: list[Move] = [
        move for move in TARGETS if state in FROM[move] and move not in ("recall", "sendBack")
    ]
    if state == "inReview":
        found += ["recall", "sendBack"]
    if state == DIRECT:
        found.insert(1, "present")
    return found


def move_quote(
    work: Work, ident: str, move: Move, *, reason: str | None = None, name: str | None = None
) -> Quote:
    """Do one thing with a quote and return it; `name` is who accepted on the customer's side.

    Refuses (409) what its state does not admit, naming what it does, and (400) what needs a
    reason and has none.
    """
    work.actor.must(Quote.resource, "update")
    if move in ("approve", "sendBack"):
        work.actor.must_have(APPROVE)
    if move in WITH_REASON and not (reason or "").strip():
        raise Invalid.of([Fault("reason", "reasonMissing", "say why")])
    quote = work.lock(Quote, ident)
    if move not in moves_open(quote.internal_state):
        allowed = ", ".join(allowed_moves(quote)) or "none"
        message = f"{quote.key} is {quote.internal_state}; allowed from here: {allowed}"
        raise Conflict("lifecycleMove", message)
    if move == "present" and quote.internal_state == DIRECT:
        _move(work, quote, "inReview", None, dict(quote.raw))
    if move == "accept" and name:
        before = dict(quote.raw)
        quote.acceptance = Acceptance(at=work.now, by=work.actor.name, name=name)
        quote.effective_quote_completion_date = work.now
        quote.internal_state = "accepted"
        work.save(quote, before)
        return quote
    before = dict(quote.raw)
    if move == "sendBack":
        refuse_override(work, quote, reason or "")
    _move(work, quote, TARGETS[move], reason, before)
    return quote


def allowed_moves(quote: Quote) -> list[str]:
    """Return all that may be done with a quote: the moves of its state, and a new revision."""
    after = QUOTE_LIFECYCLE.moves.get(quote.internal_state or "", ())
    return [*moves_open(quote.internal_state), *(["revise"] if "revised" in after else [])]


def _move(
    work: Work, quote: Quote, state: QuoteState, reason: str | None, before: dict[str, Json]
) -> None:
    quote.internal_state = state
    if reason:
        quote.state_reason = reason
    work.save(quote, before)
