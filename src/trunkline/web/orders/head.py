"""The head of an order's page: who, where, when, for how much, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering.cancellation import BEGUN, NOT_BEGUN
from trunkline.ordering.capture.moving import HELD
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.plan_item import ENDED
from trunkline.ordering.price_effect import added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.verbs import REVISE
from trunkline.ordering.shown_lines import item_within
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.web.desk import Desk
from trunkline.web.details.moves import moves_of
from trunkline.web.facts import Teller
from trunkline.web.navigation import is_customer
from trunkline.web.orders.order_items import WHOLES, OrderKind
from trunkline.web.orders.plan import Plan, span, told_reason
from trunkline.web.orders.rows import late_by, step_address
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, instant, price
from trunkline.web.wording import words

DATES = ("orderDate", "requestedStartDate", "requestedCompletionDate", "committedCompletionDate",
         "expectedCompletionDate", "startDate", "completionDate", "cancellationDate")  # fmt: skip
EXPECTED = "expectedCompletionDate"
PROMISES = ("committedCompletionDate", "requestedCompletionDate")
TITLES = {"held": "Hold", "inProgress": "Resume", "acknowledged": "Submit",
          "pending": "Back to draft", "rejected": "Reject"}  # fmt: skip
"""What asking for a state is called; calling off is a task of its own."""
SITES_MAX = 3
DEPTH_MAX = 8


def parties_of(kind: OrderKind, order: Record, teller: Teller) -> list[dict[str, Any]]:
    """Return the parties of an order with their roles."""
    attribute = kind.type.by_json_name()["relatedParty"]
    found = order.document.get("relatedParty")
    return [
        {
            "role": words(str(one.get("role") or "party")),
            "cell": teller.link(attribute.shape, one) or EMPTY,
        }
        for one in found or ()
        if isinstance(one, dict)
    ]


def dates_of(desk: Desk, order: Record, plan: Plan) -> list[dict[str, Any]]:
    """Return the dates of an order that are known; a plan that ends later says what is expected.

    The record says the same a moment later.
    """
    known = {name: order.document.get(name) for name in DATES}
    return _dates(desk, known, plan)


def _dates(desk: Desk, known: Mapping[str, Json], plan: Plan) -> list[dict[str, Any]]:
    is_planned = not plan.is_done and any(one.kind != "wait" for one in plan.steps)
    found: dict[str, Json | datetime] = {name: one for name, one in known.items()
                                         if isinstance(one, str)}  # fmt: skip
    said, planned = found.get(EXPECTED), plan.expected_end
    if isinstance(said, str) and is_planned and planned is not None:
        found[EXPECTED] = max(parse_instant(said), planned)
    return [{"label": words(name), "cell": instant(one, desk.zone)} for name, one in found.items()]


def plan_edits_of(desk: Desk, order: Record) -> list[dict[str, Any]]:
    """Return what experts have edited about an order's plan, as far as the visitor sees it."""
    return [
        {"by": str(one.get("by") or ""), "at": instant(one.get("at"), desk.zone),
         "reason": str(one.get("reason") or ""), "change": list(one.get("change") or ())}
        for one in reversed(order.document.get("planEdit") or [])
    ]  # fmt: skip


LINE_DATES = ("requestedStartDate", "requestedCompletionDate", "committedCompletionDate",
              "expectedCompletionDate")  # fmt: skip


def line_dates(desk: Desk, order: Record, line: str, plan: Plan) -> list[dict[str, Any]]:
    """Return the dates of a line that are known: its own, else those of its order."""
    item = item_within(order.document, line) or {}
    known = {name: item.get(name) or order.document.get(name) for name in LINE_DATES}
    return _dates(desk, known, plan)


def item_state(order: Record, line: str) -> str | None:
    """Return the published state of a line, None where it has none."""
    found = (item_within(order.document, line) or {}).get("state")
    return found if isinstance(found, str) else None


def sites_of(order: Record, teller: Teller) -> list[Cell]:
    """Return the places where an order is carried out, the first few."""
    found: dict[str, Cell] = {}
    for one in _places(order.document, 0):
        ident = one.get("id")
        mention = teller.mentions.get(ident) if isinstance(ident, str) else None
        if mention is not None:
            found[mention.key] = Cell("link", mention.label, address=mention.address)
    return list(found.values())[:SITES_MAX]


def _places(value: Json, depth: int) -> Iterator[dict[str, Json]]:
    if isinstance(value, list):
        for one in value:
            yield from _places(one, depth + 1)
    elif isinstance(value, dict) and depth < DEPTH_MAX:
        for name, one in value.items():
            if name == "place":
                yield from (each for each in (one if isinstance(one, list) else [one])
                            if isinstance(each, dict))  # fmt: skip
            else:
                yield from _places(one, depth + 1)


