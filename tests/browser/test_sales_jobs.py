"""Quoting and what follows, by keyboard and by mouse, in no more actions than the targets allow.

Each begins on the home page of a sales representative. A click or a chord is one action, a text
typed is one text; scrolling is free.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import CUSTOMER, Office
from tests.browser.hands import Hands
from tests.ordering.scripted import Shop

BY = pytest.mark.parametrize("by", ["keys", "mouse"])
QUOTE = "/tmf-api/quoteManagement/v4/quote"
OPPORTUNITY = "/api/sales/v1/salesOpportunity"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
BRANCHES = 12
ADD = ".offer .add-offer"
Begin = Callable[[], Hands]


@pytest.fixture
def shop(office: Office) -> Shop:
    """A customer with an account and a site of its own."""
    return Shop.open(office.site)


@pytest.fixture
def at_home(office: Office, hands_of: Callable[..., Hands]) -> Begin:
    """Returns the hands of a sales representative at home."""

    def begin() -> Hands:
        hands = hands_of(office.user("sales"))
        hands.page.wait_for_selector("#panel-quotes :is(tbody tr, .empty)")
        hands.page.wait_for_selector("#panel-customers tbody tr")
        return hands

    return begin


def key_of(shop: Shop) -> str:
    return str(shop.site.admin.get(f"{CUSTOMER}/{shop.customer}").json["key"])


def offered(shop: Shop, offering: str = "Fibre 1G") -> dict[str, Any]:
    """Return a quote that the customer has before it, made through the API."""
    line = {"action": "add", "quantity": 1, "productOffering": {"id": shop.offerings[offering]},
            "product": {"place": [{"id": shop.place, "role": "installation",
                                   "@referredType": "GeographicSite"}]}}  # fmt: skip
    body = {"customer": shop.customer, "quoteItem": [line], "billingAccount": shop.account}
    made = shop.site.admin.post("/api/sales/v1/quote", body)
    assert made.status_code == 200, made.json
    quote = f"/api/sales/v1/quote/{made.json['id']}"
    for move in ("present", "accept"):
        done = shop.site.admin.post(f"{quote}/{move}", {})
        assert done.status_code == 200, done.json
    answer: dict[str, Any] = done.json
    return answer


def quote_at(shop: Shop, hands: Hands) -> dict[str, Any]:
    key = hands.page.url.rpartition("/")[2].partition("?")[0]
    found: dict[str, Any] = shop.site.admin.get(f"{QUOTE}/{key}").json
    return found


def added_and_sent(hands: Hands, by: str) -> None:
    """Add the first offer where the search has the focus, keep the quote, and send it."""
    page = hands.page
    hands.follow(by, ADD, "Enter")
    page.wait_for_selector("#line-1:focus")
    page.wait_for_selector(".cost-bar .total")
    hands.follow(by, "button[value=quote]", "Control+Enter")
    page.wait_for_url("**/quote/QT*")
    page.wait_for_selector("button[value=present]:focus")
    hands.follow(by, "button[value=present]", "Enter")


@BY
def test_s2_a_site_is_quoted_and_the_quote_is_sent(shop: Shop, at_home: Begin, by: str) -> None:
    """Whom, then what is offered at the site with its price, and off it goes."""
    hands = at_home()
    page = hands.page
    hands.follow(by, "#panel-quotes a.primary", "q")
    page.wait_for_selector("#customer:focus")
    hands.type(key_of(shop))
    wanted = f"#customer-list [role=option]:has-text('{key_of(shop)}')"
    page.wait_for_selector(wanted)
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click(wanted)
    page.wait_for_selector("#q:focus")
    added_and_sent(hands, by)
    page.locator(".state", has_text="Pending acceptance").first.wait_for()
    quote = quote_at(shop, hands)
    assert quote["quoteItem"][0]["product"]["place"][0]["id"] == shop.place
    hands.needed_at_most(5, 1)


@BY
def test_s3_many_sites_are_quoted(shop: Shop, at_home: Begin, by: str) -> None:
    """Pasted as one text, each takes the offer, and one quote is sent for all."""
    owner = [{"id": shop.customer, "role": "customer"}]
    for number in range(BRANCHES):
        body = {"name": f"Branch {number}", "status": "active", "relatedParty": owner}
        assert shop.site.admin.post(SITE, body).status_code == 201
    hands = at_home()
    page = hands.page
    customer = f"a[href$='{key_of(shop)}']"
    if by == "keys":
        hands.go_to("#panel-customers", customer)
        hands.press("Enter")
    else:
        hands.click(f"#panel-customers {customer}")
    hands.follow(by, "#panel-sales [data-new-quote]", "q")
    page.wait_for_selector("#q:focus")
    page.wait_for_selector(ADD)
    hands.follow(by, "#paste-sites-button", "Control+i")
    page.wait_for_selector("#paste:focus")
    hands.texts += 1
    page.keyboard.insert_text("\n".join(f"Branch {one}" for one in range(BRANCHES)))
    hands.follow(by, "button[value=paste]", "Control+Enter")
    page.wait_for_function(
        "count => document.querySelectorAll('.site-list input:checked').length === count",
        arg=BRANCHES,
    )
    page.wait_for_selector("#q:focus")
    added_and_sent(hands, by)
    page.locator(".state", has_text="Pending acceptance").first.wait_for()
    assert len(quote_at(shop, hands)["quoteItem"]) == BRANCHES
    hands.needed_at_most(8, 1)


@BY
def test_s4_a_sale_goes_to_its_next_stage(
    shop: Shop, hands_of: Callable[..., Hands], office: Office, by: str
) -> None:
    """On its page, which is not left."""
    owner = [{"id": shop.customer, "role": "customer"}]
    body = {"name": f"Lines moved by {by}", "relatedParty": owner, "salesCycle": "newCustomer"}
    made = shop.site.admin.post(OPPORTUNITY, body)
    assert made.status_code == 201, made.json
    hands = hands_of(office.user("sales"), f"/opportunities/{made.json['key']}")
    page = hands.page
    stage = ".sale-stages [data-key-action='detail.status']"
    title = page.inner_text(stage)
    if by == "keys":
        hands.press("s")
        page.wait_for_selector(f"{stage}:focus")
        hands.press("Enter")
    else:
        hands.click(stage)
    page.locator(".sale-stages [aria-current=step]", has_text=title).wait_for()
    now = shop.site.admin.get(f"{OPPORTUNITY}/{made.json['id']}").json
    assert now["stage"] != made.json["stage"]
    assert f"/opportunities/{made.json['key']}" in page.url
    hands.needed_at_most(2)


@BY
def test_s5_an_accepted_quote_is_ordered(shop: Shop, at_home: Begin, by: str) -> None:
    """From the home page, where it stands; its page says where and at which prices."""
    quote = offered(shop)
    hands = at_home()
    page = hands.page
    row = f"a[href$='{quote['key']}']"
    if by == "keys":
        hands.go_to("#panel-quotes", row)
        hands.press("Enter")
    else:
        hands.click(f"#panel-quotes {row}")
    page.wait_for_selector(".quote-order button.primary")
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click(".quote-order button.primary")
    page.wait_for_url("**/order/ORD*")
    order = shop.read(page.url.rpartition("/")[2].partition("?")[0])
    assert [one["id"] for one in order["quote"]] == [quote["id"]]
    hands.needed_at_most(3)
