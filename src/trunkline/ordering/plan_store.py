"""The plan's tables: plans read whole or around one step, and written, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from hashlib import md5
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.kernel.work import Work
from trunkline.ordering.design.places import leave_places
from trunkline.ordering.plan_item import ENDED, PAUSED, Plan, PlanItem, RootKind

COLUMNS = tuple(one.name for one in fields(PlanItem))
JSON_COLUMNS = frozenset(
    {"characteristic", "former", "place", "wants", "request", "answer", "attempts", "awaits",
     "awaited_by", "links", "claim", "hold", "origin", "design", "handoff", "sla"}
)  # fmt: skip

ROOT_KINDS: tuple[RootKind, ...] = ("ProductOrder", "ServiceOrder", "ResourceOrder")

CALLOUT = "plan.callout"
"""The kind of work that sends a step's command or asks what became of it."""

LOCK = """
select pg_advisory_xact_lock(hashtextextended(%(root)s, 0)),
  (select max(position) from plan_item where root = %(root)s::uuid)
"""

# A plan with steps up to this position is read whole: that is quicker than looking around.
WHOLE_TO = 63

# What moves soon after each other is looked at together by who follows the dates.
SOON = timedelta(seconds=2)

# What needs more steps than this that are not done yet is far from its turn.
FAR = 8

SHOWN = ", ".join(f"p.{name}" for name in COLUMNS)

_READ = f"""
select {SHOWN},{{more}}
  (select p_internal_state from product_order where id = %(root)s),
  (select p_state from service_order where id = %(root)s),
  (select p_state from resource_order where id = %(root)s),
  (select stopped_at from plan_outlook where root = %(root)s)
from plan_item p where p.root = %(root)s order by p.position
"""  # noqa: S608 - the names of our own columns
READ = _READ.format(more="")
READ_OF_STEP = READ.replace("%(root)s", "(select s.root from plan_item s where s.id = %(step)s)")

# A row that was written anew has another `xmin`: this tells cheaply whether any step has moved.
MARK = """
select md5(coalesce(string_agg(m.id::text || m.xmin::text, ',' order by m.id), ''))
from plan_item m where m.root = %(root)s
"""
READ_MARKED = _READ.format(more=f" ({MARK}),")
NO_STEPS = md5(b"", usedforsecurity=False).hexdigest()
"""The mark of an order without a plan."""

# Above a step is all that may come to its turn when that step ends, below these is all that they
# build on. What is far from its turn is left out: it cannot come to it by as few ends as `FAR`.
AROUND = f"""
with recursive above(id, needs, needed_by, undoes, goes_on, is_far) as (
  select p.id, p.needs, p.needed_by, p.undoes, true, false
  from plan_item p where p.id = any(%(steps)s::uuid[]) and p.root = %(root)s
  union
  select u.id, u.needs, u.needed_by, u.undoes,
    not f.is_far and (u.direction = 'undo' or u.kind in ('automatic', 'milestone')), f.is_far
  from above a
  cross join lateral (
    select * from plan_item where id = any(a.needed_by) and state = 'pending'
  ) u
  cross join lateral (
    select count(*) > {FAR} as is_far from (
      select 1 from plan_item o where o.id = any(u.needs)
        and o.state not in ('completed', 'skipped', 'canceled', 'fallout') limit {FAR} + 1
    ) o
  ) f
  where a.goes_on
), below(id, needs, goes_on) as (
  select b.id, b.needs, b.kind <> 'milestone'
  from above a cross join lateral (select * from plan_item where id = any(a.needs)) b
  where not a.is_far
  union
  select b.id, b.needs, b.kind <> 'milestone'
  from below o cross join lateral (select * from plan_item where id = any(o.needs)) b
  where o.goes_on
), near as (
  select array_agg(id) as ids from (
    select id from above where not is_far
    union select undoes from above where not is_far
    union select id from below
  ) n
)
select {SHOWN},
  (select max(position) from plan_item where root = %(root)s),
  (select bool_or(is_far) and count(*) > {FAR} from above),
  (select p_internal_state from product_order where id = %(root)s),
  (select p_state from service_order where id = %(root)s),
  (select p_state from resource_order where id = %(root)s),
  (select stopped_at from plan_outlook where root = %(root)s)
from near n cross join lateral (select * from plan_item where id = any(n.ids)) p
order by p.position
"""  # noqa: S608 - the names of our own columns

INSERT = "insert into plan_item select * from json_populate_recordset(null::plan_item, %s::json)"

# The dates of a new plan are looked at as soon as it stands, by who follows them.
WATCH = f"""
with watched as (
  insert into plan_outlook (root, kind, check_at, owner, partner, promised)
  values (%s, %s, %s, %s, %s, %s)
  on conflict (root) do update set check_at = excluded.check_at
)
{INSERT}
"""  # noqa: S608 - our own names

