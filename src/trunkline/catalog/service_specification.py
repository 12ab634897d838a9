"""Service specifications (TMF633): what a service is, and which services and resources it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias

from trunkline.catalog.api import TMF633
from trunkline.catalog.characteristic import CharacteristicSpecification, FeatureSpecification
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    Specification,
)
from trunkline.catalog.qualification_terms import QualificationTerms
from trunkline.catalog.relation import (
    EntitySpecificationRelationship,
    RequiredResourceSpecification,
    ServiceSpecRelationship,
)
from trunkline.documents.shape import Json, Limits, many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import ServiceLevelSpecificationRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import ConstraintRef

Facing: TypeAlias = Literal["CustomerFacingService", "ResourceFacingService"]


class TargetEntitySchema(Extensible):
    """The type and the schema that a service made from a specification has."""

    type_: str
    schema_location: str


@resource(
    api=TMF633,
    path="serviceSpecification",
    prefix="SSP",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
    events={
        "changed": "ServiceSpecificationChangeEvent",
        "state_changed": "ServiceSpecificationChangeEvent",
    },
)
class ServiceSpecification(Specification):
    """What a service is; its `@type` says whether customers or resources face it.

    `service_type`, which says that beside the `@type`, and `qualification` are ours.
    """

    constraint: list[ConstraintRef] = many()
    entity_spec_relationship: list[EntitySpecificationRelationship] = many()
    feature_specification: list[FeatureSpecification] = many()
    resource_specification: list[RequiredResourceSpecification] = many()
    service_level_specification: list[ServiceLevelSpecificationRef] = many()
    service_spec_relationship: list[ServiceSpecRelationship] = many()
    spec_characteristic: list[CharacteristicSpecification] = many()
    target_entity_schema: TargetEntitySchema | None = None
    service_type: Annotated[Facing | None, Limits(is_open=True)] = None
    qualification: QualificationTerms | None = None

    @property
    def characteristics(self) -> Sequence[CharacteristicSpecification]:
        """The characteristics."""
        return self.spec_characteristic


def facing_of(specification: Mapping[str, Json]) -> Facing | None:
    """Return whom a service faces as its specification says it; None where it does not."""
    for name in ("@type", "specType", "serviceType", "category"):
        word = "".join(one for one in str(specification.get(name) or "").lower() if one.isalpha())
        if word.startswith(("resourcefacing", "rfs")):
            return "ResourceFacingService"
        if word.startswith(("customerfacing", "cfs")):
            return "CustomerFacingService"
    return None
