"""The home page: each role of the usual ones begins with the queue that it works on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_assurance_pages import customer, made, theirs, ticket
from trunkline.access.standard import ROLES
from trunkline.kernel.actor import Grant
from trunkline.web.navigation import WORKLISTS
from trunkline.web.worklist.home_queues import BESIDE, MAIN

OWN = "/api/assurance/v1"
CARE = "/api/care/v1"
BEGINS = {
    "care": "Open tickets", "care_lead": "Open tickets", "sales_manager": "Quotes in review",
    "order_manager": "To decide", "fallout": "Fallout", "sales": "Home", "marketing": "Home",
    "privacy": "Home", "billing": "Home",
}  # fmt: skip
BESIDES = {
    "care": {"requests", "jeopardy", "duplicates"},
    "order_manager": {"jeopardy", "fallout", "manual"},
    "fallout": {"to-decide", "jeopardy", "tickets", "manual"},
    "sales": {"requests", "jeopardy", "duplicates"},
    "sales_manager": set(), "privacy": set(),
    "care_lead": {"requests"},
    "marketing": {"campaigns", "waves"},
}  # fmt: skip
SENT_MAX = 3
BESIDE_STATEMENTS = ("begin", "set local", "commit")


@pytest.fixture(scope="module")
def role_of(signed_in: Callable[..., Browser]) -> Callable[[str], Browser]:
    """Returns a browser of somebody with a usual role."""
    known: dict[str, Browser] = {}

    def of(name: str) -> Browser:
        if name not in known:
            known[name] = signed_in(f"{name}-home", dict(ROLES[name].permissions))
        return known[name]

    return of


def parts_of(browser: Browser) -> dict[str, str]:
    """Return the parts of somebody's home page with their addresses."""
    html = source_of(browser.get("/"))
    return {one: f"/panel/{one}" for one in re.findall(r'hx-get="/panel/([a-z-]+)"', html)}


@pytest.mark.parametrize("name", BEGINS)
def test_a_role_begins_with_its_queue(role_of: Callable[[str], Browser], name: str) -> None:
    """What else waits for it stands beside, and nothing that it may only look at."""
    browser = role_of(name)
    html = source_of(browser.get("/"))
    assert f"<h1>{BEGINS[name]}</h1>" in html
    queues = {one.name for one in BESIDE} | {"manual", "campaigns", "waves"}
    if name in BESIDES:
        assert set(parts_of(browser)) & queues == BESIDES[name]


def test_a_part_says_what_waits_in_at_most_three_statements(
    role_of: Callable[[str], Browser], site: Site
) -> None:
    """Each queue that somebody may do anything in is on the home page of somebody."""
    who = customer(site, "Ines Vidal")
    made(site, f"{OWN}/ticketType", {"code": "slow", "name": "Slow", "isDefault": True})
    for _ in range(3):
        ticket(site, who, ticketType="slow", description="Slow in the evening")
    kind = made(
        site,
        f"{CARE}/requestType",
        {"name": "Line does not work", "targetProcess": "dispute", "handledBy": "administrator"},
    )
    asked = {"requestType": {"id": kind["id"]}, "relatedParty": theirs(who)}
    made(site, f"{CARE}/customerRequest", asked)
    agent = role_of("fallout")
    text = words_of(agent.get("/panel/tickets").text)
    assert text.startswith("Open tickets 3")
    assert "Ines Vidal" in text
    assert "Ines Vidal" in words_of(role_of("care").get("/").text)
    assert "Line does not work" in words_of(role_of("sales").get("/panel/requests").text)
    shown: set[str] = set()
    for name in BEGINS:
        browser = role_of(name)
        for part, address in parts_of(browser).items():
            browser.get(address)
            with counted() as sent:
                assert browser.get(address).status_code == 200, (name, part)
            if part in {one.name for one in BESIDE} | {"manual", "campaigns", "waves"}:
                asked = [one for one in sent if not one.startswith(BESIDE_STATEMENTS)]
                assert len(asked) <= SENT_MAX, (name, part, asked)
            shown.add(f"/{part}")
    shown |= {one.address for _, one in MAIN} | {"/tasks"}
    counts = {one.address for one in WORKLISTS if one.count}
    assert counts - shown == {"/parked", "/undelivered"}  # the panel "Operation" counts these


def test_a_queue_of_others_is_no_part(signed_in: Callable[..., Browser], site: Site) -> None:
    """Neither for who only reads it, nor for who may change some only."""
    reader = signed_in("reader", {"TMF621:read": Grant(), "CustomerRequest:read": Grant()})
    some = {"CustomerRequest:read": Grant("partner"), "CustomerRequest:update": Grant("partner")}
    _ = site
    for one in (reader, signed_in("dealer", some, partner=None)):
        assert "requests" not in parts_of(one)
        for part in ("requests", "tickets"):
            assert one.get(f"/panel/{part}").status_code == 404
