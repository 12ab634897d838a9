"""Product specifications (TMF620): what a product is, and which services realize it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from trunkline.catalog.api import TMF620
from trunkline.catalog.characteristic import ProductSpecificationCharacteristic
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    Specification,
)
from trunkline.catalog.relation import (
    BundledProductSpecification,
    ProductSpecificationRelationship,
    RealizingServiceSpecification,
    RequiredResourceSpecification,
)
from trunkline.documents.shape import many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import TargetProductSchema


@resource(
    api=TMF620,
    path="productSpecification",
    prefix="PSP",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=(*COLUMNS, "productNumber", "brand"),
    data_class="public",
)
class ProductSpecification(Specification):
    """What a product is: its characteristics, its parts and what realizes it.

    `emergency_calls` is ours: its products carry them. With `tell` the customer is to be told
    before they rest or end, with `keep` they are not suspended.
    """

    brand: str | None = None
    emergency_calls: Literal["tell", "keep"] | None = None
    product_number: str | None = None
    bundled_product_specification: list[BundledProductSpecification] = many()
    product_spec_characteristic: list[ProductSpecificationCharacteristic] = many()
    product_specification_relationship: list[ProductSpecificationRelationship] = many()
    resource_specification: list[RequiredResourceSpecification] = many()
    service_specification: list[RealizingServiceSpecification] = many()
    target_product_schema: TargetProductSchema | None = None

    @property
    def characteristics(self) -> Sequence[ProductSpecificationCharacteristic]:
        """The characteristics."""
        return self.product_spec_characteristic
