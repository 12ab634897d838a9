"""Trouble tickets (TMF621): what does not work for a customer, from the first word to the end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.assurance.api import TMF621
from trunkline.care.related import RECORD_TARGETS
from trunkline.care.request import Assignee
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import ChannelRef, PartyInteractionRef, Reference, TagRef

TicketStatus: TypeAlias = Literal[
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved"
]
OPEN: tuple[TicketStatus, ...] = ("acknowledged", "inProgress", "pending", "held")
MOVES: dict[str, tuple[str, ...]] = {
    "acknowledged": ("inProgress", "pending", "held", "resolved", "rejected", "cancelled"),
    "inProgress": ("pending", "held", "resolved", "rejected", "cancelled"),
    "pending": ("inProgress", "held", "resolved", "rejected", "cancelled"),
    "held": ("inProgress", "pending", "resolved", "rejected", "cancelled"),
    "resolved": ("closed", "inProgress"),
    # Trouble that comes back goes on under its own number, with its history.
    "closed": ("inProgress",),
    "rejected": (),
    "cancelled": (),
}
TICKET_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="acknowledged",
    moves=MOVES,
    # Trouble that another system knew arrives as it stands there.
    starts=("inProgress", "pending", "held", "resolved", "closed"),
)
PARENT, CHILD, DUPLICATES, DUPLICATED = "parent", "child", "duplicateOf", "duplicatedBy"


class TicketSubject(Extensible, targets=RECORD_TARGETS):
    """What a ticket is about, and the role that it plays for it."""

    id: str
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    role: str
    referred_type: str | None = None


class TicketRef(Reference, targets=("TroubleTicket",)):
    """A reference to a ticket."""

    name: Annotated[str | None, PERSONAL] = None


class KnownProblemRef(Reference, targets=("ServiceProblem",)):
    """A reference to a problem that was known when a ticket was opened."""

    name: Annotated[str | None, PERSONAL] = None


class TicketRelationship(Extensible, targets=("TroubleTicket",)):
    """Another ticket, and what it is to this one: its parent, its child, the same once more."""

    id: str | None = None
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    relationship_type: str | None = None


class StatusChange(Extensible):
    """A state that a ticket came into: when, and why."""

    status: str | None = None
    change_date: datetime | None = None
    change_reason: Annotated[str | None, PERSONAL] = None


class ChecklistItem(Extensible):
    """A step that the type asks for: whether it is done, by whom and when."""

    title: str
    instruction: str | None = None
    is_mandatory: bool | None = None
    is_done: bool | None = None
    done_by: Annotated[str | None, PERSONAL] = None
    done_at: datetime | None = None


@resource(
    api=TMF621,
    path="troubleTicket",
    prefix="TT",
    title="Ticket",
    required=("description", "severity", "ticket_type"),
    server_sets=(
        "creation_date",
        "last_update",
        "status_change",
        "status_change_date",
        "assignee",
        "due_date",
        "warned_at",
        "breached_at",
        "escalation_level",
        "escalated_at",
        "possible_duplicate",
        "merged_into",
        "known_problem",
    ),
    lifecycle=TICKET_LIFECYCLE,
    defaults={
        "creation_date": format_instant,
        "last_update": format_instant,
        "status_change_date": format_instant,
    },
    events={"state_changed": "TroubleTicketStatusChangeEvent"},
    promote=(
        Promoted("status"),
        Promoted("ticketType"),
        Promoted("severity", index=False),
        Promoted("priority", index=False),
        Promoted("handledBy"),
        Promoted("assignee.id"),
        Promoted("assignee.name", index=False),
        Promoted("dueDate", "instant"),
        Promoted("creationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("name",),
    columns=("key", "name", "ticketType", "severity", "status", "dueDate", "assignee.name"),
)
class TroubleTicket(Extensible, Document):
    """Trouble of a customer, of the kind that `ticket_type` names.

    Ours: `handled_by`, the role whose queue it is in, and `assignee`, who has it; `due_date`, by
    when it is to be over by its clock, empty while that stands; when its holder was warned, when
    the time was up, how far it was escalated; `checklist`, the steps of its type; the contact that
    it came up in, its tags, tickets that may be about the same, what it was merged into, and
    the open problems that already hit what it is about.
    """

    name: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None
    description: Annotated[str | None, PERSONAL] = None
    external_id: str | None = None
    ticket_type: str | None = None
    severity: str | None = None
    priority: str | None = None
    status: TicketStatus | None = None
    status_change: list[StatusChange] = many()
    status_change_date: datetime | None = None
    status_change_reason: Annotated[str | None, PERSONAL] = None
    creation_date: datetime | None = None
    last_update: datetime | None = None
    expected_resolution_date: datetime | None = None
    requested_resolution_date: datetime | None = None
    resolution_date: datetime | None = None
    attachment: list[AttachmentRefOrValue] = many()
    channel: ChannelRef | None = None
    note: list[Note] = many()
    related_entity: list[TicketSubject] = many()
    related_party: list[RelatedParty] = many()
    trouble_ticket_relationship: list[TicketRelationship] = many()
    handled_by: str | None = None
    assignee: Assignee | None = None
    due_date: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    escalation_level: int | None = None
    escalated_at: datetime | None = None
    checklist: list[ChecklistItem] = many()
    interaction: PartyInteractionRef | None = None
    tag: list[TagRef] = many()
    possible_duplicate: list[TicketRef] = many()
    merged_into: TicketRef | None = None
    known_problem: list[KnownProblemRef] = many()
