"""A real browser looks after users and listeners: parts come on their own; axe finds nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import violations
from tests.support.program import Site
from tests.web.test_forms_in_a_browser import signed_in

expect = pytest.importorskip("playwright.sync_api").expect
WAITS = "Loading …"


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_administration_is_read_by_everybody(
    site: Site, origin: str, chromium: Any, width: int, theme: str
) -> None:
    """Each part of a page has come; nothing breaks WCAG 2.2 AA, and nothing stands out sideways."""
    _ = site.admin
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    complaints = signed_in(page, origin)
    ((me,),) = site.rows("select principal::text from user_account where login = 'admin'")
    for address, parts in (
        ("/administration", 0), ("/administration/health", 6),
        (f"/administration/users/{me}", 5), ("/administration/listeners", 0),
        ("/administration/listeners/new", 0), ("/administration/roles/auditor", 0),
    ):  # fmt: skip
        page.goto(f"{origin}{address}")
        expect(page.locator("main [hx-get][hx-trigger=load]")).to_have_count(parts)
        expect(page.locator("main").get_by_text(WAITS)).to_have_count(0)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.close()
    assert not complaints, complaints


def test_a_link_is_handed_over_and_used(site: Site, origin: str, chromium: Any) -> None:
    """Two clicks make and copy it; who gets it types a password twice and signs in with it."""
    _ = site.admin
    site.user("hanna", roles=["auditor"], scopes=("*:read",))
    ((hanna,),) = site.rows("select principal::text from user_account where login = 'hanna'")
    page = chromium.new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/administration/users/{hanna}")
    page.get_by_role("button", name="Reset password").click()
    page.get_by_role("button", name="Copy").click()
    page.wait_for_selector(".toast")
    link = page.evaluate("navigator.clipboard.readText()")
    page.close()
    other = chromium.new_page()
    other.goto(link)
    expect(other.locator("#login")).to_have_value("hanna")
    assert violations(other) == []
    other.fill("#password", "hanna's own password")
    other.fill("#again", "hanna's own password")
    other.keyboard.press("Enter")
    other.wait_for_selector(".notice")
    other.fill("#login", "hanna")
    other.fill("#password", "hanna's own password")
    other.keyboard.press("Enter")
    other.wait_for_selector("header.top")
    other.close()
    assert not complaints, complaints
