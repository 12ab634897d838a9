"""Agreements: from a quote, by their dates, with their prices, and what was taken of them."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.contract.agreeing import (
    AGREEMENTS,
    CANCEL,
    CARTS,
    DAY,
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
from tests.support.overrides import ACCOUNT, active_customer, made
from tests.support.pages import browser_of
from tests.support.program import Site
from trunkline.catalog.offering import ProductOffering
from trunkline.contract.agreement.usable import shown_to
from trunkline.kernel.work import as_system
from trunkline.party.customer import Customer


def price_lists(site: Site, ident: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(site, f"{OWN}/agreement", f"{ident}/priceList")["priceList"]
    return found


@pytest.mark.accepts("AGR-01")
def test_an_agreement_is_made_of_a_completed_quote_once(site: Site) -> None:
    """A completed quote becomes an agreement once; an open one, a second time and a consumer's
    quote are refused, by our verb and by TMF651 alike."""
    client = site.admin
    company, line = Company(client), offering(client)
    quote = company.quote(line)
    way = f"{SALES}/quote/{quote['id']}/agreement"
    assert codes(client.post(way, {})) == {("quote.id", "conflictNotCompleted")}
    for verb in ("present", "accept", "complete"):
        client.post(f"{SALES}/quote/{quote['key']}/{verb}", {})
    answer = client.post(way, {"name": "Lines for Analytical Engines"})
    assert answer.status_code == 200, answer.json
    found = read(site, AGREEMENTS, answer.json["id"])
    assert (found["status"], found["quote"]["id"]) == ("inProcess", quote["id"])
    (item,) = found["agreementItem"]
    assert item["productOffering"][0]["id"] == line
    assert monthly(item, "productOfferingPrice") == [49.90]
    second = client.post(way, {})
    assert second.status_code in (400, 409)
    assert codes(second) == {("quote.id", "conflictAgreed")}
    body = agreement_body(site, company, [{"productOffering": [{"id": line}]}])
    assert codes(client.post(AGREEMENTS, body | {"quote": {"id": quote["id"]}})) == {
        ("quote.id", "conflictAgreed")
    }
    ada = Company.__new__(Company)
    ada.client, ada.customer = client, active_customer(client)
    ada.named = {"id": ada.customer, "role": "customer", "@referredType": "Customer"}
    account = {"name": "Ada", "state": "active", "relatedParty": [ada.named]}
    ada.account = made(client, ACCOUNT, account)
    hers = ada.completed(line)
    refused = client.post(f"{SALES}/quote/{hers['id']}/agreement", {})
    assert codes(refused) == {("engagedParty[0].id", "consumerRefused")}
    body = agreement_body(site, ada, [{"productOffering": [{"id": line}]}])
    assert codes(client.post(AGREEMENTS, body)) == {("engagedParty[0].id", "consumerRefused")}


@pytest.mark.accepts("AGR-02")
def test_an_agreement_is_active_between_its_dates(site: Site) -> None:
    """On its first day its price list is published and orders get it; after its last one not."""
    client = site.admin
    company, line = Company(client), offering(client, once=20)
    items = [{"productOffering": [{"id": line}], "productOfferingPrice": [price(30)],
              "priceAdjustment": [{"priceType": "oneTime", "percentage": -50}]}]  # fmt: skip
    found = agreed(site, company, items, starts=10, days=20)
    assert (found["status"], "priceList" in found) == ("approved", False)
    assert monthly(company.order(line)["productOrderItem"][0]) == [49.90]
    site.move_clock(11 * DAY)
    found = until(site, found["id"], "active")
    (prices,) = price_lists(site, found["id"])
    assert prices["id"] == found["priceList"]["id"]
    assert (prices["state"], prices["validFor"]) == ("published", found["agreementPeriod"])
    (item,) = company.order(line)["productOrderItem"]
    assert monthly(item) == [30]
    amounts = [float(one["price"]["dutyFreeAmount"]["value"]) for one in item["itemPrice"]]
    assert sorted(amounts) == [10, 30]
    site.move_clock(31 * DAY)
    assert monthly(company.order(line)["productOrderItem"][0]) == [49.90]  # whatever the timer did
    until(site, found["id"], "expired")
    (ended,) = price_lists(site, found["id"])
    assert (ended["id"], ended["state"]) == (prices["id"], "retired")
    order = client.post(ORDERS, company.order_body(line, agreement=[{"id": found["id"]}]))
    assert codes(order) == {("agreement[0].id", "agreementNotActive")}


@pytest.mark.accepts("AGR-03")
def test_a_company_below_uses_the_agreement_of_the_one_above(site: Site) -> None:
    """A subsidiary of a subsidiary orders and is quoted at the group's prices, a stranger not."""
    client = site.admin
    group, line = Company(client, name="Group"), offering(client)
    found = agreed(site, group, [{"productOffering": [{"id": line}],
                                  "productOfferingPrice": [price(25)]}])  # fmt: skip
    child = Company(client, above=group.party, name="Child")
    grandchild = Company(client, above=child.party, name="Grandchild")
    order = grandchild.order(line)
    assert monthly(order["productOrderItem"][0]) == [25]
    assert [one["id"] for one in order["agreement"]] == [found["id"]]
    assert monthly(grandchild.quote(line)["quoteItem"][0], "quoteItemPrice") == [25]
    named = child.order(line, agreement=[{"id": found["id"]}])
    assert monthly(named["productOrderItem"][0]) == [25]
    stranger = Company(client, name="Stranger")
    assert monthly(stranger.order(line)["productOrderItem"][0]) == [49.90]
    body = stranger.order_body(line, agreement=[{"id": found["id"]}])
    assert codes(client.post(ORDERS, body)) == {("agreement[0].id", "agreementForeign")}
    listed = client.get(f"{OWN}/agreementChoice?customer={grandchild.customer}").json
    assert [one["id"] for one in listed["agreement"]] == [found["id"]]


