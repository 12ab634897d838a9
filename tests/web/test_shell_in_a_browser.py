"""A real browser finds records and does things by key: palette, keys, menu, theme."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support.program import PASSWORD, Site
from tests.web.test_forms_in_a_browser import signed_in
from trunkline.workspace.search_index import catch_up

expect = pytest.importorskip("playwright.sync_api").expect
PARTY = "/tmf-api/party/v4"
FIND_KEYS_MAX = 2
SCRIPTS_S = 30
PREFERENCES = "/api/workspace/v1/preferences"


@pytest.fixture(scope="module")
def people(site: Site) -> list[dict[str, Any]]:
    """Three organizations, of which one is called like nobody else."""
    names = ("Babbage Engines", "Lovelace Looms", "Lovelace Mills")
    made = [site.admin.post(f"{PARTY}/organization", {"tradingName": name}).json for name in names]
    catch_up(site.services)
    return made


def opened(chromium: Any, origin: str, **context: Any) -> tuple[Any, list[str]]:
    page = chromium.new_page(**{"viewport": {"width": 1440, "height": 900}, **context})
    complaints = signed_in(page, origin)
    page.wait_for_load_state()  # keys do something once their script has run
    return page, complaints


def test_a_record_is_found_with_two_keys_and_one_text(
    people: list[dict[str, Any]],
    origin: str,
    chromium: Any,
) -> None:
    """By keyboard from the home page, typed as fast as can be: what was typed last counts."""
    page, complaints = opened(chromium, origin)
    pressed = 0
    for first, text, wanted in (
        ("/", "babb", people[0]), ("Control+k", "mills love", people[2]),
    ):  # fmt: skip
        page.goto(origin)
        pressed = 2
        page.keyboard.press(first)
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{wanted['key']}")
    assert pressed <= FIND_KEYS_MAX
    page.close()
    assert not complaints, complaints


def test_a_record_is_found_with_the_mouse(
    people: list[dict[str, Any]],
    origin: str,
    chromium: Any,
) -> None:
    """One click into the box, one on what it shows; arrows move through it, Escape closes it."""
    page, complaints = opened(chromium, origin)
    box = page.locator("#palette")
    box.click()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.type("lovelace")
    marked = page.locator("#found [aria-selected=true]")
    expect(marked).to_contain_text("Lovelace Looms")
    expect(box).to_have_attribute("aria-activedescendant", str(marked.get_attribute("id")))
    page.keyboard.press("ArrowDown")
    expect(marked).to_contain_text("Lovelace Mills")
    expect(page.locator("#status")).not_to_be_empty()
    page.get_by_role("option", name="Lovelace Looms").click()
    page.wait_for_url(f"**/{people[1]['key']}")
    page.locator("#palette").click()
    page.wait_for_selector("#found [role=group]:has-text('Lovelace Looms')")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.close()
    assert not complaints, complaints


def test_the_box_works_before_its_script_has_come(
    people: list[dict[str, Any]],
    origin: str,
    chromium: Any,
) -> None:
    """A click and what was typed before the script are not lost: it finds them when it comes."""
    page, complaints = opened(chromium, origin)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/palette*.js", hold)
    with page.expect_request("**/palette*.js"):
        page.goto(origin, wait_until="commit")
    box = page.locator("#palette")
    box.click()
    page.keyboard.type("lovelace")
    expect(box).to_have_value("lovelace")
    assert box.get_attribute("aria-expanded") is None
    held[0].continue_()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.unroute("**/palette*.js")
    page.get_by_role("option", name="Lovelace Looms").click()
    page.wait_for_url(f"**/{people[1]['key']}")
    page.close()
    assert not complaints, complaints


@pytest.mark.parametrize("way", ["form", "part"])
def test_what_was_typed_outlives_a_session(
    site: Site,
    origin: str,
    chromium: Any,
    way: str,
) -> None:
    """Sent or not, it stands in its fields again after the sign-in; nothing was stored."""
    page, complaints = opened(chromium, origin)
    address = "/r/organization/new" if way == "form" else "/my-tasks"
    page.goto(f"{origin}{address}")
    field = page.locator("#at-tradingName" if way == "form" else "#own-title")
    field.fill("Typed Too Late")
    site.rows("delete from session returning 1")
    site.rows("update generation set number = number + 1 returning 1")
    if way == "form":
        page.keyboard.press("Control+Enter")
    else:
        page.evaluate("htmx.ajax('GET', '/panel/records', {target: '#toasts'})")
    page.wait_for_selector("input[name=password]")
    assert "session has ended" in page.locator("main").inner_text()
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}{address}")
    expect(field).to_have_value("Typed Too Late")
    assert not site.rows("select 1 from organization where doc::text like '%%Typed Too Late%%'")
    page.goto(f"{origin}/preferences")
    page.goto(f"{origin}/my-tasks")
    assert "Typed Too Late" not in page.content()
    page.close()
    assert not complaints, complaints


def test_the_palette_goes_and_does(
    people: list[dict[str, Any]], site: Site, origin: str, chromium: Any
) -> None:
    """Also what the page of a record offers, by the page's own links and forms."""
    page, complaints = opened(chromium, origin)
    page.keyboard.press("Control+k")
    page.keyboard.type("theme dark")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-theme=dark]")
    page.keyboard.press("Control+k")
    page.keyboard.type("parked")
    page.keyboard.press("Enter")
    page.wait_for_url("**/parked")
    assert page.locator("html[data-theme=dark]").count() == 1
    page.keyboard.press("Control+k")
    page.keyboard.type("theme system")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-theme=auto]")
    record = f"/r/organization/{people[0]['key']}"
    page.goto(f"{origin}{record}")
    page.keyboard.press("Control+k")
    offered = page.get_by_role("group", name="Babbage Engines").get_by_role("option")
    expect(offered.filter(has_text="Edit")).to_have_count(1)
    page.keyboard.type("validated")
    expect(offered).to_have_text(["Mark as validated"])
    page.keyboard.press("Enter")
    expect(page.locator(".state").first).to_have_text("Validated")
    assert site.admin.get(f"{PARTY}/organization/{people[0]['id']}").json["status"] == "validated"
    page.keyboard.press("Control+k")
    page.keyboard.type("edit")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{record}/edit")
    page.close()
    assert not complaints, complaints


