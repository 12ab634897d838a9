"""Pages in each language: the side where reading begins, and nothing that sticks out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chromium import sign_in
from tests.support.program import Site
from tests.web.plans import order_with_plan

PAGES = ("/", "/r/customer", "/r/individual/new", "/preferences", "/my-tasks", "/order/{order}")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("code,direction", [("de", "ltr"), ("ar", "rtl")])
def test_pages_fit_their_window_in_every_language(
    site: Site, origin: str, chromium: Any, code: str, direction: str
) -> None:
    """At 360 and 1440 pixels; the menu stands where reading begins."""
    _ = site.admin
    order = order_with_plan(site)["key"]
    page = chromium.new_context(locale=code).new_page()
    sign_in(page, origin)
    for address in PAGES:
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(origin + address.format(order=order))
            assert page.evaluate("document.documentElement.dir") == direction
            assert page.evaluate("document.documentElement.lang") == code
            assert page.evaluate(SIDEWAYS) <= 0, (address, width)
    menu = page.locator("#menu").bounding_box()
    assert (menu["x"] < 100) == (direction == "ltr")
    page.context.close()
