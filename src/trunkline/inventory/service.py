"""Services (TMF638): what runs for a customer, above the resources and below the products."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.inventory.api import STATE_BY_HAND, TMF638
from trunkline.inventory.external_identifier import ExternalIdentifier, identifier_faults
from trunkline.inventory.resource import Feature
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.catalog_reference import ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.own_hand import noted_by_staff
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import period_faults
from trunkline.shared.reference import (
    RelatedEntityRefOrValue,
    RelatedPlaceRefOrValue,
    ResourceRef,
    ServiceOrderRef,
)

ServiceState: TypeAlias = Literal[
    "feasibilityChecked", "designed", "reserved", "inactive", "active", "terminated"
]

SERVICE_MOVES: dict[str, tuple[str, ...]] = {
    "feasibilityChecked": ("designed", "reserved", "inactive", "active", "terminated"),
    "designed": ("reserved", "inactive", "active", "terminated"),
    "reserved": ("inactive", "active", "terminated"),
    # A suspended service is inactive: TMF638 has no state of its own for it.
    "inactive": ("active", "terminated"),
    "active": ("inactive", "terminated"),
    "terminated": (),
}
SERVICE_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="feasibilityChecked",
    moves=SERVICE_MOVES,
    # Services that are loaded from a network inventory arrive in any state.
    starts=tuple(SERVICE_MOVES),
    by_hand=STATE_BY_HAND,
)
ENDED_SERVICE = SERVICE_LIFECYCLE.final


class ServiceRelationship(Extensible):
    """How one service hangs together with another one."""

    id: str | None = None
    href: str | None = None
    relationship_type: str
    service: ServiceRefOrValue | None = None
    service_relationship_characteristic: list[Characteristic] = many()


class RelatedServiceOrderItem(Extensible):
    """The order item that made or changed a service.

    `service_order` is ours: it names the same order as `service_order_id`, as a reference that
    links both ways.
    """

    id: str | None = None
    href: str | None = None
    service_order_id: str | None = None
    service_order_href: str | None = None
    item_id: str | None = None
    item_action: Literal["add", "modify", "delete", "noChange"] | None = None
    role: str | None = None
    referred_type: str | None = None
    service_order: ServiceOrderRef | None = None


class ServiceDetails(Extensible):
    """What is said of a service, whether it stands for itself or inside an order item.

    `external_identifier` is ours in v4.
    """

    name: str | None = None
    category: str | None = None
    description: str | None = None
    service_type: str | None = None
    service_date: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    start_mode: str | None = None
    has_started: bool | None = None
    is_bundle: bool | None = None
    is_service_enabled: bool | None = None
    is_stateful: bool | None = None
    state: ServiceState | None = None
    feature: list[Feature] = many()
    note: list[Note] = many()
    place: list[RelatedPlaceRefOrValue] = many()
    related_entity: list[RelatedEntityRefOrValue] = many()
    related_party: list[RelatedParty] = many()
    service_characteristic: list[Characteristic] = many()
    service_order_item: list[RelatedServiceOrderItem] = many()
    service_relationship: list[ServiceRelationship] = many()
    service_specification: ServiceSpecificationRef | None = None
    supporting_resource: list[ResourceRef] = many()
    supporting_service: list[ServiceRefOrValue] = many()
    external_identifier: list[ExternalIdentifier] = many()


class ServiceRefOrValue(ServiceDetails, targets=("Service",)):
    """A service by reference, by value, or by both; the `id` is there once it is known."""

    id: str | None = None
    href: str | None = None
    referred_type: str | None = None


@resource(
    api=TMF638,
    path="service",
    prefix="SVC",
    required=("state", "service_specification"),
    lifecycle=SERVICE_LIFECYCLE,
    immutable=("service_date",),
    promote=(Promoted("state"), Promoted("name")),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "serviceType", "state", "startDate"),
)
class Service(ServiceDetails, Document):
    """A service, customer-facing or resource-facing, planned, running or ended.

    `state_reason` is ours: why its state was last changed by hand.
    """

    state_reason: Annotated[str | None, PERSONAL] = None


noted_by_staff(Service, "stateReason")


@rule(Service)
def service_dates_are_in_order(
    _work: object, _old: Service | None, new: Service
) -> Iterator[Fault]:
    """Refuse a service that ends before it starts, and periods inside it that do."""
    start, end = new.start_date, new.end_date
    if start is not None and end is not None and end < start:
        yield Fault(
            "endDate",
            "endsBeforeStart",
            "must not be earlier than startDate; correct one of them",
        )
    yield from period_faults(new)
    yield from identifier_faults(new.external_identifier)
