"""Pages of visits: the board of a day, free times where they are needed, and the report."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import falcon.testing
import pytest

from tests.browser.conftest import CUSTOMER
from tests.fieldwork.conftest import APPOINTMENT, Field
from tests.support.pages import pages_of
from tests.support.sql_counter import counted
from tests.web.browser import Browser
from tests.web.test_details_statements import SIGN_IN, STATEMENTS_MAX


@pytest.fixture(scope="module")
def pages(opened: Field) -> falcon.testing.TestClient:
    return pages_of(opened.operator.site)


@pytest.fixture
def browse(visits: Field, pages: falcon.testing.TestClient) -> Callable[[str, str], Browser]:
    def signed_in(login: str, role: str) -> Browser:
        visits.operator.site.user(login, roles=[role], scopes=("TMF646:read",))
        browser = Browser(pages)
        assert browser.sign_in(login).status_code == 303
        return browser

    return signed_in


def must_be_cheap(browser: Browser, page: str) -> str:
    """Ask for a page twice: at the first time what every process reads once is read."""
    for _ in range(2):
        with counted() as sent:
            answer = browser.get(page)
        assert answer.status_code == 200, page
    own = [one for one in sent if not one.lower().startswith(SIGN_IN)]
    assert len(own) <= STATEMENTS_MAX, (page, own)
    return unescape(answer.text)


def test_a_dispatcher_books_and_a_technician_reports(
    visits: Field, browse: Callable[[str, str], Browser]
) -> None:
    """Without a time the work stands beside the board; booked in three clicks it stands in its
    team's window; the technician is told what is missing and reports the device. Each part of
    the pages asks the database three times at most."""
    ada, order = visits.visited()
    work = visits.work(order)
    dispatcher, technician = browse("mika", "dispatcher"), browse("noor", "technician")
    page = f"/visits/{work['key']}"
    board = must_be_cheap(dispatcher, "/visits")
    assert "Without a time" in board
    assert page in board
    must_be_cheap(dispatcher, page)
    assert "North" in must_be_cheap(dispatcher, f"{page}/slots")

    slot = visits.slots(work["id"])[0]
    start, end = slot["validFor"]["startDateTime"], slot["validFor"]["endDateTime"]
    chosen = {"slot": f"{start}|{end}|{slot['team']['id']}"}
    booked = dispatcher.post(f"{page}/slots", chosen)
    assert (booked.status_code, booked.headers["location"]) == (303, f"{page}?done=booked")
    assert technician.post(f"{page}/slots", chosen).status_code == 403
    visits.operator.settle()
    day = must_be_cheap(dispatcher, f"/visits?day={start[:10]}")
    assert "Ada Lovelace" in day
    assert page in day
    assert "Move the visit" in must_be_cheap(dispatcher, page)
    silent = dispatcher.post(f"{page}/slots", chosen)
    assert "problem=2" in silent.headers["location"]

    told = technician.post(f"{page}/report", {"outcome": "done", "name": "socket", "value": ""})
    assert told.status_code == 400
    assert "serial number of Optical Terminal" in told.text
    technician.post(f"{page}/begin", {})
    assert visits.work(order)["state"] == "inProgress"
    done = technician.post(f"{page}/report", {
        "outcome": "done", "device": "Optical Terminal", "serialNumber": "TRNK0777",
        "name": "socket", "value": "hall"})  # fmt: skip
    assert done.status_code == 303, done.text[:400]
    visits.operator.settle()
    assert order.state == "completed"
    shown = technician.get(page).text
    assert "TRNK0777" in shown
    assert "Noor" in shown
    _ = ada


def test_an_agent_moves_visits_from_the_page_of_their_customer(
    visits: Field, browse: Callable[[str, str], Browser]
) -> None:
    """Who reads no work orders sees each visit of the customer and of nobody else, also one that
    came without a work order and one that names its customer by the work order alone. What cannot
    be moved says why; parts of the page ask the database three times at most."""
    ada, order = visits.visited()
    work = visits.work(order)
    *_, near, last = visits.slots(work["id"])
    body = {"validFor": last["validFor"], "description": "The whole line", "team": last["team"],
            "workOrder": {"id": work["id"], "@referredType": "WorkOrder"}}  # fmt: skip
    whole = visits.operator.make(APPOINTMENT, body)
    party = {"id": ada.id, "role": "customer", "@referredType": "Customer"}
    where = {"role": "visit", "city": "Nordhaven"}
    bare = visits.operator.make(APPOINTMENT, {
        "validFor": last["validFor"], "description": "A look at the cellar",
        "relatedParty": [party], "relatedPlace": where,
        "workType": {"id": visits.types["install"]}})  # fmt: skip
    other = visits.operator.ada()
    agent, technician = browse("kim", "care"), browse("lee", "technician")
    keys = [visits.staff.get(f"{CUSTOMER}/{one}").json["key"] for one in (ada.id, other.id)]
    page, empty = (f"/customer/{one}" for one in keys)
    panel = must_be_cheap(agent, f"{page}/panel/visits")
    assert "The whole line" in panel
    assert "A look at the cellar" in panel
    assert "Nobody is expected" in must_be_cheap(agent, f"{empty}/panel/visits")
    assert "Move the visit" not in must_be_cheap(technician, f"{page}/panel/visits")

    start, end = near["validFor"]["startDateTime"], near["validFor"]["endDateTime"]
    to = {"slot": f"{start}|{end}|{near['team']['id']}", "back": page, "reason": "Away"}
    for one in (whole, bare):
        slots = f"/appointments/{one['key']}/slots"
        assert slots in panel
        assert "North" in must_be_cheap(agent, f"{slots}?back={page}")
        assert "may look at times" in technician.get(slots).text
        assert technician.post(slots, to).status_code == 403
        unsaid = agent.post(slots, {**to, "reason": ""})
        assert unsaid.headers["location"] == f"{page}?problem=2"
        moved = agent.post(slots, to)
        assert (moved.status_code, moved.headers["location"]) == (303, f"{page}?done=booked")
        now = visits.staff.get(f"{APPOINTMENT}/{one['id']}").json
        assert now["validFor"]["startDateTime"] == start
    full = agent.post(f"/appointments/{bare['key']}/slots", {**to, "slot": f"{start}|{start}|no"})
    assert full.headers["location"] == f"{page}?problem=2"
    assert visits.staff.patch(f"{APPOINTMENT}/{bare['id']}", {"status": "cancelled"}).json
    late = agent.post(f"/appointments/{bare['key']}/slots", to)
    assert late.headers["location"] == f"{page}?problem=1"
    assert "too late to move" in unescape(agent.get(f"{page}?problem=1").text)
    assert agent.get("/appointments/APT999999/slots").status_code == 404
