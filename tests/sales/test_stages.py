"""Stages between a first interest and an order: any of them is skipped, or asked for, as data."""

from __future__ import annotations

from threading import Thread
from typing import Any

import psycopg
import pytest

from tests.sales.test_cart import CUSTOMER, ORDER, OWN, PRICE, Buyer, add, codes, offer
from tests.sales.test_quotes import VERBS, Shop
from tests.support.overrides import ACCOUNT, made
from tests.support.program import Site
from trunkline.kernel.actor import Grant

QUOTE = "/tmf-api/quoteManagement/v4/quote"
POLICY = "/api/ordering/v1/orderPolicy"
RULE = "/api/governance/v1/statusRule"
MESSAGE = "A company's order of 10,000 EUR a year or more needs a quote; order from that."


def buyer(site: Site, kind: str) -> Buyer:
    party, body = (
        ("organization", {"tradingName": "Analytical Engines"})
        if kind == "company"
        else ("individual", {"givenName": "Ada", "familyName": "Lovelace"})
    )
    ident = made(site.admin, f"/tmf-api/party/v4/{party}", body)
    role = {"name": "Somebody", "status": "active", "engagedParty": {"id": ident},
            "customerType": kind}  # fmt: skip
    customer = made(site.admin, CUSTOMER, role)
    owner = [{"id": customer, "role": "customer", "@referredType": "Customer"}]
    account = {"name": "Main account", "state": "active", "relatedParty": owner}
    return Buyer(site, customer, made(site.admin, ACCOUNT, account))


def quoted(one: Buyer, line: dict[str, Any], **more: Any) -> str:
    body = {"relatedParty": one.party, "billingAccount": [{"id": one.account}],
            "quoteItem": [line], **more}  # fmt: skip
    return made(one.site.admin, QUOTE, body)


def moved(one: Buyer, quote: str, *moves: str) -> Any:
    for move in moves:
        answer = one.site.admin.post(f"/api/sales/v1/quote/{quote}/{move}", {})
        if answer.status_code >= 300:
            break
    return answer


def bought(one: Buyer, line: dict[str, Any]) -> Any:
    cart = one.cart(line)
    return one.site.admin.post(f"{OWN}/{cart['id']}/checkOut", {})


@pytest.mark.accepts("E2E-05")
def test_which_stages_there_are_is_data(site: Site) -> None:
    """With nothing set a cart becomes an order with no lead, opportunity or quote, whoever buys.
    A policy asks companies for a quote from an amount on: such a cart, and such an order by the
    interface, are refused and told so; consumers and small orders still skip it. A rule of states
    asks a quote for its opportunity; turned off again, that stage is skipped, too."""
    admin = site.admin
    price = {"name": "Big monthly", "lifecycleStatus": "Active", "priceType": "recurring",
             "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
             "price": {"unit": "EUR", "value": 400}}  # fmt: skip
    line = add(offer(site, "Big line", made(admin, PRICE, price)))
    consumer, company = buyer(site, "consumer"), buyer(site, "company")
    big = {**line, "quantity": 3}
    for one in (consumer, company):
        done = bought(one, big)
        assert done.status_code == 201, done.json
        order = admin.get(f"{ORDER}/{done.json['id']}").json
        assert "quote" not in order
    policy = made(admin, POLICY, {
        "name": "Companies are quoted", "effect": "refuse", "message": MESSAGE,
        "condition": "customer.customerType == 'company' && worth.firstYear >= 10000.0 && "
                     "!has(order.quote)"})  # fmt: skip
    refused = bought(company, big)
    assert (refused.status_code, refused.json["fault"][0]["code"]) == (400, "policyRefuses")
    assert MESSAGE in refused.json["fault"][0]["message"]
    sent = {"relatedParty": company.party, "billingAccount": {"id": company.account},
            "productOrderItem": [big]}  # fmt: skip
    assert "policyRefuses" in {code for code, _ in codes(admin.post(ORDER, sent))}
    assert bought(company, line).status_code == 201
    assert bought(consumer, big).status_code == 201
    rule = made(admin, RULE, {
        "name": "Quotes come from opportunities", "appliesTo": "Quote",
        "toStatus": "pendingAcceptance", "requiredAttribute": ["opportunity.id"]})  # fmt: skip
    alone = quoted(company, big)
    assert moved(company, alone, "present").status_code in (400, 409)
    sale = admin.post("/api/sales/v1/salesOpportunity",
                      {"name": "Engines", "relatedParty": company.party})  # fmt: skip
    wanted = {"id": sale.json["id"], "@referredType": "SalesOpportunity"}
    opened = quoted(company, big, opportunity=wanted)
    assert moved(company, opened, "present", "accept").status_code == 200
    assert admin.delete(f"{RULE}/{rule}").status_code == 204
    assert moved(company, alone, "present", "accept").status_code == 200
    ordered = moved(company, alone, "complete", "order")
    assert ordered.status_code in (200, 201), ordered.json
    assert admin.delete(f"{POLICY}/{policy}").status_code == 204
    assert bought(company, big).status_code == 201


