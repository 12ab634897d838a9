"""Customer 360 in a browser: writing by keys; a panel fails alone and stays with its age."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import PASSWORD, Site

PARTY = "/tmf-api/party/v4/individual"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"


@pytest.fixture
def page(site: Site, origin: str, chromium: Any) -> Any:
    """The page of a customer, opened by somebody who has signed in."""
    person = site.admin.post(PARTY, {"givenName": "Ada", "familyName": "Lovelace"}).json
    body = {"name": "Ada", "engagedParty": {"id": person["id"]}}
    customer = site.admin.post(CUSTOMERS, body).json
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.complaints = []
    page.on(
        "console", lambda one: page.complaints.append(one.text) if one.type == "error" else None
    )
    page.goto(f"{origin}/customer/{customer['key']}")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#happenings")
    page.wait_for_selector("#panel-contacts .lines")
    page.wait_for_function("!document.querySelector('[data-panel][aria-busy=true]')")
    yield page
    page.close()


def test_a_note_and_a_task_take_two_keys_and_a_text_each(page: Any) -> None:
    page.keyboard.press("n")
    page.keyboard.type("Rings at noon, says @adm")
    page.wait_for_selector(".names [role=option]")
    page.keyboard.press("Enter")
    assert page.input_value("#note-text") == "Rings at noon, says @admin "
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".of-note")
    page.locator("#status", has_text="Noted.").wait_for(state="attached")
    assert page.evaluate("document.activeElement.id") == "note-text"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("t")
    page.keyboard.type("Ring back")
    page.keyboard.press("Enter")
    page.wait_for_selector(".of-todo")
    page.click(".of-todo .tick-box")
    page.wait_for_selector(".of-task .over-with")
    assert page.complaints == []


def test_what_is_typed_outlives_a_reload(page: Any) -> None:
    page.fill("#note-text", "Half a thought")
    page.reload()
    page.wait_for_selector("#happenings")
    page.wait_for_function("document.getElementById('note-text')?.value === 'Half a thought'")


@pytest.mark.accepts("C360-09")
def test_a_panel_fails_alone_and_keeps_what_was_read_last(page: Any) -> None:
    """Also after the page is opened anew: the last good content with its time, and a way on. So do
    a panel that reads more than its body, and the timeline."""
    page.route("**/panel/contacts", lambda route: route.abort())
    page.click("#panel-contacts header [data-refresh]")
    page.wait_for_selector("#panel-contacts [data-stale]:not([hidden])")
    assert "Ada Lovelace" in page.inner_text("#panel-contacts .panel-body")
    assert "Last good at" in page.inner_text("#panel-contacts [data-stale-text]")
    page.reload()
    page.wait_for_selector("#panel-contacts [data-stale]:not([hidden])")
    assert "Ada Lovelace" in page.inner_text("#panel-contacts .panel-body")
    assert page.locator("#panel-accounts [data-stale]:not([hidden])").count() == 0
    page.unroute("**/panel/contacts")
    page.click("#panel-contacts [data-stale] [data-refresh]")
    page.wait_for_selector("#panel-contacts [data-stale][hidden]", state="attached")
    page.route("**/panel/services", lambda route: route.fulfill(status=503, body="no"))
    page.route("**/timeline", lambda route: route.fulfill(status=503, body="no"))
    page.reload()
    page.wait_for_selector("#panel-services [data-stale]:not([hidden])")
    assert "Last good at" in page.inner_text("#panel-services [data-stale-text]")
    happened = page.locator("[data-panel]", has=page.locator("#timeline"))
    happened.locator("[data-stale]:not([hidden])").wait_for()
    assert "Last good at" in happened.locator("[data-stale-text]").inner_text()
    assert page.locator("#happenings").count() == 1
    page.unroute("**/timeline")
    happened.locator("[data-refresh]").click()
    happened.locator("[data-stale][hidden]").wait_for(state="attached")
