"""What is refused of tickets: steps left out, circles, things of nobody, the staff's decisions."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.assurance.ticket.keeping import SETTLED, STAFFS, steps_of, terms_of
from trunkline.assurance.ticket.ticket import CHILD, OPEN, PARENT, ChecklistItem, TroubleTicket
from trunkline.documents.errors import Fault
from trunkline.documents.shape import format_instant
from trunkline.governance.role_names import role_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.hierarchy import keep_others_out
from trunkline.shared.own_hand import left_to_staff

THEIRS = frozenset({("resolved", "closed"), ("resolved", "inProgress"), ("closed", "inProgress"),
                    ("pending", "inProgress"), *((one, "cancelled") for one in OPEN)})  # fmt: skip
"""How a customer may move a ticket: confirm, open again, answer, take it back."""


@rule(TroubleTicket)
def what_is_over_has_its_steps_done(
    _work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse to resolve or close a ticket while a step that must be done is not."""
    if new.status not in ("resolved", "closed") or (old is not None and old.status == new.status):
        return
    for index, one in enumerate(new.checklist):
        if one.is_mandatory and not one.is_done and new.merged_into is None:
            message = f"“{one.title}” is not done; do it first or say that it is"
            yield Fault(f"checklist[{index}].isDone", "checklistOpen", message)


@rule(TroubleTicket)
def steps_that_must_be_done_stay(
    work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse a list of steps without one that must be done; who did one is for us to say."""
    known = {one.title: one for one in old.checklist} if old is not None else {}
    if old is not None and old.ticket_type == new.ticket_type:
        asked = [*known.values()]
    else:
        kind = terms_of(work, new)
        asked = steps_of(kind) if kind is not None else []
    kept = {one.title for one in new.checklist if one.is_mandatory}
    for one in asked:
        if one.is_mandatory and one.title not in kept:
            message = f"“{one.title}” must be done; leave it in the list"
            yield Fault("checklist", "stepMissing", message)
    for index, one in enumerate(new.checklist):
        before = known.get(one.title)
        noted = before is not None and before.is_done and _noted(before) == _noted(one)
        if one.is_done and not noted and _noted(one) != (format_instant(work.now), work.actor.name):
            message = "is noted when the step is reported as done; leave it out"
            yield Fault(f"checklist[{index}].doneAt", "readOnly", message)


def _noted(one: ChecklistItem) -> tuple[str, str | None]:
    return format_instant(one.done_at) if one.done_at is not None else "", one.done_by


@rule(TroubleTicket)
def what_is_merged_stays_closed(
    _work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse to open a merged ticket again: the other one goes on, or it is taken out of that."""
    if old is None or old.status != "closed" or old.status == new.status:
        return
    if old.merged_into is not None and new.merged_into is not None:
        message = "was merged into another ticket; take it out of that one first"
        yield Fault("status", "isMerged", message)


@rule(TroubleTicket)
def subjects_are_there(
    work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse a new subject that there is not, or that is out of the reach of who names it."""
    known = {one.id for one in old.related_entity} if old is not None else set()
    for index, one in enumerate(new.related_entity):
        if one.id not in known and work.directory.known.get(one.id) is None:
            message = f"there is no {one.referred_type or 'record'} {one.id}; correct the id"
            yield Fault(f"relatedEntity[{index}].id", "danglingReference", message)


@rule(TroubleTicket)
def tickets_are_related_to_others_only(
    work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse a ticket that is related to itself, has two parents, or is above its own parent."""
    links = new.trouble_ticket_relationship
    if links and (old is None or old.trouble_ticket_relationship != links):
        keep_others_out(work, TroubleTicket)
    parents = [one for one in links if one.relationship_type == PARENT]
    for index, one in enumerate(new.trouble_ticket_relationship):
        if one.id == new.id:
            path = f"troubleTicketRelationship[{index}].id"
            yield Fault(path, "relatedToItself", "a ticket is not related to itself; name another")
    if len(parents) > 1:
        message = "a ticket has one parent; take the other away first"
        yield Fault("troubleTicketRelationship", "twoParents", message)
    below = {one.id for one in new.trouble_ticket_relationship if one.relationship_type == CHILD}
    seen: set[str] = set()
    above = [*_above(work, new)] if below or parents else []
    while above:
        ident = above.pop()
        if ident in below or ident == new.id:
            message = "would stand above its own parent; take one of the two away"
            yield Fault("troubleTicketRelationship", "cycle", message)
            return
        held = work.get(TroubleTicket, ident) if ident not in seen else None
        seen.add(ident)
        above += _above(work, held) if held is not None else ()


def _above(work: Work, ticket: TroubleTicket) -> Iterator[str]:
    """Yield the tickets that one stands under, whichever of the two says so."""
    for one in ticket.trouble_ticket_relationship:
        if one.relationship_type == PARENT and one.id is not None:
            yield one.id
    if not ticket.meta.version:
        return  # nothing names a new one yet
    for other in work.find(TroubleTicket, {"troubleTicketRelationship.id": ticket.id}):
        for one in other.trouble_ticket_relationship:
            if one.id == ticket.id and one.relationship_type == CHILD:
                yield other.id


@rule(TroubleTicket)
def a_ticket_is_in_the_queue_of_a_role(
    work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse a queue of a role that there is not, but the one that the type has."""
    kind = terms_of(work, new)
    stands = (old.handled_by if old else None, kind.document.handled_by if kind else None)
    grant = work.actor.grant(TroubleTicket.resource, "create" if old is None else "update")
    if grant is not None and grant.is_staffs:
        yield from role_faults(work, "handledBy", new.handled_by, *stands)


@rule(TroubleTicket)
def own_hand_reports_and_confirms(
    work: Work, old: TroubleTicket | None, new: TroubleTicket
) -> Iterator[Fault]:
    """Refuse that customers and partners decide who handles a ticket, by when and what it is."""
    standing = ("relatedParty", "relatedEntity", "ticketType", "severity", "description", "name",
                "troubleTicketRelationship")  # fmt: skip
    yield from left_to_staff(
        work.actor, old, new, money=SETTLED if old else STAFFS, standing=standing
    )
    grant = work.actor.grant(TroubleTicket.resource, "create" if old is None else "update")
    if grant is None or grant.is_staffs:
        return
    if old is None:
        kind = terms_of(work, new)
        queue = kind.document.handled_by if kind is not None else None
        steps = steps_of(kind) if kind is not None else []
        if [one.raw for one in new.checklist] != [one.raw for one in steps]:
            yield Fault("checklist", "notYours", "is for the staff to decide; leave it out")
        if new.handled_by != queue:
            yield Fault("handledBy", "notYours", "is for the staff to decide; leave it out")
        if new.status != "acknowledged":
            yield Fault("status", "notYours", "a ticket of yours begins as acknowledged")
    elif old.status != new.status and (old.status, new.status) not in THEIRS:
        message = "is for the staff to decide; you may confirm, open again or take back"
        yield Fault("status", "notYours", message)
