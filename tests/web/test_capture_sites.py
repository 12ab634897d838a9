"""Many sites at once, what may be sold to whom and where, and customers made on the way."""

from __future__ import annotations

from typing import Any

import falcon.testing
import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from tests.web.test_administration import USERS, ident_of, person
from tests.web.test_capture import CATALOG, PAGE, PART, SITE, opened, sent, step
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import Line

CUSTOMER = "/tmf-api/customerManagement/v4/customer"


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def branches(shop: Shop, count: int) -> list[dict[str, Any]]:
    owner = [{"id": shop.customer, "role": "customer"}]
    made = []
    for number in range(count):
        body = {"name": f"Branch {number}", "status": "active", "relatedParty": owner}
        made.append(shop.site.admin.post(SITE, body).json)
    return made


def test_pasted_sites_are_chosen_and_an_offer_goes_to_all(shop: Shop, admin: Browser) -> None:
    """What is no site stays in the box and says why; one order goes to all the others."""
    first, second, third = branches(shop, 3)
    fields = opened(admin, customer=shop.customer)
    text = f"{first['key']}\nBRANCH 1\nBranch 2;Somewhere\nNo Such Place"
    fields, html = step(admin, fields, "paste", paste=text)
    said = words_of(html)
    assert "3 sites were recognized and chosen" in said
    assert "No Such Place No site of this customer has this key, name or address" in said
    assert set(fields["site"]) == {first["id"], second["id"], third["id"]}
    assert ">No Such Place</textarea>" in html
    fields, html = step(admin, fields | {"paste": "No Such Place"},
                        f"add:{shop.offerings['Fibre 100M']}")  # fmt: skip
    assert "1 pasted line is no site" in words_of(html)
    assert "89.70 EUR per month" in words_of(html)
    order = shop.read(sent(admin, fields))
    places = [one["product"]["place"][0]["id"] for one in order["productOrderItem"]]
    assert sorted(places) == sorted([first["id"], second["id"], third["id"]])


def test_a_line_goes_to_all_the_sites_that_are_chosen_later(shop: Shop, admin: Browser) -> None:
    made = branches(shop, 2)
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Fibre 100M']}", site=[made[0]["id"]])
    fields, html = step(admin, fields, "paste", paste="\n".join(one["key"] for one in made))
    assert "At all 2 chosen sites" in words_of(html)
    fields, html = step(admin, fields, "at-all:1")
    assert sorted(fields["line.1.site"]) == sorted(one["id"] for one in made)
    assert "At all 2 chosen sites" not in words_of(html)


