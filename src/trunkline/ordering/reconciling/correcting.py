"""Correcting: what is done about differences, one or many: tried first, then done by a job.

Theirs taken, ours told to them, an order made, or left alone for a while; always with a reason,
and each under the rights of who asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal, refuse
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.inventory.reconciling.comparing import customer_in, like, values_in
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.inventory.reconciling.taking import take_theirs
from trunkline.inventory.reconciling.theirs import OWN
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.ordering.reconciling.comparison import KINDS
from trunkline.ordering.reconciling.keeping import NOT_CLOSED
from trunkline.ordering.reconciling.telling import message_of, remember, tell
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.rest.writing import create
from trunkline.shared.period import is_moment
from trunkline.workspace.job import Line, lines_of
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import PREVIEW_MAX, Outcome, do_line, go_through

KIND = "inventoryCorrection"
ACTIONS = ("takeTheirs", "sendOurs", "order", "ignore", "reopen")
AFTER: Mapping[str, str] = {
    "takeTheirs": "corrected", "sendOurs": "sent", "order": "ordered", "ignore": "ignored",
    "reopen": "open",
}  # fmt: skip
CATEGORY = "reconciliation"
TEXT_MAX, AT_ONCE, PIECE_S = 500, 50, 2.0


@dataclass(frozen=True)
class Wanted:
    """What is to be done about differences, why, and until when they are left alone."""

    action: str
    reason: str
    until: datetime | None = None

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> Wanted:
        """Return what was sent; refuses (400) with every wrong value named at once."""
        refuse(list(_faults(sent)))
        until = sent.get("until")
        return cls(sent["action"], sent["reason"].strip(), parse_instant(until) if until else None)

    @property
    def told(self) -> dict[str, Json]:
        """What was sent, as a job keeps it."""
        until = format_instant(self.until) if self.until is not None else None
        return {"action": self.action, "reason": self.reason, "until": until}


@dataclass(frozen=True)
class Tried:
    """What an action would do about one difference, or why it is refused."""

    difference: InventoryDifference | None
    key: str
    does: str = ""
    faults: Sequence[Fault] = ()


class _Enough(Exception):
    """Ends a transaction in which something was only tried."""


def try_correction(
    services: Services, actor: Actor, wanted: Wanted, idents: Sequence[str]
) -> list[Tried]:
    """Return what would become of the first of some differences; nothing is written or told."""
    actor.must(InventoryDifference.resource, "update")
    return [_tried(services, actor, wanted, one) for one in idents[:PREVIEW_MAX]]


def _tried(services: Services, actor: Actor, wanted: Wanted, ident: str) -> Tried:
    found: Tried | None = None
    difference: InventoryDifference | None = None
    try:
        with transaction(services, actor) as work:
            difference = _locked(work, ident)
            if wanted.action == "sendOurs":
                message = message_of(work, difference)
                does = f"{message.method} {message.path}"
            else:
                does = _done(work, difference, wanted)
            found = Tried(difference, difference.key, does)
            raise _Enough
    except _Enough:
        pass
    except Refusal as refusal:
        faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
        key = difference.key if difference is not None else ident
        return Tried(difference, key, faults=faults)
    return cast("Tried", found)


def begin_correction(
    services: Services, actor: Actor, wanted: Wanted, *, title: str, query: str | None,
    idents: Sequence[str] = (), told: Mapping[str, Json] | None = None,
) -> str:  # fmt: skip
    """Begin to do the same about the differences of a query, or those named; return the job."""
    actor.must(InventoryDifference.resource, "update")
    if query is None and not idents:
        raise Invalid("nothingSelected", "name differences, or a query of them")
    lines = [] if query is not None else [(one, None, None) for one in dict.fromkeys(idents)]
    asked = {**wanted.told, "query": query, "told": dict(told) if told else None}
    return start(
        services, actor, kind=KIND, resource=InventoryDifference.resource.name, title=title,
        asked=asked, lines=lines,
    )  # fmt: skip


@job_kind(KIND)
def correction_piece(at: At) -> bool:
    """Do the next part of what was asked about differences."""
    at.actor.must(InventoryDifference.resource, "update")
    wanted = Wanted.read(at.job.asked)

    def act(work: Work, line: Line) -> Outcome:
        difference = _locked(work, line.record or line.key or "")
        _done(work, difference, wanted)
        return _outcome(difference)

    if wanted.action != "sendOurs" or not at.job.collected:
        return go_through(at, "read", act)
    return _tell_all(at, wanted)


def _tell_all(at: At, wanted: Wanted) -> bool:
    """Tell theirs about the next differences, each without a transaction open."""
    until = time.monotonic() + PIECE_S
    lines = lines_of(at.services, at.job, states=("waiting",), limit=AT_ONCE)
    for line in lines:
        ident = line.record or line.key or ""
        refusal: Refusal | None = None
        made: str | None = None
        try:
            with transaction(at.services, at.actor) as work:
                difference = _locked(work, ident)
                message = message_of(work, difference)
            made = tell(at.services, message, f"{at.job.id} {difference.id}")
        except Refusal as caught:
            refusal = caught
        do_line(at, line, _noting(ident, wanted, made, refusal))
        if time.monotonic() > until:
            return False
    return len(lines) < AT_ONCE


def _noting(ident: str, wanted: Wanted, made: str | None, refusal: Refusal | None) -> Any:
    def note(work: Work, _line: Line) -> Outcome:
        if refusal is not None:
            raise refusal
        difference = _locked(work, ident)
        if made is not None:
            remember(work, difference, made, wanted.reason)
        _decide(work, difference, wanted)
        return _outcome(difference)

    return note


def _locked(work: Work, ident: str) -> InventoryDifference:
    """Return a difference that something may still be done about."""
    difference = work.lock(InventoryDifference, ident)
    if difference.status not in NOT_CLOSED:
        raise Conflict("conflictState", f"{difference.key} is closed; nothing differs any more")
    return difference


def _done(work: Work, difference: InventoryDifference, wanted: Wanted) -> str:
    """Do what was asked about a difference; return in words what that was."""
    if wanted.action in {"takeTheirs", "order"} and difference.status in {"corrected", "sent"}:
        raise Conflict("conflictState", f"{difference.key} is {difference.status}; compare again")
    does = ""
    order: dict[str, Json] | None = None
    if wanted.action == "takeTheirs":
        does = take_theirs(work, difference, wanted.reason).key
    elif wanted.action == "order":
        order = _order(work, difference, wanted.reason)
        does = str(order["name"])
    _decide(work, difference, wanted, order)
    return does


def _decide(
    work: Work, difference: InventoryDifference, wanted: Wanted,
    order: dict[str, Json] | None = None,
) -> None:  # fmt: skip
    with work.edit(InventoryDifference, difference.id) as edited:
        edited.raw["status"] = AFTER[wanted.action]
        edited.reason = wanted.reason
        edited.decided_by = work.actor.name
        edited.decided_at = work.now
        edited.ignored_until = wanted.until if wanted.action == "ignore" else None
        if order is not None:
            edited.raw["correctingOrder"] = order


def _order(work: Work, difference: InventoryDifference, reason: str) -> dict[str, Json]:
    """Make the order that brings our record to theirs, or ends what theirs does not know."""
    kind, what = difference.record_kind, difference.difference_kind
    name = str(difference.attribute)
    if what not in {"characteristic", "missingThere"} or (name in OWN and kind == "Resource"):
        message = "no order brings this right; take theirs, or tell them ours"
        raise Conflict("conflictNotOrdered", message)
    record = work.get(KINDS[kind], difference.record.id if difference.record is not None else "")
    if record is None:
        raise NotFound("notFound", "our record is not there any more; compare again")
    about: dict[str, Json] = {"id": record.id}
    if what == "characteristic":
        value = like(difference.theirs, values_in(kind, record.raw).get(name))
        about[f"{kind.lower()}Characteristic"] = [{"name": name, "value": value}]
    customer = customer_in(record.raw)
    item = {"id": "1", "action": "delete" if what == "missingThere" else "modify",
            kind.lower(): about}  # fmt: skip
    body: dict[str, Json] = {"category": CATEGORY, "description": reason}
    body["serviceOrderItem" if kind == "Service" else "orderItem"] = [item]
    if customer is not None:
        body["relatedParty"] = [dict(customer)]
    made = create(work, (ServiceOrder if kind == "Service" else ResourceOrder).resource, body)
    return {"id": made.id, "name": made.key, "@referredType": made.resource.name}


def _outcome(difference: InventoryDifference) -> Outcome:
    return "changed", difference.id, difference.key, difference.meta.version, None


def _faults(sent: Mapping[str, Any]) -> Iterator[Fault]:
    if sent.get("action") not in ACTIONS:
        yield Fault("action", "badValue", f"choose one of {', '.join(ACTIONS)}")
    reason, until = sent.get("reason"), sent.get("until")
    if not isinstance(reason, str) or not reason.strip():
        yield Fault("reason", "required", "say why; it stands with the difference")
    elif len(reason) > TEXT_MAX:
        yield Fault("reason", "tooLong", f"has room for {TEXT_MAX} characters")
    if until is not None and not is_moment(until):
        yield Fault("until", "badDateTime", "must be a moment with its time zone")
    elif until is not None and sent.get("action") != "ignore":
        yield Fault("until", "notAsked", "is for what is left alone only")
