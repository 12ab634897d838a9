"""One fallout: what stopped, what was sent and answered, and what can be done about it."""

from __future__ import annotations

from typing import Any

from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.plan_item import ENDED
from trunkline.ordering.repair.calling_off import may_call_off
from trunkline.screens.read_ahead import held
from trunkline.web.desk import Desk, Visit
from trunkline.web.facts import pointed_at
from trunkline.web.orders.order_items import PRODUCT_ORDER, RESOURCE_ORDER, SERVICE_ORDER
from trunkline.web.orders.plan import read_plan
from trunkline.web.orders.rows import step_address
from trunkline.web.orders.step_pane import StepPane
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Branch, Record, documents_and, record_of
from trunkline.web.values import EMPTY, instant
from trunkline.web.wording import choice
from trunkline.web.worklist.fallout_queue import (
    DEEDS,
    customer_of,
    fallout_row,
    order_of,
    root_of,
)

KINDS = {one.reference: one for one in (PRODUCT_ORDER, SERVICE_ORDER, RESOURCE_ORDER)}

STOPPED = ("retry", "complete", "skip")
FRONT = ("retry", "assign", "note")


def fallout_peek(desk: Desk, _visit: Visit, work: Work, ident: str) -> dict[str, Any]:
    """Return the values of `worklist_fallout.html`."""
    record = record_of(work, Fallout.resource, ident)
    _read_ahead(work, record)
    teller = teller_of(desk, work, record)
    row = fallout_row(work, record, order_of(record, teller))
    told = {one.name: one for one in teller.facts(Fallout, record.document)}
    cause = record.document.get("cause")
    said = cause if isinstance(cause, dict) else {}
    is_open = record.document.get("state") not in CLOSED
    step = _step(desk, work, record)
    sees = "personal" in work.actor.must(Fallout.resource, "read").sees
    return head_of(desk, record) | {
        "row": row,
        "customer_name": customer_of(record),
        "cause": {
            "kind": choice(str(said.get("kind") or "")),
            "code": str(said.get("code") or ""),
            "system": str(said.get("system") or ""),
            "message": str(said.get("message") or ""),
            "path": str(said.get("path") or ""),
        },
        "is_open": is_open,
        "stands": is_open and step is not None and step["stands"],
        "is_tried": is_open and step is not None and step["is_tried"],
        "step": step,
        "sees_values": sees,
        "assigned": row.owner,
        "due": instant(row.due, desk.zone) if row.due else EMPTY,
        "late": row.due is not None and row.due < work.now,
        "resolution": told["resolution"].value if "resolution" in told else None,
        "tried": told["attempt"].value if sees and "attempt" in told and step is None else None,
        "deeds": [
            one
            for one in DEEDS
            if is_open
            and one.in_bar
            and one.may(work.actor)
            and (one.name not in STOPPED or (step is not None and step["stands"]))
            and (one.name != "release" or row.owner)
        ],
        "front": FRONT,
        "fix": next((one for one in DEEDS if one.name == "fix" and one.may(work.actor)), None),
        "call_off": f"/fallout/{record.key}/cancel" if _may_call_off(work, record, step) else "",
        "plan_address": row.address if step is not None else "",
        "self_address": f"/fallout/{record.key}",
    }


def _read_ahead(work: Work, record: Record) -> None:
    """Read what a fallout points at, with what says which values its step takes."""
    item = str(record.document.get("planItemId") or "")
    branches = [
        Branch(
            one.resource,
            "t.id in (select p.specification from plan_item p where p.id = %s)",
            [item],
        )
        for one in SPECIFICATIONS.values()
        if UUID.fullmatch(item) and work.actor.grant(one.resource, "read") is not None
    ]
    documents_and(
        work, pointed_at(work.services.registry, record.resource, record.document), branches
    )


def _may_call_off(work: Work, record: Record, step: dict[str, Any] | None) -> bool:
    root = root_of(record)
    is_still = step is not None and step["stands"]
    return is_still and root is not None and may_call_off(work.actor, root[0])


def _step(desk: Desk, work: Work, record: Any) -> dict[str, Any] | None:
    """Return the pane of the step that stands still, None where it is gone or out of reach."""
    root = root_of(record)
    if root is None or work.actor.grant(KINDS[root[0]].type.resource, "read") is None:
        return None
    kind = KINDS[root[0]]
    plan = read_plan(work, root[1])
    step = plan.by_id.get(str(record.document.get("planItemId")))
    order = held(work, kind.type, root[1])
    if step is None or order is None:
        return None
    sees = work.actor.must(kind.type.resource, "read").sees
    values = StepPane(desk, kind).values(
        work, plan, step, address=kind.base + order.key, view="timeline",
        shows_words="personal" in sees and "personal" in work.actor.must(
            Fallout.resource, "read").sees,
    )  # fmt: skip
    return values | {
        "stands": step.state == "fallout",
        "is_tried": step.state not in ENDED | {"fallout"},
        "page": step_address(kind.base + order.key, step.id, "timeline"),
    }
