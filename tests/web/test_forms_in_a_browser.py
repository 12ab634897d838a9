"""A real browser fills in a form: looks up, adds, leaves, comes back, changes in place, undoes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import PASSWORD, Site
from tests.support.waiting import wait_until
from tests.web.test_forms import INDIVIDUAL, person

expect = pytest.importorskip("playwright.sync_api").expect
BESIDE, FORM = "/duplicates/check/Customer", "/r/customer/new/form"


def signed_in(page: Any, origin: str) -> list[str]:
    """Sign in and return the list of what the page complains about."""
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(f"{origin}/sign-in")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top")
    return complaints


def is_kept(answer: Any, text: str) -> bool:
    """Tell whether an answer says that a draft with this text is kept."""
    return answer.url.endswith("/draft") and text in (answer.request.post_data or "")


def test_a_form_loses_nothing(site: Site, origin: str, chromium: Any) -> None:
    """By keyboard: looks up a person, adds a contact, leaves, comes back, saves."""
    _ = site.admin
    ada = person(site, familyName="Quickquill")
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/r/customer/new")
    page.fill("#at-name", "Ada")
    page.locator("#at-engagedParty").press_sequentially("quickq")
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("Enter")
    assert page.input_value("#at-engagedParty") == "Ada Quickquill"
    assert page.locator("#at-engagedParty").get_attribute("aria-expanded") == "false"
    page.get_by_role("button", name="Add contact medium").press("Enter")
    page.wait_for_selector("#at-contactMedium-0-mediumType:focus")
    with page.expect_response(lambda one: is_kept(one, "mediumType=email")):
        page.locator("#at-contactMedium-0-mediumType").select_option("email")
    page.wait_for_selector("#kept:has-text('Kept')")
    page.goto(f"{origin}/r/customer/new")
    assert page.input_value("#at-name") == "Ada"
    assert page.input_value("#at-contactMedium-0-mediumType") == "email"
    page.fill("#at-contactMedium-0-characteristic-emailAddress", "ada@example.com")
    page.fill("#at-validFor-startDateTime", "2026-05-01T10:00")
    page.fill("#at-validFor-endDateTime", "2026-04-01T10:00")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#problems:focus")
    page.locator("#problems a").first.press("Enter")
    page.wait_for_selector("#at-validFor-endDateTime:focus")
    page.fill("#at-validFor-endDateTime", "")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=created")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
    made = site.admin.get(
        f"/tmf-api/customerManagement/v4/customer?engagedParty.id={ada['id']}"
    ).json
    assert made[0]["contactMedium"][0]["characteristic"]["emailAddress"] == "ada@example.com"
    assert [one for one in complaints if "400" not in one] == []


class Delayed:
    """The answers that a page waits for, by their addresses' ends: they come when let go."""

    def __init__(self, page: Any, *ends: str) -> None:
        self.page = page
        self.held: dict[str, list[Any]] = {end: [] for end in ends}
        for end in ends:
            page.route(f"**{end}", self.hold)

    def hold(self, route: Any) -> None:
        """Keep an answer back."""
        next(held for end, held in self.held.items() if route.request.url.endswith(end)).append(
            route
        )

    def wait(self, end: str) -> None:
        """Wait until the page has asked for an answer of this end."""
        wait_until(lambda: self.held[end] or self.page.wait_for_timeout(20), f"{end} is asked for")

    def let_go(self, end: str) -> None:
        """Let the oldest answer of this end come."""
        with self.page.expect_response(lambda one: one.url.endswith(end)):
            self.held[end].pop(0).continue_()


