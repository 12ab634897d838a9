"""Requests: what a customer has asked for, from its number to its end, on whatever channel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from trunkline.care.api import CARE
from trunkline.care.related import RelatedRecord
from trunkline.care.request_type import RequestType
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.governance.register_rules import hold_name
from trunkline.governance.role_names import role_faults
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.own_hand import internal_note, left_to_staff
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import PartyInteractionRef, Reference, TagRef

RequestStatus: TypeAlias = Literal[
    "acknowledged", "inProgress", "pending", "completed", "rejected", "cancelled"
]
OPEN = ("acknowledged", "inProgress", "pending")
_ENDS = ("completed", "rejected", "cancelled")
REQUEST_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="acknowledged",
    moves={
        "acknowledged": ("inProgress", "pending", *_ENDS),
        "inProgress": ("pending", *_ENDS),
        "pending": ("inProgress", *_ENDS),
        "completed": ("inProgress",),
        "rejected": ("inProgress",),
        "cancelled": (),
    },
)
FOUND = ("relatedEntity", "interaction", "resolution")
STAFFS = ("handledBy", "dueDate", "warnHours", *FOUND)


class RequestTypeRef(Reference, targets=("RequestType",)):
    """A reference to a request type."""


class RequestStep(Extensible):
    """A status that a request came into: when, and what was said of it."""

    status: str
    date: datetime
    reason: Annotated[str | None, PERSONAL] = None


class Assignee(Extensible):
    """Who works on a request: the id of a user, the name, and since when."""

    id: str
    name: str
    assigned_at: datetime | None = None


@resource(
    api=CARE,
    path="customerRequest",
    prefix="REQ",
    title="Request",
    required=("request_type",),
    immutable=("request_type", "channel"),
    server_sets=(
        "request_date",
        "completion_date",
        "history",
        "assignee",
        "warning_date",
        "warned_at",
        "promised_date",
        "delayed_at",
        "delay_note",
    ),
    lifecycle=REQUEST_LIFECYCLE,
    promote=(
        Promoted("status"),
        Promoted("channel", index=False),
        Promoted("targetProcess", index=False),
        Promoted("handledBy"),
        Promoted("assignee.id"),
        Promoted("assignee.name", index=False),
        Promoted("dueDate", "instant"),
        Promoted("requestDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("name",),
    columns=("key", "name", "status", "dueDate", "handledBy", "assignee.name"),
)
class CustomerRequest(Extensible, Document):
    """Something that a customer has asked for.

    `related_entity` names what it is about (`subject`) and what came of it (`result`), such as an
    order; `history` every status with its moment. `handled_by`, `due_date` and `warn_hours` come
    from its type. At `warning_date` who handles it is warned. `promised_date` is the day that the
    customer knows; a delay was told at `delayed_at`, or `delay_note` says why it was not.
    """

    name: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None
    request_type: RequestTypeRef | None = None
    target_process: str | None = None
    status: RequestStatus | None = None
    status_reason: Annotated[str | None, PERSONAL] = None
    channel: str | None = None
    request_date: datetime | None = None
    due_date: datetime | None = None
    warn_hours: Annotated[int | None, Limits(minimum=1)] = None
    warning_date: datetime | None = None
    warned_at: datetime | None = None
    promised_date: datetime | None = None
    delayed_at: datetime | None = None
    delay_note: Annotated[str | None, PERSONAL] = None
    completion_date: datetime | None = None
    handled_by: str | None = None
    resolution: Annotated[str | None, PERSONAL] = None
    assignee: Assignee | None = None
    interaction: PartyInteractionRef | None = None
    related_entity: list[RelatedRecord] = many()
    related_party: list[RelatedParty] = many()
    tag: list[TagRef] = many()
    history: list[RequestStep] = many()


internal_note(CustomerRequest, "delayNote")


def _moved(old: CustomerRequest, new: CustomerRequest) -> bool:
    return (old.status, old.due_date, old.warn_hours) != (
        new.status, new.due_date, new.warn_hours,
    )  # fmt: skip


@enrich(CustomerRequest, again=_moved)
def request_is_tracked(work: Work, new: CustomerRequest) -> None:
    """Take role and day from a new request's type, note each status, say when to warn of it."""
    if not new.meta.version:
        _begin(work, new)
    if not new.history or new.history[-1].status != new.status:
        step = RequestStep(status=str(new.status), date=work.now)
        step.reason = new.status_reason
        new.history = [*new.history, step]
        new.completion_date = work.now if new.status in _ENDS else None
    _settle_dates(new, work.now)


def _settle_dates(new: CustomerRequest, now: datetime) -> None:
    """Say when to warn; what was warned of or told begins anew where the day is moved ahead."""
    due, hours = new.due_date, new.warn_hours
    early = timedelta(hours=hours) if hours is not None else None
    new.warning_date = due - early if due is not None and early is not None else None
    if new.warning_date is not None and new.warning_date > now:
        new.warned_at = None
    if due is not None and due > now:
        new.delayed_at = None
    if new.promised_date is None:
        new.promised_date = due


