"""Fallout records: opened where steps fall out, kept up to date, and closed when they go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from trunkline.documents.shape import Json
from trunkline.ordering.edits import Edits, set_state
from trunkline.ordering.fallout import CLOSED, Fallout, FalloutAttempt, FalloutCause
from trunkline.ordering.jeopardy.value import worth_of
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.party_reference import RelatedParty

ROOT_REFERENCE = {
    "ProductOrder": "productOrder",
    "ServiceOrder": "serviceOrder",
    "ResourceOrder": "resourceOrder",
}
NETWORK = "network"
"""What the system is called that services are activated in."""


def keep_fallouts(edits: Edits, plan: Plan, at: datetime) -> None:
    """Open a record for each step that fell out, and close those of steps that have ended."""
    for item in plan.moved("fallout"):
        found = edits.one(Fallout, item.fallout)
        if found is None:
            found = edits.new(_opened(edits, plan, item), edits.work.services.chance.uuid())
            plan.put(replace(item, fallout=found.id))
        elif found.state == "inProgress":
            set_state(found, "open")
        found.cause = _cause(item)
        found.attempt = _attempts(item)
    ended = plan.moved("completed", "skipped", "canceled")
    edits.take(Fallout, [one.fallout for one in ended])
    for item in ended:
        record = edits.one(Fallout, item.fallout)
        if record is not None and record.state not in CLOSED:
            close(record, at, how=item.state)


def keep_late(edits: Edits, item: PlanItem) -> None:
    """Say in a step's record what was told too late of its tries."""
    record = edits.one(Fallout, item.fallout)
    if record is not None:
        record.attempt = _attempts(item)


def close(record: Fallout, at: datetime, *, how: str) -> None:
    """Close a record: resolved and closed, or canceled together with its step."""
    set_state(record, "canceled" if how == "canceled" else "closedComplete")
    if record.resolution is None:
        record.resolution = how
    record.closed_at = at


def _opened(edits: Edits, plan: Plan, item: PlanItem) -> Fallout:
    fallout = Fallout(
        state="open",
        task_name=item.title or item.name,
        plan_item_id=item.id,
        cause=_cause(item),
        fallout_type=_type(item),
        due_at=item.due_at,
    )
    fallout.raw[ROOT_REFERENCE[plan.kind]] = {"id": plan.root, "@referredType": plan.kind}
    if item.service_order is not None and plan.kind == "ProductOrder":
        fallout.raw["serviceOrder"] = {"id": item.service_order, "@referredType": "ServiceOrder"}
    if item.resource_order is not None and plan.kind != "ResourceOrder":
        fallout.raw["resourceOrder"] = {"id": item.resource_order, "@referredType": "ResourceOrder"}
    fallout.product_order_item_id = item.item_id if plan.kind == "ProductOrder" else None
    order = edits.one(ProductOrder, plan.root) if plan.kind == "ProductOrder" else None
    if order is not None:
        fallout.related_party = [
            RelatedParty.wrap(dict(one.raw))
            for one in order.related_party
            if (one.role or "").lower() == "customer"
        ]
        worth, currency = worth_of(order, edits.work.now)
        if worth is not None:
            fallout.raw["orderValue"] = {"unit": currency, "value": worth}
    return fallout


def _type(item: PlanItem) -> str:
    """Return the type of a fallout: as it was raised, else by what the step does."""
    tries = item.attempts if isinstance(item.attempts, list) else []
    if tries and tries[-1].get("raisedBy") and item.error_code is not None:
        return item.error_code
    if item.layer == "resource":
        return "inventoryAllocationFailure"
    return "provisioningFailure" if item.kind == "callout" else "custom"


def _cause(item: PlanItem) -> FalloutCause:
    cause = FalloutCause.wrap({"kind": item.error_kind or "technical"})
    cause.code, cause.message = item.error_code, item.error_message
    cause.system = (item.system or NETWORK) if item.kind == "callout" else None
    if item.error_kind == "order" and isinstance(item.request, dict):
        cause.path = item.request.get("path") or None
    return cause


def _attempts(item: PlanItem) -> list[FalloutAttempt]:
    found: list[Json] = item.attempts if isinstance(item.attempts, list) else []
    return [FalloutAttempt.wrap(dict(one)) for one in found]
