"""Service problems (TMF656): what is wrong in the network, whom it hits, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.assurance.api import TMF656
from trunkline.assurance.problem.affected import affected_services
from trunkline.assurance.ticket.ticket import MOVES, TicketRef, TicketSubject
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.hierarchy import keep_others_out
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import (
    EntityRef,
    Reference,
    RelatedPlaceRefOrValue,
    ResourceRef,
    ServiceRef,
)

ProblemStatus: TypeAlias = Literal[
    "acknowledged", "rejected", "pending", "held", "inProgress", "resolved", "cancelled", "closed"
]
OPEN: tuple[ProblemStatus, ...] = ("acknowledged", "inProgress", "pending", "held")
PROBLEM_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="acknowledged",
    moves=MOVES,
    starts=("inProgress", "pending", "held", "resolved", "closed"),
)
PLANNED = "plannedWork"
"""The category of work that was announced; in its period what it hits is down on purpose."""


class ServiceProblemRef(Reference, targets=("ServiceProblem",)):
    """A reference to a problem."""

    name: Annotated[str | None, PERSONAL] = None


class AlarmRef(Reference):
    """A reference to an alarm in another system."""

    change_request: EntityRef | None = None


class OutsideIdentifier(Extensible):
    """What another system calls a problem."""

    id: str
    href: str | None = None
    external_identifier_type: str | None = None
    owner: str | None = None


class ImpactPattern(Extensible):
    """How a problem shows."""

    id: str | None = None
    href: str | None = None
    description: str | None = None
    characteristic: list[Characteristic] = many()


class TrackingRecord(Extensible):
    """What somebody did about a problem, and when."""

    id: str | None = None
    description: str | None = None
    system_id: str | None = None
    time: datetime | None = None
    user: Annotated[str | None, PERSONAL] = None
    characteristic: list[Characteristic] = many()


class ProblemNotice(Extensible):
    """What all whom a problem hits were told at once: by whom, when, how many, and how many not.

    Some were told the same before (`already_told`), which is not told `again` unless asked for.
    """

    id: str
    subject: str | None = None
    said_at: datetime
    said_by: Annotated[str | None, PERSONAL] = None
    is_done: bool | None = None
    told: int | None = None
    not_told: int | None = None
    already_told: int | None = None
    again: bool | None = None


class CreditRun(Extensible):
    """A look at all whom a problem hit for what is to be given back: by whom, when, how far.

    `proposed` counts the credits that wait for a decision, `decided` those decided before, and
    `without` the products for which nothing is due.
    """

    id: str
    began_at: datetime
    began_by: Annotated[str | None, PERSONAL] = None
    is_done: bool | None = None
    proposed: int | None = None
    decided: int | None = None
    without: int | None = None


@resource(
    api=TMF656,
    path="serviceProblem",
    prefix="SPB",
    title="Problem",
    required=("category", "priority", "description", "reason", "originator_party"),
    server_sets=("creation_date", "last_update", "status_change_date", "notice",
                 "credit_run"),
    lifecycle=PROBLEM_LIFECYCLE,
    defaults={
        "creation_date": format_instant,
        "last_update": format_instant,
        "status_change_date": format_instant,
    },
    promote=(
        Promoted("status"),
        Promoted("category"),
        Promoted("priority", "number"),
        Promoted("creationDate", "instant"),
    ),
    label=("name",),
    data_class="personal",  # it names tickets and parties of many customers
    columns=("key", "name", "category", "priority", "status", "affectedNumberOfServices",
             "creationDate"),
)  # fmt: skip
class ServiceProblem(Extensible, Document):
    """A problem of services, resources or places, with the tickets that came of it.

    `affected_number_of_services` is counted where nobody says it. Ours: when it is expected to be
    over; of planned work its period; `notice`, what everybody hit by it was told; since when the
    service was away (`began_at`) where that was before it was written down; and `credit_run`, how
    far the look is for what is to be given back.
    """

    name: Annotated[str | None, Limits(length_max=200)] = None
    description: str | None = None
    category: str | None = None
    priority: Annotated[int | None, Limits(minimum=0)] = None
    reason: str | None = None
    status: ProblemStatus | None = None
    status_change_date: datetime | None = None
    status_change_reason: str | None = None
    creation_date: datetime | None = None
    last_update: datetime | None = None
    resolution_date: datetime | None = None
    expected_resolution_date: datetime | None = None
    planned_period: TimePeriod | None = None
    impact_importance_factor: str | None = None
    originating_system: str | None = None
    problem_escalation: str | None = None
    affected_number_of_services: int | None = None
    affected_location: list[RelatedPlaceRefOrValue] = many()
    affected_resource: list[ResourceRef] = many()
    affected_service: list[ServiceRef] = many()
    characteristic: list[Characteristic] = many()
    external_identifier: list[OutsideIdentifier] = many()
    first_alert: TicketSubject | None = None
    impact_pattern: ImpactPattern | None = None
    note: list[Note] = many()
    originator_party: RelatedParty | None = None
    parent_problem: list[ServiceProblemRef] = many()
    related_entity: list[TicketSubject] = many()
    related_event: list[EntityRef] = many()
    related_party: list[RelatedParty] = many()
    responsible_party: RelatedParty | None = None
    root_cause_resource: list[ResourceRef] = many()
    root_cause_service: list[ServiceRef] = many()
    sla_violation: list[EntityRef] = many()
    tracking_record: list[TrackingRecord] = many()
    trouble_ticket: list[TicketRef] = many()
    underlying_alarm: list[AlarmRef] = many()
    underlying_problem: list[ServiceProblemRef] = many()
    notice: list[ProblemNotice] = many()
    began_at: datetime | None = None
    credit_run: CreditRun | None = None


rule(ServiceProblem)(periods_are_ordered)


@rule(ServiceProblem)
def problem_begins_before_its_end(
    _work: Work, _old: ServiceProblem | None, new: ServiceProblem
) -> Iterator[Fault]:
    """Refuse a problem that is over before it has begun."""
    end = new.resolution_date
    if new.began_at is not None and end is not None and end < new.began_at:
        yield Fault("beganAt", "endsBeforeStart", "must not be later than resolutionDate")


def _hits(one: ServiceProblem) -> list[Any]:
    return [
        [each.id for each in some]
        for some in (one.affected_service, one.affected_resource, one.affected_location)
    ]


def _moved(old: ServiceProblem, new: ServiceProblem) -> bool:
    return old.status != new.status or _hits(old) != _hits(new)


@enrich(ServiceProblem, again=_moved)
def problem_is_tracked(work: Work, new: ServiceProblem) -> None:
    """Count the services that are hit, note each state, and say when it was over."""
    is_new = not new.meta.version
    new.name = new.name or " ".join((new.description or "").split())[:80] or None
    old = None if is_new else work.get(ServiceProblem, new.id)
    if old is None or old.status != new.status:
        if old is not None and old.status_change_reason == new.status_change_reason:
            new.status_change_reason = None  # it is why it came into the state before
        step = TrackingRecord(description=new.status, time=work.now, user=work.actor.name)
        new.tracking_record = [*new.tracking_record, step]
        new.status_change_date = work.now
        if new.status in OPEN:
            new.resolution_date = None
        elif new.resolution_date is None:
            new.resolution_date = work.now
    is_hit_anew = old is not None and _hits(old) != _hits(new)
    if is_hit_anew or new.affected_number_of_services is None:
        new.affected_number_of_services = len(affected_services(work, *_hits(new)))


@rule(ServiceProblem)
def problems_stand_under_others(
    work: Work, old: ServiceProblem | None, new: ServiceProblem
) -> Iterator[Fault]:
    """Refuse a problem that is, at any distance, its own parent."""
    if old is not None and old.parent_problem != new.parent_problem:
        keep_others_out(work, ServiceProblem)
    seen: set[str] = set()
    above = [one.id for one in new.parent_problem]
    while above:
        ident = above.pop()
        if ident == new.id:
            yield Fault("parentProblem", "cycle", "a problem does not stand above itself")
            return
        if ident not in seen:
            seen.add(ident)
            held = work.get(ServiceProblem, ident)
            above += [one.id for one in held.parent_problem] if held is not None else []
