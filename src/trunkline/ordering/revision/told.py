"""Revisions told: previews, versions and points of no return as JSON, for API and pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trunkline.documents.shape import Json
from trunkline.ordering.revision.assessment import Assessment
from trunkline.ordering.revision.carrying_out import steps_told
from trunkline.ordering.revision.comparison import Difference
from trunkline.ordering.revision.content import ITEMS
from trunkline.ordering.revision.no_return import Passed
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
