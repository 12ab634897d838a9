"""Manual tasks as a worklist: steps of orders that wait for people, by role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from trunkline.documents.errors import Invalid
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.select import Sql, array_of
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import (
    assign_task,
    claim_task,
    complete_task,
    release_task,
    set_task_due,
)
from trunkline.ordering.own_task import may_do_tasks, must_do_tasks, shown_only
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.pages.language import say
from trunkline.web.desk import Desk
from trunkline.web.navigation import COMPLETE_TASK, TASKS_SEEN_BY, may_see
from trunkline.web.records import hidden_of, matching
from trunkline.web.wording import words
from trunkline.web.worklist.belonging import belonging, link_to
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.worklist import (
    Deed,
    Found,
    Grouping,
    Look,
    Row,
    Said,
    Seen,
    Source,
    Tab,
    Worklist,
)
from trunkline.workspace.notes import Told

COLUMNS = {
    "role": "coalesce(p.role, '')",
    "name": "coalesce(p.title, p.name)",
    "owner": "p.claim ->> 'name'",
}
TABS: tuple[Tab, ...] = ("all", "mine", "nobody", "overdue")
ROOTS = (ProductOrder.resource, ServiceOrder.resource, ResourceOrder.resource)
SEEN = """
select p.id::text as id, p.started_at as since, p.due_at as due, p.root,
  r.type as root_type, p.claim ->> 'name' as owner_name,
  coalesce(p.due_at < %s, false) as in_late, true as in_all,
  p.claim ->> 'id' = %s as in_mine, p.claim is null as in_nobody,
  coalesce(p.due_at < %s, false) as in_overdue, {value} as g0
from plan_item p join record r on r.id = p.root
where p.kind = 'manual' and p.state = 'ready' {own}
"""
OWN = "and (p.role = any(%s) or p.claim ->> 'id' = %s or p.root = any(%s::uuid[]))"
ROWS = """
select id::text, name, title, role, item_id, due_at, claim ->> 'id', claim ->> 'name'
from plan_item where id = any(%s::uuid[])
"""


class TaskSource(Source):
    """The manual tasks that somebody is asked for, of the orders that the visitor may see."""

    def seen(self, _desk: Desk, work: Work, look: Look) -> Seen:
        """Return the tasks; the order of each and its customer are told with it."""
        path = look.grouping.paths[0] if look.grouping is not None else "role"
        own = shown_only(work)
        among = OWN if own is not None else ""
        sql = SEEN.replace("{value}", COLUMNS[path]).replace("{own}", among)
        values: list[Any] = [work.now, work.actor.id, work.now]
        if own is not None:
            values += [array_of(own.roles), own.me, array_of(own.orders)]
        kinds = [(f"s.root_type = '{one.name}'", "s.root", one) for one in ROOTS]
        order = belonging(work, kinds)
        more = Sql(f"json_build_array({order.text}, {_customer(work)})", order.parameters)
        return Seen(Sql(sql, values), TABS, 1, more)

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the tasks as rows: what is to be done, by whom, until when, in which order."""
        ids = array_of(one.id for one in found)
        held = work.connection.execute(ROWS, [ids]).fetchall() if found else []
        by_id = {row[0]: row for row in held}
        return [_row(desk, work, one, by_id[one.id]) for one in found if one.id in by_id]


def _customer(work: Work) -> str:
    """Return the SQL of the name of the customer of a product order, where it may be seen."""
    order = ProductOrder.resource
    hidden = hidden_of(work, order) if work.actor.grant(order, "read") is not None else None
    if work.actor.grant(order, "read") is None or (
        hidden is not None and is_hidden(hidden, "relatedParty.name")
    ):
        return "null::text"
    return (
        f"(select c.label from {order.reference_table} f join record c on c.id = f.target "  # noqa: S608 - our own names
        f"where f.source = s.root and f.type = '{order.name}' and lower(f.role) = 'customer' "
        "limit 1)"
    )


