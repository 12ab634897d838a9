"""Opportunities: to whom, in which stage, how likely, and what they bring to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.support.overrides import ACCOUNT, active_customer, made, offering_on_sale
from tests.support.program import Site
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.work import transaction
from trunkline.sales.opportunity.amounts import rounded
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.opportunity.syncing import quote_follows_its_opportunity
from trunkline.sales.quote.quote import Quote

SALES = "/api/sales/v1"
OPPORTUNITIES = f"{SALES}/salesOpportunity"
QUOTES = "/tmf-api/quoteManagement/v4/quote"


@pytest.fixture(scope="module")
def customer(site: Site) -> dict[str, str]:
    return {"id": active_customer(site.admin), "role": "customer", "@referredType": "Customer"}


@pytest.fixture(scope="module")
def offering(site: Site) -> str:
    return offering_on_sale(site.admin)


def opportunity(site: Site, customer: dict[str, str], **said: Any) -> dict[str, Any]:
    body = {"name": "Fibre for the office", "relatedParty": [customer], **said}
    answer = site.admin.post(OPPORTUNITIES, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


@pytest.mark.accepts("OPP-01")
def test_an_opportunity_is_to_somebody(site: Site, customer: dict[str, str]) -> None:
    """Without a customer or an account an opportunity is refused; an account says the customer."""
    answer = site.admin.post(OPPORTUNITIES, {"name": "Fibre for nobody"})
    assert answer.status_code == 400
    assert codes(answer) == {("relatedParty", "customerMissing")}
    account = made(site.admin, ACCOUNT, {"name": "Ada's account", "relatedParty": [customer]})
    by_account = {"name": "Fibre", "billingAccount": {"id": account}}
    found = site.admin.post(OPPORTUNITIES, by_account)
    assert found.status_code == 201, found.json
    assert found.json["key"].startswith("OPTY")
    assert [one["id"] for one in found.json["relatedParty"]] == [customer["id"]]


@pytest.mark.accepts("OPP-02")
def test_stages_are_those_of_the_cycle(site: Site, customer: dict[str, str]) -> None:
    """Each kind of sale has its own stages, each stage its probability, and closing its reason."""
    first = opportunity(site, customer)
    assert (first["salesCycle"], first["stage"], first["probability"]) == (
        "newCustomer", "qualify", 10,
    )  # fmt: skip
    renewal = opportunity(site, customer, salesCycle="renewal")
    assert (renewal["stage"], renewal["probability"]) == ("review", 60)
    wrong = site.admin.patch(f"{OPPORTUNITIES}/{renewal['key']}", {"stage": "develop"})
    assert codes(wrong) == {("stage", "stageUnknown")}
    found = site.admin.patch(f"{OPPORTUNITIES}/{first['key']}", {"stage": "propose"}).json
    assert (found["probability"], found["status"]) == (50, "open")
    said = {"stage": "negotiate", "probability": 90}
    assert site.admin.patch(f"{OPPORTUNITIES}/{first['key']}", said).json["probability"] == 90
    for key, stage, status, reason in (
        (first["key"], "closedWon", "won", "relationship"),
        (renewal["key"], "closedLost", "lost", "noBudget"),
    ):
        address = f"{OPPORTUNITIES}/{key}"
        answer = site.admin.patch(address, {"stage": stage})
        assert codes(answer) == {("closeReason", "reasonMissing")}
        answer = site.admin.patch(address, {"stage": stage, "closeReason": "moon"})
        assert codes(answer) == {("closeReason", "notInRegister")}
        closed = site.admin.patch(address, {"stage": stage, "closeReason": reason}).json
        assert (closed["status"], closed["closeReason"]) == (status, reason)
        assert closed["closeDate"]
    assert site.admin.patch(
        f"{OPPORTUNITIES}/{first['key']}", {"status": "lost"}
    ).status_code in {400, 409}  # fmt: skip


def test_an_operators_own_cycle(site: Site, customer: dict[str, str]) -> None:
    """An operator's cycle has the stages and the probabilities that the operator gave it."""
    stages = [
        {"code": "look", "name": "Look", "kind": "open", "probability": 5},
        {"code": "yes", "name": "Yes", "kind": "won", "probability": 100},
    ]
    body = {"code": "tender", "name": "Tender", "stage": stages}
    assert codes(site.admin.post(f"{SALES}/salesCycle", body)) == {("stage", "stageMissing")}
    stages.append({"code": "no", "name": "No", "kind": "lost", "probability": 0})
    assert site.admin.post(f"{SALES}/salesCycle", body).status_code == 201
    found = opportunity(site, customer, salesCycle="tender")
    assert (found["stage"], found["probability"]) == ("look", 5)
    answer = site.admin.post(f"{SALES}/salesCycle", body)
    assert codes(answer) == {("code", "conflictCode")}


