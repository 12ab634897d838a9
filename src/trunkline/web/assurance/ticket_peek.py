"""One ticket: its clock with every stretch, its steps, its doubles, the outages around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trunkline.assurance.problem.outages import gravest_first, hitting, is_planned
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.assurance.ticket.keeping import clock_of, terms_of
from trunkline.assurance.ticket.likeness import alike
from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk, Visit
from trunkline.web.record_page import head_of
from trunkline.web.records import Branch, Record, document_at, record_of, seen, select_among
from trunkline.web.values import EMPTY, instant, span, state
from trunkline.web.wording import words
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.worklist import Deed

FRONT = ("take", "resolve", "assign")
GOES_ON = ("pending", "held")


def ticket_peek(
    desk: Desk, _visit: Visit, work: Work, ident: str, deeds: Sequence[Deed]
) -> dict[str, Any]:
    """Return the values of `assurance_ticket.html`."""
    record = record_of(work, TroubleTicket.resource, ident)
    ticket = document_at(work, TroubleTicket, record.id)
    assert ticket is not None, "it was read a moment ago"
    shown = TroubleTicket.wrap(dict(record.document))
    is_open = ticket.status in OPEN
    doubles, outages = _around(work, ticket, with_doubles=is_open)
    held = ticket.assignee
    holder = shown.assignee
    return head_of(desk, record) | {
        "ident": record.id,
        "customer_name": customer_of(record),
        "customer_address": _customer_address(record),
        "is_open": is_open,
        "description": shown.description or "",
        "assigned": holder.name if holder is not None else "",
        "queue_of": words(shown.handled_by or ""),
        "severity": words(shown.severity or ""),
        "priority": shown.priority or "",
        "kind_of": _kind_of(work, shown),
        "level": shown.escalation_level or 0,
        "clock": _clock(desk, work, ticket),
        "steps": [
            {"title": one.title, "how": one.instruction or "", "done": bool(one.is_done),
             "must": bool(one.is_mandatory), "by": one.done_by or "",
             "at": instant(one.done_at, desk.zone) if one.done_at else EMPTY}
            for one in shown.checklist
        ],
        "doubles": [*_doubles(doubles, sees_names=record.hidden is None)],
        "subjects": [*_subjects(desk, work, shown)],
        "outages": [*_outages(work, outages)],
        "may_change": any(one.may(work.actor) for one in deeds),
        "deeds": [
            one
            for one in deeds
            if is_open
            and one.in_bar
            and one.may(work.actor)
            and (one.name != "release" or held is not None)
            and (one.name != "take" or held is None or held.id != work.actor.id)
            and (one.name != "go" or ticket.status in GOES_ON)
        ],
        "front": FRONT,
        "self_address": f"/tickets/{record.key}",
    }  # fmt: skip


def _kind_of(work: Work, ticket: TroubleTicket) -> str:
    kind = terms_of(work, ticket)
    if kind is not None and kind.document.code == ticket.ticket_type:
        return kind.document.name or ""
    return words(ticket.ticket_type or "")


def _clock(desk: Desk, work: Work, ticket: TroubleTicket) -> dict[str, Any]:
    """Return what the clock says, in words, and each stretch with whether it counted."""
    found = clock_of(work, ticket)
    kind = terms_of(work, ticket)
    left = found.left
    used = 0
    if found.target:
        used = min(100, round(100 * found.elapsed / found.target))
    return {
        "has_target": found.target is not None,
        "standing": found.standing,
        "is_late": found.breached_at is not None,
        "elapsed": span(found.elapsed),
        "target": span(found.target) if found.target is not None else "",
        "left": span(abs(left)) if left is not None else "",
        "due": instant(found.due, desk.zone) if found.due is not None else EMPTY,
        "used": used,
        "calendar": kind.calendar_name if kind is not None else "",
        "intervals": [
            {"state": state(one.status), "start": instant(one.start, desk.zone),
             "counts": one.counts, "elapsed": span(one.elapsed) if one.counts else "",
             "length": span(one.end - one.start)}
            for one in found.intervals
        ],
    }  # fmt: skip


def _around(
    work: Work, ticket: TroubleTicket, *, with_doubles: bool
) -> tuple[list[TroubleTicket], list[ServiceProblem]]:
    """Return the tickets that may be about the same, and the outages around, in one statement."""
    asked = alike(work, ticket) if with_doubles else None
    branches = []
    if asked is not None:
        text = f"t.id in ({asked.text})"
        branches.append(Branch(ticket.resource, text, asked.parameters, "order by t.id desc"))
    if work.actor.grant(ServiceProblem.resource, "read") is not None and ticket.related_entity:
        hit = hitting([each.id for each in ticket.related_entity])
        branches.append(Branch(ServiceProblem.resource, hit.text, hit.parameters))
    found = select_among(work, branches)
    doubles = [one for one in found if isinstance(one, TroubleTicket)]
    return doubles, gravest_first(one for one in found if isinstance(one, ServiceProblem))


def _doubles(found: Iterable[TroubleTicket], *, sees_names: bool) -> Iterator[dict[str, Any]]:
    for one in found:
        name = one.name if sees_names and one.name else ""
        yield {"key": one.key, "name": name, "address": f"/tickets/{one.key}",
               "state": state(str(one.status))}  # fmt: skip


def _subjects(desk: Desk, work: Work, ticket: TroubleTicket) -> Iterator[dict[str, Any]]:
    """Yield what a ticket is about, as far as the visitor may read it."""
    for one in ticket.related_entity:
        resource = work.services.registry.resources.get(str(one.referred_type))
        address = ""
        if resource is not None and work.actor.grant(resource, "read") is not None:
            address = desk.addresses.of_record(resource, one.id)
        yield {
            "kind": resource.title if resource is not None else words(str(one.referred_type or "")),
            "name": one.name or one.id,
            "address": address,
        }


def _outages(work: Work, found: Iterable[ServiceProblem]) -> Iterator[dict[str, Any]]:
    for one in found:
        shown = ServiceProblem.wrap(dict(seen(work, one).document))
        yield {
            "key": one.key,
            "name": shown.name or one.key,
            "planned": is_planned(shown),
            "address": f"/problems/{one.key}",
        }


def _customer_address(record: Record) -> str:
    hidden = record.hidden
    if hidden is not None and is_hidden(hidden, "relatedParty.id"):
        return ""
    for one in record.document.get("relatedParty") or ():
        if isinstance(one, dict) and one.get("@referredType") == "Customer":
            return f"/customer/{one['id']}"
    return ""