@pytest.mark.accepts("AGR-04")
def test_quotes_carts_and_orders_get_agreed_prices_and_terms(site: Site) -> None:
    """The oldest active agreement is taken where nobody chooses; whoever chooses gets the other."""
    client = site.admin
    company, line = Company(client), offering(client, once=20)
    term = {"name": "36 months", "duration": {"amount": 36, "units": "month"}}
    younger = agreed(
        site,
        company,
        [{"productOffering": [{"id": line}], "productOfferingPrice": [price(20)]}],
        starts=-2,
    )
    older = agreed(site, company, [{"productOffering": [{"id": line}], "itemTerm": [term],
                                    "productOfferingPrice": [price(35)]}], starts=-9)  # fmt: skip
    (item,) = company.order(line)["productOrderItem"]
    assert monthly(item) == [35]
    assert [one["name"] for one in item["itemTerm"]] == ["36 months"]
    quote = company.quote(line)
    assert [one["id"] for one in quote["agreement"]] == [older["id"]]
    assert monthly(quote["quoteItem"][0], "quoteItemPrice") == [35]
    assert quote["quoteItem"][0]["itemTerm"][0]["name"] == "36 months"
    chosen = {"agreement": [{"id": younger["id"]}]}
    assert monthly(company.order(line, **chosen)["productOrderItem"][0]) == [20]
    assert monthly(company.quote(line, **chosen)["quoteItem"][0], "quoteItemPrice") == [20]
    answer = client.patch(f"{QUOTES}/{quote['id']}", chosen)
    assert answer.status_code == 200, answer.json
    changed = answer.json["quoteItem"][0]
    assert (monthly(changed, "quoteItemPrice"), "monthlyTotal" in answer.json) == ([20], True)
    assert float(answer.json["monthlyTotal"]["value"]) == 20
    cart = created(client, CARTS, {"relatedParty": [company.named],
                                   "billingAccount": {"id": company.account},
                                   "cartItem": [{"action": "add", "quantity": 1,
                                                 "productOffering": {"id": line}}]})  # fmt: skip
    assert monthly(cart["cartItem"][0]) == [35]
    answer = client.patch(f"{CARTS}/{cart['id']}", chosen)
    assert monthly(answer.json["cartItem"][0]) == [20]


