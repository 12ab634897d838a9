"""Revisions told: previews, versions and points of no return as JSON, for API and pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.assessment import Assessment
from trunkline.ordering.revision.carrying_out import steps_told
from trunkline.ordering.revision.comparison import Difference
from trunkline.ordering.revision.content import ITEMS, content_of
from trunkline.ordering.revision.no_return import Passed, passed_lines
from trunkline.ordering.revision.setting import setting_of
from trunkline.ordering.revision.versions import Version


def preview_told(found: Assessment, *, shows_personal: bool) -> dict[str, Json]:
    """Return what a change would do."""
    told: dict[str, Json] = {
        "fault": [
            {"path": one.path, "code": one.code, "message": one.message} for one in found.faults
        ],
        "difference": differences_told(found.differences, shows_personal=shows_personal),
        "compensation": [one.raw for one in steps_told(found)],
        "price": [
            {
                "priceType": one.kind.price_type,
                "recurringChargePeriod": one.kind.period,
                "unit": one.kind.currency,
                "old": one.old,
                "new": one.new,
                "delta": one.delta,
            }
            for one in found.prices
        ],
        "needsApproval": list(found.approvals),
        "pointOfNoReturn": passed_told(found.passed.items()),
        "copyChoice": [one.as_json() for one in found.choices],
    }
    if found.terms.fee is not None:
        told["fee"] = found.terms.fee.raw
    return told


def differences_told(found: Iterable[Difference], *, shows_personal: bool) -> list[Json]:
    """Return what is other; the values are for those who may see personal ones."""
    told = []
    for one in found:
        body = one.as_json()
        if not shows_personal:
            body = {name: body[name] for name in ("itemId", "attribute") if name in body}
        told.append(body)
    return told


def versions_told(versions: Sequence[Version], *, shows_personal: bool) -> list[Json]:
    """Return the versions of an order: who made each, when and why, and its items."""
    found: list[Json] = []
    for one in versions:
        body: dict[str, Json] = {"version": one.number}
        if one.revision is not None:
            body["revision"] = {"id": one.revision.id, "key": one.revision.key}
            for name in ("requestedBy", "decidedBy", "reason") if shows_personal else ():
                if one.revision.raw.get(name) is not None:
                    body[name] = one.revision.raw[name]
            body["appliedAt"] = one.revision.raw.get("appliedAt")
        if shows_personal:
            body[ITEMS] = one.content.get(ITEMS)
        found.append(body)
    return found


def passed_of(work: Work, order: ProductOrder) -> dict[str, Passed]:
    """Return by line how an order is past a point of no return at present."""
    plan = plan_store.read(work, order.id)
    return passed_in(order, plan, specifications_of(work, plan)) if plan is not None else {}


def passed_in(order: ProductOrder, plan: Plan, catalog: CatalogSnapshot) -> dict[str, Passed]:
    """Return by line how an order is past a point of no return, by its plan; reads nothing."""
    asked = ProductOrder.wrap({**order.raw, **content_of(order)})
    return passed_lines(plan, lines_of(asked), lambda item: setting_of(item, catalog))


def specifications_of(work: Work, plan: Plan) -> CatalogSnapshot:
    """Return the specifications of a plan's steps, read at once."""
    wanted = array_of({one.specification for one in plan if one.specification is not None})
    selects = [
        f"select '{layer}', {ROW} from {kind.resource.table} t where t.id = any(%(ids)s::uuid[])"  # noqa: S608
        for layer, kind in SPECIFICATIONS.items()
    ]
    found: dict[str, dict[str, Any]] = {layer: {} for layer in SPECIFICATIONS}
    rows = work.connection.execute(" union all ".join(selects), {"ids": wanted}).fetchall()
    for layer, *row in rows:
        one = document_of(SPECIFICATIONS[layer], row)
        found[layer][one.id] = one
    return CatalogSnapshot(
        product_specifications=found["product"],
        service_specifications=found["service"],
        resource_specifications=found["resource"],
    )


def passed_told(passed: Iterable[tuple[str, Passed]]) -> list[Json]:
    """Return which lines are past which point of no return, and by which step."""
    return [
        {
            "itemId": line,
            "kind": one.kind,
            "step": one.step.title or one.step.name,
            "stepId": one.step.id,
            "reason": one.sentence,
        }
        for line, one in passed
    ]
