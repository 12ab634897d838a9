"""References to records by id, and what names a record in another system."""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import PERSONAL
from trunkline.shared.extensible import Extensible

PLACE_TARGETS = (
    "GeographicAddress",
    "GeographicSite",
    "GeographicLocation",
    "GeographicSubAddress",
)


class Reference(Extensible):
    """What every reference says: the id, the address and the name of a record, and its type."""

    id: str
    href: str | None = None
    name: str | None = None
    referred_type: str | None = None


class EntityRef(Reference):
    """A reference to a record of any type, which `referred_type` names."""


class RelatedEntityRefOrValue(Extensible):
    """A record of any type, by reference or by value, and the role that it plays."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    role: str
    referred_type: str | None = None


class ExternalReference(Extensible):
    """The name that another system gives a record, and which kind of name it is."""

    id: str | None = None
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    external_reference_type: str | None = None


class NamedExternalReference(ExternalReference):
    """Such a name where it has to be said."""

    name: Annotated[str, PERSONAL]


class ExternalId(Extensible):
    """The id of a record in the system that owns it."""

    id: str
    owner: str
    entity_type: str


class AgreementRef(Reference, targets=("Agreement",)):
    """A reference to an agreement."""

    name: Annotated[str | None, PERSONAL] = None


class ContractRef(Reference, targets=("Contract",)):
    """A reference to a contract."""


class AgreementItemRef(Reference, targets=("Agreement",)):
    """A reference to an agreement and to one of its items."""

    name: Annotated[str | None, PERSONAL] = None
    agreement_item_id: str | None = None


class AppointmentRef(Reference, targets=("Appointment",)):
    """A reference to an appointment."""

    name: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None


class ConstraintRef(Reference, targets=("Constraint",)):
    """A reference to a rule or policy that binds what carries it."""

    version: str | None = None


class PaymentRef(Reference, targets=("Payment",)):
    """A reference to a payment."""


class PaymentMethodRef(Reference, targets=("PaymentMethod",)):
    """A reference to a means of payment."""


class ProductOfferingQualificationRef(Reference, targets=("ProductOfferingQualification",)):
    """A reference to a qualification."""


class ProductOfferingQualificationItemRef(Reference):
    """A reference to one item of a qualification; the item's id counts within that only."""

    product_offering_qualification_id: str
    product_offering_qualification_href: str | None = None
    product_offering_qualification_name: str | None = None


class QuoteRef(Reference, targets=("Quote",)):
    """A reference to a quote."""

    name: Annotated[str | None, PERSONAL] = None


class QuoteItemRef(Reference):
    """A reference to one item of a quote; the item's id counts within that quote only."""

    quote_id: str
    quote_href: str | None = None
    quote_name: str | None = None


class SalesLeadRef(Reference, targets=("SalesLead",)):
    """A reference to a lead."""

    name: Annotated[str | None, PERSONAL] = None


class ProductOrderRef(Reference, targets=("ProductOrder",)):
    """A reference to a product order."""


class OwnershipTransferRef(Reference, targets=("OwnershipTransfer",)):
    """A reference to the handing over of products to another customer."""

    name: Annotated[str | None, PERSONAL] = None


class OrderGroupRef(Reference, targets=("OrderGroup",)):
    """A reference to a group of orders with a common due date."""


class ServiceOrderRef(Reference, targets=("ServiceOrder",)):
    """A reference to a service order."""


class ResourceOrderRef(Reference, targets=("ResourceOrder",)):
    """A reference to a resource order."""


class ResourcePoolRef(Reference, targets=("ResourcePool",)):
    """A reference to a pool that values are taken from."""


class ProductRef(Reference, targets=("Product",)):
    """A reference to a product that somebody has."""


class ServiceRef(Reference, targets=("Service",)):
    """A reference to a service that runs."""


class ResourceRef(Reference, targets=("Resource",)):
    """A reference to a resource, such as a device or a number."""

    value: str | None = None


class ChannelRef(Reference, targets=("Channel",)):
    """A reference to a sales channel."""


class RelatedChannel(Reference, targets=("Channel",)):
    """A sales channel that had to do with a record, and in which role."""

    role: str | None = None


class MarketSegmentRef(Reference, targets=("MarketSegment",)):
    """A reference to a market segment."""


class PlaceRef(Reference, targets=PLACE_TARGETS):
    """A reference to an address, a site or a location; an address's name is its street."""

    name: Annotated[str | None, PERSONAL] = None


class PlaceRefOrValue(Extensible, targets=PLACE_TARGETS):
    """A place by reference, or by its name alone. Ours: the `role` that it plays."""

    id: str | None = None
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    referred_type: str | None = None
    role: str | None = None


class RelatedPlaceRefOrValue(PlaceRefOrValue, targets=PLACE_TARGETS):
    """A place, by reference or by value, and the role that it plays for a record."""

    role: str


class TagRef(Reference, targets=("Tag",)):
    """A label on a record."""


class PartyInteractionRef(Reference, targets=("PartyInteraction",)):
    """A reference to the contact in which something was asked for."""

    name: Annotated[str | None, PERSONAL] = None
