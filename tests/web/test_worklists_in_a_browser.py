"""A real browser works through fallout by key and by mouse, and counts what that takes.

The jobs are counted from the home page of whoever works on fallout; scrolling is free.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.hands import Hands
from tests.support.program import PASSWORD, Site
from tests.web.plans import order_with_plan, stuck_steps
from trunkline.access.standard import ensure_roles
from trunkline.web.worklist import many

FIX_ACTIONS_MAX = 3  # and one text
RETRY_ACTIONS_MAX = 3
HAND_OVER_ACTIONS_MAX = 3  # and one text
MANY = 60
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def operator(site: Site, origin: str, chromium: Any) -> Any:
    """The home page of a fallout operator, who has signed in; it must not complain."""
    login = "jo"
    ensure_roles(site.services)
    if not site.rows("select 1 from user_account where login = %s", login):
        site.user(login, roles=["fallout"], scopes=("ordering:read",))
    page = chromium.new_page(viewport=WIDE)
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(f"{origin}/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top")
    yield page
    page.close()
    assert not complaints, complaints


@pytest.fixture(autouse=True)
def _nothing_else(site: Site) -> None:
    site.rows("update fallout set p_state = 'closedComplete' returning 1")


def home(page: Any, origin: str) -> Hands:
    """Open the home page and return the hand that works on it."""
    page.goto(origin)
    page.wait_for_selector("form[data-queue]")
    page.wait_for_load_state()  # the scripts are there
    return Hands(page)


def state_of(site: Site, key: str) -> str:
    ((state,),) = site.rows(
        "select p.state from plan_item p join fallout f on f.p_plan_item_id = p.id::text "
        "where f.key = %s", key,
    )  # fmt: skip
    return str(state)


def test_what_is_broken_stands_on_the_home_page_by_cause(
    site: Site, operator: Any, origin: str
) -> None:
    """F1: nothing to press; the groups say kind, code, system, how many and how old."""
    stuck_steps(site, 3)
    order_with_plan(site, line="fallout")
    home(operator, origin)
    groups = operator.locator(".group-head")
    assert groups.count() == 2
    first = re.sub(r"\s+", " ", groups.nth(0).inner_text())
    for word in ("Timeout", "timeout", "network", "Technical", "3", "oldest"):
        assert word in first
    assert operator.locator("#row-missing").count() == 0
    assert operator.locator("[data-queue] tbody tr").count() == 3  # the first group is open


@pytest.mark.parametrize("by", ["keys", "mouse"])
def test_one_is_fixed_and_tried_again(site: Site, operator: Any, origin: str, by: str) -> None:
    """F2: the row's pane asks for its values where they stand; the page is not left."""
    key = order_with_plan(site, line="fallout")["fallout"]
    hand = home(operator, origin)
    if by == "keys":
        hand.press("e")
        operator.wait_for_selector("#peek [data-fix]:focus")
        hand.type("500")
        hand.press("Control+Enter")
    else:
        hand.click("tbody [data-peek-open]")
        operator.wait_for_selector("#peek [data-fix]")
        hand.click("#peek [data-fix]")
        hand.type("500")
        hand.click("#peek .fix button")
    operator.wait_for_selector("#peek [data-was-done=fix]")
    assert state_of(site, key) != "fallout"
    ((values,),) = site.rows(
        "select p.characteristic from plan_item p join fallout f on f.p_plan_item_id = p.id::text "
        "where f.key = %s", key,
    )  # fmt: skip
    assert values["downstream"] == 500
    assert hand.actions <= FIX_ACTIONS_MAX
    assert hand.texts == 1


