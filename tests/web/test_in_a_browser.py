"""A real browser signs in and follows a plan, and breaks no rule of the page's policy."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import falcon.testing
import pytest

from tests.support.program import PASSWORD, Site
from tests.web.plans import order_with_plan
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium on the search path to look at pages"
)


NOTHING_SIDEWAYS = """
  [...document.querySelectorAll(".scroll")].every(one => one.scrollWidth <= one.clientWidth)
"""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def origin(pages: falcon.testing.TestClient) -> Iterator[str]:
    """The address of the pages on this machine."""
    server = make_server("127.0.0.1", 0, pages.app, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
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


def test_a_day_at_the_desk(site: Site, origin: str, chromium: Any) -> None:
    """Signs in by keyboard, goes to an order by its key, sees its plan go on, changes the theme."""
    _ = site.admin
    order = order_with_plan(site)
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(f"{origin}/order/{order['key']}")
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
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(15, 18, 22)"
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Customers", exact=True).click()
    page.wait_for_url("**/r/customer")
    for address in ("/", "/r/productOrder", "/r/individual"):
        page.goto(origin + address)
        assert page.locator("main a:visible").first.is_visible()
        assert page.evaluate(NOTHING_SIDEWAYS), address
    page.close()
    assert not complaints, complaints
