"""The jobs of the day, by keyboard and by mouse, in no more actions than their targets allow.

Each begins on the home page of whoever does it. A click, a key (Tab, too) or a chord is one action,
a text typed is one text; scrolling is free.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Office
from tests.browser.hands import Hands
from tests.support.program import password_hash_of
from tests.web.plans import order_with_plan, stuck_steps
from trunkline.identity.accounts import NewUser, add_user
from trunkline.kernel.actor import system

BY = pytest.mark.parametrize("by", ["keys", "mouse"])
SEARCH = "Control+k"
MANY = 30


@pytest.fixture
def at_home(office: Office, hands_of: Callable[..., Hands]) -> Callable[..., Hands]:
    """Returns the hands of somebody on the own home page, ready to work."""

    def begin(role: str = "administrator") -> Hands:
        hands = hands_of("admin" if role == "administrator" else office.user(role))
        hands.page.wait_for_load_state("networkidle")
        return hands

    return begin


@pytest.fixture
def nothing_else(office: Office) -> Iterator[None]:
    """Lets nothing else be stuck for the time of a test."""
    hide = (
        "update fallout set p_state = 'closedComplete' "
        "where p_state not in ('closedComplete', 'canceled') returning id"
    )
    before = [ident for (ident,) in office.site.rows(hide)]
    yield
    office.site.rows(hide)
    back = "update fallout set p_state = 'open' where id = any(%s) returning id"
    office.site.rows(back, before)


def found(hands: Hands, by: str, text: str, label: str) -> None:
    """Go to a record by the search box."""
    if by == "keys":
        hands.press(SEARCH)
    else:
        hands.click("#palette")
    hands.type(text)
    wanted = f"#found [role=option]:has-text('{label}')"
    hands.page.wait_for_selector(wanted)
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click(wanted)


@BY
def test_s1_a_customer_is_found_with_what_they_have(
    office: Office, at_home: Callable[..., Hands], by: str
) -> None:
    hands = at_home("sales")
    found(hands, by, office.keys["customer"], office.keys["customer"])
    hands.page.wait_for_url(f"**/customer/{office.keys['customer']}*")
    hands.page.locator("#panel-services", has_text="Fibre 1G").wait_for()
    hands.needed_at_most(2, 1)


def test_f1_what_is_broken_stands_on_the_home_page(
    office: Office, at_home: Callable[..., Hands]
) -> None:
    hands = at_home("fallout")
    assert "noFreePort" in hands.page.locator(".group-head").first.inner_text()
    assert hands.page.locator("[data-queue] tbody tr").count() >= 1
    hands.needed_at_most(0)


@BY
def test_f2_one_is_fixed_and_tried_again(
    office: Office, nothing_else: None, at_home: Callable[..., Hands], by: str
) -> None:
    order_with_plan(office.site, line="fallout")
    hands = at_home("fallout")
    page = hands.page
    if by == "keys":
        hands.press("e")
        page.wait_for_selector("#peek [data-fix]:focus")
        hands.type("500")
        hands.press("Control+Enter")
    else:
        hands.click("tbody [data-peek-open]")
        page.wait_for_selector("#peek [data-fix]")
        hands.click("#peek [data-fix]")
        hands.type("500")
        hands.click("#peek .fix button")
    page.wait_for_selector("#peek [data-was-done=fix]")
    hands.needed_at_most(3, 1)


@BY
def test_f3_a_whole_cause_is_tried_again(
    office: Office, nothing_else: None, at_home: Callable[..., Hands], by: str
) -> None:
    stuck_steps(office.site, MANY, code=f"away-{by}")
    hands = at_home("fallout")
    page = hands.page
    if by == "keys":
        hands.press("j")
        hands.press("r")
        page.wait_for_selector("dialog[open] .ask-form")
        hands.press("Enter")
    else:
        hands.click(".group-head button[name=now]")
        page.wait_for_selector("dialog[open] .ask-form")
        hands.click("dialog[open] .primary")
    page.wait_for_url(re.compile(r"done=retry|/jobs/|/fallout$"))
    page.locator(".notice, section.job").first.wait_for()
    hands.needed_at_most(3)


@BY
def test_f5_one_is_handed_over_and_its_customer_told(
    office: Office, nothing_else: None, at_home: Callable[..., Hands], by: str
) -> None:
    """To whom, until when, and what the customer is told, in one dialog."""
    key = order_with_plan(office.site, line="fallout")["fallout"]
    colleague = f"mai-{by}"
    person = NewUser(
        colleague, "Mai", password_hash=password_hash_of(office.site.services), roles=["fallout"]
    )
    add_user(office.site.services, by=system("tests"), user=person)
    hands = at_home("fallout")
    page = hands.page
    if by == "keys":
        hands.press("a")
    else:
        hands.click("tbody input[name=chosen]")
        hands.click(".queue-bar button[value=assign]")
    page.wait_for_selector("#ask-for:focus")
    assert page.input_value("#ask-due")
    hands.type(colleague)
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click("dialog button[name=tell]")
    page.wait_for_selector(".notice")
    ((document,),) = office.site.rows("select doc from fallout where key = %s", key)
    assert document["assignee"]["name"] == "Mai"
    assert document["dueAt"]
    ((message,),) = office.site.rows(
        "select doc from communication_message order by id desc limit 1"
    )
    assert "takes longer" in message["subject"]
    hands.needed_at_most(3, 1)


@BY
def test_f4_why_an_order_is_late_is_seen(
    office: Office, at_home: Callable[..., Hands], by: str
) -> None:
    hands = at_home("fallout")
    found(hands, by, office.keys["waiting"], office.keys["waiting"])
    hands.page.wait_for_url(f"**/order/{office.keys['waiting']}*")
    hands.page.wait_for_selector("#plan .gantt .critical")
    hands.needed_at_most(2, 1)


@BY
def test_f4_one_action_from_the_list(
    office: Office, at_home: Callable[..., Hands], by: str
) -> None:
    """A click on the row, or its number."""
    hands = at_home("fallout")
    hands.page.goto(f"{office.origin}/r/productOrder?q={office.keys['waiting']}")
    hands.follow(by, f"tbody a[href*='{office.keys['waiting']}']", "1")
    hands.page.wait_for_selector("#plan .gantt .critical")
    hands.needed_at_most(1)


@BY
def test_d2_a_user_is_added_and_looked_at(
    office: Office, at_home: Callable[..., Hands], by: str
) -> None:
    """Rights are checked by seeing the pages as that person does."""
    hands = at_home()
    page = hands.page
    hands.follow(by, "#panel-users a.primary", "u")
    page.wait_for_selector("#name:focus")
    hands.type(f"Rosa {by.title()}")
    if by == "keys":
        hands.press("Tab")
        hands.type("care")
        hands.press("Control+Shift+Enter")
    else:
        hands.click("input[name=role][value=care]")
        hands.click("button[name=then][value=view]")
    page.wait_for_selector(".viewing")
    assert f"Rosa {by.title()}" in page.locator(".viewing").inner_text()
    hands.needed_at_most(3, 2)
    page.click(".viewing button")
    page.wait_for_selector(".viewing", state="detached")
    asked = "select r.role from user_account a join principal_role r using (principal) "
    assert office.site.rows(f"{asked} where a.login = %s", f"rosa.{by}") == [("care",)]


@BY
def test_d3_customers_are_imported_and_taken_back(
    office: Office, at_home: Callable[..., Hands], by: str
) -> None:
    """A file, what it would do, and go; then undone. Choosing the file is one action."""
    hands = at_home()
    page = hands.page
    hands.follow(by, "nav.menu a[href='/r/individual']", "g", "e")
    page.wait_for_url("**/r/individual")
    hands.follow(by, "a[href='/r/individual/import']", "Shift+i")
    page.wait_for_selector("#file:focus")
    rows = f"givenName,familyName\nIda,Imported-{by}\nUma,Imported-{by}\n"
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    with page.expect_file_chooser() as asked:
        hands.follow(by, "#file", "Enter")
    asked.value.set_files(file)
    run = "button[name=do][value=run]"
    page.wait_for_selector(run)
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click(run)
    page.wait_for_url("**/jobs/*")
    hands.needed_at_most(4)
    office.site.work()
    page.reload()
    hands.actions = 0
    made = "select count(*) from individual where p_family_name = %s"
    assert office.site.rows(made, f"Imported-{by}") == [(2,)]
    imported = page.url
    hands.follow(by, "main button:has-text('Undo')", "z")
    page.wait_for_url(lambda url: "/jobs/" in url and url != imported)
    hands.needed_at_most(2)
    office.site.work()
    assert office.site.rows(made, f"Imported-{by}") == [(0,)]


@BY
@pytest.mark.parametrize("what", ["note", "task"])
def test_s4_a_call_is_noted_and_followed_up(
    office: Office, at_home: Callable[..., Hands], by: str, what: str
) -> None:
    """On the customer's page, which is not left."""
    hands = at_home("sales")
    page = hands.page
    page.goto(f"{office.origin}/customer/{office.keys['customer']}")
    page.wait_for_selector(".composer")
    if by == "keys":
        hands.press({"note": "l", "task": "t"}[what])
    else:
        hands.click(f"a[data-compose={what}]")
    page.wait_for_selector({"note": "#note-text:focus", "task": "#task-title:focus"}[what])
    text = f"Called about the {what} by {by}"
    hands.type(text)
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click(f".new-{what} button.primary")
    page.locator("#happenings .happenings", has_text=text).first.wait_for()
    assert office.keys["customer"] in page.url
    hands.needed_at_most(2, 1)


