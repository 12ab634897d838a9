"""Header tasks: what has to be decided or done about an order before it begins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.payment.task_payment import TaskPayment
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.reference import ProductOrderRef, ResourceOrderRef, ServiceOrderRef

TaskKind: TypeAlias = Literal["approval", "review", "task", "creditCheck", "prepayment"]
TaskState: TypeAlias = Literal["open", "waiting", "done", "canceled"]
TaskResult: TypeAlias = Literal["accept", "deposit", "stop"]

HEADER_TASK_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="open",
    moves={
        "open": ("waiting", "done", "canceled"),
        "waiting": ("open", "done", "canceled"),
        "done": (),
        "canceled": (),
    },
    on_request=frozenset(),
)
UNDONE = ("open", "waiting")


class DecidedBy(Extensible):
    """Who decided: the id of a user, client or the program, and the name."""

    id: str
    name: str


@resource(
    api=ORDERING,
    path="headerTask",
    prefix="HT",
    operations=("list", "retrieve"),
    lifecycle=HEADER_TASK_LIFECYCLE,
    promote=(
        Promoted("state"),
        Promoted("kind"),
        Promoted("role"),
        Promoted("dueAt", "instant"),
    ),
    owner=("productOrder", "serviceOrder", "resourceOrder"),
    root="productOrder",
    label=("title",),
    columns=(
        "key",
        "title",
        "kind",
        "productOrder",
        "serviceOrder",
        "resourceOrder",
        "role",
        "state",
        "dueAt",
    ),
)
class HeaderTask(Extensible, Document):
    """Something that holds an order until it is done: `kind` and `policy` say what and why.

    The order is one of products, or a service or resource order by itself.
    It is `waiting` for the customer: for information or a deposit. `result` is what came of it;
    `stop` rejects the order. `comment` says why, in the words of who decided. `seen` stands for
    what was looked at: where the order asks for something else by then, it is looked at anew.
    """

    state: TaskState | None = None
    kind: TaskKind
    title: Annotated[str, PERSONAL]
    product_order: ProductOrderRef | None = None
    service_order: ServiceOrderRef | None = None
    resource_order: ResourceOrderRef | None = None
    policy: str | None = None
    seen: str | None = None
    role: str | None = None
    due_at: datetime | None = None
    result: TaskResult | None = None
    deposit: Money | None = None
    payment: TaskPayment | None = None
    comment: Annotated[str | None, PERSONAL] = None
    decided_by: DecidedBy | None = None
    decided_at: datetime | None = None
