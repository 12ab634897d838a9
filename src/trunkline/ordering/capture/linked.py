"""Linked orders: one that starts after others waits until these are completed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.ordering.capture.moving import Ordered
from trunkline.ordering.edits import state_of
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

AFTER = ("startsafter", "after", "dependson")
DONE = ("completed", "partial")
OVER = FINISHED | PRODUCT_ORDER_LIFECYCLE.final
CHAIN_MAX = 100
Leading: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder
"""Orders that others start after."""
LOOK_AGAIN = timedelta(seconds=60)
"""How often an order looks whether one that has not begun either is completed."""
# The last open step of each order that has begun: when it ends, the order may be done.
LAST_STEPS = """
select distinct on (root) root::text, id::text from plan_item
where root = any(%s::uuid[]) and kind <> 'wait'
  and state not in ('completed', 'skipped', 'canceled')
order by root, position desc
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


def _orders(work: Work, order: Ordered, idents: Sequence[str]) -> dict[str, Leading]:
    """Return the orders of these ids, of the kinds that such an order may start after.

    What is no id of ours is refused elsewhere: it names nothing.
    """
    known = [one for one in idents if UUID.match(one)]
    found: dict[str, Leading] = {**work.many(ProductOrder, known)}
    if isinstance(order, ServiceOrder):
        found |= work.many(ServiceOrder, known)
        found |= work.many(ResourceOrder, known)
    return found


def _awaited(one: Leading, step: str) -> AwaitedOrder:
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
        word = "".join(filter(str.isalpha, (one.relationship_type or "").lower()))
        if word in AFTER:
            yield f"orderRelationship[{index}].id", one.id


@dataclass(frozen=True)
class InLine:
    """Which of some other orders an order starts after, if by way of others, and which after it."""

    ahead: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()


def in_line(work: Work, order: Ordered, others: Collection[str]) -> InLine:
    """Return which of other orders, by id, come before an order by its links, and which after."""
    ahead = _chain(work, order, [ident for _, ident in followed(order)])
    rest = [one for one in others if one not in ahead]
    behind = {
        ident
        for ident, one in _orders(work, order, rest).items()
        if not isinstance(one, ResourceOrder)
        and order.id in _chain(work, one, [each for _, each in followed(one)])
    }
    return InLine(frozenset(ahead.intersection(others)), frozenset(behind))


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


@rule(ProductOrder, ServiceOrder)
def orders_do_not_wait_in_circles(work: Work, old: Ordered | None, new: Ordered) -> Iterator[Fault]:
    """Refuse an order that would start after itself."""
    named = list(followed(new))
    if not named or (old is not None and named == list(followed(old))):
        return
    for path, ident in named:
        if new.id in _chain(work, new, [ident]):
            message = "waits for this order itself; take one of the links off"
            yield Fault(path, "conflictOrderCircle", message)


def _chain(work: Work, order: Ordered, idents: Sequence[str]) -> set[str]:
    """Return orders and all that they start after."""
    found: set[str] = set()
    waiting = set(idents)
    while waiting and len(found) < CHAIN_MAX:
        found |= waiting
        level = _orders(work, order, sorted(waiting)).values()
        leading = [one for one in level if not isinstance(one, ResourceOrder)]
        waiting = {ident for one in leading for _, ident in followed(one)} - found
    return found
