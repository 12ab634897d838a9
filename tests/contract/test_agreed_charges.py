"""Agreed charges: each once, in one currency, from the oldest agreement about the offering."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.contract.agreeing import (
    AGREEMENTS,
    CARTS,
    CUSTOMER,
    ORDERS,
    OWN,
    QUOTES,
    SALES,
    Company,
    agreed,
    agreement_body,
    codes,
    created,
    monthly,
    now,
    offering,
    price,
    read,
    stamp,
    until,
)
from tests.support.overrides import CATALOG, made
from tests.support.program import Client, Site


def amounts(order: dict[str, Any]) -> list[tuple[str, float]]:
    return sorted(
        (one["priceType"], float(one["price"]["dutyFreeAmount"]["value"]))
        for one in order["productOrderItem"][0]["itemPrice"]
    )


def charged(client: Client, *charges: tuple[str, float], **more: Any) -> tuple[str, list[str]]:
    """Return an offering with some charges, of a kind and an amount, and their ids."""
    idents = []
    for number, (kind, value) in enumerate(charges):
        body = {"name": f"Charge {number}", "lifecycleStatus": "Active", "priceType": kind,
                "price": {"unit": "EUR", "value": value}, **more}  # fmt: skip
        if kind == "recurring":
            body |= {"recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
        idents.append(made(client, f"{CATALOG}/productOfferingPrice", body))
    specification = {"name": "Line", "lifecycleStatus": "Active"}
    return made(client, f"{CATALOG}/productOffering", {
        "name": "Charged", "lifecycleStatus": "Active", "isSellable": True,
        "productSpecification": {"id": made(client, f"{CATALOG}/productSpecification",
                                            specification)},
        "productOfferingPrice": [{"id": one} for one in idents],
    }), idents  # fmt: skip


def on(line: str, **said: Any) -> dict[str, Any]:
    return {"productOffering": [{"id": line}], **said}


def test_each_charge_is_made_once(site: Site) -> None:
    """An agreed charge replaces the one it names, is not adjusted besides, and holds in its
    time; lines of one agreement hold together."""
    client = site.admin
    line, idents = charged(client, ("recurring", 40), ("recurring", 10))
    company = Company(client)
    agreed(site, company, [on(line, productOfferingPrice=[price(30) | {"id": idents[0]}])])
    assert amounts(company.order(line)) == [("recurring", 10), ("recurring", 30)]

    plain = offering(client, once=20)
    company = Company(client)
    agreed(site, company, [on(plain, productOfferingPrice=[price(30)],
                              priceAdjustment=[{"percentage": -10}])])  # fmt: skip
    assert amounts(company.order(plain)) == [("oneTime", 18), ("recurring", 30)]

    company = Company(client)
    half = [{"priceType": "oneTime", "percentage": -50}]
    agreed(site, company, [on(plain, productOfferingPrice=[price(30)]),
                           on(plain, priceAdjustment=half)])  # fmt: skip
    assert amounts(company.order(plain)) == [("oneTime", 10), ("recurring", 30)]

    company = Company(client)
    passed = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2021-01-01T00:00:00Z"}
    agreed(site, company, [on(plain, productOfferingPrice=[price(30) | {"validFor": passed}])])
    assert amounts(company.order(plain)) == [("oneTime", 20), ("recurring", 49.9)]


def test_adjustments_count_from_what_the_customer_would_pay(site: Site) -> None:
    """They count from the price for its type of customer, keep small amounts, and one currency."""
    client = site.admin
    used, _ = charged(client, ("recurring", 40), ("usage", 0.004))
    company = Company(client)
    agreed(site, company, [on(used, priceAdjustment=[{"percentage": -10}])])
    assert amounts(company.order(used)) == [("recurring", 36), ("usage", 0.0036)]

    _, (cheap,) = charged(client, ("recurring", 30), customerType=["wholesale"])
    _, (listed,) = charged(client, ("recurring", 50))
    line = made(client, f"{CATALOG}/productOffering", {
        "name": "Two kinds", "lifecycleStatus": "Active", "isSellable": True,
        "productOfferingPrice": [{"id": listed}, {"id": cheap}],
    })  # fmt: skip
    company = Company(client)
    client.patch(f"{CUSTOMER}/{company.customer}", {"customerType": "wholesale"})
    agreed(site, company, [on(line, priceAdjustment=[{"percentage": -10}])])
    assert amounts(company.order(line)) == [("recurring", 27)]

    both = {"name": "Both", "priceType": "recurring", "recurringChargePeriod": "month",
            "price": {"dutyFreeAmount": {"unit": "EUR", "value": 100},
                      "taxIncludedAmount": {"unit": "EUR", "value": 119}}}  # fmt: skip
    taxed = made(client, f"{CATALOG}/productOffering", {
        "name": "Taxed", "lifecycleStatus": "Active", "isSellable": True,
        "productOfferingPrice": [both],
    })  # fmt: skip
    off = [{"amount": {"unit": "EUR", "value": -5}}]
    agreed(site, company, [on(taxed, priceAdjustment=off)])
    told = company.order(taxed)["productOrderItem"][0]["itemPrice"][0]["price"]
    assert [float(told[name]["value"]) for name in ("dutyFreeAmount", "taxIncludedAmount")] == [
        95, 113.05,
    ]  # fmt: skip

    def refused(**said: Any) -> set[tuple[str, str]]:
        return codes(client.post(AGREEMENTS, agreement_body(site, company, [on(line, **said)])))

    off = [{"amount": {"unit": "USD", "value": -5}}]
    spot = "agreementItem[0].priceAdjustment[0]"
    assert refused(priceAdjustment=off) == {(f"{spot}.amount.unit", "currencyMixed")}
    assert refused(priceAdjustment=[{"percentage": -101}]) == {(f"{spot}.percentage", "badValue")}
    spot = "agreementItem[0].productOfferingPrice[0].recurringChargePeriod"
    assert refused(productOfferingPrice=[price(3, period=None)]) == {(spot, "required")}
    assert refused(productOfferingPrice=[price(3, period="monthly")]) == {(spot, "badValue")}


def test_what_is_told_is_charged_whatever_else_is_ordered(site: Site) -> None:
    """With two agreements each offering goes by the oldest about it, in carts, quotes and
    orders, which name both; each counts its own."""
    client = site.admin
    company, one, two = Company(client), offering(client), offering(client)
    volume = {"commitment": [{"commitmentType": "volume", "committed": 10}]}
    first = agreed(site, company, [on(one, productOfferingPrice=[price(20)])], starts=-9, **volume)
    second = agreed(site, company, [on(two, productOfferingPrice=[price(31)])], **volume)
    body = company.order_body(one)
    body["productOrderItem"].append(company.order_body(two, 3)["productOrderItem"][0] | {"id": "2"})
    order = created(client, ORDERS, body)
    assert [monthly(each) for each in order["productOrderItem"]] == [[20], [31]]
    assert [each["id"] for each in order["agreement"]] == [first["id"], second["id"]]
    site.work()
    counted = [read(site, AGREEMENTS, each["id"])["commitment"][0] for each in (first, second)]
    assert [each["ordered"] for each in counted] == [1, 3]
    lines = [{"action": "add", "quantity": 1, "productOffering": {"id": each}}
             for each in (two, one)]  # fmt: skip
    cart = created(client, CARTS, {"relatedParty": [company.named], "cartItem": lines[:1],
                                   "billingAccount": {"id": company.account}})  # fmt: skip
    added = client.patch(f"{CARTS}/{cart['id']}", {"cartItem": [*cart["cartItem"], lines[1]]}).json
    assert [monthly(each) for each in added["cartItem"]] == [[31], [20]]
    done = client.post(f"{SALES}/shoppingCart/{cart['id']}/checkOut", {})
    assert done.status_code < 300, done.json
    quote = company.quote(two)
    changed = client.patch(f"{QUOTES}/{quote['id']}", {"quoteItem": [*quote["quoteItem"],
        {"action": "add", "productOffering": {"id": one}}]}).json  # fmt: skip
    assert [monthly(each, "quoteItemPrice") for each in changed["quoteItem"]] == [[31], [20]]


def test_a_draft_quote_goes_by_what_is_in_force(site: Site) -> None:
    """A draft whose agreement was followed by another version gets that one's prices."""
    client = site.admin
    company, line = Company(client), offering(client)
    first = agreed(site, company, [on(line, productOfferingPrice=[price(30)])])
    quote = company.quote(line)
    dropped = client.post(f"{OWN}/agreement/{first['id']}/amend", {}).json
    gone = {"status": "cancelled", "stateReason": "not wanted"}
    client.patch(f"{AGREEMENTS}/{dropped['id']}", gone)
    early = {"startDateTime": "2001-01-01T00:00:00Z"}
    assert codes(client.post(f"{OWN}/agreement/{first['id']}/amend", early)) == {
        ("startDateTime", "badValue")
    }
    second = client.post(f"{OWN}/agreement/{first['id']}/amend", {}).json
    assert second["version"] == "3"
    other = {"engagedParty": [Company(client, name="Other").named]}
    assert codes(client.patch(f"{AGREEMENTS}/{second['id']}", other)) == {
        ("engagedParty[0].id", "conflictCustomer")
    }
    items = [on(line, productOfferingPrice=[price(28)])]
    change = {"agreementItem": items, "status": "approved"}
    accepted = company.completed(line)
    assert client.patch(f"{AGREEMENTS}/{second['id']}", change).status_code == 200
    until(site, second["id"], "active")
    body = company.order_body(line, agreement=[{"id": first["id"]}])
    tried = client.post("/api/ordering/v1/simulate", body).json["fault"]
    assert [one["code"] for one in tried] == ["agreementNotActive"]
    body["quote"] = [{"id": accepted["id"], "@referredType": "Quote"}]
    assert client.post("/api/ordering/v1/simulate", body).json["fault"] == []
    lines = [{**quote["quoteItem"][0], "quantity": 2}]
    changed = client.patch(f"{QUOTES}/{quote['id']}", {"quoteItem": lines})
    assert changed.status_code == 200, changed.json
    assert monthly(changed.json["quoteItem"][0], "quoteItemPrice") == [28]
    assert [one["id"] for one in changed.json["agreement"]] == [second["id"]]


