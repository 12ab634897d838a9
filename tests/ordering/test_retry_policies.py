"""What is tried again after which failure: policies by kind of error, code, system and step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ordering.scripted import Act, ScriptedNetwork, Shop, away, done, lost_before, pending
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.command import Answer, Command
from trunkline.ordering.repair.failure_policies import ensure_failure_policies
from trunkline.ordering.retry_policy import EXTRA

POLICY = "/api/ordering/v1/failurePolicy"
FIBRE = "Fibre Access"


@pytest.fixture(autouse=True)
def _no_policy_of_the_process(shop: Shop) -> Iterator[None]:
    """What is configured counts; what a test has configured goes with it."""
    shop.site.services.extra.pop(EXTRA)
    yield
    for one in shop.site.admin.get(POLICY).json:
        shop.site.admin.delete(f"{POLICY}/{one['id']}")


def policy(shop: Shop, kind: str, *pauses: int, **more: Any) -> dict[str, Any]:
    body = {"name": f"{kind} {len(shop.site.admin.get(POLICY).json)}", "errorKind": [kind],
            "pauseSeconds": list(pauses), **more}  # fmt: skip
    made = shop.site.admin.post(POLICY, body)
    assert made.status_code == 201, made.json
    found: dict[str, Any] = made.json
    return found


def refusing(code: str) -> Act:
    def refuse(network: ScriptedNetwork, command: Command) -> Answer:
        network.orders[command.key] = Answer("failed", code=code, message="not now")
        return network.orders[command.key]

    return refuse


def ordered(shop: Shop, *acts: Act) -> str:
    shop.network.script = {FIBRE: list(acts)}
    order = shop.order(shop.fibre())
    shop.site.work()
    return order


def another(shop: Shop) -> Shop:
    """Return the shop for a new customer, on whom nothing of the others' has an influence."""
    found = Shop.open(shop.site)
    shop.site.services.extra.pop(EXTRA)
    return found


def tries(shop: Shop) -> int:
    return sum(1 for one in shop.network.received if one.name == FIBRE)


def state(shop: Shop, order: str) -> str:
    return shop.steps(order)[f"shared/{FIBRE}/{shop.place}"]


@pytest.mark.parametrize(("kind", "act"), [("technical", away), ("unknown", lost_before)])
def test_a_policy_says_how_often_a_kind_of_error_is_tried_again(
    shop: Shop, kind: str, act: Act
) -> None:
    """Two zeros are two tries more, at once; then people are asked."""
    policy(shop, kind, 0, 0)
    order = ordered(shop, act, act, act, done)
    assert (tries(shop), state(shop, order)) == (3, "fallout")
    shop = another(shop)
    order = ordered(shop, act, act, done)
    assert (tries(shop), shop.read(order)["state"]) == (3, "completed")


def test_a_refusal_is_sent_anew_where_a_policy_says_so(shop: Shop) -> None:
    """Under a key of its own, since the former one was answered; each try is kept."""
    order = ordered(shop, refusing("noFreePort"), done)
    assert (tries(shop), state(shop, order)) == (1, "fallout")
    policy(shop, "business", 0, 0, errorCode=["busy"])
    shop = another(shop)
    second = ordered(shop, refusing("busy"), refusing("busy"), done)
    assert shop.read(second)["state"] == "completed"
    keys = [one.key for one in shop.network.received[:3]]
    assert len(set(keys)) == 3
    shop = another(shop)
    third = ordered(shop, refusing("busy"), refusing("noFreePort"), done)
    assert state(shop, third) == "fallout"
    ((attempts,),) = shop.site.rows(
        "select attempts from plan_item where root = %s and name = %s and kind = 'callout'",
        third, FIBRE,
    )  # fmt: skip
    assert [one["code"] for one in attempts] == ["busy", "noFreePort"]


def test_a_refusal_that_is_called_back_is_sent_anew_after_its_pause(shop: Shop) -> None:
    """The former key's answer, said again, changes nothing; the new one's ends the step."""
    policy(shop, "business", 60)
    order = ordered(shop, pending, done)
    key = shop.key_of(order, f"shared/{FIBRE}/{shop.place}")
    for _ in range(2):
        with as_system(shop.site.services, "network") as work:
            refused = Answer("failed", code="busy", message="not now")
            assert activation.take_answer(work, key, refused)
    assert state(shop, order) == "failed"
    rows = shop.site.rows(
        "select extract(epoch from run_at - clock_timestamp()) from work "
        "where kind = 'plan.callout'"
    )
    assert len(rows) == 1
    assert 0 < rows[0][0] <= 60
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where kind = 'plan.callout'")
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert shop.key_of(order, f"shared/{FIBRE}/{shop.place}") != key


def test_failures_of_several_kinds_come_to_an_end(shop: Shop) -> None:
    """Each kind is counted from the first try on, however many of the others lie between."""
    for kind in ("technical", "business"):
        policy(shop, kind, *[0] * 12)
    order = ordered(shop, *[refusing("busy"), away] * 14)
    assert (tries(shop), state(shop, order)) == (25, "fallout")


def test_a_refusal_called_back_while_the_network_still_answers_has_its_pause(shop: Shop) -> None:
    """What comes of the request itself, whose key is over by then, does not cut it short."""
    policy(shop, "business", 600)

    def refused_meanwhile(network: ScriptedNetwork, command: Command) -> Answer:
        with as_system(shop.site.services, "network") as work:
            refused = Answer("failed", code="busy", message="not now")
            assert activation.take_answer(work, command.key, refused)
        return pending(network, command)

    order = ordered(shop, refused_meanwhile, done)
    assert (tries(shop), state(shop, order)) == (1, "failed")
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where kind = 'plan.callout'")
    shop.site.work()
    assert (tries(shop), shop.read(order)["state"]) == (2, "completed")


def test_the_lowest_position_counts_by_system_and_kind_of_step(shop: Shop) -> None:
    """One that is off, for another system or for another kind of step is passed over."""
    policy(shop, "technical", position=1, isActive=False)
    policy(shop, "technical", position=2, stepKind=["callout"])
    policy(shop, "technical", 0, position=3, system=["network"], stepKind=["activation"])
    policy(shop, "technical", 0, 0, 0, position=4)
    order = ordered(shop, away, away, done)
    assert (tries(shop), state(shop, order)) == (2, "fallout")
    unknown = {"name": "X", "errorKind": ["technical"], "system": ["nobody"]}
    refused = shop.site.admin.post(POLICY, unknown)
    assert refused.status_code == 400
    assert "no outside system nobody" in str(refused.json)
    many = {"name": "Y", "errorKind": ["technical"], "pauseSeconds": [1] * 16}
    assert "15 times" in str(shop.site.admin.post(POLICY, many).json)


def test_an_installation_begins_with_policies_of_its_own(shop: Shop) -> None:
    """They are shipped once, and are the operator's to change or take away."""
    assert ensure_failure_policies(shop.site.services) == ["Not reached", "Answer lost", "Refused"]
    found = {one["name"]: one for one in shop.site.admin.get(POLICY).json}
    assert found["Not reached"]["pauseSeconds"] == [1, 4, 15, 60, 240]
    patched = shop.site.admin.patch(f"{POLICY}/{found['Not reached']['id']}", {"pauseSeconds": []})
    assert patched.status_code == 200
    order = ordered(shop, away, done)
    assert state(shop, order) == "fallout"
    assert ensure_failure_policies(shop.site.services) == []
