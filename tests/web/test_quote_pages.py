"""Quotes on their pages: put together as an order is, offered, revised, compared, and ordered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import opened, step

PAGE = "/order/new"
QUOTES = "/tmf-api/quoteManagement/v4/quote"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def kept(browser: Browser, fields: dict[str, Any]) -> str:
    """Save what is on the capture page as a quote and return its key."""
    answer = browser.post(PAGE, fields | {"step": "quote"})
    assert answer.status_code == 303, words_of(answer.text)
    found = re.search(r"/quote/(QT\d+)\?done=saved", answer.headers["location"])
    assert found is not None
    return found.group(1)


def did(browser: Browser, key: str, what: str, **more: Any) -> str:
    """Do one thing on the page of a quote and return where that leads."""
    browser.get(f"/quote/{key}")
    answer = browser.post(f"/quote/{key}", {"step": what, **more})
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["location"])


def test_a_quote_goes_from_the_offer_to_the_order(shop: Shop, admin: Browser) -> None:
    """Put together on the page of orders, its lines changed there, offered, revised, compared with
    what it was, accepted, and ordered in part."""
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Fibre Home']}")
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile S']}")
    key = kept(admin, fields)
    again, html = step(admin, opened(admin, quote=key), "open")
    assert "Lines of a quote" in words_of(html)
    assert kept(admin, again | {"line.2.quantity": "3"}) == key
    page = words_of(admin.get(f"/quote/{key}").text)
    for said in ("Fibre Home", "Fibre 1G", "Mobile S", "Draft", "Revision 1", "Per year"):
        assert said in page
    assert f"/quote/{key}?done=saved" == did(admin, key, "present")
    second = did(admin, key, "revise").removeprefix("/quote/")
    old = words_of(admin.get(f"/quote/{key}").text)
    assert "This revision was replaced" in old
    assert second in old
    fields, _ = step(admin, opened(admin, quote=second), "open")
    kept(admin, fields | {"line.2.quantity": "2"})
    compared = words_of(admin.get(f"/quote/{second}/comparison").text)
    assert "Quantity: 3 → 2" in compared
    did(admin, second, "present")
    did(admin, second, "accept", reason="Ada Lovelace")
    html = source_of(admin.get(f"/quote/{second}"))
    assert "by Ada Lovelace" in words_of(html)
    lines = re.findall(r'name="line" value="([^"]+)"', html)
    chosen = {"chooses": "yes", "completes": "yes", "line": lines[1], f"count.{lines[1]}": "1"}
    odd = admin.post(f"/quote/{second}", {"step": "order", **chosen, f"count.{lines[1]}": "²"})
    assert odd.status_code == 400
    where = did(admin, second, "order", **chosen)
    order = shop.read(where.removeprefix("/order/").partition("?")[0])
    assert [one["quantity"] for one in order["productOrderItem"]] == [1]
    assert [one["id"] for one in order["quote"]] == [
        shop.site.admin.get(f"{QUOTES}/{second}").json["id"]
    ]
    assert order["key"] in words_of(admin.get(f"/quote/{second}").text)


@pytest.mark.accepts("QUO-04")
def test_the_page_refuses_what_the_table_forbids(shop: Shop, admin: Browser) -> None:
    """A quote moves as its table of states says; a forbidden move is refused by the page and by the
    interface alike, and both name what is allowed. What is not possible is not offered."""
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Fibre 1G']}")
    key = kept(admin, fields)
    html = source_of(admin.get(f"/quote/{key}"))
    offered = set(re.findall(r'name="step" value="(\w+)"', html))
    assert offered == {"present", "submit", "cancel"}
    for forbidden in ("accept", "complete", "approve", "close", "order", "recall"):
        answer = admin.post(f"/quote/{key}", {"step": forbidden, "reason": "because"})
        assert answer.status_code == 409, forbidden
        assert "is draft" in words_of(answer.text)
        same = shop.site.admin.post(f"/api/sales/v1/quote/{key}/{forbidden}", {})
        assert same.status_code == 409
        assert forbidden == "order" or "allowed from here: submit, present" in same.json["message"]
    refused = admin.post(f"/quote/{key}", {"step": "cancel"})
    assert refused.status_code == 400
    did(admin, key, "cancel", reason="too dear")
    html = source_of(admin.get(f"/quote/{key}"))
    assert not re.findall(r'name="step" value="(\w+)"', html)
    patched = shop.site.admin.patch(f"{QUOTES}/{key}", {"state": "accepted"})
    assert (patched.status_code, patched.json["code"]) == (409, "lifecycleMove")


def test_a_change_shows_now_and_then(shop: Shop, admin: Browser) -> None:
    """What is installed and what it would be stand side by side; three statements."""
    order = shop.order(shop.fibre())
    shop.site.work()
    (product,) = shop.products(shop.read(order))
    fields, _ = step(admin, opened(admin, product=product["key"], do="change"), "open")
    fields, _ = step(admin, fields, "", **{"line.1.offering": shop.offerings["Fibre 500M"]})
    key = kept(admin, fields)
    with counted() as statements:
        page = words_of(admin.get(f"/quote/{key}").text)
    assert "Now Then Offering Fibre 1G Fibre 500M" in page
    asked = [one for one in statements if not one.startswith("select set_config")]
    print(*asked, sep="\n---\n")
    assert len(asked) <= 5


def nested(items: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return items of an order in the words of a quote or a cart."""
    found = []
    for item in items:
        line = {key: value for key, value in item.items() if key != "productOrderItem"}
        if "productOrderItem" in item:
            line[name] = nested(item["productOrderItem"], name)
        found.append(line)
    return found


