"""Fallout as a worklist: steps of orders that stand still, by what stopped them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.fallout_actions import fix_and_retry
from trunkline.ordering.fallout_job import act_on_one, asked_of, begin_many
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.pages.language import say
from trunkline.web.desk import Desk, Visit, must_operate
from trunkline.web.facts import Teller
from trunkline.web.fallout.cause_page import cause_address
from trunkline.web.forms import Form
from trunkline.web.orders.plan import read_plan
from trunkline.web.orders.rows import step_address
from trunkline.web.orders.step_values import fixed_values
from trunkline.web.records import Record, record_of
from trunkline.web.values import EMPTY, Cell, state
from trunkline.web.wording import choice
from trunkline.web.worklist.fallout_filters import FILTERS, NARROWS, fallout_options
from trunkline.web.worklist.record_source import RecordSource
from trunkline.web.worklist.telling import may_tell, tell_customer, texts_shown
from trunkline.web.worklist.worklist import Deed, Grouping, Key, Row, Said, Worklist
from trunkline.workspace.about import may_note
from trunkline.workspace.notes import Told

ROOTS = ("productOrder", "serviceOrder", "resourceOrder")


def fallout_rows(work: Work, records: Sequence[Record], orders: Mapping[str, Cell]) -> list[Row]:
    """Return fallout as rows: step, cause, order and holder of each; `orders` by fallout."""
    return [fallout_row(work, one, orders.get(one.id, EMPTY)) for one in records]


def fallout_row(work: Work, record: Record, order: Cell) -> Row:
    """Return one fallout as a row; `order` is the link to what it belongs to."""
    document = record.document
    cause, holder = _object(document.get("cause")), _object(document.get("assignee"))
    attempts, due = document.get("attempt"), document.get("dueAt")
    step, item = str(document.get("planItemId") or ""), document.get("productOrderItemId")
    return Row(
        ident=record.id,
        key=record.key,
        address=step_address(order.address, step, "timeline")
        if order.address and step else f"/fallout/{record.key}",
        what=str(document.get("taskName") or "A step"),
        under=say("item %(item)s", item=item) if item else "",
        said=str(cause.get("message") or cause.get("code") or ""),
        about=order,
        who=customer_of(record),
        state=state(str(document.get("state") or "open")),
        due=parse_instant(due) if isinstance(due, str) else None,
        owner=str(holder.get("name") or ""),
        is_mine=holder.get("id") == work.actor.id,
        number=len(attempts) if isinstance(attempts, list) else 0,
    )  # fmt: skip


def order_of(record: Record, teller: Teller) -> Cell:
    """Return the link to the order that a fallout belongs to."""
    for name in ROOTS:
        value = record.document.get(name)
        if isinstance(value, dict):
            shape = Fallout.by_json_name()[name].shape
            return teller.link(shape, value) or EMPTY
    return EMPTY


def customer_of(record: Record) -> str:
    """Return the name of the customer whose order or fallout this is, as the visitor sees it."""
    parties = record.document.get("relatedParty")
    for one in parties if isinstance(parties, list) else ():
        if isinstance(one, dict) and str(one.get("role") or "").lower() == "customer":
            return str(one.get("name") or "")
    return ""


def root_of(record: Record) -> tuple[str, str] | None:
    """Return the order whose plan a fallout belongs to: the reference's name and the order's id."""
    for name in ROOTS:
        value = record.document.get(name)
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            return name, str(value["id"])
    return None


def step_of(work: Work, record: Record) -> PlanItem | None:
    """Return the step that stands still, None where it is gone."""
    root = root_of(record)
    wanted = record.document.get("planItemId")
    return read_plan(work, root[1]).by_id.get(str(wanted)) if root is not None else None


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


# --- What can be done ------------------------------------------------------------------------


def _with(permission: str) -> Callable[[Actor], bool]:
    def may(actor: Actor) -> bool:
        grant = actor.may(permission)
        return grant is not None and grant.reach == "all"

    return may


def _may_change(actor: Actor) -> bool:
    return actor.grant(Fallout.resource, "update") is not None


def _does(verb: str) -> Callable[[Work, Sequence[str], Said], Sequence[Told]]:
    def act(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        asked = asked_of(said.note, said.assignee, said.due)
        told = [told for one in idents for told in act_on_one(work, verb, one, asked)]
        if said.message:
            _tell(work, idents, said)
        return told

    return act


def _tell(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
    for one in idents:
        tell_customer(work, one, said)
    return ()


def _fix(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
    must_operate(work.actor, "ordering:retry")
    for ident in idents:
        record = record_of(work, Fallout.resource, ident)
        typed = Form({"name": list(said.pairs), "value": list(said.pairs.values())})
        fix_and_retry(work, record.id, fixed_values(typed, step_of(work, record)))
    return ()


def _begin(desk: Desk, visit: Visit, deed: Deed, idents: Sequence[str], said: Said) -> str:
    """Begin a job and return the address of its page."""
    asked = asked_of(said.note, said.assignee, said.due)
    title = f"Fallout: {deed.title.lower()}, {len(idents)}"
    job = begin_many(desk.services, visit.actor, deed.name, idents, title=title, asked=asked)
    return f"/jobs/{job}"


def _cause_page(grouping: Grouping, key: Key) -> str:
    """Return where what stands still by one cause is put right together."""
    if grouping.name != "cause" or len(key) != 3 or key[0] is None:
        return ""
    return cause_address(key[0], key[1], key[2])


def _must_see(_desk: Desk, actor: Actor) -> None:
    actor.must(Fallout.resource, "read")


def fallout_worklist(peek: Any) -> Worklist:
    """Return the queue of fallout; `peek` makes the pane of one."""
    return Worklist(
        name="fallout",
        title="Fallout",
        under="Steps of orders that stand still until somebody tries again, repairs them, does "
        "them by hand or leaves them out.",
        empty=("No fallout.", "Every step of every order is done or on its way."),
        may_see=_must_see,
        source=RecordSource(
            resource=Fallout.resource,
            state="state",
            waiting=("open", "onHold", "awaitingInformation"),
            trying=("inProgress",),
            owner="assignee.id",
            owner_name="assignee.name",
            due="dueAt",
            about={
                "productOrder": ProductOrder.resource,
                "serviceOrder": ServiceOrder.resource,
                "resourceOrder": ResourceOrder.resource,
            },
            to_rows=fallout_rows,
            narrows=NARROWS,
        ),
        groupings=(
            Grouping(
                "cause",
                "Cause",
                ("cause.kind", "cause.code", "cause.system"),
                as_words=True,
                led_by=1,
                told=choice,
            ),
            Grouping("type", "Type", ("falloutType",), as_words=True),
            Grouping("step", "Step", ("taskName",)),
            Grouping("owner", "Who has it", ("assignee.name",)),
            Grouping("state", "State", ("state",)),
        ),
        deeds=DEEDS,
        tabs=("all", "mine", "nobody", "overdue", "trying"),
        what="Step",
        peek=peek,
        peek_template="worklist_fallout.html",
        begin=_begin,
        texts=texts_shown,
        filters=FILTERS,
        options=fallout_options,
        above="worklist_report_link.html",
        group_page=_cause_page,
    )


DEEDS = (
    Deed("retry", "Try again", "%(count)s to be tried again.", _with("ordering:retry"),
         _does("retry"), ("note",), "Sends each step once more as it is.", "list.retry",
         is_first=True),
    Deed("assign", "Assign", "%(count)s assigned.", _may_change, _does("assign"),
         ("assignee", "due", "note"), "", "list.assign", and_tell=may_tell),
    Deed("due", "Set due date", "Due date set for %(count)s.", _may_change, _does("due"),
         ("due",), "", "list.due"),
    Deed("tell", "Tell the customer", "Messages to customers written: %(count)s.", may_tell, _tell,
         ("message",), "", "list.tell"),
    Deed("note", "Add note", "Noted for %(count)s.",
         lambda actor: may_note(actor, Fallout.resource), _does("note"), ("why",),
         "A login behind an @ is told of it.", "list.note"),
    Deed("release", "Give back", "%(count)s given back.", _may_change, _does("release")),
    Deed("complete", "Complete by hand", "%(count)s taken as done by hand.",
         _with("ordering:completeTask"), _does("complete"), ("why",),
         "Say how it was done, and how that can be seen."),
    Deed("skip", "Leave out", "%(count)s left out.", _with("ordering:skip"), _does("skip"),
         ("why",), "The order goes on without it for good. Say why.", danger=True),
    Deed("fix", "Fix and retry", "%(count)s corrected and tried again.", _with("ordering:retry"),
         _fix, in_bar=False),
)  # fmt: skip
