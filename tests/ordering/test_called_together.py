"""Calls of one order: what comes to its turn together is called and stored together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.ordering.scripted import ScriptedNetwork, Shop, away, done
from tests.support.sql_counter import counted
from trunkline.kernel.reactions import LeaseLost
from trunkline.leases import queue
from trunkline.ordering import activation
from trunkline.ordering.command import Answer, Command
from trunkline.ordering.retry_policy import RetryPolicy, use_policy
from trunkline.worker import steps

CALLS = "select subject::text, payload::text from work where kind = 'plan.callout' order by id"
STATES = (
    "select name, state, attempt from plan_item where root = %s and kind = 'callout' order by 1"
)
BOTH = ["Fibre Access", "Voice Line"]


def begun(shop: Shop) -> str:
    """Return an order of fibre with voice whose commands wait to be sent."""
    order = shop.order(shop.fibre("1"), shop.voice("2"))
    steps.run_until_idle(shop.site.services, lanes=["reaction"])
    return order


def one_after_the_other(shop: Shop, order: str) -> None:
    """Let the voice line of a begun order wait for the fibre access."""
    ((fibre,), (voice,)) = shop.site.rows(
        "select id::text from plan_item where root = %s and kind = 'callout' order by name", order
    )
    shop.site.rows(
        "update plan_item set state = 'pending', started_at = null, needs = needs || %s::uuid "
        "where id = %s returning id", fibre, voice,
    )  # fmt: skip
    shop.site.rows(
        "update plan_item set needed_by = needed_by || %s::uuid where id = %s returning id",
        voice, fibre,
    )  # fmt: skip
    shop.site.rows(
        "update work set subject = %s, payload = null where kind = 'plan.callout' returning id",
        fibre,
    )


def sent(shop: Shop) -> list[str]:
    return [one.name for one in shop.network.received]


def test_what_begins_together_is_stored_together(shop: Shop) -> None:
    """Two commands, one piece of work, and one transaction that stores both answers and the end."""
    order = begun(shop)
    assert len(shop.site.rows(CALLS)) == 1
    with counted() as statements:
        steps.run_until_idle(shop.site.services, lanes=["call"])
    assert sorted(sent(shop)) == BOTH
    assert shop.read(order)["state"] == "completed"
    assert sum("into audit" in one for one in statements) == 1
    assert sum(one.startswith("begin") for one in statements) == 1


def test_many_steps_are_called_a_few_at_once(shop: Shop) -> None:
    """Five lines are two pieces of work, which several may carry out beside each other."""
    order = shop.order(*(shop.voice(str(number)) for number in range(1, 6)))
    steps.run_until_idle(shop.site.services, lanes=["reaction"])
    assert len(shop.site.rows(CALLS)) == 2
    shop.site.work()
    assert len(shop.network.effects_of("Voice Line")) == 5
    assert shop.read(order)["state"] == "completed"


def test_what_comes_next_goes_on_in_the_same_thread(shop: Shop) -> None:
    """The next command's step is noted as begun, under a lease, before the command is sent."""
    order = begun(shop)
    one_after_the_other(shop, order)
    seen: list[list[tuple[Any, ...]]] = []

    def look(network: ScriptedNetwork, command: Command) -> Answer:
        seen.append(shop.site.rows(STATES, order))
        leased = "select count(*) from work where kind = 'plan.callout' and lease_until > now()"
        assert shop.site.rows(leased) == [(1,)]
        return done(network, command)

    shop.network.script = {"Voice Line": [look]}
    (row,) = steps.claim(shop.site.services, lane="call", worker="one", limit=9)
    steps.carry_out(shop.site.services, [row])
    assert sent(shop) == BOTH
    assert seen == [[("Fibre Access", "completed", 1), ("Voice Line", "running", 1)]]
    assert shop.site.rows(CALLS) == []
    assert shop.read(order)["state"] == "completed"