def sums(prices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what prices come to by period."""
    return {
        one.get("recurringChargePeriod", "once"): one["price"]["dutyFreeAmount"]["value"]
        for one in prices
    }


@pytest.mark.accepts("PRC-15")
def test_every_way_asks_the_same_price(shop: Shop, admin: Browser) -> None:
    """The same bundle and plans cost the same on the page, in a cart, in a quote and in an order,
    whatever the quantity."""
    client = shop.site.admin
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Fibre Home']}")
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile M']}")
    for quantity in ("1", "3"):
        fields |= {"line.2.quantity": quantity, "once": [f"price-{quantity}"]}
        quote = client.get(f"{QUOTES}/{kept(admin, fields)}").json
        _, html = step(admin, fields, "")
        by_quote = sums(quote["quoteTotalPrice"])
        page = words_of(html)
        assert f"{by_quote['month']:.2f} EUR per month" in page
        assert f"{by_quote['once']:.2f} EUR once" in page
        answer = admin.post(PAGE, fields | {"step": "submit"})
        order = shop.read(answer.headers["location"].removeprefix("/order/").partition("?")[0])
        items = order["productOrderItem"]
        body = {"relatedParty": order["relatedParty"], "billingAccount": order["billingAccount"],
                "cartItem": nested(bare(items), "cartItem")}  # fmt: skip
        cart = client.post(CART, body)
        assert cart.status_code == 201, cart.json
        assert sums(cart.json["cartTotalPrice"]) == by_quote
        simulated = client.post("/api/ordering/v1/simulate", {
            **{name: body[name] for name in ("relatedParty", "billingAccount")},
            "productOrderItem": bare(items),
        })  # fmt: skip
        told = simulated.json["price"]
        assert {one.get("recurringChargePeriod") or "once": one["new"] for one in told} == by_quote
        mobile = next(one for one in items if "productOrderItem" not in one)
        line = next(one for one in quote["quoteItem"] if "quoteItem" not in one)
        assert sums(mobile["itemPrice"]) == sums(line["quoteItemPrice"])


def bare(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return items with what a customer says alone."""
    said = ("id", "action", "quantity", "productOffering")
    return [
        {name: one[name] for name in said}
        | ({"productOrderItem": bare(one["productOrderItem"])} if "productOrderItem" in one else {})
        for one in items
    ]
