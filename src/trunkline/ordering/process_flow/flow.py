"""Flows: an order's plan and its steps as TMF701 tells them to the outside. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.resource import Api
from trunkline.ordering.plan_item import PlanItem, RootKind, StepState

TMF701 = Api("TMF701", "Process Flow Management", "4.0.0", "/tmf-api/processFlowManagement/v4")
FlowState: TypeAlias = Literal["active", "cancelled", "hold", "completed"]
TaskState: TypeAlias = Literal["new", "active", "hold", "cancelled", "completed"]

# What the states of product, service and resource orders, inside, are as those of a flow.
ORDER_STATES: Mapping[FlowState, tuple[str, ...]] = {
    "completed": ("completed", "partial", "failed"),
    "cancelled": ("canceled", "cancelled", "rejected"),
    "hold": ("onHold", "held", "awaitingInformation", "revisionInProgress",
             "assessingCancellation"),
}  # fmt: skip
_FLOW_STATE: Mapping[str, FlowState] = {
    word: state for state, listed in ORDER_STATES.items() for word in listed
}
_TASK_STATE: Mapping[StepState, TaskState] = {
    "pending": "new",
    "fallout": "hold",
    "completed": "completed",
    "skipped": "completed",
    "canceled": "cancelled",
}
RECORDS = (("product", "Product", "product"), ("service", "Service", "service"),
           ("resource", "Resource", "resource"), ("service_order", "ServiceOrder", "order"),
           ("resource_order", "ResourceOrder", "order"))  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """The plan of one order; `state` is the order's internal one, `steps` their ids in sequence."""

    id: str
    kind: RootKind
    key: str
    state: str
    begun_at: datetime | None
    steps: Sequence[str]


def flow_body(flow: Flow, base: str) -> dict[str, Json]:
    """Return a plan as a process flow; `base` is the address of the interface."""
    href = f"{base}/processFlow/{flow.id}"
    body: dict[str, Json] = {
        "id": flow.id,
        "href": href,
        "processFlowSpecification": flow.kind,
        "state": flow_state(flow.state),
        "relatedEntity": [
            {"id": flow.id, "name": flow.key, "role": "order", "@referredType": flow.kind}
        ],
        "taskFlow": [_reference(one, href) for one in flow.steps],
        "@type": "ProcessFlow",
    }
    if flow.begun_at is not None:
        body["processFlowDate"] = format_instant(flow.begun_at)
    return body


def task_body(step: PlanItem, base: str, *, shows_personal: bool) -> dict[str, Json]:
    """Return a step as a task flow; its values are for those who may see personal ones."""
    flow = f"{base}/processFlow/{step.root}"
    body: dict[str, Json] = {
        "id": step.id,
        "href": f"{flow}/taskFlow/{step.id}",
        "taskFlowSpecification": step.title or step.name,
        "completionMethod": "manual" if step.kind == "manual" else "automatic",
        "isMandatory": True,
        "state": task_state(step),
        "relatedEntity": list(_entities(step)),
        "taskFlowRelationship": [
            {"relationshipType": "dependsOn", "taskFlow": _reference(one, flow)}
            for one in step.needs
        ],
        "@type": "TaskFlow",
    }
    if shows_personal and step.values:
        body["characteristic"] = [
            {"name": name, "value": value} for name, value in step.values.items()
        ]
    return body


def flow_state(state: str) -> FlowState:
    """Return the state of a flow by the internal state of its order."""
    return _FLOW_STATE.get(state, "active")


def task_state(step: PlanItem) -> TaskState:
    """Return the state of a step as that of a task flow; one that stands still is on hold."""
    if step.hold is not None and step.state in {"pending", "ready"}:
        return "hold"
    return _TASK_STATE.get(step.state, "active")


def chosen(body: Mapping[str, Json], fields: Sequence[str] | None) -> dict[str, Json]:
    """Return what of a flow is asked for, and its id and address."""
    if fields is None:
        return dict(body)
    wanted = {"id", "href", "@type", *fields}
    return {name: value for name, value in body.items() if name in wanted}


def _entities(step: PlanItem) -> Iterable[dict[str, Json]]:
    for name, kind, role in RECORDS:
        ident = getattr(step, name)
        if ident is not None:
            yield {"id": ident, "role": role, "@referredType": kind}


def _reference(ident: str, flow: str) -> dict[str, Json]:
    return {"id": ident, "href": f"{flow}/taskFlow/{ident}", "@referredType": "TaskFlow"}
