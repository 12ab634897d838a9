"""Following the dates: the outlook on each open order kept up to date, soon after it changes.

Each order with dates has one row of `plan_outlook`, which says when to look at it again: at once
where a step has moved, else when a task comes to its next level. So the cost follows what happens,
not how many orders are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog

from trunkline.documents.decode import encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import troubles
from trunkline.ordering import plan_store
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.edits import Edits
from trunkline.ordering.grouping.following import group_looks
from trunkline.ordering.jeopardy.escalating import escalate, holders
from trunkline.ordering.jeopardy.levels import LEVELS, Level, rank
from trunkline.ordering.jeopardy.outlook import (
    Outlook,
    Promised,
    Stopped,
    line_names,
    outlook,
    planned,
)
from trunkline.ordering.jeopardy.policies import NOBODY, Policies, Whose, policies
from trunkline.ordering.jeopardy.telling import tell_new_promise
from trunkline.ordering.jeopardy.value import worth_of
from trunkline.ordering.line_dates import any_date
from trunkline.ordering.plan_item import ENDED, Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.schedule import schedule
from trunkline.ordering.service_order import ServiceOrder, ServiceOrderJeopardyAlert
from trunkline.workspace.notes import Told
from trunkline.workspace.notifications import notice_of, write_notice

log = structlog.get_logger("trunkline.dates")
Order: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder
KINDS: Mapping[str, type[Order]] = {
    "ProductOrder": ProductOrder,
    "ServiceOrder": ServiceOrder,
    "ResourceOrder": ResourceOrder,
}
ADDRESSES = {"ProductOrder": "order", "ServiceOrder": "service-order",
             "ResourceOrder": "resource-order"}  # fmt: skip
PASS = "dates"
DATES = ("committedCompletionDate", "requestedCompletionDate", "requestedStartDate")
ROUND = 50
NEVER = "infinity"
ALERT_FROM: Level = "medium"
CLAIM = """
with due as (
  select root from plan_outlook where check_at <= %(now)s
  order by check_at limit %(limit)s for update skip locked
)
update plan_outlook o set check_at = %(now)s + interval '1 minute'
from due where o.root = due.root
returning o.root::text, o.kind
"""
# What was done before anybody had to look at it, as most orders are, goes at once.
FORGET = """
delete from plan_outlook o where o.check_at <= %(now)s and o.level = 0 and not exists (
  select from plan_item p
  where p.root = o.root and p.state not in ('completed', 'skipped', 'canceled')
)
"""
FORGET_TROUBLES = """
delete from trouble t where t.pass = %s and t.subject <> '' and not exists (
  select from plan_outlook o where o.root::text = t.subject
)
"""
# Of an order that waits for its time only what it is promised for is kept.
KEEP_PROMISE = """
with former as (select promised from plan_outlook where root = %(root)s)
insert into plan_outlook (root, kind, check_at, owner, partner, promised)
select %(root)s::uuid, 'ProductOrder', %(next)s, %(owner)s::uuid, %(partner)s::uuid, %(promised)s
where %(is_promised)s or exists (select from former)
on conflict (root) do update set promised = excluded.promised
returning (select promised from former)
"""
WAITS = "update plan_outlook set check_at = %s where root = %s"
WAITS_DAYS = 1
READ = "select stopped_at, stopped_s, looks, level, promised from plan_outlook where root = %s"
WRITE = """
update plan_outlook set check_at = %(next)s, expected_at = %(expected)s, target_at = %(target)s,
  level = %(level)s, looks = looks + 1, worth = %(worth)s, currency = %(currency)s,
  promised = %(promised)s, since = case when level = %(level)s then since else %(now)s end
