"""An order is entered late: it counts from its start, where somebody with the right says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.operator import ORDER, PRODUCT, Customer, Operator, Order, codes
from tests.support.program import Client
from trunkline.kernel.actor import Grant

ORDERS = {f"*:{verb}": Grant() for verb in ("read", "create", "update")}
RIGHT = {"ordering:retroactive": Grant()}


def back(days: float) -> str:
    """Return the instant so many days ago."""
    moment = datetime.now(UTC) - timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def clerk(operator: Operator, name: str, grants: dict[str, Grant]) -> Client:
    operator.site.role(name, grants)
    return operator.site.user(name, roles=[name], scopes=tuple(grants))


@pytest.fixture
def ada(operator: Operator) -> Customer:
    return operator.ada()


@pytest.mark.accepts("TAM-CO-01")
def test_an_order_in_the_past_takes_the_right(operator: Operator, ada: Customer) -> None:
    """Refused without the permission, for the whole order and for a product's own start, also as
    a draft is submitted and where the order is only simulated; with it the product has begun on
    that day, and billing hears so. A start earlier today needs nothing."""
    agent, chief = clerk(operator, "agent", ORDERS), clerk(operator, "chief", ORDERS | RIGHT)
    late = ada.body(ada.fibre("1"), requestedStartDate=back(20))
    refused = agent.post(ORDER, late)
    assert refused.status_code == 400, refused.json
    assert codes(refused) == {("retroactiveNotAllowed", "requestedStartDate")}
    item = ada.fibre("1")
    item["product"]["startDate"] = back(20)
    assert codes(agent.post(ORDER, ada.body(item))) == {
        ("retroactiveNotAllowed", "productOrderItem[0].product.startDate")
    }
    draft = agent.post(ORDER, {**late, "state": "pending"})
    assert draft.status_code == 201, draft.json
    submitted = agent.post(f"/api/ordering/v1/productOrder/{draft.json['id']}/submit")
    assert codes(submitted) == {("retroactiveNotAllowed", "requestedStartDate")}

    taken = chief.post(ORDER, late)
    assert (taken.status_code, taken.json["isRetroactive"]) == (201, True)
    order = Order(operator, taken.json["id"])
    operator.settle()
    assert order.state == "completed"
    product = order.product()
    assert product["startDate"][:19] == late["requestedStartDate"][:19]
    told = operator.events(product["id"], "ProductStateChangeEvent")[-1]["event"]["product"]
    assert (told["status"], told["startDate"]) == ("active", product["startDate"])
    today = agent.post(ORDER, ada.body(ada.voice("1"), requestedStartDate=back(0.5)))
    assert (today.status_code, "isRetroactive" in today.json) == (201, False), today.json
    operator.settle()
    assert Order(operator, today.json["id"]).product()["startDate"] > back(0.1)


@pytest.mark.accepts("TAM-CO-01")
def test_a_change_and_an_end_count_from_their_day(operator: Operator, ada: Customer) -> None:
    """The old price ends and the new one begins on the day in the past, the product ends on its
    day, and never before it began."""
    begun = ada.orders(ada.fibre("1", 100), requestedStartDate=back(30))
    operator.settle()
    ident = begun.product()["id"]
    change = ada.orders(ada.faster(ident, 500), requestedStartDate=back(20))
    operator.settle()
    assert change.state == "completed"
    periods = [one.get("validFor") for one in operator.read(PRODUCT, ident)["productPrice"]
               if one["priceType"] == "recurring"]  # fmt: skip
    day = change.read()["requestedStartDate"]
    assert periods == [{"endDateTime": day}, {"startDateTime": day}]
    end = ada.orders(ada.change("1", "delete", ident), requestedStartDate=back(10))
    operator.settle()
    ended = operator.read(PRODUCT, ident)
    assert (ended["status"], ended["terminationDate"]) == (
        "terminated", end.read()["requestedStartDate"],
    )  # fmt: skip

    other = ada.has(ada.fibre("1")).product()
    ada.orders(ada.change("1", "delete", other["id"]), requestedStartDate=back(10))
    operator.settle()
    assert operator.read(PRODUCT, other["id"])["terminationDate"] == other["startDate"]


def test_an_order_that_is_sent_in_is_not_moved_into_the_past(
    operator: Operator, ada: Customer
) -> None:
    order = ada.orders(ada.fibre("1"), requestedStartDate="2099-01-01T00:00:00Z")
    answer = operator.staff.patch(f"{ORDER}/{order.id}", {"requestedStartDate": back(20)})
    assert codes(answer) == {("conflictStartPast", "requestedStartDate")}
    answer = operator.staff.patch(f"{ORDER}/{order.id}", {"requestedStartDate": back(0.2)})
    assert answer.status_code == 200, answer.json