@pytest.mark.accepts("AGR-01")
def test_a_quote_stays_with_what_was_made_of_it(site: Site) -> None:
    """A draft agreement keeps its quote and that one's customer; its versions get no other."""
    client = site.admin
    company, line = Company(client), offering(client)
    quote, further = company.completed(line), company.completed(line)
    way = f"{SALES}/quote/{quote['id']}/agreement"
    far = client.post(way, {"startDateTime": "9999-06-01T00:00:00Z"})
    assert codes(far) == {("startDateTime", "badValue")}
    draft = f"{AGREEMENTS}/{client.post(way, {}).json['id']}"
    for change in ({"quote": None}, {"quote": {"id": further["id"]}}):
        assert codes(client.patch(draft, change)) == {("quote.id", "conflictAgreed")}
    other = {"engagedParty": [Company(client, name="Other").named]}
    assert codes(client.patch(draft, other)) == {("quote.id", "quoteForeign")}
    assert codes(client.post(way, {})) == {("quote.id", "conflictAgreed")}
    found = agreed(site, company, [on(line)])
    later = client.post(f"{OWN}/agreement/{found['id']}/amend", {}).json
    version = client.patch(f"{AGREEMENTS}/{later['id']}", {"quote": {"id": further["id"]}})
    assert codes(version) == {("quote.id", "conflictAgreed")}


