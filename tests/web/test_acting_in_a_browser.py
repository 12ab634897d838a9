"""In a real browser somebody acts for one of the customers they are responsible for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import PASSWORD, Site
from tests.web.test_acting import CUSTOMER, PARTY, ROLE, made
from trunkline.access.standard import ensure_roles
from trunkline.kernel.actor import Grant

expect = pytest.importorskip("playwright.sync_api").expect


def test_whom_one_acts_for_is_chosen_in_the_menu_and_stands_above_each_page(
    site: Site, origin: str, chromium: Any
) -> None:
    """From the user menu in two clicks; the bar names the customer until one ends it there."""
    ensure_roles(site.services)
    person = {"givenName": "Grace", "familyName": "Hopper"}
    grace = made(site, f"{PARTY}/individual", person)["id"]
    for name in ("North", "South"):
        party = made(site, f"{PARTY}/organization", {"tradingName": name})["id"]
        body = {"name": f"{name} Ltd", "status": "active", "engagedParty": {"id": party}}
        served = [{"id": made(site, CUSTOMER, body)["id"], "role": "customer"}]
        role = {"name": "Contact", "responsibility": ["responsible_for_bills"],
                "engagedParty": {"id": grace, "@referredType": "Individual"},
                "relatedParty": served}  # fmt: skip
        made(site, ROLE, role)
    site.role("acts_here", {"party:act": Grant("own")})
    site.user("grace", roles=["acts_here"], party=grace, scopes=("party:act",))
    page = chromium.new_page(viewport={"width": 390, "height": 780})
    page.goto(f"{origin}/sign-in")
    page.fill("input[name=login]", "grace")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.locator("details.person summary").click()
    page.get_by_role("link", name="Act for somebody").click()
    page.get_by_role("button", name="Act for South Ltd").click()
    bar = page.get_by_role("region", name="Acting for somebody")
    expect(bar).to_contain_text("You act for South Ltd")
    page.goto(f"{origin}/r/billingAccount")
    expect(bar).to_contain_text("You act for South Ltd")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(bar).to_have_count(0)
    page.close()