def test_closed_sales_are_opened_again_with_the_right(site: Site, customer: dict[str, str]) -> None:
    """Who closed a sale by mistake asks a manager: opening it again needs the right to."""
    key = opportunity(site, customer)["key"]
    address = f"{OPPORTUNITIES}/{key}"
    lost = {"stage": "closedLost", "closeReason": "price", "lostTo": "Zephyr"}
    assert site.admin.patch(address, lost).status_code == 200
    site.role("rep", _reps(site))
    rep = site.user("sales.rep", roles=["rep"], scopes=("sales:update",))
    assert rep.patch(address, {"stage": "qualify"}).status_code == 403
    blocked = site.admin.patch(address, {"relatedParty": [customer, customer]})
    assert codes(blocked) == {("relatedParty", "opportunityClosed")}
    again = site.admin.patch(address, {"stage": "qualify"}).json
    assert (again["status"], again["probability"]) == ("open", 10)
    assert not {"closeReason", "lostTo", "closeDate"} & set(again)


def _reps(site: Site) -> Any:
    from trunkline.access.standard import ROLES

    return ROLES["sales"].permissions


def _masked(site: Site, ident: str) -> None:
    """Who does not see what is sensitive sees neither what it costs us nor the margin."""
    grants = {"SalesOpportunity:read": Grant("all", EVERY_CLASS - {"sensitive"})}
    site.role("sells-only", grants)
    seller = site.user("sells-only", roles=["sells-only"], scopes=tuple(grants))
    seen = seller.get(f"{OPPORTUNITIES}/{ident}").json
    assert seen["amount"]["value"] == 3636.35
    assert not {"cost", "marginPercent"} & set(seen)
    assert "unitCost" not in seen["salesOpportunityItem"][0]


@pytest.mark.accepts("OPP-03")
def test_amounts_follow_the_formulas(site: Site, customer: dict[str, str], offering: str) -> None:
    """Amount, weighted amount, MRR, ARR, ACV, TCV and margin are counted from lines to the cent."""
    guessed = opportunity(
        site, customer, estimatedRevenue={"unit": "EUR", "value": 1000.05}, probability=33
    )
    assert guessed["amount"] == {"unit": "EUR", "value": 1000.05}
    assert guessed["weightedAmount"]["value"] == 330.02
    usual = opportunity(site, customer, estimatedRevenue={"unit": "EUR", "value": 1000})
    assert (usual["probability"], usual["weightedAmount"]["value"]) == (10, 100)
    lines = [
        {
            "productOffering": {"id": offering}, "quantity": 3, "term": 24,
            "price": [
                {"unitPrice": {"unit": "EUR", "value": 49.99}, "recurringChargePeriod": "month",
                 "discountPercent": 10},
                {"unitPrice": {"unit": "EUR", "value": 99.00}},
            ],
            "unitCost": {"unit": "EUR", "value": 500},
        },
        {
            "productOffering": {"id": offering}, "quantity": 1,
            "price": [
                {"unitPrice": {"unit": "EUR", "value": 100}, "recurringChargePeriod": "year"}
            ],
        },
    ]  # fmt: skip
    found = opportunity(site, customer, salesOpportunityItem=lines, probability=50)
    # 3 x 49.99 x 0.9 = 134.973 a month; 100 / 12 = 8.3333 a month.
    assert {name: found[name]["value"] for name in ("oneTime", "mrr", "arr", "acv", "tcv")} == {
        "oneTime": 297, "mrr": 143.31, "arr": 1719.68, "acv": 2016.68, "tcv": 3636.35,
    }  # fmt: skip
    assert found["amount"]["value"] == 3636.35
    assert found["weightedAmount"]["value"] == 1818.18
    assert found["cost"]["value"] == 1500
    assert found["marginPercent"] == 58.75
    _masked(site, found["id"])
    first, second = found["salesOpportunityItem"]
    assert first["amounts"]["tcv"]["value"] == 3536.35
    assert (second["term"], second["amounts"]["arr"]["value"]) == (12, 100)
    mixed = [lines[0], {"productOffering": {"id": offering},
                        "price": [{"unitPrice": {"unit": "USD", "value": 1}}]}]  # fmt: skip
    answer = site.admin.patch(f"{OPPORTUNITIES}/{found['key']}", {"salesOpportunityItem": mixed})
    assert codes(answer) == {("currency", "currencyMismatch")}


