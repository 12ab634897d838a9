"""The other systems that the simulator plays: companies, billing, payments, devices, inventory."""

from __future__ import annotations

from typing import Any

from tests.simulator.listener import Listener, command, item, order, refused
from trunkline.simulator.running import Running

COMPANIES = "/companies/tmf-api/party/v4/organization"
MESSAGE, BILLED = "/billing/v1/productMessage", "/billing/v1/product"
PAYMENT, REFUND = "/tmf-api/payment/v4/payment", "/tmf-api/payment/v4/refund"
RESOURCES = "/tmf-api/resourceOrderingManagement/v4"
INVENTORY = "/tmf-api/serviceInventory/v4/service"
NUMBER = "organizationIdentification.identificationId"
COUNTRY = "organizationIdentification.country"


def by_number(network: Running, number: str) -> list[Any]:
    found: list[Any] = network.ask("GET", f"{COMPANIES}?{NUMBER}={number}&{COUNTRY}=AT")
    return found


def message(sequence: int, **more: Any) -> dict[str, Any]:
    return {"sequence": sequence, "kind": "changed", "product": {"id": "p1", **more}}


def reserve(network: Running, key: str, token: str = "card", value: Any = 40) -> Any:
    body = {"amount": {"unit": "EUR", "value": value}, "paymentMethod": {"id": token}}
    return network.ask("POST", PAYMENT, body, Idempotency_Key=key)


def test_a_register_knows_companies_by_number(network: Running) -> None:
    (made_up,) = by_number(network, "FN1")
    assert by_number(network, "fn%201")[0]["id"] == made_up["id"]
    assert by_number(network, "FN10") == []
    numbers = [{"identificationId": "77", "country": "AT"}]
    mill = {"tradingName": "Mill", "organizationIdentification": numbers}
    network.behave(companies=[mill])
    assert (by_number(network, "77"), by_number(network, "FN1")) == ([mill], [])
    network.behave(companies_away=True)
    assert refused(network, "GET", f"{COMPANIES}?{NUMBER}=1", None)["status"] == "503"


def test_billing_counts_a_message_once_and_in_its_sequence(network: Running) -> None:
    for _ in range(2):
        network.ask("POST", MESSAGE, message(2, name="Fibre"), Idempotency_Key="m2")
    network.ask("POST", MESSAGE, message(1, name="Copper"), Idempotency_Key="m1")
    assert network.ask("GET", f"{BILLED}/p1")["product"]["name"] == "Fibre"
    assert (command(network, "m2")["received"], command(network, "m2")["effects"]) == (2, 1)
    assert [one["key"] for one in network.ask("GET", MESSAGE)] == ["m2", "m1"]
    error = refused(network, "POST", MESSAGE, {"kind": "changed"})
    assert {one["code"] for one in error["fault"]} == {"productMissing", "sequenceMissing"}
    network.behave(fail=[{"kind": "business", "key": "m3", "code": "accountClosed"}])
    later = refused(network, "POST", MESSAGE, message(3), Idempotency_Key="m3")
    assert (later["status"], later["code"]) == ("409", "accountClosed")
    assert network.ask("GET", f"{BILLED}/p1")["sequence"] == 2


def test_a_payment_is_reserved_taken_and_given_back(network: Running) -> None:
    paid = reserve(network, "a")
    assert paid == reserve(network, "a")
    assert (paid["status"], "paymentMethod" in paid) == ("authorized", False)
    assert network.ask("GET", f"{PAYMENT}?correlatorId=a") == [paid]
    taken = network.ask("POST", f"{PAYMENT}/{paid['id']}/capture", {}, Idempotency_Key="c")
    assert (taken["status"], taken["captured"]["value"]) == ("captured", 40)
    back = {"payment": {"id": paid["id"]}, "amount": {"value": 15}}
    assert network.ask("POST", REFUND, back, Idempotency_Key="r")["refunded"]["value"] == 15
    more = back | {"amount": {"value": 26}}
    assert refused(network, "POST", REFUND, more, Idempotency_Key="s")["code"] == "amountTooHigh"
    rest = network.ask("POST", REFUND, {"payment": {"id": paid["id"]}}, Idempotency_Key="t")
    assert (rest["status"], rest["refunded"]["value"]) == ("refunded", 40)