def test_twice_the_sites_take_twice_the_work(
    shop: Shop, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line of an order is compared with each other line of it, at however many sites it is."""
    made = branches(shop, 24)
    asked: list[str] = []
    offering = OrderContext.offering

    def counting(context: OrderContext, line: Line) -> Any:
        asked.append(line.id)
        return offering(context, line)

    monkeypatch.setattr(OrderContext, "offering", counting)
    took = []
    for count in (8, 24):
        fields = opened(admin, customer=shop.customer)
        keys = "\n".join(one["key"] for one in made[:count])
        fields, _ = step(admin, fields, "paste", paste=keys)
        asked.clear()
        _, html = step(admin, fields, f"add:{shop.offerings['Fibre Home']}")
        assert "EUR per month" in words_of(html)
        took.append(len(asked))
    assert took[1] <= 3.3 * took[0], took


def test_sites_of_others_are_none(shop: Shop, admin: Browser) -> None:
    other = Shop.open(shop.site)
    (foreign,) = branches(other, 1)
    fields = opened(admin, customer=shop.customer)
    fields, html = step(admin, fields, "paste", paste=foreign["key"])
    assert "No site of this customer" in html
    assert foreign["id"] not in fields.get("site", [])
    fields, html = step(admin, fields, "", site=[foreign["id"]])
    assert foreign["id"] not in fields.get("site", [])


def test_what_is_for_other_markets_is_not_sold(shop: Shop, admin: Browser) -> None:
    """The customer's market is its characteristic `marketSegment`; who says none is offered all."""
    body = {"name": "Capture Market", "lifecycleStatus": "Active",
            "marketSegment": [{"id": "business", "name": "Business"}]}  # fmt: skip
    assert shop.site.admin.post(f"{CATALOG}/productOffering", body).status_code == 201
    asked = {"customer": [shop.customer], "for": shop.customer, "q": "capture market"}
    assert "add:" in admin.post(f"{PAGE}/offers", asked).text

    def said_to_be(segment: str) -> str:
        patch = {"characteristic": [{"name": "marketSegment", "value": segment}]}
        answer = shop.site.admin.patch(f"{CUSTOMER}/{shop.customer}", patch)
        assert answer.status_code == 200, answer.json
        return str(admin.post(f"{PAGE}/offers", asked).text)

    assert "Sold only to Business" in words_of(said_to_be("Consumer"))
    assert "add:" not in said_to_be("Consumer")
    assert "add:" in said_to_be("BUSINESS")


def test_sites_where_an_offer_is_not_sold_are_named(shop: Shop, admin: Browser) -> None:
    here, away = branches(shop, 2)
    body = {"name": "Capture Corner", "lifecycleStatus": "Active",
            "place": [{"id": here["id"], "@referredType": "GeographicSite"}]}  # fmt: skip
    assert shop.site.admin.post(f"{CATALOG}/productOffering", body).status_code == 201
    asked = {"customer": [shop.customer], "site": [here["id"], away["id"]], "q": "capture corner"}
    answer = admin.post(f"{PAGE}/offers", asked)
    assert "Not offered at Branch 1" in words_of(answer.text)
    assert "add:" not in answer.text


def test_who_looks_as_another_sees_the_order_and_sends_none(
    shop: Shop, site: Site, pages: falcon.testing.TestClient
) -> None:
    """Offers and lines follow as for the other one; nothing is sent, saved or made."""
    looker = Browser(pages)
    looker.sign_in("admin")
    person(site, "vera", "administrator")
    assert looker.post(f"{USERS}/{ident_of(site, 'vera')}", {"do": "view"}).status_code == 303
    fields = opened(looker, customer=shop.customer)
    assert "add:" in looker.post(f"{PAGE}/offers", fields).text
    fields, html = step(looker, fields, f"add:{shop.offerings['Fibre Home']}")
    assert "49.90 EUR per month" in words_of(html)
    for name in ("submit", "save", "make-site", "make-customer"):
        for address in (PAGE, f"{PAGE}/form"):
            refused = looker.post(address, fields | {"step": name}, **PART)
            assert refused.status_code == 403
            assert "only look" in words_of(refused.text)
    looker.post("/administration/viewing/end", {})


def test_somebody_who_is_there_already_is_not_made_again(admin: Browser, shop: Shop) -> None:
    """Before a new customer is saved those who may be the one are shown with why. One of them is
    taken, and made a customer where that is none yet; who is somebody else needs a reason, which
    is kept."""
    new = {"new.customer.kind": "person", "new.customer.given": "Rosalind",
           "new.customer.family": "Franklin", "new.customer.mail": "r.f@example.com"}  # fmt: skip
    step(admin, opened(admin), "make-customer", **new)
    individual = "/tmf-api/party/v4/individual"
    shop.site.work()
    (first,) = shop.site.admin.get(individual, query_string="familyName=Franklin").json
    asked, html = step(admin, opened(admin), "make-customer", **new)
    told = words_of(html)
    assert "Somebody like that is there already" in told
    assert first["key"] in told
    assert "Same e-mail address" in told
    assert not asked.get("account", [""])[0]
    taken, _ = step(
        admin, opened(admin), "make-customer", **new | {"new.customer.use": first["id"]}
    )
    people = shop.site.admin.get(individual, query_string="familyName=Franklin").json
    assert [one["id"] for one in people] == [first["id"]]
    customers = "/tmf-api/customerManagement/v4/customer"
    (known,) = shop.site.admin.get(customers, query_string=f"engagedParty.id={first['id']}").json
    assert taken["customer"] == [known["id"]]

    why = {"new.customer.note": "her mother, with the same address"}
    other, _ = step(admin, opened(admin), "make-customer", **new | why)
    assert other["customer"] != [known["id"]]
    (pair,) = shop.site.admin.get(
        "/api/party/v1/duplicatePair", query_string=f"first.id={first['id']}"
    ).json
    assert pair["note"] == why["new.customer.note"]

    mail = {"mediumType": "email", "characteristic": {"emailAddress": "m.m@example.com"}}
    body = {"givenName": "Maud", "familyName": "Menten", "contactMedium": [mail]}
    maud = shop.site.admin.post(individual, body).json
    named = {"new.customer.kind": "person", "new.customer.given": "Maud",
             "new.customer.family": "Menten", "new.customer.use": maud["id"]}  # fmt: skip
    made, _ = step(admin, opened(admin), "make-customer", **named)
    (customer,) = shop.site.admin.get(customers, query_string=f"engagedParty.id={maud['id']}").json
    assert made["customer"] == [customer["id"]]
    assert made["account"][0]