def test_whoever_has_lost_the_lease_does_not_go_on(shop: Shop) -> None:
    """Another worker has the answer's work by now: nothing is stored, nothing else is sent."""
    order = begun(shop)
    one_after_the_other(shop, order)

    def stolen(network: ScriptedNetwork, command: Command) -> Answer:
        shop.site.rows(
            "update work set worker = 'another', attempt = attempt + 1 "
            "where kind = 'plan.callout' returning id"
        )
        return done(network, command)

    shop.network.script = {"Fibre Access": [stolen]}
    (row,) = steps.claim(shop.site.services, lane="call", worker="one", limit=9)
    with pytest.raises(LeaseLost):
        activation.call_out(shop.site.services, row)
    assert sent(shop) == ["Fibre Access"]
    assert shop.site.rows(STATES, order) == [("Fibre Access", "running", 1),
                                             ("Voice Line", "pending", 0)]  # fmt: skip


def slowly(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Return a network that takes a second for each command."""
    late = [timedelta()]
    now = shop.site.services.machine_now

    def later() -> datetime:
        return now() + late[0]

    def act(network: ScriptedNetwork, command: Command) -> Answer:
        late[0] += timedelta(seconds=1)
        return done(network, command)

    monkeypatch.setattr(shop.site.services, "machine_now", later)
    return act


def test_a_slow_network_is_called_by_several(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one slow answer the steps that were to be called next wait for others, not begun."""
    order = begun(shop)
    slow = slowly(shop, monkeypatch)
    shop.network.script = {name: [slow] for name in BOTH}
    (row,) = steps.claim(shop.site.services, lane="call", worker="one", limit=9)
    steps.carry_out(shop.site.services, [row])
    (first,) = sent(shop)
    (left,) = {*BOTH} - {first}
    assert sorted(shop.site.rows(STATES, order)) == sorted(
        [(first, "completed", 1), (left, "ready", 0)]
    )
    assert len(shop.site.rows(CALLS)) == 1
    shop.site.work()
    assert sorted(sent(shop)) == BOTH
    assert shop.network.asked == 0
    assert shop.read(order)["state"] == "completed"


def test_each_is_tried_again_by_itself(shop: Shop) -> None:
    """One of two is not taken: it is tried again after its pause, the other one is done."""
    use_policy(shop.site.services, RetryPolicy(technical=(30, 30), ask_first_s=3600))
    order = begun(shop)
    shop.network.script = {"Fibre Access": [away]}
    shop.site.work()
    assert shop.site.rows(STATES, order) == [("Fibre Access", "failed", 1),
                                             ("Voice Line", "completed", 1)]  # fmt: skip
    ((subject, payload),) = shop.site.rows(CALLS)
    assert payload is None
    names = shop.site.rows("select name from plan_item where id = %s", subject)
    assert names == [("Fibre Access",)]
    shop.site.rows("update work set run_at = now() where kind = 'plan.callout' returning id")
    shop.site.work()
    assert sorted(sent(shop)) == ["Fibre Access", *BOTH]
    assert shop.read(order)["state"] == "completed"


def test_whoever_takes_over_asks_for_each(shop: Shop) -> None:
    """A process dies between two commands: both are asked for, the one not sent is sent once."""
    order = begun(shop)

    class Died(BaseException):
        pass

    def die(network: ScriptedNetwork, command: Command) -> Answer:
        done(network, command)
        raise Died

    shop.network.script = {name: [die] for name in BOTH}
    (row,) = steps.claim(shop.site.services, lane="call", worker="one", limit=9)
    with pytest.raises(Died):
        activation.call_out(shop.site.services, row)
    assert {state for _, state, _ in shop.site.rows(STATES, order)} == {"running"}
    shop.network.script = {}
    shop.site.rows("update work set lease_until = now() - interval '1 second' returning id")
    shop.site.work()
    assert shop.network.asked == 2
    assert len(shop.network.effects) == 2
    assert shop.read(order)["state"] == "completed"


def test_a_row_that_follows_is_leased_in_the_place_of_the_one_before(shop: Shop) -> None:
    """Nobody else can claim it, and only who held the one before gets it."""
    begun(shop)
    (row,) = steps.claim(shop.site.services, lane="call", worker="one", limit=9)
    with shop.site.services.database.app.connection() as connection:
        following = queue.follow(connection, row, subject=row.subject, payload=["x"])
        assert queue.follow(connection, row, subject=row.subject, payload=[]) is None
    assert following is not None
    assert (following.attempt, following.payload) == (1, ["x"])
    assert following.id != row.id
    assert steps.claim(shop.site.services, lane="call", worker="two", limit=9) == []
