"""Prices by hand: who lowers how much alone, who agrees above that, and what may be ordered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.agreeing import AGREEMENTS, Company
from tests.sales.test_quotes import ORDERS, QUOTES, VERBS, Shop, codes
from tests.support.overrides import offering_on_sale
from tests.support.program import Client, Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

PRODUCTS = "/tmf-api/productInventory/v4/product"
LIMITS = "/api/billing/v1/authorityLimit"
RIGHTS = ("TMF648:read", "TMF648:create", "TMF648:update", "TMF622:read", "TMF622:create",
          "TMF622:update", "TMF629:read", "TMF666:read", "TMF620:read", "TMF637:read",
          "TMF637:update", "TMF651:read", "TMF651:create", "TMF651:update",
          "sales:read")  # fmt: skip
LIST = 49.90
"""What the line costs a month, 598.80 in its first year."""


def percent(value: float, **more: Any) -> dict[str, Any]:
    return {"percentage": value, "reason": "competition", **more}


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop(site.admin)


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Client]:
    """Grace gives away up to 60 euros a year alone, Ida 500 and Max 5000; Lin decides nothing.

    All but Grace approve quotes.
    """
    found = {}
    for name, limit in (("grace", 60), ("ida", 500), ("max", 5000), ("lin", None)):
        names = RIGHTS + (("sales:approveQuote",) if name != "grace" else ())
        role = site.role(f"prices_{name}", {one: Grant("all", EVERY_CLASS) for one in names})
        found[name] = site.user(f"{name}.prices", roles=[role], scopes=names)
        if limit:
            body = {"role": role, "kind": "priceOverride",
                    "limit": {"unit": "EUR", "value": limit}}  # fmt: skip
            assert site.admin.post(LIMITS, body).status_code == 201
    return found


def quoted(client: Client, shop: Shop, *lines: dict[str, Any], **said: Any) -> dict[str, Any]:
    answer = client.post(QUOTES, shop.body(*lines, **said))
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def did(client: Client, key: str, verb: str, **said: Any) -> Any:
    return client.post(f"{VERBS}/{key}/{verb}", said)


def price_of(line: dict[str, Any]) -> float:
    (one,) = line["quoteItemPrice"]
    return float(one["price"]["dutyFreeAmount"]["value"])


def read(client: Client, key: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{QUOTES}/{key}").json
    return found


@pytest.mark.accepts("SEC-05")
@pytest.mark.accepts("PRC-07")
def test_above_the_limit_another_person_agrees(people: dict[str, Client], shop: Shop) -> None:
    """A discount within one's own limit is offered alone. Above it the quote waits: it is neither
    offered nor ordered until another person, whose own limit covers it, approves; all is kept."""
    grace, lin, ida = people["grace"], people["lin"], people["ida"]
    small = quoted(grace, shop, shop.line(priceAdjustment=[percent(-10)]))
    assert small["priceOverride"]["state"] == "withinAuthority"
    assert small["priceOverride"]["given"] == {"unit": "EUR", "value": 59.88}
    assert (price_of(small["quoteItem"][0]), small["monthlyTotal"]["value"]) == (44.91, 44.91)
    assert small["quoteItem"][0]["listPrice"][0]["price"]["dutyFreeAmount"]["value"] == LIST
    assert did(grace, small["key"], "present").status_code == 200

    large = quoted(grace, shop, shop.line(priceAdjustment=[percent(-50, note="or they leave")]))
    key = large["key"]
    assert (large["priceOverride"]["state"], price_of(large["quoteItem"][0])) == ("waiting", 24.95)
    assert did(grace, key, "present").json["code"] == "fourEyes"
    assert did(grace, key, "submit").status_code == 200
    for client, code in ((grace, "fourEyes"), (lin, "aboveAuthority")):
        for answer in (did(client, key, "present"),
                       client.patch(f"{QUOTES}/{key}", {"state": "approved"})):  # fmt: skip
            assert (answer.status_code, answer.json["code"]) == (403, code)
    assert did(lin, key, "approve").json["code"] == "aboveAuthority"
    assert did(grace, key, "order").status_code == 409
    assert read(grace, key)["internalState"] == "inReview"
    assert did(ida, key, "approve").status_code == 200
    decided = read(grace, key)["priceOverride"]
    assert (decided["state"], decided["requestedBy"], decided["decidedBy"]) == (
        "approved", "Grace.Prices", "Ida.Prices",
    )  # fmt: skip
    for verb in ("present", "accept", "complete"):
        assert did(grace, key, verb).status_code == 200
    order = grace.get(f"{ORDERS}/{did(grace, key, 'order').json['id']}").json
    (paid,) = order["productOrderItem"][0]["itemPrice"]
    assert paid["price"]["dutyFreeAmount"] == {"unit": "EUR", "value": 24.95}


@pytest.mark.accepts("SEC-05")
def test_whoever_approves_has_not_asked_and_may_refuse(
    people: dict[str, Client], shop: Shop
) -> None:
    """Ida, who approves others' prices, does not approve her own above her limit. Who sends the
    quote back says why; it waits anew when it is handed in again, and for more when it grows."""
    ida, boss = people["ida"], people["max"]
    quote = quoted(ida, shop, shop.line(quantity=2, priceAdjustment=[percent(-50)]))
    key = quote["key"]
    assert quote["priceOverride"]["given"]["value"] == 598.8
    assert did(ida, key, "present").json["code"] == "fourEyes"
    assert did(ida, key, "submit").status_code == 200
    assert did(ida, key, "approve").json["code"] == "fourEyes"
    assert did(boss, key, "sendBack").status_code == 400
    assert did(boss, key, "sendBack", reason="25 is enough").status_code == 200
    held = read(ida, key)["priceOverride"]
    assert (held["state"], held["decidedBy"], held["decisionNote"]) == (
        "refused", "Max.Prices", "25 is enough",
    )  # fmt: skip
    assert (held["requestedBy"], did(ida, key, "present").json["code"]) == (
        "Ida.Prices", "fourEyes",
    )  # fmt: skip
    assert did(ida, key, "submit").status_code == 200
    assert read(ida, key)["priceOverride"]["state"] == "waiting"
    assert did(ida, key, "recall").status_code == 200
    line = shop.line(priceAdjustment=[percent(-50)])
    less = ida.patch(f"{QUOTES}/{key}", {"quoteItem": [{**line, "quantity": 1}]})
    assert less.status_code == 200, less.json
    assert less.json["priceOverride"]["state"] == "waiting"  # as it was: nobody asked for less
    own = ida.patch(f"{QUOTES}/{key}", {"quoteItem": [
        {**line, "quantity": 1, "priceAdjustment": [percent(-25)]}]})  # fmt: skip
    assert own.json["priceOverride"]["state"] == "withinAuthority", own.json
    more = ida.patch(f"{QUOTES}/{key}", {"quoteItem": [
        {**line, "quantity": 5, "priceAdjustment": [percent(-25)]}]})  # fmt: skip
    assert more.json["priceOverride"]["state"] == "waiting"
    assert more.json["priceOverride"]["given"]["value"] == 748.2
    assert did(boss, key, "present").status_code == 200
    assert read(ida, key)["priceOverride"]["decidedBy"] == "Max.Prices"
    again = did(people["grace"], key, "revise").json
    assert read(ida, again["key"])["priceOverride"]["state"] == "waiting"
    assert read(ida, again["key"])["priceOverride"]["requestedBy"] == "Grace.Prices"


@pytest.mark.accepts("PRC-08")
def test_a_discount_on_all_keeps_or_overwrites_those_of_lines(
    people: dict[str, Client], shop: Shop
) -> None:
    """A discount on the quote is for the lines that have none of their own; told to overwrite, it
    takes the place of theirs; what a line said counts again once the quote's discount is gone."""
    boss = people["max"]
    lines = [shop.line("1", priceAdjustment=[percent(-50)]), shop.line("2")]
    quote = quoted(boss, shop, *lines, priceAdjustment=[percent(-10)])
    assert [price_of(one) for one in quote["quoteItem"]] == [24.95, 44.91]
    assert quote["monthlyTotal"]["value"] == 69.86
    path = f"{QUOTES}/{quote['key']}"
    over = boss.patch(path, {"keepsLineAdjustments": False}).json
    assert [price_of(one) for one in over["quoteItem"]] == [44.91, 44.91]
    assert over["priceOverride"]["given"]["value"] == 119.76
    kept = boss.patch(path, {"keepsLineAdjustments": True}).json
    assert [price_of(one) for one in kept["quoteItem"]] == [24.95, 44.91]
    gone = boss.patch(path, {"keepsLineAdjustments": False, "priceAdjustment": []}).json
    assert [price_of(one) for one in gone["quoteItem"]] == [24.95, LIST]


