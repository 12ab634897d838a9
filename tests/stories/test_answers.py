"""Answers of the network that get lost, come twice, too late or too early: each counts once."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.stories.conftest import SECRET
from tests.support.operator import FALLOUT, OWN, Operator, Order
from tests.web.browser import Browser, words_of
from trunkline.hub.signature import sign
from trunkline.kernel.services import Services
from trunkline.ordering.command import Answer, Command, activator_of, use_activator
from trunkline.ordering.retry_policy import RetryPolicy, use_policy


def waiting(operator: Operator) -> Order:
    """Return an order whose line the network has taken and will be done with much later."""
    operator.network.behave(mode="callback", delay_ms=600_000)
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    assert order.steps["Fibre Access"] == "waiting"
    return order


def event(order: Order, state: str) -> bytes:
    """Return the event of the network that says so of the order's line."""
    key = order.step("Fibre Access")["request"]["key"]
    told = {"id": "N-1", "externalId": key, "state": state}
    return json.dumps({"eventId": "e", "event": {"serviceOrder": told}}).encode()


def call_back(services: Services, address: str, body: bytes, secret: str = SECRET) -> int:
    """Call back over HTTP as the network does; return the status."""
    now = int(services.machine_now().timestamp())
    request = Request(f"{address}/listener/serviceOrderStateChangeEvent", data=body)
    request.add_header("webhook-id", f"event-{now}")
    request.add_header("webhook-timestamp", str(now))
    request.add_header("webhook-signature", sign([secret], f"event-{now}", now, body))
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.accepts("FAL-09")
def test_a_lost_answer_is_asked_for_and_the_command_not_repeated(operator: Operator) -> None:
    """The network has done it and its answer is lost: it is asked by the command's key, never
    told again; not even by somebody who retries."""
    operator.network.behave(lost_answer={"count": 2})
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"))
    operator.settle()
    assert order.state == "completed"
    assert [(one["received"], one["effects"]) for one in operator.commands()] == [(1, 1), (1, 1)]
    assert order.fallouts() == []

    use_policy(operator.site.services, RetryPolicy(technical=(), unknown=()))
    operator.network.behave(lost_answer={"count": 1})
    late = ada.orders(ada.add("1", "Mobile S", at=None))
    operator.settle()
    (fallout,) = late.fallouts()
    assert fallout["cause"]["kind"] == "unknown"
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    assert late.state == "completed"
    assert {(one["received"], one["effects"]) for one in operator.commands()} == {(1, 1)}


def test_a_call_back_that_comes_twice_counts_once(reachable: Operator) -> None:
    """The network calls back for each command, twice and after an older event: one effect."""
    operator = reachable
    operator.network.behave(mode="callback", delay_ms=[5, 30], duplicate_callback=1, out_of_order=1)
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"), ada.voice("2"))
    operator.wait_until(lambda: order.state == "completed")
    operator.wait_until(
        lambda: all(one["notification"] == "delivered" for one in operator.commands())
    )
    assert [(one["received"], one["effects"]) for one in operator.commands()] == [(1, 1), (1, 1)]
    versions = [one["resourceVersion"] for one in operator.find(
        "/tmf-api/event/v4/event", subject=order.product("1")["id"]
    )]  # fmt: skip
    assert len(versions) == len(set(versions))
    states = operator.events(order.id, "ProductOrderStateChangeEvent")
    assert [one["event"]["productOrder"]["state"] for one in states] == ["inProgress", "completed"]


def test_a_late_call_back_finds_the_step_answered_already(reachable: Operator) -> None:
    """Asked for in the meantime, the order is completed; what comes afterwards changes nothing."""
    operator = reachable
    operator.network.behave(mode="callback", late_callback=1, late_ms=400)
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    operator.wait_until(lambda: [one["effects"] for one in operator.commands()] == [1])
    operator.hurry()
    assert order.state == "completed"
    version = operator.audit(order.id)
    assert operator.commands()[0]["notification"] == "pending"
    operator.wait_until(lambda: operator.commands()[0]["notification"] == "delivered")
    assert order.state == "completed"
    assert operator.audit(order.id) == version


