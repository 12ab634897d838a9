"""What the qualifications of services and of offerings say alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.geography.address import AddressLines
from trunkline.shared.catalog_reference import ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import PLACE_TARGETS, Reference, ResourcePoolRef

Result: TypeAlias = Literal["qualified", "alternate", "unqualified", "none"]
"""What came of a question; `none` where nobody answered, absent while the answer is awaited."""

WAITING = ("accepted", "acknowledged", "inProgress")
ANSWERED: Final = "done"
FAILED: Final = "terminatedWithError"


def task_lifecycle(first: str) -> Lifecycle:
    """Return the states of a question; one that was answered, or was not, may be asked again."""
    return Lifecycle(
        attribute="state",
        initial=first,
        moves={
            first: ("inProgress", ANSWERED, FAILED),
            "inProgress": (ANSWERED, FAILED),
            ANSWERED: ("inProgress", FAILED),
            FAILED: ("inProgress", ANSWERED),
        },
    )


class CoverageAreaRef(Reference, targets=("CoverageArea",)):
    """A reference to a row of the coverage map."""


class CheckedPlace(AddressLines, targets=PLACE_TARGETS):
    """Where something is wanted: a site, an address or a location by reference, or its lines."""

    id: str | None = None
    href: str | None = None
    role: str
    referred_type: str | None = None


class UnavailabilityReason(Extensible):
    """Why something cannot be had as it was asked for; `code` is for programs."""

    code: str | None = None
    label: str | None = None


class TerminationError(Extensible):
    """Why a question ended without an answer."""

    id: str | None = None
    value: str | None = None


class ItemRelationship(Extensible):
    """Another item of the same qualification, and what this one has to do with it."""

    id: str | None = None
    relationship_type: str | None = None


class ReservedValue(Extensible):
    """A number or another value of a pool that is kept, and the characteristic that takes it."""

    resource_pool: ResourcePoolRef
    characteristic: str
    value: Annotated[str, PERSONAL]


class Reservation(Extensible):
    """What is kept for whoever was promised it: a line of an area, values of pools; until when."""

    coverage_area: CoverageAreaRef | None = None
    resource_value: list[ReservedValue] = many()
    until: datetime | None = None


class CheckedServiceRelationship(Extensible):
    """A service that the wanted one is based on."""

    relationship_type: str
    service: ServiceNamed | None = None


class ServiceNamed(Extensible, targets=("Service",)):
    """A service that there is, by reference."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    referred_type: str | None = None


class CheckedService(Extensible, targets=("Service",)):
    """A service that is wanted, or one that there is (by its id) as it is wanted to be."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    referred_type: str | None = None
    service_type: str | None = None
    place: list[CheckedPlace] = many()
    service_characteristic: list[Characteristic] = many()
    service_relationship: list[CheckedServiceRelationship] = many()
    service_specification: ServiceSpecificationRef | None = None


class AlternateServiceProposal(Extensible):
    """Something else that can be had instead, and from when on."""

    id: str | None = None
    alternate_service_availability_date: datetime | None = None
    alternate_service: CheckedService | None = None
