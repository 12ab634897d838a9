"""Resource specifications (TMF634): what a device, a line or a number is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from trunkline.catalog.api import TMF634
from trunkline.catalog.characteristic import (
    FeatureSpecification,
    ResourceSpecificationCharacteristic,
)
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    Specification,
)
from trunkline.catalog.relation import ResourceSpecificationRelationship
from trunkline.documents.shape import Classified, many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import (
    ConnectionPointSpecificationRef,
    ResourceGraphSpecificationRef,
)
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference, ResourcePoolRef


class TargetResourceSchema(Extensible):
    """The type and the schema that a resource made from a specification has."""

    type_: str
    schema_location: str


class EndpointSpecificationRef(Reference, targets=("ResourceSpecification",)):
    """The specification of one end of a connection."""

    is_root: bool | None = None
    role: str | None = None
    connection_point_specification: ConnectionPointSpecificationRef | None = None


class ConnectionSpecification(Extensible):
    """How the ends of a connection are associated."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    association_type: str
    endpoint_specification: list[EndpointSpecificationRef]


class ResourceGraphSpecificationRelationship(Extensible):
    """How a graph of resources relates to another one."""

    id: str | None = None
    href: str | None = None
    relationship_type: str | None = None
    resource_graph: ResourceGraphSpecificationRef | None = None


class ResourceGraphSpecification(Extensible):
    """How the parts of a resource function are connected."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    description: str | None = None
    connection_specification: list[ConnectionSpecification]
    graph_specification_relationship: list[ResourceGraphSpecificationRelationship] = many()


@resource(
    api=TMF634,
    path="resourceSpecification",
    prefix="RSP",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=(*COLUMNS, "category"),
    data_class="public",
    events={
        "changed": "ResourceSpecificationChangeEvent",
        "state_changed": "ResourceSpecificationChangeEvent",
    },
)
class ResourceSpecification(Specification):
    """What a resource is; physical, logical and function specifications share this shape.

    Our extension: `resource_pool`, from which its resources take their value.
    """

    category: str | None = None
    feature_specification: list[FeatureSpecification] = many()
    resource_spec_characteristic: list[ResourceSpecificationCharacteristic] = many()
    resource_spec_relationship: list[ResourceSpecificationRelationship] = many()
    target_resource_schema: TargetResourceSchema | None = None
    model: str | None = None
    part: str | None = None
    sku: str | None = None
    vendor: str | None = None
    resource_pool: Annotated[ResourcePoolRef | None, Classified("internal")] = None
    connection_point_specification: list[ConnectionPointSpecificationRef] = many()
    connectivity_specification: list[ResourceGraphSpecification] = many()

    @property
    def characteristics(self) -> Sequence[ResourceSpecificationCharacteristic]:
        """The characteristics."""
        return self.resource_spec_characteristic
