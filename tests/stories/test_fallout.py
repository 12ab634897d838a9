"""Activation goes wrong: it is tried again by itself, then by people, and never done twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.stories.test_bundle import bundle
from tests.stories.test_ended_early import (
    CONTRACT,
    DAY_S,
    HALF,
    PRICED,
    contract_of,
    ending,
    fee,
    in_days,
)
from tests.support.operator import FALLOUT, Operator, Order, values
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.progress import go_on
from trunkline.ordering.retry_policy import RetryPolicy, use_policy

NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort",
           "reason": "no free port", "message": "no port is free at this address"}  # fmt: skip
AWAY = {"kind": "technical", "specification": "Fibre*"}


def stuck(operator: Operator, *fail: dict[str, Any]) -> Order:
    """Return an order for fibre that the network does not carry out."""
    operator.network.behave(fail=list(fail))
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    return order


def act(operator: Operator, fallout: dict[str, Any], verb: str, body: Any = None) -> Any:
    return operator.staff.post(f"{FALLOUT}/{fallout['id']}/{verb}", body)


@pytest.mark.accepts("FAL-04")
def test_it_is_fixed_tried_again_and_the_order_goes_on(operator: Operator) -> None:
    """A refused line is corrected and tried again: one record, closed when the step succeeds,
    and the order goes on by itself to its end."""
    slow = {"name": "downloadSpeed", "value": 1000}
    order = stuck(operator, {**NO_PORT, "characteristic": slow})
    assert (order.state, order.items) == ("inProgress", {"1": "inProgress"})
    (fallout,) = order.fallouts()
    assert (fallout["state"], fallout["taskName"]) == ("open", "Light up the fibre line")
    assert fallout["cause"]["kind"] == "business"
    assert (fallout["cause"]["code"], fallout["cause"]["message"]) == (
        "noFreePort", "no port is free at this address",
    )  # fmt: skip
    wrong = {"characteristic": [{"name": "downloadSpeed", "value": "fast"}]}
    answer = act(operator, fallout, "fixAndRetry", wrong)
    assert (answer.status_code, order.fallouts()[0]["state"]) == (400, "open")
    assert [one["path"] for one in answer.json["fault"]] == ["characteristic.downloadSpeed"]
    fix = {"characteristic": [{"name": "downloadSpeed", "value": 500}]}
    answer = act(operator, fallout, "fixAndRetry", fix)
    assert (answer.status_code, answer.json["state"]) == (200, "inProgress")
    operator.settle()
    assert order.state == "completed"
    (closed,) = order.fallouts()
    assert (closed["id"], closed["state"]) == (fallout["id"], "closedComplete")
    assert values(order.services["Fibre Access"])["downloadSpeed"] == 500
    assert [one["effects"] for one in operator.commands()] == [0, 1]
    again = act(operator, fallout, "retry")
    assert (again.status_code, again.json["code"]) == (409, "conflictNotInFallout")
    told = operator.events(fallout["id"], "FalloutStateChangeEvent")
    assert [one["event"]["fallout"]["state"] for one in told] == [
        "inProgress", "resolved", "closedComplete",
    ]  # fmt: skip


@pytest.mark.accepts("FAL-01")
@pytest.mark.parametrize(
    "pauses", [(0, 0, 0), (5, 5, 5), (1, 4, 15)], ids=["immediate", "fixed", "growing"]
)
def test_an_outage_is_sat_out_by_policy_before_people_are_asked(
    operator: Operator, pauses: tuple[int, ...]
) -> None:
    """Tries come after the pauses of the policy; when they are used up there is one record with
    the code, each request and what came of it."""
    operator.network.behave(fail=[AWAY])
    ada = operator.ada()
    use_policy(operator.site.services, RetryPolicy(technical=pauses, ask_first_s=3600))
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    seen = []
    while not order.fallouts():
        ((pause,),) = operator.site.rows(
            "select extract(epoch from run_at - clock_timestamp()) from work "
            "where kind = 'plan.callout'"
        )
        seen.append(float(pause))
        operator.hurry()
    waited = [one for one in pauses if one]
    assert len(seen) == len(waited)
    for pause, due in zip(seen, waited, strict=True):
        assert due - 1 < pause <= due
    (fallout,) = order.fallouts()
    assert (fallout["cause"]["kind"], fallout["cause"]["code"]) == ("technical", "http503")
    assert [one["number"] for one in fallout["attempt"]] == [1, 2, 3, 4]
    for tried in fallout["attempt"]:
        assert tried["code"] == "http503"
        assert tried["message"]
        assert tried["time"]
        assert tried["request"]["characteristic"]["downloadSpeed"] == 1000
    (command,) = operator.commands()
    assert (command["received"], command["effects"]) == (4, 0)


def test_a_refusal_keeps_what_the_network_answered(operator: Operator) -> None:
    order = stuck(operator, NO_PORT)
    (fallout,) = order.fallouts()
    (tried,) = fallout["attempt"]
    assert tried["request"]["specification"]["name"] == "Fibre Access"
    assert tried["answer"]["code"] == "noFreePort"
    assert fallout["productOrderItemId"] == "1"
    assert fallout["serviceOrder"]["id"] == order.service_orders["Fibre Access"]["id"]


def test_nobody_closes_a_record_and_leaves_its_step_behind(operator: Operator) -> None:
    """It may be taken up and put on hold; it is closed by what is done about its step alone."""
    order = stuck(operator, NO_PORT)
    (fallout,) = order.fallouts()
    address = f"{FALLOUT}/{fallout['id']}"
    for state in ("resolved", "closedComplete", "canceled"):
        answer = operator.staff.patch(address, {"state": state})
        assert (answer.status_code, answer.json["code"]) == (409, "lifecycleMove")
    assert operator.staff.patch(address, {"state": "onHold"}).status_code == 200
    operator.network.behave()
    assert act(operator, fallout, "retry").status_code == 200
    operator.settle()
    assert order.state == "completed"


def test_a_step_is_done_by_hand_with_evidence(operator: Operator) -> None:
    """Who does it and how it can be seen stays with the step and the closed record."""
    order = stuck(operator, NO_PORT)
    (fallout,) = order.fallouts()
    assert act(operator, fallout, "completeByHand", {}).status_code == 400
    evidence = {"evidence": "patched at the exchange, photo 12"}
    assert act(operator, fallout, "completeByHand", evidence).status_code == 200
    operator.settle()
    assert order.state == "completed"
    answer = order.step("Fibre Access")["answer"]
    assert (answer["by"], answer["evidence"]) == ("Admin", "patched at the exchange, photo 12")
    (closed,) = order.fallouts()
    assert closed["resolution"] == "done by hand by Admin: patched at the exchange, photo 12"


def test_a_step_is_left_out_with_a_reason_by_who_may(operator: Operator) -> None:
    """Without the right nobody skips; with it the order ends as partial, and says what is
    missing."""
    operator.network.behave(fail=[{"kind": "business", "specification": "Mobile*"}])
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.add("2", "Mobile S", at=None))
    operator.settle()
    (fallout,) = order.fallouts()
    reader = operator.site.user("reader", roles=["auditor"], scopes=("*:read",))
    for verb, body in (
        ("skip", {"reason": "no"}), ("completeByHand", {"evidence": "no"}), ("retry", None),
    ):  # fmt: skip
        refused = reader.post(f"{FALLOUT}/{fallout['id']}/{verb}", body)
        assert (refused.status_code, refused.json["code"]) == (403, "notAllowed")
    assert act(operator, fallout, "skip", {"reason": " "}).status_code == 400
    assert order.steps["Mobile Subscription"] == "fallout"
    reason = {"reason": "the customer keeps the old number"}
    assert act(operator, fallout, "skip", reason).json["stepState"] == "skipped"
    operator.settle()
    assert order.state == "partial"
    assert order.items == {"1": "completed", "2": "failed"}
    assert (order.product("1")["status"], order.product("2")["status"]) == ("active", "cancelled")
    (closed,) = order.fallouts()
    assert closed["resolution"] == "skipped by Admin: the customer keeps the old number"


def test_a_product_without_its_service_is_not_made(operator: Operator) -> None:
    """The line works, voice was left out: the voice product is not active, its item failed, and
    its number is free again; the internet product is there."""
    operator.network.behave(fail=[{"kind": "business", "specification": "Voice Line"}])
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"))
    operator.settle()
    (fallout,) = order.fallouts()
    act(operator, fallout, "skip", {"reason": "no number is left"})
    operator.settle()
    assert (order.state, order.items) == ("partial", {"1": "completed", "2": "failed"})
    assert (order.product("1")["status"], order.product("2")["status"]) == ("active", "cancelled")
    assert (order.steps["Telephony"], order.steps["product 2"]) == ("skipped", "skipped")
    assert order.services["Telephony"]["state"] == "terminated"
    assert order.services["Fibre Access"]["state"] == "active"
    assert order.resources["Phone Number"]["resourceStatus"] == "available"
    assert order.resources["Fibre Port"]["resourceStatus"] != "available"


def test_a_product_without_people_s_work_is_made_all_the_same(operator: Operator) -> None:
    """The technician's visit is left out; internet works, and its item is completed."""
    ada = operator.ada()
    order = ada.orders(ada.fibre("1", installation="technician"))
    operator.settle()
    with as_system(operator.site.services, "tests") as work:
        plan = plan_store.locked(work, order.id)
        assert plan is not None
        visit = next(one for one in plan if one.kind == "manual")
        plan.put(replace(visit, state="skipped"))
        go_on(work, plan, Edits(work))
    assert order.items == {"1": "completed"}
    assert (order.state, order.product()["status"]) == ("partial", "active")


