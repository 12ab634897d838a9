"""Holding: who takes care of an order; it is taken, handed over, or released to a pool."""

from __future__ import annotations

from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import PRODUCT_ORDER_LIFECYCLE, OrderAssignee, ProductOrder
from trunkline.workspace.people import person_who

POOL_MAX = 60


def take_order(work: Work, ident: str) -> ProductOrder:
    """Take an order on, out of its pool where it lies in one; taking it again changes nothing.

    Refuses (409) one that somebody else has, or that has ended.
    """
    order = open_order(work, ident)
    held = order.assignee
    if held is not None and held.id != work.actor.id:
        message = f"{held.name} has {order.key}; it is to be released first"
        raise Conflict("conflictOrderTaken", message)
    return _given(work, order, work.actor)


def hand_over(work: Work, ident: str, login: str) -> ProductOrder:
    """Give an order to somebody by login, whoever has it.

    Refuses (409) one that has ended, and (400) whoever may not change orders.
    """
    order = open_order(work, ident)
    orders = ProductOrder.resource
    person = person_who(work, login, lambda one: one.grant(orders, "update") is not None)
    if person is None:
        message = f"nobody with the login {login} may change orders; name a login that may"
        raise Invalid.of([Fault("login", "notAssignable", message)])
    return _given(work, order, person)


def release_order(work: Work, ident: str, pool: str | None) -> ProductOrder:
    """Give an order back, to a pool where one is named, whoever has it."""
    if pool is not None and len(pool) > POOL_MAX:
        raise Invalid.of([Fault("pool", "tooLong", f"may have {POOL_MAX} characters")])
    order = open_order(work, ident)
    with work.edit(ProductOrder, order.id) as held:
        held.assignee, held.pool = None, pool or held.pool
    return held


def _given(work: Work, order: ProductOrder, person: Actor) -> ProductOrder:
    if order.assignee is not None and order.assignee.id == person.id:
        return order
    with work.edit(ProductOrder, order.id) as held:
        held.assignee = OrderAssignee(id=person.id, name=person.name, assigned_at=work.now)
        held.pool = None
    return held


def open_order(work: Work, ident: str) -> ProductOrder:
    """Return an order, locked, that the actor may change; refuses (409) one that has ended."""
    work.actor.must(ProductOrder.resource, "update")
    order = work.lock(ProductOrder, ident)
    if order.internal_state in PRODUCT_ORDER_LIFECYCLE.final:
        raise Conflict("conflictOrderEnded", f"{order.key} is {order.state}; it has ended")
    return order