def test_payments_are_declined_and_let_go(network: Running) -> None:
    body = {"amount": {"unit": "EUR", "value": 0}}
    error = refused(network, "POST", PAYMENT, body)
    assert {one["code"] for one in error["fault"]} == {"tokenMissing", "amountMissing"}
    declined = {"amount": {"unit": "EUR", "value": 1}, "paymentMethod": {"id": "card-decline"}}
    assert refused(network, "POST", PAYMENT, declined, Idempotency_Key="d")["status"] == "409"
    (known,) = network.ask("GET", f"{PAYMENT}?correlatorId=d")
    assert known["errorMessage"]["code"] == "paymentDeclined"
    held = reserve(network, "b")
    freed = network.ask("POST", REFUND, {"payment": {"id": held["id"]}}, Idempotency_Key="f")
    assert freed["status"] == "released"
    capture = f"{PAYMENT}/{held['id']}/capture"
    assert refused(network, "POST", capture, {})["code"] == "paymentNotOpen"
    network.behave(mode="callback", delay_ms=600_000)
    assert reserve(network, "late")["status"] == "pending"
    network.release("orders")
    assert network.ask("GET", f"{PAYMENT}?correlatorId=late")[0]["status"] == "authorized"


def test_devices_are_ordered_and_services_read_from_the_inventory(network: Running) -> None:
    """TMF652 beside TMF641 and TMF622: the same troubles and cancellations."""
    about = {"name": "Router", "resourceSpecification": {"id": "router"}}
    body = {"orderItem": [{"id": "1", "action": "add", "resource": about}]}
    done = network.ask("POST", f"{RESOURCES}/resourceOrder", body, Idempotency_Key="dev")
    assert (done["state"], done["orderItem"][0]["state"]) == ("completed", "completed")
    assert done["orderItem"][0]["resource"]["id"]
    empty = refused(network, "POST", f"{RESOURCES}/resourceOrder", {"orderItem": [{"id": "1"}]})
    assert [one["code"] for one in empty["fault"]] == ["actionUnknown"]
    network.behave(mode="callback", delay_ms=600_000)
    late = network.ask("POST", f"{RESOURCES}/resourceOrder", body, Idempotency_Key="late")
    cancel = {"resourceOrder": {"id": late["id"]}}
    assert network.ask("POST", f"{RESOURCES}/cancelResourceOrder", cancel)["state"] == "done"
    assert network.ask("GET", f"{RESOURCES}/resourceOrder/{late['id']}")["state"] == "cancelled"
    network.behave()
    network.ask("POST", "/tmf-api/serviceOrdering/v4/serviceOrder", order(item()))
    (service,) = [one for one in network.ask("GET", INVENTORY) if one.get("name") != "Router"]
    slow = {"serviceCharacteristic": [{"name": "profile", "value": "10/1"}]}
    network.ask("PATCH", f"{INVENTORY}/{service['id']}", slow)
    found = network.ask("GET", f"{INVENTORY}/{service['id']}")["serviceCharacteristic"]
    assert {"name": "profile", "value": "10/1"} in found


def test_a_restart_keeps_what_was_billed_and_paid(tmp_path: Any) -> None:
    """The journal brings back messages and payments, and none of them counts again."""
    from trunkline.simulator.running import start

    with start(journal=tmp_path / "kept") as first:
        paid = reserve(first, "a", value=12.5)
        first.ask("POST", MESSAGE, message(1), Idempotency_Key="m")
    with start(journal=tmp_path / "kept") as again:
        assert again.ask("GET", f"{PAYMENT}/{paid['id']}")["status"] == "authorized"
        assert reserve(again, "a", value=12.5) == paid
        assert again.ask("GET", f"{BILLED}/p1")["sequence"] == 1
        assert command(again, "a")["effects"] == 1


def test_a_visit_comes_later_and_is_told_at_the_hub(network: Running, listener: Listener) -> None:
    """Times are offered by a search; a work order ends after the delay, with the numbers of what
    was fitted, and whoever asked for it at the hub is told with a bearer token."""
    field = "/tmf-api/workOrderManagement/v4"
    slots = network.ask("POST", "/tmf-api/appointment/v4/searchTimeSlot", {})["availableTimeSlot"]
    first = slots[0]["validFor"]
    assert first["startDateTime"] < first["endDateTime"]
    network.ask("POST", f"{field}/hub", {"callback": listener.url})
    network.behave(result_token="let-me-in")
    work = [{"id": "1", "work": {"name": "Fibre installation"}}]
    part = [{"name": "Terminal", "quantity": 2, "hasSerialNumber": True}, {"name": "Cable"}]
    body = {"externalId": "ours", "workOrderItem": work, "part": part}
    assert network.ask("POST", f"{field}/workOrder", body)["state"] == "acknowledged"
    (event,) = listener.wait(1)
    told = event.event["event"]["workOrder"]
    assert event.headers["authorization"] == "Bearer let-me-in"
    assert event.path.endswith("/listener/workOrderStateChangeEvent")
    assert (told["externalId"], told["state"]) == ("ours", "completed")
    assert len({one["serialNumber"] for one in told["result"]["device"]}) == 2
