"""TMF641: orders that the network carries out at once."""

import pytest

from tests.simulator.listener import (
    CANCELLATIONS,
    ORDERS,
    characteristics,
    command,
    item,
    order,
    refused,
)
from trunkline.simulator.running import Running


def test_an_order_is_completed_at_once_with_what_the_network_assigned(network: Running) -> None:
    body = order(item(profile="1000/500"), externalId="ada-1", category="fibre", house="9b")
    answer = network.ask("POST", ORDERS, body)
    assert answer["state"] == "completed"
    assert answer["category"] == "fibre"
    assert answer["house"] == "9b"
    assert answer["completionDate"] >= answer["orderDate"]
    (done,) = answer["serviceOrderItem"]
    assert done["state"] == "completed"
    assert done["service"]["state"] == "active"
    values = characteristics(done["service"])
    assert values["profile"] == "1000/500"
    assert values["ontSerialNumber"].startswith("TRNK")
    assert network.ask("GET", f"{ORDERS}/{answer['id']}") == answer
    assert network.ask("GET", f"{ORDERS}?externalId=ada-1") == [answer]


def test_the_same_key_never_takes_effect_twice(network: Running) -> None:
    answers = [
        network.ask("POST", ORDERS, order(note=[{"text": text}]), Idempotency_Key="ada-1")
        for text in ("first", "again", "and again")
    ]
    assert answers[0] == answers[1] == answers[2]
    counted = command(network, "ada-1")
    assert (counted["received"], counted["effects"]) == (3, 1)
    assert len(network.effects()["services"]) == 1
    assert network.ask("GET", f"{ORDERS}?externalId=ada-1")[0]["id"] == answers[0]["id"]


def test_the_key_may_come_as_external_id_or_be_missing(network: Running) -> None:
    first = network.ask("POST", ORDERS, order(externalId="ada-1"))
    assert network.ask("POST", ORDERS, order(), Idempotency_Key="ada-1")["id"] == first["id"]
    assert network.ask("POST", ORDERS, order())["id"] != network.ask("POST", ORDERS, order())["id"]


def test_a_key_used_for_something_else_is_refused(network: Running) -> None:
    network.ask("POST", ORDERS, order(), Idempotency_Key="ada-1")
    other = order(item(specification="Voice"))
    error = refused(network, "POST", ORDERS, other, Idempotency_Key="ada-1")
    assert (error["status"], error["code"]) == ("409", "commandKeyReused")
    assert command(network, "ada-1")["effects"] == 1


def test_a_service_is_changed_suspended_and_ended(network: Running) -> None:
    network.ask("POST", ORDERS, order(item(service_id="svc-1", profile="100")))
    suspend = item("modify", service_id="svc-1", profile="1000")
    suspend["service"]["state"] = "inactive"
    answer = network.ask("POST", ORDERS, order(suspend))
    service = answer["serviceOrderItem"][0]["service"]
    assert service["state"] == "inactive"
    assert characteristics(service)["profile"] == "1000"
    assert "ontSerialNumber" in characteristics(service)
    network.ask("POST", ORDERS, order(item("delete", service_id="svc-1")))
    assert network.effects()["services"]["svc-1"]["state"] == "terminated"
    answer = network.ask("POST", ORDERS, order(item("modify", service_id="svc-1")))
    assert answer["errorMessage"][0]["code"] == "serviceTerminated"


def test_an_order_takes_effect_as_a_whole_or_not_at_all(network: Running) -> None:
    network.ask("POST", ORDERS, order(item(service_id="svc-1")))
    both = order(
        item(id="a", service_id="svc-2"), item(id="b", service_id="svc-1"), externalId="ada-2"
    )
    answer = network.ask("POST", ORDERS, both)
    assert answer["state"] == "failed"
    assert [one["state"] for one in answer["serviceOrderItem"]] == ["cancelled", "failed"]
    assert answer["errorMessage"][0]["code"] == "serviceExists"
    assert answer["errorMessage"][0]["serviceOrderItem"][0]["itemId"] == "b"
    assert command(network, "ada-2")["effects"] == 0
    assert list(network.effects()["services"]) == ["svc-1"]


def test_nested_items_are_carried_out_too(network: Running) -> None:
    bundle = item(specification="Bundle")
    bundle["serviceOrderItem"] = [item(id="1.1", specification="Voice line")]
    answer = network.ask("POST", ORDERS, order(bundle))
    inner = answer["serviceOrderItem"][0]["serviceOrderItem"][0]
    assert inner["state"] == "completed"
    assert "voiceNumber" in characteristics(inner["service"])
    assert len(network.effects()["services"]) == 2


