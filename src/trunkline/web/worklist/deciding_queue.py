"""What has to be decided or done about orders before they begin, as a worklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.documents.errors import Invalid, NotFound
from trunkline.documents.shape import parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.capture import deciding
from trunkline.ordering.capture.handing_in import APPROVE
from trunkline.ordering.capture.header_task import HeaderTask
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.pages.language import say
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, state
from trunkline.web.wording import words
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.record_source import RecordSource
from trunkline.web.worklist.worklist import Deed, Grouping, Row, Said, Worklist
from trunkline.workspace.notes import Told


def _rows(_work: Work, records: Sequence[Record], orders: Mapping[str, Cell]) -> list[Row]:
    """Return tasks as rows: what is to be decided, of which order, by whom, until when."""
    return [_row(one, orders.get(one.id, EMPTY)) for one in records]


def _row(record: Record, order: Cell) -> Row:
    document = record.document
    due, role = document.get("dueAt"), document.get("role")
    parts = (
        say(words(str(document.get("kind") or ""))),
        say("by %(role)s", role=words(role)) if isinstance(role, str) else "",
    )
    return Row(
        ident=record.id,
        key=record.key,
        address=order.address or f"/r/headerTask/{record.key}",
        what=str(document.get("title") or record.key),
        under=" · ".join(one for one in parts if one),
        said=str(document.get("comment") or ""),
        about=order,
        who=customer_of(record),
        state=state(str(document.get("state") or "open")),
        due=parse_instant(due) if isinstance(due, str) else None,
    )


# --- What can be done ------------------------------------------------------------------------


def _may_decide(actor: Actor) -> bool:
    return actor.may(APPROVE) is not None or actor.may(deciding.COMPLETE_TASK) is not None


def _task(work: Work, ident: str) -> HeaderTask:
    found = work.get(HeaderTask, ident)
    if found is None:
        raise NotFound("notFound", f"there is no task {ident}")
    return found


def _accept(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
    """Approve orders, and report other tasks as done."""
    for ident in idents:
        task = _task(work, ident)
        if task.kind == "approval":
            kind, order = deciding.ordered_of(task), deciding.order_id(task)
            deciding.approve(work, order, said.note or None, kind)
        else:
            deciding.complete_header_task(
                work, task.id, result="accept", comment=said.note or None
            )  # fmt: skip
    return ()


def _reject(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
    """Send orders back to who handed them in."""
    if not said.note:
        raise Invalid("reasonMissing", "say why")
    for ident in idents:
        task = _task(work, ident)
        deciding.reject(work, deciding.order_id(task), said.note, deciding.ordered_of(task))
    return ()


DEEDS = (
    Deed("accept", "Accept", "%(count)s accepted.", _may_decide, _accept,
         ("note",), "Approves the order, or reports what was asked for as done.", is_first=True),
    Deed("reject", "Send back", "%(count)s sent back.",
         lambda actor: actor.may(APPROVE) is not None, _reject, ("why",),
         "The order goes back to who handed it in, who reads this. Say why.", danger=True),
)  # fmt: skip


def _must_see(_desk: Desk, actor: Actor) -> None:
    actor.must(HeaderTask.resource, "read")


DECIDING = Worklist(
    name="to-decide",
    title="To decide",
    under="Orders that wait before they begin: to be approved, looked at or completed, as policies "
    "say.",
    empty=("Nothing to decide.", "No order waits for an approval or for something to be done. "
           "Order policies say which orders somebody looks at first."),
    may_see=_must_see,
    source=RecordSource(
        resource=HeaderTask.resource,
        state="state",
        waiting=("open", "waiting"),
        trying=(),
        owner="decidedBy.id",
        owner_name="decidedBy.name",
        due="dueAt",
        about={
            "productOrder": ProductOrder.resource,
            "serviceOrder": ServiceOrder.resource,
            "resourceOrder": ResourceOrder.resource,
        },
        to_rows=_rows,
    ),
    groupings=(
        Grouping("kind", "Kind", ("kind",), as_words=True),
        Grouping("role", "Role", ("role",), as_words=True),
        Grouping("title", "What", ("title",)),
        Grouping("state", "State", ("state",), as_words=True),
    ),
    deeds=DEEDS,
    tabs=("all", "overdue"),
    has_page=False,
    shows=("state", "since"),
)  # fmt: skip