where root = %(root)s
"""


def follow(services: Services, *, limit: int = ROUND) -> int:
    """Look at the orders whose dates are to be looked at now; return how many there were.

    One that fails is noted and looked at again in a minute; the others are looked at all the same.
    """
    with as_system(services, PASS) as work:
        asked = {"now": work.now, "limit": limit}
        work.connection.execute(FORGET, asked)
        found = work.connection.execute(CLAIM, asked).fetchall()
        noted = troubles.noted(work.connection, PASS)
        if noted:
            work.connection.execute(FORGET_TROUBLES, [PASS])
    for root, kind in found:
        try:
            look_at(services, root, kind)
            if root in noted:
                with as_system(services, PASS) as work:
                    troubles.over(work.connection, PASS, [root])
        except Exception as error:  # the worker's edge: of one order, which may hold anything
            if troubles.is_away(error):
                raise
            if isinstance(error, Refusal):
                log.warning("dates not written", order=root, problem=error.message)
            else:
                log.error("dates not followed", order=root, exc_info=error)
            with as_system(services, PASS) as work:
                troubles.note(work.connection, PASS, root, error)
    return len(found)


def look_at(services: Services, root: str, kind: str) -> None:
    """Bring the dates of one order up to date, and tell those who want to know of its level."""
    with as_system(services, "dates") as work:
        plan = plan_store.locked(work, root)
        edits = Edits(work)
        order = edits.one(KINDS[kind], root)
        if plan is None or order is None or all(one.state in ENDED for one in plan):
            work.connection.execute("delete from plan_outlook where root = %s", [root])
            if isinstance(order, ProductOrder):
                _settle(order)
                work.schedule(*group_looks(order))
                edits.write()
            return
        if plan.wait is not None:  # there is nothing to look at before it begins
            later = work.now + timedelta(days=WAITS_DAYS)
            work.connection.execute(WAITS, [later, root])
            return
        row = work.connection.execute(READ, [root]).fetchone()
        if row is None:
            return
        stopped_at, stopped_s, looks, before, mark = row
        in_force = policies(work)
        _plan_anew(work, plan, in_force)
        promised = promised_of(work, plan, order)
        stopped = Stopped(stopped_at, timedelta(seconds=stopped_s))
        found = outlook(list(plan), work.now, promised, in_force, stopped, looks=looks)
        name = type(order).resource.name
        told = escalate(work, plan, in_force, stopped_at, key=order.key, kind=name,
                        address=f"/{ADDRESSES[name]}/{order.key}")  # fmt: skip
        plan_store.write(work, plan)
        _note(edits, plan, order, found, work.now)
        if isinstance(order, ProductOrder) and rank(found.whole.level) != before:
            work.schedule(*group_looks(order))
        _write(work, order, found)
        edits.write()
        if isinstance(order, ProductOrder):
            tell_new_promise(work, order, promised, in_force, mark)
        if rank(found.whole.level) > before:
            told += _told(work, order, promised, in_force, found)
        for one in told:  # with what says that they were told: they are once, whatever breaks off
            write_notice(services, work.connection, one.principals, one.notice)


def promised_of(work: Work, plan: Plan, order: Order) -> Promised:
    """Return what an order was promised or wanted for, and whose it is."""
    start = order.order_date or order.meta.created_at or work.now
    if order.requested_start_date is not None:
        start = max(start, order.requested_start_date)
    wanted = order.requested_completion_date
    if not isinstance(order, ProductOrder):
        return Promised(start, wanted)
    buyer = buyer_of(work, order)
    whose = Whose(buyer.id, buyer.customer_segment) if buyer is not None else NOBODY
    items = [one for _, one in placed_product_items(order.product_order_item)]
    names = dict(line_names(list(plan)))
    for one in items:
        offering = one.product_offering
        if offering is not None:
            more = {each for each in (offering.id, offering.name) if each}
            names[one.id] = names.get(one.id, frozenset()) | more
    return Promised(
        start,
        order.committed_completion_date or wanted,
        {one.id: _line_target(order, one) for one in items},
        names,
        whose,
    )


def _line_target(order: ProductOrder, item: ProductOrderItem) -> datetime | None:
    """Return by when a line is to be done: what is promised counts before what is wanted."""
    if item.committed_completion_date is not None:
        return item.committed_completion_date
    return order.committed_completion_date or item.requested_completion_date


def promises_mark(order: ProductOrder) -> str:
    """Return what is another text as soon as an order is promised for another date."""
    lines = {one.id: [one.raw.get(name) for name in DATES]
             for _, one in placed_product_items(order.product_order_item)}  # fmt: skip
    own = [order.raw.get(name) for name in DATES]
    return encode([own, lines]).decode()


def watch_promises(work: Work, order: ProductOrder) -> bool:
    """Look at an order again where it is promised for another date than it was looked at with.

    Return whether visits are ahead of it, which may have to move with its dates.
    """
    found = work.connection.execute(
        "update plan_outlook o set check_at = %s, looks = 0 "
        "where root = %s and promised is distinct from %s returning exists ("
        "select from plan_item p where p.root = o.root and p.kind = 'fieldWork' "
        "and p.state in ('pending', 'waiting'))",
        [work.now, order.id, promises_mark(order)],
    ).fetchone()
    return found is not None and bool(found[0])


def follow_promise(work: Work, plan: Plan, order: ProductOrder) -> None:
    """Tell the customer of an order that has not begun where it is promised for another date."""
    mark = promises_mark(order)
    asked = {
        "root": order.id, "next": work.now + timedelta(days=WAITS_DAYS), "promised": mark,
        "owner": order.meta.owner, "partner": order.meta.partner,
        "is_promised": order.committed_completion_date is not None,
    }  # fmt: skip
    row = work.connection.execute(KEEP_PROMISE, asked).fetchone()
    if row is not None and row[0] is not None and row[0] != mark:
        tell_new_promise(work, order, promised_of(work, plan, order), policies(work), row[0])


def has_dates(plan: Plan, order: Order, in_force: Policies) -> bool:
    """Tell whether anybody has to keep an eye on the dates of a new plan."""
    if order.requested_completion_date is not None:
        return True
    if isinstance(order, ProductOrder) and any_date(order):
        return True
    return any(in_force.takes(one) or one.sla for one in plan if one.state not in ENDED)


def _plan_anew(work: Work, plan: Plan, in_force: Policies) -> None:
    """Write down what steps are planned for that have no plan yet."""
    steps = list(plan)
    scheduled = schedule(steps, work.now, in_force.terms())
    for ident, (start, end) in planned(steps, scheduled).items():
        plan.put(replace(plan.items[ident], planned_at=start, planned_end_at=end))


def _note(edits: Edits, plan: Plan, order: Order, found: Outlook, at: datetime) -> None:
    """Say in the orders what is expected, and warn of tasks that are in danger."""
    if found.whole.end_at is not None:
        order.expected_completion_date = found.whole.end_at
    if isinstance(order, ProductOrder):
        _set_level(order, found.whole.level)
        for _, item in placed_product_items(order.product_order_item):
            line = found.lines.get(item.id)
            if line is not None and line.end_at is not None:
                item.expected_completion_date = line.end_at
                _set_level(item, line.level)
    warned = {
        ident: level for ident, level in found.tasks.items() if rank(level) >= rank(ALERT_FROM)
    }
    orders = [plan.items[one].service_order for one in found.tasks]
    for domain_order in edits.take(ServiceOrder, orders):
        own = [one for one in found.tasks if plan.items[one].service_order == domain_order.id]
        for step in own:
            _warn(domain_order, plan, step, warned.get(step), at)


def _set_level(document: Any, level: Level) -> None:
    """Set a level; what was never in danger does not speak of it."""
    if level != "none" or document.jeopardy_level is not None:
        document.jeopardy_level = level


def _warn(order: ServiceOrder, plan: Plan, step: str, level: Level | None, at: datetime) -> None:
    """Keep the one warning about a task as it is now; it stays as it was where all is well."""
    held = next((one for one in order.jeopardy_alert if one.id == step), None)
    if level is None or (held is not None and held.jeopardy_type == level):
        return
    item = plan.items[step]
    due = f"; it was due at {format_instant(item.due_at)}" if item.due_at is not None else ""
    alert = held or ServiceOrderJeopardyAlert.wrap({"id": step})
    alert.name, alert.jeopardy_type = item.title or item.name, level
    alert.alert_date, alert.message = at, f"{item.title or item.name} takes long{due}"
    if held is None:
        order.jeopardy_alert.append(alert)


def _settle(order: ProductOrder) -> None:
    """Let an order that is over be in no danger any more."""
    items = [one for _, one in placed_product_items(order.product_order_item)]
    documents: list[Any] = [order, *items]
    for one in documents:
        if one.jeopardy_level is not None:
            one.jeopardy_level = "none"


def _write(work: Work, order: Order, found: Outlook) -> None:
    worth, currency = worth_of(order, work.now) if isinstance(order, ProductOrder) else (None, None)
    mark = promises_mark(order) if isinstance(order, ProductOrder) else None
    work.connection.execute(
        WRITE,
        {
            "root": order.id, "now": work.now, "next": found.next_at or NEVER,
            "expected": found.whole.end_at, "target": found.whole.target_at,
            "level": rank(found.whole.level), "worth": worth, "currency": currency,
            "promised": mark,
        },
    )  # fmt: skip


def _told(
    work: Work, order: Order, promised: Promised, in_force: Policies, found: Outlook
) -> list[Told]:
    """Return whom to tell that an order has come into danger, by the first policy that says so."""
    names = frozenset().union(*promised.names.values()) if promised.names else frozenset()
    level = found.whole.level
    role = in_force.line(
        names, promised.whose,
        lambda one: one.notify_role
        if one.notify_from is not None and rank(level) >= rank(one.notify_from) else None,
    )  # fmt: skip
    if role is None:
        return []
    kind = type(order).resource
    notice = notice_of(
        "danger", "danger",
        {"what": order.key, "level": LEVELS[rank(level)]},
        f"/{ADDRESSES[kind.name]}/{order.key}",
        record=(kind.name, order.id),
    )  # fmt: skip
    return [Told(holders(work, role), notice)]
