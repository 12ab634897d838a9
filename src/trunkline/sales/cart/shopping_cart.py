"""Shopping carts (TMF663): what somebody means to order, at prices that were told, until it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, Named, many
from trunkline.inventory.product import ProductRefOrValue
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Api, Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.api import Action
from trunkline.ordering.product_order_item import OrderItemRelationship, OrderTerm
from trunkline.ordering.said_by_customer import AcceptedTerms
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.contact import ContactMedium
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod, period_faults
from trunkline.shared.price import OrderPrice
from trunkline.shared.reference import (
    AgreementRef,
    AppointmentRef,
    PartyInteractionRef,
    ProductOfferingQualificationItemRef,
    ProductOfferingQualificationRef,
    ProductOrderRef,
    RelatedChannel,
)

TMF663 = Api("TMF663", "Shopping Cart Management", "4.0.0", "/tmf-api/shoppingCart/v4")
CartStatus: TypeAlias = Literal["active", "checkedOut", "expired", "abandoned"]
CART_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="active",
    moves={
        "active": ("checkedOut", "expired", "abandoned"),
        "checkedOut": (),
        "expired": (),
        "abandoned": (),
    },
    on_request=frozenset({"abandoned"}),
)
ITEMS_MAX = 200
LATER = "saveForLater"
"""The status of an item that is neither counted nor ordered."""
CONTENT = ("cartItem", "relatedParty", "billingAccount", "agreement",
           "productOfferingQualification")  # fmt: skip
"""What says what is ordered, for whom; it stays as it is once a cart is done with."""


class CartItem(Extensible):
    """One thing that is wanted: an offering, or what is to become of a product that there is.

    The prices are set by us: what was told when the item was put in, changed or told anew. What
    is `saveForLater` is neither counted nor ordered. Ours: the time that is kept for a visit, the
    account that pays and the answer that says that it can be had.
    """

    id: Annotated[str | None, Limits(length_max=40)] = None
    action: Action | None = None
    quantity: Annotated[int | None, Limits(minimum=1)] = None
    status: Literal["active", "saveForLater"] | None = None
    product: ProductRefOrValue | None = None
    product_offering: ProductOfferingRef | None = None
    cart_item: list[CartItem] = many()
    cart_item_relationship: list[OrderItemRelationship] = many()
    item_price: list[OrderPrice] = many()
    item_total_price: Annotated[list[OrderPrice], Named("ItemTotalPrice")] = many()
    item_term: list[OrderTerm] = many()
    note: list[Note] = many()
    appointment: AppointmentRef | None = None
    billing_account: BillingAccountRef | None = None
    product_offering_qualification_item: ProductOfferingQualificationItemRef | None = None
    qualification: list[ProductOfferingQualificationRef] = many()


@resource(
    api=TMF663,
    path="shoppingCart",
    prefix="CART",
    lifecycle=CART_LIFECYCLE,
    server_sets=("cart_total_price", "product_order"),
    guarded=("cartItem.itemPrice", "cartItem.ItemTotalPrice",
             "cartItem.cartItem.itemPrice", "cartItem.cartItem.ItemTotalPrice"),
    promote=(
        Promoted("status"),
        Promoted("validFor.endDateTime", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("description",),
    columns=("key", "description", "status", "validFor.endDateTime", "productOrder"),
)  # fmt: skip
class ShoppingCart(Extensible, Document):
    """What a customer means to order, from the first offering to the order.

    It expires at the end of `valid_for`, which each change of what is in it moves on. Ours: its
    status, what pays and when it is wanted, the agreement by which it is priced, the channels that
    it was begun and finished in (by role), the answers that say what can be had, the terms that
    were accepted, and the order that it became.
    """

    description: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None
    status: CartStatus | None = None
    valid_for: TimePeriod | None = None
    contact_medium: Annotated[list[ContactMedium], PERSONAL] = many()
    related_party: list[RelatedParty] = many()
    billing_account: BillingAccountRef | None = None
    agreement: list[AgreementRef] = many()
    channel: list[RelatedChannel] = many()
    interaction: PartyInteractionRef | None = None
    requested_start_date: datetime | None = None
    product_offering_qualification: list[ProductOfferingQualificationRef] = many()
    cart_item: list[CartItem] = many()
    cart_total_price: list[OrderPrice] = many()
    product_order: ProductOrderRef | None = None
    accepted_terms: list[AcceptedTerms] = many()
    note: list[Note] = many()


def placed_cart_items(items: Iterable[CartItem], above: str = "") -> Iterator[tuple[str, CartItem]]:
    """Yield every item with its dotted path, each before the items inside it."""
    for index, item in enumerate(items):
        path = f"{above}cartItem[{index}]"
        yield path, item
        yield from placed_cart_items(item.cart_item, f"{path}.")


@rule(ShoppingCart)
def a_cart_is_somebodys(
    _work: Work, _old: ShoppingCart | None, new: ShoppingCart
) -> Iterator[Fault]:
    """Refuse a cart of nobody that we know, and one that ends before it begins."""
    if not new.related_party:
        message = "say whose cart it is: a customer, or somebody who may become one"
        yield Fault("relatedParty", "required", message)
    yield from period_faults(new)


@rule(ShoppingCart)
def items_of_a_cart_can_be_told_apart(
    _work: Work, _old: ShoppingCart | None, new: ShoppingCart
) -> Iterator[Fault]:
    """Refuse too many items, an id used twice, and an item that names nothing."""
    placed = list(placed_cart_items(new.cart_item))
    if len(placed) > ITEMS_MAX:
        yield Fault("cartItem", "tooManyItems", f"a cart may have {ITEMS_MAX} items; make another")
    seen: set[str | None] = set()
    for path, item in placed:
        if item.id in seen:
            message = f"{item.id} is the id of another item of this cart; give each its own"
            yield Fault(f"{path}.id", "duplicateItem", message)
        seen.add(item.id)
        if item.product_offering is None and (item.product is None or item.product.id is None):
            message = "name the offering, or the product that is to be changed"
            yield Fault(f"{path}.productOffering", "offeringMissing", message)


@rule(ShoppingCart)
def a_cart_that_is_done_with_stays(
    _work: Work, old: ShoppingCart | None, new: ShoppingCart
) -> Iterator[Fault]:
    """Refuse to change what is in a cart that was ordered, given up, or has expired."""
    if old is None or old.status == "active":
        return
    for name in CONTENT:
        if old.raw.get(name) != new.raw.get(name):
            message = f"{new.key} is {old.status}; begin another cart"
            yield Fault(name, "conflictCartClosed", message)
