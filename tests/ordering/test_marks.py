"""Marks on steps that are waited for: nobody holds one while he asks for another of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.ordering.scripted import Shop, pending
from tests.ordering.test_waiting import (
    done,
    in_thread,
    line_under_way,
    until_somebody_waits_for_a_lock,
)
from trunkline.kernel.work import Work, as_system
from trunkline.ordering import plan_store, waiting
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.waiting import Awaited


def steps_of(shop: Shop, *orders: str) -> list[PlanItem]:
    """Return the last step of each order."""
    with as_system(shop.site.services, "tests") as work:
        plans = [plan_store.read(work, one) for one in orders]
    return [max(plan, key=lambda one: one.position) for plan in plans if plan is not None]


def awaited(step: PlanItem) -> Awaited:
    return Awaited(step.id, step.root, "ORD", step.root, "SVC", step.name, "add")


def marks(shop: Shop, step: PlanItem) -> Any:
    ((found,),) = shop.site.rows("select awaited_by from plan_item where id = %s", step.id)
    return found


def is_free(shop: Shop, step: str) -> bool:
    """Tell whether somebody else could take a step's row now."""
    try:
        shop.site.rows("select 1 from plan_item where id = %s for update nowait", step)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


@contextmanager
def waiting_order(shop: Shop) -> Iterator[tuple[Work, ProductOrder]]:
    ident = shop.order(shop.voice("1"))
    with as_system(shop.site.services, "tests") as work:
        yield work, work.lock(ProductOrder, ident)


def two_under_way(shop: Shop) -> tuple[PlanItem, PlanItem]:
    """Return the last steps of two orders, in the sequence of the orders."""
    other = Shop.open(shop.site)
    other.network.script = {"Fibre Access": [pending, pending]}
    found = [one.order(one.fibre()) for one in (shop, other)]
    shop.site.work()
    first, second = steps_of(shop, *sorted(found))
    return first, second


def test_who_fails_to_mark_one_step_keeps_none(shop: Shop) -> None:
    """The second of two steps has ended meanwhile. The first is neither marked nor held, since
    its plan may have got another last step, which whoever ends both may hold already."""
    first, second = two_under_way(shop)
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update plan_item set state = 'completed' where id = %s", [second.id])
    with waiting_order(shop) as (work, order):
        assert not waiting.begin_waiting(work, order, [awaited(first), awaited(second)])
        assert is_free(shop, first.id)
        assert is_free(shop, second.id)
    assert marks(shop, first) is None


def test_who_looks_again_does_not_hold_what_bore_the_marks(shop: Shop) -> None:
    """An order that is woken marks other steps: the former ones are let go of by themselves."""
    first, key = line_under_way(shop)
    second = shop.order(shop.voice("1"))
    shop.site.work()
    with as_system(shop.site.services, "tests") as work:
        plan = plan_store.locked(work, second)
        assert plan is not None
        assert plan.wait is not None
        ((step,),) = shop.site.rows(
            "select id::text from plan_item where awaited_by is not null and root = %s", first
        )
        waiting.stop_waiting(work, plan.wait)
        assert is_free(shop, step)
    done(shop, key)
    shop.site.work()
    assert (shop.read(first)["state"], shop.read(second)["state"]) == ("completed", "completed")
    assert shop.site.rows("select 1 from plan_item where awaited_by is not null") == []


def test_a_mark_that_is_set_again_is_not_taken_off(shop: Shop) -> None:
    """The work that takes former marks off comes after the order has marked the same step anew."""
    first, key = line_under_way(shop)
    second = shop.order(shop.voice("1"))
    shop.site.work()
    with as_system(shop.site.services, "tests") as work:
        plan = plan_store.locked(work, second)
        assert plan is not None
        assert plan.wait is not None
        step = plan.wait.awaits[0]["step"]
        waiting.stop_waiting(work, plan.wait)
        order = work.lock(ProductOrder, second)
        found = Awaited(step, first, "ORD", first, "SVC", "line", "add")
        assert waiting.begin_waiting(work, order, [found])
    shop.site.work()
    ((held,),) = shop.site.rows("select awaited_by from plan_item where id = %s", step)
    assert [one["id"] for one in held] == [second]
    done(shop, key)
    shop.site.work()
    assert shop.read(second)["state"] == "completed"


@pytest.mark.parametrize("turned", [False, True])
def test_steps_are_taken_in_the_sequence_of_their_orders(shop: Shop, turned: bool) -> None:
    """Whatever the sequence in which they are named, or in which they lie in the table: who waits
    for the first does not hold the second."""
    first, second = two_under_way(shop)
    moved = first if turned else second
    with shop.site.services.database.app.connection() as connection, waiting_order(shop) as given:
        connection.execute("update plan_item set reason = reason where id = %s", [moved.id])
        work, order = given
        found: list[bool] = []

        def mark() -> None:
            wanted = [awaited(second), awaited(first)]
            found.append(waiting.begin_waiting(work, order, wanted))

        with connection.transaction():
            connection.execute("select 1 from plan_item where id = %s for update", [first.id])
            marking = in_thread(mark)
            until_somebody_waits_for_a_lock(shop)
            assert is_free(shop, second.id)
        marking.join(10)
        assert found == [True]
    assert [one["id"] for one in marks(shop, first)] == [order.id]
