"""Queries of services (TMF645): what can be had at a place at all?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, many
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.qualification.api import TMF645
from trunkline.qualification.check_service import ServiceQualificationItem
from trunkline.qualification.coverage_area import DOWNLOAD, UPLOAD, CoverageArea
from trunkline.qualification.coverage_map import areas_at, specifications
from trunkline.qualification.expiry import expires_at
from trunkline.qualification.parts import (
    ANSWERED,
    CheckedService,
    CoverageAreaRef,
    task_lifecycle,
)
from trunkline.qualification.whereabouts import says_where, whereabouts
from trunkline.shared.catalog_reference import ServiceCategoryRef, ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty


class SearchCriteria(Extensible):
    """What is looked for: at which place, and of which specification where one is named."""

    id: str | None = None
    category: ServiceCategoryRef | None = None
    service: CheckedService | None = None


@resource(
    api=TMF645,
    path="queryServiceQualification",
    prefix="QSQ",
    title="Service query",
    required=("search_criteria",),
    immutable=("search_criteria", "related_party", "instant_sync_qualification"),
    server_sets=("state", "query_service_qualification_date", "effective_qualification_date",
                 "estimated_response_date", "expiration_date", "service_qualification_item"),
    lifecycle=task_lifecycle("accepted"),
    events={"changed": "QueryServiceQualificationStateChangeEvent"},
    promote=(
        Promoted("state"),
        Promoted("externalId"),
        Promoted("queryServiceQualificationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("externalId",),
    columns=("key", "description", "state", "queryServiceQualificationDate", "expirationDate"),
)  # fmt: skip
class QueryServiceQualification(Extensible, Document):
    """The question what can be had somewhere, and the services that can."""

    description: Annotated[str | None, PERSONAL] = None
    external_id: str | None = None
    query_service_qualification_date: datetime | None = None
    effective_qualification_date: datetime | None = None
    estimated_response_date: datetime | None = None
    expected_qualification_date: datetime | None = None
    expiration_date: datetime | None = None
    instant_sync_qualification: bool | None = None
    related_party: list[RelatedParty] = many()
    search_criteria: SearchCriteria | None = None
    service_qualification_item: list[ServiceQualificationItem] = many()
    state: Literal["accepted", "terminatedWithError", "inProgress", "done"] | None = None


@rule(QueryServiceQualification)
def a_query_says_where(
    _work: object, old: QueryServiceQualification | None, new: QueryServiceQualification
) -> Iterator[Fault]:
    """Refuse a query that names no place."""
    service = new.search_criteria.service if new.search_criteria is not None else None
    if old is None and not (service is not None and says_where(service.place)):
        yield Fault("searchCriteria.service.place", "placeMissing", "say where to look")


@enrich(QueryServiceQualification)
def query_is_answered(work: Work, new: QueryServiceQualification) -> None:
    """Answer a new query from the coverage map."""
    new.query_service_qualification_date = work.now
    service = new.search_criteria.service if new.search_criteria is not None else None
    if service is None or not says_where(service.place):
        return
    wanted = service.service_specification
    best: dict[str, CoverageArea] = {}
    for area in areas_at(work, whereabouts(work, service.place)):
        ident = area.service_specification.id if area.service_specification else ""
        is_asked = wanted is None or wanted.id == ident
        if is_asked and (area.free is None or area.free > 0):
            best[ident] = max(best.get(ident, area), area, key=_speed)
    known = specifications(work, best)
    items = []
    for place, (ident, area) in enumerate(sorted(best.items()), 1):
        name = known[ident].name if ident in known else None
        items.append(_item(str(place), area, name))
        terms = known[ident].qualification if ident in known else None
        items[-1].expiration_date = expires_at([terms], work.now)
    new.service_qualification_item = items
    new.state = ANSWERED
    new.effective_qualification_date = work.now
    new.expiration_date = min(
        (one.expiration_date for one in items if one.expiration_date), default=None
    )


def _item(ident: str, area: CoverageArea, name: str | None) -> ServiceQualificationItem:
    specification = area.service_specification
    assert specification is not None, "the map asks for one"
    item = ServiceQualificationItem(
        id=ident,
        state="done",
        qualification_result="qualified",
        service=CheckedService(
            service_specification=ServiceSpecificationRef(id=specification.id, name=name),
            service_characteristic=_values(area),
        ),
        coverage_area=CoverageAreaRef(id=area.id),
    )
    item.expected_service_availability_date = area.available_from
    return item


def _values(area: CoverageArea) -> list[Characteristic]:
    speeds = ((DOWNLOAD, area.max_download_speed), (UPLOAD, area.max_upload_speed))
    found = [Characteristic(name=name, value=most) for name, most in speeds if most is not None]
    return [*found, *(Characteristic(name=one.name, value=one.value) for one in area.maximum)]


def _speed(area: CoverageArea) -> int:
    return area.max_download_speed or 0
