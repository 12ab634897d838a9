"""A real browser signs in and follows a plan, and breaks no rule of the page's policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.program import PASSWORD, Site
from tests.web.plans import order_with_plan
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store

NOTHING_SIDEWAYS = """
  [...document.querySelectorAll(".scroll")].every(one => one.scrollWidth <= one.clientWidth)
"""
GROUND = "getComputedStyle(document.body).backgroundColor"
ROWS = {
    "/": "[data-queue] table a.row",
    "/r/productOrder": "table a.row",
    "/r/individual": "table a.row",
}


def test_a_day_at_the_desk(site: Site, origin: str, chromium: Any) -> None:
    """Signs in by keyboard, goes to an order by its key, sees its plan go on, changes the theme."""
    _ = site.admin
    order = order_with_plan(site)
    order_with_plan(site, line="fallout")
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(f"{origin}/order/{order['key']}")
    page.wait_for_selector("input[name=login]:focus")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#plan .gantt")
    assert page.url.endswith(f"/order/{order['key']}")
    page.wait_for_selector(".gantt-row:has(.gantt-state.busy) :text('Access line')")
    page.get_by_role("link", name="Access line", exact=True).click()
    page.wait_for_selector("#step h2:focus")
    assert "step=" in page.url
    chosen = page.url
    page.get_by_role("link", name="List", exact=True).dispatch_event("click")
    page.wait_for_selector("table.steps [aria-current=true]")
    assert page.url.endswith(chosen.partition("?")[2])
    page.get_by_role("link", name="Timeline", exact=True).dispatch_event("click")
    page.wait_for_selector(".gantt-row [aria-current=true]")
    page.get_by_text("Request and answer").first.click()
    with as_system(site.services, "tests") as work:
        plan = plan_store.locked(work, order["id"])
        assert plan is not None
        line = next(one for one in plan if one.name == "Access line")
        plan.put(replace(line, state="completed"))
        plan_store.write(work, plan)
    page.wait_for_selector(".gantt-row:has(.gantt-state.good) :text('Access line')", timeout=8000)
    page.wait_for_selector("#step .state.good")
    assert page.locator("#step details[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Access line"
    assert "step=" not in page.url

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{origin}/tasks")
    page.keyboard.press("/")
    page.keyboard.type(order["key"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/order/{order['key']}")
    page.locator("details.person summary").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_selector("html[data-theme=dark]")
    assert page.evaluate(GROUND) == "rgb(15, 18, 22)"
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Customers", exact=True).click()
    page.wait_for_url("**/r/customer")
    for address, rows in ROWS.items():
        page.goto(origin + address)
        assert page.locator(rows).first.is_visible(), address
        assert page.evaluate(NOTHING_SIDEWAYS), address
    page.close()
    assert not complaints, complaints
