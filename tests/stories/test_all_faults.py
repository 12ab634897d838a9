"""An order with many mistakes is refused once, with all of them, each at its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.test_move import sold
from tests.support.operator import ORDER, PRODUCT, Customer, Operator, Record, codes

ITEM = "productOrderItem[0]"
SPEED = f"{ITEM}.product.productCharacteristic[0].value"
NOBODY = "01890000-0000-7000-8000-000000000000"
Wrong = Callable[[Customer, Record], None]


def change(path: str, value: object) -> Wrong:
    """Return what sets (or, for None, takes out) one attribute of the order."""

    def apply(_: Customer, body: Record) -> None:
        *way, last = path.split(".")
        at: Any = body
        for name in way:
            at = at[int(name)] if name.isdecimal() else at[name]
        if value is None:
            del at[last]
        else:
            at[last] = value

    return apply


def of_item(path: str, value: object) -> Wrong:
    """Return what sets (or takes out) one attribute of the first item."""
    return change(f"productOrderItem.0.{path}", value)


def foreign_account(ada: Customer, body: Record) -> None:
    body["billingAccount"] = {"id": ada.operator.ada().account}


def foreign_product(ada: Customer, body: Record) -> None:
    other = ada.operator.ada()
    product = other.has(other.fibre("1", 100)).product()["id"]
    body["productOrderItem"] = [ada.change("1", "suspend", product)]


def unknown_product(ada: Customer, body: Record) -> None:
    body["productOrderItem"] = [ada.change("1", "delete", NOBODY)]


def ended_product(ada: Customer, body: Record) -> None:
    product = ada.has(ada.fibre("1", 100)).product()["id"]
    ada.has(ada.change("1", "delete", product))
    body["productOrderItem"] = [ada.faster(product)]


def two_of_one_product(ada: Customer, body: Record) -> None:
    product = ada.has(ada.fibre("1", 100)).product()["id"]
    body["productOrderItem"] = [
        ada.faster(product), ada.change("2", "delete", product),
    ]  # fmt: skip


def two_customers(ada: Customer, body: Record) -> None:
    body["relatedParty"].append({"id": ada.operator.ada().id, "role": "customer"})


def other_currency(_: Customer, body: Record) -> None:
    price = {"priceType": "recurring", "price": {"dutyFreeAmount": {"value": 9, "unit": "USD"}}}
    euro = {"priceType": "recurring", "price": {"dutyFreeAmount": {"value": 9, "unit": "EUR"}}}
    body["productOrderItem"][0]["itemPrice"] = [euro, price]


def promised_too_early(_: Customer, body: Record) -> None:
    body["committedCompletionDate"] = "2027-01-01T00:00:00Z"
    body["productOrderItem"][0]["committedCompletionDate"] = "2027-02-01T00:00:00Z"


def foreign_site(ada: Customer, body: Record) -> None:
    other = {"id": ada.operator.ada().places[0], "@referredType": "GeographicSite"}
    body["productOrderItem"][0]["product"]["place"] = [{**other, "role": "installation"}]


def nowhere(ada: Customer, body: Record) -> None:
    product = ada.has(ada.fibre("1", 100)).product()["id"]
    body["productOrderItem"] = [ada.change("1", "modify", product) | {"operation": "move"}]


def circle(ada: Customer, body: Record) -> None:
    first, second = ada.fibre("1"), ada.voice("2")
    first["productOrderItemRelationship"] = [{"id": "2", "relationshipType": "reliesOn"}]
    second["productOrderItemRelationship"] = [{"id": "1", "relationshipType": "reliesOn"}]
    body["productOrderItem"] = [first, second]


# What is wrong, where the answer says so (after a dot: in the first item), and its code.
TABLE: dict[str, tuple[Wrong, str, str]] = {
    "no items": (change("productOrderItem", None), "productOrderItem", "missing"),
    "an empty list of items": (change("productOrderItem", []), "productOrderItem", "badValue"),
    "an item without id": (of_item("id", None), ".id", "missing"),
    "an id that is too long": (of_item("id", "x" * 41), ".id", "badValue"),
    "an item without action": (of_item("action", None), ".action", "missing"),
    "an action that is none": (of_item("action", "frob"), ".action", "badValue"),
    "no offering": (of_item("productOffering", None), ".productOffering", "offeringMissing"),
    "an offering without id": (
        of_item("productOffering", {"name": "Fibre"}), ".productOffering.id", "missing",
    ),
    "an offering that is unknown": (
        of_item("productOffering.id", NOBODY), ".productOffering.id", "danglingReference",
    ),
    "a specification that is unknown": (
        of_item("product.productSpecification", {"id": NOBODY}),
        ".product.productSpecification.id",
        "danglingReference",
    ),
    "a change without product": (of_item("action", "modify"), ".product.id", "productMissing"),
    "a change of an unknown product": (unknown_product, ".product.id", "danglingReference"),
    "a change of an ended product": (ended_product, ".product.id", "productNotActive"),
    "a product of somebody else": (foreign_product, ".product.id", "productForeign"),
    "one product in two items": (
        two_of_one_product, "productOrderItem[1].product.id", "productTwice",
    ),
    "no related party": (change("relatedParty", None), "relatedParty", "customerMissing"),
    "a party that is no customer": (
        change("relatedParty.0.role", "seller"), "relatedParty", "customerMissing",
    ),
    "a customer that is unknown": (
        change("relatedParty.0.id", NOBODY), "relatedParty[0].id", "danglingReference",
    ),
    "two customers": (two_customers, "relatedParty[1].role", "customerTwice"),
    "somebody else's account": (foreign_account, "billingAccount.id", "billingAccountForeign"),
    "an account that is unknown": (
        change("billingAccount.id", NOBODY), "billingAccount.id", "danglingReference",
    ),
    "somebody else's site": (foreign_site, ".product.place[0].id", "siteForeign"),
    "a move to nowhere": (nowhere, ".product.place", "placeMissing"),
    "two currencies": (other_currency, ".itemPrice[1].price.dutyFreeAmount.unit", "currencyMixed"),
    "a quantity of none": (of_item("quantity", 0), ".quantity", "quantityInvalid"),
    "a value that is not offered": (
        of_item("product.productCharacteristic.0.value", 7), SPEED, "characteristicValue",
    ),
    "a start after the end": (
        change("requestedCompletionDate", "2020-01-01T00:00:00Z"),
        "requestedCompletionDate",
        "endsBeforeStart",
    ),
    "a promise before the item's": (
        promised_too_early, "committedCompletionDate", "committedBeforeItem",
    ),
    "items that wait for each other": (
        circle, "productOrderItem[1].productOrderItemRelationship[0]", "itemCircle",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_mistake_is_named_at_its_place(operator: Operator, name: str) -> None:
    apply, path, code = TABLE[name]
    path = f"{ITEM}{path}" if path.startswith(".") else path
    ada = operator.ada()
    body = ada.body(ada.fibre("1"), requestedStartDate="2020-06-01T00:00:00Z")
    apply(ada, body)
    before = operator.site.rows("select count(*) from product_order")
    answer = operator.staff.post(ORDER, body)
    assert answer.status_code == 400, answer.json
    found = {(one["path"], one["code"]) for one in answer.json["fault"]}
    assert (path, code) in found, found
    assert all(one["message"] for one in answer.json["fault"])
    assert operator.site.rows("select count(*) from product_order") == before


def test_all_mistakes_of_all_items_come_in_one_answer(operator: Operator) -> None:
    """Three items with five mistakes and a header with one: six faults, nothing stored."""
    ada = operator.ada()
    wrong_speed = ada.fibre("1")
    wrong_speed["product"]["productCharacteristic"][0]["value"] = 7
    no_offering = ada.voice("2")
    del no_offering["productOffering"]
    twice = ada.fibre("3") | {"quantity": 0}
    twice["product"]["productCharacteristic"][2]["value"] = "drone"
    account = operator.ada().account
    body = ada.body(wrong_speed, no_offering, twice, billingAccount={"id": account})
    answer = operator.staff.post(ORDER, body)
    assert answer.status_code == 400
    third = "productOrderItem[2]"
    assert {path for _, path in codes(answer)} >= {
        SPEED,
        "productOrderItem[1].productOffering",
        f"{third}.quantity",
        f"{third}.product.productCharacteristic[2].value",
        "billingAccount.id",
    }
    assert operator.find(PRODUCT, relatedParty__id=ada.id) == []
    assert operator.find(ORDER, relatedParty__id=ada.id) == []


def test_what_is_at_a_place_is_ordered_with_one(operator: Operator) -> None:
    """A line, and a voice that shares it, are refused without a place, each at its own item;
    mobile needs none, a part is where its whole is, and a draft may wait for its place."""
    ada, sale = operator.ada(), sold(operator)
    phone = {"id": "3", "action": "add", "productOffering": {"id": sale}, "product": {}}
    mobile = ada.add("4", "Mobile M", at=None)
    items = [
        ada.add("1", "Fibre 1G", at=None, downloadSpeed=1000, uploadSpeed=500, installation="self"),
        ada.add("2", "Voice Flat", at=None, lines=1), phone, mobile,
    ]  # fmt: skip
    refused = ada.refused(*items)
    assert codes(refused) == {
        ("placeMissing", f"productOrderItem[{n}].product.place") for n in range(3)
    }
    draft = operator.make(ORDER, ada.body(*items[:1], state="pending"))
    sent = operator.staff.patch(f"{ORDER}/{draft['id']}", {"state": "acknowledged"})
    assert codes(sent) == {("placeMissing", f"{ITEM}.product.place")}
    right = {"state": "acknowledged", "productOrderItem": [ada.fibre("1")]}
    assert operator.staff.patch(f"{ORDER}/{draft['id']}", right).status_code == 200
    mobile_only = ada.has(mobile)
    assert mobile_only.product("4")["status"] == "active"