CHANGING = (
    ("state", "text"), ("command_key", "uuid"), ("attempt", "integer"), ("characteristic", "json"),
    ("request", "json"), ("answer", "json"), ("attempts", "json"), ("error_kind", "text"),
    ("error_code", "text"), ("error_message", "text"), ("fallout", "uuid"),
    ("planned_at", "timestamptz"), ("started_at", "timestamptz"), ("ended_at", "timestamptz"),
    ("due_at", "timestamptz"), ("reason", "text"), ("claim", "json"), ("needed_by", "uuid[]"),
    ("correlation", "text"), ("system", "text"), ("handoff", "json"),
    ("planned_end_at", "timestamptz"), ("hold", "json"), ("paused_s", "integer"),
    ("sla", "json"),
)  # fmt: skip
"""What of a step may change, with its SQL type."""

UPDATE = f"""
with moved as (
  update plan_outlook set check_at = %(soon)s, looks = 0
  where root = %(root)s and check_at > %(soon)s
)
update plan_item p set {", ".join(f"{name} = n.{name}" for name, _ in CHANGING)}
from json_to_recordset(%(items)s::json)
  as n(id uuid, {", ".join(f"{name} {kind}" for name, kind in CHANGING)})
where p.id = n.id
returning p.state, p.awaited_by
"""  # noqa: S608 - the names of our own columns

OPEN_ABOUT = f"""
select {SHOWN} from plan_item p
where coalesce(p.product, p.service, p.resource) = any(%s::uuid[])
  and p.state not in ('completed', 'skipped', 'canceled')
  and p.direction = 'do' and p.action is not null order by p.root, p.position
"""  # noqa: S608 - the names of our own columns

ITEMS = """
select count(*) from (
  select 1 from plan_item
  where root = %(root)s and kind = 'milestone' and item_id is not null
  order by position desc limit %(limit)s
) m
"""

DELETE = """
with gone as (delete from plan_item where root = %s returning id)
delete from outside_place o using gone where o.waits = gone.id
"""

_PAUSED = f"({', '.join(f'{one!r}' for one in sorted(PAUSED))})"

# The steps come as JSON and the states as text: with arrays PostgreSQL would plan this anew for
# every call, which took longer than carrying it out.
BEGIN_ATTEMPTS = f"""
with old as (
  select p.id, p.state, p.state in ('ready', 'failed') and (
    exists (select 1 from product_order where id = p.root and p_internal_state in {_PAUSED})
    or exists (select 1 from service_order where id = p.root and p_state in {_PAUSED})
    or exists (select 1 from resource_order where id = p.root and p_state in {_PAUSED})
    or p.hold is not null
  ) as is_paused
  from json_array_elements_text(%(ids)s::json) as s(id)
  join plan_item p on p.id = s.id::uuid order by p.position for update of p
)
update plan_item p set
  state = case when old.state in ('ready', 'failed') then 'running' else old.state end,
  attempt = p.attempt + case when old.state in ('ready', 'failed') then 1 else 0 end
from old
where p.id = old.id and old.state in ('ready', 'failed', 'running', 'unknown', 'waiting')
  and not old.is_paused
returning {SHOWN.replace("p.state", "old.state")}
"""  # noqa: S608 - the names of our own columns


def lock(work: Work, root: str) -> int:
    """Wait for the order's lock and hold it to the end; return the last position of its plan."""
    row = work.connection.execute(LOCK, {"root": root}).fetchone()
    return -1 if row[1] is None else int(row[1])


def read(work: Work, root: str) -> Plan | None:
    """Return the plan of an order, None where there is none."""
    rows = work.connection.execute(READ, {"root": root}).fetchall()
    if not rows:
        return None
    plan = _plan(root, rows)
    plan.last_position = rows[-1][COLUMNS.index("position")]
    return plan


def read_of(work: Work, step: str) -> Plan | None:
    """Return the plan that a step belongs to, None for an unknown one."""
    rows = work.connection.execute(READ_OF_STEP, {"step": step}).fetchall()
    if not rows:
        return None
    plan = _plan(rows[0][COLUMNS.index("root")], rows)
    plan.last_position = rows[-1][COLUMNS.index("position")]
    return plan


def read_marked(work: Work, root: str) -> tuple[Plan | None, str]:
    """Return the plan of an order with a mark that is another one once any step has moved."""
    rows = work.connection.execute(READ_MARKED, {"root": root}).fetchall()
    if not rows:
        return None, NO_STEPS
    plan = _plan(root, rows)
    plan.last_position = rows[-1][COLUMNS.index("position")]
    return plan, str(rows[0][len(COLUMNS)])


