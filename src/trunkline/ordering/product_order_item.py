"""Items of a product order, and what holds for the items of any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import FormerlyFree, Limits, many
from trunkline.inventory.product import ProductRefOrValue
from trunkline.ordering.api import Action, Operation
from trunkline.ordering.jeopardy.levels import Level
from trunkline.ordering.macd.item_parts import SaveOfferAnswer, TerminationFee
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.price import OrderPrice
from trunkline.shared.quantity import Quantity
from trunkline.shared.reference import (
    AppointmentRef,
    PaymentRef,
    ProductOfferingQualificationItemRef,
    ProductOfferingQualificationRef,
    QuoteItemRef,
    ResourceOrderRef,
    ServiceOrderRef,
)
from trunkline.shared.termination_rule import TerminationRule

ItemState: TypeAlias = Literal[
    "acknowledged",
    "rejected",
    "pending",
    "held",
    "inProgress",
    "cancelled",
    "completed",
    "failed",
    "assessingCancellation",
    "pendingCancellation",
]
ItemInternalState: TypeAlias = Literal[
    "draft",
    "submitted",
    "enrichmentInProgress",
    "enrichmentOnHold",
    "new",
    "acknowledged",
    "rejected",
    "scheduled",
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

# TMF622 has no partial items: one of which something was not made has failed, and says why.
ITEM_PUBLISHED: dict[ItemInternalState, ItemState] = {
    "draft": "pending",
    "submitted": "acknowledged",
    "enrichmentInProgress": "acknowledged",
    "enrichmentOnHold": "pending",
    "new": "acknowledged",
    "acknowledged": "acknowledged",
    "rejected": "rejected",
    "scheduled": "acknowledged",
    "inProgress": "inProgress",
    "revisionInProgress": "pending",
    "awaitingInformation": "pending",
    "onHold": "held",
    "assessingCancellation": "assessingCancellation",
    "cancellationInProgress": "pendingCancellation",
    "canceled": "cancelled",
    "completed": "completed",
    "failed": "failed",
    "partial": "failed",
}


class OrderTerm(Extensible):
    """A condition under which an item is ordered, such as a commitment of 24 months.

    `termination_rule` is ours: what it costs to end it before.
    """

    name: str | None = None
    description: str | None = None
    duration: Quantity | None = None
    termination_rule: TerminationRule | None = None


class OrderItemMilestone(Extensible):
    """How far an item is in a project: the phase that was done last, since when, what is next."""

    name: str | None = None
    reached_at: datetime | None = None
    next: str | None = None


class OrderItemRelationship(Extensible):
    """How one item hangs together with another item of the same order; `id` is that item's."""

    id: str | None = None
    relationship_type: str | None = None


