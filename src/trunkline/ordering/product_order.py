"""Product orders (TMF622): what a customer asked for, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.api import TMF622, OrderState
from trunkline.ordering.jeopardy.levels import Level
from trunkline.ordering.product_order_item import (
    PlacedItem,
    ProductOrderItem,
    item_faults,
    line_date_faults,
    placed_product_items,
)
from trunkline.ordering.project.phase import OrderProject
from trunkline.ordering.said_by_customer import AcceptedTerms, CostConfirmation
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.own_hand import noted_by_staff
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import period_faults
from trunkline.shared.price import OrderPrice
from trunkline.shared.reference import (
    AgreementRef,
    ContractRef,
    OrderGroupRef,
    OwnershipTransferRef,
    PartyInteractionRef,
    PaymentRef,
    ProductOfferingQualificationRef,
    ProductOrderRef,
    QuoteRef,
    RelatedChannel,
    TagRef,
)

OrderInternalState: TypeAlias = Literal[
    "draft",
    "submitted",
    "enrichmentInProgress",
    "enrichmentOnHold",
    "new",
    "acknowledged",
    "rejected",
    "inProgress",
    "revisionInProgress",
    "awaitingInformation",
    "onHold",
    "assessingCancellation",
    "cancellationInProgress",
    "canceled",
    "completed",
    "failed",
    "partial",
]

# `pending` says outside that the next step is the requester's: a draft to submit, data to send.
# A draft whose submission nobody has to look at is acknowledged at once, like an order sent in.
# Once an order is in progress no move leads back before that: it ends, or it is canceled with
# compensation. A refused cancellation goes back to where the order was.
PRODUCT_ORDER_LIFECYCLE = Lifecycle(
    attribute="state",
    internal="internal_state",
    initial="acknowledged",
    starts=("draft", "submitted", "new", "acknowledged"),
    moves={
        "draft": ("submitted", "acknowledged", "canceled"),
        "submitted": ("enrichmentInProgress", "new", "canceled"),
        "enrichmentInProgress": ("enrichmentOnHold", "new", "canceled"),
        "enrichmentOnHold": ("enrichmentInProgress", "new", "canceled"),
        "new": ("acknowledged", "rejected", "enrichmentOnHold", "canceled"),
        "acknowledged": ("inProgress", "rejected", "canceled"),
        "rejected": ("draft", "submitted"),
        "inProgress": (
            "awaitingInformation",
            "onHold",
            "revisionInProgress",
            "assessingCancellation",
            "completed",
            "partial",
            "failed",
        ),
        "revisionInProgress": ("inProgress", "assessingCancellation"),
        "awaitingInformation": ("inProgress", "assessingCancellation"),
        "onHold": ("inProgress", "assessingCancellation"),
        "assessingCancellation": (
            "cancellationInProgress",
            "inProgress",
            "revisionInProgress",
            "awaitingInformation",
            "onHold",
        ),
        "cancellationInProgress": ("canceled",),
        "canceled": (),
        "completed": (),
        "failed": (),
        "partial": (),
    },
    published={
        "draft": "pending",
        "submitted": "acknowledged",
        "enrichmentInProgress": "acknowledged",
        "enrichmentOnHold": "pending",
        "new": "acknowledged",
        "acknowledged": "acknowledged",
        "rejected": "rejected",
        "inProgress": "inProgress",
        "revisionInProgress": "pending",
        "awaitingInformation": "pending",
        "onHold": "held",
        "assessingCancellation": "assessingCancellation",
        "cancellationInProgress": "pendingCancellation",
        "canceled": "cancelled",
        "completed": "completed",
        "failed": "failed",
        "partial": "partial",
    },
    # The other published states are reached by fulfilment or by a cancelProductOrder alone.
    accepts={
        "pending": "draft",
        "acknowledged": "acknowledged",
        "rejected": "rejected",
        "held": "onHold",
        "inProgress": "inProgress",
        "cancelled": "canceled",
    },
    drafts=frozenset({"draft"}),
)


class OrderDetails(Extensible):
    """What product and service orders say alike: dates, priority, category and reasons.

    `state_reason` is ours: why the state was last changed by hand.
    """

    external_id: str | None = None
    category: str | None = None
    description: str | None = None
    priority: str | None = None
    notification_contact: Annotated[str | None, PERSONAL] = None
    order_date: datetime | None = None
    requested_start_date: datetime | None = None
    requested_completion_date: datetime | None = None
    expected_completion_date: datetime | None = None
    completion_date: datetime | None = None
    cancellation_date: datetime | None = None
    cancellation_reason: str | None = None
    state: OrderState | None = None
    state_reason: Annotated[str | None, PERSONAL] = None
    note: list[Note] = many()
    related_party: list[RelatedParty] = many()


class OrderRelationship(ProductOrderRef, targets=("ProductOrder",)):
    """How one order hangs together with another: with `startsAfter` it waits for that one."""

    relationship_type: str | None = None


class AwaitedValue(Extensible):
    """A value that an item has not got yet, without which a part of it (`makes`) is not made."""

    item_id: str
    name: str
    makes: str | None = None
    reason: str | None = None


class OrderAssignee(Extensible):
    """Who takes care of an order: the id of a user, the name, and since when."""

    id: str
    name: str
    assigned_at: datetime | None = None


class OrderPlanEdit(Extensible):
    """What an expert has edited about the plan of an order that stood still: who, why, and what.

    `change` says in a sentence each what was added, removed, repeated or changed.
    """

    at: datetime | None = None
    by: Annotated[str | None, PERSONAL] = None
    reason: Annotated[str | None, PERSONAL] = None
    change: list[str] = many()


@resource(
    api=TMF622,
    path="productOrder",
    prefix="ORD",
    lifecycle=PRODUCT_ORDER_LIFECYCLE,
    server_sets=(
        "order_date",
        "completion_date",
        "internal_state",
        "is_retroactive",
        "intake_policy",
        "plan_edit",
        "pool",
        "assignee",
        "jeopardy_level",
        "priority_score",
        "order_version",
        "awaited_value",
        "order_group",
        "ownership_transfer",
        "project",
    ),  # fmt: skip
    guarded=(
        "productOrderItem.state",
        "productOrderItem.internalState",
        "productOrderItem.productOrderItem.state",
        "productOrderItem.productOrderItem.internalState",
        "productOrderItem.milestone",
        "productOrderItem.productOrderItem.milestone",
        "productOrderItem.expectedCompletionDate",
        "productOrderItem.jeopardyLevel",
        "productOrderItem.productOrderItem.expectedCompletionDate",
        "productOrderItem.productOrderItem.jeopardyLevel",
    ),
    defaults={"order_date": format_instant},
    promote=(
        Promoted("state"),
        Promoted("internalState"),
        Promoted("externalId"),
        Promoted("priority"),
        Promoted("orderDate", "instant"),
        Promoted("requestedStartDate", "instant"),
        Promoted("requestedCompletionDate", "instant"),
        Promoted("pool"),
        Promoted("assignee.id"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("externalId",),
    columns=("key", "externalId", "state", "priority", "orderDate", "requestedCompletionDate"),
)
class ProductOrder(OrderDetails, Document):
    """An order of products by a customer, from draft to completion.

    Ours are `internal_state`, `committed_completion_date`, `is_retroactive`, `interaction`, `tag`,
    `intake_policy`, `pool`, `assignee` and `order_relationship`. The third says of an order that it
    was sent in after its start, from which it counts; the fourth is the contact in which it was
    asked for; `intake_policy` names the policies (by key) that looked at it when it was handed in;
    `assignee` is who takes care of it, `pool` where somebody else may take it. `jeopardy_level` is
    how much it is in danger of being late, `priority_score` (0 to 100) what the formula came to.
    `awaited_value` names the values on whose arrival more is made. `ownership_transfer` is what an
    order carries out for which products pass to somebody else.
    `plan_edit` is what experts have edited about its plan, `order_group` the group whose due date
    it has, `project` the phases in which it is delivered.
    `contract` is the one that takes in what an order adds.
    `accepted_terms` and `cost_confirmation` are what the customer said while ordering.
    """

    internal_state: OrderInternalState | None = None
    jeopardy_level: Level | None = None
    priority_score: int | None = None
    committed_completion_date: datetime | None = None
    is_retroactive: bool | None = None
    order_version: int | None = None
    awaited_value: list[AwaitedValue] = many()
    order_group: OrderGroupRef | None = None
    ownership_transfer: OwnershipTransferRef | None = None
    interaction: PartyInteractionRef | None = None
    intake_policy: list[str] = many()
    plan_edit: list[OrderPlanEdit] = many()
    project: OrderProject | None = None
    pool: str | None = None
    assignee: OrderAssignee | None = None
    tag: list[TagRef] = many()
    agreement: list[AgreementRef] = many()
    billing_account: BillingAccountRef | None = None
    channel: list[RelatedChannel] = many()
    order_relationship: list[OrderRelationship] = many()
    order_total_price: list[OrderPrice] = many()
    payment: list[PaymentRef] = many()
    product_offering_qualification: list[ProductOfferingQualificationRef] = many()
    product_order_item: Annotated[list[ProductOrderItem], Limits(items_min=1)]
    quote: list[QuoteRef] = many()
    contract: ContractRef | None = None
    accepted_terms: list[AcceptedTerms] = many()
    cost_confirmation: CostConfirmation | None = None


noted_by_staff(ProductOrder, "stateReason")


@rule(ProductOrder)
def product_order_dates_are_in_order(
    _work: object, _old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order wanted done before it starts, or promised before its items are."""
    if not must_be_right(new):
        return
    yield from requested_date_faults(new.requested_start_date, new.requested_completion_date)
    yield from line_date_faults(
        new.product_order_item, new.requested_start_date, new.requested_completion_date
    )
    yield from _promise_faults(new)
    yield from period_faults(new)


