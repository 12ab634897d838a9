"""Own tasks: who may do every manual task, and which ones somebody may who may do the own ones.

Own are the tasks of a role that one holds, those that one has, and those of no role in orders for
which one has work to do: what that is, modules above say (`own_orders`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Forbidden
from trunkline.governance.role_names import roles
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder

COMPLETE_TASK = "ordering:completeTask"
"""The permission to take tasks on, to give them to others and to report them."""
COMPLETE_OWN_TASK = "ordering:completeOwnTask"
"""The permission to take own tasks on and to report them."""
AMONG = """
  and (p.role = any(%(own_roles)s) or p.claim ->> 'id' = %(own_me)s
    or (p.role is null and p.root = any(%(own_orders)s::uuid[])))
"""

OwnOrders = Callable[[Work], Collection[str]]
_OWN_ORDERS: list[OwnOrders] = []


@dataclass(frozen=True)
class Own:
    """What makes a task somebody's own: the roles and orders that are, and who that is."""

    me: str
    roles: Collection[str]
    orders: Collection[str]

    def has(self, task: PlanItem) -> bool:
        """Tell whether a task is one of these."""
        has_it = isinstance(task.claim, dict) and task.claim.get("id") == self.me
        if task.role is None:
            return has_it or task.root in self.orders
        return has_it or task.role in self.roles

    def asked(self) -> dict[str, Any]:
        """Return the parameters of `AMONG`."""
        orders, held = sorted(self.orders), sorted(self.roles)
        return {"own_roles": held, "own_me": self.me, "own_orders": orders}


def own_orders(ask: OwnOrders) -> OwnOrders:
    """Let what a module says count: the ids of orders for which who asks has work to do."""
    _OWN_ORDERS.append(ask)
    return ask


def may_do_tasks(actor: Actor) -> bool:
    """Tell whether somebody may report tasks as done: all of those in reach, or the own ones."""
    return any(actor.may(one) is not None for one in (COMPLETE_TASK, COMPLETE_OWN_TASK))


def must_do_tasks(actor: Actor) -> None:
    """Refuse (403) who may not even report own tasks."""
    if not may_do_tasks(actor):
        actor.must_have(COMPLETE_TASK)


def shown_only(work: Work) -> Own | None:
    """Return which tasks alone are listed for who asks; None for all of those in reach."""
    reads = work.actor.grant(ProductOrder.resource, "read") is not None
    return None if reads or work.actor.may(COMPLETE_TASK) is not None else _own(work)


def must_be_own(work: Work, task: PlanItem) -> None:
    """Refuse (403) a task of others to somebody who may only do the own ones."""
    if work.actor.may(COMPLETE_OWN_TASK) is None or work.actor.may(COMPLETE_TASK) is not None:
        return
    if not _own(work).has(task):
        message = f"{task.name} is a task of others; ask for it to be given to you"
        raise Forbidden("notAllowed", message)


def _own(work: Work) -> Own:
    orders = frozenset(each for ask in _OWN_ORDERS for each in ask(work))
    return Own(work.actor.id, roles(work).held, orders)
