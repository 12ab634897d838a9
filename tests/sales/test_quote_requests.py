"""Requests for quotes: asked from lines or a cart, looked at, and quoted once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sales.test_quotes import QUOTES, Shop
from tests.support.program import Site

REQUESTS = "/api/sales/v1/quoteRequest"
CARTS = "/tmf-api/shoppingCart/v4/shoppingCart"
KEYS = "/api/governance/v1/keyPattern"


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop(site.admin)


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


def asked(shop: Shop, **said: Any) -> dict[str, Any]:
    body = {"relatedParty": [shop.party], "quoteItem": [shop.line()], **said}
    answer = shop.client.post(REQUESTS, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def test_a_request_becomes_a_quote_once(shop: Shop) -> None:
    """With lines, target price, budget and date it is new, submitted to the customer's eyes; in
    review it still is; its quote is a draft with its lines, and both name each other."""
    line = shop.line(quantity=2, targetPrice={"unit": "EUR", "value": 30})
    made = asked(
        shop, quoteItem=[line], budget={"unit": "EUR", "value": 900},
        requiredByDate="2027-01-31T00:00:00Z", description="Two lines for the mill",
    )  # fmt: skip
    assert made["key"].startswith("RFQ")
    assert (made["state"], made["customerStatus"]) == ("new", "submitted")
    path = f"{REQUESTS}/{made['id']}"
    review = shop.client.patch(path, {"state": "inReview"}).json
    assert (review["state"], review["customerStatus"]) == ("inReview", "submitted")
    assert shop.client.patch(path, {"state": "completed"}).status_code == 409
    answer = shop.client.post(f"{path}/quote")
    assert answer.status_code == 201, answer.json
    quote = shop.client.get(f"{QUOTES}/{answer.json['id']}").json
    assert (quote["key"][:2], quote["internalState"]) == ("QT", "draft")
    assert quote["quoteItem"][0]["quantity"] == 2
    assert quote["description"] == "Two lines for the mill"
    done = shop.client.get(path).json
    assert (done["state"], done["customerStatus"]) == ("completed", "completed")
    assert done["quote"]["id"] == quote["id"]
    assert shop.client.post(f"{path}/quote").status_code == 409
    assert codes(shop.client.patch(path, {"budget": None})) == {("budget", "requestEnded")}
    chain = shop.client.get(f"/api/sales/v1/chain/Quote/{quote['id']}").json
    assert [one["key"] for one in chain["previous"]] == [made["key"]]


def test_a_cart_is_asked_about(shop: Shop) -> None:
    """All that is in a cart is asked for, for its customer; a request of nobody or about nothing
    is refused at its field, unless it is a draft."""
    item = {"id": "1", "action": "add", "quantity": 3, "productOffering": {"id": shop.offering}}
    cart = shop.client.post(CARTS, {"relatedParty": [shop.party], "cartItem": [item]})
    assert cart.status_code == 201, cart.json
    made = shop.client.post(REQUESTS, {"shoppingCart": {"id": cart.json["id"]}})
    assert made.status_code == 201, made.json
    assert made.json["quoteItem"][0]["quantity"] == 3
    assert shop.client.post(f"{REQUESTS}/{made.json['id']}/quote").status_code == 201
    nobody = shop.client.post(REQUESTS, {"quoteItem": [shop.line()]})
    assert codes(nobody) == {("relatedParty", "customerMissing")}
    nothing = shop.client.post(REQUESTS, {"relatedParty": [shop.party]})
    assert codes(nothing) == {("quoteItem", "required")}
    draft = asked(shop, quoteItem=[], state="draft")
    assert draft["customerStatus"] == "draft"
    assert shop.client.post(f"{REQUESTS}/{draft['id']}/quote").status_code == 409
    ended = shop.client.patch(f"{REQUESTS}/{draft['id']}", {"state": "canceled"}).json
    assert ended["customerStatus"] == "canceled"


def test_a_request_that_cannot_be_quoted_is_refused_at_once(shop: Shop, site: Site) -> None:
    """Several customers, one that is a person, a line about nothing, a budget below nothing or in
    no currency are refused where they stand; the account of a completed request stays."""
    person = site.admin.get("/tmf-api/party/v4/individual", query_string="limit=1").json[0]["id"]
    somebody = {"id": person, "role": "customer", "@referredType": "Individual"}
    line = {"id": "1", "action": "add"}
    other = Shop(site.admin)
    for said, fault in (
        ({"relatedParty": [shop.party, other.party]}, ("relatedParty", "severalCustomers")),
        ({"relatedParty": [somebody]}, ("relatedParty[0]", "noCustomer")),
        ({"quoteItem": [line]}, ("quoteItem[0]", "nothingWanted")),
        ({"budget": {"unit": "EUR", "value": -1}}, ("budget.value", "badValue")),
        ({"budget": {"unit": "EUR"}}, ("budget.value", "badValue")),
        ({"budget": {"unit": "ZZZ", "value": 1}}, ("budget.unit", "badValue")),
        ({"budget": {"value": 1}}, ("budget.unit", "badValue")),
        ({"quoteItem": [shop.line(targetPrice={"unit": "euros", "value": 1})]},
         ("quoteItem[0].targetPrice.unit", "badValue")),
    ):  # fmt: skip
        body = {"relatedParty": [shop.party], "quoteItem": [shop.line()], **said}
        answer = shop.client.post(REQUESTS, body)
        assert answer.status_code == 400, (said, answer.json)
        assert codes(answer) == {fault}, said
    made = asked(shop, billingAccount={"id": shop.account}, budget={"unit": "EUR", "value": 0})
    path = f"{REQUESTS}/{made['id']}"
    assert shop.client.post(f"{path}/quote").status_code == 201
    moved = shop.client.patch(path, {"billingAccount": {"id": other.account}})
    assert codes(moved) == {("billingAccount", "requestEnded")}


@pytest.mark.accepts("NFR-01")
def test_each_kind_has_numbers_of_its_own(shop: Shop, site: Site) -> None:
    """Orders, quotes, opportunities, requests for quotes, service and resource orders each have a
    number that begins with their letters, found by it; the operator may choose other letters."""
    quote = shop.quote()
    opportunity = shop.client.post("/api/sales/v1/salesOpportunity", {
        "name": "Mill", "relatedParty": [shop.party],
        "salesOpportunityItem": [{"productOffering": {"id": shop.offering}}],
    })  # fmt: skip
    assert opportunity.status_code == 201, opportunity.json
    order = shop.client.post("/tmf-api/productOrderingManagement/v4/productOrder", {
        "relatedParty": [shop.party], "billingAccount": {"id": shop.account},
        "productOrderItem": [shop.line()],
    })  # fmt: skip
    assert order.status_code == 201, order.json
    request = asked(shop)
    numbers = [(one["key"].rstrip("0123456789"), one["key"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
               for one in (order.json, quote, opportunity.json, request)]  # fmt: skip
    assert [letters for letters, _ in numbers] == ["ORD", "QT", "OPTY", "RFQ"]
    assert all(number.isdigit() and len(number) >= 6 for _, number in numbers)
    found = shop.client.get(f"{REQUESTS}/{request['key']}").json
    assert found["id"] == request["id"]
    next_one = asked(shop)
    assert int(next_one["key"][3:]) > int(request["key"][3:])
    prefixes = {one.name: one.prefix for one in site.services.registry}
    told = {name: prefixes[name] for name in ("ServiceOrder", "ResourceOrder", "Fallout")}
    assert told == {"ServiceOrder": "SO", "ResourceOrder": "RO", "Fallout": "FO"}
    own = {"recordType": "QuoteRequest", "prefix": "ASK"}
    assert site.admin.post(KEYS, own).status_code == 201
    assert asked(shop)["key"].startswith("ASK")
    taken = site.admin.post(KEYS, {"recordType": "SalesOpportunity", "prefix": "ORD"})
    assert codes(taken) == {("prefix", "conflictPrefix")}
