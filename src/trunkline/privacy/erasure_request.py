"""Erasure requests: a person who has left is to be forgotten, and who decided about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, Shape, format_instant, many
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.privacy.api import PRIVACY
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import PartyReference

ErasureState: TypeAlias = Literal["requested", "checked", "approved", "running", "done", "refused"]
ErasureGround: TypeAlias = Literal["asked", "consentWithdrawn", "notNeeded", "unlawful"]
OPEN = ("requested", "checked", "approved", "running")
ANSWERED_WITHIN = timedelta(days=30)
ERASURE_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="requested",
    moves={
        "requested": ("checked", "refused"),
        "checked": ("approved", "refused"),
        "approved": ("running", "refused"),
        "running": ("done",),
        "done": (),
        "refused": (),
    },
    on_request=frozenset({"requested", "checked", "approved", "refused"}),
)


class PersonRef(PartyReference, targets=("Individual", "Customer")):
    """A reference to a person, or to the customer that a person is."""


class Counted(Shape):
    """What was done with one kind of things: how many are without the person, gone, or kept.

    What is kept is kept until a day at the latest, for a reason.
    """

    kind: str
    pseudonymised: int | None = None
    deleted: int | None = None
    kept: int | None = None
    kept_until: datetime | None = None
    reason: str | None = None


@resource(
    api=PRIVACY,
    path="erasureRequest",
    prefix="ERS",
    title="Erasure request",
    data_class="personal",
    operations=("list", "retrieve", "create", "patch"),
    lifecycle=ERASURE_LIFECYCLE,
    defaults={"due_date": lambda now: format_instant(now + ANSWERED_WITHIN)},
    immutable=("person", "ground"),
    server_sets=("asked_by", "asked_by_id", "due_date", "checked_by", "checked_by_id", "checked_at",
                 "decided_by", "decided_by_id", "decided_at", "began_at", "ended_at", "pseudonym",
                 "outcome"),
    promote=(Promoted("state"), Promoted("person.id"), Promoted("dueDate", "instant")),
    label=("pseudonym",),
    columns=("key", "person", "ground", "state", "dueDate", "endedAt"),
)  # fmt: skip
class ErasureRequest(Extensible, Document):
    """The wish that a person be erased, who checked and who approved it, and what was done.

    It holds counts and times only, nothing of what was erased, and belongs to nobody, so that it
    can be read when the person's key is gone. `due_date` is by when the law wants an answer.
    """

    person: PersonRef
    ground: ErasureGround
    state: ErasureState | None = None
    refusal_reason: Annotated[str | None, PERSONAL, Limits(length_max=500)] = None
    due_date: datetime | None = None
    asked_by: Annotated[str | None, PERSONAL] = None
    asked_by_id: str | None = None
    checked_by: Annotated[str | None, PERSONAL] = None
    checked_by_id: str | None = None
    checked_at: datetime | None = None
    decided_by: Annotated[str | None, PERSONAL] = None
    decided_by_id: str | None = None
    decided_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    pseudonym: str | None = None
    outcome: list[Counted] = many()


def _is_moved(old: ErasureRequest, new: ErasureRequest) -> bool:
    return old.state != new.state


@enrich(ErasureRequest, again=_is_moved)
def request_names_who_acts(work: Work, request: ErasureRequest) -> None:
    """Note who asked, who checked and who decided, and when."""
    actor = work.actor
    if request.asked_by_id is None:
        request.asked_by, request.asked_by_id = actor.name, actor.id
    elif request.state == "checked":
        request.checked_by, request.checked_by_id = actor.name, actor.id
        request.checked_at = work.now
    elif request.state in {"approved", "refused"}:
        request.decided_by, request.decided_by_id = actor.name, actor.id
        request.decided_at = work.now
