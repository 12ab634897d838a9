"""Fallout: a step that could not be done by itself, for people to put right."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.kernel.resource import Api, Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import ProductOrderRef, ResourceOrderRef, ServiceOrderRef

ORDERING = Api(number="ordering", title="Ordering", version="1.0.0", base="/api/ordering/v1")

FalloutState: TypeAlias = Literal[
    "open",
    "inProgress",
    "onHold",
    "awaitingInformation",
    "resolved",
    "closedComplete",
    "canceled",
]
CauseKind: TypeAlias = Literal["technical", "unknown", "business", "order"]

_WORKED_ON = ("onHold", "awaitingInformation", "resolved", "canceled")
FALLOUT_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="open",
    moves={
        "open": ("inProgress", *_WORKED_ON),
        # A step that fails again after it was tried again stands in the queue as before.
        "inProgress": ("open", *_WORKED_ON),
        "onHold": ("inProgress", "awaitingInformation", "resolved", "canceled"),
        "awaitingInformation": ("inProgress", "onHold", "resolved", "canceled"),
        "resolved": ("closedComplete",),
        "closedComplete": (),
        "canceled": (),
    },
    # It is closed by what people do about its step, never by itself.
    on_request=frozenset({"open", "inProgress", "onHold", "awaitingInformation"}),
)
CLOSED = frozenset({"resolved", "closedComplete", "canceled"})


class FalloutCause(Extensible):
    """What went wrong: the kind of failure, the other system's code and its words.

    `technical`: it did not get through. `unknown`: nobody knows whether it did. `business`: it
    was refused. `order`: the order could not be broken down; then `path` says where in it.
    `system` is the outside system that was asked, if one was.
    """

    kind: CauseKind
    code: str | None = None
    system: str | None = None
    message: Annotated[str | None, PERSONAL] = None
    path: str | None = None


class FalloutAttempt(Extensible):
    """One try: when, what was sent, and what came back or went wrong.

    `late_answer` is what was told of it when it had been tried again already, or was refused.
    """

    number: int
    time: datetime | None = None
    kind: CauseKind | None = None
    code: str | None = None
    message: Annotated[str | None, PERSONAL] = None
    request: Annotated[Any, PERSONAL] = None
    answer: Annotated[Any, PERSONAL] = None
    late_answer: Annotated[Any, PERSONAL] = None
    late_answer_time: datetime | None = None


class FalloutAssignee(Extensible):
    """Who works on it: the id of a user, the name, and since when."""

    id: str
    name: str
    assigned_at: datetime | None = None


@resource(
    api=ORDERING,
    path="fallout",
    prefix="FO",
    operations=("list", "retrieve", "patch"),
    lifecycle=FALLOUT_LIFECYCLE,
    immutable=("plan_item_id", "product_order", "service_order", "resource_order"),
    server_sets=(
        "cause",
        "attempt",
        "task_name",
        "resolution",
        "closed_at",
        "assignee",
        "order_value",
    ),
    promote=(
        Promoted("state"),
        Promoted("planItemId"),
        Promoted("taskName"),
        Promoted("cause.kind"),
        Promoted("cause.code"),
        Promoted("cause.system", index=False),
        Promoted("falloutType"),
        Promoted("orderValue.value", "number"),
        Promoted("productOrder.id"),
        Promoted("assignee.id"),
        Promoted("dueAt", "instant"),
    ),
    owner=("productOrder", "serviceOrder", "resourceOrder"),
    root="productOrder",
    label=("taskName", "cause.code"),
    columns=("key", "taskName", "cause.kind", "cause.code", "state", "productOrderItemId"),
)
class Fallout(Extensible, Document):
    """A step of an order that stands still until somebody tries again, repairs or skips it.

    `fallout_type` is a code of the register of that name, `order_value` what the order comes to in
    its first year. `due_at` is at first when its step is due.
    """

    state: FalloutState | None = None
    task_name: str
    plan_item_id: str
    fallout_type: str | None = None
    order_value: Money | None = None
    cause: FalloutCause
    product_order: ProductOrderRef | None = None
    service_order: ServiceOrderRef | None = None
    resource_order: ResourceOrderRef | None = None
    product_order_item_id: str | None = None
    attempt: list[FalloutAttempt] = many()
    note: list[Note] = many()
    related_party: list[RelatedParty] = many()
    resolution: str | None = None
    closed_at: datetime | None = None
    assignee: FalloutAssignee | None = None
    due_at: datetime | None = None
