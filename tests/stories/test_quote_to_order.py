"""Ada is offered a bundle, wants it otherwise, accepts, and changes her mind after she ordered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ORDER, PRODUCT, Customer, Operator, codes, values

QUOTES = "/tmf-api/quoteManagement/v4/quote"
VERBS = "/api/sales/v1/quote"


def quoted(ada: Customer, *lines: dict[str, Any], **said: Any) -> dict[str, Any]:
    """Return a quote of lines for somebody."""
    party = {"id": ada.id, "role": "customer", "@referredType": "Customer"}
    body = {"relatedParty": [party], "billingAccount": [{"id": ada.account}],
            "quoteItem": list(lines), **said}  # fmt: skip
    return ada.operator.make(QUOTES, body)


def refused(ada: Customer, *lines: dict[str, Any]) -> set[tuple[str, str]]:
    party = {"id": ada.id, "role": "customer"}
    answer = ada.operator.staff.post(QUOTES, {"relatedParty": [party], "quoteItem": list(lines)})
    assert answer.status_code in (400, 409), answer.json
    return codes(answer)


def did(operator: Operator, key: str, *verbs: str, **said: Any) -> Any:
    for verb in verbs:
        answer = operator.staff.post(f"{VERBS}/{key}/{verb}", said)
        assert answer.status_code == 200, (verb, answer.json)
    return answer.json


def bundle(ada: Customer, *parts: dict[str, Any]) -> dict[str, Any]:
    """Return the line of a bundle with its parts inside."""
    return ada.add("1", "Fibre Home") | {"quoteItem": list(parts)}


def test_a_bundle_is_offered_ordered_and_delivered(operator: Operator) -> None:
    """The parts of a bundle are checked as in an order; what was accepted is ordered as it is,
    and becomes what Ada has."""
    ada = operator.ada()
    wrong = refused(
        ada, bundle(ada, ada.add("2", "Fibre 1G", downloadSpeed=7), ada.add("3", "Mobile S"))
    )
    assert {code for code, _ in wrong} >= {"bundlePartUnknown", "characteristicValue"}, wrong
    draft = quoted(ada, bundle(ada, ada.voice("2")))
    unready = operator.staff.post(f"{VERBS}/{draft['key']}/present", {})
    assert ("bundlePartCount", "quoteItem[0].quoteItem") in codes(unready)
    lines = {"quoteItem": [bundle(ada, ada.fibre("2"), ada.voice("3"))]}
    priced = operator.staff.patch(f"{QUOTES}/{draft['key']}", lines).json
    by_period = {one.get("recurringChargePeriod"): one["new"] for one in priced["priceEffect"]}
    did(operator, draft["key"], "present")
    did(operator, draft["key"], "accept", name="Ada Lovelace")
    did(operator, draft["key"], "complete")
    simulated = operator.staff.post("/api/ordering/v1/simulate", ada.body(
        ada.add("1", "Fibre Home") | {"productOrderItem": [ada.fibre("2"), ada.voice("3")]}
    )).json  # fmt: skip
    assert {one.get("recurringChargePeriod"): one["new"] for one in simulated["price"]} == by_period
    order = did(operator, draft["key"], "order")
    operator.settle()
    done = operator.read(ORDER, order["id"])
    assert done["state"] == "completed"
    kept = operator.read(QUOTES, draft["key"])
    assert kept["productOrder"][0]["id"] == order["id"]
    assert kept["acceptance"]["name"] == "Ada Lovelace"
    assert [
        one["orderedQuantity"] for one in (kept["quoteItem"][0], *kept["quoteItem"][0]["quoteItem"])
    ] == [1, 1, 1]
    active = operator.find(PRODUCT, relatedParty__id=ada.id, status="active")
    assert {one["name"] for one in active} >= {"Fibre Home", "Fibre 1G", "Voice Flat"}


def test_a_quote_names_its_places_when_it_leaves_its_draft(operator: Operator) -> None:
    """The place may come later than the draft, but not later than the offer."""
    ada = operator.ada()
    draft = quoted(ada, ada.add("1", "Voice Flat", at=None, lines=1))
    early = operator.staff.post(f"{VERBS}/{draft['key']}/present", {})
    assert set(codes(early)) == {("placeMissing", "quoteItem[0].product.place")}
    operator.staff.patch(f"{QUOTES}/{draft['key']}", {"quoteItem": [ada.voice("1")]})
    did(operator, draft["key"], "present")


@pytest.mark.accepts("QUO-18")
def test_a_change_of_what_is_there_shows_both(operator: Operator) -> None:
    """The quote of a change holds what the product is and costs now, and what it would be and
    cost, with the difference."""
    ada = operator.ada()
    fibre = ada.has(ada.fibre(speed=100)).product()
    quote = quoted(ada, ada.faster(fibre["id"], 500))
    line = quote["quoteItem"][0]
    assert line["current"]["productOffering"]["name"] == "Fibre 100M"
    assert values(line["current"])["downloadSpeed"] == 100
    assert line["productOffering"]["id"] == operator.offerings["Fibre 500M"]
    assert values(line["product"])["downloadSpeed"] == 500
    monthly = next(one for one in line["priceEffect"] if one.get("recurringChargePeriod"))
    held = [one for one in fibre["productPrice"] if one["priceType"] == "recurring"]
    assert monthly["old"] == sum(one["price"]["dutyFreeAmount"]["value"] for one in held)
    asked = [one for one in line["quoteItemPrice"] if one["priceType"] == "recurring"]
    assert monthly["new"] == sum(one["price"]["dutyFreeAmount"]["value"] for one in asked)
    assert monthly["delta"] == monthly["new"] - monthly["old"] > 0
    did(operator, quote["key"], "present", "accept", "complete")
    did(operator, quote["key"], "order")
    operator.settle()
    changed = operator.read(PRODUCT, fibre["id"])
    assert values(changed)["downloadSpeed"] == 500
    ended = quoted(ada, {"action": "delete", "product": {"id": fibre["id"]}})
    gone = next(one for one in ended["priceEffect"] if one.get("recurringChargePeriod"))
    assert (gone["old"], gone["new"]) == (monthly["new"], 0)


@pytest.mark.accepts("E2E-03")
def test_what_was_agreed_is_not_changed_behind_the_quote(operator: Operator) -> None:
    """An order from a quote that has not begun keeps what was agreed on: the refusal names the
    quote that is to be revised. While it runs, the change is a revision of the order; its price is
    not changed beside that."""
    ada = operator.ada()
    quote = quoted(ada, ada.fibre(installation="technician"),
                   expectedFulfillmentStartDate="2099-01-01T00:00:00Z")  # fmt: skip
    did(operator, quote["key"], "present", "accept", "complete")
    early = did(operator, quote["key"], "order")
    items = operator.read(ORDER, early["id"])["productOrderItem"]
    cheaper = [{**items[0], "itemPrice": [
        {**one, "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}
        for one in items[0]["itemPrice"]
    ]}]  # fmt: skip
    slower = [ada.fibre(speed=500)]
    for wanted in (slower, cheaper):
        answer = operator.staff.patch(f"{ORDER}/{early['id']}", {"productOrderItem": wanted})
        assert (answer.status_code, answer.json["code"]) == (409, "conflictFromQuote")
        assert f"revise {quote['key']}" in answer.json["message"]
    answer = operator.staff.patch(
        f"{ORDER}/{early['id']}", {"productOrderItem": [{**items[0], "quantity": 3}]}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "conflictOverOrdered")
    assert f"revise {quote['key']}" in answer.json["message"]
    assert (
        operator.staff.patch(f"{ORDER}/{early['id']}", {"description": "soon"}).status_code == 200
    )

    running = quoted(ada, ada.fibre(installation="technician"))
    did(operator, running["key"], "present", "accept", "complete")
    order = did(operator, running["key"], "order")
    operator.settle()
    begun = operator.read(ORDER, order["id"])
    assert begun["state"] == "inProgress"
    cheaper[0] = {**begun["productOrderItem"][0], "itemPrice": cheaper[0]["itemPrice"]}
    answer = operator.staff.patch(f"{ORDER}/{order['id']}", {"productOrderItem": cheaper})
    assert (answer.status_code, answer.json["code"]) == (409, "conflictFromQuote")
    assert running["key"] in answer.json["message"]
    more = [*begun["productOrderItem"], ada.voice("2")]
    answer = operator.staff.patch(f"{ORDER}/{order['id']}", {"productOrderItem": more})
    assert answer.status_code == 200, answer.json
    revisions = operator.find("/api/ordering/v1/orderRevision", productOrder__id=order["id"])
    assert len(revisions) == 1