def test_lines_have_the_catalogs_prices(
    site: Site, customer: dict[str, str], offering: str
) -> None:
    """A line that names no price has the one of the catalog, whichever period that recurs in."""
    found = opportunity(
        site, customer, salesOpportunityItem=[{"productOffering": {"id": offering}}]
    )
    (line,) = found["salesOpportunityItem"]
    assert line["price"] == [
        {"recurringChargePeriod": "month", "unitPrice": {"unit": "EUR", "value": 49.9}}
    ]
    assert (found["currency"], found["amount"]["value"]) == ("EUR", 598.80)
    catalog = "/tmf-api/productCatalogManagement/v4"
    for length, said, counted, year in (
        (1, "monthly", ("month", 30.0), 360.0), (1, "annual", ("year", 30.0), 30.0),
        (6, "months", ("halfyear", 30.0), 60.0), (2, "months", ("month", 15.0), 180.0),
    ):  # fmt: skip
        live = {"name": f"{length} {said}", "lifecycleStatus": "Active"}
        price = {**live, "priceType": "recurring", "recurringChargePeriodType": said,
                 "recurringChargePeriodLength": length,
                 "price": {"unit": "EUR", "value": 30}}  # fmt: skip
        cost = site.admin.post(f"{catalog}/productOfferingPrice", price).json["id"]
        sold = {**live, "isSellable": True, "productOfferingPrice": [{"id": cost}]}
        named = site.admin.post(f"{catalog}/productOffering", sold).json["id"]
        made = opportunity(
            site, customer, salesOpportunityItem=[{"productOffering": {"id": named}}]
        )
        (told,) = made["salesOpportunityItem"][0]["price"]
        assert (told["recurringChargePeriod"], told["unitPrice"]["value"]) == counted
        assert made["amount"]["value"] == year


def quoted(site: Site, key: str, **said: Any) -> dict[str, Any]:
    answer = site.admin.post(f"{OPPORTUNITIES}/{key}/quote", said)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = site.admin.get(f"{QUOTES}/{answer.json['key']}").json
    return found


@pytest.mark.accepts("OPP-05")
def test_a_quote_is_made_of_lines_and_follows_them(
    site: Site, customer: dict[str, str], offering: str
) -> None:
    """A quote takes all lines of an opportunity or those that are chosen. While both are to follow
    each other a change of either is carried to the other; switched off, neither follows."""
    other = offering_on_sale(site.admin)
    lines = [{"productOffering": {"id": offering}, "quantity": 2},
             {"productOffering": {"id": other}}]  # fmt: skip
    sale = opportunity(site, customer, salesOpportunityItem=lines)
    some = quoted(site, sale["key"], line=["2"])
    assert [one["productOffering"]["id"] for one in some["quoteItem"]] == [other]
    unknown = site.admin.post(f"{OPPORTUNITIES}/{sale['key']}/quote", {"line": ["7"]})
    assert codes(unknown) == {("line", "lineUnknown")}
    misnamed = site.admin.post(f"{OPPORTUNITIES}/{sale['key']}/quote", {"item": ["2"]})
    assert codes(misnamed) == {("item", "unknownAttribute")}
    every = quoted(site, sale["key"], syncs=True)
    assert [(one["productOffering"]["id"], one["quantity"]) for one in every["quoteItem"]] == [
        (offering, 2), (other, 1),
    ]  # fmt: skip
    assert every["opportunity"]["id"] == sale["id"]
    site.work()
    address, quote = f"{OPPORTUNITIES}/{sale['key']}", f"{QUOTES}/{every['key']}"
    now = site.admin.get(address).json
    assert (now["primaryQuote"]["id"], now["syncsQuote"]) == (every["id"], True)
    assert now["amount"] == every["contractValue"]
    more = [one | {"quantity": 5} for one in now["salesOpportunityItem"][:1]]
    assert site.admin.patch(address, {"salesOpportunityItem": more}).status_code == 200
    site.work()
    followed = site.admin.get(quote).json
    assert [one["quantity"] for one in followed["quoteItem"]] == [5]
    fewer = [one | {"quantity": 3} for one in followed["quoteItem"]]
    answer = site.admin.patch(quote, {"quoteItem": fewer})
    assert answer.status_code == 200, answer.json
    site.work()
    now = site.admin.get(address).json
    assert [one["quantity"] for one in now["salesOpportunityItem"]] == [3]
    assert now["amount"] == site.admin.get(quote).json["contractValue"]
    assert site.admin.patch(address, {"syncsQuote": False}).status_code == 200
    again = [one | {"quantity": 9} for one in now["salesOpportunityItem"]]
    assert site.admin.patch(address, {"salesOpportunityItem": again}).status_code == 200
    site.work()
    assert [one["quantity"] for one in site.admin.get(quote).json["quoteItem"]] == [3]
    said = site.admin.get(quote).json["quoteItem"]
    assert site.admin.patch(quote, {"quoteItem": [said[0] | {"quantity": 4}]}).status_code == 200
    site.work()
    assert [one["quantity"] for one in site.admin.get(address).json["salesOpportunityItem"]] == [9]
    another = quoted(site, opportunity(site, customer, salesOpportunityItem=lines)["key"])
    refused = site.admin.patch(address, {"primaryQuote": {"id": another["id"]}})
    assert codes(refused) == {("primaryQuote", "otherOpportunity")}


