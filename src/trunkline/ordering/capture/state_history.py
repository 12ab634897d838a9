"""The history of an order's states: each move with who made it, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from trunkline.documents.patch import Change
from trunkline.documents.shape import Json
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, ProductOrder
from trunkline.ordering.shown_plan import shows_works
from trunkline.rest.origins import opened

MOVES_MAX = 500
LINES = (
    "select id::text, at, actor::text, actor_name, channel, version, owner::text, changes "
    "from audit where subject = %s order by version desc limit %s"
)
STATE, REASON, CANCELED_WHY = "internalState", "stateReason", "cancellationReason"
TOLD_TO_CUSTOMERS = ("rejected", "enrichmentOnHold", "cancellationInProgress", "canceled")
CANCELING = ("cancellationInProgress", "canceled")
# What the program brings about says why by itself.
BY_ITSELF: Mapping[str, str] = {
    "draft": "begun",
    "submitted": "handed in",
    "acknowledged": "accepted",
    "inProgress": "broken down into steps",
    "completed": "all lines are done",
    "partial": "some lines are done, others failed",
    "failed": "no line could be done",
    "assessingCancellation": "its cancellation was asked for",
    "cancellationInProgress": "what was done is taken back",
    "canceled": "canceled",
}


@dataclass(frozen=True)
class StateMove:
    """One move: `former` is None for the first state; `reason` where one was said or is known."""

    at: datetime
    by: str
    by_name: str
    channel: str
    former: str | None
    state: str
    reason: str | None
    is_said: bool

    @property
    def published(self) -> str:
        """The state as the outside calls it."""
        return PRODUCT_ORDER_LIFECYCLE.published_state(self.state)


def state_moves(work: Work, ident: str, document: dict[str, Json]) -> list[StateMove]:
    """Return the moves of an order, the oldest first; what has been erased is left out.

    A customer is told why an order was sent back or what is asked, not which of the staff did what.
    """
    rows = work.connection.execute(LINES, [ident, MOVES_MAX]).fetchall()
    told = []
    for ident, at, by, name, channel, version, owner, sealed in rows:
        changed = {one.path: one for one in opened(work, ident, owner, sealed) or ()}
        told.append((at, by, name, channel, version, changed))
    moves: list[StateMove] = []
    state = internal_state(ProductOrder.resource, document)
    canceled_why = document.get("cancellationReason")
    for at, by, name, channel, version, changed in told:
        found = changed.get(STATE)
        if found is None and version != 1:
            continue
        new = str(found.new) if found is not None else str(state)
        state = found.old if found is not None and isinstance(found.old, str) else None
        said = _said(changed) or (canceled_why if new in CANCELING else None)
        reason = said or BY_ITSELF.get(new)
        moves.append(StateMove(at, by, name, channel, state, new, reason, said is not None))
    told_all = shows_works(work.actor)
    return [one if told_all else _for_customer(one, work.actor.id) for one in moves[::-1]]


def _for_customer(move: StateMove, ident: str) -> StateMove:
    is_told = not move.is_said or move.state in TOLD_TO_CUSTOMERS
    is_own = move.by == ident
    return replace(
        move,
        by=ident if is_own else "",
        by_name=move.by_name if is_own else "",
        reason=move.reason if is_told else None,
    )


def _said(changed: Mapping[str, Change]) -> str | None:
    for name in (REASON, CANCELED_WHY):
        one = changed.get(name)
        value = one.new if one is not None else None
        if isinstance(value, str) and value:
            return value
    return None
