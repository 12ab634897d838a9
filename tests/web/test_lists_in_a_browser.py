"""A real browser works a list: by keys, with the pane beside it, many at once, no wider than it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from tests.web.test_capture_in_a_browser import RULES
from tests.web.test_forms_in_a_browser import signed_in

PEOPLE = "/tmf-api/party/v4/individual"
LIST = "/r/individual?familyName=Listed&sort=givenName"
BULK_ACTIONS_MAX = 8
IMPORT_CLICKS_MAX = 4


@pytest.fixture(scope="module")
def people(site: Site) -> list[dict[str, Any]]:
    """Five persons of one name."""
    return [
        site.admin.post(PEOPLE, {"givenName": f"Ada {number}", "familyName": "Listed"}).json
        for number in range(5)
    ]


def opened(chromium: Any, origin: str, **context: Any) -> tuple[Any, list[str]]:
    page = chromium.new_page(**{"viewport": {"width": 1440, "height": 900}, **context})
    return page, signed_in(page, origin)


def test_a_row_is_peeked_at_by_key_and_the_pane_follows(
    people: list[dict[str, Any]], origin: str, chromium: Any
) -> None:
    page, complaints = opened(chromium, origin)
    page.goto(origin + LIST)
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.wait_for_selector("#peek:not([hidden]) h2:has-text('Ada 0')")
    page.keyboard.press("j")
    page.wait_for_selector("#peek h2:has-text('Ada 1')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#peek", state="hidden")
    assert page.evaluate("document.activeElement.textContent") == people[1]["key"]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{people[1]['key']}")
    page.keyboard.press("]")
    page.wait_for_url(f"**/{people[2]['key']}")
    page.close()
    assert not complaints, complaints


def test_one_goes_through_a_list_record_by_record_over_its_pages(
    people: list[dict[str, Any]], origin: str, chromium: Any, site: Site
) -> None:
    page, complaints = opened(chromium, origin)
    page.goto(f"{origin}{LIST}&limit=2")
    page.get_by_role("link", name=people[1]["key"]).click()
    page.wait_for_url(f"**/{people[1]['key']}")
    before, after = (page.locator(f"[data-neighbours] a[rel={one}]") for one in ("prev", "next"))
    before.wait_for()
    after.click()
    page.wait_for_url(f"**/{people[2]['key']}")
    page.locator(".path a").first.wait_for()
    after.wait_for()
    page.keyboard.press("]")
    page.wait_for_url(f"**/{people[3]['key']}")
    page.goto(f"{origin}/r/individual/{people[3]['key']}/edit")
    page.fill("#at-title", "Dr")
    page.locator("[data-next-record]").click()
    page.wait_for_url(f"**/{people[4]['key']}/edit?done={people[3]['key']}")
    page.wait_for_selector(".notice:has-text('was saved')")
    assert page.locator("[data-next-record]").is_hidden(), "the last one of the list"
    assert site.admin.get(f"{PEOPLE}/{people[3]['id']}").json["title"] == "Dr"
    page.close()
    assert not complaints, complaints


def test_a_filter_is_added_by_keyboard(
    people: list[dict[str, Any]], origin: str, chromium: Any
) -> None:
    page, complaints = opened(chromium, origin)
    page.goto(origin + LIST)
    page.keyboard.press("f")
    page.wait_for_selector("#filter-path:focus")
    page.keyboard.type("Given name")
    page.wait_for_selector("#filter-text")
    page.locator("#filter-text").fill("Ada 3")
    page.keyboard.press("Enter")
    page.wait_for_url("**givenName.contains=Ada*")
    assert page.locator("tbody tr").count() == 1
    assert people[3]["key"] in page.locator("tbody").inner_text()
    page.close()
    assert not complaints, complaints


def test_what_opens_stays_inside_a_phone(
    people: list[dict[str, Any]], origin: str, chromium: Any
) -> None:
    """A box at either edge is moved back in, so that nothing of it is cut off."""
    page, complaints = opened(chromium, origin, viewport={"width": 390, "height": 844})
    for address, name in ((LIST, "Group"), (f"/r/individual/{people[0]['key']}", "···")):
        page.goto(origin + address)
        box = page.locator("main details.drop", has_text=name).first
        box.locator("> summary").click()
        sheet = box.locator("> .sheet")
        sheet.wait_for()
        page.wait_for_function(
            "one => { const { left, right } = one.getBoundingClientRect();"
            " return left >= 0 && right <= innerWidth; }",
            arg=sheet.element_handle(),
        )
    page.close()
    assert not complaints, complaints


def test_all_that_match_are_changed_in_few_actions(
    people: list[dict[str, Any]], origin: str, chromium: Any, site: Site
) -> None:
    page, complaints = opened(chromium, origin)
    page.goto(origin + LIST)
    actions = 0

    def click(selector: str) -> None:
        nonlocal actions
        page.locator(selector).click()
        actions += 1

    click("th.choose input")
    click("input[name=all]")
    click("button[value=edit]")
    page.select_option("#many-field", value="title")
    actions += 1
    page.wait_for_selector("[name='f:title']")
    page.locator("[name='f:title']").fill("Dr")
    actions += 1
    click("button[value=preview]")
    click("button[value=start]")
    page.wait_for_url("**/jobs/*")
    for _ in range(2):  # the page asks again and again until the job has ended
        page.wait_for_event("response", lambda one: one.url.endswith("/progress"))
    site.work()
    page.wait_for_selector(".state:has-text('Done')")
    assert actions <= BULK_ACTIONS_MAX
    assert site.admin.get(f"{PEOPLE}/{people[0]['id']}").json["title"] == "Dr"
    page.close()
    assert not complaints, complaints


def test_a_file_is_imported_with_four_clicks(
    people: list[dict[str, Any]], origin: str, chromium: Any, site: Site
) -> None:
    """Import, the file box, the file in the system's own window, and Import again."""
    page, complaints = opened(chromium, origin)
    page.goto(origin + "/r/individual")
    page.get_by_role("link", name="Import", exact=True).click()
    clicks = 3
    content = f"key,title\n{people[4]['key']},Countess\n".encode()
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    page.wait_for_url("**/import/*")
    page.locator("button[value=run]").click()
    clicks += 1
    page.wait_for_url("**/jobs/*")
    site.work()
    page.wait_for_selector(".state:has-text('Done')")
    assert clicks <= IMPORT_CLICKS_MAX
    assert site.admin.get(f"{PEOPLE}/{people[4]['id']}").json["title"] == "Countess"
    page.close()
    assert not complaints, complaints


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
def test_everybody_can_use_a_list(
    people: list[dict[str, Any]], origin: str, chromium: Any, width: int, scheme: str
) -> None:
    """No rule of WCAG 2.2 AA is broken by the list, its boxes and the pane beside it."""
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe")
    page, _ = opened(
        chromium, origin, viewport={"width": width, "height": 900}, color_scheme=scheme,
        bypass_csp=True,
    )  # fmt: skip
    for address in (LIST, "/r/individual?group=status", "/r/individual/import", "/jobs"):
        page.goto(origin + address)
        if address == LIST:
            page.keyboard.press("j")
            page.keyboard.press("x")
            page.keyboard.press("Space")
            page.wait_for_selector("#peek:not([hidden]) h2")
            page.locator("summary:has-text('Columns')").click(force=True)
        page.add_script_tag(path=f"{axe.__path__[0]}/axe.min.js")
        page.evaluate("scrollTo(0, 0)")
        found = page.evaluate(f"axe.run('#content', {RULES})")
        assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == []
    assert people
    page.close()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_list_is_wider_than_the_window(
    people: list[dict[str, Any]], origin: str, chromium: Any, width: int
) -> None:
    assert people
    page, complaints = opened(chromium, origin, viewport={"width": width, "height": 800})
    for address in (LIST, "/r/individual?group=status", "/jobs", "/r/individual/import"):
        page.goto(origin + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.close()
    assert not complaints, complaints
