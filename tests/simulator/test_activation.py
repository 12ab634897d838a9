"""TMF640: services added, changed and ended directly."""

import json
from typing import Any

from tests.simulator.listener import (
    MONITORS,
    ORDERS,
    SERVICES,
    Listener,
    characteristics,
    command,
    refused,
)
from trunkline.simulator.running import Running

VOICE = {"state": "active", "serviceSpecification": {"id": "voice", "name": "Voice line"}}


def test_a_service_is_added_changed_and_ended(network: Running) -> None:
    service = network.ask("POST", SERVICES, VOICE, Idempotency_Key="ada-1")
    address = f"{SERVICES}/{service['id']}"
    assert service["href"].endswith(address)
    assert characteristics(service)["voiceNumber"].startswith("+99920")
    assert network.ask("GET", address) == service
    changed = network.ask("PATCH", address, {"state": "inactive"}, Idempotency_Key="ada-2")
    assert changed["state"] == "inactive"
    assert network.ask("DELETE", address, None, Idempotency_Key="ada-3") is None
    assert network.ask("DELETE", address, None, Idempotency_Key="ada-3") is None
    assert network.ask("GET", address)["state"] == "terminated"
    assert command(network, "ada-3")["effects"] == 1
    assert [one["id"] for one in network.ask("GET", f"{SERVICES}?state=terminated")]


def test_the_same_key_gives_the_same_service(network: Running) -> None:
    first = network.ask("POST", SERVICES, VOICE, Idempotency_Key="ada-1")
    assert network.ask("POST", SERVICES, VOICE, Idempotency_Key="ada-1") == first
    assert len(network.ask("GET", SERVICES)) == 1


def test_a_failure_is_answered_with_an_error_that_stays(network: Running) -> None:
    network.behave(fail=[{"kind": "business", "code": "noNumber", "once": True}])
    for _ in range(2):
        error = refused(network, "POST", SERVICES, VOICE, Idempotency_Key="ada-1")
        assert (error["status"], error["code"]) == ("409", "noNumber")
    (monitor,) = network.ask("GET", f"{MONITORS}?externalId=ada-1")
    assert monitor["state"] == "InError"
    network.behave(unknown_service="refuse")
    error = refused(network, "PATCH", f"{SERVICES}/none", {"state": "inactive"})
    assert (error["status"], error["code"]) == ("404", "serviceUnknown")


def test_later_means_a_monitor_and_a_call_back(network: Running, listener: Listener) -> None:
    network.behave(mode="callback", delay_ms=30)
    monitor = network.ask(
        "POST", SERVICES, VOICE, Idempotency_Key="ada-1", X_Callback_Url=listener.url
    )
    assert monitor["state"] == "InProgress"
    (call,) = listener.wait(1)
    assert call.path == "/callbacks/listener/monitorStateChangeEvent"
    done: dict[str, Any] = network.ask("GET", f"{MONITORS}/{monitor['id']}")
    assert call.event["event"]["monitor"] == done
    assert done["state"] == "Completed"
    service = json.loads(done["response"]["body"])
    assert done["sourceHref"] == service["href"]
    assert network.ask("GET", f"{SERVICES}/{service['id']}") == service
    again = network.ask("POST", SERVICES, VOICE, Idempotency_Key="ada-1")
    assert again == service


def test_a_service_that_is_not_valid_is_refused(network: Running) -> None:
    error = refused(network, "POST", SERVICES, {})
    assert {one["code"] for one in error["fault"]} == {"specificationMissing", "stateMissing"}
    assert refused(network, "PATCH", f"{SERVICES}/x", {"state": "on"})["code"] == "stateUnknown"
    assert refused(network, "GET", f"{SERVICES}/none", None)["code"] == "notFound"
    network.ask("POST", SERVICES, VOICE, Idempotency_Key="ada-1")
    assert network.ask("GET", ORDERS) == []