def read_around(work: Work, root: str, *steps: str) -> Plan | None:
    """Return of an order's plan what a few steps can affect, None where there is no such step."""
    rows = work.connection.execute(AROUND, {"root": root, "steps": list(steps)}).fetchall()
    if not rows:
        return None
    last_position, is_cut_short = rows[0][len(COLUMNS) : len(COLUMNS) + 2]
    if is_cut_short:
        return read(work, root)
    plan = _plan(root, rows)
    plan.is_whole, plan.last_position = False, last_position
    return plan


def locked(work: Work, root: str, *, around: Sequence[str] = ()) -> Plan | None:
    """Return the plan of an order with the order's lock held.

    Of a large plan, what is `around` a few steps is enough where nothing but these has moved.
    """
    last_position = lock(work, root)
    if around and last_position > WHOLE_TO:
        return read_around(work, root, *around)
    return read(work, root)


def at_step(work: Work, step: str) -> tuple[Plan, PlanItem] | None:
    """Return a step and the plan around it, with its order's lock held; None where it is gone."""
    root = root_of(work, step)
    plan = locked(work, root, around=[step]) if root is not None else None
    item = plan.items.get(step) if plan is not None else None
    return (plan, item) if plan is not None and item is not None else None


def complete(work: Work, plan: Plan) -> None:
    """Read the steps that a plan which is not whole leaves out."""
    whole = read(work, plan.root)
    if whole is not None and not plan.is_whole:
        plan.items = {**whole.items, **plan.items}
        plan.is_whole = True


def has_item_milestones(work: Work, root: str, more_than: int) -> bool:
    """Tell whether an order has more items than so many."""
    row = work.connection.execute(ITEMS, {"root": root, "limit": more_than + 1}).fetchone()
    return int(row[0]) > more_than


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
        added = [plan.items[ident] for ident in plan.added]
        if plan.is_watched:
            own = added[0]
            watched = [plan.root, plan.kind, work.now + SOON, own.owner, own.partner, plan.promised]
            work.connection.execute(WATCH, [*watched, encode(added).decode()])
        else:
            insert(work, added)
    changed = [plan.items[ident] for ident in plan.changed]
    called_off = [one.id for one in changed if one.system is not None and one.state in ENDED]
    if called_off:
        leave_places(work, called_off)
    if changed:
        items = encode(changed).decode()
        asked = {"root": plan.root, "soon": work.now + SOON, "items": items}
        rows = work.connection.execute(UPDATE, asked)
        for state, waiting in rows.fetchall():
            if waiting is not None and state in ENDED:
                woken |= {one["id"] for one in load(waiting)}
    plan.added.clear()
    plan.changed.clear()
    return woken


def insert(work: Work, items: Sequence[PlanItem]) -> None:
    """Write new items with what they need."""
    work.connection.execute(INSERT, [encode(items).decode()])


def remove(work: Work, root: str) -> None:
    """Remove an order's plan, so that it can be made anew."""
    work.connection.execute(DELETE, [root])


def begin_attempts(connection: Any, idents: Sequence[str]) -> list[PlanItem]:
    """Note that steps are being tried; return them in the states that they had before.

    One is left out where there is nothing to try: it has ended, waits for somebody, or has not
    begun while its order, or the step itself, is on hold.
    """
    asked = {"ids": encode(list(idents)).decode()}
    return [_item(row) for row in connection.execute(BEGIN_ATTEMPTS, asked).fetchall()]


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


def open_about(work: Work, records: Sequence[str]) -> list[PlanItem]:
    """Return the steps of all orders that are still to do something to some records."""
    rows = work.connection.execute(OPEN_ABOUT, [list(records)]).fetchall() if records else []
    return [_item(row) for row in rows]


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


def _plan(root: str, rows: Sequence[Sequence[Any]]) -> Plan:
    *found, stopped_at = rows[0][-len(ROOT_KINDS) - 1 :]
    states = zip(ROOT_KINDS, found, strict=True)
    kind, state = next((kind, state) for kind, state in states if state is not None)
    items = [_item(row[: len(COLUMNS)]) for row in rows]
    plan = Plan(root, kind, state, {one.id: one for one in items})
    plan.stopped_at = stopped_at
    return plan


def _item(row: Sequence[Any]) -> PlanItem:
    values = dict(zip(COLUMNS, row, strict=True))
    for name in JSON_COLUMNS:
        if values[name] is not None:
            values[name] = load(values[name])
    values["needs"] = tuple(values["needs"])
    values["needed_by"] = tuple(values["needed_by"])
    return PlanItem(**values)
