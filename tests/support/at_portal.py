"""A customer at the portal, for tests: in a browser and by the interfaces."""

from __future__ import annotations

import re

import falcon.testing

from tests.support.operator import Customer
from tests.support.program import Client
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ROLES

SALES = "/api/sales/v1"
AREA = "/api/qualification/v1/coverageArea"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
ORDERING = "/tmf-api/productOrderingManagement/v4"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
WORD = re.compile(r"[\w-]+")
SELF_SERVICE = tuple(sorted(ROLES["self_service"].permissions))


def own_client(ada: Customer) -> Client:
    """Return a customer's own client, as the portal has it."""
    login = f"portal-{ada.id[-8:]}"
    return ada.operator.site.user(
        login, roles=["self_service"], party=ada.party, scopes=SELF_SERVICE
    )


def at_portal(ada: Customer, pages: falcon.testing.TestClient) -> Browser:
    """Return a browser in which a customer has signed in."""
    own_client(ada)
    browser = Browser(pages)
    answer = browser.sign_in(f"portal-{ada.id[-8:]}")
    assert answer.status_code == 303
    return browser


def read(browser: Browser, address: str, status: int = 200) -> str:
    """Return what a page says."""
    answer = browser.get(address)
    assert answer.status_code == status, (address, words_of(answer.text))
    return words_of(answer.text)


def codes(answer: object) -> set[str]:
    """Return the codes of a refusal's faults."""
    return {one["code"] for one in answer.json.get("fault", [])}  # type: ignore[attr-defined]
