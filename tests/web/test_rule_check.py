"""Rules are checked while they are typed, on whatever form they stand."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import post
from tests.web.test_forms_in_a_browser import signed_in as browser_of
from trunkline.documents.condition import compile_rule
from trunkline.kernel.actor import Grant

OWN = "condition source item place"


def checked(browser: Browser, text: str, kind: str = OWN) -> str:
    answer = browser.get(f"/rule/check?as={quote(kind)}&text={quote(text)}")
    assert answer.status_code == 200
    return words_of(answer.text)


def test_what_is_wrong_with_a_rule_is_told(admin: Browser) -> None:
    """No rule, a rule over what is not there, one that comes to no yes or no; and a sound one."""
    assert "is not a rule" in checked(admin, "source.speed >")
    assert "undeclared reference" in checked(admin, "record.name == 'Ada'")
    assert "must come to true or false" in checked(admin, "'yes'")
    assert "It can be carried out" in checked(admin, "source.speed > 5")
    assert "It can be carried out" in checked(admin, "'yes'", "value source")
    assert "is longer than" in checked(admin, "a" * 3000)
    assert checked(admin, " ") == ""
    assert admin.get("/rule/check").status_code == 400


def test_nothing_is_kept_of_what_is_only_typed(admin: Browser) -> None:
    kept = compile_rule.cache_info().currsize
    with counted() as sent:
        checked(admin, "source.speed > 7")
    assert not sent
    assert compile_rule.cache_info().currsize == kept


def test_only_rules_are_checked_and_for_the_staff_only(admin: Browser, signed_in: Any) -> None:
    assert admin.get("/rule/check?as=program source&text=1").status_code == 400
    assert admin.get("/rule/check?as=condition so;urce&text=1").status_code == 400
    customer = signed_in("rule-customer", {"*:read": Grant("own")})
    assert customer.get("/rule/check?as=condition source&text=1").status_code == 403


def test_the_forms_say_which_texts_are_rules(admin: Browser) -> None:
    form = source_of(admin.get("/administration/attributes/new"))
    assert 'data-rule="condition value record"' in form


def test_a_rule_is_checked_while_it_is_typed(site: Site, origin: str, chromium: Any) -> None:
    """In a real browser, on the form of a specification."""
    expect = pytest.importorskip("playwright.sync_api").expect
    inner = post(site, "ServiceSpecification", {"name": "Inner"})
    made = post(site, "ServiceSpecification", {
        "name": "Ruled", "serviceSpecRelationship": [{
            "id": inner["id"], "relationshipType": "dependency", "condition": "source.a == 1"}],
    })  # fmt: skip
    page = chromium.new_page()
    complaints = browser_of(page, origin)
    page.goto(f"{origin}/r/serviceSpecification/{made['key']}/edit")
    page.wait_for_load_state()
    field = page.locator("[data-rule]").first
    field.evaluate("one => one.closest('details')?.setAttribute('open', '')")
    field.fill("source.a ==")
    expect(page.locator("[data-ruled] .wrong")).to_contain_text("is not a rule")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("source.a == 2")
    expect(page.locator("[data-ruled]")).to_contain_text("It can be carried out")
    page.close()
    assert not complaints, complaints
