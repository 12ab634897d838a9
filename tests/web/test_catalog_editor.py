"""The catalog editor: its tree, the panes beside an entry, clones, moves and versions."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import address
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import fibre_order, post
from trunkline.access.standard import ROLES
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry
from trunkline.web.catalog import used
from trunkline.web.catalog.used import COUNT_USES

LIVE = {"lifecycleStatus": "Active"}
PART = {"HX-Request": "true"}
Entry = dict[str, Any]


def read(site: Site, kind: str, ident: str) -> Entry:
    found: Entry = site.admin.get(f"{address(registry[kind])}/{ident}").json
    return found


@pytest.fixture(scope="module")
def shelf(site: Site) -> dict[str, Entry]:
    """A catalog with two categories, and an offer with its price and what realizes it."""
    access = post(site, "ResourceSpecification", {"name": "Port", **LIVE})
    service = post(site, "ServiceSpecification", {
        "name": "Line", "@type": "CustomerFacingServiceSpecification",
        "resourceSpecification": [{"id": access["id"]}], **LIVE,
    })  # fmt: skip
    product = post(site, "ProductSpecification", {
        "name": "Fibre", "serviceSpecification": [{"id": service["id"]}], **LIVE,
    })  # fmt: skip
    inner = post(site, "Category", {"name": "Homes", **LIVE})
    outer = post(site, "Category", {"name": "Internet", "subCategory": [{"id": inner["id"]}]})
    other = post(site, "Category", {"name": "Business", **LIVE})
    branches = [{"id": outer["id"]}, {"id": other["id"]}]
    catalog = post(site, "Catalog", {"name": "Shelf", "category": branches})
    price = post(site, "ProductOfferingPrice", {
        "name": "Monthly", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": 29.9}, **LIVE,
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": "Fibre 500", "isSellable": True, "category": [{"id": inner["id"]}],
        "productSpecification": {"id": product["id"]},
        "productOfferingPrice": [{"id": price["id"]}], **LIVE,
    })  # fmt: skip
    return {"catalog": catalog, "outer": outer, "inner": inner, "other": other, "price": price,
            "offer": offer, "product": product, "service": service, "access": access}  # fmt: skip


def page_of(segment: str, entry: Entry) -> str:
    return f"/catalog/{segment}/{entry['key']}"


def names_below(browser: Browser, segment: str, entry: Entry) -> list[str]:
    answer = browser.get(f"/catalog/branch?of={segment}/{entry['key']}&level=2", **PART)
    assert answer.status_code == 200, words_of(answer.text)
    return re.findall(r'<a href="[^"]+"[^>]*>([^<]+)</a>', source_of(answer))


def test_the_tree_leads_from_the_catalog_to_the_resource(
    admin: Browser, shelf: dict[str, Entry]
) -> None:
    start = source_of(admin.get("/catalog"))
    assert 'role="tree"' in start
    assert f'data-address="{page_of("catalog", shelf["catalog"])}"' in start
    assert names_below(admin, "catalog", shelf["catalog"]) == ["Internet", "Business"]
    assert names_below(admin, "category", shelf["outer"]) == ["Homes"]
    assert names_below(admin, "category", shelf["inner"]) == ["Fibre 500"]
    assert names_below(admin, "productOffering", shelf["offer"]) == ["Monthly", "Fibre"]
    assert names_below(admin, "productSpecification", shelf["product"]) == ["Line"]
    assert names_below(admin, "serviceSpecification", shelf["service"]) == ["Port"]
    everything = source_of(admin.get("/catalog/branch?of=all:ResourceSpecification", **PART))
    assert ">Port</a>" in everything


def test_an_entry_is_found_by_its_name(admin: Browser, shelf: dict[str, Entry]) -> None:
    found = source_of(admin.get("/catalog/found?q=fibre", **PART))
    assert page_of("productOffering", shelf["offer"]) in found
    assert page_of("productSpecification", shelf["product"]) in found


def test_an_entry_shows_its_prices_and_its_facts(admin: Browser, shelf: dict[str, Entry]) -> None:
    whole = admin.get(page_of("productOffering", shelf["offer"]))
    assert "29.90 EUR" in words_of(whole.text)
    alone = admin.get(page_of("productOffering", shelf["offer"]), **PART)
    assert 'role="tree"' not in alone.text
    assert f"/r/productOffering/{shelf['offer']['key']}/edit" in source_of(alone)
    assert admin.get("/catalog/customer/CUS000001").status_code == 404
    page, key = page_of("productOffering", shelf["offer"]), shelf["offer"]["key"]
    product = page_of("productSpecification", shelf["product"])
    for part, told in (
        (f"{page}/pane/used", "Used nowhere yet."),
        (f"{page}/pane/checks", "Nothing wrong"),
        (f"{page}/pane/simulate", "Customer (may be left empty)"),
        (f"{page}/price", "29.90 EUR"),
        (f"{page}/price?do=add", "New price"),
        (f"{product}/characteristic?do=add", "1..10"),
    ):  # what has no script sees the whole page, and that part of it open
        opened = admin.get(part)
        assert 'role="tree"' in opened.text, part
        assert "/edit" in source_of(opened), part
        assert told in opened.text, part
    none = {"do": "add", "name": ""}
    refused = admin.post(f"{product}/characteristic", none)
    assert 'role="tree"' in refused.text
    assert "say what the characteristic is called" in refused.text
    tried = admin.post(f"{page}/pane/simulate/form", {"asked": "1"})
    assert 'role="tree"' in tried.text
    assert "29.90 EUR" in words_of(tried.text).partition("Simulate")[2]
    for part in (f"branch?of=productOffering/{key}", f"path?of=productOffering/{key}",
                 "branch?of=all:ProductOffering", "found?q=fibre"):  # fmt: skip
        assert 'role="tree"' in admin.get(f"/catalog/{part}").text, part


def test_where_used_counts_and_leads_to_the_lists_it_counts(admin: Browser, site: Site) -> None:
    order = fibre_order(site)
    ident = order["productOrderItem"][0]["productOffering"]["id"]
    bundle = post(site, "ProductOffering", {
        "name": "Pack", "isBundle": True, "bundledProductOffering": [{"id": ident}],
    })  # fmt: skip
    pane = source_of(admin.get(f"/catalog/productOffering/{ident}/pane/used", **PART))
    assert "Open orders 1" in words_of(pane)
    list_of_bundles = f"/r/productOffering?bundledProductOffering.id={ident}"
    assert list_of_bundles in pane
    assert bundle["key"] in admin.get(list_of_bundles).text
    assert words_of(pane).count("Product orders 1") == 1
    assert "Product order item" not in words_of(pane)
    post(site, "ProductOffering", {
        "name": "Beside it",
        "productOfferingRelationship": [{"id": ident, "relationshipType": "requires"}],
    })  # fmt: skip
    several = admin.get(f"/catalog/productOffering/{ident}/pane/used", **PART)
    ways = "Product offerings 2 Bundled product offering 1 Product offering relationship 1"
    assert ways in words_of(several.text)
    assert list_of_bundles in source_of(several)
    of_orders = re.search(r'"(/r/productOrder[^"]+state=[^"]+)"', pane)
    assert of_orders is not None
    assert order["key"] in admin.get(unescape(of_orders.group(1))).text


def test_where_used_says_nothing_of_what_the_visitor_may_not_read(
    signed_in: Any, admin: Browser, site: Site
) -> None:
    order = fibre_order(site)
    ident = order["productOrderItem"][0]["productOffering"]["id"]
    page = f"/catalog/productOffering/{ident}/pane/used"
    assert "/r/productOrder?" in source_of(admin.get(page, **PART))
    browser = signed_in("shelver", {"catalog:read": Grant("all")})
    pane = browser.get(page, **PART)
    assert pane.status_code == 200
    assert "/r/productOrder?" not in source_of(pane)
    assert "Products and orders are not yours to see" in words_of(pane.text)


def test_who_may_count_uses_learns_how_many_there_are_and_nothing_of_them(
    signed_in: Any, site: Site
) -> None:
    """The right is one of its own; without it neither number nor list is told."""
    order = fibre_order(site)
    ident = order["productOrderItem"][0]["productOffering"]["id"]
    page = f"/catalog/productOffering/{ident}/pane/used"
    rights = {"catalog:read": Grant("all"), COUNT_USES: Grant("all")}
    pane = signed_in("counter", rights).get(page, **PART)
    assert "Open orders 1" in words_of(pane.text)
    assert "/r/productOrder?" not in source_of(pane)
    assert "Numbers without a link count what is not yours to see." in words_of(pane.text)
    narrow = signed_in("narrow", rights | {"Product:read": Grant("own")}).get(page, **PART)
    assert "Open orders" not in words_of(narrow.text)
    assert "Product orders 1" not in words_of(narrow.text)
    assert COUNT_USES in ROLES["catalog"].permissions


def test_uses_are_counted_to_a_most_in_three_statements(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often an entry is used: the ways are found step by step, each number ends."""
    order = fibre_order(site)
    ident = order["productOrderItem"][0]["productOffering"]["id"]
    for number in range(3):
        body = {
            "name": f"Pack {number}",
            "isBundle": True,
            "bundledProductOffering": [{"id": ident}],
        }
        post(site, "ProductOffering", body)
    page = f"/catalog/productOffering/{ident}/pane/used"
    admin.get(page, **PART)
    with counted() as sent:
        assert "Product offerings 3" in words_of(admin.get(page, **PART).text)
    assert len([one for one in sent if not one.startswith("begin")]) <= 3, "\n".join(sent)
    monkeypatch.setattr(used, "COUNTED_MAX", 2)
    assert "Product offerings 2+" in words_of(admin.get(page, **PART).text)


