"""Selling, changing and ending from the page of a customer, in no more actions than their targets.

A click, a key or a chord is one action, a text typed is one text; scrolling is free. A choice in
a list of the browser's own is two clicks, or what is typed of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import CUSTOMER, Office
from tests.browser.hands import Hands
from tests.ordering.scripted import Shop
from tests.web.test_capture import installed

BY = pytest.mark.parametrize("by", ["keys", "mouse"])
PRODUCT = "/tmf-api/productInventory/v4/product"


@pytest.fixture
def shop(office: Office) -> Shop:
    """A customer with an account and a site of its own."""
    return Shop.open(office.site)


@pytest.fixture
def at_customer(office: Office, shop: Shop, hands_of: Callable[..., Hands]) -> Callable[[], Hands]:
    """Returns the hands of a sales representative on the page of the customer."""

    def begin() -> Hands:
        hands = hands_of(office.user("sales"), f"/customer/{_key(shop)}")
        hands.page.wait_for_selector("#panel-services .panel-body :is(.site, .empty)")
        return hands

    return begin


def _key(shop: Shop) -> str:
    return str(shop.site.admin.get(f"{CUSTOMER}/{shop.customer}").json["key"])


def ordered(hands: Hands, shop: Shop) -> dict[str, Any]:
    """Return the order that was sent, once its page is there."""
    hands.page.wait_for_url("**/order/ORD*")
    return shop.read(hands.page.url.rpartition("/")[2].partition("?")[0])


def started(hands: Hands, by: str, do: str) -> None:
    """Begin an order about the product that the page shows."""
    summary = "#panel-services details.drop > summary"
    link = f"#panel-services details.drop a[href$='do={do}']"
    hands.follow(by, summary, "Shift+E")
    hands.page.locator(link).wait_for()
    links = hands.page.locator("#panel-services details[open] .sheet a").all()
    at = [one.get_attribute("href") for one in links].index(hands.page.get_attribute(link, "href"))
    hands.follow(by, link, str(at + 1))
    hands.page.wait_for_selector(".cart-line")


def sent_off(hands: Hands, by: str) -> None:
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click("button[value=submit]")


@BY
def test_a_bundle_is_sold_at_a_site(shop: Shop, at_customer: Callable[[], Hands], by: str) -> None:
    """A new order, the offer by its name, and off it goes to the only site."""
    hands = at_customer()
    page = hands.page
    if by == "keys":
        hands.press("o")
    else:
        hands.click("a[href^='/order/new?customer=']")
    page.wait_for_selector("#q:focus")
    hands.type("fibre home")
    if by == "keys":
        hands.press("Enter")
    else:
        page.wait_for_selector(".offer.first")
        hands.click(".offer.first button")
    page.wait_for_selector("#line-1:focus")
    page.wait_for_selector(".cost-bar .total:has-text('49.90')")
    sent_off(hands, by)
    (item,) = ordered(hands, shop)["productOrderItem"]
    assert item["product"]["place"][0]["id"] == shop.place
    hands.needed_at_most(3, 1)


@BY
def test_a_speed_is_changed(shop: Shop, at_customer: Callable[[], Hands], by: str) -> None:
    (product,) = installed(shop, shop.fibre(speed=100))
    hands = at_customer()
    page = hands.page
    started(hands, by, "change")
    choice = "select[name='line.1.offering']"
    page.wait_for_selector(f"{choice}:focus")
    if by == "keys":
        hands.type("Fibre 1G")
    else:
        hands.actions += 2
        page.select_option(choice, label="Fibre 1G")
    page.wait_for_selector(".differences:has-text('Fibre 1G')")
    page.wait_for_selector(".cost-bar .delta")
    sent_off(hands, by)
    (item,) = ordered(hands, shop)["productOrderItem"]
    assert (item["action"], item["product"]["id"]) == ("modify", product["id"])
    assert item["productOffering"]["id"] == shop.offerings["Fibre 1G"]
    if by == "keys":
        hands.needed_at_most(3, 1)
    else:
        hands.needed_at_most(5)


@BY
def test_a_line_is_disconnected(shop: Shop, at_customer: Callable[[], Hands], by: str) -> None:
    (product,) = installed(shop, shop.fibre(speed=100))
    hands = at_customer()
    started(hands, by, "disconnect")
    hands.page.wait_for_selector(".differences:has-text('Terminated')")
    sent_off(hands, by)
    (item,) = ordered(hands, shop)["productOrderItem"]
    assert (item["action"], item["product"]["id"]) == ("delete", product["id"])
    hands.needed_at_most(3)


@BY
def test_many_sites_are_pasted_and_sold_to(
    shop: Shop, at_customer: Callable[[], Hands], by: str
) -> None:
    """Paste, take the offer, send: one order, an item for each site that was recognized."""
    owner = [{"id": shop.customer, "role": "customer"}]
    for number in range(3):
        body = {"name": f"Branch {number}", "status": "active", "relatedParty": owner}
        path = "/tmf-api/geographicSiteManagement/v4/geographicSite"
        assert shop.site.admin.post(path, body).status_code == 201
    hands = at_customer()
    page = hands.page
    hands.follow(by, "a[href^='/order/new?customer=']", "o")
    page.wait_for_selector("#q:focus")
    hands.follow(by, "#paste-sites-button", "Control+i")
    page.wait_for_selector("#paste:focus")
    hands.texts += 1
    page.keyboard.insert_text("Branch 0\nBranch 1\nBranch 2\nBranch 9")
    hands.follow(by, "button[value=paste]", "Control+Enter")
    page.wait_for_selector(".left-over:has-text('Branch 9')")
    assert page.input_value("#paste") == "Branch 9"
    hands.follow(by, "#paste-sites .actions button:not([value])", "Escape")
    page.wait_for_selector("#paste-sites", state="hidden")
    page.wait_for_selector("#q:focus")
    hands.type("fibre 100m")
    page.wait_for_selector(".offer.first")
    hands.follow(by, ".offer.first button", "Enter")
    page.wait_for_selector("#line-1:focus")
    sent_off(hands, by)
    assert len(ordered(hands, shop)["productOrderItem"]) == 3
    hands.needed_at_most(6, 2)
