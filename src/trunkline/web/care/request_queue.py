"""Requests of customers as a worklist: what waits for whom, taken on, given back and ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from trunkline.care.assignment import (
    assign_request,
    end_request,
    release_request,
    set_request_due,
)
from trunkline.care.request import CustomerRequest
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.pages.language import say
from trunkline.party.customer import Customer
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, state
from trunkline.web.wording import words
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.record_source import RecordSource
from trunkline.web.worklist.worklist import Deed, Grouping, Row, Said, Worklist
from trunkline.workspace.notes import Told

Act = Callable[[Work, Sequence[str], Said], object]


def request_rows(work: Work, records: Sequence[Record], about: Mapping[str, Cell]) -> list[Row]:
    """Return requests as rows: what is asked for, by whom, by when and who has it."""
    return [_row(work, one, about.get(one.id, EMPTY)) for one in records]


def _row(work: Work, record: Record, about: Cell) -> Row:
    document = record.document
    holder, day = document.get("assignee"), document.get("dueDate")
    due = parse_instant(day) if isinstance(day, str) else None
    held = holder if isinstance(holder, dict) else {}
    return Row(
        ident=record.id,
        key=record.key,
        address=f"/r/customerRequest/{record.key}",
        what=str(document.get("name") or record.key),
        under=_under(work, document, due),
        said=str(document.get("description") or ""),
        about=about,
        who=customer_of(record),
        state=state(str(document.get("status") or "acknowledged")),
        due=due,
        owner=str(held.get("name") or ""),
        is_mine=held.get("id") == work.actor.id,
    )


def _under(work: Work, document: Mapping[str, Json], due: datetime | None) -> str:
    """Return the process that a request leads to, and whether it is to be done soon."""
    named = str(document.get("targetProcess") or "")
    process = say(words(named)) if named else ""
    warns = document.get("warningDate")
    is_soon = isinstance(warns, str) and parse_instant(warns) <= work.now
    if due is None or due <= work.now or not is_soon:
        return process
    return say("%(process)s, due soon", process=process) if process else say("due soon")


def _may_change(actor: Actor) -> bool:
    grant = actor.grant(CustomerRequest.resource, "update")
    return grant is not None and grant.reach != "own"


def _does(act: Act) -> Callable[[Work, Sequence[str], Said], Sequence[Told]]:
    def run(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        act(work, idents, said)
        return ()

    return run


def _must_see(_desk: Desk, actor: Actor) -> None:
    actor.must(CustomerRequest.resource, "read")


DEEDS = (
    Deed("take", "Take on", "%(count)s taken on.", _may_change,
         _does(lambda work, idents, _: assign_request(work, idents, "me")), (), "",
         is_first=True),
    Deed("assign", "Assign", "%(count)s assigned.", _may_change,
         _does(lambda work, idents, said: assign_request(work, idents, said.assignee or "me")),
         ("assignee",), "", "list.assign"),
    Deed("due", "Set due date", "Due date set for %(count)s.", _may_change,
         _does(lambda work, idents, said: set_request_due(work, idents, said.due)),
         ("due",), "", "list.due"),
    Deed("complete", "Complete", "%(count)s completed.", _may_change,
         _does(lambda work, idents, said: end_request(
             work, idents, status="completed", resolution=said.note)),
         ("why",), "Say what became of it; the customer sees that."),
    Deed("reject", "Reject", "%(count)s rejected.", _may_change,
         _does(lambda work, idents, said: end_request(
             work, idents, status="rejected", resolution=said.note)),
         ("why",), "Say why; the customer sees that.", danger=True),
    Deed("release", "Give back", "%(count)s given back.", _may_change,
         _does(lambda work, idents, _: release_request(work, idents))),
)  # fmt: skip

REQUESTS = Worklist(
    name="requests",
    title="Open requests",
    under="What customers have asked for and nobody has finished yet, the oldest first.",
    empty=("No request waits.", "What customers ask for stands here until it is done. Log a "
           "contact on a customer’s page to take one."),
    may_see=_must_see,
    source=RecordSource(
        resource=CustomerRequest.resource,
        state="status",
        waiting=("acknowledged", "inProgress", "pending"),
        trying=(),
        owner="assignee.id",
        owner_name="assignee.name",
        due="dueDate",
        about={"relatedParty.0": Customer.resource},
        to_rows=request_rows,
    ),
    groupings=(
        Grouping("role", "Role", ("handledBy",), as_words=True),
        Grouping("type", "Kind", ("name",)),
        Grouping("process", "Process", ("targetProcess",), as_words=True),
        Grouping("owner", "Who has it", ("assignee.name",)),
        Grouping("state", "State", ("status",)),
    ),
    deeds=DEEDS,
    tabs=("all", "mine", "nobody", "overdue"),
    what="Request",
    about="Customer",
    has_page=False,
)  # fmt: skip
