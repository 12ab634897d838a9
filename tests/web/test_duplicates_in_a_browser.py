"""A real browser: possible duplicates come up while somebody types, and two records are merged."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.program import Site
from tests.web.test_duplicates import CUSTOMER, OURS, customer, person
from tests.web.test_forms_in_a_browser import signed_in

WIDER = """[...document.querySelectorAll('main *')].filter(
  one => document.documentElement.scrollWidth > innerWidth
    && one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML.slice(0, 200))"""
"""What makes a page wider than the screen."""


def axe_clean(page: Any) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_somebody_types_a_customer_who_is_there(site: Site, origin: str, chromium: Any) -> None:
    """At 390 px: the panel shows with score, reasons and the record; nothing is saved before a
    note says why it is somebody else."""
    _ = site.admin
    there = person(site, "Rosalind", "Franklin", "rosalind@example.com", "1920-07-25")
    site.work()
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/r/individual/new")
    page.fill("#at-givenName", "Rosalind")
    page.fill("#at-familyName", "Franklin")
    page.fill("#at-birthDate", "1920-07-25")
    page.press("#at-birthDate", "Tab")
    page.wait_for_selector(f".possible:has-text('{there['key']}')")
    axe_clean(page)
    assert page.evaluate(WIDER) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#problems:focus")
    page.wait_for_selector("#duplicate-note")
    page.fill("#duplicate-note", "her cousin of the same day")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=created")
    page.close()
    query = f"first.id={there['id']}"
    (pair,) = site.admin.get(f"{OURS}/duplicatePair", query_string=query).json
    assert (pair["state"], pair["note"]) == ("notDuplicate", "her cousin of the same day")
    assert [one for one in complaints if "409" not in one] == []


@pytest.mark.parametrize("width", [390, 1440])
def test_two_are_merged_by_keyboard(site: Site, origin: str, chromium: Any, width: int) -> None:
    """From the queue into the pair, both side by side, to the merge, which shows its end by
    itself. No page is wider than the screen, and axe finds nothing."""
    mail = f"ida{width}@example.com"
    first, second = (customer(site, name, mail) for name in (f"Ida {width}", f"Ada {width}"))
    site.work()
    page = chromium.new_page(viewport={"width": width, "height": 900})
    complaints = signed_in(page, origin)
    query = f"first.id={first['id']}"
    (pair,) = site.admin.get(f"{OURS}/duplicatePair", query_string=query).json
    for address in ("/duplicates", f"/duplicates/{pair['key']}"):
        page.goto(origin + address)
        axe_clean(page)
        assert page.evaluate(WIDER) == [], address
    page.get_by_role("link", name="Merge", exact=True).press("Enter")
    page.wait_for_selector("h1:has-text('Make these two one')")
    axe_clean(page)
    assert page.evaluate(WIDER) == []
    page.get_by_role("button", name="Merge", exact=True).press("Enter")
    page.wait_for_selector("#merged:has-text('Being merged')")
    site.work()
    page.wait_for_selector("#merged:has-text('Take it back')")
    axe_clean(page)
    page.close()
    assert site.admin.get(f"{CUSTOMER}/{second['id']}").json["id"] == first["id"]
    assert complaints == []
