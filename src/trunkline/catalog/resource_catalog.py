"""Resource catalogs (TMF634): resources as they are offered, arranged in categories."""

from __future__ import annotations

from trunkline.catalog.api import TMF634
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
    ResourceCandidateRef,
    ResourceCategoryRef,
    ResourceSpecificationRef,
)
from trunkline.shared.party_reference import RelatedParty


@resource(
    api=TMF634,
    path="resourceCatalog",
    prefix="RCT",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ResourceCatalogChangeEvent",
        "state_changed": "ResourceCatalogChangeEvent",
    },
)
class ResourceCatalog(CatalogEntry):
    """A collection of resources, arranged in categories."""

    category: list[ResourceCategoryRef] = many()
    related_party: list[RelatedParty] = many()


@resource(
    api=TMF634,
    path="resourceCategory",
    prefix="RCG",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ResourceCategoryChangeEvent",
        "state_changed": "ResourceCategoryChangeEvent",
    },
)
class ResourceCategory(CatalogEntry):
    """A branch of a resource catalog's tree."""

    is_root: bool | None = None
    parent_id: str | None = None
    category: list[ResourceCategoryRef] = many()
    related_party: list[RelatedParty] = many()
    resource_candidate: list[ResourceCandidateRef] = many()


@resource(
    api=TMF634,
    path="resourceCandidate",
    prefix="RCD",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ResourceCandidateChangeEvent",
        "state_changed": "ResourceCandidateChangeEvent",
    },
)
class ResourceCandidate(CatalogEntry):
    """A resource specification as a catalog offers it."""

    category: list[ResourceCategoryRef] = many()
    resource_specification: ResourceSpecificationRef | None = None