@pytest.mark.accepts("AGR-06")
def test_only_its_own_customers_orders_count_and_a_cancel_leaves_what_is_missing(
    site: Site,
) -> None:
    """A stranger's order is refused and counts nothing; what is canceled tells its shortfall."""
    client = site.admin
    company, line, stranger = Company(client), offering(client), Company(client, name="Stranger")
    volume = [{"commitmentType": "volume", "committed": 10}]
    found = agreed(site, company, [on(line)], commitment=volume)
    quote = stranger.completed(line)
    said = {"agreement": [{"id": found["id"]}],
            "quote": [{"id": quote["id"], "@referredType": "Quote"}]}  # fmt: skip
    refused = client.post(ORDERS, stranger.order_body(line, 3, **said))
    assert ("agreement[0].id", "agreementForeign") in codes(refused)
    company.order(line, 4)
    site.work()
    gone = {"status": "cancelled", "stateReason": "it was sold"}
    assert client.patch(f"{AGREEMENTS}/{found['id']}", gone).status_code == 200
    ended = read(site, AGREEMENTS, found["id"])
    (held,) = ended["commitment"]
    assert (held["ordered"], held["remaining"], held["shortfall"]) == (4, 6, 6)
    assert "endDateTime" in ended["completionDate"]


def test_revenue_counts_what_is_paid(site: Site) -> None:
    """A discount for some months lowers what an order takes of a commitment to spend."""
    client = site.admin
    company, line = Company(client), offering(client)
    found = agreed(site, company, [on(line, productOfferingPrice=[price(30)])], starts=0, days=59,
                   commitment=[{"commitmentType": "revenue", "committed": 100,
                                "unit": "EUR"}])  # fmt: skip
    off = {"priceType": "recurring", "priority": 1, "applicationDuration": 1,
           "recurringChargePeriod": "month", "price": {"percentage": 10}}  # fmt: skip
    body = company.order_body(line, 2)
    body["productOrderItem"][0]["itemPrice"] = [price(30) | {"priceAlteration": [off]}]
    created(client, ORDERS, body)
    site.work()
    (held,) = read(site, AGREEMENTS, found["id"])["commitment"]
    assert (held["ordered"], held["remaining"]) == (114, 0)


