"""Ada buys what partly lies in her house already: the order is built on it and makes the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import OWN, SERVICE, Customer, Operator, Record, codes, linked


def installed(customer: Customer, offering: str = "Voice Flat") -> Record:
    """Put a service and what it runs on into the inventory as if it had always been there."""
    twin = customer.operator.ada()
    order = twin.has(twin.voice("1")) if offering == "Voice Flat" else twin.has(twin.fibre("1"))
    (ident,) = linked(order.product(), "realizingService")
    found = customer.operator.read(SERVICE, ident)
    kept = ("name", "serviceSpecification", "serviceType", "serviceCharacteristic")
    body = {name: found[name] for name in kept if name in found}
    owner = [{"id": customer.id, "role": "customer", "@referredType": "Customer"}]
    return customer.operator.make(SERVICE, {**body, "state": "active", "relatedParty": owner})


def on(item: Record, *services: Record) -> Record:
    """Return an item whose product is built on existing services."""
    item["operation"] = "link"
    item["product"]["realizingService"] = [{"id": one["id"]} for one in services]
    return item


@pytest.mark.accepts("MAC-11")
def test_a_product_is_built_on_an_existing_service(operator: Operator) -> None:
    """The service that is there is taken: the order makes no second one, says so beforehand, and
    the product has it; it is not free for another product then."""
    ada = operator.ada()
    there = installed(ada)
    before = {one["id"] for one in operator.find(SERVICE, relatedParty__id=ada.id)}
    assert before == {there["id"]}
    told: dict[str, Any] = operator.staff.post(
        f"{OWN}/simulate", ada.body(on(ada.voice("1"), there))
    ).json
    made = [one["name"] for one in told["item"] if one["action"] == "add"]
    assert there["name"] not in made
    order = ada.has(on(ada.voice("1"), there))
    assert linked(order.product(), "realizingService") == {there["id"]}
    after = operator.find(SERVICE, relatedParty__id=ada.id, name=there["name"].replace(" ", "%20"))
    assert [one["id"] for one in after] == [there["id"]]
    path = "productOrderItem[0].product.realizingService[0].id"
    again = ada.refused(on(ada.voice("1"), there))
    assert codes(again) == {("linkTaken", path)}
    assert order.product()["key"] in again.json["fault"][0]["message"]
    ended = ada.has(ada.change("1", "delete", order.product()["id"]))
    assert (ended.state, operator.read(SERVICE, there["id"])["state"]) == (
        "completed", "terminated"
    )  # fmt: skip
    assert codes(ada.refused(on(ada.voice("1"), there))) == {("linkEnded", path)}


@pytest.mark.accepts("MAC-11")
def test_what_does_not_fit_is_not_linked(operator: Operator) -> None:
    """A neighbour's service, one of another kind, and one that an open order builds on already."""
    ada = operator.ada()
    path = "productOrderItem[0].product.realizingService[0].id"
    bea = operator.ada()
    assert codes(ada.refused(on(ada.voice("1"), installed(bea)))) == {("linkForeign", path)}
    fibre = installed(ada, "Fibre 1G")
    assert codes(ada.refused(on(ada.voice("1"), fibre))) == {("linkMismatch", path)}
    there = installed(ada)
    waiting = ada.orders(on(ada.voice("1"), there), requestedStartDate="2031-01-01T00:00:00Z")
    busy = ada.refused(on(ada.voice("1"), there))
    assert codes(busy) == {("conflictOpenOrder", path)}
    assert waiting.key in busy.json["fault"][0]["message"]