def test_a_service_from_elsewhere_is_adopted_unless_told_otherwise(network: Running) -> None:
    change = order(item("modify", service_id="old-1"))
    assert network.ask("POST", ORDERS, change)["state"] == "completed"
    network.reset()
    network.behave(unknown_service="refuse")
    answer = network.ask("POST", ORDERS, change)
    assert answer["errorMessage"][0]["code"] == "serviceUnknown"


def test_a_business_failure_is_an_order_that_failed(network: Running) -> None:
    network.behave(fail=[{"kind": "business", "specification": "Fibre*", "code": "noFreePort"}])
    answer = network.ask("POST", ORDERS, order(), Idempotency_Key="ada-1")
    assert answer["state"] == "failed"
    assert answer["serviceOrderItem"][0]["errorMessage"][0]["code"] == "noFreePort"
    network.behave()
    assert network.ask("POST", ORDERS, order(), Idempotency_Key="ada-1") == answer
    assert network.ask("POST", ORDERS, order(), Idempotency_Key="ada-2")["state"] == "completed"
    assert command(network, "ada-1")["effects"] == 0


def test_a_technical_failure_leaves_the_command_to_be_tried_again(network: Running) -> None:
    network.behave(fail=[{"kind": "technical", "count": 2}])
    for _ in range(2):
        error = refused(network, "POST", ORDERS, order(), Idempotency_Key="ada-1")
        assert (error["status"], error["code"]) == ("503", "networkUnavailable")
    assert network.ask("POST", ORDERS, order(), Idempotency_Key="ada-1")["state"] == "completed"
    counted = command(network, "ada-1")
    assert (counted["received"], counted["effects"]) == (3, 1)


def test_cancelling_a_completed_order_comes_too_late(network: Running) -> None:
    done = network.ask("POST", ORDERS, order())
    task = network.ask("POST", CANCELLATIONS, {"serviceOrder": {"id": done["id"]}})
    assert task["state"] == "terminatedWithError"
    assert task["errorMessage"]["code"] == "cancellationTooLate"
    assert network.ask("GET", f"{CANCELLATIONS}/{task['id']}") == task
    assert network.ask("GET", CANCELLATIONS) == [task]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "bodyNotObject"),
        ({}, "itemsMissing"),
        ({"serviceOrderItem": ["x"]}, "notObject"),
        (
            order({"action": "add", "service": {"serviceSpecification": {"id": "s"}}}),
            "itemIdMissing",
        ),
        (order({**item(), "action": "remove"}), "actionUnknown"),
        (order({"id": "1", "action": "add"}), "serviceMissing"),
        (order({"id": "1", "action": "add", "service": {}}), "specificationMissing"),
        (order(item("modify")), "serviceIdMissing"),
        (order(item(), item()), "itemIdNotUnique"),
        (order(externalId=5), "notText"),
    ],
)
def test_an_order_that_is_not_valid_is_refused(network: Running, body: object, code: str) -> None:
    error = refused(network, "POST", ORDERS, body)
    assert error["status"] == "400"
    assert [fault["code"] for fault in error["fault"]] == [code]
    assert network.effects()["commands"] == []


def test_all_faults_come_at_once_with_their_paths(network: Running) -> None:
    wrong = item()
    wrong["service"] |= {"state": "on", "serviceCharacteristic": [{"name": "x"}]}
    error = refused(network, "POST", ORDERS, order(item(id="0"), wrong))
    assert {fault["path"] for fault in error["fault"]} == {
        "serviceOrderItem[1].service.state",
        "serviceOrderItem[1].service.serviceCharacteristic[0]",
    }


def test_lists_are_filtered_paged_and_cut(network: Running) -> None:
    for number in range(3):
        network.ask("POST", ORDERS, order(externalId=f"ada-{number}"))
    (second,) = network.ask("GET", f"{ORDERS}?offset=1&limit=1&fields=externalId")
    assert set(second) == {"id", "href", "externalId"}
    assert second["externalId"] == "ada-1"
    assert network.ask("GET", f"{ORDERS}?state=failed") == []
    assert refused(network, "GET", f"{ORDERS}?color=red", None)["code"] == "filterUnknown"
    assert refused(network, "GET", f"{ORDERS}?limit=x", None)["code"] == "notNumber"


def test_what_does_not_exist_is_not_found(network: Running) -> None:
    assert refused(network, "GET", f"{ORDERS}/none", None)["code"] == "notFound"
    assert refused(network, "GET", "/nowhere", None)["code"] == "notFound"
    assert refused(network, "DELETE", ORDERS, None)["code"] == "methodNotAllowed"
    unknown = {"serviceOrder": {"id": "none"}}
    assert refused(network, "POST", CANCELLATIONS, unknown)["code"] == "orderUnknown"
    assert refused(network, "POST", CANCELLATIONS, {})["code"] == "orderMissing"