class ProductOrderItem(Extensible):
    """One line of a product order: what to do with which product.

    `operation`, `internal_state`, the dates, `left_out`, `service_order` and `resource_order` are
    ours; the last two name the orders that the line was broken down into. When the customer wants
    it begun and done, what is promised and what is expected are kept apart; what lies inside a
    line begins with that where it says nothing itself.
    `left_out` says of several alike which ones go: by their records, or by the keys of their steps.
    Ours are also the reasons (codes of registers) for which a product is suspended or ended, the
    fee for ending it early, the offers to stay that were made, and that the customer was told that
    emergency calls end. `note` is what version 5 has here. `state_reason` says what of the
    item was left out, `milestone` how far it is in the project that its order is delivered as.
    """

    id: Annotated[str, Limits(length_max=40)]
    action: Action
    operation: Operation | None = None
    quantity: Annotated[int | None, Limits(minimum=0)] = None
    left_out: list[Annotated[str, Limits(length_max=500)]] = many()
    state: ItemState | None = None
    internal_state: ItemInternalState | None = None
    state_reason: str | None = None
    milestone: OrderItemMilestone | None = None
    requested_start_date: Annotated[datetime | None, FormerlyFree()] = None
    requested_completion_date: Annotated[datetime | None, FormerlyFree()] = None
    committed_completion_date: Annotated[datetime | None, FormerlyFree()] = None
    expected_completion_date: datetime | None = None
    jeopardy_level: Level | None = None
    priority: str | None = None
    appointment: AppointmentRef | None = None
    billing_account: BillingAccountRef | None = None
    item_price: list[OrderPrice] = many()
    item_term: list[OrderTerm] = many()
    item_total_price: list[OrderPrice] = many()
    suspension_reason: str | None = None
    disconnection_reason: str | None = None
    termination_fee: TerminationFee | None = None
    fee_waiver_reason: str | None = None
    emergency_told: bool | None = None
    save_offer: list[SaveOfferAnswer] = many()
    note: list[Note] = many()
    payment: list[PaymentRef] = many()
    product: ProductRefOrValue | None = None
    product_offering: ProductOfferingRef | None = None
    product_offering_qualification_item: ProductOfferingQualificationItemRef | None = None
    product_order_item: list[ProductOrderItem] = many()
    product_order_item_relationship: list[OrderItemRelationship] = many()
    qualification: list[ProductOfferingQualificationRef] = many()
    quote_item: QuoteItemRef | None = None
    service_order: list[ServiceOrderRef] = many()
    resource_order: list[ResourceOrderRef] = many()


def placed_product_items(
    items: Iterable[ProductOrderItem], above: str = ""
) -> Iterator[tuple[str, ProductOrderItem]]:
    """Yield every item with its dotted path, each before the items inside it."""
    for index, item in enumerate(items):
        path = f"{above}productOrderItem[{index}]"
        yield path, item
        if item.product_order_item:
            yield from placed_product_items(item.product_order_item, f"{path}.")


def line_date_faults(
    items: Iterable[ProductOrderItem], first: datetime | None, last: datetime | None
) -> Iterator[Fault]:
    """Yield that an item is wanted done before it begins, or out of its order's dates."""
    for path, item in placed_product_items(items):
        start, completion = item.requested_start_date, item.requested_completion_date
        if item.internal_state in ("canceled", "cancellationInProgress"):
            continue
        if first is not None and start is not None and start < first:
            message = "must not be earlier than that of the order; move one of them"
            yield Fault(f"{path}.requestedStartDate", "startsBeforeOrder", message)
        for name, date in (("Start", start), ("Completion", completion)):
            if last is not None and date is not None and date > last:
                message = "must not be later than the order's requestedCompletionDate; move one"
                yield Fault(f"{path}.requested{name}Date", "endsAfterOrder", message)
        begin = start or first
        if begin is not None and completion is not None and completion < begin:
            message = "must not be earlier than requestedStartDate; correct one of them"
            yield Fault(f"{path}.requestedCompletionDate", "endsBeforeStart", message)


class PlacedItem(NamedTuple):
    """Where an item stands in its order, its id, and which items of the order it names.

    `named` holds the path of each naming and the id that it names.
    """

    path: str
    id: str | None
    named: tuple[tuple[str, str], ...] = ()


def item_faults(placed: Iterable[PlacedItem]) -> Iterator[Fault]:
    """Yield a fault for each item id that is blank or used twice, and each named item not there."""
    items = list(placed)
    seen: set[str] = set()
    for item in items:
        if item.id is not None and not item.id.strip():
            # Also for what the program itself takes in, and for what is only simulated.
            yield Fault(f"{item.path}.id", "missing", "is required; send it")
        elif item.id is not None and item.id in seen:
            yield Fault(
                f"{item.path}.id",
                "duplicateItem",
                f"{item.id} is the id of another item of this order; give each its own",
            )
        elif item.id is not None:
            seen.add(item.id)
    for item in items:
        for path, name in item.named:
            if name not in seen:
                yield Fault(
                    path,
                    "unknownItem",
                    f"{name} is no item of this order; name one of its items",
                )
