"""Tickets as a worklist: what is due first, taken on, escalated, given back and resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trunkline.assurance.ticket.escalating import escalate
from trunkline.assurance.ticket.holding import (
    assign_ticket,
    move_ticket,
    release_ticket,
    report_step,
)
from trunkline.assurance.ticket.merging import merge_ticket
from trunkline.assurance.ticket.ticket import OPEN, TroubleTicket
from trunkline.documents.shape import parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.pages.language import say
from trunkline.party.customer import Customer
from trunkline.web.assurance.ticket_peek import ticket_peek
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, state
from trunkline.web.wording import words
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.record_source import RecordSource
from trunkline.web.worklist.worklist import Deed, Grouping, Row, Said, Worklist
from trunkline.workspace.notes import Told


def ticket_rows(work: Work, records: Sequence[Record], about: Mapping[str, Cell]) -> list[Row]:
    """Return tickets as rows: what is wrong, with whom, by when and who has it."""
    return [ticket_row(work, one, about.get(one.id, EMPTY)) for one in records]


def ticket_row(work: Work, record: Record, about: Cell) -> Row:
    """Return a ticket as a row of the queue."""
    document = record.document
    holder, day = document.get("assignee"), document.get("dueDate")
    held = holder if isinstance(holder, dict) else {}
    level = document.get("escalationLevel")
    under = (
        words(str(document.get("severity") or "")),
        words(str(document.get("ticketType") or "")),
        say("escalated: step %(count)s", count=level) if level else "",
    )
    name = str(document.get("name") or record.key)
    said = str(document.get("description") or "")
    return Row(
        ident=record.id,
        key=record.key,
        address=f"/tickets/{record.key}",
        what=name,
        under=" · ".join(one for one in under if one),
        said="" if said.startswith(name) else said,
        about=about,
        who=customer_of(record),
        state=state(str(document.get("status") or "acknowledged")),
        due=parse_instant(day) if isinstance(day, str) else None,
        owner=str(held.get("name") or ""),
        is_mine=held.get("id") == work.actor.id,
    )


def _may_change(actor: Actor) -> bool:
    grant = actor.grant(TroubleTicket.resource, "update")
    return grant is not None and grant.is_staffs


def _does(act: Callable[[Work, Sequence[str], Said], object]) -> Callable[..., Sequence[Told]]:
    def run(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        act(work, idents, said)
        return ()

    return run


def _moves(status: str) -> Callable[..., Sequence[Told]]:
    return _does(lambda work, idents, said: move_ticket(work, idents, status=status,
                                                        reason=said.note))  # fmt: skip


def _escalate(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
    return [escalate(work, one, reason=said.note)[1] for one in idents]


def _check(work: Work, idents: Sequence[str], said: Said) -> None:
    for one in idents:
        for title in said.pairs.values():
            report_step(work, one, title)


def _merge(work: Work, idents: Sequence[str], said: Said) -> None:
    for one in idents:
        for into in said.pairs.values():
            merge_ticket(work, one, into)


def _must_see(_desk: Desk, actor: Actor) -> None:
    actor.must(TroubleTicket.resource, "read")


DEEDS = (
    Deed("take", "Take on", "%(count)s taken on.", _may_change,
         _does(lambda work, idents, _: assign_ticket(work, idents, "me")), is_first=True),
    Deed("assign", "Assign", "%(count)s assigned.", _may_change,
         _does(lambda work, idents, said: assign_ticket(work, idents, said.assignee or "me")),
         ("assignee",), "", "list.assign"),
    Deed("resolve", "Resolve", "%(count)s resolved.", _may_change, _moves("resolved"), ("why",),
         "Say what became of it; the customer sees that."),
    Deed("wait", "Wait for the customer", "%(count)s waiting for the customer.", _may_change,
         _moves("pending"), ("why",), "Say what the customer is to do. The clock may stand."),
    Deed("hold", "Put on hold", "%(count)s put on hold.", _may_change, _moves("held"), ("why",),
         "Say what is waited for. The clock may stand."),
    Deed("go", "Go on", "%(count)s taken up again.", _may_change, _moves("inProgress"), ("why",),
         "Say why it goes on now."),
    Deed("escalate", "Escalate", "%(count)s escalated.", _may_change, _escalate, ("why",),
         "Say why it goes a step up; that is kept as a note."),
    Deed("reject", "Reject", "%(count)s rejected.", _may_change, _moves("rejected"), ("why",),
         "Say why; the customer sees that.", danger=True),
    Deed("release", "Give back", "%(count)s given back.", _may_change,
         _does(lambda work, idents, _: release_ticket(work, idents))),
    Deed("check", "Report step as done", "Step reported as done.", _may_change, _does(_check),
         in_bar=False),
    Deed("merge", "Merge", "Merged.", _may_change, _does(_merge), in_bar=False),
)  # fmt: skip

TICKETS = Worklist(
    name="tickets",
    title="Open tickets",
    under="Trouble of customers that is not over. Whose clock stands has no due date.",
    empty=("No ticket is open.", "What does not work for customers stands here until it is "
           "resolved. Open one from a customer’s page, or by the interface."),
    may_see=_must_see,
    source=RecordSource(
        resource=TroubleTicket.resource,
        state="status",
        waiting=tuple(OPEN),
        trying=(),
        owner="assignee.id",
        owner_name="assignee.name",
        due="dueDate",
        about={"relatedParty.0": Customer.resource},
        to_rows=ticket_rows,
    ),
    groupings=(
        Grouping("role", "Queue", ("handledBy",), as_words=True),
        Grouping("type", "Type", ("ticketType",), as_words=True),
        Grouping("severity", "Severity", ("severity",), as_words=True),
        Grouping("owner", "Who has it", ("assignee.name",)),
        Grouping("state", "State", ("status",)),
    ),
    deeds=DEEDS,
    tabs=("all", "mine", "nobody", "overdue"),
    what="Ticket",
    about="Customer",
    shows=("state", "since", "owner"),
    peek=lambda desk, visit, work, ident: ticket_peek(desk, visit, work, ident, DEEDS),
    peek_template="assurance_ticket.html",
)  # fmt: skip
