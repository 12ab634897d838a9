"""Ada is offered a bundle, wants it otherwise, accepts, and changes her mind after she ordered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.changing import items_of, revised
from tests.support.operator import ORDER, PRODUCT, Customer, Operator, Order, codes, values

QUOTES = "/tmf-api/quoteManagement/v4/quote"
VERBS = "/api/sales/v1/quote"
CONTRACT = "/api/contract/v1/contract"


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


@pytest.mark.scenario(8)
def test_the_contract_follows_a_change_of_its_running_order(operator: Operator) -> None:
    """A lower price is agreed while the order of a quote runs, then two of them: each time the
    lines of the contract and of what serves it, and what the contract is worth over its term, say
    what holds now; the network hears nothing of a price."""
    ada = operator.ada()
    operator.network.behave(fail=[{"kind": "business", "specification": "Fibre Access"}])
    quote = quoted(ada, ada.fibre("1", 100), termMonths=12)
    did(operator, quote["key"], "present", "accept", "complete")
    order = Order(operator, did(operator, quote["key"], "order")["id"])
    operator.settle()
    (contract,) = operator.find(CONTRACT, quote__id=quote["id"])
    (line,) = contract["contractLine"]
    assert contract["contractValue"] == quote["contractValue"]

    items = items_of(order)
    monthly = next(one for one in items[0]["itemPrice"] if one["priceType"] == "recurring")
    amount = monthly["price"]["dutyFreeAmount"]
    amount["value"] -= 2
    sent = len(operator.commands())
    revised(operator, order, items)
    operator.settle()
    assert len(operator.commands()) == sent
    held = operator.read(CONTRACT, contract["id"])
    assert worth(contract, held) == -24
    (served,) = operator.find(f"{CONTRACT[:-8]}serviceContract", productOrder__id=order.id)
    for one in (held, served):
        assert charged(one) == [(1, amount["value"])]

    ((item,),) = [items_of(order)]
    revised(operator, order, [{**item, "quantity": 2}])
    operator.settle()
    twice = operator.read(CONTRACT, contract["id"])
    assert charged(twice) == [(2, amount["value"])]
    assert worth(held, twice) > 12 * (amount["value"] - 1)
    assert twice["contractLine"][0]["quoteItem"] == line["quoteItem"]


def charged(contract: dict[str, Any]) -> list[tuple[int, float]]:
    """Return how many of each line of a contract there are, and what one costs a month."""
    return [
        (line["quantity"], price["price"]["dutyFreeAmount"]["value"])
        for line in contract["contractLine"] for price in line["price"]
        if price["priceType"] == "recurring"
    ]  # fmt: skip


def worth(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Return by how much a contract is worth more."""
    return float(after["contractValue"]["value"]) - float(before["contractValue"]["value"])


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
