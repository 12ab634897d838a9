"""Publishing by a client as by the page, the warning before an offer has no price left, and what a
simulation asks of a customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import post
from tests.web.test_catalog_changes import LATER, draft, prices_of
from tests.web.test_catalog_editor import LIVE, PART, Entry, page_of, priced, read, shelf
from trunkline.access.standard import ROLES
from trunkline.kernel.actor import Grant

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
