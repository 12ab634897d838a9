"""Consumers, companies and wholesalers are told apart: by required fields, forms and prices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import CUSTOMER, OFFERING, Customer, Operator, Record, codes
from tests.web.browser import Browser, source_of

PRICE = "/tmf-api/productCatalogManagement/v4/productOfferingPrice"
EXTRA = "/api/governance/v1/extraAttribute"
LIVE = {"lifecycleStatus": "Active"}


def of_type(operator: Operator, customer: Customer, kind: str, **more: Any) -> Any:
    return operator.staff.patch(f"{CUSTOMER}/{customer.id}", {"customerType": kind, **more})


def price(operator: Operator, name: str, amount: int, *kinds: str, kind: str = "recurring") -> str:
    body: Record = {"name": name, "priceType": kind, "price": {"unit": "EUR", "value": amount},
                    "customerType": list(kinds), **LIVE}  # fmt: skip
    if kind == "recurring":
        body |= {"recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
    ident: str = operator.make(PRICE, body)["id"]
    return ident


def paid(operator: Operator, customer: Customer, offering: str) -> dict[str, str]:
    """Return what a customer pays for a thing that is ordered: amounts by name."""
    item = {"id": "1", "action": "add", "quantity": 1, "productOffering": {"id": offering}}
    order = customer.orders(item)
    (line,) = order.read()["productOrderItem"]
    return {one["name"]: str(one["price"]["dutyFreeAmount"]["value"]) for one in line["itemPrice"]}


@pytest.mark.accepts("FND-11")
def test_what_is_required_shown_and_paid_depends_on_who_it_is(
    operator: Operator, browser: Browser
) -> None:
    """A company has to say its purchase number, which stands in its form and not in a consumer's;
    a wholesaler pays prices of its own in place of those for everybody, a company one charge more.
    All three are found by their type; another type than these is refused."""
    ada, engines, carrier = operator.ada(), operator.company("Hall"), operator.company("Exchange")
    only = "record.customerType == 'company'"
    rule = {"recordType": "Customer", "name": "purchaseNumber", "kind": "text", "required": True,
            "label": "Purchase number", "condition": only}  # fmt: skip
    made = operator.make(EXTRA, rule)
    assert of_type(operator, ada, "consumer").status_code == 200
    refused = of_type(operator, engines, "company")
    assert (refused.status_code, {path for _, path in codes(refused)}) == (400, {"purchaseNumber"})
    assert of_type(operator, engines, "company", purchaseNumber="PN-7").status_code == 200
    assert of_type(operator, carrier, "wholesale").status_code == 200
    assert codes(of_type(operator, ada, "duchess"))

    def form(customer: Customer) -> str:
        return source_of(browser.get(f"/r/customer/{customer.id}/edit"))

    assert "Purchase number" in form(engines)
    assert "Purchase number" not in form(ada)
    for customer, kind in ((ada, "consumer"), (engines, "company"), (carrier, "wholesale")):
        ids = {one["id"] for one in operator.find(CUSTOMER, customerType=kind)}
        assert ids & {ada.id, engines.id, carrier.id} == {customer.id}

    prices = [
        price(operator, "For everybody", 40),
        price(operator, "Set-up", 10, kind="oneTime"),
        price(operator, "For wholesale", 25, "wholesale"),
        price(operator, "Service desk", 5, "company", kind="usage"),
    ]
    offering = operator.make(OFFERING, {
        "name": "Line by type", "isSellable": True, **LIVE,
        "productOfferingPrice": [{"id": one} for one in prices],
    })["id"]  # fmt: skip
    assert paid(operator, ada, offering) == {"For everybody": "40", "Set-up": "10"}
    assert paid(operator, carrier, offering) == {"For wholesale": "25", "Set-up": "10"}
    assert paid(operator, engines, offering) == {
        "For everybody": "40", "Set-up": "10", "Service desk": "5",
    }  # fmt: skip
    assert operator.staff.delete(f"{EXTRA}/{made['id']}").status_code == 204
