"""Answering a query of services: which can be had at a place, by the map or a system that knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trunkline.catalog.entry import LIVE
from trunkline.catalog.service_catalog import ServiceCandidate
from trunkline.catalog.service_specification import ServiceSpecification, facing_of
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.work import Work
from trunkline.qualification.check_service import ServiceQualificationItem
from trunkline.qualification.coverage import Finding, Question, coverage_of
from trunkline.qualification.coverage_area import DOWNLOAD, UPLOAD, CoverageArea
from trunkline.qualification.coverage_map import areas_at, ask_map, specifications
from trunkline.qualification.expiry import expires_at
from trunkline.qualification.parts import ANSWERED, FAILED, CheckedService
from trunkline.qualification.query_service import QueryServiceQualification, asked_service
from trunkline.qualification.service_answer import write
from trunkline.qualification.whereabouts import whereabouts
from trunkline.shared.catalog_reference import ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic

QUERIED_MAX = 1000
FOR_RESOURCES = "ResourceFacingService"
"""Nobody orders these by themselves; the map may have rows about them all the same."""


@enrich(QueryServiceQualification)
def query_is_answered(work: Work, new: QueryServiceQualification) -> None:
    """Answer a new query from the coverage map, unless an outside system is to be asked."""
    new.query_service_qualification_date = work.now
    if asked_service(new) is not None:
        begin(work, new)


def begin(work: Work, query: QueryServiceQualification) -> None:
    """Ask the map and conclude, or put down what an outside system is to be asked about."""
    query.expiration_date = None
    if coverage_of(work.services) is None:
        query.service_qualification_item = _by_map(work, query)
        _conclude(work, query)
        return
    query.service_qualification_item = [
        _item(str(number), ident, name)
        for number, (ident, name) in enumerate(_wanted(work, query).items(), 1)
    ]
    if not query.service_qualification_item:
        _conclude(work, query)


def asked_of(work: Work, query: QueryServiceQualification) -> list[Question]:
    """Return what an outside system is asked: each service that is sold, at the place."""
    service = asked_service(query)
    if service is None:
        return []
    where = whereabouts(work, service.place)
    values = {one.name: one.value for one in service.service_characteristic}
    return [
        Question(one.id, where, _specification(one), _name(one), values)
        for one in query.service_qualification_item
    ]


def settle(
    work: Work, query: QueryServiceQualification, findings: Mapping[str, Finding]
) -> None:  # fmt: skip
    """Write what was found to the items; once all are answered, those stay that can be had."""
    items = {one.id: one for one in query.service_qualification_item}
    known = specifications(work, [_specification(one) for one in items.values()])
    for ident, finding in findings.items():
        if ident in items:
            held = known.get(_specification(items[ident]))
            terms = [held.qualification if held is not None else None]
            until = finding.expires_at or expires_at(terms, work.now)
            write(items[ident], replace(finding, expires_at=until))
    if all(one.qualification_result for one in items.values()):
        query.service_qualification_item = [one for one in items.values() if _can_be_had(one)]
        _conclude(work, query)


def _can_be_had(item: ServiceQualificationItem) -> bool:
    """Tell whether a service can be had, at once, later or less of it; or nobody could tell."""
    if item.qualification_result != "alternate":
        return item.qualification_result != "unqualified"
    offered = (one.alternate_service for one in item.alternate_service_proposal)
    named = [one.service_specification for one in offered if one is not None]
    return any(one is not None and one.id == _specification(item) for one in named)


def _conclude(work: Work, query: QueryServiceQualification) -> None:
    items = query.service_qualification_item
    is_unknown = any(one.qualification_result == "none" for one in items)
    query.state = FAILED if is_unknown else ANSWERED
    query.effective_qualification_date = work.now
    query.expiration_date = min(
        (one.expiration_date for one in items if one.expiration_date), default=None
    )


def _wanted(work: Work, query: QueryServiceQualification) -> dict[str, str | None]:
    """Return the services that are asked about, by id with their names: one, or all on sale."""
    service, category = asked_service(query), _category(query)
    named = service.service_specification if service is not None else None
    if named is not None:
        held = specifications(work, [named.id]).get(named.id)
        return {named.id: held.name if held is not None else named.name}
    asked: dict[str, Json] = {"lifecycleStatus": list(LIVE)}
    if category is not None:
        within = work.find(ServiceCandidate, {**asked, "category.id": category})
        asked["id"] = [one.service_specification.id for one in within]
    found = work.find(ServiceSpecification, asked, limit=QUERIED_MAX)
    sold = [one for one in found if facing_of(one.raw) != FOR_RESOURCES]
    return {one.id: one.name for one in sorted(sold, key=lambda one: one.name or "")}


def _by_map(work: Work, query: QueryServiceQualification) -> list[ServiceQualificationItem]:
    """Return what the rows for the place name, best first by service, and what needs no place."""
    service = asked_service(query)
    assert service is not None, "it is asked before"
    where = whereabouts(work, service.place)
    wanted = _wanted(work, query)
    is_open = service.service_specification is None and _category(query) is None
    best: dict[str, CoverageArea] = {}
    for area in areas_at(work, where):
        ident = area.service_specification.id if area.service_specification else ""
        if (is_open or ident in wanted) and (area.free is None or area.free > 0):
            best[ident] = max(best.get(ident, area), area, key=_speed)
    rest = [one for one in wanted if one not in best]
    questions = [Question(one, where, one, wanted[one] or "") for one in rest]
    found = {ident: one for ident, one in ask_map(work, questions).items()
             if one.result == "qualified"}  # fmt: skip
    known = specifications(work, [*best, *found])
    items = []
    for number, ident in enumerate([*sorted(best), *found], 1):
        held = known.get(ident)
        name = held.name if held is not None else wanted.get(ident)
        item = _item(str(number), ident, name, _values(best[ident]) if ident in best else ())
        area_id = best[ident].id if ident in best else found[ident].area
        later = best[ident].available_from if ident in best else None
        until = expires_at([held.qualification if held is not None else None], work.now)
        write(item, Finding("qualified", area=area_id, available_at=later, expires_at=until))
        items.append(item)
    return items


def _category(query: QueryServiceQualification) -> str | None:
    criteria = query.search_criteria
    return criteria.category.id if criteria is not None and criteria.category is not None else None


def _item(
    ident: str, specification: str, name: str | None, values: Sequence[Characteristic] = ()
) -> ServiceQualificationItem:
    item = ServiceQualificationItem(
        id=ident,
        state="accepted",
        service=CheckedService(
            service_specification=ServiceSpecificationRef(id=specification, name=name)
        ),
    )
    if values:
        item.service.service_characteristic = [*values]
    return item


def _specification(item: ServiceQualificationItem) -> str:
    named = item.service.service_specification
    return named.id if named is not None else ""


def _name(item: ServiceQualificationItem) -> str:
    named = item.service.service_specification
    return (named.name if named is not None else None) or ""


def _values(area: CoverageArea) -> list[Characteristic]:
    speeds = ((DOWNLOAD, area.max_download_speed), (UPLOAD, area.max_upload_speed))
    found = [Characteristic(name=name, value=most) for name, most in speeds if most is not None]
    return [*found, *(Characteristic(name=one.name, value=one.value) for one in area.maximum)]


def _speed(area: CoverageArea) -> int:
    return area.max_download_speed or 0