def test_checks_tell_what_keeps_an_entry_and_what_it_needs_from_being_launched(
    admin: Browser, site: Site, shelf: dict[str, Entry]
) -> None:
    draft = post(site, "ProductOfferingPrice", {"name": "Draft price"})
    offer = post(site, "ProductOffering", {
        "name": "Unready", "productOfferingPrice": [{"id": draft["id"]}],
    })  # fmt: skip
    pane = source_of(admin.get(f"{page_of('productOffering', offer)}/pane/checks", **PART))
    assert "Draft price is In study" in words_of(pane)
    assert f"/r/productOffering/{offer['key']}/edit#at-productOfferingPrice" in pane
    told = admin.post(f"{page_of('productOffering', offer)}/move", {"state": "Launched"})
    assert told.status_code == 400
    assert "Draft price is In study" in words_of(told.text)
    sound = admin.get(f"{page_of('productOffering', shelf['offer'])}/pane/checks", **PART)
    assert "Nothing wrong" in words_of(sound.text)


def test_a_simulation_tells_price_and_plan(admin: Browser, shelf: dict[str, Entry]) -> None:
    pane = f"{page_of('productOffering', shelf['offer'])}/pane/simulate"
    assert "What came of it" not in admin.get(pane, **PART).text
    told = words_of(admin.get(f"{pane}?asked=1&quantity=2", **PART).text)
    assert "59.80 EUR per month" in told
    assert "Line" in told
    assert "Port" in told
    assert "name the customer" not in told