def test_a_day_by_keys(
    people: list[dict[str, Any]],
    origin: str,
    chromium: Any,
) -> None:
    """Goes by a chord, walks a list, opens a row, goes on to the next, copies its key."""
    page, complaints = opened(chromium, origin)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{origin}/r/organization")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("k")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    assert first != second
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{first}")
    page.keyboard.press("]")
    page.wait_for_url(f"**{second}")
    page.keyboard.press(".")
    page.wait_for_selector(".toast")
    assert page.evaluate("navigator.clipboard.readText()") == second.rpartition("/")[2]
    page.goto(f"{origin}/r/organization")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] #dialog-title")
    page.keyboard.press("1")  # a row of the list, which a dialog stands before
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.locator("#peek [data-states]")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.closest('[data-states]') !== null")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.wait_for_url("**?tab=timeline*")
    expect(page.locator("#task-title")).to_be_focused()
    page.keyboard.press("Tab")
    page.locator("main h1").click()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/r/customer*")
    page.close()
    assert not complaints, complaints


def test_keys_are_silent_while_typing_and_when_switched_off(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    page, complaints = opened(chromium, origin)
    page.goto(f"{origin}/preferences")
    page.locator("#timeZone").click()
    page.keyboard.type("gc?")
    assert page.url.endswith("/preferences")
    assert page.locator("dialog[open]").count() == 0
    assert page.locator("#palette").get_attribute("aria-keyshortcuts") == "/ Control+k"
    site.admin.patch(PREFERENCES, {"shortcuts": False})
    page.goto(origin)
    page.goto(origin)
    page.keyboard.press("?")
    page.keyboard.press("/")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.id") != "palette"
    assert page.locator("[aria-keyshortcuts]").count() == 0
    site.admin.patch(PREFERENCES, {"shortcuts": True})
    page.goto(origin)
    page.goto(origin)
    page.evaluate(  # on an Arabic keyboard, where the letter of the place is another one
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'ن', code: 'KeyK', ctrlKey: true, bubbles: true, cancelable: true}))"
    )
    assert page.evaluate("document.activeElement.id") == "palette"
    page.close()
    assert not complaints, complaints


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_is_cut_on_a_phone(
    site: Site,
    origin: str,
    chromium: Any,
    language: str,
) -> None:
    """The drawer, what opens from the bar and the palette stay within 360 pixels."""
    site.admin.patch(PREFERENCES, {"language": language})
    page, complaints = opened(chromium, origin, viewport={"width": 360, "height": 740})
    page.goto(f"{origin}/preferences")
    for opener, inside in (
        (".menu-button", "#menu"), ("header.top .drop > summary.button", "header.top nav.sheet"),
        ("details.person > summary", ".person .sheet"), ("#palette", "#found"),
    ):  # fmt: skip
        page.locator(opener).click()
        page.wait_for_selector(inside)
        place = page.locator(inside).bounding_box()
        assert place["x"] >= 0, inside
        assert place["x"] + place["width"] <= 360, inside
        page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
    site.admin.patch(PREFERENCES, {"language": None})
    assert not complaints, complaints


@pytest.mark.parametrize(
    ("first", "then", "wanted"), [("/", "babb\n", ""), ("g", "n", "notifications")]
)
def test_keys_that_are_pressed_before_the_scripts_are_there_are_not_lost(
    people: list[dict[str, Any]], origin: str, chromium: Any, first: str, then: str, wanted: str
) -> None:
    """The scripts come late; what was pressed meanwhile is done in order when they are there."""
    page, complaints = opened(chromium, origin)
    late: list[Any] = []
    for name in ("keys.js", "palette.js"):
        page.route(f"**/{name}", lambda route: late.append(route))  # noqa: PLW0108 - a builtin is no handler
    page.goto(origin, wait_until="commit")
    page.wait_for_selector("#palette")
    until = time.monotonic() + SCRIPTS_S
    while len(late) < 2:
        asked = [one.request.url for one in late]
        assert time.monotonic() < until, f"of the two scripts it has asked for {asked}"
        page.wait_for_timeout(5)
    page.keyboard.press(first)
    page.keyboard.type(then)
    while late:
        late.pop().continue_()
    page.wait_for_url(f"**/{wanted or people[0]['key']}", wait_until="commit")
    page.close()
    assert not complaints, complaints
