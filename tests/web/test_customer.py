"""A customer signs in: own records in plain words, nothing of the staff's, and no dead links."""

from __future__ import annotations

import re
from html import unescape

import falcon.testing
import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from trunkline.access.standard import ensure_roles

LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
STAFF = ("/tasks", "/fallout", "/parked", "/deliveries", "/catalog", "/order", "/r/")
PAGES_MAX = 150


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    ensure_roles(site.services)
    return Shop.open(site)


@pytest.fixture(scope="module")
def orders(shop: Shop) -> tuple[str, str]:
    """The keys of an order of Ada's, which waits for a technician, and of somebody else's."""
    line = shop.line(
        "1", "Fibre 1G", downloadSpeed=1000, uploadSpeed=500, installation="technician"
    )
    own = shop.order(line)
    shop.site.work()
    other = Shop.open(shop.site)
    stranger = other.order(other.fibre())
    shop.site.work()
    return shop.read(own)["key"], shop.read(stranger)["key"]


@pytest.fixture(scope="module")
def ada(shop: Shop, pages: falcon.testing.TestClient, orders: tuple[str, str]) -> Browser:
    """Ada's browser, with the role of a customer in the portal."""
    customer = shop.site.admin.get(f"/tmf-api/customerManagement/v4/customer/{shop.customer}").json
    party = customer["engagedParty"]["id"]
    shop.site.user("ada-at-home", roles=["self_service"], party=party, scopes=("TMF622:read",))
    browser = Browser(pages)
    assert browser.sign_in("ada-at-home").status_code == 303
    return browser


def test_every_link_leads_to_a_page_of_ones_own(ada: Browser, orders: tuple[str, str]) -> None:
    own, other = orders
    waiting, seen = ["/my"], set[str]()
    while waiting and len(seen) < PAGES_MAX:
        page = waiting.pop(0)
        seen.add(page)
        answer = ada.get(page)
        assert answer.status_code == 200, page
        html = source_of(answer)
        assert other not in html, page
        found = {unescape(one) for one in LINK.findall(html)}
        waiting += sorted(one for one in found if one not in seen and one not in waiting)
    assert f"/my/orders/{own}" in seen
    assert not [one for one in seen if not one.startswith("/my")]


def test_a_customer_is_at_home(ada: Browser, orders: tuple[str, str]) -> None:
    assert ada.get("/").headers["Location"] == "/my"
    home = words_of(ada.get("/my").text)
    for word in ("On its way", "What I have", "Orders", "Shop", orders[0]):
        assert word in home
    for word in ("All records", "Product specifications", "TMF", "Fallout", "Manual tasks"):
        assert word not in home


def test_a_customer_follows_an_order_but_works_at_none(
    ada: Browser, orders: tuple[str, str], shop: Shop
) -> None:
    html = source_of(ada.get(f"/my/orders/{orders[0]}"))
    assert "steps are done" in words_of(html)
    for word in ("Report as done", "Request and answer", "hidden from your role"):
        assert word not in words_of(html)
    ((task,),) = shop.site.rows("select id::text from plan_item where kind = 'manual'")
    for page in (*STAFF, f"/tasks/{task}", f"/order/{orders[0]}"):
        assert ada.get(page).status_code == 404, page
    assert ada.post(f"/tasks/{task}", {"note": "done"}).status_code == 404
    assert ada.get(f"/my/orders/{orders[1]}").status_code == 404