def test_a_simulation_is_of_the_day_that_is_asked_for(
    admin: Browser, site: Site, shelf: dict[str, Entry]
) -> None:
    later = {"validFor": {"startDateTime": "2090-01-01T00:00:00Z"}, **LIVE}
    price = post(site, "ProductOfferingPrice", {
        "name": "Later", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": 40}, **later,
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": "Fibre later", "isSellable": True,
        "productSpecification": {"id": shelf["product"]["id"]},
        "productOfferingPrice": [{"id": price["id"]}], **LIVE,
    })  # fmt: skip
    pane = f"{page_of('productOffering', offer)}/pane/simulate?asked=1"
    assert "40.00" not in admin.get(pane, **PART).text
    assert "40.00" in admin.get(f"{pane}&date=2090-02-01", **PART).text


def test_a_clone_is_a_draft_with_the_price_that_was_typed(
    admin: Browser, site: Site, shelf: dict[str, Entry]
) -> None:
    page = f"{page_of('productOffering', shelf['offer'])}/clone"
    assert 'value="29.9"' in admin.get(page).text
    field = f"amount:{shelf['price']['id']}"
    refused = admin.post(page, {"name": "", field: "29.9"})
    assert refused.status_code == 400
    refused = admin.post(page, {"name": "Fibre 600", field: "dear"})
    assert "must be an amount" in refused.text
    made = admin.post(page, {"name": "Fibre 600", field: "34,90"})
    assert made.status_code == 303, words_of(made.text)
    key = made.headers["location"].partition("?")[0].rpartition("/")[2]
    copy = read(site, "ProductOffering", key)
    assert (copy["name"], copy["lifecycleStatus"]) == ("Fibre 600", "In design")
    assert copy["productSpecification"]["id"] == shelf["product"]["id"]
    price = read(site, "ProductOfferingPrice", copy["productOfferingPrice"][0]["id"])
    assert price["price"] == {"unit": "EUR", "value": 34.9}
    assert price["lifecycleStatus"] == "In design"
    assert read(site, "ProductOfferingPrice", shelf["price"]["id"])["price"]["value"] == 29.9


