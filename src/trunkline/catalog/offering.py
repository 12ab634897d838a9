"""Offerings (TMF620): what can be sold, at which prices, to whom and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from trunkline.catalog.api import TMF620
from trunkline.catalog.characteristic import ProductSpecificationCharacteristicValueUse
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    CatalogAttachment,
    TranslatedEntry,
)
from trunkline.catalog.price import ProductOfferingPriceRefOrValue, ProductOfferingTerm
from trunkline.catalog.qualification_terms import QualificationTerms
from trunkline.documents.shape import Limits, many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import (
    CategoryRef,
    ProductSpecificationRef,
    ResourceCandidateRef,
    ServiceCandidateRef,
    SLARef,
)
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import AgreementRef, ChannelRef, MarketSegmentRef, PlaceRef

Count = Annotated[int | None, Limits(minimum=0)]


class BundledProductOfferingOption(Extensible):
    """How many of a part a bundle may have; without an upper limit, any number."""

    number_rel_offer_default: Count = None
    number_rel_offer_lower_limit: Count = None
    number_rel_offer_upper_limit: Count = None


class BundledProductOffering(Extensible, targets=("ProductOffering",)):
    """A part of a bundle.

    Our extension: `group` names the bundle's group that the part is an option of, `order` sorts
    it there, `unit` says what is counted, `default_selected` preselects it, and `mandatory`
    false lets it be left out although its lower limit is above zero.
    """

    id: str | None = None
    href: str | None = None
    name: str | None = None
    lifecycle_status: str | None = None
    bundled_product_offering_option: BundledProductOfferingOption | None = None
    group: str | None = None
    order: int | None = None
    unit: str | None = None
    default_selected: bool | None = None
    mandatory: bool | None = None


class BundledGroup(Extensible):
    """Parts of a bundle of which between `minimum` and `maximum` options are chosen."""

    name: str
    order: int | None = None
    minimum_options: Count = None
    maximum_options: Count = None


class ProductOfferingRelationship(Extensible, targets=("ProductOffering",)):
    """How an offering relates to another one (requires, excludes, replaces, …)."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    relationship_type: str | None = None
    role: str | None = None
    valid_for: TimePeriod | None = None
    referred_type: str | None = None


@resource(
    api=TMF620,
    path="productOffering",
    prefix="OFR",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=(*COLUMNS, "isBundle", "isSellable"),
    data_class="public",
)
class ProductOffering(TranslatedEntry):
    """Something that is sold: alone, as a part of bundles, or both.

    Our extension: `offering_type` and `entitlement_type`, `display_name`, `family`, `image`,
    `order`, `bundled_group` for the choices that a bundle gives, and `qualification`.
    """

    is_bundle: bool | None = None
    is_sellable: bool | None = None
    status_reason: str | None = None
    agreement: list[AgreementRef] = many()
    attachment: list[CatalogAttachment] = many()
    bundled_product_offering: list[BundledProductOffering] = many()
    category: list[CategoryRef] = many()
    channel: list[ChannelRef] = many()
    market_segment: list[MarketSegmentRef] = many()
    place: list[PlaceRef] = many()
    prod_spec_char_value_use: list[ProductSpecificationCharacteristicValueUse] = many()
    product_offering_price: list[ProductOfferingPriceRefOrValue] = many()
    product_offering_relationship: list[ProductOfferingRelationship] = many()
    product_offering_term: list[ProductOfferingTerm] = many()
    product_specification: ProductSpecificationRef | None = None
    resource_candidate: ResourceCandidateRef | None = None
    service_candidate: ServiceCandidateRef | None = None
    service_level_agreement: SLARef | None = None
    offering_type: Literal["product", "entitlement"] | None = None
    entitlement_type: Literal["warranty", "extendedWarranty", "license", "subscription"] | None = (
        None
    )
    display_name: str | None = None
    family: str | None = None
    image: str | None = None
    order: int | None = None
    bundled_group: list[BundledGroup] = many()
    qualification: QualificationTerms | None = None


def is_available(offering: ProductOffering, at: datetime) -> bool:
    """Return whether the offering may be newly ordered, if only as a part of a bundle."""
    return offering.is_live and offering.is_valid(at)


def is_on_sale(offering: ProductOffering, at: datetime) -> bool:
    """Return whether the offering may be newly ordered by itself."""
    return is_available(offering, at) and offering.is_sellable is not False


def part_ids(offering: ProductOffering) -> list[str]:
    """Return the ids of the offerings that a bundle consists of."""
    return [part.id for part in offering.bundled_product_offering if part.id is not None]
