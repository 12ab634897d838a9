"""Manual tasks as a worklist: steps of orders that wait for people, by role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from trunkline.documents.errors import Invalid
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.manual_task import (
    ALL,
    WAITING,
    OpenTask,
    TaskFilter,
    assign_task,
    claim_task,
    complete_task,
    open_tasks_of,
    release_task,
)
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Desk
from trunkline.web.navigation import COMPLETE_TASK, TASKS_SEEN_BY, may_see
from trunkline.web.records import Mention, matching, mentions_of
from trunkline.web.values import EMPTY, Cell
from trunkline.web.wording import words
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.worklist import Deed, Group, Grouping, Look, Row, Said, Tab, Worklist
from trunkline.workspace.notes import Told

GROUPS_MAX = 100
PARTIES = ("Individual", "Organization")
COLUMNS = {
    "role": "coalesce(p.role, '')",
    "name": "coalesce(p.title, p.name)",
    "owner": "p.claim ->> 'name'",
}


class TaskSource:
    """The manual tasks that somebody is asked for."""

    def counts(self, work: Work, since: datetime | None) -> tuple[Mapping[Tab, int], int]:
        """Return how many rows each tab has, and how many came in after a moment."""
        row = work.connection.execute(
            "select count(*), count(*) filter (where p.claim ->> 'id' = %(me)s), "
            "count(*) filter (where p.claim is null), "
            "count(*) filter (where p.due_at < %(now)s), "
            f"count(*) filter (where p.started_at > %(since)s) {WAITING}",
            asdict(ALL) | {"me": work.actor.id, "now": work.now, "since": since},
        ).fetchone()
        tabs: tuple[Tab, ...] = ("all", "mine", "nobody", "overdue")
        return dict(zip(tabs, row, strict=False)), row[-1]

    def groups(self, work: Work, look: Look) -> list[Group]:
        """Return the groups, the one whose oldest row waits longest first."""
        value = _value(look)
        rows = work.connection.execute(
            f"select {value}, count(*), min(p.started_at), "
            "array_agg(distinct p.claim ->> 'name'), count(*) filter (where p.due_at < %(now)s) "
            f"{WAITING} group by 1 order by min(p.started_at), 2 desc limit {GROUPS_MAX}",
            asdict(_filter(work, look)) | {"now": work.now},
        ).fetchall()
        return [
            Group((key,), [words(key) if key and value == COLUMNS["role"] else key or ""], count,
                  oldest, sorted(one for one in owners if one), overdue)
            for key, count, oldest, owners, overdue in rows
        ]  # fmt: skip

    def rows(self, desk: Desk, work: Work, look: Look, *, limit: int) -> list[Row]:
        """Return rows, the one that is due first."""
        return task_rows(desk, work, _found(work, look, limit))

    def idents(self, work: Work, look: Look, *, limit: int) -> list[str]:
        """Return the ids of the tasks."""
        return [one.id for one in _found(work, look, limit)]


def _value(look: Look) -> str:
    path = look.grouping.paths[0] if look.grouping is not None else "role"
    return COLUMNS[path]


def _filter(work: Work, look: Look) -> TaskFilter:
    return TaskFilter(
        claimed_by=work.actor.id if look.tab == "mine" else None,
        is_claimed=False if look.tab == "nobody" else None,
        due_before=work.now if look.tab == "overdue" else None,
    )


def _found(work: Work, look: Look, limit: int) -> list[OpenTask]:
    wanted = _filter(work, look)
    if look.group is None:
        return open_tasks_of(work, wanted, limit=limit)
    return open_tasks_of(
        work, wanted, limit=limit, also=f"{_value(look)} is not distinct from %(value)s",
        value=look.group[0] if look.group else None,
    )  # fmt: skip


def task_rows(desk: Desk, work: Work, tasks: Sequence[OpenTask]) -> list[Row]:
    """Return tasks as rows: what is to be done, by whom, until when, in which order."""
    idents: dict[str, set[str]] = {}
    for one in tasks:
        idents.setdefault(one.root_kind, set()).add(one.root)
        for name in PARTIES if one.owner else ():
            idents.setdefault(name, set()).add(one.owner or "")
    mentions = mentions_of(work, desk.addresses, idents)
    customers = customers_of(work, {one.root for one in tasks})
    return [
        Row(
            ident=one.id,
            key="",
            address=f"/tasks/{one.id}",
            what=one.title or one.name,
            under=" · ".join(
                part
                for part in (
                    one.name if one.title and one.name != one.title else "",
                    words(one.role) if one.role else "",
                    f"item {one.item_id}" if one.item_id else "",
                )
                if part
            ),
            about=_order(mentions.get(one.root)),
            who=customers.get(one.root) or _label(mentions.get(one.owner or "")),
            due=one.due_at,
            since=one.started_at,
            owner=one.claimed_by_name or "",
            is_mine=one.claimed_by == work.actor.id,
        )
        for one in tasks
    ]


def customers_of(work: Work, orders: Collection[str]) -> dict[str, str]:
    """Return the names of the customers of product orders that the visitor may see, by order."""
    if not orders:
        return {}
    found = matching(work, ProductOrder.resource, {"id": orders}, limit=len(orders))
    return {one.id: customer_of(one) for one in found.records} if found is not None else {}


def _label(mention: Mention | None) -> str:
    return mention.label if mention is not None else ""


def _order(mention: Mention | None) -> Cell:
    return Cell("link", mention.key, address=mention.address) if mention is not None else EMPTY


# --- What can be done ------------------------------------------------------------------------


def may_complete(actor: Actor) -> bool:
    """Tell whether an actor may report tasks as done, of all orders or of those in reach."""
    return actor.may(COMPLETE_TASK) is not None


def must_see_tasks(desk: Desk, actor: Actor) -> None:
    """Refuse (403) who neither reports tasks nor reads all orders."""
    if not may_see(desk.services.registry, actor, *TASKS_SEEN_BY):
        actor.must_have(COMPLETE_TASK)


def _each(act: Callable[[Work, str, Said], Any]) -> Callable[..., Sequence[Told]]:
    def acted(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        work.actor.must_have(COMPLETE_TASK)
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


DEEDS = (
    Deed("claim", "Take on", "%(count)s taken on; others see that you have it.", may_complete,
         _each(lambda work, one, said: claim_task(work, one)), is_first=True),
    Deed("assign", "Assign", "%(count)s assigned.", may_complete, _each(_assign), ("assignee",),
         "", "list.assign"),
    Deed("release", "Give back", "%(count)s given back; anybody may take it on.", may_complete,
         _each(lambda work, one, said: release_task(work, one))),
    Deed("complete", "Report as done", "%(count)s reported as done; what waited for it goes on.",
         may_complete, _each(_complete), ("why",),
         "Say how it was done, and how that can be seen."),
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
            Grouping("role", "Role", ("role",)),
            Grouping("task", "Task", ("name",)),
            Grouping("owner", "Who has it", ("owner",)),
        ),
        deeds=DEEDS,
        what="Task",
        shows=("owner",),
        peek=peek,
        peek_template="worklist_task.html",
        has_page=False,
    )
