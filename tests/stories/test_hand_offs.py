"""Orders handed over to the network: how far each is, what the network tells, what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.changing import half_done, revised, two_lines
from tests.stories.test_broken_down import LIVE
from tests.support.operator import (
    FALLOUT,
    OWN,
    SERVICE_ORDER,
    SERVICE_SPECIFICATION,
    Operator,
    Order,
    Record,
    codes,
    values,
)
from tests.web.browser import Browser
from trunkline.kernel.actor import Grant

REPORT = f"{SERVICE_ORDER}/outboundresponse"
LATER = {"mode": "callback", "delay_ms": 600_000}


def refuses(what: str, code: str) -> list[Record]:
    return [{"kind": "business", "specification": what, "code": code, "once": True}]


def report(operator: Operator, key: str | None, *items: Record) -> Any:
    body = {"externalId": key, "serviceOrderItem": list(items)}
    return operator.staff.post(REPORT, {name: value for name, value in body.items() if value})


def handed_over(order: Order, name: str) -> tuple[Record, str]:
    """Return a service order of an order by the name of its service, and its external id."""
    found = order.service_orders[name]
    (one,) = order.operator.find(f"{OWN}/serviceOrder/{found['id']}/handOff")
    return found, one["externalId"]


def outbound(order: Order) -> dict[str, str]:
    return {name: one["outboundState"] for name, one in order.service_orders.items()}


def exchanges(operator: Operator, ident: str) -> list[tuple[str, str]]:
    (one,) = operator.find(f"{OWN}/serviceOrder/{ident}/handOff")
    assert all("time" in each for each in one["exchange"])
    return [(each["how"], each["result"]) for each in one["exchange"]]


@pytest.mark.accepts("ACT-02")
def test_an_order_goes_out_and_its_five_states_follow_what_is_answered(
    reachable: Operator,
) -> None:
    """Taken by the network, Ada's line is pending while what nobody else does is not applicable.
    It is called back as done; the next is refused: error, and fallout. Tried again it is pending
    under another external id; reported as impossible and given up it is failed. The states stand
    with order and line, can be filtered by, and every exchange is there with its time."""
    reachable.network.behave(**LATER, fail=refuses("Voice*", "noNumber"))
    ada = reachable.ada()
    order = ada.orders(ada.fibre(), ada.voice())
    reachable.settle()
    fibre, fibre_key = handed_over(order, "Fibre Access")
    assert outbound(order)["Fibre Access"] == "pending"
    assert fibre["serviceOrderItem"][0]["outboundState"] == "pending"
    assert outbound(order)["Internet Access"] == "notApplicable"

    def is_answered(name: str, state: str) -> bool:
        reachable.network.release("orders")
        return outbound(order)[name] == state

    reachable.wait_until(lambda: is_answered("Fibre Access", "fulfilled"))
    assert exchanges(reachable, fibre["id"]) == [("sent", "pending"), ("calledBack", "done")]
    reachable.wait_until(lambda: is_answered("Voice Line", "error"))
    voice, refused_key = handed_over(order, "Voice Line")
    assert voice["serviceOrderItem"][0]["outboundState"] == "error"
    found = reachable.find(SERVICE_ORDER, outboundState="error", productOrder__id=order.id)
    assert [one["id"] for one in found] == [voice["id"]]
    (fallout,) = order.fallouts()
    assert reachable.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    reachable.settle()
    assert outbound(order)["Voice Line"] == "pending"
    _, voice_key = handed_over(order, "Voice Line")
    assert len({fibre_key, refused_key, voice_key}) == 3
    line = {"id": voice["key"], "state": "error", "code": "noPort", "message": "no port is left"}
    assert report(reachable, voice_key, line).status_code == 201
    (fallout,) = order.fallouts()
    assert fallout["cause"]["code"] == "noPort"
    skipped = reachable.staff.post(f"{FALLOUT}/{fallout['id']}/skip", {"reason": "not wanted"})
    assert skipped.status_code == 200, skipped.json
    reachable.settle()
    assert outbound(order)["Voice Line"] == "failed"
    assert exchanges(reachable, voice["id"]) == [
        ("sent", "pending"), ("calledBack", "failed"), ("sent", "pending"), ("reported", "failed")
    ]  # fmt: skip
    assert order.state == "partial"


def test_what_cannot_be_reported_is_refused_and_changes_nothing(operator: Operator) -> None:
    """Unknown and missing ids and states, an order of another hand-off, one that awaits nothing,
    and the same twice: each has its error. The report that is right is taken once, with its
    values, and the order goes on."""
    operator.network.behave(**LATER)
    ada, bob = operator.ada(), operator.ada()
    order, other = ada.orders(ada.fibre()), bob.orders(bob.fibre())
    operator.settle()
    fibre, key = handed_over(order, "Fibre Access")
    another, _ = handed_over(other, "Fibre Access")
    done = {"id": fibre["id"], "state": "fulfilled"}
    nobody = "019bd000-0000-7000-8000-000000000000"
    at = "serviceOrderItem[0]"

    def refused(*sent: Any) -> set[tuple[str, str]]:
        answer = report(operator, *sent)
        assert answer.status_code == 400, answer.json
        return codes(answer)

    assert refused(None, done) == {("externalIdMissing", "externalId")}
    assert refused(key) == {("itemsMissing", "serviceOrderItem")}
    assert refused(key, {"state": "pending"}) == {("itemIdMissing", f"{at}.id")}
    assert refused(key, {"id": fibre["id"]}) == {("itemStateMissing", f"{at}.state")}
    for strange in ("half", ["done"], {"is": "done"}):
        assert refused(key, {**done, "state": strange}) == {("itemStateUnknown", f"{at}.state")}
    short = operator.staff.post(REPORT, {"externalId": key, "items": [{"id": fibre["id"]}]})
    assert codes(short) == {("itemStateMissing", "items[0].state")}
    for unknown in (nobody, "none of ours"):
        assert refused(unknown, done) == {("externalIdUnknown", "externalId")}
    assert refused(key, {**done, "id": nobody}) == {("domainOrderUnknown", f"{at}.id")}
    assert refused(key, {**done, "id": another["id"]}) == {("domainOrderOfAnother", f"{at}.id")}
    assert refused(key, done, {**done, "id": fibre["key"]}) == {
        ("domainOrderTwice", "serviceOrderItem[1].id")
    }
    before = order.plan["item"]
    assert outbound(order)["Fibre Access"] == "pending"
    assert report(operator, key, {**done, "state": "pending"}).status_code == 201
    named = [{"name": "ontSerialNumber", "value": "ONT-9"}]
    taken = report(operator, key.upper(), {**done, "serviceCharacteristic": named})
    assert (taken.status_code, taken.json["serviceOrderItem"][0]["state"]) == (201, "fulfilled")
    operator.settle()
    assert (order.state, len(order.plan["item"])) == ("completed", len(before))
    assert values(order.services["Fibre Access"])["ontSerialNumber"] == "ONT-9"
    assert refused(key, done) == {("answerRepeated", f"{at}.state")}
    assert refused(key, {**done, "state": "error"}) == {("noAnswerAwaited", f"{at}.state")}
    teller = operator.site.role("own-reports", {"ordering:reportOutbound": Grant("own")})
    for client in (
        operator.site.unentitled(),
        operator.site.user("c", roles=[teller], scopes=("ordering:reportOutbound",)),
    ):
        assert client.post(REPORT, {"externalId": key}).status_code == 403


def test_a_step_that_waits_for_its_turn_or_was_sent_anew_takes_no_report(
    operator: Operator,
) -> None:
    """What was not handed over yet has nothing to be told of. The external id under which an order
    was refused takes no other state once it was sent again under another one; that it was done
    after all is kept beside its try, once, and moves nothing, as where it is still refused. Tried
    again then, it is done, and nothing is sent a third time."""
    operator.network.behave(fail=refuses("Fibre*", "noPort"))
    ada = operator.ada()
    order = ada.orders(ada.fibre())
    operator.settle()
    fibre, first = handed_over(order, "Fibre Access")
    assert outbound(order)["Fibre Access"] == "error"
    done = {"id": fibre["id"], "state": "fulfilled"}
    at = "serviceOrderItem[0].state"
    impossible = {**done, "state": "error", "code": "noDuct"}
    assert codes(report(operator, first, {**done, "state": "pending"})) == {("noAnswerAwaited", at)}
    operator.network.behave(**LATER)
    (fallout,) = order.fallouts()
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    _, second = handed_over(order, "Fibre Access")
    assert codes(report(operator, second, done)) == {("notHandedOver", at)}
    operator.settle()
    assert codes(report(operator, first, impossible)) == {("answerOvertaken", at)}
    late = report(operator, first, done)
    assert (late.status_code, late.json["serviceOrderItem"][0]["state"]) == (201, "pending")
    assert codes(report(operator, first, done)) == {("answerRepeated", at)}
    assert report(operator, second, impossible).status_code == 201
    assert order.steps["Fibre Access"] == "fallout"
    late = report(operator, second, done)
    assert (late.status_code, late.json["serviceOrderItem"][0]["state"]) == (201, "error")
    assert codes(report(operator, second, done)) == {("answerRepeated", at)}
    (fallout,) = [one for one in order.fallouts() if one["state"] == "open"]
    tries = {one["request"]["key"]: one["lateAnswer"]["kind"] for one in fallout["attempt"]}
    assert tries == {first: "done", second: "done"}
    again = operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry")
    assert (again.status_code, again.json["stepState"]) == (200, "completed"), again.json
    operator.settle()
    assert handed_over(order, "Fibre Access")[1] == second  # nothing went out once more
    assert order.state == "completed"


def test_what_is_revised_goes_out_again_with_a_state_of_its_own(operator: Operator) -> None:
    """Ada wants a second line while the first works already: the change is a hand-off of its own,
    pending and then fulfilled, beside the first, which stays so, and the one that was refused."""
    order = half_done(operator)
    operator.network.behave(**LATER)
    revised(operator, order, two_lines(order))

    def found() -> set[tuple[str, str, str]]:
        listed = operator.find(SERVICE_ORDER, productOrder__id=order.id)
        items = [(one["serviceOrderItem"][0], one["outboundState"]) for one in listed]
        return {(one["service"]["name"], one["action"], state) for one, state in items}

    before = {("Voice Line", "add", "fulfilled"), ("Fibre Access", "add", "error")}
    assert before | {("Voice Line", "modify", "pending")} <= found()
    operator.network.release("orders")
    operator.hurry()
    assert before | {("Voice Line", "modify", "fulfilled")} <= found()


def test_an_order_by_itself_shows_the_worst_of_its_lines(operator: Operator) -> None:
    """A wholesale order of two services placed without a product order: each line goes out by
    itself and has its state, the order that which asks for attention; what its sender claimed of
    it does not count."""
    operator.network.behave(**LATER)
    specs = [
        operator.make(SERVICE_SPECIFICATION, {"name": name, "serviceType": "RFS", **LIVE})
        for name in ("First Mile", "Last Mile")
    ]
    items = [
        {"id": str(number), "action": "add", "outboundState": "failed",
         "service": {"serviceSpecification": {"id": one["id"], "name": one["name"]}}}
        for number, one in enumerate(specs, start=1)
    ]  # fmt: skip
    owner = [{"id": operator.company().id, "role": "customer"}]
    made = operator.make(SERVICE_ORDER, {"relatedParty": owner, "serviceOrderItem": items})
    assert made["outboundState"] == "notApplicable"
    operator.settle()

    def states() -> tuple[str, list[str]]:
        found = operator.read(SERVICE_ORDER, made["id"])
        lines = [one["outboundState"] for one in found["serviceOrderItem"]]
        return found["outboundState"], lines

    assert states() == ("pending", ["pending", "pending"])
    first, last = operator.find(f"{OWN}/serviceOrder/{made['id']}/handOff")
    assert {first["domainOrder"], last["domainOrder"]} == {made["id"]}
    done = report(operator, first["externalId"], {"id": made["id"], "state": "fulfilled"})
    assert done.status_code == 201, done.json
    assert states() == ("pending", ["fulfilled", "pending"])
    assert (
        report(operator, last["externalId"], {"id": made["key"], "state": "error"}).status_code
        == 201
    )
    assert states() == ("error", ["fulfilled", "error"])


def test_people_see_how_far_a_hand_off_is_and_what_was_said(
    operator: Operator, browser: Browser
) -> None:
    """The pane of a step tells its outbound state, both ids and every exchange; service orders
    with errors are a list; where orders go is set up in a form of three parts."""
    operator.network.behave(fail=refuses("Fibre*", "noPort"))
    ada = operator.ada()
    order = ada.orders(ada.fibre())
    operator.settle()
    fibre, key = handed_over(order, "Fibre Access")
    step = order.step("Fibre Access")
    page = browser.get(f"/order/{order.key}?step={step['id']}").text
    for word in ("Outbound state", "Hand-off", "Error", "noPort", key, "Their id"):
        assert word in page, word
    assert fibre["key"] in browser.get("/r/serviceOrder?outboundState=error").text
    assert fibre["key"] not in browser.get("/r/serviceOrder?outboundState=pending").text
    assert "Outbound state" in browser.get(f"/service-order/{fibre['key']}").text
    form = browser.get("/r/outsideSystem/new").text
    for word in ("How it is reached", "Orders handed over to it", "Callback secret"):
        assert word in form, word