def _begin(work: Work, new: CustomerRequest) -> None:
    kind = type_of(work, new)
    new.request_date = work.now
    if is_own(work) and not new.related_party and work.actor.party is not None:
        new.related_party = [RelatedParty(id=work.actor.party, role="customer")]
    if kind is None:
        return
    new.target_process = kind.target_process
    new.handled_by = new.handled_by or kind.handled_by
    new.name = new.name or kind.name
    if new.due_date is None and kind.due_days is not None:
        new.due_date = work.now + timedelta(days=kind.due_days)
    if new.warn_hours is None:
        new.warn_hours = kind.warn_hours
    if kind.done_at_once:
        new.status = "completed"


def type_of(work: Work, request: CustomerRequest) -> RequestType | None:
    """Return the type of a request, read once in a transaction."""
    known: dict[str, RequestType | None] = work.kept.setdefault(RequestType, {})
    ident = request.request_type.id if request.request_type is not None else ""
    if ident not in known:
        known[ident] = work.get(RequestType, ident) if ident else None
    return known[ident]


def is_own(work: Work) -> bool:
    """Tell whether a customer asks for something by its own hand."""
    grant = work.actor.grant(CustomerRequest.resource, "create")
    return grant is not None and grant.reach == "own"


@rule(CustomerRequest)
def a_request_is_of_a_type_that_may_be_asked_for(
    work: Work, old: CustomerRequest | None, new: CustomerRequest
) -> Iterator[Fault]:
    """Refuse a new request of a retired type, on a channel or by a customer that it is not for."""
    kind = type_of(work, new) if old is None else None
    if kind is None:
        return
    if kind.lifecycle_status != "active":
        yield Fault("requestType.id", "typeRetired", f"{kind.name} is retired; choose another type")
    allowed = list(kind.channel)
    if allowed and new.channel not in allowed:
        message = f"{kind.name} is asked for by {', '.join(allowed)}; choose one of these"
        yield Fault("channel", "channelNotAllowed", message)
    if is_own(work) and new.request_date is not None:
        yield from _policy(work, kind)
        yield from _as_the_type_has_it(work, new, kind)


@rule(CustomerRequest)
def a_request_is_in_the_queue_of_a_role(
    work: Work, old: CustomerRequest | None, new: CustomerRequest
) -> Iterator[Fault]:
    """Refuse a queue of a role that there is not, but the one that the type has."""
    kind = type_of(work, new)
    stands = (old.handled_by if old else None, kind.handled_by if kind else None)
    grant = work.actor.grant(CustomerRequest.resource, "create" if old is None else "update")
    if grant is not None and grant.is_staffs:
        yield from role_faults(work, "handledBy", new.handled_by, *stands)


def _policy(work: Work, kind: RequestType) -> Iterator[Fault]:
    """Yield what forbids a customer to ask for something alone, this time or at all."""
    if not kind.self_service:
        message = f"{kind.name} is taken by the staff; ask them for it"
        yield Fault("requestType.id", "notSelfService", message)
    elif kind.daily_limit is not None:
        # Who asks several times at once is counted one after the other.
        hold_name(work, kind.id, work.actor.party or work.actor.id)
        since = work.now - timedelta(days=1)
        mine = work.find(CustomerRequest, {"requestType.id": kind.id}, limit=100)
        recent = sum(1 for one in mine if one.request_date is not None and one.request_date > since)
        if recent >= kind.daily_limit:
            message = f"may be asked for {kind.daily_limit} times a day; try again tomorrow"
            yield Fault("requestType.id", "tooManyRequests", message)


def _as_the_type_has_it(work: Work, new: CustomerRequest, kind: RequestType) -> Iterator[Fault]:
    """Yield what a customer says of a new request that its type says already."""
    days = kind.due_days
    due = work.now + timedelta(days=days) if days is not None else None
    for name, is_kept in (
        ("handledBy", new.handled_by == kind.handled_by),
        ("dueDate", _same_moment(new.due_date, due)),
        ("warnHours", new.warn_hours == kind.warn_hours),
    ):
        if not is_kept:
            yield Fault(name, "notYours", "is for the staff to decide; leave it out")


def _same_moment(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < timedelta(seconds=1)


@rule(CustomerRequest)
def own_hand_only_asks_and_cancels(
    work: Work, old: CustomerRequest | None, new: CustomerRequest
) -> Iterator[Fault]:
    """Refuse that customers decide who handles a request, by when, and what became of it."""
    named = () if old is None else ("relatedParty", "name", "description")
    yield from left_to_staff(work.actor, old, new, money=STAFFS if old else FOUND, standing=named)
    grant = work.actor.grant(CustomerRequest.resource, "create" if old is None else "update")
    if grant is None or grant.is_staffs or old is None or old.status == new.status:
        return
    if new.status != "cancelled":
        yield Fault("status", "notYours", "is for the staff to decide; you may cancel the request")
