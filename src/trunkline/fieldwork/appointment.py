"""Appointments (TMF646): when somebody comes to a customer, and searches for when that could be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.fieldwork.api import TMF646
from trunkline.fieldwork.field_team import FieldTeamRef
from trunkline.fieldwork.work_order import RelatedEntity, WorkOrderRef
from trunkline.fieldwork.work_type import WorkTypeRef
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.attachment import Attachment
from trunkline.shared.contact import ContactMedium
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import PLACE_TARGETS, EntityRef, RelatedPlaceRefOrValue

Status: TypeAlias = Literal["initialized", "confirmed", "cancelled", "completed", "failed"]
SearchStatus: TypeAlias = Literal["inProgress", "done", "rejected", "terminatedWithError"]
OPEN = frozenset({"initialized", "confirmed"})
"""The states in which somebody is expected."""
LIFECYCLE = Lifecycle(
    attribute="status",
    initial="initialized",
    starts=("confirmed",),
    moves={
        "initialized": ("confirmed", "cancelled", "completed", "failed"),
        "confirmed": ("cancelled", "completed", "failed"),
        "cancelled": (), "completed": (), "failed": (),
    },
)  # fmt: skip


class VisitedPlace(RelatedPlaceRefOrValue, targets=PLACE_TARGETS):
    """Where somebody comes; by value it may say where that lies."""

    country: str | None = None
    city: str | None = None
    postcode: str | None = None


class CalendarEventRef(EntityRef):
    """A reference to an entry of a calendar elsewhere."""


class TimeSlot(Extensible):
    """A time in which somebody may come; ours: which team, and how many visits it still holds."""

    id: str | None = None
    valid_for: TimePeriod
    related_party: RelatedParty | None = None
    team: FieldTeamRef | None = None
    free: int | None = None


@resource(
    api=TMF646,
    path="appointment",
    prefix="APT",
    required=("valid_for",),
    lifecycle=LIFECYCLE,
    immutable=("work_type",),
    server_sets=("creation_date", "last_update", "reserved_until", "told_of"),
    defaults={"creation_date": lambda now: now.isoformat().replace("+00:00", "Z")},
    promote=(
        Promoted("status"),
        Promoted("externalId"),
        Promoted("validFor.startDateTime", "instant"),
        Promoted("validFor.endDateTime", "instant"),
        Promoted("team.id"),
    ),
    owner=("relatedParty[customer]", "workOrder", "relatedParty"),
    label=("description",),
    columns=("key", "description", "status", "validFor.startDateTime", "team", "workOrder"),
)
class Appointment(Extensible, Document):
    """A time at which somebody comes.

    One that belongs to nothing yet is kept until `reserved_until`. Ours: the work order and the
    type of work, the team that comes, why its time or state was changed, and the beginning that
    the customer was told of.
    """

    external_id: str | None = None
    category: str | None = None
    description: Annotated[str | None, PERSONAL] = None
    status: Status | None = None
    creation_date: datetime | None = None
    last_update: datetime | None = None
    valid_for: TimePeriod
    attachment: list[Attachment] = many()
    calendar_event: CalendarEventRef | None = None
    contact_medium: list[ContactMedium] = many()
    note: list[Note] = many()
    related_entity: list[RelatedEntity] = many()
    related_party: list[RelatedParty] = many()
    related_place: VisitedPlace | None = None
    work_order: WorkOrderRef | None = None
    work_type: WorkTypeRef | None = None
    team: FieldTeamRef | None = None
    status_reason: Annotated[str | None, PERSONAL, Limits(length_max=300)] = None
    reserved_until: datetime | None = None
    told_of: datetime | None = None


@resource(
    api=TMF646,
    path="searchTimeSlot",
    prefix="STS",
    title="Time search",
    operations=("list", "retrieve", "create", "delete"),
    lifecycle=Lifecycle(
        attribute="status",
        initial="inProgress",
        moves={"inProgress": ("done", "rejected", "terminatedWithError"), "done": (),
               "rejected": (), "terminatedWithError": ()},
    ),
    server_sets=("status", "search_date", "search_result", "available_time_slot"),
    promote=(Promoted("status"),),
    owner=("relatedParty[customer]", "relatedParty"),
    label=("searchResult",),
    columns=("key", "searchDate", "status", "searchResult"),
)  # fmt: skip
class SearchTimeSlot(Extensible, Document):
    """A question when somebody could come, and the answer as of then.

    What is to be done is told by a work order, a type of work or an appointment that is to be
    moved (`relatedEntity`), where by `relatedPlace`, and when by `requestedTimeSlot`.
    """

    search_date: datetime | None = None
    search_result: str | None = None
    status: SearchStatus | None = None
    requested_time_slot: list[TimeSlot] = many()
    available_time_slot: list[TimeSlot] = many()
    related_entity: list[RelatedEntity] = many()
    related_party: RelatedParty | None = None
    related_place: VisitedPlace | None = None