def _row(desk: Desk, work: Work, found: Found, held: Sequence[Any]) -> Row:
    ident, name, title, role, item, due, holder, holder_name = held
    order, customer = found.more if isinstance(found.more, list) else (None, None)
    parts = (
        name if title and name != title else "",
        words(role) if role else "",
        say("item %(item)s", item=item) if item else "",
    )
    return Row(
        ident=ident,
        key="",
        address=f"/tasks/{ident}",
        what=title or name,
        under=" · ".join(one for one in parts if one),
        about=link_to(desk, order),
        who=str(customer or ""),
        due=due,
        since=found.since,
        owner=holder_name or "",
        is_mine=holder == work.actor.id,
    )


def customers_of(work: Work, orders: Collection[str]) -> dict[str, str]:
    """Return the names of the customers of product orders that the visitor may see, by order."""
    if not orders:
        return {}
    found = matching(work, ProductOrder.resource, {"id": orders}, limit=len(orders))
    return {one.id: customer_of(one) for one in found.records} if found is not None else {}


# --- What can be done ------------------------------------------------------------------------


def may_complete(actor: Actor) -> bool:
    """Tell whether an actor may report tasks as done, of all orders or of those in reach."""
    return may_do_tasks(actor)


def may_assign(actor: Actor) -> bool:
    """Tell whether an actor may give tasks to others and say until when they are to be done."""
    return actor.may(COMPLETE_TASK) is not None


def must_see_tasks(desk: Desk, actor: Actor) -> None:
    """Refuse (403) who neither reports tasks nor reads all orders."""
    if not may_see(desk.services.registry, actor, *TASKS_SEEN_BY):
        actor.must_have(COMPLETE_TASK)


def _each(act: Callable[[Work, str, Said], Any]) -> Callable[..., Sequence[Told]]:
    def acted(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        must_do_tasks(work.actor)
        for one in idents:
            act(work, one, said)
        return ()

    return acted


def _complete(work: Work, task: str, said: Said) -> None:
    if not said.note:
        raise Invalid("reasonMissing", "say how it was done, and how that can be seen")
    complete_task(work, task, characteristics={}, evidence=said.note)


def _assign(work: Work, task: str, said: Said) -> None:
    if said.assignee and said.assignee != "me":
        assign_task(work, task, login=said.assignee)
    else:
        claim_task(work, task)
    if said.due is not None:
        set_task_due(work, task, due=said.due)


DEEDS = (
    Deed("claim", "Take on", "%(count)s taken on; others see that you have it.", may_complete,
         _each(lambda work, one, said: claim_task(work, one)), is_first=True),
    Deed("assign", "Assign", "%(count)s assigned.", may_assign, _each(_assign),
         ("assignee", "due"), "", "list.assign"),
    Deed("due", "Set due date", "Due date set for %(count)s.", may_assign,
         _each(lambda work, one, said: set_task_due(work, one, due=said.due)), ("due",), "",
         "list.due"),
    Deed("complete", "Report as done", "%(count)s reported as done; what waited for it goes on.",
         may_complete, _each(_complete), ("why",),
         "Say how it was done, and how that can be seen."),
    Deed("release", "Give back", "%(count)s given back; anybody may take it on.", may_complete,
         _each(lambda work, one, said: release_task(work, one))),
)  # fmt: skip


def task_worklist(peek: Any) -> Worklist:
    """Return the queue of manual tasks; `peek` makes the pane of one."""
    return Worklist(
        name="tasks",
        title="Manual tasks",
        under="Steps of orders that people carry out. What follows waits until they are reported "
        "as done.",
        empty=("No manual tasks.", "Nobody is asked to do anything by hand just now."),
        may_see=must_see_tasks,
        source=TaskSource(),
        groupings=(
            Grouping("role", "Role", ("role",), as_words=True),
            Grouping("task", "Task", ("name",)),
            Grouping("owner", "Who has it", ("owner",)),
        ),
        deeds=DEEDS,
        what="Task",
        shows=("since", "owner"),
        peek=peek,
        peek_template="worklist_task.html",
        has_page=False,
    )