@pytest.mark.parametrize("by", ["keys", "mouse"])
def test_a_whole_cause_is_tried_again(site: Site, operator: Any, origin: str, by: str) -> None:
    """F3: all of a group, also those not shown, as a job whose progress stands there."""
    keys = stuck_steps(site, MANY)
    hand = home(operator, origin)
    if by == "keys":
        hand.press("j")
        hand.press("r")
        operator.wait_for_selector("dialog[open] .ask-form")
        hand.press("Enter")
    else:
        hand.click(".group-head button[name=now]")
        operator.wait_for_selector("dialog[open] .ask-form")
        hand.click("dialog[open] .primary")
    operator.wait_for_url("**/jobs/*")
    assert hand.actions <= RETRY_ACTIONS_MAX
    site.work()
    assert {state_of(site, one) for one in keys} & {"fallout"} == set()
    operator.reload()
    assert f"Try again, {MANY}".lower() in operator.locator("main").inner_text().lower()


def test_a_few_are_done_in_rounds_that_the_page_tells_of(
    site: Site, operator: Any, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "ROUND_S", 0.0)
    keys = stuck_steps(site, 3)
    site.rows("update fallout set p_state = 'canceled', doc = jsonb_set(doc::jsonb, '{state}', "
              "'\"canceled\"')::json where key = %s returning 1", keys[1])  # fmt: skip
    hand = home(operator, origin)
    for key in ("j", "j", "x", "j", "x", "r"):
        hand.press(key)
    operator.wait_for_selector("dialog[open] .ask-form")
    hand.press("Enter")
    operator.get_by_role("heading", name="2 to be tried again").wait_for()
    assert {state_of(site, one) for one in (keys[0], keys[2])} & {"fallout"} == set()
    operator.get_by_role("link", name="Back to the queue").press("Enter")
    operator.wait_for_url(origin + "/")


def test_one_is_handed_over_with_a_due_date(site: Site, operator: Any, origin: str) -> None:
    """F5, as far as it goes without messages to customers: one dialog for both."""
    (key,) = stuck_steps(site, 1)
    if not site.rows("select 1 from user_account where login = 'mai'"):
        site.user("mai", roles=["fallout"], scopes=("ordering:read",))
    hand = home(operator, origin)
    hand.press("a")
    operator.wait_for_selector("#ask-for:focus")
    hand.type("mai")
    hand.click(".quick-days button >> nth=1")
    hand.press("Enter")
    operator.wait_for_selector(".notice")
    ((document,),) = site.rows("select doc from fallout where key = %s", key)
    assert document["assignee"]["name"] == "Mai"
    assert document["dueAt"]
    assert hand.actions <= HAND_OVER_ACTIONS_MAX
    assert hand.texts == 1
    row = operator.locator("tbody tr").first.inner_text()
    assert "Mai" in row
    assert "in " in row


def test_rows_are_walked_selected_and_peeked_at_by_key(
    site: Site, operator: Any, origin: str
) -> None:
    stuck_steps(site, 4)
    page = operator
    home(page, origin)
    for key in ("j", "j", "x", "j", "j", "Shift+x"):
        page.keyboard.press(key)
    assert page.locator("[data-chosen]").inner_text() == "3"
    assert page.locator("input[name=chosen]:checked").count() == 3
    page.keyboard.press("Space")
    page.wait_for_selector("#peek [data-one]")
    assert "Line 2" in page.locator("#peek").inner_text()
    page.keyboard.press("k")
    page.wait_for_selector("#peek h2:has-text('Line 1')")
    page.keyboard.press("Escape")
    assert page.locator("#peek").is_hidden()
    page.keyboard.press("n")
    page.wait_for_selector("#ask-note:focus")
    assert "Add note 3" in page.locator("dialog[open] h1").inner_text()


def test_what_came_in_is_told_and_moves_nothing(site: Site, operator: Any, origin: str) -> None:
    stuck_steps(site, 1)
    home(operator, origin)
    stuck_steps(site, 2, code="later")
    chip = operator.evaluate(
        "fetch(document.getElementById('queue-new').getAttribute('hx-get'))"
        ".then(answer => answer.text())"
    )
    assert "2 new" in chip
    assert operator.locator("tbody tr").count() == 1
