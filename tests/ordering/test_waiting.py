"""Orders that meet, at the worst moments: both at once, a crash in between, and many at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.ordering.scripted import Shop, pending, refused
from tests.support.waiting import wait_until
from trunkline.kernel.work import as_system
from trunkline.ordering import activation, start
from trunkline.ordering.command import Answer
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.start import start_order

ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"


def line_under_way(shop: Shop) -> tuple[str, str]:
    """Return an order whose line is with the network, and the command's key."""
    shop.network.script = {"Fibre Access": [pending]}
    order = shop.order(shop.fibre())
    shop.site.work()
    return order, shop.key_of(order, f"shared/Fibre Access/{shop.place}")


def done(shop: Shop, key: str) -> None:
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, key, Answer("done"))


def until_somebody_waits_for_a_lock(shop: Shop) -> None:
    query = (
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and wait_event_type = 'Lock'"
    )
    wait_until(lambda: shop.site.rows(query)[0][0], "somebody waits")


def in_thread(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_a_step_that_ends_while_an_order_looks_at_it_is_not_waited_for(shop: Shop) -> None:
    """The answer is stored but not committed yet when the second order looks."""
    first, key = line_under_way(shop)
    second = shop.order(shop.voice("1"))
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, key, Answer("done"))
        looking = in_thread(shop.site.work)
        until_somebody_waits_for_a_lock(shop)
    looking.join(10)
    shop.site.work()
    assert (shop.read(first)["state"], shop.read(second)["state"]) == ("completed", "completed")
    assert "wait" not in shop.steps(second)
    assert len(shop.network.effects_of("Voice Line")) == 1
    assert not [one for one in shop.network.effects_of("Fibre Access") if one[0] == "delete"]


def test_an_order_that_begins_to_wait_while_the_step_ends_is_woken(shop: Shop) -> None:
    """The second order has marked the step but not committed when the answer comes."""
    first, key = line_under_way(shop)
    second = shop.order(shop.voice("1"))
    with shop.site.services.database.app.connection() as connection:
        connection.execute("delete from work where subject = %s", [second])
    with as_system(shop.site.services, "tests") as work:
        start_order(work, work.lock(ProductOrder, second))
        answering = in_thread(lambda: done(shop, key))
        until_somebody_waits_for_a_lock(shop)
    answering.join(10)
    assert shop.steps(second) == {"wait": "waiting"}
    shop.site.work()
    assert (shop.read(first)["state"], shop.read(second)["state"]) == ("completed", "completed")


def test_a_worker_that_dies_while_it_wakes_an_order_loses_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, key = line_under_way(shop)
    second = shop.order(shop.voice("1"))
    shop.site.work()
    assert shop.steps(second) == {"wait": "waiting"}
    done(shop, key)
    rows = shop.site.rows("select subject::text from work where kind = 'plan.wake'")
    assert rows == [(second,)]
    with monkeypatch.context() as broken:
        broken.setattr(start, "start", _power_cut)
        shop.site.work()
    assert shop.steps(second) == {"wait": "waiting"}
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now(), lease_until = null")
    shop.site.work()
    assert (shop.read(first)["state"], shop.read(second)["state"]) == ("completed", "completed")


def _power_cut(*_: object) -> None:
    raise RuntimeError("the power went out")


def test_orders_that_wait_for_one_and_then_for_each_other(shop: Shop) -> None:
    """Two wait for the line of a third, which is canceled: one builds a line, both use it."""
    shop.network.script = {"Fibre Access": [refused, pending]}
    first = shop.order(shop.fibre())
    shop.site.work()
    second, third = shop.order(shop.voice("1")), shop.order(shop.line("1", "TV Basic"))
    shop.site.work()
    assert shop.steps(second) == shop.steps(third) == {"wait": "waiting"}
    body = {"productOrder": {"id": first}}
    path = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
    assert shop.site.admin.post(path, body).status_code == 201
    shop.site.work()
    assert shop.read(first)["state"] == "cancelled"
    states = [set(shop.steps(one)) == {"wait"} for one in (second, third)]
    assert sorted(states) == [False, True]
    key = next(one.key for one in reversed(shop.network.received) if one.name == "Fibre Access")
    done(shop, key)
    shop.site.work()
    assert {shop.read(one)["state"] for one in (second, third)} == {"completed"}
    lines = shop.site.rows(
        "select distinct s.id from service s join plan_item p on p.service = s.id "
        "where p.root = any(%s::uuid[]) and s.p_name = 'Fibre Access' and s.p_state = 'active'",
        [second, third],
    )
    assert len(lines) == 1


def test_an_order_for_later_holds_nothing_before_its_day(shop: Shop) -> None:
    """Internet is ordered for another year, voice for today: voice does not wait, and internet
    joins its line when it is wanted sooner after all."""
    later = shop.order(shop.fibre(), requestedStartDate="2099-01-01T00:00:00Z")
    shop.site.work()
    assert shop.steps(later) == {"wait": "waiting"}
    today = shop.order(shop.voice("1"))
    shop.site.work()
    assert shop.read(today)["state"] == "completed"
    answer = shop.site.admin.patch(f"{ORDER}/{later}", {"requestedStartDate": None})
    assert answer.status_code == 200
    shop.site.work()
    assert shop.read(later)["state"] == "completed"
    assert shop.network.effects_of("Fibre Access") == [("add", "active"), ("modify", "")]
    assert shop.site.rows("select 1 from work where kind = 'plan.timer'") == []


def test_an_order_for_later_waits_for_its_day_and_then_for_the_other_one(shop: Shop) -> None:
    _, key = line_under_way(shop)
    second = shop.order(shop.voice("1"), requestedStartDate="2099-01-01T00:00:00Z")
    shop.site.work()
    assert reason(shop, second) == [("Requested start", None)]
    now = {"requestedStartDate": None}
    assert shop.site.admin.patch(f"{ORDER}/{second}", now).status_code == 200
    shop.site.work()
    ((name, awaits),) = reason(shop, second)
    assert (name.startswith("Wait for order"), len(awaits)) == (True, 1)
    later = {"requestedStartDate": "2099-01-01T00:00:00Z"}
    assert shop.site.admin.patch(f"{ORDER}/{second}", later).status_code == 200
    shop.site.work()
    assert reason(shop, second) == [("Requested start", None)]
    assert shop.site.rows("select 1 from plan_item where awaited_by is not null") == []
    done(shop, key)
    shop.site.work()
    assert shop.steps(second) == {"wait": "waiting"}
    assert shop.site.admin.patch(f"{ORDER}/{second}", now).status_code == 200
    shop.site.work()
    assert shop.read(second)["state"] == "completed"


def reason(shop: Shop, order: str) -> list[tuple[str, Any]]:
    return shop.site.rows("select name, awaits from plan_item where root = %s", order)


def test_orders_that_do_not_meet_do_not_wait(shop: Shop) -> None:
    """Another product without a shared part, and a line that works, are waited for by nobody."""
    line_under_way(shop)
    mobile = shop.order(shop.line("1", "Mobile S"))
    shop.site.work()
    assert shop.read(mobile)["state"] == "completed"
