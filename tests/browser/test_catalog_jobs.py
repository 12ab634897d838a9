"""The jobs of whoever keeps the catalog, by keyboard and by mouse, in no more than their targets.

Each begins on the home page. A click, a key and a chord are one action each, Tab too; a text or a
day typed is one text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Office
from tests.browser.hands import Hands
from tests.support.samples import address
from tests.web.plans import post
from trunkline.kernel.resource import registry
from trunkline.workspace.search_index import catch_up

BY = pytest.mark.parametrize("by", ["keys", "mouse"])
LIVE = {"lifecycleStatus": "Active"}
Entry = dict[str, Any]
Begin = Callable[[], Hands]


@pytest.fixture
def at_home(office: Office, hands_of: Callable[..., Hands]) -> Begin:
    """Returns the hands of the keeper of the catalog, at home."""

    def begin() -> Hands:
        hands = hands_of(office.user("catalog"))
        hands.page.wait_for_selector("#panel-shelf tbody tr")
        return hands

    return begin


def read(office: Office, kind: str, ident: str) -> Entry:
    found: Entry = office.site.admin.get(f"{address(registry[kind])}/{ident}").json
    return found


def priced(office: Office, name: str, **status: str) -> Entry:
    """Return a new offer with its price, both live unless another state is said."""
    state = status or LIVE
    price = post(office.site, "ProductOfferingPrice", {
        "name": f"{name}, monthly", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": 20}, **state,
    })  # fmt: skip
    return post(office.site, "ProductOffering", {
        "name": name, "isSellable": True, "productOfferingPrice": [{"id": price["id"]}], **state,
    })  # fmt: skip


def on_shelf(hands: Hands, offer: Entry, link: str) -> str:
    """Return where a link of an offer is on the home page; the offer changed last stands first."""
    first = hands.page.locator("#panel-shelf tbody tr a.row").first
    assert first.inner_text() == offer["name"]
    return f"#panel-shelf tr:has(a.row[href$='{offer['key']}']) a[href*='{link}']"


def go(hands: Hands, by: str, key: str, selector: str) -> None:
    """Take the first step: the key on the home page, or the link in the row."""
    if by == "keys":
        hands.press(key)
    else:
        hands.click(selector)


@BY
def test_p1_where_an_offer_is_used(office: Office, signed_in: Callable[..., Any], by: str) -> None:
    catch_up(office.site.services)
    page = signed_in("admin")
    page.goto(office.origin)
    page.wait_for_load_state("networkidle")
    hands = Hands(page)
    if by == "keys":
        hands.press("Control+k")
    else:
        hands.click("#palette")
    hands.type("Fibre 1G")
    wanted = f"#found [role=option][href='/catalog/productOffering/{office.keys['offering']}']"
    page.wait_for_selector(wanted)
    if by == "keys":
        page.wait_for_selector(f"{wanted}[aria-selected=true]")
        hands.press("Enter")
    else:
        hands.click(wanted)
    page.wait_for_url(f"**/catalog/productOffering/{office.keys['offering']}")
    for what in ("Product offerings", "Customers", "Product orders"):
        page.locator("#used .uses", has_text=what).first.wait_for()
    hands.needed_at_most(2, 1)
    page.context.close()


@BY
def test_p2_a_new_offer_from_an_old_one(office: Office, at_home: Begin, by: str) -> None:
    offer = priced(office, f"Old one by {by}")
    hands = at_home()
    page = hands.page
    go(hands, by, "y", on_shelf(hands, offer, "/clone"))
    page.wait_for_selector("#name:focus")
    hands.type(f"New one by {by}")
    if by == "keys":
        hands.press("Tab")
    else:
        hands.click(".amounts input")
    hands.type("24.90")
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click("main form button.primary")
    page.wait_for_url("**done=cloned")
    assert page.inner_text(".entry-title") == f"New one by {by}"
    page.locator("#prices .number", has_text="24.90 EUR").wait_for()
    hands.needed_at_most(3, 2)


@BY
def test_p3_many_prices_rise_from_a_day_on(office: Office, at_home: Begin, by: str) -> None:
    offer = priced(office, f"Riser by {by}")
    hands = at_home()
    page = hands.page
    go(hands, by, "$", "#panel-shelf a[href='/catalog/prices']")
    page.wait_for_selector("#percent:focus")
    hands.type("3")
    if by == "keys":
        hands.press("Tab")
    else:
        hands.click("#date")
    hands.texts += 1
    page.keyboard.type("01012090")
    if by == "keys":
        hands.press("Control+Shift+x")
    else:
        hands.click(".all-of-them")
    many = page.locator("input[name=id]").count()
    assert page.locator("input[name=id]:checked").count() == many > 1
    for step in ("Preview", "Schedule"):
        page.get_by_role("button", name=step, exact=True).wait_for()
        if by == "keys":
            hands.press("Control+Enter")
        else:
            hands.click("main form button.primary")
    page.wait_for_url("**/jobs/*")
    hands.needed_at_most(5, 2)
    office.site.work()
    held = read(office, "ProductOffering", offer["id"])["productOfferingPrice"]
    assert [read(office, "ProductOfferingPrice", one["id"])["price"]["value"] for one in held] == [
        20,
        20.6,
    ]
    made = page.url
    page.reload()
    page.get_by_role("button", name=re.compile("Undo")).click()
    page.wait_for_url(lambda url: "/jobs/" in url and url != made)
    office.site.work()
    assert len(read(office, "ProductOffering", offer["id"])["productOfferingPrice"]) == 1


@BY
def test_p4_it_is_proved_before_the_launch(office: Office, at_home: Begin, by: str) -> None:
    offer = priced(office, f"Proved by {by}")
    hands = at_home()
    page = hands.page
    go(hands, by, "v", on_shelf(hands, offer, "#simulate"))
    page.wait_for_selector("#simulate .simulate button")
    if by == "keys":
        hands.press("v")
    else:
        hands.click("#simulate .simulate button.primary")
    page.locator(".simulated .total", has_text="20.00 EUR").wait_for()
    hands.needed_at_most(3)


@BY
def test_p5_a_draft_is_published_and_taken_back(office: Office, at_home: Begin, by: str) -> None:
    offer = priced(office, f"Draft by {by}", lifecycleStatus="In design")
    hands = at_home()
    page = hands.page
    go(hands, by, "p", on_shelf(hands, offer, "/publish"))
    page.wait_for_selector("button[value=now]:focus")
    if by == "keys":
        hands.press("Tab")
        hands.press("Enter")
    else:
        hands.click("button[value=first]")
    page.wait_for_url("**done=scheduled")
    page.locator(".entry-head .state", has_text="Goes live").wait_for()
    hands.needed_at_most(3)
    now = read(office, "ProductOffering", offer["id"])
    price = read(office, "ProductOfferingPrice", now["productOfferingPrice"][0]["id"])
    assert now["validFor"]["startDateTime"] == price["validFor"]["startDateTime"]
    assert [one["lifecycleStatus"] for one in (now, price)] == ["Launched", "Launched"]
    page.get_by_role("button", name="Take it back").click()
    page.wait_for_url("**done=back")
    assert read(office, "ProductOffering", offer["id"])["lifecycleStatus"] == "In design"


@BY
def test_p5_an_offer_is_published_at_once(office: Office, at_home: Begin, by: str) -> None:
    offer = priced(office, f"At once by {by}", lifecycleStatus="In design")
    hands = at_home()
    page = hands.page
    go(hands, by, "p", on_shelf(hands, offer, "/publish"))
    page.wait_for_selector("button[value=now]:focus")
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click("button[value=now]")
    page.wait_for_url("**done=published")
    hands.needed_at_most(3)
    assert read(office, "ProductOffering", offer["id"])["lifecycleStatus"] == "Launched"


@BY
def test_p5_an_entry_is_rolled_back(office: Office, at_home: Begin, by: str) -> None:
    offer = priced(office, f"Rolled by {by}")
    where = f"{address(registry['ProductOffering'])}/{offer['id']}"
    office.site.admin.patch(where, {"description": "A slip"})
    hands = at_home()
    page = hands.page
    go(hands, by, "b", on_shelf(hands, offer, "/versions"))
    page.wait_for_selector(".version-list button:focus")
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click(".version-list button")
    page.wait_for_url("**done=restored")
    hands.needed_at_most(2)
    assert "description" not in read(office, "ProductOffering", offer["id"])
