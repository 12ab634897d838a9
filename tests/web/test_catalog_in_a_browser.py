"""A real browser in the catalog editor: the tree by keys and by dragging, and axe."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from tests.web.plans import post
from tests.web.test_forms_in_a_browser import signed_in

RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}"


def test_the_tree_is_walked_by_keys_and_rearranged(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    """Opens a branch, chooses an offer, comes back to it, drags it into another category."""
    _ = site.admin
    first, second = (post(site, "Category", {"name": name}) for name in ("Here", "There"))
    branches = [{"id": first["id"]}, {"id": second["id"]}]
    post(site, "Catalog", {"name": "Tall shelf", "category": branches})
    offer = post(site, "ProductOffering", {"name": "Walked to",
                                           "category": [{"id": first["id"]}]})  # fmt: skip
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/catalog")
    page.get_by_role("treeitem", name="Tall shelf").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[role=group] [aria-label^=Here]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[role=group] [aria-label^=Walked]")
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/catalog/productOffering/{offer['key']}")
    page.wait_for_selector(".entry-title:focus")
    assert page.inner_text(".entry-title") == "Walked to"
    page.wait_for_selector("#used .empty")
    page.reload()
    chosen = page.wait_for_selector("[role=treeitem][aria-selected=true]")
    assert "Walked to" in chosen.get_attribute("aria-label")
    source = page.locator("[role=treeitem][aria-selected=true] > .tree-row")
    source.drag_to(page.locator("[aria-label^=There] > .tree-row"))
    page.wait_for_url("**done=moved")
    now = site.admin.get(f"/tmf-api/productCatalogManagement/v4/productOffering/{offer['id']}").json
    assert [one["id"] for one in now["category"]] == [second["id"]]
    page.close()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(
    site: Site,
    origin: str,
    chromium: Any,
    width: int,
) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe")
    price = post(site, "ProductOfferingPrice", {
        "name": "Axed price", "priceType": "recurring", "lifecycleStatus": "Active",
        "price": {"unit": "EUR", "value": 5},
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": "Axed", "productOfferingPrice": [{"id": price["id"]}],
    })  # fmt: skip
    context = chromium.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    signed_in(page, origin)
    own = f"/catalog/productOffering/{offer['key']}"
    made = post(site, "ProductSpecification", {
        "name": "Axed too", "productSpecCharacteristic": [{"name": "speed"}],
    })  # fmt: skip
    entries = (own, f"/catalog/productSpecification/{made['key']}")
    more = ("clone", "place", "versions", "publish")
    for address in (*entries, *(f"{own}/{one}" for one in more), "/catalog/prices"):
        page.goto(origin + address)
        page.wait_for_load_state("networkidle")
        if address in entries:
            page.locator("#prices a.slim, #characteristics a.slim").first.click()
            page.wait_for_selector(".inline-ask")
        page.add_script_tag(path=f"{axe.__path__[0]}/axe.min.js")
        found = page.evaluate(f"axe.run('#content', {RULES})")
        told = [(one["id"], [each["html"] for each in one["nodes"]]) for one in found["violations"]]
        assert told == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    context.close()


def test_the_tree_opens_at_the_entry_and_moves_by_keys_and_by_hand(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    """The tree shows the offer once; "Move to …" moves it by key and by hand; a phone folds it."""
    _ = site.admin
    near, far = (post(site, "Category", {"name": name}) for name in ("Near shelf", "Far shelf"))
    post(site, "Catalog", {"name": "Deep", "category": [{"id": near["id"]}, {"id": far["id"]}]})
    offer = post(site, "ProductOffering", {"name": "Lying deep",
                                           "category": [{"id": near["id"]}]})  # fmt: skip
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints = signed_in(page, origin)
    own = f"/catalog/productOffering/{offer['key']}"
    page.goto(origin + own)
    chosen = page.locator("[role=treeitem][aria-selected=true]")
    chosen.wait_for()
    assert chosen.count() == 1
    above = chosen.locator("xpath=ancestor::li[1]")
    assert (above.get_attribute("aria-label") or "").startswith("Near shelf")
    chosen.focus()
    page.keyboard.press("m")
    page.wait_for_url(f"**{own}/place")
    page.wait_for_selector("#to:focus")
    page.keyboard.type("Far")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=moved")
    page.locator("[aria-label^='Far shelf'] [aria-selected=true]").wait_for()
    page.click("[data-place]")
    page.select_option("#to", label="Near shelf (Category)")
    page.click("main form button.primary")
    page.wait_for_url("**done=moved")
    page.locator("[aria-label^='Near shelf'] [aria-selected=true]").wait_for()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(origin + own)
    page.locator(".entry-title").wait_for()
    page.wait_for_function("() => !document.querySelector('.tree-fold').open")
    page.click(".tree-fold > summary")
    page.locator("[role=tree]").wait_for()
    page.close()
    assert complaints == []


def test_prices_and_characteristics_are_changed_in_their_place(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    """A form opens in the card with its first field ready; Escape closes it, faults stay at it."""
    offer = post(site, "ProductOffering", {"name": "Filled in place"})
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/catalog/productOffering/{offer['key']}")
    page.click("#prices >> text=Add a price")
    page.wait_for_selector("#price-name:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector("#price-form", state="detached")
    page.click("#prices >> text=Add a price")
    page.wait_for_selector("#price-name:focus")
    page.keyboard.press("Control+Enter")
    page.locator("#price-amount-wrong").wait_for()
    page.fill("#price-amount", "9.90")
    page.keyboard.press("Enter")
    page.locator("#prices .number", has_text="9.90 EUR").wait_for()
    page.wait_for_selector("#prices-title:focus")
    page.close()
    assert complaints == []