def test_late_answers_take_nothing_from_who_types(site: Site, origin: str, chromium: Any) -> None:
    """What one types, looks up and adds stays, whichever answer comes first and however late."""
    person(site, familyName="Slowquill")
    page = chromium.new_page()
    complaints = signed_in(page, origin)
    late = Delayed(page, BESIDE, FORM)
    page.goto(f"{origin}/r/customer/new")
    late.wait(BESIDE)
    add = page.get_by_role("button", name="Add contact medium")

    add.press("Enter")  # what stands beside the form answers first: the focus still goes on
    late.wait(FORM)
    late.let_go(BESIDE)
    page.wait_for_selector("#beside:not(.htmx-request)", state="attached")
    late.let_go(FORM)
    page.wait_for_selector("#at-contactMedium-0-mediumType:focus")

    add.press("Enter")  # who goes on typing keeps the text, the place and the choices found
    late.wait(FORM)
    page.locator("#at-name").press_sequentially("Ada")
    late.wait(BESIDE)  # asked for what was typed, while the form's answer is under way
    page.locator("#at-engagedParty").press_sequentially("slowq")
    page.wait_for_selector("[role=option][aria-selected=true]")
    late.let_go(FORM)
    page.wait_for_selector("#at-contactMedium-1-mediumType")
    page.wait_for_selector("[role=option][aria-selected=true]")
    assert page.input_value("#at-name") == "Ada"
    page.keyboard.press("Enter")
    assert page.input_value("#at-engagedParty") == "Ada Slowquill"

    add.press("Enter")  # a choice and a second step before the first one's answer
    late.wait(FORM)
    page.locator("#at-contactMedium-1-mediumType").select_option("email")
    add.press("Enter")
    late.let_go(FORM)
    late.wait(FORM)
    late.let_go(FORM)
    page.wait_for_selector("#at-contactMedium-3-mediumType:focus")
    assert page.input_value("#at-contactMedium-1-mediumType") == "email"
    assert page.input_value("#at-name") == "Ada"
    assert complaints == []
    page.close()


def test_a_fact_is_changed_and_undone_by_keys(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    ada = person(site, nationality="British")
    page = chromium.new_page()
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/r/individual/{ada['key']}")
    edit = page.locator("#fact-nationality .fact-edit")
    edit.press("Enter")
    page.wait_for_selector("#at-nationality:focus")
    page.keyboard.type("French")
    page.keyboard.press("Escape")
    page.wait_for_selector("#fact-nationality:has-text('British') .fact-edit")
    page.locator("#fact-nationality .fact-edit").press("Enter")
    page.wait_for_selector("#at-nationality:focus")
    page.keyboard.type("Italian")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast")
    assert site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json["nationality"] == "Italian"
    page.keyboard.press("z")
    page.wait_for_selector("#fact-nationality:has-text('British')")
    assert site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json["nationality"] == "British"
    page.close()
    assert not complaints, complaints


def test_what_was_typed_by_hand_outlives_a_reload(site: Site, origin: str, chromium: Any) -> None:
    """Forms made by hand and a fact in its place: kept until they are sent, or discarded."""
    ada = person(site, nationality="British")
    body = {"name": "Ada", "status": "active", "engagedParty": {"id": ada["id"]}}
    who = site.admin.post("/tmf-api/customerManagement/v4/customer", body).json["id"]
    page = chromium.new_page()
    complaints = signed_in(page, origin)

    def typed(field: str, text: str) -> None:
        with page.expect_response(lambda one: one.url.endswith("/typed")):
            page.fill(field, text)

    for path, field in (
        (f"/customer/{who}/contact", "#note"), ("/onboard/consumer", "[name='person.givenName']"),
        ("/administration/users/new", "#name"),
    ):  # fmt: skip
        page.goto(f"{origin}{path}")
        typed(field, "Typed before")
        page.reload()
        page.wait_for_selector("[data-discard-typed]")
        assert page.input_value(field) == "Typed before", path
    page.click("[data-discard-typed]")
    expect(page.locator("#name")).to_have_value("")
    page.goto(f"{origin}/customer/{who}/contact")
    expect(page.locator("#note")).to_have_value("Typed before")
    page.select_option("#reason", index=1)
    page.locator("form.contact").evaluate("(form) => form.requestSubmit()")
    page.wait_for_url(lambda one: not one.endswith("/contact"))

    page.goto(f"{origin}/r/individual/{ada['key']}")
    page.locator("#fact-nationality .fact-edit").press("Enter")
    page.wait_for_selector("#at-nationality:focus")
    typed("#at-nationality", "Welsh")
    page.reload()
    page.locator("#fact-nationality .fact-edit").press("Enter")
    expect(page.locator("#at-nationality")).to_have_value("Welsh")
    page.locator("#at-nationality").press("Enter")
    page.wait_for_selector("#fact-nationality:has-text('Welsh') .fact-edit")
    page.close()
    drafts = site.rows("select place from draft where place like 'page:%%'")
    assert drafts == [("page:/onboard/consumer",)]
    assert not complaints, complaints