@pytest.mark.accepts("PRC-07")
def test_what_can_be_adjusted_how(people: dict[str, Client], shop: Shop) -> None:
    """Percentages, amounts and new prices, one after the other, each with a reason; what could not
    be counted, and what has no reason of the register, is refused where it stands."""
    boss = people["max"]
    euro = {"unit": "EUR", "value": -5}
    said = [percent(-10), {"amount": euro, "reason": "volume", "priceType": "recurring"}]
    found = quoted(boss, shop, shop.line(priceAdjustment=said))
    assert price_of(found["quoteItem"][0]) == 39.91
    new = {"override": {"unit": "EUR", "value": 30}, "reason": "project"}
    found = quoted(boss, shop, shop.line(priceAdjustment=[new]))
    assert (price_of(found["quoteItem"][0]), found["priceOverride"]["given"]["value"]) == (
        30,
        238.8,
    )
    dearer = quoted(boss, shop, shop.line(priceAdjustment=[percent(10)]))
    assert (price_of(dearer["quoteItem"][0]), "priceOverride" in dearer) == (54.89, False)
    at = "quoteItem[0].priceAdjustment[0]"
    for wrong, fault in (
        ({"percentage": -5}, (f"{at}.reason", "missing")),
        (percent(-5) | {"reason": "because"}, (f"{at}.reason", "notInRegister")),
        (percent(-101), (f"{at}.percentage", "badValue")),
        (percent(-5, amount=euro), (at, "badValue")),
        ({"reason": "volume"}, (at, "badValue")),
        ({"amount": {"unit": "USD", "value": -5}, "reason": "volume"},
         (f"{at}.amount.unit", "currencyMismatch")),
        ({"amount": {"unit": "EUR", "value": -0.001}, "reason": "volume"},
         (f"{at}.amount.value", "badValue")),
        (percent(-5, priceType="oneTime"), (at, "nothingToAdjust")),
    ):  # fmt: skip
        answer = boss.post(QUOTES, shop.body(shop.line(priceAdjustment=[wrong])))
        assert (answer.status_code, codes(answer)) == (400, {fault}), wrong
    whole = shop.body(priceAdjustment=[{"amount": euro, "reason": "volume"}])
    assert codes(boss.post(QUOTES, whole)) == {("priceAdjustment[0]", "badValue")}