@pytest.mark.accepts("AGR-05")
def test_only_agreed_offerings_are_shown_where_the_policy_says_so(site: Site) -> None:
    """With the policy a customer is shown the offerings of its agreements at the counter, in its
    cart and by the function behind the portal; without it, all."""
    client = site.admin
    company = Company(client)
    line, other = offering(client, name="Agreed line"), offering(client, name="Second line")
    offering(client, name="Unheard-of line")
    way = f"{OWN}/offeringShown?customer={company.customer}"
    cart = created(client, CARTS, {"relatedParty": [company.named], "cartItem": []})
    admin = browser_of(site, "admin")
    admin.get("/order/new")
    asked = {"customer": company.customer, "for": company.customer}

    def told() -> list[set[str]]:
        names = ("Agreed line", "Second line", "Unheard-of line")
        counter = admin.post("/order/new/offers", asked).text
        texts = [unescape(one) for one in (counter, admin.get(f"/cart/{cart['key']}").text)]
        return [{one for one in names if one in text} for text in texts]

    agreed(site, company, [{"productOffering": [{"id": other}]}])
    assert client.get(way).json == {"onlyAgreed": False, "productOffering": []}
    assert told() == [{"Agreed line", "Second line", "Unheard-of line"}] * 2
    agreed(site, company, [{"productOffering": [{"id": line}]}], onlyAgreed=True)
    shown = client.get(way).json
    assert shown["onlyAgreed"] is True
    assert {one["id"] for one in shown["productOffering"]} == {line, other}
    assert told() == [{"Agreed line", "Second line"}] * 2
    with as_system(site.services, "tests") as work:
        listed = work.find(ProductOffering, {"lifecycleStatus": "Active"})
        buyer = work.get(Customer, company.customer)
        assert {one.id for one in shown_to(work, buyer, listed)} == {line, other}


@pytest.mark.accepts("AGR-06")
def test_commitments_are_counted(site: Site) -> None:
    """What is committed, ordered, remaining, and missing after the end, as products and money."""
    client = site.admin
    company, line, other = Company(client), offering(client), offering(client, monthly=10)
    found = agreed(
        site, company,
        [{"productOffering": [{"id": line}], "productOfferingPrice": [price(30)]}],
        starts=0, days=59,
        commitment=[
            {"name": "Lines", "commitmentType": "volume", "committed": 10,
             "productOffering": [{"id": line}]},
            {"name": "Money", "commitmentType": "revenue", "committed": 1000, "unit": "EUR"},
        ],
    )  # fmt: skip
    company.order(line, 3)
    later = stamp(now(site) + timedelta(days=5))
    dropped = company.order(line, 2, requestedStartDate=later)
    company.order(other, agreement=[{"id": found["id"]}])
    site.work()

    def figures() -> list[tuple[float, float, float]]:
        held = read(site, AGREEMENTS, found["id"])["commitment"]
        return [tuple(float(one[name]) for name in ("ordered", "remaining", "shortfall"))
                for one in held]  # fmt: skip

    # Two months begin in 59 days: 5 lines for 30 and one for 10 a month.
    assert figures() == [(5, 5, 0), (320, 680, 0)]
    gone = {"productOrder": {"id": dropped["id"]}, "cancellationReason": "too many"}
    created(client, CANCEL, gone)
    site.work()
    assert figures() == [(3, 7, 0), (200, 800, 0)]
    site.move_clock(60 * DAY)
    until(site, found["id"], "expired")
    assert figures() == [(3, 7, 7), (200, 800, 800)]


@pytest.mark.accepts("AGR-07")
def test_agreed_service_levels_are_copied_and_stay(site: Site) -> None:
    """Service contracts get what was agreed for the group, and may promise more but not less."""
    client = site.admin
    group, line = Company(client, name="Group"), offering(client)
    agreed(site, group, [{"productOffering": [{"id": line}]}], serviceLevel=[
        {"metric": "availability", "target": 99.9, "unit": "percent"},
        {"metric": "restore", "target": 4, "unit": "hours"},
    ])  # fmt: skip
    child = Company(client, above=group.party, name="Child")
    order = child.order(line)
    site.work()
    listed = client.get(f"{OWN}/serviceContract?productOrder.id={order['id']}").json
    assert len(listed) == 1, listed
    (contract,) = listed
    levels = {one["metric"]: float(one["target"]) for one in contract["serviceLevel"]}
    assert levels == {"availability": 99.9, "restore": 4}
    worse = [{**one, "target": 9 if one["metric"] == "restore" else 99} for one in
             contract["serviceLevel"]]  # fmt: skip
    refused = client.patch(f"{OWN}/serviceContract/{contract['id']}", {"serviceLevel": worse})
    weakened = {(f"serviceLevel[{one}].target", "serviceLevelWeakened") for one in (0, 1)}
    assert weakened <= codes(refused)
    body = {"name": "By hand", "relatedParty": [child.named]}
    draft = created(client, f"{OWN}/serviceContract", body)
    assert {one["metric"] for one in draft["serviceLevel"]} == {"availability", "restore"}
    refused = client.post(f"{OWN}/serviceContract", body | {"serviceLevel": worse})
    assert weakened <= codes(refused)

    def changed(*levels: tuple[str, float, str]) -> Any:
        held = [dict(zip(("metric", "target", "unit"), one, strict=True)) for one in levels]
        way = f"{OWN}/serviceContract/{draft['id']}"
        return client.patch(way, {"serviceLevel": held})

    available, restore = ("availability", 99.9, "percent"), ("restore", 4, "hours")
    assert codes(changed(("availability", 99.5, "percent"), restore)) == {
        ("serviceLevel[0].target", "serviceLevelWeakened")
    }
    assert codes(changed(available, ("restore", 300, "minutes"))) == {
        ("serviceLevel[1].target", "serviceLevelWeakened")
    }
    kept = changed(available).json["serviceLevel"]  # what a draft leaves out is filled in again
    assert {one["metric"]: float(one["target"]) for one in kept} == levels
    assert changed(("availability", 99.99, "percent"), ("restore", 2, "hours")).status_code == 200


