"""Order revisions: a running order changed, from the wish to what became of it; also its log."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Json, Limits, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order_item import ProductOrderItem
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.reference import ProductOrderRef

RevisionState: TypeAlias = Literal[
    "open", "awaitingApproval", "approved", "applied", "refused", "withdrawn"
]
CompensationKind: TypeAlias = Literal[
    "keep", "add", "update", "redo", "undo", "undoThenRedo", "discard", "nothing"
]

# While a revision is open its order stands still. It is carried out by the program; what could
# not be carried out any more by then is refused, and the order goes on as before.
REVISION_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="open",
    moves={
        "open": ("awaitingApproval", "approved", "withdrawn"),
        "awaitingApproval": ("open", "approved", "withdrawn"),
        "approved": ("applied", "refused", "withdrawn"),
        "applied": (),
        "refused": (),
        "withdrawn": (),
    },
    on_request=frozenset(),
)
OPEN = ("open", "awaitingApproval", "approved")
"""The states in which a revision holds its order."""


class RevisionActor(Extensible):
    """Who did something to a revision, and when."""

    id: str
    name: Annotated[str, PERSONAL]
    at: datetime | None = None


class RevisionDifference(Extensible):
    """One thing that is other than before: of a line (`item_id`) or of the whole order.

    `attribute` is a path in the line; `old` is left out for what comes, `new` for what goes.
    """

    item_id: str | None = None
    attribute: str
    old: Annotated[Any, PERSONAL] = None
    new: Annotated[Any, PERSONAL] = None


class RevisionStep(Extensible):
    """What becomes of one step of the plan, in the order in which it is done, and why."""

    compensation: CompensationKind
    step: str
    name: str
    item_id: str | None = None
    layer: str | None = None
    reason: str | None = None


class RevisionPrice(Extensible):
    """What the order costs before and after, of one kind of price."""

    price_type: str
    recurring_charge_period: str | None = None
    unit: str
    old: Decimal
    new: Decimal


@resource(
    api=ORDERING,
    path="orderRevision",
    prefix="REV",
    operations=("list", "retrieve", "patch"),
    lifecycle=REVISION_LIFECYCLE,
    immutable=("product_order",),
    server_sets=(
        "order_version",
        "requested_by",
        "decided_by",
        "applied_at",
        "former",
        "difference",
        "compensation",
        "price",
        "fee",
        "needs_approval",
        "needs_attention",
        "is_entry",
        "result",
    ),
    promote=(Promoted("state"), Promoted("orderVersion", "number")),
    owner=("productOrder",),
    root="productOrder",
    label=("reason",),
    columns=("key", "productOrder", "orderVersion", "reason", "state", "needsApproval"),
)
class OrderRevision(Extensible, Document):
    """A change to an order that runs: what it shall be, from the wish until it is so.

    What it says of items, parties, dates and account is the whole new picture. `order_version` is
    the one that the order gets, `former` the picture before; until it is applied, what the order
    said of itself when the revision was opened: what that has and the revision lacks is taken out.
    `needs_approval` says why somebody has to approve it, `needs_attention` what somebody has to say
    before it can be handed in, `result` why it was refused. One that `is_entry` brings values that
    were not known before.
    """

    product_order: ProductOrderRef
    state: RevisionState | None = None
    order_version: int | None = None
    reason: Annotated[str | None, PERSONAL, Limits(length_max=300)] = None
    product_order_item: list[ProductOrderItem] = many()
    related_party: list[RelatedParty] = many()
    billing_account: BillingAccountRef | None = None
    requested_start_date: datetime | None = None
    requested_completion_date: datetime | None = None
    notification_contact: Annotated[str | None, PERSONAL] = None
    requested_by: RevisionActor | None = None
    decided_by: RevisionActor | None = None
    applied_at: datetime | None = None
    former: Annotated[Any, PERSONAL] = None
    difference: list[RevisionDifference] = many()
    compensation: list[RevisionStep] = many()
    price: list[RevisionPrice] = many()
    fee: Money | None = None
    needs_approval: str | None = None
    needs_attention: str | None = None
    is_entry: bool | None = None
    result: str | None = None

    def why(self) -> dict[str, Json] | None:
        """Return the note that says why, None where nobody has said so."""
        by = self.requested_by
        if by is None or not (self.reason or "").strip():
            return None
        return {"text": self.reason, "author": by.name, "date": by.raw.get("at")}
