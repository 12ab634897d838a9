"""The ways in which orders are captured: one validation behind all of them, and one order model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.ordering.ways import (
    CARD,
    GOOD,
    KINDS,
    MISTAKE,
    OF_CHANGES,
    ORDER,
    OTHERS,
    OWN,
    SERVICE,
    SERVICE_ORDER,
    TASK,
    TOO_MANY,
    WAYS,
    WRONG,
    Path,
    Values,
    Wanted,
    by_page,
    by_tmf622,
)
from tests.support.program import Site
from trunkline.ordering.capture.credit_check import CreditAnswer, CreditQuestion, use_credit_check
from trunkline.ordering.payment.payments import PaymentAnswer, PaymentRequest, use_payments


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    """A shop whose customer has a line already, which what is added shares."""
    made = Shop.open(site)
    ordered(made)
    return made


def model(shop: Shop, ident: str) -> dict[str, Any]:
    """Return what an order is, apart from what tells one from another."""
    order = shop.read(ident)
    (item,) = order["productOrderItem"]
    product = item["product"]
    return {
        "state": order["state"],
        "customer": [one["id"] for one in order["relatedParty"] if one["role"] == "customer"],
        "account": order["billingAccount"]["id"],
        "action": (item["action"], item.get("quantity", 1)),
        "offering": (item.get("productOffering") or {}).get("id"),
        "values": {one["name"]: one["value"] for one in product["productCharacteristic"]},
        "places": [one["id"] for one in product.get("place", [])],
        "prices": [one["price"] for one in item.get("itemPrice", [])],
        "steps": shop.steps(ident),
    }


def ordered(shop: Shop) -> str:
    """Return a product that the customer has."""
    order = shop.order(shop.fibre())
    shop.site.work()
    return str(shop.products(shop.read(order))[0]["id"])


def services_of(shop: Shop, order: str, name: str) -> list[str]:
    """Return the services of a kind that an order is about."""
    rows = shop.site.rows(
        "select distinct s.id::text from service s join plan_item p on p.service = s.id "
        "where p.root = %s and s.doc::jsonb -> 'serviceSpecification' ->> 'name' = %s",
        order, name,
    )  # fmt: skip
    return [one for (one,) in rows]


def service_of(shop: Shop, order: str, name: str) -> dict[str, Any]:
    """Return what an order made of a service, apart from what tells one from another."""
    found = shop.site.admin.get(f"{SERVICE}/{services_of(shop, order, name)[0]}").json
    return {
        "state": found["state"],
        "customer": [one["id"] for one in found["relatedParty"] if one["role"] == "customer"],
        "values": {one["name"]: one["value"] for one in found["serviceCharacteristic"]},
        "places": [one["id"] for one in found.get("place", [])],
    }


@dataclass
class Counter:
    """A credit house that knows everybody, and a provider that takes every payment."""

    asked: int = 0
    paid: int = 0

    def ask(self, _question: CreditQuestion) -> CreditAnswer:
        self.asked += 1
        return CreditAnswer("accept", "pays well")

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.paid += request.action == "capture"
        return PaymentAnswer("done", payment="P1")

    def find(self, _request: PaymentRequest) -> None:
        return None


@contextmanager
def looked_at_first(shop: Shop) -> Iterator[Counter]:
    """Let every order be looked at in all ways that there are."""
    admin, counter = shop.site.admin, Counter()
    use_credit_check(shop.site.services, counter)
    use_payments(shop.site.services, counter)
    deposit = {"deposit": {"unit": "EUR", "value": 40}}
    made = [
        admin.post(f"{OWN}/orderPolicy", {"name": one, "effect": one, **more}).json["id"]
        for one, more in (("approval", {}), ("task", {}), ("creditCheck", {}),
                          ("prepayment", deposit))
    ]  # fmt: skip
    yield counter
    for one in made:
        assert admin.delete(f"{OWN}/orderPolicy/{one}").status_code == 204
    use_payments(shop.site.services, None)
    shop.site.services.extra.pop("credit_check")


def held_tasks(shop: Shop, orders: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return by way what is asked for about its order, by kind of task."""
    shop.site.work()
    found: dict[str, dict[str, Any]] = {one: {} for one in orders}
    for way, order in orders.items():
        query = f"{KINDS.get(way, 'productOrder')}.id={order}"
        for one in shop.site.admin.get(TASK, query_string=query).json:
            found[way][one["kind"]] = one
    return found


