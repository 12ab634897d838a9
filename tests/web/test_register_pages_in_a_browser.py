"""An administrator shapes what is kept of customers in a real browser; a clerk works with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import violations
from tests.support.program import Site
from tests.web.test_forms import person
from tests.web.test_forms_in_a_browser import signed_in

expect = pytest.importorskip("playwright.sync_api").expect
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def add_register(page: Any, origin: str) -> None:
    """Make a register of two values, of which the second one comes first in the end."""
    page.goto(f"{origin}/administration/registers")
    page.get_by_label("Code", exact=True).fill("sector")
    page.get_by_label("Name", exact=True).fill("Sector")
    page.get_by_role("button", name="New register").click()
    for code, name in (("farm", "Farming"), ("hotel", "Hotels")):
        page.locator("#new-code").fill(code)
        page.locator("#new-name").fill(name)
        page.get_by_label("Colour of the new value").select_option("green")
        page.get_by_role("button", name="Add value").click()
        expect(page.get_by_label(f"Name of {code}", exact=True)).to_have_value(name)
    page.get_by_role("button", name="Move hotel to the front").click()
    expect(page.locator("tbody tr").first).to_contain_text("hotel")


def add_attribute(page: Any, origin: str) -> None:
    """Define an attribute of companies: a choice, required, with a default and a help."""
    page.goto(f"{origin}/administration/attributes/new?type=Customer")
    page.locator("#name").fill("branch")
    page.locator("#label").fill("Branch")
    page.locator("#help").fill("What most of the guests come for.")
    page.locator("#kind").select_option("choice")
    page.locator("#register").select_option("sector")
    expect(page.locator("#preview")).to_contain_text("Hotels")
    page.get_by_label("Required").check()
    page.locator("#defaultValue").fill("farm")
    page.locator("#dataClass").select_option("internal")
    page.locator("#condition").fill("record.customerType == 'company'")
    page.locator("#validation").fill("value != 'farm' || record.name.contains('farm')")
    page.locator("#message").fill("only farms are in farming")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/administration/attributes?done=*")
    expect(page.locator("main")).to_contain_text("Branch")


@pytest.mark.accepts("TSM-02")
def test_what_is_kept_of_companies_changes_without_a_restart(
    site: Site, origin: str, chromium: Any
) -> None:
    """The register, its order and the attribute are at once in form, list, filter, interface and
    file; consumers are not asked, and a value that breaks the rule is told at its field."""
    _ = site.admin
    ada = person(site, familyName="Shepherd")
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints = signed_in(page, origin)
    add_register(page, origin)
    assert violations(page) == []
    add_attribute(page, origin)

    page.goto(f"{origin}/r/customer/new")
    page.fill("#at-name", "Seaview")
    page.locator("#at-engagedParty").press_sequentially("Shepherd")
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("Enter")
    expect(page.locator("#at-branch")).to_have_count(0)
    page.locator("#at-customerType").select_option("company")
    expect(page.locator("#at-branch")).to_have_value("farm")
    expect(page.locator("#at-branch-hint")).to_contain_text("What most of the guests come for.")
    assert page.locator("#at-branch option").all_text_contents() == ["–", "Hotels", "Farming"]
    page.keyboard.press("Control+Enter")
    expect(page.locator("#at-branch-wrong")).to_contain_text("only farms are in farming")
    page.locator("#at-branch").select_option("hotel")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=created")

    made = site.admin.get(f"{CUSTOMER}?engagedParty.id={ada['id']}&branch=hotel").json
    assert [(one["name"], one["branch"]) for one in made] == [("Seaview", "hotel")]
    page.goto(f"{origin}/r/customer?columns=name,branch")
    expect(page.locator("tbody tr").filter(has_text="Seaview")).to_contain_text("Hotels")
    page.locator("summary", has_text="Filter").click()
    page.locator("#filter-path").select_option("branch")
    page.get_by_label("Hotels").check()
    page.get_by_role("button", name="Apply").first.click()
    expect(page.locator(".chip")).to_contain_text("Branch is Hotels")
    expect(page.locator("tbody tr")).to_have_count(1)
    answer = page.request.get(f"{origin}/r/customer/export?state=columns%3Dname%2Cbranch&as=csv")
    lines = answer.text().lstrip("\ufeff").splitlines()
    assert "Branch" in lines[0]
    assert any("Seaview" in line and "hotel" in line for line in lines[1:])
    page.close()
    assert [one for one in complaints if "400" not in one] == []


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_pages_of_registers_and_attributes_are_read_by_everybody(
    site: Site, origin: str, chromium: Any, width: int, theme: str
) -> None:
    """Nothing breaks WCAG 2.2 AA, and nothing stands out sideways."""
    _ = site.admin
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    complaints = signed_in(page, origin)
    for address in ("registers", "registers/customerType", "attributes", "attributes/new"):
        page.goto(f"{origin}/administration/{address}")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.close()
    assert not complaints, complaints
