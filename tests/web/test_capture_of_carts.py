"""Order capture with a shopping cart, and by one of several agreements of the customer."""

from __future__ import annotations

import pytest

from tests.contract.agreeing import CARTS, Company, agreed, created, offering, price
from tests.sales.test_cart import OWN, offered, sums
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import ORDER, PAGE, opened, sent, step, unfolded


@pytest.fixture(scope="module")
def company(site: Site) -> Company:
    return Company(site.admin)


@pytest.fixture(scope="module")
def browser(site: Site) -> Browser:
    return browser_of(site, "admin")


def test_a_cart_is_opened_changed_and_ordered(
    site: Site, company: Company, browser: Browser
) -> None:
    """What lies in a cart stands on the page; it goes back with its told price and what the page
    does not ask, what is saved for later stays, and what is ordered is the cart's order."""
    first, second = offered(site), offering(site.admin, 30, name="Second line")
    note = [{"text": "as talked about"}]
    cart = created(site.admin, CARTS, {
        "relatedParty": [company.named], "billingAccount": {"id": company.account},
        "cartItem": [
            {"id": "7", "action": "add", "productOffering": {"id": first}, "note": note},
            {"id": "9", "action": "add", "productOffering": {"id": second},
             "status": "saveForLater"},
        ],
    })  # fmt: skip
    site.move_clock(86_400)  # its price is another one now than was told
    assert f"{PAGE}?cart={cart['key']}" in source_of(browser.get(f"/cart/{cart['key']}"))
    fields, html = unfolded(browser, cart=cart["key"])
    assert fields["line.1.offering"] == [first]
    assert "line.2.offering" not in fields
    assert "Save the cart" in words_of(html)
    fields, _ = step(browser, fields, f"add:{second}")
    answer = browser.post(PAGE, fields | {"step": "basket"})
    assert answer.status_code == 303, words_of(answer.text)
    kept = site.admin.get(f"{CARTS}/{cart['id']}").json
    items = {one["id"]: one for one in kept["cartItem"]}
    assert [one["productOffering"]["id"] for one in items.values()] == [first, second, second]
    assert items["7"]["note"] == note
    assert sums(items["7"]["itemPrice"]) == sums(cart["cartItem"][0]["itemPrice"])
    assert items["9"]["status"] == "saveForLater"
    assert len(items) == 3
    fields, _ = unfolded(browser, cart=cart["key"])
    moved = browser.post(PAGE, fields | {"step": "submit"})
    assert moved.status_code == 409
    assert "34.50 EUR a month" in words_of(moved.text)
    site.admin.post(f"{OWN}/{cart['id']}/takePrices", {})
    key = sent(browser, unfolded(browser, cart=cart["key"])[0])
    order = site.admin.get(f"{ORDER}/{key}").json
    done = site.admin.get(f"{CARTS}/{cart['id']}").json
    assert done["status"] == "checkedOut"
    assert done["productOrder"]["id"] == order["id"]
    assert len(order["productOrderItem"]) == 2
    assert browser.get(f"{PAGE}?cart={cart['key']}").status_code == 409


def test_a_new_line_takes_nothing_over_from_one_that_was_taken_away(
    site: Site, company: Company, browser: Browser
) -> None:
    """A new line does not become a former one by its number; terms of a line stay; a cart that was
    changed meanwhile is not overwritten, and what was typed stays on the page."""
    first, second, third = (offering(site.admin, 10 + one) for one in range(3))
    term = [{"name": "Minimum term", "duration": {"amount": 24, "units": "month"}}]
    cart = created(site.admin, CARTS, {
        "relatedParty": [company.named],
        "cartItem": [
            {"id": "5", "action": "add", "productOffering": {"id": first}, "itemTerm": term},
            {"id": "6", "action": "add", "productOffering": {"id": second},
             "note": [{"text": "of the second"}]},
        ],
    })  # fmt: skip
    fields, _ = unfolded(browser, cart=cart["key"])
    fields, _ = step(browser, fields, "drop:2")
    fields, _ = step(browser, fields, f"add:{third}")
    assert fields["line.2.offering"] == [third]
    path = f"{CARTS}/{cart['id']}"
    moved = site.admin.patch(path, {"description": "changed in the portal"})
    assert moved.status_code == 200, moved.json
    refused = browser.post(PAGE, fields | {"step": "basket"})
    assert refused.status_code == 409
    assert "was changed meanwhile" in words_of(refused.text)
    assert third in refused.text
    assert site.admin.get(path).json["cartItem"][1]["productOffering"]["id"] == second
    fields["version"] = unfolded(browser, cart=cart["key"])[0]["version"]
    assert browser.post(PAGE, fields | {"step": "basket"}).status_code == 303
    kept, new = site.admin.get(path).json["cartItem"]
    assert (kept["id"], kept["itemTerm"]) == ("5", term)
    assert new["productOffering"]["id"] == third
    assert new["id"] != "6"
    assert "note" not in new


def test_one_of_several_agreements_is_chosen(
    site: Site, company: Company, browser: Browser
) -> None:
    """Offers and order are priced by the agreement that is chosen; a draft keeps the choice."""
    line = offering(site.admin, 49)
    named = [{"productOffering": [{"id": line}], "productOfferingPrice": [price(40)]}]
    cheaper = [{"productOffering": [{"id": line}], "productOfferingPrice": [price(30)]}]
    agreed(site, company, items=named, name="Old frame")
    assert "agreement" not in opened(browser, customer=company.customer)
    chosen = agreed(site, company, items=cheaper, name="New frame")
    fields = opened(browser, customer=company.customer)
    assert fields["agreement"] == [""]
    fields, html = step(browser, fields, f"add:{line}")
    assert "40.00 EUR per month" in words_of(html)
    fields, html = step(browser, fields, "", agreement=chosen["id"])
    assert "30.00 EUR per month" in words_of(html)
    saved = browser.post(PAGE, fields | {"step": "save"})
    draft = saved.headers["location"].partition("draft=")[2].partition("&")[0]
    fields, _ = unfolded(browser, draft=draft)
    assert fields["agreement"] == [chosen["id"]]
    order = site.admin.get(f"{ORDER}/{sent(browser, fields)}").json
    assert [one["id"] for one in order["agreement"]] == [chosen["id"]]
    (paid,) = order["productOrderItem"][0]["itemPrice"]
    assert paid["price"]["dutyFreeAmount"]["value"] == 30