@pytest.mark.accepts("AGR-08")
def test_an_agreement_is_made_and_read_by_the_api(site: Site) -> None:
    """TMF651 takes an agreement with its items and gives it back; what is missing is named."""
    client = site.admin
    company, line = Company(client), offering(client)
    missing = client.post(AGREEMENTS, {})
    assert {("name", "missing"), ("agreementType", "missing"), ("agreementItem", "missing"),
            ("engagedParty", "missing")} <= codes(missing)  # fmt: skip
    body = agreement_body(site, company, [{"productOffering": [{"id": line}]}])
    del body["agreementPeriod"]
    assert codes(client.post(AGREEMENTS, body)) == {
        ("agreementPeriod.startDateTime", "missing"), ("agreementPeriod.endDateTime", "missing"),
    }  # fmt: skip
    body = agreement_body(site, company, [{"productOffering": [{"id": line}],
                                           "productOfferingPrice": [price(12)]}])  # fmt: skip
    found = created(client, AGREEMENTS, body)
    again = read(site, AGREEMENTS, found["key"])
    assert (again["id"], again["name"], again["version"]) == (found["id"], body["name"], "1")
    assert monthly(again["agreementItem"][0], "productOfferingPrice") == [12]


@pytest.mark.accepts("AGR-09")
def test_an_amendment_is_a_version_and_old_orders_keep_theirs(site: Site) -> None:
    """The next version takes over on its day; orders made before keep their version and prices."""
    client = site.admin
    company, line = Company(client), offering(client)
    first = agreed(site, company, [{"productOffering": [{"id": line}],
                                    "productOfferingPrice": [price(40)]}])  # fmt: skip
    old = company.order(line)
    wrong = client.post(f"{OWN}/agreement/{first['id']}/amend", {"start": stamp(now(site))})
    assert codes(wrong) == {("start", "unknownAttribute")}
    answer = client.post(f"{OWN}/agreement/{first['id']}/amend", {"reason": "a better price"})
    assert answer.status_code == 200, answer.json
    second = read(site, AGREEMENTS, answer.json["id"])
    assert (second["version"], second["status"]) == ("2", "inProcess")
    assert second["formerVersion"]["id"] == first["id"]
    again = client.post(f"{OWN}/agreement/{first['id']}/amend", {})
    assert again.status_code == 409
    second["agreementItem"][0]["productOfferingPrice"] = [price(33)]
    change = {"agreementItem": second["agreementItem"], "status": "approved"}
    assert client.patch(f"{AGREEMENTS}/{second['id']}", change).status_code == 200
    until(site, second["id"], "active")
    assert read(site, AGREEMENTS, first["id"])["status"] == "superseded"
    new = company.order(line)
    assert monthly(new["productOrderItem"][0]) == [33]
    assert new["agreement"][0]["id"] == second["id"]
    kept = read(site, ORDERS, old["id"])
    assert monthly(kept["productOrderItem"][0]) == [40]
    assert kept["agreement"][0]["id"] == first["id"]
    told = client.get(f"{OWN}/agreement/{second['id']}/versions").json["version"]
    assert [one["version"] for one in told] == ["1", "2"]
    fixed = client.patch(f"{AGREEMENTS}/{second['id']}", {"name": "Other"})
    assert codes(fixed) == {("name", "conflictNotDraft")}