def test_entries_move_in_the_tree(admin: Browser, site: Site, shelf: dict[str, Entry]) -> None:
    offer = post(site, "ProductOffering", {"name": "Walker",
                                           "category": [{"id": shelf["inner"]["id"]}]})  # fmt: skip
    page = f"{page_of('productOffering', offer)}/place"
    assert "Homes (Category) – now" in words_of(admin.get(page).text)
    moved = admin.post(page, {"to": page_of("category", shelf["other"])})
    assert moved.status_code == 303, words_of(moved.text)
    now = read(site, "ProductOffering", offer["id"])
    assert [one["id"] for one in now["category"]] == [shelf["other"]["id"]]
    both = post(site, "ProductOffering", {"name": "Both", "category": [
        {"id": shelf["inner"]["id"]}, {"id": shelf["other"]["id"]}]})  # fmt: skip
    page = f"{page_of('productOffering', both)}/place"
    assert "It leaves" in words_of(admin.get(page).text), "which of them is asked"
    sent = {"from": page_of("category", shelf["inner"]), "to": page_of("category", shelf["outer"])}
    assert admin.post(page, sent).status_code == 303
    held = {one["id"] for one in read(site, "ProductOffering", both["id"])["category"]}
    assert held == {shelf["other"]["id"], shelf["outer"]["id"]}
    branch = post(site, "Category", {"name": "Twig"})
    page = f"{page_of('category', branch)}/place"
    assert admin.post(page, {"to": page_of("category", shelf["other"])}).status_code == 303
    assert "Twig" in names_below(admin, "category", shelf["other"])
    assert admin.post(page, {"to": page_of("catalog", shelf["catalog"])}).status_code == 303
    assert "Twig" not in names_below(admin, "category", shelf["other"])
    assert "Twig" in names_below(admin, "catalog", shelf["catalog"])
    circle = f"{page_of('category', shelf['outer'])}/place"
    refused = admin.post(circle, {"to": page_of("category", shelf["inner"])})
    assert refused.status_code == 400
    assert "Not moved" in refused.text


def test_versions_differ_and_are_rolled_back(admin: Browser, site: Site) -> None:
    draft = post(site, "ProductOffering", {"name": "First"})
    where = f"{address(registry['ProductOffering'])}/{draft['id']}"
    site.admin.patch(where, {"name": "Second", "family": "Fibre"})
    site.admin.patch(where, {"name": "Third"})
    page = f"{page_of('productOffering', draft)}/versions"
    told = words_of(admin.get(f"{page}?from=1&to=3").text)
    assert "Name First Third" in told
    assert "Family – Fibre" in told
    back = admin.post(page, {"version": "1"})
    assert back.status_code == 303, words_of(back.text)
    now = site.admin.get(where).json
    assert now["name"] == "First"
    assert "family" not in now
    other = post(site, "ProductOffering", {"name": "Another"})
    assert "Another First" in words_of(admin.get(f"{page}?with={other['id']}").text)