def test_a_draft_of_an_order_takes_no_quote_that_is_not_completed(site: Site) -> None:
    """A draft takes no quote that is not completed; with one that is it can be sent."""
    shop = Shop(site.admin)
    quote = shop.quote(shop.line("a"))
    item = {**shop.line("1"), "quoteItem": {"id": "a", "quoteId": quote["id"]}}
    body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
            "state": "pending", "productOrderItem": [shop.line("1")]}  # fmt: skip
    made_draft = shop.client.post(ORDER, body)
    assert made_draft.status_code == 201, made_draft.json
    address = f"{ORDER}/{made_draft.json['id']}"
    taken = {"quote": [{"id": quote["id"]}], "productOrderItem": [item]}
    assert ("conflictNotCompleted", "quote") in codes(shop.client.patch(address, taken))
    shop.did(quote["key"], "present", "accept", "complete")
    assert shop.client.patch(address, taken).status_code == 200
    sent = shop.client.patch(address, {"state": "acknowledged"})
    assert sent.status_code == 200, sent.json


def test_a_revision_waits_for_an_order_that_is_being_made(site: Site) -> None:
    """Who revises a quote waits for whoever orders of it at the moment."""
    shop = Shop(site.admin)
    quote = shop.completed()
    answers: list[Any] = []

    def revise() -> None:
        answers.append(shop.client.post(f"{VERBS}/{quote['key']}/revise", {}))

    other = Thread(target=revise)
    waiting = (
        "select 1 from pg_locks l join pg_database d on d.oid = l.database "
        "where d.datname = current_database() and l.locktype = 'advisory' and not l.granted"
    )
    with psycopg.connect(site.dsn) as ordering:
        ordering.execute("select pg_advisory_xact_lock(hashtextextended(%s, 648))", [quote["id"]])
        other.start()
        while other.is_alive() and not site.rows(waiting):
            pass
        assert not answers
    other.join(30)
    assert answers[0].status_code == 200


def test_a_comparison_shows_what_the_asker_sees(site: Site) -> None:
    """Who sees nothing personal is told nothing personal in a comparison."""
    shop = Shop(site.admin)
    sees = Grant("all", frozenset({"public", "internal"}))
    site.role("comparer", {"*:read": sees})
    quote = shop.quote(shop.line("1", itemTerm=[{"name": "Term", "secretTerm": "Ada alone"}]))
    shop.did(quote["key"], "present")
    second = shop.did(quote["key"], "revise").json["key"]
    lines = shop.client.get(f"{QUOTE}/{second}").json["quoteItem"]
    lines[0]["itemTerm"] = [{"name": "Term", "secretTerm": "Ada no more"}]
    assert shop.client.patch(f"{QUOTE}/{second}", {"quoteItem": lines}).status_code == 200
    address = f"{VERBS}/{second}/comparison"
    assert "Ada no more" in shop.client.get(address).text
    told = site.user("compares.only", roles=["comparer"], scopes=("*:read",)).get(address)
    assert told.status_code == 200, told.json
    assert "Ada" not in told.text