@pytest.mark.accepts("SEC-05")
def test_no_order_goes_around_the_quote(people: dict[str, Client], shop: Shop) -> None:
    """An order sent directly is no cheaper than its sender decides alone, and one of a quote is no
    cheaper than what was approved there."""
    grace = people["grace"]

    def priced(value: float, **more: Any) -> dict[str, Any]:
        price = {"priceType": "recurring", "recurringChargePeriod": "month",
                 "price": {"dutyFreeAmount": {"unit": "EUR", "value": value}}}  # fmt: skip
        return {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
                "productOrderItem": [shop.line(itemPrice=[price])], **more}  # fmt: skip

    refused = grace.post(ORDERS, priced(44.89))
    spot = "productOrderItem[0].itemPrice"
    assert (refused.status_code, codes(refused)) == (400, {(spot, "aboveAuthority")})
    assert "60.12" in refused.json["message"]
    off = {"priceType": "discount", "price": {"percentage": 50}}
    altered = priced(LIST)
    altered["productOrderItem"][0]["itemPrice"][0]["priceAlteration"] = [off]
    assert codes(grace.post(ORDERS, altered)) == {(spot, "aboveAuthority")}
    many = priced(48)
    many["productOrderItem"][0]["quantity"] = 3
    assert codes(grace.post(ORDERS, many)) == {(spot, "aboveAuthority")}
    draft = grace.post(ORDERS, priced(1) | {"state": "pending"})
    assert draft.status_code == 201, draft.json
    sent = grace.patch(f"{ORDERS}/{draft.json['id']}", {"state": "acknowledged"})
    assert codes(sent) == {(spot, "aboveAuthority")}
    assert grace.post(ORDERS, priced(44.90)).status_code == 201

    party = {"relatedParty": [shop.party], "name": "Line", "status": "active"}
    price = {"name": "Monthly", **priced(LIST)["productOrderItem"][0]["itemPrice"][0]}
    product = shop.client.post(PRODUCTS, {**party, "productPrice": [price]}).json
    less = {"productPrice": [{**price, "price": {"dutyFreeAmount": {"unit": "EUR", "value": 40}}}]}
    for name, status in (("grace", 400), ("max", 200)):
        answer = people[name].patch(f"{PRODUCTS}/{product['id']}", less)
        assert answer.status_code == status, answer.json

    quote = shop.completed(shop.line(quantity=2))
    cheap = priced(30, quote=[{"id": quote["id"], "@referredType": "Quote"}])
    cheap["productOrderItem"][0]["quoteItem"] = {"id": "1", "quoteId": quote["id"]}
    assert codes(grace.post(ORDERS, cheap)) == {(spot, "conflictQuotedPrice")}
    del cheap["productOrderItem"][0]["itemPrice"]
    assert grace.post(ORDERS, cheap).status_code == 201


