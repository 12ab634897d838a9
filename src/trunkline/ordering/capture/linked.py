"""Linked orders: one that starts after others waits until these are completed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.ordering.capture.moving import Ordered
from trunkline.ordering.edits import state_of
from trunkline.ordering.order_line import plain_word
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import (
    FINISHED,
    PRODUCT_ORDER_LIFECYCLE,
    OrderRelationship,
    ProductOrder,
)
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder, ServiceOrderRelationship
from trunkline.ordering.waiting import WAKE, Awaited
from trunkline.shared.hierarchy import keep_others_out

AFTER = ("startsafter", "after", "dependson")
DONE = ("completed", "partial")
OVER = FINISHED | PRODUCT_ORDER_LIFECYCLE.final
LOOK_AGAIN = timedelta(seconds=60)
"""How often an order looks whether one that has not begun either is completed."""
# The last open step of each order that has begun: when it ends, the order may be done.
LAST_STEPS = """
select distinct on (root) root::text, id::text from plan_item
where root = any(%s::uuid[]) and kind <> 'wait'
  and state not in ('completed', 'skipped', 'canceled')
order by root, position desc
"""
# Orders, and all that they name, that those name, and so on, whether waited for or not.
CHAIN = """
with recursive chain (id) as (
  select unnest(%s::uuid[])
  union
  select r.target
  from chain c
  join ordering_reference r on r.source = c.id and r.path = 'orderRelationship'
)
select id::text from chain
"""


@dataclass(frozen=True)
class AwaitedOrder(Awaited):
    """A whole order that another one starts after; `step` is its last one, where it has any."""

    @property
    def sentence(self) -> str:
        """What is waited for, in words."""
        return f"starts after {self.order_key} is completed"


@dataclass(frozen=True)
class Before:
    """What an order has to wait for: orders with steps, others, and those that ended otherwise."""

    begun: tuple[AwaitedOrder, ...] = ()
    others: tuple[AwaitedOrder, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def all(self) -> tuple[AwaitedOrder, ...]:
        """Everything that is waited for."""
        return self.begun + self.others


def before(work: Work, order: Ordered) -> Before:
    """Return what an order has to wait for; one without links reads nothing."""
    named = list(followed(order))
    if not named:
        return Before()
    found = _orders(work, order, [ident for _, ident in named])
    open_ = [one for one in found.values() if state_of(one) not in OVER]
    faults = tuple(
        Fault(path, "predecessorEnded", f"{found[ident].key} is {found[ident].state}; "
              "take the link off, or order anew what it was to bring")
        for path, ident in named
        if ident in found and found[ident] not in open_
        and state_of(found[ident]) not in DONE
    )  # fmt: skip
    rows = work.connection.execute(LAST_STEPS, [[one.id for one in open_]]).fetchall()
    steps = dict(rows)
    begun = tuple(_awaited(one, steps[one.id]) for one in open_ if one.id in steps)
    others = tuple(_awaited(one, one.id) for one in open_ if one.id not in steps)
    return Before(begun, others, faults)


def _orders(work: Work, order: Ordered, idents: Sequence[str]) -> dict[str, Ordered]:
    """Return the orders of these ids, of the kinds that such an order may start after.

    What is no id of ours is refused elsewhere: it names nothing.
    """
    known = [one for one in idents if UUID.match(one)]
    found: dict[str, Ordered] = {**work.many(ProductOrder, known)}
    if not isinstance(order, ProductOrder):
        found |= work.many(ServiceOrder, known)
        found |= work.many(ResourceOrder, known)
    return found


def _awaited(one: Ordered, step: str) -> AwaitedOrder:
    return AwaitedOrder(
        step=step,
        order=one.id,
        order_key=one.key,
        record=one.id,
        record_key=one.key,
        name="Order",
        effect="add",
    )


def followed(order: Ordered) -> Iterator[tuple[str, str]]:
    """Yield the orders that an order starts after, by id, each with where it is named."""
    links: Sequence[OrderRelationship | ServiceOrderRelationship] = order.order_relationship
    for index, one in enumerate(links):
        if plain_word(one.relationship_type or "") in AFTER:
            yield f"orderRelationship[{index}].id", one.id


@dataclass(frozen=True)
class InLine:
    """Which of some other orders an order starts after, if by way of others, and which after it."""

    ahead: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()


def in_line(work: Work, order: Ordered, others: Collection[str]) -> InLine:
    """Return which of other orders, by id, come before an order by its links, and which after."""
    own = [ident for _, ident in followed(order)]
    leading = _leading(work, order, [*own, *others])
    ahead = _reached(own, leading)
    # Read backwards: what starts after this order, and after those, and so on.
    following: dict[str, set[str]] = {}
    for ident, named in leading.items():
        for one in named:
            following.setdefault(one, set()).add(ident)
    behind = _reached([order.id], following) - {order.id} - ahead
    return InLine(frozenset(ahead.intersection(others)), frozenset(behind.intersection(others)))


def waits_for_former(order: Ordered, wait: PlanItem) -> bool:
    """Tell whether an order waits for one that it does not name any more."""
    named = {ident for _, ident in followed(order)}
    awaited = wait.awaits or ()
    # A step about the order itself stands for a link; others are met on the way.
    linked = {one["order"]["id"] for one in awaited if one["record"]["id"] == one["order"]["id"]}
    return not linked <= named


def look_later(work: Work, order: Ordered) -> None:
    """Let an order look again in a while: what it waits for has no step that could wake it."""
    at = work.services.machine_now() + LOOK_AGAIN
    work.schedule(NewWork(WAKE, order.id, order.id, run_at=at))


@rule(ProductOrder, ServiceOrder, ResourceOrder)
def orders_do_not_wait_in_circles(work: Work, old: Ordered | None, new: Ordered) -> Iterator[Fault]:
    """Refuse an order that would start after itself; a new one is named by nobody yet."""
    if old is None:
        return
    before = {ident for _, ident in followed(old)}
    named = [(path, ident) for path, ident in followed(new) if ident not in before]
    if not named:
        return
    keep_others_out(work, ProductOrder)  # orders of all kinds may start after each other
    leading = _leading(work, new, [ident for _, ident in named])
    for path, ident in named:
        if new.id in _reached([ident], leading):
            message = "waits for this order itself; take one of the links off"
            yield Fault(path, "conflictOrderCircle", message)


def _leading(work: Work, order: Ordered, idents: Iterable[str]) -> dict[str, set[str]]:
    """Return by id which orders these, and all that they start after, start after themselves."""
    known = sorted({one for one in idents if UUID.match(one)})
    if not known:
        return {}
    chain = [ident for (ident,) in work.connection.execute(CHAIN, [known]).fetchall()]
    return {
        ident: {each for _, each in followed(one)}
        for ident, one in _orders(work, order, chain).items()
    }


def _reached(idents: Iterable[str], steps: Mapping[str, Collection[str]]) -> set[str]:
    """Return all that steps lead to from some ids, these included; each is looked at once."""
    found, waiting = set[str](), list(idents)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += steps.get(one, ())
    return found