@rule(ProductOrder)
def product_order_items_fit_together(
    _work: object, _old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an item id used twice, and a relationship to an item that the order lacks."""
    if not must_be_right(new):
        return
    yield from item_faults(
        PlacedItem(path, item.id, tuple(_named(path, item)))
        for path, item in placed_product_items(new.product_order_item)
    )


@rule(ProductOrder)
def a_moved_promise_says_why(
    _work: object, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to move or withdraw a promised date without a new note that says why."""
    if old is None or not must_be_right(old) or not must_be_right(new):
        return
    before = [(place, date) for place, (_, date) in _promises(old) if date is not None]
    known = [one.raw for one in old.note]
    if not before or any((one.text or "").strip() and one.raw not in known for one in new.note):
        return
    after = dict(_promises(new))
    for place, promised in before:
        path, date = after.get(place, ("", promised))
        if date != promised:
            message = "has been promised; say why it moves in a new note, or as a revision's reason"
            yield Fault(f"{path}committedCompletionDate", "reasonMissing", message)


def _promises(order: ProductOrder) -> Iterator[tuple[str | None, tuple[str, datetime | None]]]:
    """Yield the promised dates of an order (None) and of its items, by id, with their paths."""
    yield None, ("", order.committed_completion_date)
    for path, item in placed_product_items(order.product_order_item):
        yield item.id, (f"{path}.", item.committed_completion_date)


UNSENT = ("draft", "rejected")
"""The internal states of orders that are not sent in, or not any more."""
FINISHED = frozenset({"completed", "failed", "partial", "cancelled", "rejected"})
"""Published states of an order of which nothing runs, and of service and resource orders."""


def must_be_right(order: ProductOrder) -> bool:
    """Return whether an order has to be without faults: a draft has not, nor one given up."""
    return order.internal_state not in ("draft", "canceled")


def _named(path: str, item: ProductOrderItem) -> Iterator[tuple[str, str]]:
    for index, relationship in enumerate(item.product_order_item_relationship):
        if relationship.id is not None:
            yield f"{path}.productOrderItemRelationship[{index}].id", relationship.id


def _promise_faults(order: ProductOrder) -> Iterator[Fault]:
    promised = order.committed_completion_date
    if promised is None:
        return
    for path, item in placed_product_items(order.product_order_item):
        date = item.committed_completion_date
        if date is not None and promised < date:
            yield Fault(
                "committedCompletionDate",
                "committedBeforeItem",
                f"must not be earlier than that of {path}; move it or the item's",
            )


def requested_date_faults(start: datetime | None, completion: datetime | None) -> Iterator[Fault]:
    """Yield a fault where an order is wanted completed before it is wanted started."""
    if start is not None and completion is not None and completion < start:
        yield Fault(
            "requestedCompletionDate",
            "endsBeforeStart",
            "must not be earlier than requestedStartDate; correct one of them",
        )
