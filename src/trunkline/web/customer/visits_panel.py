"""The visits of a customer: who comes when, and another time for one that is ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.documents.shape import Json, parse_instant
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.web.customer.gathering import NAMED_BY
from trunkline.web.desk import Desk
from trunkline.web.fieldwork.board import span
from trunkline.web.records import Branch, Record, seen, sees, select_among
from trunkline.web.values import instant, state

VISITS_MAX, OVER_MAX = 40, 3
NAMED = "select f.source from {table} f where f.type = %s and f.path = %s and f.target = any({of})"


def visits_shown(
    desk: Desk, work: Work, idents: Sequence[str], customer_key: str
) -> dict[str, Any]:
    """Return the visits ahead, the soonest first, and the last ones that are over."""
    found = [_shown(desk, one, customer_key) for one in _visits(work, idents)]
    granted = work.actor.grant(Appointment.resource, "update")
    ahead = sorted((one for one in found if one["is_open"]), key=lambda one: str(one["start"]))
    over = sorted((one for one in found if not one["is_open"]), key=lambda one: str(one["start"]))
    return {
        "ahead": ahead,
        "over": over[: -OVER_MAX - 1 : -1],
        "may_move": granted is not None,
        "all": f"{desk.addresses.of_list(Appointment.resource)}?relatedParty.id={','.join(idents)}",
    }


def _visits(work: Work, idents: Sequence[str]) -> list[Record]:
    """Return the visits that name one of these parties, or whose work order does: open ones first.

    A work order says whose visit it is where the appointment itself does not.
    """
    kind, order = Appointment.resource, WorkOrder.resource
    if not sees(work, kind, f"{NAMED_BY}.id"):
        return []
    named = [one for one in idents if UUID.match(one)]
    own = NAMED.format(table=kind.reference_table, of="%s::uuid[]")
    texts, values = [f"t.id in ({own})"], [kind.name, NAMED_BY, named]
    if sees(work, kind, "workOrder.id"):
        orders = NAMED.format(table=order.reference_table, of="%s::uuid[]")
        through = NAMED.format(table=kind.reference_table, of=f"array({orders})")
        texts.append(f"t.id in ({through})")
        values += [kind.name, "workOrder", order.name, NAMED_BY, named]
    tail = (
        "order by t.p_status in ('initialized', 'confirmed') desc, "
        f"t.p_valid_for_start_date_time desc limit {VISITS_MAX}"
    )
    branch = Branch(kind, f"({' or '.join(texts)})", values, tail)
    return [seen(work, one) for one in select_among(work, [branch])]


def _shown(desk: Desk, one: Record, customer_key: str) -> dict[str, Any]:
    document = one.document
    team = document.get("team")
    start, end = _instants(document.get("validFor"))
    return {
        "key": one.key,
        "label": one.label,
        "address": desk.addresses.of_record(one.resource, one.key),
        "state": state(str(document.get("status") or "")),
        "is_open": document.get("status") in OPEN,
        "start": start,
        "at": instant(start, desk.zone),
        "span": span(parse_instant(start), parse_instant(end), desk.zone) if start and end else "",
        "team": str(team.get("name") or "") if isinstance(team, dict) else "",
        "slots": f"/appointments/{one.key}/slots?back=/customer/{customer_key}",
    }


def _instants(period: Json) -> tuple[str, str]:
    """Return from when until when, empty where that is not told or may not be seen."""
    told = period if isinstance(period, dict) else {}
    return str(told.get("startDateTime") or ""), str(told.get("endDateTime") or "")
