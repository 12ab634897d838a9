"""Resources (TMF639): devices, numbers, addresses and ports, and the state each is in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.inventory.api import STATE_BY_HAND, TMF639
from trunkline.inventory.external_identifier import ExternalIdentifier, identifier_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.catalog_reference import ResourceSpecificationRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, period_faults
from trunkline.shared.reference import (
    ConstraintRef,
    RelatedEntityRefOrValue,
    RelatedPlaceRefOrValue,
    ResourceOrderRef,
    ResourcePoolRef,
)

AdministrativeState: TypeAlias = Literal["locked", "unlocked", "shutdown"]
OperationalState: TypeAlias = Literal["enable", "disable"]
UsageState: TypeAlias = Literal["idle", "active", "busy"]
ResourceStatus: TypeAlias = Literal[
    "standby", "alarm", "available", "reserved", "unknown", "suspended"
]

RESOURCE_STATUSES = ("standby", "alarm", "available", "reserved", "unknown", "suspended")
# The network decides what happens to a resource; we keep what it tells, in any order.
RESOURCE_LIFECYCLE = Lifecycle(
    attribute="resource_status",
    initial="unknown",
    moves={
        status: tuple(other for other in RESOURCE_STATUSES if other != status)
        for status in RESOURCE_STATUSES
    },
    starts=RESOURCE_STATUSES,
    by_hand=STATE_BY_HAND,
)


class FeatureRelationship(Extensible):
    """How one feature hangs together with another one."""

    id: str | None = None
    name: str
    relationship_type: str
    valid_for: TimePeriod | None = None


class Feature(Extensible):
    """A configurable part of a service or resource, and whether it is switched on."""

    id: str | None = None
    name: str
    is_bundle: bool | None = None
    is_enabled: bool | None = None
    constraint: list[ConstraintRef] = many()
    feature_characteristic: list[Characteristic]
    feature_relationship: list[FeatureRelationship] = many()


class ResourceRelationship(Extensible):
    """How one resource hangs together with another one."""

    id: str | None = None
    href: str | None = None
    relationship_type: str | None = None
    resource: ResourceRefOrValue | None = None
    resource_relationship_characteristic: list[Characteristic] = many()


class RelatedResourceOrderItem(Extensible):
    """The order item that made or changed a resource.

    `resource_order` names the same order as `resource_order_id`, as a reference that links both
    ways.
    """

    resource_order_id: str
    resource_order_href: str | None = None
    item_id: str
    item_action: str | None = None
    role: str | None = None
    referred_type: str | None = None
    resource_order: ResourceOrderRef | None = None


class ResourceDetails(Extensible):
    """What is said of a resource, logical or physical, for itself or inside an order item.

    `value` identifies a logical one (a phone number, an IP address), `serial_number` a physical
    one. Ours in v4: `resource_order_item`, `resource_pool`, which its value is from,
    `external_identifier`, and `related_entity` with what other systems have about it.
    """

    name: str | None = None
    category: str | None = None
    description: str | None = None
    value: Annotated[str | None, PERSONAL] = None
    serial_number: str | None = None
    version_number: str | None = None
    power_state: str | None = None
    manufacture_date: datetime | None = None
    resource_version: str | None = None
    start_operating_date: datetime | None = None
    end_operating_date: datetime | None = None
    administrative_state: AdministrativeState | None = None
    operational_state: OperationalState | None = None
    usage_state: UsageState | None = None
    resource_status: ResourceStatus | None = None
    activation_feature: list[Feature] = many()
    attachment: list[AttachmentRefOrValue] = many()
    note: list[Note] = many()
    place: RelatedPlaceRefOrValue | None = None
    related_party: list[RelatedParty] = many()
    resource_characteristic: list[Characteristic] = many()
    resource_order_item: list[RelatedResourceOrderItem] = many()
    resource_pool: ResourcePoolRef | None = None
    resource_relationship: list[ResourceRelationship] = many()
    resource_specification: ResourceSpecificationRef | None = None
    related_entity: list[RelatedEntityRefOrValue] = many()
    external_identifier: list[ExternalIdentifier] = many()


class ResourceRefOrValue(ResourceDetails, targets=("Resource",)):
    """A resource by reference, by value, or by both; the `id` is there once it is known."""

    id: str | None = None
    href: str | None = None
    referred_type: str | None = None


@resource(
    api=TMF639,
    path="resource",
    prefix="RES",
    required=("name",),
    lifecycle=RESOURCE_LIFECYCLE,
    promote=(
        Promoted("resourceStatus"),
        Promoted("name"),
        Promoted("value"),
        Promoted("serialNumber"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "category", "value", "resourceStatus", "usageState"),
)
class Resource(ResourceDetails, Document):
    """A device, number, address, port or other means that services run on.

    `state_reason` is ours: why its status was last changed by hand.
    """

    state_reason: Annotated[str | None, PERSONAL] = None


@rule(Resource)
def resource_dates_are_in_order(
    _work: object, _old: Resource | None, new: Resource
) -> Iterator[Fault]:
    """Refuse a resource that stops operating before it starts, and periods that end early."""
    start, end = new.start_operating_date, new.end_operating_date
    if start is not None and end is not None and end < start:
        yield Fault(
            "endOperatingDate",
            "endsBeforeStart",
            "must not be earlier than startOperatingDate; correct one of them",
        )
    yield from period_faults(new)
    yield from identifier_faults(new.external_identifier)
