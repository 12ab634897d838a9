"""A mass change on pages: asked in the list of products, previewed, begun, and each fault told."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.access.standard import ensure_roles

PAGE = "/order/many"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    ensure_roles(site.services)
    return Shop.open(site)


@pytest.fixture(scope="module")
def products(site: Site, shop: Shop) -> list[str]:
    """Two lines of fibre, and one that an open order works on."""
    order = shop.read(shop.order(*(shop.line(str(at), "Mobile S") for at in range(3))))
    site.work()
    items = shop.read(order["id"])["productOrderItem"]
    return [one["product"]["id"] for one in items]


@pytest.fixture(scope="module")
def admin(site: Site, products: list[str]) -> Browser:
    return browser_of(site, "admin")


def asked(shop: Shop, products: list[str], step: str, **more: str) -> dict[str, Any]:
    return {"id": products, "state": "", "step": step, "action": "modify", "reason": "Plan ends",
            "offering": shop.offerings["Mobile M"], "offering.text": "Mobile M",
            **more}  # fmt: skip


def test_it_is_offered_in_the_list_of_products(admin: Browser) -> None:
    assert f'formaction="{PAGE}"' in unescape(admin.get("/r/product").text)
    assert f'formaction="{PAGE}"' not in unescape(admin.get("/r/individual").text)


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    admin: Browser, shop: Shop, products: list[str]
) -> None:
    sent = asked(shop, products, "preview", reason="", batch="many", pause="3")
    answer = admin.post(PAGE, sent)
    assert answer.status_code == 400
    assert 'id="wrong-reason"' in answer.text
    assert 'id="wrong-batchSize"' in answer.text
    assert 'value="many"' in answer.text
    assert 'value="Mobile M"' in answer.text


def test_it_is_previewed_and_begun(
    admin: Browser, site: Site, shop: Shop, products: list[str]
) -> None:
    """The preview writes nothing and says what it costs; what is begun is a job with its page."""
    preview = admin.post(PAGE, asked(shop, products, "preview", batch="2", pause="1"))
    assert preview.status_code == 200, preview.text[-900:]
    assert preview.text.count('class="state good"') == len(products)
    assert "19.90" in preview.text
    assert site.admin.get(f"{PRODUCT}/{products[0]}").json["name"] == "Mobile S"
    every = asked(shop, products, "start") | {"id": [], "all": "1", "count": "2"}
    again = admin.post(PAGE, every)
    assert (again.status_code, 'name="count" value="3"' in again.text) == (200, True)
    assert "More or fewer records match by now" in again.text
    begun = admin.post(PAGE, asked(shop, products, "start"))
    assert begun.status_code == 303
    site.work()
    page = admin.get(begun.headers["Location"])
    assert "Done" in page.text
    held = [site.admin.get(f"{PRODUCT}/{one}").json["productOffering"]["id"] for one in products]
    assert set(held) == {shop.offerings["Mobile M"]}


def test_why_they_are_ended_is_asked_and_told(
    admin: Browser, shop: Shop, products: list[str]
) -> None:
    """The reasons of the register are offered; what is said stands in the preview and goes along;
    a reason of another action does not."""
    sent = asked(shop, products, "preview", action="delete", ending="tooExpensive",
                 suspension="nonPayment", told="yes", offering="")  # fmt: skip
    form = unescape(admin.post(PAGE, {**sent, "step": "ask"}).text)
    assert '<option value="tooExpensive" selected>' in form
    preview = unescape(admin.post(PAGE, sent).text)
    assert "<dd>Too expensive</dd>" in preview
    assert "emergency calls are not possible" in preview
    assert 'name="ending" value="tooExpensive"' in preview
    assert admin.post(PAGE, {**sent, "step": "start"}).status_code == 303
    shop.site.work()
    orders = shop.site.admin.get(f"{ORDER}?category=massChange&limit=100").json
    ended = [one for order in orders for one in order["productOrderItem"]
             if one["action"] == "delete"]  # fmt: skip
    assert ended
    for one in ended:
        assert (one["disconnectionReason"], one["emergencyTold"]) == ("tooExpensive", True)
        assert "suspensionReason" not in one
