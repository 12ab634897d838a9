"""Service catalogs (TMF633): services as they are offered to products, arranged in categories."""

from __future__ import annotations

from trunkline.catalog.api import TMF633
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    CatalogEntry,
)
from trunkline.documents.shape import many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import (
    ServiceCandidateRef,
    ServiceCategoryRef,
    ServiceSpecificationRef,
)
from trunkline.shared.party_reference import RelatedParty


@resource(
    api=TMF633,
    path="serviceCatalog",
    prefix="SCT",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ServiceCatalogChangeEvent",
        "state_changed": "ServiceCatalogChangeEvent",
    },
)
class ServiceCatalog(CatalogEntry):
    """A collection of services, arranged in categories."""

    category: list[ServiceCategoryRef] = many()
    related_party: list[RelatedParty] = many()


@resource(
    api=TMF633,
    path="serviceCategory",
    prefix="SCG",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ServiceCategoryChangeEvent",
        "state_changed": "ServiceCategoryChangeEvent",
    },
)
class ServiceCategory(CatalogEntry):
    """A branch of a service catalog's tree."""

    is_root: bool | None = None
    parent_id: str | None = None
    category: list[ServiceCategoryRef] = many()
    service_candidate: list[ServiceCandidateRef] = many()


@resource(
    api=TMF633,
    path="serviceCandidate",
    prefix="SCD",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ServiceCandidateChangeEvent",
        "state_changed": "ServiceCandidateChangeEvent",
    },
)
class ServiceCandidate(CatalogEntry):
    """A service specification as a catalog offers it."""

    category: list[ServiceCategoryRef] = many()
    service_specification: ServiceSpecificationRef