@BY
def test_d4_a_field_is_added(office: Office, at_home: Callable[..., Hands], by: str) -> None:
    hands = at_home()
    page = hands.page
    hands.follow(by, "nav.menu a[href='/administration/attributes']", "g", "f")
    page.wait_for_url("**/administration/attributes")
    hands.follow(by, "a[href='/administration/attributes/new']", "Shift+c")
    page.wait_for_selector("#name:focus")
    hands.type(f"risk{by.title()}")
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click("main form button.primary")
    page.locator("main", has_text=f"risk{by.title()}").wait_for()
    hands.needed_at_most(3, 1)


@BY
def test_a_bundle_is_sold_at_a_site(office: Office, at_home: Callable[..., Hands], by: str) -> None:
    """From the home page: the customer, a new order, the offer, and off it goes."""
    hands = at_home("sales")
    page = hands.page
    found(hands, by, office.keys["customer"], office.keys["customer"])
    hands.follow(by, "a[href^='/order/new?customer=']", "o")
    page.wait_for_selector("#q:focus")
    hands.type("fibre home")
    page.wait_for_selector(".offer.first")
    if by == "keys":
        hands.press("Enter")
        page.wait_for_selector("#line-1:focus")
        hands.press("Control+Enter")
    else:
        hands.click(".offer.first button")
        page.wait_for_selector("#line-1:focus")
        page.wait_for_selector("#plan tbody tr")
        hands.click("button[value=submit]")
    page.wait_for_url("**/order/ORD*")
    hands.needed_at_most(5, 2)
