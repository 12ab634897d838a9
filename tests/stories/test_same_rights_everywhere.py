"""The same rights by interface and page: what a role may not do there, it may not do here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import falcon.testing
import pytest

from tests.stories.test_fallout import AWAY, stuck
from tests.support.operator import ACCOUNT, CUSTOMER, FALLOUT, OWN, PARTY, Customer, Operator
from tests.support.program import Client
from tests.support.samples import address
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses

AT_PORTAL = "self_service"
"""Whose pages are the portal's, and none of the staff's."""
ON_PAGES = [name for name, one in ROLES.items() if not one.interfaces_only and name != AT_PORTAL]
NOBODY = "01a20000-0000-7000-8000-000000000000"
VERBS = {"retry": "retry", "fix": "fixAndRetry", "complete": "completeByHand", "skip": "skip"}
ALONE = {f"only-{verb.lower()}": f"ordering:{verb}" for verb in ("retry", "skip", "completeTask")}
BY_HAND: dict[str, Any] = {
    "evidence": "by hand", "characteristic": [{"name": "port", "value": "7"}],
}  # fmt: skip
WORDS: dict[str, dict[str, Any]] = {
    "skip": {"reason": "not needed"}, "completeByHand": BY_HAND, "complete": BY_HAND,
    "fixAndRetry": {"characteristic": BY_HAND["characteristic"]},
}  # fmt: skip
"""What each verb is sent; the others take nothing."""


@dataclass(frozen=True)
class Person:
    """Somebody with one role, at a program of their own and at a browser."""

    client: Client
    browser: Browser


@pytest.fixture
def ada(operator: Operator) -> Customer:
    """A customer with a line, a birthday, and a limit that only some may know."""
    ada = operator.ada()
    ada.has(ada.fibre("1"))
    born = {"birthDate": "1815-12-10T00:00:00Z"}
    limit = {"creditLimit": {"unit": "EUR", "value": 4711}}
    assert operator.staff.patch(f"{PARTY}/individual/{ada.party}", born).status_code == 200
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", limit).status_code == 200
    return ada


def person(
    operator: Operator, pages: falcon.testing.TestClient, role: str, ada: Customer
) -> Person:
    """Somebody of the staff or of a partner."""
    ensure_roles(operator.site.services)
    partner = operator.company().party if role == "partner" else None
    login = f"{role}-{ada.id[-6:]}"
    scopes = tuple(ROLES[role].permissions) if role in ROLES else ("*:read", ALONE[role])
    if role in ALONE:
        operator.site.role(role, dict.fromkeys(scopes, Grant()))
    client = operator.site.user(login, roles=[role], partner=partner, scopes=scopes)
    browser = Browser(pages)
    assert browser.sign_in(login).status_code == 303
    return Person(client, browser)


def newest(operator: Operator) -> list[tuple[Resource, str]]:
    """Return every kind of record that has pages, with the key of the newest, or one not given."""
    found = []
    for one in (one for one in registry if one.published and "list" in one.operations):
        listed = operator.staff.get(address(one), query_string="sort=-id&limit=1").json
        found.append((one, listed[0]["key"] if listed else f"{one.prefix}999999"))
    assert len(found) > 40
    return found


@pytest.mark.accepts("API-08")
@pytest.mark.parametrize("role", ON_PAGES)
def test_a_page_shows_what_the_interface_answers(
    operator: Operator, pages: falcon.testing.TestClient, ada: Customer, role: str
) -> None:
    """Every list and record of every kind, asked for by each role: refused by the interface where
    the page is, and the other way round; a birthday and a limit are on the page where they are in
    the answer, and hidden on both otherwise."""
    one = person(operator, pages, role, ada)
    segments = Addresses(registry)
    for resource, key in newest(operator):
        page = segments.of_list(resource)
        statuses = one.client.get(address(resource)).status_code, one.browser.get(page).status_code
        assert statuses in {(200, 200), (206, 200), (403, 403)}, (resource, statuses)
        by_interface = one.client.get(f"{address(resource)}/{key}").status_code
        assert by_interface == one.browser.get(f"{page}/{key}").status_code, (resource, key)
    for path, ident, known, shown in (
        (f"{PARTY}/individual", ada.party, "1815-12-10", "10 Dec 1815"),
        (ACCOUNT, ada.account, "4711", "4,711"),
    ):
        answer = one.client.get(f"{path}/{ident}").text
        page_shows = words_of(one.browser.get(f"/r/{path.rpartition('/')[2]}/{ident}").text)
        assert (known in answer) == (shown in page_shows), (path, page_shows)


@pytest.mark.accepts("API-08")
@pytest.mark.parametrize("role", [*ON_PAGES, *ALONE])
def test_what_a_page_refuses_to_do_the_interface_refuses_too(
    operator: Operator, pages: falcon.testing.TestClient, role: str
) -> None:
    """Trying again, correcting, skipping, completing by hand; taking on, giving back and reporting
    a task: the button works for exactly those whose program may do it, one right at a time."""
    one = person(operator, pages, role, operator.ada())
    one.browser.get("/")
    for on_page, verb in VERBS.items():
        form = {"verb": on_page, "note": "by hand"}
        by_page = one.browser.post(f"/fallout/{NOBODY}", form).status_code
        by_interface = one.client.post(f"{FALLOUT}/{NOBODY}/{verb}", WORDS.get(verb)).status_code
        assert (by_page == 403) == (by_interface == 403), (verb, by_page, by_interface)
    for verb in ("claim", "release", "complete"):
        form = {"verb": verb, "note": "by hand"}
        by_page = one.browser.post(f"/tasks/{NOBODY}", form).status_code
        by_interface = one.client.post(f"{OWN}/task/{NOBODY}/{verb}", WORDS.get(verb)).status_code
        assert (by_page == 403) == (by_interface == 403), (verb, by_page, by_interface)


@pytest.mark.accepts("API-08")
def test_a_right_over_own_records_repairs_nothing(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """Who may retry for own orders only is refused by the page and by the interface."""
    order = stuck(operator, AWAY)
    (fallout,) = order.fallouts()
    owner = operator.read(CUSTOMER, order.read()["relatedParty"][0]["id"])
    rights = dict.fromkeys(("*:read", "*:update", "ordering:retry"), Grant("own"))
    role = operator.site.role("own-retry", rights)
    party = owner["engagedParty"]["id"]
    client = operator.site.user("own-retry", roles=[role], party=party, scopes=tuple(rights))
    browser = Browser(pages)
    assert browser.sign_in("own-retry").status_code == 303
    assert client.get(f"{FALLOUT}/{fallout['id']}").status_code == 200
    assert client.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 403
    assert client.post(f"{FALLOUT}/retry", {"fallout": [fallout["id"]]}).status_code == 403
    assert browser.post(f"/fallout/{fallout['key']}", {"verb": "retry"}).status_code == 403
