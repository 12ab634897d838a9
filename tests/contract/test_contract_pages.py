"""Pages of contracts: renewed or ended by hand, and what a customer is entitled to."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import falcon.testing
import pytest

from tests.contract.test_service_contracts import CONTRACT, ENTITLEMENT, Shop
from tests.support.program import Site, open_site
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.settings import load
from trunkline.web.app import add_routes


@pytest.fixture(scope="module")
def installed(cluster: str, template: str) -> Iterator[Site]:
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture
def shop(installed: Site) -> Shop:
    return Shop(installed)


@pytest.fixture
def browser(installed: Site) -> Browser:
    """A browser in which an administrator has signed in."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(installed.services, installed.authenticator, settings)
    add_routes(app, installed.services, installed.authenticator, settings)
    _ = installed.admin
    signed_in = Browser(falcon.testing.TestClient(app))
    assert signed_in.sign_in("admin").status_code == 303
    return signed_in


def test_a_contract_is_renewed_and_ended_on_its_page(shop: Shop, browser: Browser) -> None:
    """The page says what renewing gives and ending costs; what is refused stays on the page."""
    rule = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
    held = shop.new(CONTRACT, name="Office", state="active", termMonths=6, terminationRule=rule,
                    validFor=shop.period(-1, 50))  # fmt: skip
    page = browser.get(f"/contract/{held['key']}/renew").text
    assert "It is renewed on time." in page
    assert "99" in page
    for months in ("²", "9" * 5000):
        odd = browser.post(f"/contract/{held['key']}/renew", {"months": months})
        assert odd.status_code == 400
    refused = browser.post(f"/contract/{held['key']}/renew", {"start": "2020-01-01"})
    assert refused.status_code == 400
    assert "a renewal begins from now on" in refused.text
    other = shop.new(CONTRACT, name="Warehouse", state="active", validFor=shop.period(-1, 90))
    longer = shop.new(CONTRACT, name="Tower", state="active", validFor=shop.period(-1, 900))
    page = unescape(browser.get(f"/contract/{held['key']}/renew").text)
    assert f'value="{other["key"]}">' in page
    assert f'value="{longer["key"]}" disabled>' in page
    assert f"{longer['key']} runs until" in page
    asked = {"months": "3", "consolidates": other["key"]}
    looked = browser.post(f"/contract/{held['key']}/renew", {**asked, "do": "look"})
    assert "Nothing is saved yet" in looked.text
    assert f'value="{other["key"]}" checked>' in looked.text
    assert "renewedBy" not in shop.read(CONTRACT, other["id"])
    renewed = browser.post(f"/contract/{held['key']}/renew", asked)
    assert renewed.status_code == 303, renewed.text
    assert "renewedBy" in shop.read(CONTRACT, other["id"])
    following = shop.read(CONTRACT, shop.read(CONTRACT, held["id"])["renewedBy"]["id"])
    assert (following["termMonths"], following["state"]) == (3, "draft")
    assert browser.post(f"/contract/{held['key']}/end", {"reason": ""}).status_code == 400
    assert browser.post(f"/contract/{held['key']}/end", {"reason": "moves"}).status_code == 303
    assert shop.state(CONTRACT, held["id"]) == "cancelled"
    assert "It has ended." in browser.get(f"/contract/{held['key']}/renew").text


def test_an_entitlement_is_checked_and_used_on_a_page(shop: Shop, browser: Browser) -> None:
    """The page answers for a customer, and uses what it found once for a case."""
    assert "Choose a customer first." in browser.get("/entitlements/check").text
    address = f"/entitlements/check?customer={shop.customer}"
    assert "Not entitled" in browser.get(address).text
    right = shop.new(ENTITLEMENT, name="Visits", state="active", totalUnits=2,
                     coverageKind="coverageAndUsage", validFor=shop.period(-1, 5))  # fmt: skip
    assert "2 / 2" in unescape(browser.get(address).text)
    for _ in range(2):
        used = browser.post("/entitlements/check", {"customer": shop.customer, "reference": "T1"})
        assert "Used for T1" in used.text
    assert shop.read(ENTITLEMENT, right["id"])["remainingUnits"] == 1
