"""A line's whole life by way of the network: begun, changed, paused, taken up again, ended."""

from __future__ import annotations

import pytest

from tests.ordering.scripted import ScriptedNetwork
from tests.support.operator import PRODUCT, SERVICE, Operator, values
from trunkline.ordering.command import activator_of, use_activator


@pytest.mark.accepts("ACT-01")
def test_every_verb_of_the_contract_reaches_the_network(operator: Operator) -> None:
    """Activate, modify, suspend, resume, deactivate and query, by the adapter to the simulated
    network; and the same order by an adapter that somebody else has written."""
    ada = operator.ada()
    bought = ada.has(ada.fibre("1", 100))
    product, line = bought.product("1")["id"], bought.services["Fibre Access"]["id"]

    def there() -> tuple[str, int]:
        found = operator.network.effects()["services"][line]
        return found["state"], values(found)["downloadSpeed"]

    assert there() == ("active", 100)
    ada.has(ada.faster(product))
    assert there() == ("active", 500)
    ada.has(ada.change("1", "suspend", product))
    assert there() == ("inactive", 500)
    ada.has(ada.change("1", "resume", product))
    assert there() == ("active", 500)
    operator.network.behave(lost_answer={"count": 1})
    ended = ada.has(ada.change("1", "delete", product))
    assert there() == ("terminated", 500)
    key = ended.step("Fibre Access")["request"]["key"]
    answer = activator_of(operator.site.services).query(key)
    assert answer is not None
    assert answer.kind == "done"

    other = ScriptedNetwork()
    use_activator(operator.site.services, other)
    ada.has(ada.fibre("1"))
    assert other.effects == [("Fibre Access", "add", "active")]


def test_a_pause_reaches_product_and_services_and_ends_again(operator: Operator) -> None:
    """Suspended, nothing but resuming or ending is allowed; ids, prices and values stay."""
    ada = operator.ada()
    bought = ada.has(ada.fibre("1"))
    before, services = bought.product("1"), bought.services
    paused = ada.has(ada.change("1", "suspend", before["id"]))
    item = paused.read()["productOrderItem"][0]
    assert (item["action"], item["operation"]) == ("modify", "suspend")
    assert operator.read(PRODUCT, before["id"])["status"] == "suspended"
    for one in services.values():
        assert operator.read(SERVICE, one["id"])["state"] == "inactive"
    refused = ada.refused(ada.faster(before["id"]))
    (fault,) = refused.json["fault"]
    assert fault["code"] == "productNotActive"
    assert before["key"] in fault["message"]
    ada.has(ada.change("1", "resume", before["id"]))
    after = operator.read(PRODUCT, before["id"])
    assert after["status"] == "active"
    for name in ("key", "startDate", "productPrice", "productCharacteristic"):
        assert after[name] == before[name]
    told = [
        one["event"]["product"]["status"]
        for one in operator.events(before["id"], "ProductStateChangeEvent")
    ]
    assert told == ["active", "suspended", "active"]


def test_a_pause_spares_the_line_that_others_use(operator: Operator) -> None:
    ada = operator.ada()
    bought = ada.has(ada.fibre("1"), ada.voice("2"))
    ada.has(ada.change("1", "suspend", bought.product("2")["id"]))
    assert operator.in_network() == {"Fibre Access": ["active"], "Voice Line": ["inactive"]}
    assert bought.product("1")["status"] == "active"


@pytest.mark.accepts("ACT-03")
def test_each_thing_the_network_did_can_be_traced_to_its_order(operator: Operator) -> None:
    """Every command that the network knows is a step of an order, with its request, its answer
    and its service order; there are no others."""
    ada = operator.ada()
    first = ada.has(ada.fibre("1", 100), ada.voice("2"))
    second = ada.has(ada.faster(first.product("1")["id"]))
    third = ada.has(ada.change("1", "delete", first.product("2")["id"]))
    traced = {
        step["request"]["key"]: step
        for order in (first, second, third)
        for step in order.plan["item"]
        if step["kind"] == "callout"
    }
    assert set(traced) == {one["key"] for one in operator.commands()}
    for one in operator.commands():
        step = traced[one["key"]]
        assert step["answer"]["externalId"] == one["id"]
        assert step["request"]["service"] == step["service"]
        made = operator.read("/tmf-api/serviceOrdering/v4/serviceOrder", step["serviceOrder"])
        assert made["state"] == "completed"
        assert made["serviceOrderItem"][0]["service"]["id"] == step["service"]
