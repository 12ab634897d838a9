"""A visit is moved from its card in three actions, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.hands import Hands
from tests.fieldwork.conftest import APPOINTMENT, Field
from tests.support.chromium import served, sign_in
from tests.support.pages import pages_of

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def dispatcher(opened: Field, chromium: Any) -> Iterator[Any]:
    """The page of a dispatcher who has signed in."""
    site = opened.operator.site
    site.user("moves", roles=["dispatcher"], scopes=("TMF646:read",))
    with served(pages_of(site).app) as origin:
        context = chromium.new_context(viewport=WIDE, reduced_motion="reduce", base_url=origin)
        context.set_default_timeout(10_000)
        page = context.new_page()
        sign_in(page, origin, "moves")
        yield page
        context.close()


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
    if by == "keys":
        dispatcher.focus(".visit-pick summary")
        hands.press("Enter")
        dispatcher.wait_for_selector(slot)
        dispatcher.locator(f"{slot} >> input").focus()
        hands.press("Space")
        dispatcher.focus(done)
        hands.press("Enter")
    else:
        hands.click(".visit-pick summary")
        hands.click(slot)
        hands.click(done)
    dispatcher.wait_for_url("**done=booked*")
    hands.needed_at_most(3)
    visits.operator.settle()
    booked = visits.work(order)["appointment"]["id"]
    now = visits.staff.get(f"{APPOINTMENT}/{booked}").json
    assert now["validFor"]["startDateTime"] != first["validFor"]["startDateTime"]
    assert now["status"] == "confirmed"
