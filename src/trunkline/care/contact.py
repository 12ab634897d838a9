"""A contact logged in one go: what was said, how it ended, what it led to and what was promised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trunkline.care.codes import CHANNELS
from trunkline.care.interaction import PartyInteraction, promised
from trunkline.care.registers import REASON, WRAP_UP, code_faults
from trunkline.care.request import CustomerRequest
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import change, create
from trunkline.workspace.about import about
from trunkline.workspace.notes import Told
from trunkline.workspace.tasks import TaskText, add_task

MERGE_TYPE = "application/merge-patch+json"
LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Contact:
    """What is said of a contact. `begun` is the interaction that it goes on from, if one does.

    `related` are records that it is about, each with `id` and kind; with `wrap_up` it is over.
    `follow_up` is what was promised, `request` what was asked for, `opened` what else comes of it
    by the names of `opens`. `started_at` is when a new one began, None for now.
    """

    customer: str
    reason: str
    channel: str = "phone"
    direction: str = "inbound"
    note: str = ""
    wrap_up: str = ""
    wrap_up_note: str = ""
    begun: str = ""
    related: Sequence[Mapping[str, Json]] = ()
    follow_up: TaskText | None = None
    request: Mapping[str, Json] = field(default_factory=dict)
    opened: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    started_at: datetime | None = None


@dataclass(frozen=True)
class Logged:
    """What became of a logged contact, and whom to tell of the task that it left."""

    interaction: PartyInteraction
    request: CustomerRequest | None
    told: Told | None
    opened: Mapping[str, Document] = field(default_factory=dict)


Open = Callable[[Work, Contact, Customer, PartyInteraction, Mapping[str, Json]], Document]
_openers: dict[str, Open] = {}


def opens(name: str) -> Callable[[Open], Open]:
    """Let contacts lead to records of a module above: `open_(work, contact, customer, …, body)`."""

    def attach(open_: Open) -> Open:
        _openers[name] = open_
        return open_

    return attach


def openers() -> Sequence[str]:
    """Return the names of what contacts may lead to beside requests."""
    return [*_openers]


def log_contact(work: Work, said: Contact) -> Logged:
    """Write a contact with a customer and what it led to, all or nothing.

    What was asked for refers to the contact, and the contact to it.
    """
    refuse(list(_missing(said, work.now)))
    customer = customer_of(work, said.customer)
    begun = work.lock(PartyInteraction, said.begun) if said.begun else None
    refuse(list(_unknown_codes(work, said, begun)))
    interaction = begun
    if interaction is None:
        interaction = begin_contact(
            work, customer, channel=said.channel, direction=said.direction, reason=said.reason,
            at=said.started_at,
        )  # fmt: skip
    request = _asked_for(work, said, customer, interaction) if said.request else None
    related = list(said.related)
    if request is not None:
        related.append({"id": request.id, "@referredType": "CustomerRequest", "role": "result"})
    opened = {
        name: _openers[name](work, said, customer, interaction, body)
        for name, body in said.opened.items()
    }
    related += [
        {"id": one.id, "@referredType": one.resource.name, "role": "result"}
        for one in opened.values()
    ]
    change(work, interaction, _ending(work, said, interaction, related), MERGE_TYPE)
    refuse([*_unknown(interaction, said)])
    told = promise(work, interaction, said.follow_up) if said.follow_up is not None else None
    return Logged(interaction, request, told, opened)


def _missing(said: Contact, now: datetime) -> list[Fault]:
    faults = []
    if not said.reason.strip():
        faults.append(Fault("reason", "required", "choose why the contact took place"))
    if said.direction not in ("inbound", "outbound"):
        faults.append(Fault("direction", "badValue", "is inbound or outbound"))
    if said.started_at is not None and not now - LONGEST <= said.started_at <= now:
        faults.append(Fault("startedAt", "badValue", "must lie within the last day, not ahead"))
    return faults


def _unknown_codes(work: Work, said: Contact, begun: PartyInteraction | None) -> Iterator[Fault]:
    """Yield the codes that nobody may choose now; those of a contact that has begun may stay."""
    if begun is None:
        yield from channel_faults(said.channel)
    if begun is None or begun.reason != said.reason:
        yield from code_faults(work, REASON, "reason", said.reason)
    if said.wrap_up and (begun is None or begun.wrap_up_code != said.wrap_up):
        yield from code_faults(work, WRAP_UP, "wrapUpCode", said.wrap_up)


def channel_faults(channel: str) -> Iterator[Fault]:
    """Yield what is wrong with a channel that somebody names."""
    if channel not in CHANNELS:
        known = tuple(CHANNELS)
        yield Fault("channel", "badValue", f"must be one of: {', '.join(known)}", known)


def begin_contact(
    work: Work, customer: Customer, *, channel: str, direction: str, reason: str,
    at: datetime | None = None,
) -> PartyInteraction:  # fmt: skip
    """Write that a contact with a customer begins, now or a moment ago, and return it."""
    body = {
        "reason": reason,
        "direction": direction,
        "channel": [{"id": channel, "name": CHANNELS.get(channel, channel)}],
        "interactionDate": {"startDateTime": format_instant(at or work.now)},
        "relatedParty": [{"id": customer.id, "role": "customer", "@referredType": "Customer"}],
    }
    made = create(work, PartyInteraction.resource, body)
    assert isinstance(made, PartyInteraction), "it was made of its own resource"
    return made


def customer_of(work: Work, ident: str) -> Customer:
    """Return a customer by id or key, or refuse with 404."""
    work.actor.must(Customer.resource, "read")
    found = work.get(Customer, ident) if ident and "\0" not in ident else None
    if found is None:
        raise NotFound("notFound", f"there is no customer {ident}")
    return found


def _asked_for(
    work: Work, said: Contact, customer: Customer, interaction: PartyInteraction
) -> CustomerRequest:
    """Write the request that was made in a contact."""
    work.actor.must(CustomerRequest.resource, "create")
    body: dict[str, Json] = {
        **said.request,
        "channel": said.channel,
        "interaction": {"id": interaction.id},
        "relatedParty": [{"id": customer.id, "role": "customer", "@referredType": "Customer"}],
    }
    made = create(work, CustomerRequest.resource, body)
    assert isinstance(made, CustomerRequest), "it was made of its own resource"
    return made


def _ending(
    work: Work, said: Contact, interaction: PartyInteraction, related: Sequence[Mapping[str, Json]]
) -> dict[str, Json]:
    """Return the patch that writes the rest of what was said into the contact."""
    patch: dict[str, Json] = {"reason": said.reason}
    if said.note.strip():
        note = {"text": said.note.strip(), "author": work.actor.name,
                "date": format_instant(work.now)}  # fmt: skip
        patch["note"] = [*(one.raw for one in interaction.note), note]
    known = {one.item.id for one in interaction.interaction_item if one.item is not None}
    items = [
        {"creationDate": format_instant(work.now), "reason": said.reason,
         "item": {"role": "subject", **one}}
        for one in related
        if one.get("id") not in known
    ]  # fmt: skip
    if items:
        patch["interactionItem"] = [*(one.raw for one in interaction.interaction_item), *items]
    if said.wrap_up_note.strip():
        patch["wrapUpNote"] = said.wrap_up_note.strip()
    if said.wrap_up:
        patch |= {"wrapUpCode": said.wrap_up, "status": "completed"}
    elif interaction.status == "open":
        patch["status"] = "inProgress"
    return patch


def _unknown(interaction: PartyInteraction, said: Contact) -> Iterator[Fault]:
    """Yield what a contact is said to be about and nobody knows, where no kind was named."""
    plain = {str(one.get("id")) for one in said.related if "@referredType" not in one}
    for index, one in enumerate(interaction.interaction_item):
        if one.item is not None and one.item.id in plain and one.item.referred_type is None:
            message = f"there is no record {one.item.id}; correct the key or leave it out"
            yield Fault(f"interactionItem[{index}].item.id", "danglingReference", message)


def promise(work: Work, interaction: PartyInteraction, said: TaskText) -> Told | None:
    """Make a task of what was promised in a contact; returns whom to tell.

    It is about the customer, so that it shows on the customer's page, or about the contact.
    """
    parties = [one for one in interaction.related_party if one.role == "customer"]
    if parties and work.actor.grant(Customer.resource, "read") is not None:
        one = about(work, Customer.resource, str(parties[0].id))
    else:
        one = about(work, PartyInteraction.resource, interaction.id)
    task, told = add_task(work, one, said)
    before = dict(interaction.raw)
    kept = promised(task.id, task.title or "", task.due)
    interaction.follow_up = [*interaction.follow_up, kept]
    work.save(interaction, before)
    return told


def follow_up(work: Work, ident: str, said: TaskText) -> tuple[PartyInteraction, Told | None]:
    """Promise something in a contact that there is; refuses a promise without a day (400)."""
    work.actor.must(PartyInteraction.resource, "update")
    if said.due is None:
        raise Invalid.of([Fault("due", "required", "say by which day it is promised")])
    interaction = work.lock(PartyInteraction, ident)
    return interaction, promise(work, interaction, said)
