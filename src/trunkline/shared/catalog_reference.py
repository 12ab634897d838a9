"""References to what the catalogs hold: offerings, prices, specifications, categories."""

from __future__ import annotations

from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference


class TargetProductSchema(Extensible):
    """The type and the schema that a product made from a specification has."""

    type_: str
    schema_location: str


class VersionedReference(Reference):
    """A reference that also says which version of the record is meant."""

    version: str | None = None


class CategoryRef(VersionedReference, targets=("Category",)):
    """A reference to a category of offerings."""


class ProductOfferingRef(Reference, targets=("ProductOffering",)):
    """A reference to an offering."""


class ProductOfferingPriceRef(Reference, targets=("ProductOfferingPrice",)):
    """A reference to the price of an offering."""


class ProductSpecificationRef(VersionedReference, targets=("ProductSpecification",)):
    """A reference to the specification of a product."""

    target_product_schema: TargetProductSchema | None = None


class ServiceSpecificationRef(VersionedReference, targets=("ServiceSpecification",)):
    """A reference to the specification of a service."""


class ServiceCandidateRef(VersionedReference, targets=("ServiceCandidate",)):
    """A reference to a service as a catalog offers it."""


class ServiceCategoryRef(VersionedReference, targets=("ServiceCategory",)):
    """A reference to a category of services."""


class ServiceLevelSpecificationRef(Reference, targets=("ServiceLevelSpecification",)):
    """A reference to a promised level of service."""


class ResourceSpecificationRef(VersionedReference, targets=("ResourceSpecification",)):
    """A reference to the specification of a resource."""


class ResourceCandidateRef(VersionedReference, targets=("ResourceCandidate",)):
    """A reference to a resource as a catalog offers it."""


class ResourceCategoryRef(VersionedReference, targets=("ResourceCategory",)):
    """A reference to a category of resources."""


class AssociationSpecificationRef(Reference, targets=("AssociationSpecification",)):
    """A reference to the specification of how two specifications hang together."""


class ConnectionPointSpecificationRef(
    VersionedReference, targets=("ConnectionPointSpecification",)
):
    """A reference to the specification of a connection point."""


class ResourceGraphSpecificationRef(Reference, targets=("ResourceGraphSpecification",)):
    """A reference to the specification of a graph of resources."""


class SLARef(Reference, targets=("ServiceLevelAgreement",)):
    """A reference to a service level agreement."""