def prices_of(order: Record, now: datetime) -> list[dict[str, Any]]:
    """Return what the items of a product order cost, once and per period."""
    if order.resource is not ProductOrder.resource:
        return []
    held = ProductOrder.wrap(order.document)
    effects = added_up(line_effects(lines_of(held), {}, at=now).values())
    return [
        {"period": one.kind.period or "", "text": price(one.new, one.kind.currency)}
        for one in effects
        if one.new
    ]


def doings_of(desk: Desk, work: Work, kind: OrderKind, order: Record) -> dict[str, Any]:
    """Return what the visitor may do with an order as a whole."""
    if is_customer(work.actor):
        return {"moves": [], "may_cancel": False, "may_change": False, "edit": "", "copy": "",
                "check": ""}  # fmt: skip
    state = str(internal_state(order.resource, order.document) or order.document.get("state"))
    is_part = any(isinstance(order.document.get(one), dict) for one in WHOLES)
    cancel = kind.cancel.resource
    list_address = desk.addresses.of_list(order.resource)
    may = {one: work.actor.grant(order.resource, one) is not None for one in ("update", "create")}
    _, moves = moves_of(work.actor, order)
    is_begun = state in BEGUN
    # A service order that was put on hold first is looked at when it is released.
    is_looked_at = state in HELD or ("intakeState" in order.document and state != "held")
    return {
        "moves": [
            {"state": one.state, "title": TITLES[one.state],
             "is_first": one.state in {"acknowledged", "inProgress"}}
            for one in moves
            if one.state in TITLES and not is_part and not is_looked_at
            and (one.state, state) != ("inProgress", "acknowledged")
        ],
        "may_cancel": work.actor.grant(cancel, "create") is not None
        and not is_part and (is_begun or state in NOT_BEGUN),
        "may_change": order.resource is ProductOrder.resource
        and state in ("inProgress", "revisionInProgress")
        and work.actor.may(REVISE) is not None,
        "edit": f"{list_address}/{order.key}/edit"
        if may["update"] and (state == "rejected" or not order_has_ended(state)) else "",
        "copy": f"{list_address}/new?copy={order.key}" if may["create"] and not is_part else "",
        "check": _check_of(work, order) if not order_has_ended(state) else "",
    }  # fmt: skip


def _check_of(work: Work, order: Record) -> str:
    """Return where the offers of an order are checked: the answer it names, else a new one."""
    resource = ProductOfferingQualification.resource
    if order.resource is not ProductOrder.resource or work.actor.grant(resource, "create") is None:
        return ""
    named = order.document.get("productOfferingQualification") or ()
    ident = next((str(one["id"]) for one in named if one.get("id")), "")
    return f"/qualify/{ident}" if ident else f"/availability/ProductOrder/{order.key}"


def order_has_ended(state: str) -> bool:
    """Tell whether nothing is left to be done for an order in this state."""
    return state not in BEGUN | NOT_BEGUN | {"assessingCancellation"}


def why_late(plan: Plan, order: Record, address: str, view: str) -> dict[str, Any] | None:
    """Return why an order stands still or is late: the step that holds it up; None if all is well.

    `kind` says how the template puts it: `stands`, `overdue`, `slow` or `waits`.
    """
    step = plan.held_up_by
    if step is None or plan.is_done:
        return None
    found = {
        "id": step.id, "name": step.called, "address": step_address(address, step.id, view),
        "code": step.error_code or "", "reason": told_reason(step.reason), "by": "", "promised": "",
    }  # fmt: skip
    behind = _behind(plan, order)
    if behind is not None:
        found |= {"by": span(behind[1]), "promised": words(behind[0])}
    if step.state == "fallout":
        return found | {"kind": "stands"}
    if behind is not None:
        return found | {"kind": "overdue"}
    if plan.schedule[step.id].is_late:
        return found | {"kind": "slow", "by": late_by(plan, step)}
    return found | {"kind": "waits"} if step.kind == "wait" and step.state not in ENDED else None


def _behind(plan: Plan, order: Record) -> tuple[str, timedelta] | None:
    """Return the promise that an order breaks and by how much, None where it keeps them."""
    end = plan.expected_end
    for name in PROMISES:
        promised = order.document.get(name)
        if isinstance(promised, str) and end is not None:
            late = end - parse_instant(promised)
            return (name, late) if late > timedelta() else None
    return None