@pytest.mark.accepts("ORC-05")
def test_events_release_the_step_early_late_and_repeated(reachable: Operator) -> None:
    """An event with the command's key releases its step; one that is older, comes again, or
    overtakes the answer to the command itself does no harm, and nobody else can send one."""
    operator = reachable
    services = operator.site.services
    order = waiting(operator)
    base = operator_address(services)
    key = order.step("Fibre Access")["request"]["key"]
    assert (
        call_back(services, f"{base}/{key}", event(order, "completed"), "whsec_" + "A" * 40) == 401
    )
    assert call_back(services, f"{base}/{order.id}", event(order, "completed")) == 400
    assert order.steps["Fibre Access"] == "waiting"
    for state in ("inProgress", "completed", "completed", "inProgress", "failed"):
        assert call_back(services, f"{base}/{key}", event(order, state)) == 204
    operator.settle()
    assert order.state == "completed"
    assert order.fallouts() == []

    use_activator(services, CallsBackFirst(services, base))
    ada = operator.ada()
    early = ada.orders(ada.fibre("1"))
    operator.settle()
    assert early.state == "completed"
    assert early.step("Fibre Access")["attempt"] == 1


class CallsBackFirst:
    """The same network on a day when its event overtakes its answer."""

    def __init__(self, services: Services, base: str) -> None:
        self.services, self.base = services, base
        self.inner = activator_of(services)

    def submit(self, command: Command) -> Answer:
        answer = self.inner.submit(command)
        told = {"id": "N-2", "externalId": command.key, "state": "completed"}
        body = json.dumps({"eventId": "e", "event": {"serviceOrder": told}}).encode()
        assert call_back(self.services, f"{self.base}/{command.key}", body) == 204
        return answer

    def query(self, key: str) -> Answer | None:
        return self.inner.query(key)


def operator_address(services: Services) -> str:
    """Return where the network is asked to call back, without the key."""
    activator: Any = activator_of(services)
    return f"{activator._callback_base}/callback/network"


def test_what_was_done_after_all_is_shown_where_it_was_tried_again(
    reachable: Operator, browser: Browser
) -> None:
    """Refused twice, the step stands still. Told afterwards that the first command, or the second
    one, was done after all, it stays so: the try says it, in the record and on the page, once."""
    operator = reachable
    no_port = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}
    operator.network.behave(fail=[{**no_port, "count": 2}])
    ada = operator.ada()
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    first = event(order, "completed")
    (fallout,) = order.fallouts()
    keys = [fallout["attempt"][0]["request"]["key"]]
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    (fallout,) = order.fallouts()
    keys.append(fallout["attempt"][1]["request"]["key"])
    assert keys[0] != keys[1]
    base = operator_address(operator.site.services)
    for _ in range(2):
        assert call_back(operator.site.services, f"{base}/{keys[0]}", first) == 204
    (told,) = order.fallouts()
    assert [one.get("lateAnswer", {}).get("kind") for one in told["attempt"]] == ["done", None]
    version = operator.audit(fallout["id"])
    assert call_back(operator.site.services, f"{base}/{keys[0]}", first) == 204
    assert operator.audit(fallout["id"]) == version
    second = event(order, "completed")
    assert call_back(operator.site.services, f"{base}/{keys[1]}", second) == 204
    (told,) = order.fallouts()
    assert [one["lateAnswer"]["kind"] for one in told["attempt"]] == ["done", "done"]
    assert (order.steps["Fibre Access"], told["state"]) == ("fallout", "open")
    said = operator.read(f"{OWN}/productOrder/{order.id}/handOff")[0]["exchange"]
    assert {(one["key"], one["result"]) for one in said if one["how"] == "calledBack"} == {
        (key, "done") for key in keys
    }
    step = order.step("Fibre Access")["id"]
    page = words_of(browser.get(f"/order/{order.key}?step={step}").text)
    assert page.count("Told afterwards that it was done after all") == 2