def monthly(net: float | None, **more: Any) -> dict[str, Any]:
    price = {"dutyFreeAmount": {"unit": "EUR", "value": net}} if net is not None else {}
    return {"priceType": "recurring", "recurringChargePeriod": "month", "price": price, **more}


def gross(value: float) -> dict[str, Any]:
    return {"taxIncludedAmount": {"unit": "EUR", "value": value}}


NET = monthly(LIST)["price"]
CREDIT = {"priceType": "oneTime", "price": {"dutyFreeAmount": {"unit": "EUR", "value": -500}}}
WAYS: dict[str, tuple[dict[str, Any], str]] = {
    "price of the product": ({"product": {"productPrice": [monthly(1)]}}, "product.productPrice"),
    "credit": ({"itemPrice": [monthly(LIST), CREDIT]}, "itemPrice"),
    "surcharge below zero": ({"itemPrice": [monthly(LIST, priceAlteration=[
        {"priceType": "surcharge", "price": {"percentage": -90}}])]}, "itemPrice"),
    "only with tax": ({"itemPrice": [monthly(None, price=gross(LIST))]}, "itemPrice"),
    "less with tax": ({"itemPrice": [monthly(None, price={**NET, **gross(1)})]}, "itemPrice"),
    "ends soon": ({"itemPrice": [monthly(LIST, validFor={"endDateTime": "2089-12-31T00:00:00Z"})]},
                  "itemPrice"),
    "begins late": ({"itemPrice": [
        monthly(LIST, validFor={"startDateTime": "2090-01-01T00:00:00Z"})]}, "itemPrice"),
    "use below zero": ({"itemPrice": [monthly(LIST), {**CREDIT, "priceType": "usage"}]},
                       "itemPrice"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_form_of_a_price_hides_what_is_given_away(
    people: dict[str, Client], shop: Shop, way: str
) -> None:
    """However an order says that its customer pays less, it counts."""
    said, name = WAYS[way]
    body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
            "productOrderItem": [shop.line(**said)]}  # fmt: skip
    answer = people["grace"].post(ORDERS, body)
    code = "conflictItemPrice" if name.startswith("product") else "aboveAuthority"
    assert codes(answer) == {(f"productOrderItem[0].{name}", code)}, answer.json


def test_a_lower_rate_of_tax_counts(people: dict[str, Client], shop: Shop) -> None:
    """The rate that the catalog says is asked; one that is not said is the catalog's."""
    tax = [{"taxCategory": "VAT", "taxRate": 19}]
    offering = offering_on_sale(shop.client, price={"unit": "EUR", "value": 100}, tax=tax)

    def tried(**rate: Any) -> Any:
        asked = monthly(100, price={**monthly(100)["price"], **rate})
        line = {**shop.line(itemPrice=[asked]), "productOffering": {"id": offering}}
        body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account}}
        return people["grace"].post(ORDERS, {**body, "productOrderItem": [line]})

    assert codes(tried(taxRate=7)) == {("productOrderItem[0].itemPrice", "aboveAuthority")}
    assert [tried(**one).status_code for one in ({}, {"taxRate": 19}, {"taxRate": 20})] == [201] * 3


def test_later_prices_and_small_steps_count(people: dict[str, Client], shop: Shop) -> None:
    """What a product costs is lowered neither step by step below the list, nor from a later day."""
    usage = monthly(5, name="Use", priceType="usage", recurringChargePeriod=None)
    body = {"relatedParty": [shop.party], "name": "Line", "status": "active",
            "productOffering": {"id": shop.offering},
            "productPrice": [monthly(LIST, name="Monthly"), usage]}  # fmt: skip
    path = f"{PRODUCTS}/{shop.client.post(PRODUCTS, body).json['id']}"
    day = "2090-01-01T00:00:00Z"
    ends = monthly(LIST, name="Monthly", validFor={"endDateTime": day})
    later = monthly(1, name="Monthly", validFor={"startDateTime": day})

    def tried(*prices: dict[str, Any]) -> int:
        return int(people["grace"].patch(path, {"productPrice": list(prices)}).status_code)

    assert tried(ends, later, usage) == 400
    assert tried(monthly(LIST, name="Monthly"), {**usage, "price": monthly(0)["price"]}) == 400
    assert tried(monthly(45, name="Monthly"), usage) == 200
    assert tried(monthly(40.10, name="Monthly"), usage) == 400
    assert tried(monthly(LIST, name="Monthly"), usage) == 200


