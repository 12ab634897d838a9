"""Work orders (TMF697): what somebody is to do on a visit, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.fieldwork.api import TMF697
from trunkline.fieldwork.field_team import FieldTeamRef
from trunkline.fieldwork.work_type import WorkPart, WorkTypeRef
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.quantity import Quantity
from trunkline.shared.reference import (
    AppointmentRef,
    EntityRef,
    PlaceRefOrValue,
    ProductOrderRef,
    Reference,
    ResourceOrderRef,
    ResourceRef,
    ServiceOrderRef,
)

State: TypeAlias = Literal[
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "completed",
    "failed", "partial", "assessingCancellation", "pendingCancellation",
]  # fmt: skip
Outcome: TypeAlias = Literal["done", "doneWithRemarks", "notPossible"]
ItemAction: TypeAlias = Literal["add", "modify", "delete", "noChange"]

_ENDS = ("completed", "failed", "partial", "cancelled")
LIFECYCLE = Lifecycle(
    attribute="state",
    initial="acknowledged",
    moves={
        "acknowledged": ("pending", "held", "inProgress", "rejected", "assessingCancellation",
                         *_ENDS),
        "pending": ("held", "inProgress", "rejected", "assessingCancellation", *_ENDS),
        "held": ("pending", "inProgress", "assessingCancellation", *_ENDS),
        "inProgress": ("pending", "held", "assessingCancellation", *_ENDS),
        "assessingCancellation": ("pendingCancellation", "pending", "inProgress", *_ENDS),
        "pendingCancellation": _ENDS,
        "rejected": (), "cancelled": (), "completed": (), "failed": (), "partial": (),
    },
)  # fmt: skip
ENDED = LIFECYCLE.final
DONE = frozenset({"completed", "partial"})


class RelatedEntity(EntityRef):
    """A record of any kind that something has to do with, and in which role."""

    role: str
    referred_type: str


class WorkOrderRef(Reference, targets=("WorkOrder",)):
    """A reference to a work order."""

    name: Annotated[str | None, PERSONAL] = None


class OrderRef(Reference, targets=("ProductOrder", "ServiceOrder", "ResourceOrder")):
    """A reference to the order that work is done for."""


class Work(Extensible):
    """What is to be done: its name, the type, and how long it takes."""

    id: str | None = None
    name: str | None = None
    description: Annotated[str | None, PERSONAL] = None
    work_type: str | None = None
    state: State | None = None
    planned_duration: Quantity | None = None
    work_characteristic: list[Characteristic] = many()


class WorkOrderItem(Extensible):
    """One piece of work."""

    id: Annotated[str, Limits(length_max=40)]
    action: ItemAction
    description: Annotated[str | None, PERSONAL] = None
    state: State | None = None
    work: Work | None = None
    note: Note | None = None
    appointment: AppointmentRef | None = None
    related_entity: list[RelatedEntity] = many()


class FittedDevice(Extensible):
    """A device that was fitted: what it is (its resource specification), its number, the record."""

    name: str
    serial_number: Annotated[str, Limits(length_max=120)]
    resource: ResourceRef | None = None


class VisitResult(Extensible):
    """What came of a visit; `reason` is a code of the register of that name."""

    outcome: Outcome
    reason: str | None = None
    remarks: Annotated[str | None, PERSONAL, Limits(length_max=2000)] = None
    device: list[FittedDevice] = many()
    characteristic: list[Characteristic] = many()
    reported_by: str | None = None
    reported_at: datetime | None = None


@resource(
    api=TMF697,
    path="workOrder",
    prefix="WOR",
    required=("work_order_item",),
    lifecycle=LIFECYCLE,
    immutable=("work_type", "product_order", "service_order", "resource_order"),
    server_sets=("result", "plan_item_id", "skill", "part", "duration_minutes", "outside_system"),
    promote=(
        Promoted("state"),
        Promoted("externalId"),
        Promoted("startDate", "instant"),
        Promoted("team.id"),
        Promoted("productOrder.id"),
        Promoted("appointment.id"),
    ),
    owner=("relatedParty[customer]", "productOrder", "serviceOrder", "relatedParty"),
    root="productOrder",
    label=("description",),
    columns=("key", "description", "state", "startDate", "team", "workType"),
)
class WorkOrder(Extensible, Document):
    """Work that is done on a visit.

    Ours: its type with what that asks for (skills, parts, minutes), the team, the orders that it
    is done for, the step of a plan that waits for it, the outside system that has it, the result.
    """

    external_id: str | None = None
    category: str | None = None
    description: Annotated[str | None, PERSONAL] = None
    priority: str | None = None
    state: State | None = None
    order_date: datetime | None = None
    start_date: datetime | None = None
    expected_completion_date: datetime | None = None
    completion_date: datetime | None = None
    requested_start_date: datetime | None = None
    requested_completion_date: datetime | None = None
    cancellation_date: datetime | None = None
    cancellation_reason: Annotated[str | None, PERSONAL] = None
    notification_contact: Annotated[str | None, PERSONAL] = None
    appointment: AppointmentRef | None = None
    place: PlaceRefOrValue | None = None
    note: Note | None = None
    order: list[OrderRef] = many()
    related_entity: list[RelatedEntity] = many()
    related_party: list[RelatedParty] = many()
    work_order_item: Annotated[list[WorkOrderItem], Limits(items_min=1)] = many()
    work_type: WorkTypeRef | None = None
    team: FieldTeamRef | None = None
    skill: list[str] = many()
    part: list[WorkPart] = many()
    duration_minutes: int | None = None
    product_order: ProductOrderRef | None = None
    service_order: ServiceOrderRef | None = None
    resource_order: ResourceOrderRef | None = None
    plan_item_id: str | None = None
    outside_system: str | None = None
    result: VisitResult | None = None


def set_work_state(order: WorkOrder, state: Any, at: datetime) -> None:
    """Set the state of a work order and of what is to be done."""
    order.state = state
    for one in order.work_order_item:
        one.state = state
    if state in DONE:
        order.completion_date = at
    elif state == "cancelled":
        order.cancellation_date = at