def test_panes_take_few_statements(admin: Browser, shelf: dict[str, Entry]) -> None:
    page = f"{page_of('productOffering', shelf['offer'])}/pane/used"
    admin.get(page, **PART)
    with counted() as count:
        admin.get(page, **PART)
    assert len(count) <= 4, "\n".join(count)


def test_who_may_not_see_the_catalog_does_not_get_the_editor(signed_in: Any) -> None:
    browser = signed_in("blind", {"Individual:read": Grant("all")})
    assert browser.get("/catalog").status_code == 403


def priced(site: Site, name: str, value: float) -> tuple[Entry, Entry]:
    """Return a live price and a live offer that has it."""
    price = post(site, "ProductOfferingPrice", {
        "name": name, "priceType": "recurring", "recurringChargePeriodType": "month",
        "price": {"unit": "EUR", "value": value}, **LIVE,
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": f"Offer at {name}", "productOfferingPrice": [{"id": price["id"]}], **LIVE,
    })  # fmt: skip
    return price, offer


def test_prices_of_live_offers_rise_from_a_day_on(admin: Browser, site: Site) -> None:
    price, offer = priced(site, "Riser", 29.9)
    assert f'value="{price["id"]}"' in source_of(admin.get("/catalog/prices?q=riser"))
    asked = {"id": price["id"], "percent": "3", "step": "0.10", "date": "2090-01-01"}
    told = words_of(admin.post("/catalog/prices", asked | {"do": "preview"}).text)
    assert "29.90 30.80 EUR +0.90 1" in told
    assert "keep the price they have" in told
    started = admin.post("/catalog/prices", asked | {"do": "start"})
    assert started.status_code == 303, words_of(started.text)
    assert started.headers["location"].startswith("/jobs/")
    site.work()
    assert admin.get(started.headers["location"]).status_code == 200
    first, second = read(site, "ProductOffering", offer["id"])["productOfferingPrice"]
    assert first["id"] == price["id"]
    former = read(site, "ProductOfferingPrice", price["id"])
    follows = read(site, "ProductOfferingPrice", second["id"])
    assert former["price"]["value"] == 29.9
    assert follows["price"]["value"] == 30.8
    assert follows["lifecycleStatus"] == "Active"
    assert former["validFor"]["endDateTime"] == follows["validFor"]["startDateTime"]
    assert follows["validFor"]["startDateTime"].startswith(("2090-01-01", "2089-12-31"))


def test_prices_do_not_change_without_a_formula_and_a_later_day(admin: Browser, site: Site) -> None:
    price, offer = priced(site, "Stayer", 10)
    told = admin.post("/catalog/prices", {"id": price["id"], "do": "preview"})
    assert told.status_code == 400
    assert "by how much" in told.text
    past = {"id": price["id"], "percent": "3", "date": "2001-01-01", "do": "start"}
    assert "later day" in admin.post("/catalog/prices", past).text
    assert len(read(site, "ProductOffering", offer["id"])["productOfferingPrice"]) == 1


def test_a_live_offer_takes_prices_that_begin_later_and_no_others(site: Site) -> None:
    price, offer = priced(site, "Holder", 10)
    where = f"{address(registry['ProductOffering'])}/{offer['id']}"
    amount = {"priceType": "recurring", "price": {"unit": "EUR", "value": 11}, **LIVE}
    now = post(site, "ProductOfferingPrice", {"name": "Now", **amount})
    later = {"validFor": {"startDateTime": "2090-01-01T00:00:00Z"}}
    then = post(site, "ProductOfferingPrice", {"name": "Then", **amount, **later})
    had = [{"id": price["id"]}]
    refused = site.admin.patch(where, {"productOfferingPrice": [*had, {"id": now["id"]}]})
    assert refused.status_code == 409
    refused = site.admin.patch(where, {"productOfferingPrice": [{"id": then["id"]}]})
    assert refused.status_code == 409
    taken = site.admin.patch(where, {"productOfferingPrice": [*had, {"id": then["id"]}]})
    assert taken.status_code == 200, taken.json
    both = {"productOfferingPrice": [{"id": then["id"]}]}
    assert site.admin.patch(where, both).status_code == 409, "a price that holds stays"
    assert site.admin.patch(where, {"productOfferingPrice": had}).status_code == 200
