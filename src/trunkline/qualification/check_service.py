"""Qualifications of services (TMF645): can the network deliver this there, or change it so?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.qualification.api import TMF645
from trunkline.qualification.parts import (
    AlternateServiceProposal,
    CheckedService,
    CoverageAreaRef,
    ItemRelationship,
    Reservation,
    Result,
    TerminationError,
    UnavailabilityReason,
    task_lifecycle,
)
from trunkline.qualification.whereabouts import says_where
from trunkline.shared.catalog_reference import ServiceCategoryRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty

State = Literal["accepted", "terminatedWithError", "inProgress", "done"]
ITEM = "serviceQualificationItem"
ANSWERED_INSIDE = (
    "state", "qualificationResult", "alternateServiceProposal", "eligibilityUnavailabilityReason",
    "expirationDate", "expectedServiceAvailabilityDate", "terminationError", "coverageArea",
    "reservation",
)  # fmt: skip
"""What is said of an item once it is answered, by its JSON names."""


class ServiceQualificationItem(Extensible):
    """One service that is asked about, where, and what came of it.

    `coverage_area` (the row of the map that said so) and `reservation` are ours.
    """

    id: str
    service: CheckedService
    category: ServiceCategoryRef | None = None
    state: State | None = None
    qualification_result: Result | None = None
    expected_activation_date: datetime | None = None
    expected_service_availability_date: datetime | None = None
    expiration_date: datetime | None = None
    alternate_service_proposal: list[AlternateServiceProposal] = many()
    eligibility_unavailability_reason: list[UnavailabilityReason] = many()
    qualification_item_relationship: list[ItemRelationship] = many()
    termination_error: list[TerminationError] = many()
    coverage_area: CoverageAreaRef | None = None
    reservation: Reservation | None = None


@resource(
    api=TMF645,
    path="checkServiceQualification",
    prefix="CSQ",
    title="Service qualification",
    required=("service_qualification_item",),
    immutable=("service_qualification_item", "related_party", "provide_alternative",
               "provide_unavailability_reason", "instant_sync_qualification", "reserve"),
    server_sets=("state", "qualification_result", "check_service_qualification_date",
                 "effective_qualification_date", "estimated_response_date", "expiration_date"),
    lifecycle=task_lifecycle("accepted"),
    promote=(
        Promoted("state"),
        Promoted("qualificationResult"),
        Promoted("externalId"),
        Promoted("checkServiceQualificationDate", "instant"),
        Promoted("expirationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("externalId",),
    columns=("key", "description", "state", "qualificationResult", "checkServiceQualificationDate",
             "expirationDate"),
)  # fmt: skip
class CheckServiceQualification(Extensible, Document):
    """Services that somebody wants to have somewhere, or changed, and whether that is possible.

    Ours: `reserve` asks that what can be had is kept until the answer expires.
    """

    description: Annotated[str | None, PERSONAL] = None
    external_id: str | None = None
    check_service_qualification_date: datetime | None = None
    effective_qualification_date: datetime | None = None
    estimated_response_date: datetime | None = None
    expected_qualification_date: datetime | None = None
    expiration_date: datetime | None = None
    instant_sync_qualification: bool | None = None
    provide_alternative: bool | None = None
    provide_unavailability_reason: bool | None = None
    qualification_result: Result | None = None
    related_party: list[RelatedParty] = many()
    service_qualification_item: Annotated[list[ServiceQualificationItem], Limits(items_min=1)] = (
        many()
    )
    state: State | None = None
    reserve: bool | None = None


@rule(CheckServiceQualification)
def a_check_can_be_answered(
    _work: object, old: CheckServiceQualification | None, new: CheckServiceQualification
) -> Iterator[Fault]:
    """Refuse a check that does not say for whom, of which service or where."""
    if old is not None:
        return
    if not new.related_party:
        message = "name the customer or another party: a related party with its role"
        yield Fault("relatedParty", "partyMissing", message)
    yield from item_faults(new)


def item_faults(check: CheckServiceQualification) -> Iterator[Fault]:
    """Yield what keeps the items of a check from being answered."""
    seen: set[str] = set()
    idents = {one.id for one in check.service_qualification_item}
    for index, item in enumerate(check.service_qualification_item):
        path = f"{ITEM}[{index}]"
        if item.id in seen:
            yield Fault(f"{path}.id", "duplicateItem", f"{item.id} is another item's id")
        seen.add(item.id)
        service = item.service
        if not (service.id or referred_to(service) or says_where(service.place)):
            message = "say where: a place, a service that there is, or one to refer to"
            yield Fault(f"{path}.service.place", "placeMissing", message)
        if not service.id and service.service_specification is None:
            message = "name a specification, or a service that there is"
            yield Fault(f"{path}.service.serviceSpecification", "specificationMissing", message)
        for place, one in enumerate(item.qualification_item_relationship):
            if one.id not in idents:
                spot = f"{path}.qualificationItemRelationship[{place}].id"
                yield Fault(spot, "unknownItem", f"{one.id} is no item of this check")


def referred_to(service: CheckedService) -> str | None:
    """Return the service that a wanted one refers to for its place."""
    found = (one.service.id for one in service.service_relationship if one.service is not None)
    return next((one for one in found if one), None)


def lines_of(check: CheckServiceQualification) -> list[list[ServiceQualificationItem]]:
    """Return the items by line: those that hang together share one result."""
    items = {one.id: one for one in check.service_qualification_item}
    line = {ident: ident for ident in items}

    def first(ident: str) -> str:
        while line[ident] != ident:
            ident = line[ident]
        return ident

    for item in items.values():
        for one in item.qualification_item_relationship:
            if one.id in line:
                line[first(item.id)] = first(one.id)
    found: dict[str, list[ServiceQualificationItem]] = {}
    for ident, item in items.items():
        found.setdefault(first(ident), []).append(item)
    return list(found.values())