def read(shop: Shop, way: str, order: str) -> dict[str, Any]:
    path = SERVICE_ORDER if way in KINDS else ORDER
    found: dict[str, Any] = shop.site.admin.get(f"{path}/{order}").json
    return found


@pytest.mark.accepts("ORD-01")
def test_nine_ways_refuse_hold_and_make_the_same(shop: Shop) -> None:
    """On each of the nine ways a wrong order is refused with the same words and nothing is
    ordered; the right one waits for a task, the credit check, the deposit and the approval before
    anything is made; then it becomes the same order of two with the same plan, and is delivered."""
    held = [ordered(shop) for _ in range(2)]
    mistake = Wanted(dict(MISTAKE), quantity=1001)
    refused = {name: way(shop, mistake).faults for name, way in WAYS.items()}
    assert refused == dict.fromkeys(WAYS, {*WRONG, TOO_MANY})
    change = {"uploadSpeed": 7, "installation": "balloon"}
    assert by_page(shop, Wanted(change, held[0])).faults == WRONG
    right = {"installation": "technician"}
    with looked_at_first(shop) as counter:
        made = {name: way(shop, Wanted(dict(GOOD), quantity=2)).order for name, way in WAYS.items()}
        by_default = by_tmf622(shop, Wanted(dict(right), held[0])).order
        made["inventory"] = by_page(shop, Wanted(dict(right), held[1])).order
        assert len(made) == 9
        release(shop, made | {"other": by_default})
        assert (counter.asked, counter.paid) == (10, 10)
    assert model(shop, made.pop("inventory")) == model(shop, by_default)
    plain = model(shop, made["published interface"])
    assert plain["state"] == "completed"
    services = made.pop("services")
    assert {name: model(shop, one) for name, one in made.items()} == dict.fromkeys(made, plain)
    alone = shop.site.admin.get(f"{SERVICE_ORDER}/{services}").json
    assert alone["state"] == plain["state"]
    of_products = made["published interface"], "Internet Access"
    assert service_of(shop, services, "Home Line") == service_of(shop, *of_products)
    assert len(services_of(shop, services, "Home Line")) == 2
    assert len(services_of(shop, *of_products)) == 2


def release(shop: Shop, orders: dict[str, str]) -> None:
    """Do what is asked for about orders, one kind after the other; nothing is made before."""
    post = shop.site.admin.post
    for name, asked in held_tasks(shop, orders).items():
        assert asked.keys() == {"task", "creditCheck", "prepayment"}, name
        assert asked["creditCheck"]["result"] == "accept", name
        assert read(shop, name, orders[name])["state"] == "acknowledged"
        for kind, verb, said in (("task", "complete", {}), ("prepayment", "pay", CARD)):
            answer = post(f"{TASK}/{asked[kind]['id']}/{verb}", said)
            assert answer.status_code == 200, answer.json
    for name, asked in held_tasks(shop, orders).items():
        assert asked["approval"]["state"] == "open", name
        assert shop.steps(orders[name]) == {}, name
        address = f"{OWN}/{KINDS.get(name, 'productOrder')}/{orders[name]}/approve"
        assert post(address, {}).json["internalState"] == "acknowledged", name
    shop.site.work()


@pytest.mark.parametrize("path", OTHERS, ids=lambda one: one.__name__)
def test_a_new_product_is_ordered_alike_on_each_way(shop: Shop, path: Path) -> None:
    """A wrong order is refused with the same faults as by TMF622, and nothing is ordered; the
    right one becomes the same order with the same plan, and is delivered."""
    wrong, right = Wanted(dict(MISTAKE)), Wanted(dict(GOOD))
    assert by_tmf622(shop, wrong).faults == WRONG
    assert path(shop, wrong).faults == WRONG
    found = [one(shop, right).order for one in (by_tmf622, path)]
    shop.site.work()
    plain, other = (model(shop, one) for one in found)
    assert plain["state"] == "completed"
    assert other == plain


@pytest.mark.parametrize("path", OF_CHANGES, ids=lambda one: one.__name__)
def test_a_product_is_changed_alike_on_each_way(shop: Shop, path: Path) -> None:
    """The same of a change of what the customer has."""
    held = [ordered(shop) for _ in range(2)]
    wrong: Values = {"uploadSpeed": 7, "installation": "balloon"}
    assert path(shop, Wanted(wrong, held[0])).faults == WRONG
    right: Values = {"installation": "technician"}
    ways = zip((by_tmf622, path), held, strict=True)
    found = [one(shop, Wanted(right, product)).order for one, product in ways]
    shop.site.work()
    plain, other = (model(shop, one) for one in found)
    assert other == plain
