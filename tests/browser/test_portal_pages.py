"""The customers' portal can be used by everybody: on a phone, by the keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.axe import CONTRAST, RULES, violations
from tests.browser.conftest import Office
from tests.support.program import password_hash_of
from trunkline.identity.accounts import NewUser, add_user
from trunkline.kernel.actor import system

LOGIN = "at-home"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
PRODUCT = "/tmf-api/productInventory/v4/product"
LOOKS = (
    (360, "light", RULES), (360, "dark", CONTRAST), (1440, "light", RULES), (1440, "dark", CONTRAST)
)  # fmt: skip
TOO_SMALL = """
[...document.querySelectorAll("button, .button, select, nav a, input:not([type=hidden])")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24)
  .map((one) => one.outerHTML.slice(0, 80))
"""


@pytest.mark.accepts("CRT-13")
def test_each_page_of_the_portal_can_be_used_by_everybody(
    office: Office, signed_in: Callable[..., Any]
) -> None:
    """No page breaks WCAG 2.2 AA on a phone or at a desk, in light or dark; nothing goes off its
    side, targets are large, all is reached by the keyboard, and no page needs a script."""
    site = office.site
    party = site.admin.get(f"{CUSTOMER}/{office.shop.customer}").json["engagedParty"]["id"]
    user = NewUser(LOGIN, "Ada Lovelace", password_hash=password_hash_of(site.services),
                   roles=["self_service"], party=party)  # fmt: skip
    add_user(site.services, by=system("tests"), user=user)
    products = site.admin.get(PRODUCT, query_string="status=active&sort=id&limit=20").json
    own = [one["key"] for one in products
           if office.shop.customer in {each["id"] for each in one["relatedParty"]}]  # fmt: skip
    page = signed_in(LOGIN)
    found: list[str] = []
    pages = [
        "/my", f"/my/orders/{office.keys['waiting']}", f"/my/products/{own[0]}/end?look=1",
        "/my/shop", "/my/cart", "/my/requests", "/my/requests/new", "/my/profile", "/my/none",
    ]  # fmt: skip
    for path in pages:
        page.emulate_media(color_scheme="light")
        answer = page.goto(office.origin + path)
        assert answer.status == (404 if path == "/my/none" else 200), path
        assert page.query_selector("script") is None
        for width, theme, rules in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            found += [f"{path} {width} {theme}: {one}" for one in violations(page, rules=rules)]
            if theme == "light":
                sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
                found += [f"{path} {width}: goes off its side"] * sideways
                found += [f"{path} {width}: small {one}" for one in page.evaluate(TOO_SMALL)]
    assert not found, "\n".join(found)
    page.goto(f"{office.origin}/my")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Shop":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/shop")
    page.context.close()
