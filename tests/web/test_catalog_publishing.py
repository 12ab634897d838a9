"""Publishing by a client as by the page, the warning before an offer has no price left, what a
simulation asks, and versions that lie far apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import address
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import post
from tests.web.test_catalog_changes import LATER, draft, prices_of
from tests.web.test_catalog_editor import LIVE, PART, Entry, page_of, priced, read, shelf
from trunkline.access.standard import ROLES
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry
from trunkline.web.catalog import tree

__all__ = ["shelf"]
CATALOG = "/tmf-api/productCatalogManagement/v4"


def test_the_form_warns_where_no_price_is_left_from_a_day_on(admin: Browser, site: Site) -> None:
    """Ended with none that follows, or the one that was to follow taken off; not where one is."""
    price, offer = priced(site, "Warned", 10)
    page = f"{page_of('productOffering', offer)}/price"

    def warns(do: str, ident: str) -> bool:
        form = admin.get(f"{page}?do={do}&price={ident}", **PART)
        assert form.status_code == 200
        return "the offer costs nothing" in words_of(form.text)

    assert warns("end", price["id"])
    assert not warns("change", price["id"])
    change = {"do": "change", "price": price["id"], "amount": "12", "date": LATER}
    admin.post(page, change, **PART)
    _, follows = prices_of(site, offer)
    assert not warns("off", follows["id"]), "the former one goes on then"
    added = {"do": "add", "name": "Other", "how": "month", "amount": "3", "date": LATER}
    admin.post(page, added, **PART)
    admin.post(page, {"do": "off", "price": follows["id"]}, **PART)
    admin.post(page, {"do": "end", "price": price["id"], "date": LATER}, **PART)
    assert warns("off", prices_of(site, offer)[1]["id"])


def test_a_client_publishes_and_takes_back_as_the_page_does(admin: Browser, site: Site) -> None:
    """Now or from a moment on, with what is needed; the same refusals, and once for each key."""
    price, offer = draft(site, "By a client")
    address = f"/api/catalog/v1/productOffering/{offer['key']}"
    past = site.admin.post(f"{address}/publish", {"startDateTime": "2001-01-01T00:00:00Z"})
    assert (past.status_code, past.json["code"]) == (400, "startPast")
    later = {"startDateTime": f"{LATER}T00:00:00Z"}
    key = {"Idempotency-Key": "publish-once"}
    for _ in range(2):
        done = site.admin.post(f"{address}/publish", later, headers=key)
        assert [one["id"] for one in done.json] == [price["id"], offer["id"]]
    assert done.json[1]["validFor"]["startDateTime"].startswith(LATER)
    assert site.admin.post(f"{address}/publish", {}).status_code == 409
    assert len(site.admin.post(f"{address}/takeBack").json) == 2
    assert site.admin.post(f"{address}/publish").status_code == 200
    assert read(site, "ProductOffering", offer["id"])["lifecycleStatus"] == "Launched"
    assert site.admin.post(f"{address}/takeBack").status_code == 409
    assert site.admin.post("/api/catalog/v1/individual/x/publish").status_code == 404
    assert site.unentitled().post(f"{address}/publish").status_code == 403


def test_the_home_of_the_catalog_names_offers_whose_checks_fail(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    """A draft that needs what has retired, with why; one that may go live is not there."""
    _, fine = draft(site, "Passes")
    price, offer = draft(site, "Fails")
    retired = {"lifecycleStatus": "Launched"}, {"lifecycleStatus": "Retired"}
    for patch in retired:
        address = f"{CATALOG}/productOfferingPrice/{price['id']}"
        assert site.admin.patch(address, patch).status_code == 200
    keeper = signed_in("keeper", {f"TMF620:{verb}": Grant() for verb in ("read", "update")})
    assert "Failed checks" in words_of(keeper.get("/").text)
    keeper.get("/panel/failing")
    with counted() as sent:
        html = source_of(keeper.get("/panel/failing"))
    own = [one for one in sent if not one.lower().startswith(("begin", "set local", "commit"))]
    assert len(own) <= 3, own
    told = words_of(html)
    assert "Fails" in told
    assert "check failed" in told or "checks failed" in told
    assert page_of("productOffering", offer) in html
    assert page_of("productOffering", fine) not in html


def test_a_simulation_asks_for_no_customer_where_none_may_be_read(
    site: Site, signed_in: Any, admin: Browser, shelf: dict[str, Entry]
) -> None:
    """A catalog manager sees no customers, so neither is one asked for nor a place missed."""
    wire = post(site, "ServiceSpecification", {
        "name": "Wire", "@type": "CustomerFacingServiceSpecification", "locationSpecific": True,
        **LIVE,
    })  # fmt: skip
    product = post(site, "ProductSpecification", {
        "name": "Wired", "serviceSpecification": [{"id": wire["id"]}], **LIVE,
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": "Wired 1", "isSellable": True, "productSpecification": {"id": product["id"]},
        "productOfferingPrice": [{"id": shelf["price"]["id"]}], **LIVE,
    })  # fmt: skip
    pane = f"{page_of('productOffering', offer)}/pane/simulate"
    browser = signed_in("toni", dict(ROLES["catalog"].permissions))
    asked = browser.get(pane, **PART)
    assert 'name="quantity"' in asked.text
    assert 'name="customer"' not in asked.text
    assert 'name="customer"' in admin.get(pane, **PART).text
    told = words_of(browser.get(f"{pane}?asked=1", **PART).text)
    assert "29.90 EUR per month" in told
    assert "Wire" in told
    assert "name the place" not in told
    who = post(site, "Individual", {"givenName": "Uta", "familyName": "Unhoused"})
    buyer = post(site, "Customer", {"name": "Uta Unhoused", "engagedParty": {
        "id": who["id"], "@referredType": "Individual"}})  # fmt: skip
    typed = f"{pane}?asked=1&customer.text={buyer['key']}"
    told = words_of(admin.get(typed, **PART).text)
    assert "The customer has no site yet" in told
    assert "draft" not in told
    post(site, "GeographicSite", {
        "name": "Her house", "status": "active",
        "relatedParty": [{"id": buyer["id"], "role": "customer", "@referredType": "Customer"}],
    })  # fmt: skip
    told = words_of(admin.get(typed, **PART).text)
    assert "Her house" in told
    assert "no site" not in told


def test_versions_far_apart_are_compared_and_the_way_back_is_whole(
    admin: Browser, site: Site
) -> None:
    """However many changes lie between; a version that there is none of is refused."""
    draft = post(site, "ProductOffering", {"name": "Name 1"})
    where = f"{address(registry['ProductOffering'])}/{draft['id']}"
    for number in range(2, 54):
        site.admin.patch(where, {"name": f"Name {number}"})
    page = f"{page_of('productOffering', draft)}/versions"
    with counted() as sent:
        told = words_of(admin.get(f"{page}?from=1&to=53").text)
    assert "From version 1 to 53 1" in told
    assert "Name Name 1 Name 53" in told
    assert len([one for one in sent if not one.startswith("begin")]) <= 4, "\n".join(sent)
    for none in ("²", "0", "54", "9" * 5_000):
        refused = admin.post(page, {"version": none})
        assert refused.status_code == 404, none
        assert "is not kept" in words_of(refused.text)
    assert admin.post(page, {"version": "1"}).status_code == 303
    assert site.admin.get(where).json["name"] == "Name 1"


def test_versions_tell_values_inside_by_what_they_are_called(admin: Browser, site: Site) -> None:
    """What stands before a characteristic does not make another one of it."""
    speed = {"name": "speed", "valueType": "integer",
             "productSpecCharacteristicValue": [{"value": 100}, {"value": 200}]}  # fmt: skip
    colour = {"name": "colour", "valueType": "string"}
    held = "productSpecCharacteristic"
    made = post(site, "ProductSpecification", {"name": "Told", held: [speed, colour]})
    where = f"{address(registry['ProductSpecification'])}/{made['id']}"
    now = site.admin.get(where).json[held]
    now[0]["productSpecCharacteristicValue"].insert(0, {"value": 50})
    first = {"name": "static ip", "valueType": "boolean"}
    assert site.admin.patch(where, {held: [first, now[1], now[0]]}).status_code == 200
    page = f"{page_of('productSpecification', made)}/versions"
    told = words_of(admin.get(page).text)
    assert "Characteristics speed, values 50, value – 50" in told
    assert "Characteristics static ip, value type – Boolean" in told
    assert "Characteristics speed, colour colour, speed" in told
    assert "100" not in told.partition("From version 1 to 2")[2].partition("Compare")[0]
    assert admin.post(page, {"version": "1"}).status_code == 303
    assert [one["name"] for one in site.admin.get(where).json[held]] == ["speed", "colour"]
    for ident, told in (("7", "x"), ("7 8", "is not there any more")):
        made = post(site, "ProductSpecification", {"name": "Numbered"})
        where = f"{address(registry['ProductSpecification'])}/{made['id']}"
        numbered = {held: [{"name": "x", "valueType": "string", "id": ident}]}
        assert site.admin.patch(where, numbered).status_code == 200
        page = admin.get(f"{page_of('productSpecification', made)}/versions")
        assert (page.status_code, told in words_of(page.text)) == (200, True), words_of(page.text)


def test_a_simulation_of_a_past_day_has_the_prices_of_that_day(
    admin: Browser, site: Site, shelf: dict[str, Entry]
) -> None:
    """What is no day is said, and not taken for today in silence."""
    past = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2021-01-01T00:00:00Z"}
    once = post(site, "ProductOfferingPrice", {
        "name": "Once", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": 30},
        "validFor": past, **LIVE,
    })  # fmt: skip
    former = post(site, "ProductOffering", {
        "name": "Fibre once", "isSellable": True,
        "productSpecification": {"id": shelf["product"]["id"]},
        "productOfferingPrice": [{"id": once["id"]}, {"id": shelf["price"]["id"]}], **LIVE,
    })  # fmt: skip
    pane = f"{page_of('productOffering', former)}/pane/simulate?asked=1"
    assert "30.00" not in admin.get(pane, **PART).text
    assert "59.90 EUR" in words_of(admin.get(f"{pane}&date=2020-06-01", **PART).text)
    assert "That is no date" in admin.get(f"{pane}&date=2020-06-31", **PART).text


def test_a_branch_of_very_many_leads_to_the_list_of_all(
    admin: Browser, signed_in: Callable[..., Browser], shelf: dict[str, Entry],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """And who may not move entries is not offered it."""
    monkeypatch.setattr(tree, "CHILDREN_MAX", 1)
    address_of = f"/catalog/branch?of=category/{shelf['inner']['id']}"
    html = source_of(admin.get(address_of, **PART))
    assert "data-movable" in html
    (rest,) = re.findall(r'<a href="([^"]+)"[^>]*>More in the list', html)
    assert rest.startswith("/r/productOffering?")
    listed = words_of(admin.get(rest).text)
    assert "Fibre 500" in listed
    reader = signed_in("tree-reader", {"catalog:read": Grant("all")})
    assert "data-movable" not in source_of(reader.get(address_of, **PART))