def test_a_contract_is_ordered_once_and_ended_after_its_agreement(site: Site) -> None:
    """A line has one order, with its terms; an agreement that has ended keeps nobody from ending
    what was ordered by it."""
    client = site.admin
    company, line = Company(client), offering(client)
    found = agreed(site, company, [on(line, productOfferingPrice=[price(30)])])
    term = {"name": "36 months", "duration": {"amount": 36, "units": "month"}}
    contract = created(client, f"{OWN}/contract", {
        "name": "Lines", "relatedParty": [company.named], "state": "active",
        "billingAccount": {"id": company.account}, "agreement": [{"id": found["id"]}],
        "contractLine": [{"id": "1", "quantity": 1, "productOffering": {"id": line},
                          "itemTerm": [term]}],
    })  # fmt: skip
    way = f"{OWN}/contract/{contract['id']}"
    later = stamp(now(site) + timedelta(days=3))
    first = client.post(f"{way}/order", {"action": "order", "requestedStartDate": later})
    assert first.status_code == 200, first.json
    assert client.post(f"{way}/order", {"action": "order"}).status_code == 409
    again = client.post(f"{way}/order", {"action": "order", "line": ["1"]})
    assert codes(again) == {("line[0]", "lineOrdered")}
    order = read(site, ORDERS, first.json["id"])
    assert [one["name"] for one in order["productOrderItem"][0]["itemTerm"]] == ["36 months"]
    assert [one["id"] for one in order["agreement"]] == [found["id"]]
    assert [one["id"] for one in client.get(way).json["productOrder"]] == [order["id"]]
    gone = {"status": "cancelled", "stateReason": "it was sold"}
    client.patch(f"{AGREEMENTS}/{found['id']}", gone)
    site.move_clock(4 * 86_400)
    site.work()
    ended = client.post(f"{way}/order", {"action": "end", "reason": "movesAway"})
    assert ended.status_code == 200, ended.json
    product = read(site, ORDERS, order["id"])["productOrderItem"][0]["product"]["id"]
    assert client.get(way).json["contractLine"][0]["product"]["id"] == product


def test_the_chain_names_what_came_before_however_much_came_of_it(site: Site) -> None:
    """Of many orders of an agreement the newest stand in its chain, which says there are more."""
    client = site.admin
    company, line = Company(client), offering(client)
    found = agreed(site, company, [on(line)])
    quote = company.quote(line)
    orders = [company.order(line)["id"] for _ in range(61)]
    told = client.get(f"{SALES}/chain/Agreement/{found['id']}").json
    named = [one["id"] for one in told["next"] if one["@referredType"] == "ProductOrder"]
    assert (sorted(named), told["more"]) == (sorted(orders[1:]), ["ProductOrder"])
    assert quote["id"] in {one["id"] for one in told["next"]}
    assert client.get(f"{SALES}/chain/Quote/{quote['id']}").json["more"] == []
