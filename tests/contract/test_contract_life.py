"""Contracts from quotes and orders, renewed, ended early, and of many lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.test_service_contracts import (
    CONTRACT,
    DAY_S,
    DEFINITION,
    ENTITLEMENT,
    MESSAGES,
    ORDERS,
    QUOTES,
    SERVICE,
    Shop,
)
from tests.support.operator import RATE
from tests.support.overrides import offering_on_sale
from tests.support.program import Site, open_site

SITES = "/tmf-api/geographicSiteManagement/v4/geographicSite"
JOBS = "/api/workspace/v1/jobs"


@pytest.fixture(scope="module")
def installed(cluster: str, template: str) -> Iterator[Site]:
    """One installation for all of these; each brings customers and offerings of its own."""
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture
def shop(installed: Site) -> Shop:
    return Shop(installed)


def completed(shop: Shop, *lines: dict[str, Any], **said: Any) -> dict[str, Any]:
    """Offer lines to the customer, who accepts; return the completed quote."""
    body = {"billingAccount": [{"id": shop.account}], "quoteItem": list(lines), **said}
    quote = shop.new(QUOTES, **body)
    for move in ("present", "accept", "complete"):
        answer = shop.client.post(f"/api/sales/v1/quote/{quote['key']}/{move}", {})
        assert answer.status_code == 200, answer.json
    shop.site.work()
    return shop.read(QUOTES, quote["id"])


def requires(shop: Shop, offering: str, **said: Any) -> dict[str, Any]:
    """Say that an offering brings help; return the definition."""
    body = {"code": f"help-{offering}", "name": "Help", "coverageKind": "coverage",
            "productOffering": [{"id": offering}], **said}  # fmt: skip
    answer = shop.client.post(DEFINITION, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.accepts("CON-01")
def test_a_completed_quote_makes_a_contract_of_its_lines(shop: Shop) -> None:
    """A quote is accepted and completed: one contract stands, for its term and value, with a line
    for each that was accepted: the same offering, quantity and prices. Ordered, its lines name the
    products; another word to the quote makes no second one."""
    other = offering_on_sale(shop.client)
    lines = [
        {"id": "a", "action": "add", "quantity": 3, "productOffering": {"id": shop.offering},
         "itemTerm": [{"name": "24 months", "duration": {"amount": 24, "units": "month"}}]},
        {"id": "b", "action": "add", "productOffering": {"id": other}},
    ]  # fmt: skip
    quote = completed(shop, *lines, termMonths=24, description="Lines for the office")
    (contract,) = shop.find(CONTRACT, **{"quote.id": quote["id"]})
    assert (contract["state"], contract["termMonths"]) == ("active", 24)
    assert contract["contractValue"] == quote["contractValue"]
    assert {one["id"] for one in contract["relatedParty"]} == {shop.customer}
    accepted = [
        (
            one["id"],
            one["productOffering"]["id"],
            one.get("quantity", 1),
            one["quoteItemPrice"],
            one.get("itemTerm"),
        )
        for one in quote["quoteItem"]
    ]
    assert accepted == [
        (
            one["quoteItem"],
            one["productOffering"]["id"],
            one["quantity"],
            one["price"],
            one.get("itemTerm"),
        )
        for one in contract["contractLine"]
    ]
    shop.did("/api/sales/v1/quote", quote["id"], "close")
    assert len(shop.find(CONTRACT, **{"quote.id": quote["id"]})) == 1
    again = completed(shop, lines[1])
    ordered = shop.did("/api/sales/v1/quote", again["id"], "order")
    (contract,) = shop.find(CONTRACT, **{"quote.id": again["id"]})
    order = shop.read(ORDERS, ordered["id"])
    assert order["state"] == "completed"
    assert [one["id"] for one in contract["productOrder"]] == [order["id"]]
    product = order["productOrderItem"][0]["product"]["id"]
    assert [one["product"]["id"] for one in contract["contractLine"]] == [product]
    (served,) = shop.find(SERVICE, **{"contract.id": contract["id"]})
    assert (served["state"], served["productOrder"]["id"]) == ("active", order["id"])
    assert served["validFor"]["endDateTime"] == contract["validFor"]["endDateTime"]


@pytest.mark.accepts("CON-02")
def test_an_order_brings_what_serves_each_account_and_site(shop: Shop) -> None:
    """Lines for two accounts, one of these at two sites, of which two need help: before the order
    is completed there is a service contract for each account and site, with the help that its
    products need. An order that is called off leaves none in force."""
    definition = requires(shop, shop.offering, coverageKind="coverageAndUsage", totalUnits=4,
                          unit="visit", termMonths=6, issueType=["fault"])  # fmt: skip
    plain = offering_on_sale(shop.client)
    child = shop.new_account("Child")
    sites = [shop.client.post(SITES, {"name": one}).json["id"] for one in ("North", "South")]

    def item(ident: str, offering: str, account: str, site: str) -> dict[str, Any]:
        place = {"id": site, "role": "installation", "@referredType": "GeographicSite"}
        return {"id": ident, "action": "add", "productOffering": {"id": offering},
                "billingAccount": {"id": account}, "product": {"place": [place]}}  # fmt: skip

    items = [
        item("1", shop.offering, shop.account, sites[0]),
        item("2", plain, shop.account, sites[0]),
        item("3", shop.offering, child, sites[0]),
        item("4", shop.offering, child, sites[1]),
        item("5", plain, shop.account, sites[1]),
    ]
    order = shop.new(ORDERS, productOrderItem=items, billingAccount={"id": shop.account})
    shop.site.work()
    done = shop.read(ORDERS, order["id"])
    assert done["state"] == "completed"
    served = shop.find(SERVICE, **{"productOrder.id": order["id"]})
    stand = {
        (one["billingAccount"]["id"], one["place"]["id"]): (one["state"], len(one["contractLine"]))
        for one in served
    }
    assert stand == {
        (shop.account, sites[0]): ("active", 2),
        (child, sites[0]): ("active", 1),
        (child, sites[1]): ("active", 1),
    }
    for one in served:
        (right,) = shop.find(ENTITLEMENT, **{"serviceContract.id": one["id"]})
        assert (right["state"], right["definition"]["id"]) == ("active", definition["id"])
        assert (right["totalUnits"], right["issueType"]) == (4, ["fault"])
        held = {line["product"]["id"] for line in one["contractLine"]}
        assert {each["id"] for each in right["product"]} <= held


def renewable(shop: Shop, end: float, *, kind: str = "manual", **said: Any) -> dict[str, Any]:
    renewal = {"kind": kind, "termMonths": 6}
    return shop.new(
        CONTRACT, name="Office", state="active", validFor=shop.period(-1, end), renewal=renewal,
        **{"contractLine": [{"id": "1", "productOffering": {"id": shop.offering}}], **said},
    )  # fmt: skip


@pytest.mark.accepts("CON-07")
def test_a_contract_is_renewed_early_on_time_and_late(shop: Shop) -> None:
    """Renewed long before its end or from an earlier day it is early, from its end on time, after
    it late. Each names the one before and the first of the row; what serves it goes along."""
    first = renewable(shop, 200)
    served = shop.new(SERVICE, name="Site", state="active", contract={"id": first["id"]},
                      validFor=shop.period(-1, 200), contractLine=[{"id": "1"}])  # fmt: skip
    right = shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, 200),
                     serviceContract={"id": served["id"]}, coverageKind="coverageAndUsage",
                     totalUnits=3)  # fmt: skip
    use = {"reference": "T1", "units": 2}
    assert shop.asked(use=use)["entitlement"][0]["remainingUnits"] == 1
    early = shop.did(CONTRACT, first["id"], "renew", startDateTime=shop.in_days(10), termMonths=2)
    second = shop.read(CONTRACT, early["id"])
    assert (second["renewalKind"], second["state"]) == ("early", "draft")
    assert second["renewedFrom"]["id"] == second["rootContract"]["id"] == first["id"]
    ended = shop.read(CONTRACT, first["id"])
    assert ended["renewedBy"]["id"] == second["id"]
    assert ended["validFor"]["endDateTime"] == second["validFor"]["startDateTime"]
    assert [one["productOffering"] for one in second["contractLine"]] == [
        one["productOffering"] for one in first["contractLine"]
    ]
    refused = shop.client.post(f"{CONTRACT}/{first['id']}/renew", {})
    assert (refused.status_code, refused.json["code"]) == (409, "conflictRenewed")
    shop.site.move_clock(11 * DAY_S)
    shop.comes_to(CONTRACT, second["id"], "active")
    shop.comes_to(CONTRACT, first["id"], "expired")
    shop.comes_to(ENTITLEMENT, right["id"], "expired")
    shop.hurry()
    (fresh,) = shop.asked()["entitlement"]
    assert (fresh["remainingUnits"], fresh["id"] != right["id"]) == (3, True)
    on_time = shop.did(CONTRACT, second["id"], "renew")
    third = shop.read(CONTRACT, on_time["id"])
    assert (third["renewalKind"], third["rootContract"]["id"]) == ("onTime", first["id"])
    assert third["validFor"]["startDateTime"] == second["validFor"]["endDateTime"]
    late = renewable(shop, 3)
    shop.site.move_clock(5 * DAY_S)
    shop.comes_to(CONTRACT, late["id"], "expired")
    renewed = shop.read(CONTRACT, shop.did(CONTRACT, late["id"], "renew")["id"])
    assert (renewed["renewalKind"], renewed["state"]) == ("late", "active")
    assert renewed["renewedFrom"]["id"] == late["id"]


@pytest.mark.accepts("CON-07")
def test_it_is_told_and_goes_on_by_itself(shop: Shop) -> None:
    """A contract that goes on by itself is told of 90, 60 and 30 days before its end, each once,
    and on its last day there is a new one for its term; one that does not go on expires."""
    auto = renewable(shop, 100, kind="auto")
    none = renewable(shop, 100, kind="none")
    for days, due in ((5, []), (6, [90]), (10, [90]), (20, [90, 60]), (30, [90, 60, 30])):
        shop.site.move_clock(days * DAY_S)
        for _ in range(2):  # who looks twice tells once
            shop.hurry()
            found = shop.read(CONTRACT, auto["id"]).get("renewalNotice", [])
            assert [one["days"] for one in found] == due
    sent = [
        one for one in shop.client.get(f"{MESSAGES}?limit=100").json
        if {"id": auto["id"]}.items() <= (one.get("relatedEntity") or [{}])[0].items()
    ]  # fmt: skip
    assert len(sent) == 3
    shop.site.move_clock(31 * DAY_S)
    shop.comes_to(CONTRACT, auto["id"], "expired")
    shop.comes_to(CONTRACT, none["id"], "expired")
    next_one = shop.read(CONTRACT, auto["id"])["renewedBy"]["id"]
    shop.comes_to(CONTRACT, next_one, "active")
    found = shop.read(CONTRACT, next_one)
    assert (found["renewalKind"], found["termMonths"]) == ("onTime", 6)
    assert found["validFor"]["startDateTime"] == auto["validFor"]["endDateTime"]
    assert "renewedBy" not in shop.read(CONTRACT, none["id"])


@pytest.mark.accepts("CON-08")
def test_many_lines_are_done_in_the_background(shop: Shop) -> None:
    """Twenty lines are renewed while one waits; of more a job takes over, which says how many of
    them are done, and the new contract runs when all are there. So are suspending and ending."""
    lines = [{"id": str(number), "productOffering": {"id": shop.offering}} for number in range(21)]
    few = renewable(shop, 50, contractLine=lines[:20])
    assert "job" not in shop.did(CONTRACT, few["id"], "renew")
    many = renewable(shop, 50, contractLine=lines)
    for act, said in (("suspend", {}), ("renew", {}), ("cancel", {"reason": "x"})):
        answer = shop.client.post(f"{CONTRACT}/{many['id']}/{act}", said)
        assert answer.status_code == 202, answer.json
        job = shop.client.get(f"{JOBS}/{answer.json['job']}").json
        assert (job["total"], job["waiting"], job["state"]) == (21, 21, "waiting")
        shop.site.work()
        job = shop.client.get(f"{JOBS}/{answer.json['job']}").json
        done = "created" if act == "renew" else "changed"
        assert (job["total"], job[done], job["state"]) == (21, 21, "done")
        stand = shop.read(CONTRACT, many["id"])
        if act == "renew":
            following = shop.read(CONTRACT, stand["renewedBy"]["id"])
            assert [one["id"] for one in following["contractLine"]] == [one["id"] for one in lines]
            assert following["beginsByItself"] is True
            continue
        state = {"suspend": "suspended", "cancel": "cancelled"}[act]
        assert stand["state"] == state
        assert {one["state"] for one in stand["contractLine"]} == {state}


@pytest.mark.accepts("CON-09")
def test_ending_early_costs_what_the_contract_says(shop: Shop) -> None:
    """A contract of ten years is cancelled eight months before its end: it costs a fixed sum, the
    months that are left, a part of these, or less every month, as its rule or its line says. That
    is told before, written down and put down for the bill, and nothing is due at the end or where
    somebody waives it."""
    price = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": 20}}}  # fmt: skip
    years = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2036-01-01T00:00:00Z"}
    gross = {**price, "price": {"taxIncludedAmount": {"unit": "EUR", "value": 23.8},
                                "taxRate": 19}}  # fmt: skip
    rules: list[tuple[dict[str, Any], float]] = [
        ({"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}, 99),
        ({"kind": "remainingMonths"}, 8 * 2 * 20),
        ({"kind": "percent", "percent": 50}, 8 * 20),
        ({"kind": "declining", "amount": {"value": 1800, "unit": "EUR"}}, 120),
    ]
    at = "2035-05-01T00:00:00Z"
    for rule, amount in rules:
        for place in ("contract", "line"):
            line = {"id": "1", "quantity": 2, "price": [price if place == "line" else gross]}
            said: dict[str, Any] = {"contractLine": [line]}
            (said if place == "contract" else line)["terminationRule"] = rule
            held = shop.new(CONTRACT, name="Bound", state="active", validFor=years, **said)
            told = shop.client.get(f"{CONTRACT}/{held['id']}/terminationFee?at={at}").json
            assert (told["amount"]["value"], told["amount"]["unit"]) == (amount, "EUR"), rule
            over = f"{CONTRACT}/{held['id']}/terminationFee?at=2036-01-01T00:00:00Z"
            assert shop.client.get(over).json == {}
    fixed = {"terminationRule": rules[0][0]}
    own = shop.new_account("Fees")
    paid: dict[str, Any] = {**fixed, "billingAccount": {"id": own}}
    bound = renewable(shop, 100, **paid)
    ended = shop.did(CONTRACT, bound["id"], "cancel", reason="moves")
    assert ended["terminationFee"]["amount"] == {"unit": "EUR", "value": 99}
    patched = renewable(shop, 100, **paid)
    gone = {"state": "cancelled", "stateReason": "moves"}
    answer = shop.client.patch(f"{CONTRACT}/{patched['id']}", gone)
    assert answer.json["terminationFee"]["amount"]["value"] == 99
    waived = renewable(shop, 100, **paid)
    found = shop.did(CONTRACT, waived["id"], "cancel", reason="moves", feeWaiverReason="goodwill")
    assert found["terminationFee"]["isWaived"] is True
    draft = shop.new(CONTRACT, name="Draft", **paid, validFor=shop.period(-1, 9))
    assert "terminationFee" not in shop.did(CONTRACT, draft["id"], "cancel", reason="no")
    owed = shop.find(RATE, **{"billingAccount.id": own})
    assert [one["taxExcludedAmount"]["value"] for one in owed] == [99, 99]
