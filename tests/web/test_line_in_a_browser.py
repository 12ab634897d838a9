"""A real browser follows one line of an order on a phone: its graph, its steps, by keys alone."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, refused
from tests.support.program import PASSWORD, Site

PHONE = {"width": 390, "height": 780}


def test_a_line_is_followed_and_put_right_by_keys(site: Site, origin: str, chromium: Any) -> None:
    """A step of the graph is opened by Enter, tried again in its pane, and the picture of the line
    shows that it is done without being asked for; nothing is wider than the phone."""
    shop = Shop.open(site)
    shop.network.script["Mobile Subscription"] = [refused]
    order = shop.read(shop.order(shop.fibre("1"), shop.line("2", "Mobile S")))
    site.work()
    _ = site.admin
    page = chromium.new_page(viewport=PHONE)
    page.set_default_timeout(20_000)
    page.goto(f"{origin}/sign-in")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top")
    page.goto(f"{origin}/order/{order['key']}/line/2?view=graph")
    page.wait_for_selector("plan-graph.moves")
    boxes = page.locator(".box-name").all_inner_texts()
    assert "Mobile Subscription" in boxes
    assert "Fibre Access" not in boxes
    page.locator(".box-name", has_text="SIM Card").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#step-name:has-text('SIM Card')")
    assert "/line/2?view=graph&step=" in page.url
    page.locator(".box-name", has_text="Mobile Subscription").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#step-name:has-text('Mobile Subscription')")
    page.locator("#step button", has_text="Retry now").focus()
    with page.expect_response(lambda one: one.request.method == "POST"):
        page.keyboard.press("Enter")
    site.work()
    done = ".box.good:has(.box-name:has-text('Mobile Subscription'))"
    page.wait_for_selector(done)
    page.wait_for_selector("#order-state:has-text('Completed')")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.close()
