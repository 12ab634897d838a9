"""Who works on a fallout and until when; many at once as a job, with the rights of its asker."""

from __future__ import annotations

import pytest

from tests.support.program import Site
from tests.web.plans import order_with_plan, stuck_steps
from trunkline.documents.errors import Forbidden, Invalid
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor, Grant
from trunkline.ordering.fallout_job import begin_many

BASE = "/api/ordering/v1/fallout"
WORKS = {"Fallout:read": Grant("all"), "Fallout:update": Grant("all")}


def test_a_fallout_is_taken_on_given_to_somebody_and_given_back(site: Site) -> None:
    """The holder stands in the record with when; its history says who gave it to whom."""
    key = order_with_plan(site, line="fallout")["fallout"]
    mai = site.user("mai", roles=[site.role("works", WORKS)], scopes=tuple(WORKS))
    answer = mai.post(f"{BASE}/{key}/assign", {"login": "me"})
    assert answer.status_code == 200, answer.json
    assert answer.json["assignee"]["name"] == "Mai"
    read = site.admin.get(f"{BASE}/{key}").json
    assert read["assignee"] == answer.json["assignee"]
    assert read["assignee"]["assignedAt"]
    ident = read["assignee"]["id"]
    found = site.admin.get(BASE, query_string=f"assignee.id={ident}").json
    assert [one["key"] for one in found] == [key]
    assert "assignee" not in site.admin.post(f"{BASE}/{key}/release").json
    assert "assignee" not in site.admin.get(f"{BASE}/{key}").json
    assert site.admin.post(f"{BASE}/{key}/assign", {"login": "mai"}).status_code == 200


def test_only_who_works_on_fallout_is_given_any(site: Site) -> None:
    key = order_with_plan(site, line="fallout")["fallout"]
    role = site.role("only-reads", {"Fallout:read": Grant("all")})
    reads = site.user("reads", roles=[role], scopes=("Fallout:read",))
    for login in ("reads", "nobody-at-all", ""):
        answer = site.admin.post(f"{BASE}/{key}/assign", {"login": login})
        assert answer.status_code == 400
        assert answer.json["fault"][0]["path"] == "login"
    assert reads.post(f"{BASE}/{key}/assign", {"login": "me"}).status_code == 403
    assert reads.post(f"{BASE}/{key}/release").status_code == 403
    forged = {"assignee": {"id": "x", "name": "Mallory"}}
    assert site.admin.patch(f"{BASE}/{key}", forged).status_code == 400


def test_who_sees_a_part_of_the_customers_gives_it_to_a_colleague(site: Site) -> None:
    """Accounts lie beyond the rows that such a person sees; a colleague is found by login."""
    key = order_with_plan(site, line="fallout")["fallout"]
    site.user("colleague", roles=[site.role("works-too", WORKS)], scopes=tuple(WORKS))
    held = {**WORKS, "Individual:read": Grant("own")}
    narrow = site.user("narrow", roles=[site.role("narrow", held)], scopes=tuple(held))
    answer = narrow.post(f"{BASE}/{key}/assign", {"login": "colleague"})
    assert answer.status_code == 200, answer.json
    assert answer.json["assignee"]["name"] == "Colleague"


def test_a_closed_one_is_nobodys_any_more(site: Site) -> None:
    key = order_with_plan(site, line="fallout")["fallout"]
    assert site.admin.post(f"{BASE}/{key}/skip", {"reason": "moved out"}).status_code == 200
    assert site.admin.post(f"{BASE}/{key}/assign", {"login": "me"}).status_code == 409


def test_it_has_a_due_date_that_it_is_found_by(site: Site) -> None:
    key = order_with_plan(site, line="fallout")["fallout"]
    due = "2031-05-06T15:00:00Z"
    assert site.admin.patch(f"{BASE}/{key}", {"dueAt": due}).json["dueAt"].startswith("2031-05-06")
    found = site.admin.get(BASE, query_string="dueAt.gt=2031-01-01").json
    assert [one["key"] for one in found] == [key]


def test_a_job_does_it_to_many_and_says_why_not_to_others(site: Site) -> None:
    """Who lost the right meanwhile does nothing more; one that is closed stops no other."""
    keys = stuck_steps(site, 3)
    assert site.admin.post(f"{BASE}/{keys[0]}/skip", {"reason": "moved out"}).status_code == 200
    retries = site.role("retries", WORKS | {"ordering:retry": Grant("all")})
    site.user("ines", roles=[retries], scopes=("Fallout:read",))
    ines = _actor(site, "ines")
    job = begin_many(site.services, ines, "retry", keys, title="Fallout", asked={})
    site.work()
    assert site.rows("select state from job where id = %s", job) == [("done",)]
    lines = site.rows("select key, state from job_line where job = %s order by number", job)
    assert lines == [(keys[0], "refused"), (keys[1], "changed"), (keys[2], "changed")]
    states = site.rows("select p_state from fallout where key = any(%s)", keys[1:])
    assert states == [("inProgress",)] * 2


def test_a_job_needs_the_right_and_the_reason(site: Site) -> None:
    reads = Actor(id="x", kind="user", name="X", grants={"Fallout:read": Grant("all")})
    for verb in ("retry", "skip", "complete", "assign", "due"):
        with pytest.raises(Forbidden):
            begin_many(site.services, reads, verb, ["FO1"], title="", asked={"note": "why"})
    works = Actor(id="x", kind="user", name="X", grants={"ordering:skip": Grant("all")})
    with pytest.raises(Invalid, match="left out"):
        begin_many(site.services, works, "skip", ["FO1"], title="", asked={})
    with pytest.raises(Invalid, match="choose one"):
        begin_many(site.services, works, "nosuch", ["FO1"], title="", asked={})


def _actor(site: Site, login: str) -> Actor:
    ((ident,),) = site.rows("select principal::text from user_account where login = %s", login)
    with site.services.database.app.connection() as connection:
        found = read_actor(connection, principal=ident, now=site.services.machine_now())
    assert found is not None
    return found