def test_an_agreement_below_the_list_is_approved_by_another(
    people: dict[str, Client], shop: Shop
) -> None:
    """Who writes an agreement on lower prices does not bring it into force; another person does,
    whose authority covers it."""
    company = Company(shop.client)
    item = {"productOffering": [{"id": shop.offering}], "priceAdjustment": [{"percentage": -95}]}
    body = {"name": "Frame", "agreementType": "commercial", "agreementItem": [item],
            "engagedParty": [company.named],
            "agreementPeriod": {"startDateTime": "2026-01-01T00:00:00Z",
                                "endDateTime": "2090-01-01T00:00:00Z"}}  # fmt: skip
    for name in ("grace", "max"):
        answer = people[name].post(AGREEMENTS, body | {"status": "approved"})
        assert answer.status_code == 403, answer.json
    made = people["ida"].post(AGREEMENTS, body).json
    path = f"{AGREEMENTS}/{made['id']}"
    for name, status in (("grace", 403), ("ida", 403), ("lin", 403), ("max", 200)):
        answer = people[name].patch(path, {"status": "approved"})
        assert answer.status_code == status, (name, answer.json)

    line = {"action": "add", "productOffering": {"id": shop.offering},
            "priceAdjustment": [percent(-50)]}  # fmt: skip
    quote = company.quote(shop.offering, quoteItem=[line])
    for verb, who in (("submit", "ida"), ("approve", "max"), ("present", "max"),
                      ("accept", "max"), ("complete", "max")):  # fmt: skip
        answer = did(people[who] if verb != "submit" else shop.client, quote["key"], verb)
        assert answer.status_code == 200, (verb, answer.json)
    kept = shop.client.get(f"{QUOTES}/{quote['key']}").json["quoteItem"][0]
    item = {"productOffering": [{"id": shop.offering}], "productOfferingPrice": [
        {name: one[name] for name in ("name", "priceType", "recurringChargePeriod", "price")
         if name in one} | {"id": one["productOfferingPrice"]["id"]}
        for one in kept["quoteItemPrice"]]}  # fmt: skip
    terms = body | {"quote": {"id": quote["id"]}, "agreementItem": [item], "status": "approved"}
    answer = people["grace"].post(AGREEMENTS, terms)
    assert answer.status_code == 201, answer.json


def test_lines_that_come_later_count_with_the_former(people: dict[str, Client], shop: Shop) -> None:
    """Two lines that are too much in one order are so too where the second comes by a change."""
    grace = people["grace"]
    lines = [shop.line(one, itemPrice=[monthly(45)]) for one in ("1", "2")]
    body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account}}
    order = grace.post(ORDERS, {**body, "productOrderItem": lines[:1]}).json
    path = f"{ORDERS}/{order['id']}"
    answer = grace.patch(path, {"productOrderItem": [*order["productOrderItem"], lines[1]]})
    assert codes(answer) == {("productOrderItem[1].itemPrice", "aboveAuthority")}, answer.json


def test_a_quote_hides_no_price(people: dict[str, Client], shop: Shop) -> None:
    """A quote's line says no other price for its product, and what it asks for use stays."""
    line = shop.line(product={"productPrice": [monthly(1)]})
    answer = people["grace"].post(QUOTES, shop.body(line))
    assert codes(answer) == {("quoteItem[0].product.productPrice", "conflictItemPrice")}
    quote = shop.completed(shop.line(quantity=2))
    line = shop.line(quoteItem={"id": "1", "quoteId": quote["id"]},
                     itemPrice=[monthly(LIST), {**CREDIT, "priceType": "usage"}])  # fmt: skip
    body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
            "quote": [{"id": quote["id"], "@referredType": "Quote"}],
            "productOrderItem": [line]}  # fmt: skip
    answer = people["grace"].post(ORDERS, body)
    spot = "productOrderItem[0].itemPrice"
    assert codes(answer) == {(spot, "conflictQuotedPrice")}, answer.json
