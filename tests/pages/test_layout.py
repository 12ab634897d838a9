"""Pages in each language: the side where reading begins, and nothing that sticks out."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import make_server

import falcon.testing
import pytest

from tests.support.program import PASSWORD, Site
from tests.web.plans import order_with_plan
from tests.web.test_in_a_browser import Quiet, Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium on the search path to look at pages"
)
PAGES = ("/", "/r/customer", "/r/individual/new", "/preferences", "/my-tasks", "/order/{order}")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def origin(pages: falcon.testing.TestClient) -> Iterator[str]:
    """The address of the pages on this machine."""
    server = make_server("127.0.0.1", 0, pages.app, Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("code,direction", [("de", "ltr"), ("ar", "rtl")])
def test_pages_fit_their_window_in_every_language(
    site: Site, origin: str, chromium: Any, code: str, direction: str
) -> None:
    """At 360 and 1440 pixels; the menu stands where reading begins."""
    _ = site.admin
    order = order_with_plan(site)["key"]
    page = chromium.new_context(locale=code).new_page()
    page.goto(f"{origin}/sign-in")
    page.fill("#login", "admin")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}/")
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
