"""A real browser in the catalog editor: the tree by keys and by dragging, and axe."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from tests.web.plans import post
from tests.web.test_forms_in_a_browser import signed_in
from tests.web.test_in_a_browser import chromium, origin, pytestmark  # noqa: F401

RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}"


def test_the_tree_is_walked_by_keys_and_rearranged(
    site: Site,
    origin: str,  # noqa: F811
    chromium: Any,  # noqa: F811
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
    origin: str,  # noqa: F811
    chromium: Any,  # noqa: F811
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
    for address in (own, f"{own}/clone", f"{own}/place", f"{own}/versions", "/catalog/prices"):
        page.goto(origin + address)
        page.wait_for_load_state("networkidle")
        page.add_script_tag(path=f"{axe.__path__[0]}/axe.min.js")
        found = page.evaluate(f"axe.run('#content', {RULES})")
        told = [(one["id"], [each["html"] for each in one["nodes"]]) for one in found["violations"]]
        assert told == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    context.close()
