"""Interactions (TMF683): every contact with a party, on any channel, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.care.api import TMF683
from trunkline.care.related import RelatedRecord
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import RelatedChannel, TagRef

InteractionStatus: TypeAlias = Literal["open", "inProgress", "completed"]
INTERACTION_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="open",
    moves={
        "open": ("inProgress", "completed"),
        "inProgress": ("completed",),
        "completed": ("inProgress",),
    },
    starts=("inProgress", "completed"),
)


class InteractionItem(Extensible):
    """One subject of a contact: why it came up, what became of it, and which record it is."""

    id: str | None = None
    creation_date: datetime | None = None
    reason: str | None = None
    resolution: Annotated[str | None, PERSONAL] = None
    attachment: list[AttachmentRefOrValue] = many()
    channel: list[RelatedChannel] = many()
    item: RelatedRecord | None = None
    item_date: TimePeriod | None = None
    note: list[Note] = many()
    related_party: list[RelatedParty] = many()


class InteractionRelationship(Extensible, targets=("PartyInteraction",)):
    """Another contact that this one goes on from, or has to do with otherwise."""

    id: str | None = None
    href: str | None = None
    relationship_type: str | None = None


class Agent(Extensible):
    """Who of the staff spoke with the party: the id of a user, and the name."""

    id: str
    name: str | None = None


class FollowUp(Extensible):
    """What was promised: the task that came of it, and by which day it is to be done."""

    id: str
    title: Annotated[str | None, PERSONAL] = None
    due: str | None = None


@resource(
    api=TMF683,
    path="partyInteraction",
    prefix="INT",
    title="Interaction",
    required=("interaction_date", "reason", "direction", "channel"),
    immutable=("direction",),
    server_sets=("follow_up", "repeat_number", "repeat_alarm"),
    lifecycle=INTERACTION_LIFECYCLE,
    defaults={"creation_date": format_instant},
    events={"state_changed": "PartyInteractionStatusChangeEvent"},
    promote=(
        Promoted("status"),
        Promoted("reason"),
        Promoted("direction", index=False),
        Promoted("agent.id"),
        Promoted("wrapUpCode", index=False),
        Promoted("creationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("description",),
    columns=("key", "reason", "direction", "agent.name", "status", "creationDate"),
)
class PartyInteraction(Extensible, Document):
    """A contact between a party and us.

    `agent`, `wrapUpCode`, `wrapUpNote`, `followUp` and `tag` are ours; so are `repeat_number`, how
    many contacts for the reason there were lately with this one, and whether that is too many.
    """

    creation_date: datetime | None = None
    description: Annotated[str | None, PERSONAL] = None
    direction: str | None = None
    reason: str | None = None
    status: InteractionStatus | None = None
    status_change_date: datetime | None = None
    attachment: list[AttachmentRefOrValue] = many()
    channel: Annotated[list[RelatedChannel], Limits(items_min=1)] = many()
    interaction_date: TimePeriod | None = None
    interaction_item: list[InteractionItem] = many()
    interaction_relationship: list[InteractionRelationship] = many()
    note: list[Note] = many()
    related_party: list[RelatedParty] = many()
    tag: list[TagRef] = many()
    agent: Agent | None = None
    wrap_up_code: str | None = None
    wrap_up_note: Annotated[str | None, PERSONAL] = None
    follow_up: list[FollowUp] = many()
    repeat_number: int | None = None
    repeat_alarm: bool | None = None


internal_note(PartyInteraction, "wrapUpNote")


rule(PartyInteraction)(periods_are_ordered)


@rule(PartyInteraction)
def a_contact_ends_with_a_wrap_up(
    _work: Work, old: PartyInteraction | None, new: PartyInteraction
) -> Iterator[Fault]:
    """Refuse to complete a contact that was under way without saying how it ended."""
    if old is None or old.status == "completed" or new.status != "completed":
        return
    if not (new.wrap_up_code or "").strip():
        yield Fault("wrapUpCode", "wrapUpMissing", "say how the contact ended, then complete it")


def _moved(old: PartyInteraction, new: PartyInteraction) -> bool:
    return old.status != new.status


@enrich(PartyInteraction, again=_moved)
def contact_is_stamped(work: Work, new: PartyInteraction) -> None:
    """Say since when the status holds, who spoke, and when a completed contact ended."""
    is_new = not new.meta.version
    if not is_new or new.status_change_date is None:
        new.status_change_date = work.now
    if is_new and new.agent is None and work.actor.kind == "user":
        new.agent = Agent(id=work.actor.id, name=work.actor.name)
    period = new.interaction_date
    if new.status == "completed" and period is not None and period.end_date_time is None:
        start = period.start_date_time
        if start is None or start < work.now:
            period.end_date_time = work.now


def promised(task: str, title: str, due: date | None) -> FollowUp:
    """Return what a contact keeps of a task that was promised in it."""
    return FollowUp(id=task, title=title, due=due.isoformat() if due else None)
