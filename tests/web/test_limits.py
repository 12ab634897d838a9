"""Limits of rights on the pages: chosen in words, shown in words, and why somebody may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, words_of
from trunkline.access.newly_shipped import note_held
from trunkline.access.standard import ensure_roles
from trunkline.governance.spheres.shipped import ensure_spheres
from trunkline.identity.rights import read_actor

ROLES = "/administration/roles"
PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
SignedIn = Callable[..., Browser]


@pytest.fixture(scope="module")
def customers(site: Site) -> dict[str, Any]:
    """A consumer and a company's owner."""
    ensure_spheres(site.services)
    ensure_roles(site.services)
    found = {}
    for kind in ("consumer", "company"):
        party = site.admin.post(PARTY, {"givenName": kind.title(), "familyName": "Doe"}).json["id"]
        body = {"name": f"A {kind}", "engagedParty": {"id": party}, "customerType": kind}
        answer = site.admin.post(CUSTOMER, body)
        assert answer.status_code == 201, answer.json
        found[kind] = answer.json
    return found


@pytest.mark.accepts("SEC-01")
def test_a_role_is_limited_in_words_and_says_so(
    site: Site, admin: Browser, customers: dict[str, Any]
) -> None:
    """A new role takes over another one's rights for a part of the customers; the matrix tells it,
    a cell changes it, and who holds it sees that part."""
    form = {"title": "Only firms", "like": "sales", "limit-customerType": "company, wholesale"}
    assert "Kind of customer" in admin.get(f"{ROLES}/new").text
    made = admin.post(f"{ROLES}/new", form)
    assert made.headers["location"].startswith(f"{ROLES}/only_firms")
    page = words_of(admin.get(f"{ROLES}/only_firms").text)
    assert "Limited to customers of Kind of customer: company, wholesale" in page
    cell = f"{ROLES}/only_firms/cell"
    assert 'value="company, wholesale"' in admin.get(f"{cell}?permission=TMF629:read").text
    empty = {"permission": "TMF629:read", "reach": "limited", "sees": ["public", "internal"]}
    refused = admin.post(cell, empty)
    assert refused.status_code == 400
    assert "goes with the reach limited" in words_of(refused.text)
    assert admin.post(cell, empty | {"limit-customerType": "consumer"}).status_code == 303
    assert "Kind of customer: consumer" in words_of(admin.get(f"{ROLES}/only_firms").text)
    with counted() as sent:
        admin.get(f"{ROLES}/only_firms")
    assert len(sent) <= 3, sent


def test_who_works_where_is_chosen_on_the_page_of_a_person(
    site: Site, admin: Browser, customers: dict[str, Any]
) -> None:
    """A role limited to where each holder works shows what belongs there."""
    form = {"title": "Where I work", "like": "care", "own-customerType": "yes"}
    assert admin.post(f"{ROLES}/new", form).status_code == 303
    assert "the own one" in words_of(admin.get(f"{ROLES}/where_i_work").text)
    client = site.user("worker", roles=["where_i_work"], scopes=("TMF629:read",))
    assert client.get(CUSTOMER).json == []
    ((ident,),) = site.rows("select principal::text from user_account where login = 'worker'")
    page = f"/administration/users/{ident}"
    assert "Nothing in particular" in words_of(admin.get(f"{page}/panel/works?change=yes").text)
    sent = {"do": "spheres", "limit-customerType": "consumer"}
    assert admin.post(page, sent).status_code == 303
    assert "Kind of customer: consumer" in words_of(admin.get(f"{page}/panel/works").text)
    assert [one["id"] for one in client.get(CUSTOMER).json] == [customers["consumer"]["id"]]


def test_why_somebody_may_not_names_the_limits(
    site: Site, admin: Browser, customers: dict[str, Any]
) -> None:
    """The page of a record says where it lies, whether a role reaches it, and by which limit."""
    base = f"/r/customer/{customers['company']['key']}/access"
    consumer = words_of(admin.get(f"{base}?role=consumer_agent").text)
    assert "Kind of customer: company" in consumer
    assert "reaches the records of some customers only" in consumer
    assert (
        "Limited to customers of Kind of customer: consumer, foreignConsumer, household" in consumer
    )
    company = words_of(admin.get(f"{base}?role=company_agent").text)
    assert "Limited to customers of Kind of customer: company, wholesale" in company
    assert "reaches the records of some customers only" not in company


def test_pages_and_viewing_as_show_the_limited_part(
    site: Site, signed_in: SignedIn, admin: Browser, customers: dict[str, Any]
) -> None:
    """An agent's list has the own customers only, and so has that of whoever views as the agent."""
    client = site.user("agnes", roles=["consumer_agent"], scopes=("TMF629:read",))
    ((ident,),) = site.rows("select principal::text from user_account where login = 'agnes'")
    with site.services.database.app.connection() as connection:
        now = site.services.machine_now()
        assert read_actor(connection, principal=ident, now=now) is not None
    assert len(client.get(CUSTOMER).json) == 1
    agnes = Browser(admin.app)
    assert agnes.sign_in("agnes").status_code == 303
    for browser in (agnes, admin):
        if browser is admin:
            moved = admin.post(f"/administration/users/{ident}", {"do": "view"})
            assert moved.status_code == 303
            admin.get("/")
        listed = words_of(browser.get("/r/customer").text)
        assert "A consumer" in listed
        assert "A company" not in listed
        assert browser.get(f"/customer/{customers['consumer']['key']}").status_code == 200
        assert browser.get(f"/customer/{customers['company']['key']}").status_code == 404
    assert admin.post("/administration/viewing/end", {}).status_code == 303


def test_what_a_newer_version_ships_is_decided_on_the_page(site: Site, admin: Browser) -> None:
    """What a usual role lacks stands above the list; given or left, it is gone from there."""
    note_held(site.services)
    with site.services.database.app.connection() as connection:
        connection.execute("delete from role_permission where permission = 'TMF699:read'")
        connection.execute("delete from role_permission where permission = 'TMF679:read'")
        connection.execute("delete from shipped where name ~ '^permission (sales|care) TMF6[79]9:'")
        connection.execute("update generation set number = number + 1")
    page = f"{ROLES}/newer"
    assert "TMF699:read" in admin.get(page).text
    assert admin.post(ROLES, {"do": "give", "role": "sales"}).status_code == 303
    assert admin.post(ROLES, {"do": "keep", "role": "care"}).status_code == 303
    assert "TMF6" not in admin.get(page).text
    rows = site.rows("select role from role_permission where permission = 'TMF699:read'")
    assert ("sales",) in rows
    assert ("care",) not in rows
