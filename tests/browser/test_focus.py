"""After each swap the focus is where the work goes on, and is never lost; what happened is told.

A new page begins at its top, as pages do; what is swapped into one is what this looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.conftest import Office
from tests.support.chromium import settled
from tests.web.plans import order_with_plan

TOLD = "() => document.getElementById('status').textContent.trim() !== ''"
WHERE = """
  () => { const one = document.activeElement; return one.outerHTML.slice(0, 160); }
"""


@dataclass(frozen=True)
class Swap:
    """A swap: the page, what is done there, what has the focus then, and whether it is told."""

    place: str
    act: Callable[[Any], None]
    focus: str
    is_told: bool = False


def keys(*pressed: str, first: str = "") -> Callable[[Any], None]:
    """Return what presses keys, from a place if one is named."""

    def press(page: Any) -> None:
        if first:
            page.locator(first).first.focus()
        for one in pressed:
            page.keyboard.press(one)

    return press


def typed(where: str, text: str, then: str) -> Callable[[Any], None]:
    """Return what writes a text into a field, and then presses a key."""

    def write(page: Any) -> None:
        page.locator(where).first.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
        page.keyboard.press(then)

    return write


def in_turn(*acts: Callable[[Any], None] | str) -> Callable[[Any], None]:
    """Return what does one after the other; a selector waits for what it finds."""

    def do(page: Any) -> None:
        for one in acts:
            if isinstance(one, str):
                page.wait_for_selector(one)
            else:
                one(page)

    return do


def chosen(where: str, option: str) -> Callable[[Any], None]:
    """Return what chooses in a list, as somebody who has the focus there."""

    def choose(page: Any) -> None:
        page.locator(where).focus()
        page.locator(where).select_option(option)

    return choose


LIST = "/r/individual"
RECORD = "/r/organization/{organization}"
CUSTOMER = "/customer/{customer}"
STUCK = "/order/{stuck}?view=timeline"
CAPTURE = "/order/new?customer={customer}"
OFFER = "/catalog/productOffering/{offering}"
FACT = "#fact-tradingName"
STEP = "#plan a[data-step]"
OPENED = in_turn(keys("Enter", first=f"{FACT} .fact-edit"), f"{FACT} input:focus")
SOLD = in_turn(typed("#q", "mobile s", "Enter"), "#line-1:focus")
DIALOG = in_turn(keys("a", first="tbody a.row"), "dialog[open] input:focus")
PEEKED = in_turn(keys("Enter", first="tbody [data-peek-open]"), "#peek h2:focus")
SWAPS = {
    "a pane is opened": Swap(LIST, keys("j", "Space"), "tbody a.row:focus", is_told=True),
    "a pane is opened by its button": Swap(
        LIST, keys("Enter", first="tbody [data-peek-at]"), "#peek h2:focus", is_told=True),
    "a pane is closed": Swap(
        LIST, in_turn(keys("j", "Space"), "#peek h2", keys("Escape")),
        "tbody a.row:focus"),
    "a filter is asked for": Swap(LIST, keys("f"), "#filter-path:focus"),
    "a filter's attribute is chosen": Swap(
        LIST, in_turn(keys("f"), "#filter-path:focus", chosen("#filter-path", "givenName"),
                      "#filter-text"), ".filter-sheet :focus"),
    "a group is opened": Swap(
        f"{LIST}?group=status", keys("Enter", first="main details summary"), "summary:focus"),
    "a fact is edited": Swap(RECORD, OPENED, f"{FACT} input:focus"),
    "a fact is saved": Swap(
        RECORD, in_turn(OPENED, typed(f"{FACT} input:not([type=hidden])", "Analytical", "Enter")),
        f"{FACT} .fact-edit:focus", is_told=True),
    "a fact is left as it was": Swap(
        RECORD, in_turn(OPENED, keys("Escape")), f"{FACT} .fact-edit:focus"),
    "a note is written": Swap(
        CUSTOMER, typed("#note-text", "Rings at noon", "Control+Enter"), "#note-text:focus",
        is_told=True),
    "a timeline is filtered": Swap(
        CUSTOMER, keys("Enter", first=".filter-chips a:nth-child(2)"),
        ".filter-chips a[aria-current]:focus", is_told=True),
    "a panel is read again": Swap(
        CUSTOMER, keys("Enter", first="#panel-orders [data-refresh]"),
        "#panel-orders header [data-refresh]:focus"),
    "a step is opened": Swap(STUCK, keys("Enter", first=STEP), "#step h2:focus", is_told=True),
    "a step is closed": Swap(
        STUCK, in_turn(keys("Enter", first=STEP), "#step h2:focus", keys("Escape")),
        f"{STEP}:focus"),
    "a plan is shown in another way": Swap(
        STUCK, keys("Enter", first="#plan .switch a:nth-child(3)"),
        "#plan .switch a[aria-current]:focus"),
    "an offer is added": Swap(CAPTURE, SOLD, "#line-1:focus", is_told=True),
    "a line is taken away": Swap(
        CAPTURE, in_turn(SOLD, keys("Enter", first="#line-1 .take")), "#cart-title:focus",
        is_told=True),
    "an entry is chosen in the tree": Swap(
        OFFER, keys("Enter", first="[role=treeitem]"), ".entry-title:focus"),
    "an offer is simulated": Swap(
        OFFER, keys("Enter", first="#simulate button.primary"), ".simulated:focus", is_told=True),
    "a group of a queue is opened": Swap(
        "/fallout", keys("Enter", "Enter", first=".queue-open"), ".queue-open:focus"),
    "something in a queue is peeked at": Swap(
        "/fallout", PEEKED, "#peek h2:focus", is_told=True),
    "the pane of a queue is closed": Swap(
        "/fallout", in_turn(PEEKED, keys("Escape")), "tbody a.row:focus"),
    "a question is asked": Swap(
        "/fallout", DIALOG, "dialog[open] input:focus"),
    "a question is not answered": Swap(
        "/fallout", in_turn(DIALOG, keys("Escape")), "tbody a.row:focus"),
    "a branch of a company is opened": Swap(
        "/hierarchy/{organization}", keys("Enter", first="main details summary"), "summary:focus"),
    "the box for searching is left": Swap(
        LIST, in_turn(keys("Control+k", first="tbody a.row"), "#found:not([hidden])",
                      keys("Escape")), "tbody a.row:focus"),
    "the keys are shown": Swap("/", keys("?"), "dialog[open] :focus"),
    "the keys are closed": Swap(
        LIST, in_turn(keys("?", first="tbody a.row"), "dialog[open] :focus", keys("Escape")),
        "tbody a.row:focus"),
    "all records are shown": Swap("/", keys("Enter", first=".all-records > summary"),
                                  "summary:focus"),
    "a step is tried again": Swap(
        "/order/{tried}", keys("Enter", first="#step [data-key-action='detail.retry']"),
        "#step h2:focus", is_told=True),
}  # fmt: skip


@pytest.fixture(scope="module")
def keys_of(office: Office) -> dict[str, str]:
    """The keys of the records that are worked on; what is tried again is stuck for this alone."""
    for number in range(3):
        body = {"givenName": f"Ada {number}", "familyName": "Focused", "status": "initialized"}
        assert office.site.admin.post("/tmf-api/party/v4/individual", body).status_code == 201
    return office.keys | {"tried": order_with_plan(office.site, line="fallout")["key"]}


@pytest.fixture(scope="module")
def page(signed_in: Callable[..., Any]) -> Any:
    """One page in which all of it is done, one after the other."""
    return signed_in()


@pytest.mark.parametrize("name", SWAPS)
def test_the_focus_is_where_the_work_goes_on(
    office: Office, keys_of: dict[str, str], page: Any, name: str
) -> None:
    swap = SWAPS[name]
    page.goto(office.origin + swap.place.format(**keys_of))
    settled(page)
    page.evaluate("document.getElementById('status').textContent = ''")
    swap.act(page)
    try:
        page.wait_for_selector(swap.focus, timeout=10_000)
        settled(page)
        assert page.locator(swap.focus).count() == 1
    except Exception as error:
        raise AssertionError(f"the focus is on {page.evaluate(WHERE)}") from error
    if swap.is_told:
        page.wait_for_function(TOLD, timeout=10_000)