def test_a_quote_of_a_part_takes_nothing_away(
    site: Site, customer: dict[str, str], offering: str
) -> None:
    """The first quote, of some lines only, leaves the others on the opportunity."""
    lines = [{"productOffering": {"id": offering}}, {"productOffering": {"id": offering}}]
    sale = opportunity(site, customer, salesOpportunityItem=lines)
    address = f"{OPPORTUNITIES}/{sale['key']}"
    answer = site.admin.post(f"{address}/quote", {"line": ["2"], "syncs": True})
    assert codes(answer) == {("syncs", "linesMissing")}
    quoted(site, sale["key"], line=["2"])
    site.work()
    now = site.admin.get(address).json
    assert [one["id"] for one in now["salesOpportunityItem"]] == ["1", "2"]
    assert now["syncsQuote"] is False


def test_a_quote_that_was_just_offered_does_not_follow(
    site: Site, customer: dict[str, str], offering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quote that is offered between being read and being locked stays as it was offered."""
    lines = [{"productOffering": {"id": offering}, "quantity": 2}]
    sale = opportunity(site, customer, salesOpportunityItem=lines)
    quote = quoted(site, sale["key"])
    site.work()
    with transaction(site.services, system("tests")) as work:
        draft = work.get(Quote, quote["id"])
    assert site.admin.post(f"{SALES}/quote/{quote['key']}/present", {}).status_code == 200
    with transaction(site.services, system("tests")) as work:
        found = work.get(SalesOpportunity, sale["id"])
        assert found is not None
        found.sales_opportunity_item[0].quantity = 7
        monkeypatch.setattr(work, "get", lambda *_: draft)
        quote_follows_its_opportunity(work, found)
    now = site.admin.get(f"{QUOTES}/{quote['key']}").json
    assert [one["quantity"] for one in now["quoteItem"]] == [2]


def test_figures_have_bounds(site: Site, customer: dict[str, str], offering: str) -> None:
    """Amounts, terms, quantities and lines beyond all bounds are refused where they stand."""
    line = {"productOffering": {"id": offering}}
    item = "salesOpportunityItem"
    huge = {"unit": "EUR", "value": 1e30}
    for said, expected in (
        ({"estimatedRevenue": huge}, {("estimatedRevenue.value", "badValue")}),
        ({item: [line | {"quantity": 9 * 10**18}]}, {(f"{item}[0].quantity", "quantityInvalid")}),
        ({item: [line | {"term": 9 * 10**18}]}, {(f"{item}[0].term", "badValue")}),
        ({item: [line] * 3001}, {(item, "tooMany")}),
    ):
        answer = site.admin.post(OPPORTUNITIES, {"name": "Odd", "relatedParty": [customer], **said})
        assert (answer.status_code, codes(answer)) == (400, expected)
    assert rounded(Fraction(10**40) + Fraction(1, 200), "EUR") == Decimal(f"{10**40}.01")
    assert rounded(Fraction(-1, 200), "EUR") == Decimal("-0.01")
