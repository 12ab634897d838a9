"""A seller changes many lines of an order at once: as a draft, and while it is approved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ORDER, OWN, Operator, Order, codes

POLICY = f"{OWN}/orderPolicy"


def edit(order: Order, **said: Any) -> Any:
    return order.operator.staff.post(f"{OWN}/productOrder/{order.id}/editLines", said)


def lines(order: Order) -> dict[str, Any]:
    return {one["id"]: one for one in order.read()["productOrderItem"]}


def discounts(order: Order) -> dict[str, list[Any]]:
    """Return the discounts of each line, in percent."""
    return {
        ident: [each["price"]["percentage"] for price in one.get("itemPrice", [])
                for each in price.get("priceAlteration", [])]
        for ident, one in lines(order).items()
    }  # fmt: skip


@pytest.mark.accepts("ORD-08")
def test_many_lines_change_at_once(operator: Operator) -> None:
    """Quantity of the top lines, place and account of all, a discount that keeps or overwrites
    prices by hand, lines taken out with what lies in them; in a draft and, asked for anew, in an
    order that is to be approved. Of an accepted order no line changes."""
    company = operator.company("Nordhaven", "Eastmere")
    inside = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "isPartOf"}]}
    agreed = {"name": "Agreed", "priceType": "recurring", "recurringChargePeriod": "month",
              "price": {"dutyFreeAmount": {"unit": "EUR", "value": 5}}}  # fmt: skip
    draft = company.orders(
        company.add("1", "TV Basic"), company.add("2", "TV Basic") | inside,
        company.add("3", "TV Basic") | {"itemPrice": [agreed]}, company.add("4", "TV Basic"),
        state="pending", channel=[{"id": "bulk"}],
    )  # fmt: skip
    assert edit(draft, quantity=3).status_code == 200
    assert {k: one.get("quantity") for k, one in lines(draft).items()} == {
        "1": 3, "2": None, "3": 3, "4": 3,
    }  # fmt: skip
    assert edit(draft, place=company.places[1], item=["1", "2", "3", "4"]).status_code == 200
    places = {one["product"]["place"][0]["id"] for one in lines(draft).values()}
    assert places == {company.places[1]}
    assert edit(draft, discount=10).status_code == 200
    assert {k: set(one) for k, one in discounts(draft).items()} == {
        "1": {10}, "2": set(), "3": set(), "4": {10},
    }  # fmt: skip
    assert edit(draft, discount=15, overwrite=True).status_code == 200
    assert set(discounts(draft)["3"]) == {15}
    assert edit(draft, remove=True, item=["1"]).status_code == 200
    assert list(lines(draft)) == ["3", "4"]
    assert edit(draft, discount=0, overwrite=True).status_code == 200
    assert edit(draft, discount=7).status_code == 200  # what is listed is nobody's own price
    assert {k: set(one) for k, one in discounts(draft).items()} == {"3": {7}, "4": {7}}
    assert edit(draft, billingAccount=company.account).status_code == 200
    assert codes(edit(draft, remove=True)) == {("required", "item")}
    assert codes(edit(draft, quantity=0)) == {("quantityInvalid", "quantity")}
    assert codes(edit(draft, quantity=1, item=["9"])) == {("unknownItem", "item")}
    assert edit(draft, quantity="many").status_code == 400
    assert edit(draft).status_code == 400

    policy = operator.make(POLICY, {"name": "Bulk", "effect": "approval", "channel": ["bulk"]})
    submitted = operator.staff.post(f"{OWN}/productOrder/{draft.id}/submit", {})
    assert submitted.status_code == 200, submitted.json
    operator.settle()
    assert draft.read()["internalState"] == "new"
    assert edit(draft, quantity=1).json["internalState"] == "new"
    tasks = operator.find(f"{OWN}/headerTask", productOrder__id=draft.id)
    assert sorted(one["state"] for one in tasks) == ["canceled", "open"]
    assert edit(draft, discount=0).status_code == 200
    assert edit(draft, discount=12).json["internalState"] == "new"
    assert {k: set(one) for k, one in discounts(draft).items()} == {"3": {12}, "4": {12}}
    assert operator.staff.post(f"{OWN}/productOrder/{draft.id}/approve", {}).status_code == 200
    assert operator.staff.delete(f"{POLICY}/{policy['id']}").status_code == 204
    operator.settle()
    done = draft.read()
    assert done["state"] == "completed"
    assert {one["quantity"] for one in done["productOrderItem"]} == {1}
    assert edit(draft, quantity=2).status_code == 409
    reader = operator.site.user("bulk-reader", roles=["auditor"], scopes=("*:read",))
    assert reader.get(f"{ORDER}/{draft.id}").status_code == 200
    refused = reader.post(f"{OWN}/productOrder/{draft.id}/editLines", {"quantity": 2})
    assert refused.status_code == 403
