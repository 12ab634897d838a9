"""The last child of an order closes: the order closes by itself and what serves it begins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.operator import OWN, Operator, Record

BASE = "/api/contract/v1"
DEFINITION, SERVICE, ENTITLEMENT = (
    f"{BASE}/entitlementDefinition", f"{BASE}/serviceContract", f"{BASE}/entitlement",
)  # fmt: skip
VERIFY = f"{BASE}/entitlementVerification"
NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort"}


@pytest.fixture
def helped(operator: Operator) -> Iterator[Operator]:
    """The operator while its fastest fibre brings help; other stories know nothing of it."""
    body = {
        "code": "fibre-help", "name": "Fibre help", "coverageKind": "coverage", "termMonths": 24,
        "productOffering": [{"id": operator.offerings["Fibre 1G"]}],
        "serviceLevel": [{"metric": "response", "target": 8, "unit": "hours"}],
    }  # fmt: skip
    made = operator.find(DEFINITION, code="fibre-help") or [operator.make(DEFINITION, body)]
    address = f"{DEFINITION}/{made[0]['id']}"
    assert operator.staff.patch(address, {"isOff": False}).status_code == 200
    yield operator
    assert operator.staff.patch(address, {"isOff": True}).status_code == 200


@pytest.mark.accepts("E2E-04", "CON-02")
def test_the_order_closes_and_its_service_begins(helped: Operator) -> None:
    """Fibre for two sites, set up by technicians. While they are on their way there is a draft of a
    service contract for each site, with its help. One has been: nothing begins. With the report of
    the last the order closes by itself, the inventory is active, both service contracts and their
    help are in force, and each step of that stands in the events and in the audit trail."""
    company = helped.company("North", "South")
    items = [company.fibre(one, installation="technician") for one in ("1", "2")]
    items[1]["product"]["place"][0]["id"] = company.places[1]
    order = company.orders(*items)
    helped.settle()

    def served() -> list[Record]:
        return helped.find(SERVICE, **{"productOrder.id": order.id})

    def helps() -> list[Record]:
        return [
            right for one in served()
            for right in helped.find(ENTITLEMENT, **{"serviceContract.id": one["id"]})
        ]  # fmt: skip

    assert order.state == "inProgress"
    assert {one["place"]["id"] for one in served()} == set(company.places)
    assert [one["state"] for one in [*served(), *helps()]] == ["draft"] * 4
    question = {"customer": company.id, "product": order.product("1")["id"]}
    assert helped.staff.post(VERIFY, question).json["reason"] == "notActive"
    visits = [one["id"] for one in order.plan["item"]
              if one["kind"] == "manual" and one["state"] == "ready"]  # fmt: skip
    assert len(visits) == 2
    for number, task in enumerate(visits):
        assert order.state == "inProgress"
        assert {one["state"] for one in served()} == {"draft"}
        report = {"evidence": f"photo {number}"}
        answer = helped.staff.post(f"{OWN}/task/{task}/complete", report)
        assert answer.status_code == 200, answer.json
        helped.settle()
    assert order.state == "completed"
    for parts in (order.service_orders, order.resource_orders):
        assert {one["state"] for one in parts.values()} == {"completed"}
    assert {order.product(one)["status"] for one in ("1", "2")} == {"active"}
    assert {one["state"] for one in order.services.values()} == {"active"}
    assert [one["state"] for one in [*served(), *helps()]] == ["active"] * 4
    completed = order.read()["completionDate"]
    for one in served():
        assert one["validFor"]["startDateTime"] == completed
        (changed,) = [
            each for each in helped.events(one["id"], "ServiceContractStateChangeEvent")
            if each["event"]["serviceContract"]["state"] == "active"
        ]  # fmt: skip
        made = helped.events(one["id"], "ServiceContractCreateEvent")
        assert len(made) == 1
        assert made[0]["eventTime"] <= completed <= changed["eventTime"]
        assert [action for *_, action in helped.audit(one["id"])][:1] == ["create"]
        assert "update" in [action for *_, action in helped.audit(one["id"])]
    assert "completed" in {
        one["event"]["productOrder"]["state"]
        for one in helped.events(order.id, "ProductOrderStateChangeEvent")
    }
    told = helped.staff.post(VERIFY, question).json
    assert told["isEntitled"] is True
    assert told["entitlement"][0]["serviceLevel"][0]["target"] == 8


@pytest.mark.accepts("CON-02")
def test_an_order_that_is_called_off_leaves_nothing_in_force(helped: Operator) -> None:
    """Fibre for which there is no port is called off: its service contract and help, too."""
    helped.network.behave(fail=[NO_PORT])
    ada = helped.ada()
    order = ada.orders(ada.fibre("1"))
    helped.settle()
    (one,) = helped.find(SERVICE, **{"productOrder.id": order.id})
    order.cancel()
    helped.settle()
    assert order.state == "cancelled"
    assert helped.read(SERVICE, one["id"])["state"] == "cancelled"
    (right,) = helped.find(ENTITLEMENT, **{"serviceContract.id": one["id"]})
    assert right["state"] == "cancelled"
