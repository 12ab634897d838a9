"""Orders that are answered later, by call-back."""

import base64
import hashlib
import hmac
import time

import pytest

from tests.simulator.conftest import CALLBACK_SECRET
from tests.simulator.listener import (
    CANCELLATIONS,
    ORDERS,
    Listener,
    command,
    order,
    refused,
    wait_until,
)
from trunkline.simulator.running import Running

HUB = "/tmf-api/serviceOrdering/v4/hub"


def test_the_end_of_an_order_is_called_back_and_signed(
    network: Running, listener: Listener
) -> None:
    network.behave(mode="callback", delay_ms=[10, 30])
    answer = network.ask("POST", ORDERS, order(externalId="ada-1"), X_Callback_Url=listener.url)
    assert answer["state"] == "acknowledged"
    assert "completionDate" not in answer
    (call,) = listener.wait(1)
    assert call.path == "/callbacks/listener/serviceOrderStateChangeEvent"
    event = call.event
    assert event["eventType"] == "ServiceOrderStateChangeEvent"
    assert event["timeOcurred"] == event["eventTime"]
    assert event["event"]["serviceOrder"] == network.ask("GET", f"{ORDERS}/{answer['id']}")
    assert event["event"]["serviceOrder"]["state"] == "completed"
    stamp = call.headers["webhook-timestamp"]
    assert call.headers["webhook-id"] == event["eventId"]
    assert abs(time.time() - int(stamp)) < 30
    key = base64.b64decode(CALLBACK_SECRET.removeprefix("whsec_"))
    signed = f"{event['eventId']}.{stamp}.".encode() + call.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{expected}"


def test_a_call_back_is_tried_again_with_the_same_id(network: Running, listener: Listener) -> None:
    network.behave(mode="callback")
    listener.answers = [500, 302]
    network.ask("POST", ORDERS, order(externalId="ada-1"), X_Callback_Url=listener.url)
    calls = listener.wait(3)
    assert len({call.headers["webhook-id"] for call in calls}) == 1
    assert len({call.body for call in calls}) == 1
    wait_until(lambda: command(network, "ada-1")["notification"] == "delivered")


def test_a_call_back_that_nobody_takes_is_given_up(network: Running, listener: Listener) -> None:
    network.behave(mode="callback", callback_attempts=2)
    listener.answers = [500, 500]
    network.ask("POST", ORDERS, order(externalId="ada-1"), X_Callback_Url=listener.url)
    wait_until(lambda: command(network, "ada-1")["notification"] == "gaveUp")
    assert len(listener.calls) == 2
    assert network.ask("GET", f"{ORDERS}?externalId=ada-1")[0]["state"] == "completed"


def test_without_an_address_the_hub_is_called(network: Running, listener: Listener) -> None:
    network.behave(mode="callback")
    kept = network.ask("POST", HUB, {"callback": listener.url})
    other = network.ask(
        "POST", HUB, {"callback": listener.url + "/other", "query": "eventType=OtherEvent"}
    )
    network.ask("POST", ORDERS, order())
    assert [call.state for call in listener.wait(1)] == ["completed"]
    for one in (kept, other):
        network.ask("DELETE", f"{HUB}/{one['id']}")
    network.ask("POST", ORDERS, order(externalId="ada-2"))
    wait_until(lambda: command(network, "ada-2")["state"] == "completed")
    assert command(network, "ada-2")["notification"] == "none"
    assert len(listener.calls) == 1
    assert refused(network, "DELETE", f"{HUB}/{kept['id']}", None)["code"] == "notFound"


def test_call_backs_come_twice_late_and_out_of_order(network: Running, listener: Listener) -> None:
    network.behave(
        mode="callback", duplicate_callback=1, late_callback=1, late_ms=200, out_of_order=1
    )
    network.ask("POST", ORDERS, order(externalId="ada-1"), X_Callback_Url=listener.url)
    wait_until(lambda: command(network, "ada-1")["effects"] == 1)
    assert listener.calls == []
    calls = listener.wait(3)
    assert [call.state for call in calls] == ["completed", "completed", "inProgress"]
    ids = [call.headers["webhook-id"] for call in calls]
    assert ids[0] == ids[1] != ids[2]
    assert calls[2].event["eventTime"] <= calls[0].event["eventTime"]
    assert "completionDate" not in calls[2].event["event"]["serviceOrder"]


def test_a_failure_comes_by_call_back_too(network: Running, listener: Listener) -> None:
    network.behave(mode="callback", fail=[{"kind": "business", "code": "noFreePort"}])
    answer = network.ask("POST", ORDERS, order(), X_Callback_Url=listener.url)
    assert answer["state"] == "acknowledged"
    (call,) = listener.wait(1)
    assert call.state == "failed"
    assert call.event["event"]["serviceOrder"]["errorMessage"][0]["code"] == "noFreePort"


def test_an_open_order_is_cancelled(network: Running, listener: Listener) -> None:
    network.behave(mode="callback", delay_ms=60_000)
    answer = network.ask("POST", ORDERS, order(externalId="ada-1"), X_Callback_Url=listener.url)
    body = {"serviceOrder": {"id": answer["id"]}, "cancellationReason": "moved away"}
    task = network.ask("POST", CANCELLATIONS, body, Idempotency_Key="cancel-1")
    assert task["state"] == "done"
    assert network.ask("POST", CANCELLATIONS, body, Idempotency_Key="cancel-1") == task
    assert [call.state for call in listener.wait(1)] == ["cancelled"]
    assert network.release("orders") == {"answers": 0, "orders": 0}
    assert command(network, "ada-1")["effects"] == 0
    counted = command(network, "cancel-1")
    assert (counted["received"], counted["effects"]) == (2, 1)
    assert network.effects()["services"] == {}


def test_open_orders_are_carried_out_when_released(network: Running) -> None:
    network.behave(mode="callback", delay_ms=60_000)
    answer = network.ask("POST", ORDERS, order(externalId="ada-1"))
    again = network.ask("POST", ORDERS, order(externalId="ada-1"))
    assert again["state"] == "acknowledged"
    assert network.release("orders")["orders"] == 1
    assert network.ask("GET", f"{ORDERS}/{answer['id']}")["state"] == "completed"
    assert command(network, "ada-1")["effects"] == 1
    assert refused(network, "POST", "/control/release", {"what": "x"})["code"] == "whatUnknown"


@pytest.mark.parametrize("address", ["ftp://host/x", "nowhere", "http://"])
def test_an_address_that_cannot_be_called_is_refused(network: Running, address: str) -> None:
    error = refused(network, "POST", ORDERS, order(), X_Callback_Url=address)
    assert error["code"] == "callbackInvalid"
    assert refused(network, "POST", HUB, {"callback": address})["code"] == "callbackInvalid"
    assert refused(network, "POST", HUB, {})["code"] == "callbackMissing"
    query = {"callback": "http://localhost/x", "query": "state=done"}
    assert refused(network, "POST", HUB, query)["code"] == "queryNotSupported"
