"""The plan's tables: read and written in whole plans, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import ENDED, PAUSED, Plan, PlanItem, RootKind

COLUMNS = tuple(one.name for one in fields(PlanItem))
JSON_COLUMNS = frozenset(
    {"characteristic", "former", "place", "wants", "request", "answer", "attempts", "awaits",
     "awaited_by", "links", "claim"}
)  # fmt: skip

ROOT_KINDS: tuple[RootKind, ...] = ("ProductOrder", "ServiceOrder", "ResourceOrder")

CALLOUT = "plan.callout"
"""The kind of work that sends a step's command or asks what became of it."""

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"

SHOWN = ", ".join(f"p.{name}" for name in COLUMNS)

READ = f"""
select {SHOWN},
  (select p_internal_state from product_order where id = %(root)s),
  (select p_state from service_order where id = %(root)s),
  (select p_state from resource_order where id = %(root)s)
from plan_item p where p.root = %(root)s order by p.position
"""  # noqa: S608 - the names of our own columns

INSERT = "insert into plan_item select * from json_populate_recordset(null::plan_item, %s::json)"

UPDATE = """
update plan_item p set state = n.state, command_key = n.command_key, attempt = n.attempt,
  characteristic = n.characteristic, request = n.request, answer = n.answer,
  attempts = n.attempts, error_kind = n.error_kind, error_code = n.error_code,
  error_message = n.error_message, fallout = n.fallout, planned_at = n.planned_at,
  started_at = n.started_at, ended_at = n.ended_at, due_at = n.due_at, reason = n.reason,
  claim = n.claim
from json_populate_recordset(null::plan_item, %s::json) n where p.id = n.id
returning p.state, p.awaited_by
"""

DELETE = "delete from plan_item where root = %s"

BEGIN_ATTEMPT = f"""
with old as (
  select p.id, p.state, p.state in ('ready', 'failed') and (
    exists (select 1 from product_order where id = p.root and p_internal_state = any(%(paused)s))
    or exists (select 1 from service_order where id = p.root and p_state = any(%(paused)s))
    or exists (select 1 from resource_order where id = p.root and p_state = any(%(paused)s))
  ) as is_paused
  from plan_item p where p.id = %(id)s for update of p
)
update plan_item p set
  state = case when old.state in ('ready', 'failed') then 'running' else old.state end,
  attempt = p.attempt + case when old.state in ('ready', 'failed') then 1 else 0 end
from old
where p.id = old.id and old.state in ('ready', 'failed', 'running', 'unknown', 'waiting')
  and not old.is_paused
returning {SHOWN.replace("p.state", "old.state")}
"""  # noqa: S608 - the names of our own columns


def lock(work: Work, root: str) -> None:
    """Wait for the order's lock and hold it until the end of the transaction."""
    work.connection.execute(LOCK, [root])


def read(work: Work, root: str) -> Plan | None:
    """Return the plan of an order, None where there is none."""
    rows = work.connection.execute(READ, {"root": root}).fetchall()
    if not rows:
        return None
    states = zip(ROOT_KINDS, rows[0][-len(ROOT_KINDS) :], strict=True)
    kind, state = next((kind, state) for kind, state in states if state is not None)
    items = [_item(row[: -len(ROOT_KINDS)]) for row in rows]
    return Plan(root, kind, state, {one.id: one for one in items})


def locked(work: Work, root: str) -> Plan | None:
    """Return the plan of an order with the order's lock held."""
    lock(work, root)
    return read(work, root)


def held(work: Work, root: str) -> Plan | None:
    """Return the plan of an order with its lock and every step held, so that no try begins."""
    lock(work, root)
    work.connection.execute("select 1 from plan_item where root = %s for update", [root])
    return read(work, root)


def write(work: Work, plan: Plan) -> set[str]:
    """Write what is new and what has changed, and take it as read.

    Returns the orders that wait for a step which has ended. Who waits is told by the rows as they
    are once they are locked: an order that begins to wait marks them under the same lock.
    """
    woken: set[str] = set()
    if plan.added:
        insert(work, [plan.items[ident] for ident in plan.added])
    changed = [plan.items[ident] for ident in plan.changed]
    if changed:
        rows = work.connection.execute(UPDATE, [encode([_row(one) for one in changed]).decode()])
        for state, waiting in rows.fetchall():
            if waiting is not None and state in ENDED:
                woken |= {one["id"] for one in load(waiting)}
    plan.added.clear()
    plan.changed.clear()
    return woken


def insert(work: Work, items: Sequence[PlanItem]) -> None:
    """Write new items with what they need."""
    work.connection.execute(INSERT, [encode([_row(one) for one in items]).decode()])


def remove(work: Work, root: str) -> None:
    """Remove an order's plan, so that it can be made anew."""
    work.connection.execute(DELETE, [root])


def begin_attempt(connection: Any, ident: str) -> PlanItem | None:
    """Note that a step is being tried; return it in the state that it had before.

    None means that there is nothing to try: it has ended, waits for somebody, or has not begun
    while its order is on hold.
    """
    row = connection.execute(BEGIN_ATTEMPT, {"id": ident, "paused": list(PAUSED)}).fetchone()
    return _item(row) if row else None


def root_of_key(work: Work, key: str) -> tuple[str, str, bool] | None:
    """Return (root, item, whether the key is the present one) for a command key."""
    row = work.connection.execute(
        "select root, id, true from plan_item where command_key = %(key)s union all "
        "select p.root, p.id, false from plan_former_key f join plan_item p on p.id = f.item "
        "where f.key = %(key)s",
        {"key": key},
    ).fetchone()
    return (row[0], row[1], row[2]) if row else None


def root_of(work: Work, ident: str) -> str | None:
    """Return the order that a plan item belongs to, None for an unknown id."""
    row = work.connection.execute("select root from plan_item where id = %s", [ident]).fetchone()
    return row[0] if row else None


def withdraw_calls(work: Work, item: PlanItem) -> None:
    """Remove work that waits to ask about a step, since it would hold up a new try."""
    work.connection.execute(
        "delete from work where subject = %s and kind = %s "
        "and (lease_until is null or lease_until < clock_timestamp())",
        [item.id, CALLOUT],
    )


def keep_former_key(work: Work, item: PlanItem) -> None:
    """Remember the present key of a step that is about to get a new one."""
    work.connection.execute(
        "insert into plan_former_key (key, item) values (%s, %s) on conflict do nothing",
        [item.command_key, item.id],
    )


def _item(row: Sequence[Any]) -> PlanItem:
    values = dict(zip(COLUMNS, row, strict=True))
    for name in JSON_COLUMNS:
        if values[name] is not None:
            values[name] = load(values[name])
    values["needs"] = tuple(values["needs"])
    return PlanItem(**values)


def _row(item: PlanItem) -> dict[str, Json]:
    row = {name: getattr(item, name) for name in COLUMNS}
    return {
        name: format_instant(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