def test_an_end_that_fell_out_begins_again_with_the_fee_of_that_moment(operator: Operator) -> None:
    """An end waits for its day; meanwhile a contract makes it cost two currencies, so that it
    does not begin. A part ends by an order of its own; the rest, tried again, costs its own fee."""
    ada = operator.ada()
    had = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    order = ada.orders(ending(ada, had.product("1")["id"]), requestedStartDate=in_days(1))
    operator.settle()
    dollars = {**PRICED, "price": {"dutyFreeAmount": {"value": 10, "unit": "USD"}}}
    lines = [{"id": item, "product": {"id": had.product(item)["id"]}, "price": [price],
              "terminationRule": HALF} for item, price in (("2", PRICED), ("3", dollars))
    ]  # fmt: skip
    operator.make(CONTRACT, {**contract_of(ada), "contractLine": lines})
    operator.site.move_clock(DAY_S + 60)
    operator.wait_until(lambda: bool(order.fallouts()))
    (fallout,) = order.fallouts()
    assert fallout["cause"]["code"] == "currenciesMixed"
    assert fee(ada.has(ending(ada, had.product("3")["id"]))) == (50, [50])
    answer = act(operator, fallout, "retry")
    assert answer.status_code == 200, answer.json
    operator.settle()
    assert [one["state"] for one in order.fallouts()] == ["closedComplete"], [
        one["cause"] for one in order.fallouts()
    ]
    assert (order.state, fee(order)) == ("completed", (200, [200]))
