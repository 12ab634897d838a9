"""A visit is moved from its card in three actions, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import CUSTOMER
from tests.browser.hands import Hands
from tests.fieldwork.conftest import APPOINTMENT, Field
from tests.support.chromium import served, sign_in
from tests.support.pages import pages_of

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def page_of(opened: Field, chromium: Any) -> Iterator[Callable[[str], Any]]:
    """Returns the page of somebody with a role who has signed in."""
    site = opened.operator.site
    contexts = []
    with served(pages_of(site).app) as origin:

        def begin(role: str) -> Any:
            site.user(f"moves-{role}", roles=[role], scopes=("TMF646:read",))
            context = chromium.new_context(viewport=WIDE, reduced_motion="reduce", base_url=origin)
            contexts.append(context)
            context.set_default_timeout(10_000)
            page = context.new_page()
            sign_in(page, origin, f"moves-{role}")
            return page

        yield begin
        for one in contexts:
            one.close()


@pytest.fixture(scope="module")
def dispatcher(page_of: Callable[[str], Any]) -> Any:
    """The page of a dispatcher who has signed in."""
    return page_of("dispatcher")


@pytest.fixture(scope="module")
def agent(page_of: Callable[[str], Any]) -> Any:
    """The page of an agent of care, who does not read work orders."""
    return page_of("care")


def moved(hands: Hands, by: str, slot: str, done: str) -> None:
    """Begin to move a visit, choose the third time, and do it."""
    hands.follow(by, ".visit-pick summary", "Shift+V")
    hands.follow(by, slot, "3")
    hands.page.wait_for_selector(".visit-slot:has(:checked)")
    hands.follow(by, done, "Control+Enter")
    hands.page.wait_for_url("**done=booked*")


@pytest.mark.parametrize("by", ["keys", "mouse"])
def test_a5_an_appointment_is_moved(visits: Field, dispatcher: Any, by: str) -> None:
    """Move, a time, and done; why stands there already and may be said otherwise."""
    _, order = visits.visited()
    work = visits.work(order)
    first, *_ = visits.slots(work["id"])
    assert visits.book(work, first).status_code == 201
    visits.operator.settle()
    hands = Hands(dispatcher)
    dispatcher.goto(f"/visits/{work['key']}")
    slot = ".visit-slot:has(input:not(:disabled)) >> nth=2"
    done = ".visit-take button.primary"
    moved(hands, by, slot, done)
    hands.needed_at_most(3)
    visits.operator.settle()
    booked = visits.work(order)["appointment"]["id"]
    now = visits.staff.get(f"{APPOINTMENT}/{booked}").json
    assert now["validFor"]["startDateTime"] != first["validFor"]["startDateTime"]
    assert now["status"] == "confirmed"


@pytest.mark.parametrize("by", ["keys", "mouse"])
def test_a5_a_visit_is_moved_from_the_page_of_its_customer(
    visits: Field, agent: Any, by: str
) -> None:
    """Who comes when stands at the customer; moved there, the page says so and shows the time."""
    ada, order = visits.visited()
    work = visits.work(order)
    *_, first = visits.slots(work["id"])
    assert visits.book(work, first).status_code == 201
    visits.operator.settle()
    key = visits.staff.get(f"{CUSTOMER}/{ada.id}").json["key"]
    hands = Hands(agent)
    agent.goto(f"/customer/{key}")
    slot = ".visit-slot:has(input:not(:disabled)) >> nth=2"
    moved(hands, by, slot, ".visit-take button.primary")
    hands.needed_at_most(3)
    assert agent.url.partition("?")[0].endswith(f"/customer/{key}")
    agent.locator(".notice", has_text="The visit is booked").wait_for()
    agent.locator("#panel-visits .line .number").first.wait_for()
    visits.operator.settle()
    booked = visits.work(order)["appointment"]["id"]
    now = visits.staff.get(f"{APPOINTMENT}/{booked}").json
    assert now["validFor"]["startDateTime"] != first["validFor"]["startDateTime"]
    assert now["status"] == "confirmed"
