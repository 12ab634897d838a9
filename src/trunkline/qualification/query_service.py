"""Queries of services (TMF645): what can be had at a place at all?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.qualification.api import TMF645
from trunkline.qualification.check_service import ServiceQualificationItem
from trunkline.qualification.parts import CheckedService, task_lifecycle
from trunkline.qualification.whereabouts import says_where
from trunkline.shared.catalog_reference import ServiceCategoryRef
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
    if old is None and asked_service(new) is None:
        yield Fault("searchCriteria.service.place", "placeMissing", "say where to look")


def asked_service(query: QueryServiceQualification) -> CheckedService | None:
    """Return the service that a query is about, with its place; None where it says no place."""
    service = query.search_criteria.service if query.search_criteria is not None else None
    return service if service is not None and says_where(service.place) else None
