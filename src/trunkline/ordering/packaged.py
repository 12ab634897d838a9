"""Packaged: what an operator decided about orders, as sections of a configuration package.

Records are known by their names. Of a plan definition the version in force goes along; where it is
otherwise here it becomes the next version, so that running orders keep theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.patch import copied
from trunkline.governance.packaged_records import Turn, named, packaged
from trunkline.governance.packages import Body, Section, bring
from trunkline.kernel.work import Work
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.design.decision_table import DecisionTable
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.outside_system import OutsideSystem
from trunkline.ordering.jeopardy.delivery_policy import DeliveryPolicy
from trunkline.ordering.jeopardy.priority_factor import PriorityFactor
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar
from trunkline.ordering.repair.failure_policy import FailurePolicy
from trunkline.ordering.revision.change_policy import ChangePolicy
from trunkline.rest.writing import change, create

SAID = ("code", "name", "description", "item")
"""What a plan definition says itself; number and state are an installation's own."""
MERGE: Final = "application/merge-patch+json"
LIMIT = 10_000


def calendar_named(attribute: str) -> Turn:
    """Return what says a working calendar by its name, which means the same everywhere."""

    def turn(work: Work, body: Body) -> Body:
        held = body.get(attribute)
        if not isinstance(held, dict):
            return body
        found = work.get(WorkingCalendar, str(held["id"]))
        return body | {attribute: found.name if found is not None else None}

    return turn


def calendar_found(attribute: str) -> Turn:
    """Return what finds the working calendar of a name; refuses one that there is not."""

    def turn(work: Work, body: Body) -> Body:
        name = body.get(attribute)
        if not isinstance(name, str):
            return body
        for one in work.find(WorkingCalendar, {"name": name}, limit=1):
            return body | {attribute: {"id": one.id}}
        message = f"there is no calendar {name}; take it, too"
        raise Invalid.of([Fault(attribute, "badValue", message)])

    return turn


def _definitions(work: Work) -> Mapping[str, Body]:
    """Return of every code the version in force, else the last draft."""
    work.actor.must(PlanDefinition.resource, "read")
    found: dict[str, PlanDefinition] = {}
    for one in sorted(
        work.find(PlanDefinition, {}, limit=LIMIT),
        key=lambda each: (each.lifecycle_status == "published", int(each.plan_version or 0)),
    ):
        if one.lifecycle_status != "retired":
            found[one.code] = one
    return {code: _said(one) for code, one in sorted(found.items())}


def _said(one: PlanDefinition) -> Body:
    body = {name: copied(one.raw[name]) for name in SAID if name in one.raw}
    return body | {"isPublished": one.lifecycle_status == "published"}


def _write_definition(work: Work, _key: str, body: Body, _here: Body | None) -> None:
    """Draft the next version of a definition and publish it, if it is published there."""
    work.actor.must(PlanDefinition.resource, "create")
    sent = {name: copied(body[name]) for name in SAID if name in body}
    made = create(work, PlanDefinition.resource, sent)
    if body.get("isPublished"):
        work.actor.must(PlanDefinition.resource, "update")
        drafted = work.lock(PlanDefinition, made.id)
        change(work, drafted, {"lifecycleStatus": "published"}, MERGE)


packaged(OrderPolicy, "orderPolicies", "Order policies", key=named("name", "effect"), order=80)
packaged(
    ChangePolicy, "changePolicies", "Policies for changes", key=named("name", "occasion"), order=81
)
packaged(WorkingCalendar, "workingCalendars", "Working calendars", key=named("name"), order=82)
packaged(FailurePolicy, "failurePolicies", "Failure policies", key=named("name"), order=88)
packaged(
    DeliveryPolicy, "deliveryPolicies", "Delivery policies", key=named("name"), order=83,
    outward=calendar_named("calendar"), inward=calendar_found("calendar"),
)  # fmt: skip
packaged(PriorityFactor, "priorityFactors", "Priority factors", key=named("name"), order=84)
packaged(OutsideSystem, "outsideSystems", "Outside systems", key=named("code"), order=85)
bring(
    Section("planDefinitions", "Plan definitions", _definitions, named("code"), _write_definition),
    order=86,
)
packaged(DecisionTable, "decisionTables", "Decision tables", key=named("purpose", "name"), order=87)
