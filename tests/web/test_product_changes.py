"""What happens to installed products, on pages: ended, kept, rested, handed over."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import ORDER, PRODUCT, sent, step, unfolded
from tests.web.test_details_statements import must_be_cheap
from trunkline.governance.shipped import ensure_registers
from trunkline.kernel.actor import EVERY_CLASS, Grant

SAVE_OFFER = "/api/ordering/v1/saveOffer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    ensure_registers(site.services)
    return Shop.open(site)


def made(shop: Shop, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = shop.site.admin.post(path, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def mobile(shop: Shop, *, bound: bool = False) -> dict[str, Any]:
    """Return a line that is in use; a bound one costs a fee if it ends early."""
    item = shop.line("1", "Mobile S")
    if bound:
        rule = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
        item["itemTerm"] = [{"name": "24 months", "terminationRule": rule,
                             "duration": {"amount": 24, "units": "months"}}]  # fmt: skip
    order = shop.order(item)
    shop.site.work()
    ident = shop.read(order)["productOrderItem"][0]["product"]["id"]
    found: dict[str, Any] = shop.site.admin.get(f"{PRODUCT}/{ident}").json
    assert found["status"] == "active"
    return found


def test_an_offer_to_stay_comes_before_the_end(shop: Shop, admin: Browser) -> None:
    """The reason brings the offers; the order is not sent before each was answered. An accepted
    one makes a change of the line; a declined one stands in the order that ends it."""
    body = {"name": "A fifth off", "discountPercent": 20, "text": "For half a year",
            "reason": ["tooExpensive"]}  # fmt: skip
    offer = made(shop, SAVE_OFFER, body)
    product = mobile(shop)
    fields, html = unfolded(admin, product=product["key"], do="disconnect")
    assert "Too expensive" in html
    assert "Offers to stay" not in html
    fields, html = step(admin, fields, "", **{"line.1.why": "tooExpensive"})
    assert "For half a year" in html
    refused = admin.post("/order/new", fields | {"step": "submit"})
    assert "Make the offer to stay first: A fifth off." in words_of(refused.text)
    stays, html = step(admin, fields, f"stay:1:{offer['id']}")
    assert "-20" in html or "Stays" in html
    order = shop.site.admin.get(f"{ORDER}/{sent(admin, stays)}").json
    (item,) = order["productOrderItem"]
    assert (item["action"], item["saveOffer"][0]["answer"]) == ("modify", "accepted")
    assert item["itemPrice"][0]["priceAlteration"][0]["price"]["percentage"] == -20
    shop.site.work()
    fields, _ = unfolded(admin, product=product["key"], do="disconnect")
    fields, _ = step(admin, fields, "", **{"line.1.why": "tooExpensive"})
    leaves, html = step(admin, fields, f"leave:1:{offer['id']}")
    assert "Declined" in html
    order = shop.site.admin.get(f"{ORDER}/{sent(admin, leaves)}").json
    (item,) = order["productOrderItem"]
    assert (item["action"], item["disconnectionReason"]) == ("delete", "tooExpensive")
    assert item["saveOffer"][0]["answer"] == "declined"
    shop.site.work()
    shop.site.move_clock(5)
    report = words_of(admin.get("/save-offers").text)
    assert "A fifth off" in report
    assert "50 %" in report


def test_the_fee_is_told_and_waived_before_the_order(shop: Shop, admin: Browser) -> None:
    product = mobile(shop, bound=True)
    fields, html = unfolded(admin, product=product["key"], do="disconnect")
    assert "99 EUR" in html
    assert "24 months until" in html
    fields, html = step(admin, fields, "", **{"line.1.waiver": "goodwill"})
    assert "Waived" in html
    order = shop.site.admin.get(f"{ORDER}/{sent(admin, fields)}").json
    (item,) = order["productOrderItem"]
    assert (item["feeWaiverReason"], item["terminationFee"]["isWaived"]) == ("goodwill", True)
    assert "itemPrice" not in item


def test_what_is_planned_is_seen_and_withdrawn(shop: Shop, admin: Browser) -> None:
    """A suspension of a later day stands on the product's and on the customer's page, and leads
    to its withdrawal."""
    product = mobile(shop)
    fields, _ = unfolded(admin, product=product["key"], do="suspend")
    fields, _ = step(admin, fields, "", **{"line.1.why": "lostDevice", "date": "2031-05-04"})
    key = sent(admin, fields)
    shop.site.work()
    panel = source_of(admin.get(f"/changes/product/{product['key']}"))
    assert "Device lost or stolen" in panel
    assert f'href="/order/{key}/cancel"' in panel
    (customer,) = [one["id"] for one in product["relatedParty"]]
    must_be_cheap(admin, f"/changes/product/{product['id']}")
    must_be_cheap(admin, f"/changes/customer/{customer}")
    planned = source_of(admin.get(f"/changes/customer/{customer}"))
    assert f'href="/order/{key}"' in planned
    assert product["name"] in planned
    page = source_of(admin.get(f"/installed/product/{product['key']}"))
    assert f'hx-get="/changes/product/{product["id"]}"' in page
    cancel = opened_form(admin, f"/order/{key}/cancel")
    assert admin.post(f"/order/{key}/cancel", cancel).status_code == 303
    shop.site.work()
    assert "Withdraw" not in admin.get(f"/changes/product/{product['key']}").text
    assert key not in admin.get(f"/changes/customer/{customer}").text


def opened_form(browser: Browser, address: str) -> dict[str, Any]:
    html = browser.get(address).text
    token = re.search(r'name="csrf" value="([^"]+)"', html)
    assert token is not None
    return {"csrf": token.group(1), "reason": "found again"}


def test_a_product_is_handed_over_on_its_page(shop: Shop, admin: Browser) -> None:
    """Asked for from the product, both sides written down, and done; what stands against it is
    said on the form, and what was typed stays."""
    product = mobile(shop)
    party = made(shop, "/tmf-api/party/v4/individual",
                 {"givenName": "Grace", "familyName": "Hopper"})  # fmt: skip
    grace = made(shop, "/tmf-api/customerManagement/v4/customer",
                 {"name": "Grace Hopper", "status": "active",
                  "engagedParty": {"id": party["id"]}})  # fmt: skip
    form = admin.get(f"/transfer/new?product={product['key']}")
    assert form.status_code == 200, words_of(form.text)
    asked = {"product": product["key"], "customer": grace["id"], "reason": "Moves in"}
    early = admin.post("/transfer/new", asked)
    assert early.status_code == 400
    assert "choose the account that pays" in words_of(early.text)
    assert 'value="Moves in"' in early.text
    made(shop, ACCOUNT, {"name": "Grace", "state": "active",
                         "relatedParty": [{"id": grace["id"], "role": "customer"}]})  # fmt: skip
    answer = admin.post("/transfer/new", asked)
    assert answer.status_code == 303, words_of(answer.text)
    address = answer.headers["location"]
    for side in ("giving", "taking"):
        assert admin.get(address).status_code == 200
        said = {"side": side, "name": "Somebody", "channel": "phone", "text": f"I am {side}",
                "word": "consent"}  # fmt: skip
        assert admin.post(f"{address}/say", said).status_code == 303
    shop.site.work()
    must_be_cheap(admin, address)
    must_be_cheap(admin, f"/transfer/new?product={product['id']}")
    page = words_of(source_of(admin.get(address)))
    assert "I am giving" in page
    assert "completed" in page.lower()
    again = admin.post(f"{address}/say", {"side": "giving", "name": "x", "channel": "phone",
                                          "text": "y", "word": "consent"})  # fmt: skip
    assert again.status_code == 409


def test_who_may_not_does_not(site: Site, shop: Shop, signed_in: Any) -> None:
    product = mobile(shop)
    reader = signed_in("reader", {"*:read": Grant("all", EVERY_CLASS)})
    assert reader.get(f"/transfer/new?product={product['key']}").status_code == 403
    assert "Order a change" not in reader.get(f"/changes/product/{product['key']}").text
