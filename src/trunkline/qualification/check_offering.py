"""Qualifications of offerings (TMF679): may this customer have that, and can it be had there?

With items it is a check of these; without any it is a query for what is possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.qualification.api import TMF679
from trunkline.qualification.check_service import ServiceQualificationItem
from trunkline.qualification.parts import (
    CheckedPlace,
    CoverageAreaRef,
    ItemRelationship,
    Reservation,
    Result,
    TerminationError,
    UnavailabilityReason,
    task_lifecycle,
)
from trunkline.shared.catalog_reference import (
    CategoryRef,
    ProductOfferingRef,
    ProductSpecificationRef,
)
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import ChannelRef, Reference

State = Literal["acknowledged", "terminatedWithError", "inProgress", "done"]
ITEM = "productOfferingQualificationItem"
ANSWERED_INSIDE = (
    "state", "qualificationItemResult", "alternateProductOfferingProposal", "coverageArea",
    "eligibilityUnavailabilityReason", "expectedActivationDate", "terminationError",
    "reservation", "serviceQualificationItem",
)  # fmt: skip
"""What is said of an item once it is answered, by its JSON names."""
CHECKED_FOR = ("SalesLead", "SalesOpportunity", "Quote", "ShoppingCart", "ProductOrder")
"""The kinds of records from which an agent checks what can be had."""


class CheckedForRef(Reference, targets=CHECKED_FOR):
    """A reference to the record from which something was asked."""

    name: Annotated[str | None, PERSONAL] = None


class CheckedProduct(Extensible, targets=("Product",)):
    """A product that is wanted, or one that there is (by its id) as it is wanted to be."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    referred_type: str | None = None
    place: list[CheckedPlace] = many()
    product_characteristic: list[Characteristic] = many()
    product_offering: ProductOfferingRef | None = None
    product_specification: ProductSpecificationRef | None = None


class AlternateOfferingProposal(Extensible):
    """Something else that can be had instead, and from when on."""

    id: str | None = None
    alternate_activation_date: datetime | None = None
    alternate_product: CheckedProduct | None = None
    alternate_product_offering: ProductOfferingRef | None = None


class OfferingQualificationItem(Extensible):
    """One offering that is asked about, and what came of it.

    `coverage_area` (the row of the map that said so) and `reservation` are ours, and so is
    `service_qualification_item`: what was told of each service, where it takes several.
    """

    id: str
    action: Literal["add", "modify", "delete", "noChange"] | None = None
    state: State | None = None
    qualification_item_result: Result | None = None
    expected_activation_date: datetime | None = None
    product: CheckedProduct | None = None
    product_offering: ProductOfferingRef | None = None
    alternate_product_offering_proposal: list[AlternateOfferingProposal] = many()
    eligibility_unavailability_reason: list[UnavailabilityReason] = many()
    qualification_item_relationship: list[ItemRelationship] = many()
    note: list[Note] = many()
    termination_error: list[TerminationError] = many()
    coverage_area: CoverageAreaRef | None = None
    reservation: Reservation | None = None
    service_qualification_item: list[ServiceQualificationItem] = many()


@resource(
    api=TMF679,
    path="productOfferingQualification",
    prefix="POQ",
    title="Qualification",
    immutable=("product_offering_qualification_item", "related_party", "place", "category",
               "channel", "provide_alternative", "provide_only_available",
               "provide_unavailability_reason", "instant_sync_qualification", "reserve",
               "checked_for"),
    server_sets=("state", "qualification_result", "product_offering_qualification_date",
                 "effective_qualification_date", "expiration_date",
                 "expected_p_o_q_completion_date", "is_query"),
    lifecycle=task_lifecycle("acknowledged"),
    promote=(
        Promoted("state"),
        Promoted("qualificationResult"),
        Promoted("productOfferingQualificationDate", "instant"),
        Promoted("expirationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=(),
    columns=("key", "description", "state", "qualificationResult",
             "productOfferingQualificationDate", "expirationDate"),
)  # fmt: skip
class ProductOfferingQualification(Extensible, Document):
    """Offerings that somebody wants to have somewhere, and which of them are possible.

    Ours: `reserve` asks that what can be had is kept until the answer expires; `is_query` says
    that no offering was named and the items are what was found; `checked_for` is the lead, quote,
    cart … that it was asked from.
    """

    description: Annotated[str | None, PERSONAL] = None
    product_offering_qualification_date: datetime | None = None
    effective_qualification_date: datetime | None = None
    expected_p_o_q_completion_date: datetime | None = None
    requested_p_o_q_completion_date: datetime | None = None
    expiration_date: datetime | None = None
    instant_sync_qualification: bool | None = None
    provide_alternative: bool | None = None
    provide_only_available: bool | None = None
    provide_unavailability_reason: bool | None = None
    qualification_result: Result | None = None
    category: CategoryRef | None = None
    channel: ChannelRef | None = None
    note: list[Note] = many()
    place: list[CheckedPlace] = many()
    product_offering_qualification_item: list[OfferingQualificationItem] = many()
    related_party: list[RelatedParty] = many()
    state: State | None = None
    reserve: bool | None = None
    is_query: bool | None = None
    checked_for: CheckedForRef | None = None


@rule(ProductOfferingQualification)
def an_offering_is_named(
    _work: object, old: ProductOfferingQualification | None, new: ProductOfferingQualification
) -> Iterator[Fault]:
    """Refuse an item that names neither an offering nor a product that there is."""
    if old is None:
        yield from item_faults(new)


def item_faults(check: ProductOfferingQualification) -> Iterator[Fault]:
    """Yield what keeps the items of a qualification from being answered."""
    seen: set[str] = set()
    for index, item in enumerate(check.product_offering_qualification_item):
        path = f"{ITEM}[{index}]"
        if item.id in seen:
            yield Fault(f"{path}.id", "duplicateItem", f"{item.id} is another item's id")
        seen.add(item.id)
        has_product = item.product is not None and item.product.id is not None
        if offering_of(item) is None and not has_product:
            message = "name the offering, or the product that is to be changed"
            yield Fault(f"{path}.productOffering", "offeringMissing", message)
        if item.action in ("modify", "delete") and not has_product:
            yield Fault(f"{path}.product.id", "productMissing", "name the product by its id")


def offering_of(item: OfferingQualificationItem) -> str | None:
    """Return the offering that an item names, at the item or at its product."""
    if item.product_offering is not None:
        return item.product_offering.id
    held = item.product.product_offering if item.product is not None else None
    return held.id if held is not None else None
