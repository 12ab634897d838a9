"""Many records at once: changed in the background with present rights, stopped, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.identity.roles import define_role
from trunkline.kernel.actor import Grant, system
from trunkline.leases import queue
from trunkline.workspace import jobs as jobs_module
from trunkline.workspace import many

PEOPLE = "/tmf-api/party/v4/individual"
JOBS = "/api/workspace/v1/jobs"


def people(site: Site, family: str, count: int) -> list[str]:
    made = [
        site.admin.post(PEOPLE, {"givenName": f"Ada {number}", "familyName": family}).json
        for number in range(count)
    ]
    return [one["id"] for one in made]


def titles(site: Site, family: str) -> list[str | None]:
    found = site.admin.get(f"{PEOPLE}?familyName={family}&limit=100&sort=givenName").json
    return [one.get("title") for one in found]


def begin(client: Client, **asked: Any) -> dict[str, Any]:
    answer = client.post(JOBS, {"kind": "change", "resource": "Individual", **asked})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def ended(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{JOBS}/{job['id']}").json
    return found


def test_all_that_match_are_changed_once_though_the_change_moves_them_out(site: Site) -> None:
    people(site, "Hopper", 7)
    job = begin(site.admin, query="familyName=Hopper", patch={"familyName": "Murray"})
    site.work()
    done = ended(site.admin, job)
    assert (done["state"], done["total"], done["changed"]) == ("done", 7, 7)
    versions = {one["key"] for one in site.admin.get(f"{PEOPLE}?familyName=Murray").json}
    assert len(versions) == 7
    ((audits,),) = site.rows(
        "select count(*) from audit where request = %s", f"job {job['id']}"
    )  # fmt: skip
    assert audits == 7
    told = site.admin.get("/api/workspace/v1/notification?unread=true").json
    assert any(one["address"] == f"/jobs/{job['id']}" for one in told)


def test_what_is_refused_of_one_stays_with_that_one(site: Site) -> None:
    idents = people(site, "Curie", 2)
    lost = "00000000-0000-7000-8000-000000000000"
    job = begin(site.admin, id=[*idents, lost], patch={"title": "Dr"})
    site.work()
    done = ended(site.admin, job)
    assert (done["changed"], done["refused"]) == (2, 1)
    (line,) = site.admin.get(f"{JOBS}/{job['id']}/line?state=refused").json
    assert line["record"] == lost
    assert "there is no" in line["fault"][0]["message"]
    again = begin(site.admin, id=idents, patch={"title": "Dr"})
    site.work()
    assert ended(site.admin, again)["same"] == 2


def test_a_change_is_taken_back_where_nobody_changed_the_record_since(site: Site) -> None:
    idents = people(site, "Noether", 3)
    site.admin.patch(f"{PEOPLE}/{idents[0]}", {"title": "Prof"})
    job = begin(site.admin, query="familyName=Noether", patch={"title": "Dr"})
    site.work()
    assert titles(site, "Noether") == ["Dr", "Dr", "Dr"]
    site.admin.patch(f"{PEOPLE}/{idents[2]}", {"title": "Dame"})
    back = site.admin.post(f"{JOBS}/{job['id']}/takeBack")
    assert back.status_code == 201
    site.work()
    assert titles(site, "Noether") == ["Prof", None, "Dame"]
    (line,) = site.admin.get(f"{JOBS}/{back.json['id']}/line?state=refused").json
    assert "changed since" in line["fault"][0]["message"]


def test_rights_that_are_lost_stop_the_job(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece asks anew what the asker may do: the second one finds that nothing is left."""
    monkeypatch.setattr(many, "AT_ONCE", 2)
    people(site, "Lamarr", 5)
    may = {"Individual:read": Grant(), "Individual:update": Grant(), "workspace:own": Grant()}
    site.role("editors", may)
    kim = site.user("kim", roles=["editors"], scopes=tuple(may))
    job = begin(kim, query="familyName=Lamarr", patch={"title": "Dr"})
    piece(site)
    piece(site)
    del may["Individual:update"]
    define_role(site.services, by=system("tests"), name="editors", title="editors", permissions=may)
    site.work()
    done = ended(kim, job)
    assert done["state"] == "failed"
    assert "Individual:update" in done["message"]
    assert (done["changed"], done["waiting"]) == (2, 3)


def piece(site: Site) -> None:
    with site.services.database.app.connection() as connection:
        rows = queue.claim(connection, lane="job", worker="tests", limit=1, lease_s=60)
    for row in rows:
        jobs_module.go_on(site.services, row)


def test_a_token_does_no_more_in_the_background_than_at_once(site: Site) -> None:
    idents = people(site, "Franklin", 1)
    may = {"Individual:read": Grant(), "Individual:update": Grant(), "workspace:own": Grant()}
    site.role("narrow-token", may)
    robin = site.user("robin", roles=["narrow-token"], scopes=("Individual:read", "workspace:own"))
    answer = robin.post(
        JOBS, {"kind": "change", "resource": "Individual", "id": idents, "patch": {"title": "Dr"}}
    )
    assert answer.status_code == 403


def test_who_reaches_own_records_only_changes_no_others(site: Site) -> None:
    """The narrow asker's transaction is watched by the database, and still keeps its lines."""
    person = site.admin.post(PEOPLE, {"givenName": "Olga", "familyName": "Own"}).json
    people(site, "Own", 2)
    may = {"Individual:read": Grant("own"), "Individual:update": Grant("own"),
           "workspace:own": Grant("own")}  # fmt: skip
    site.role("own-only", may)
    olga = site.user("olga", roles=["own-only"], party=person["id"], scopes=tuple(may))
    job = begin(olga, query="familyName=Own", patch={"title": "Dr"})
    site.work()
    done = ended(olga, job)
    assert (done["state"], done["changed"]) == ("done", 1)
    assert sorted(titles(site, "Own"), key=str) == ["Dr", None, None]


def test_a_killed_piece_is_gone_on_with_and_does_nothing_twice(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(site, "Meitner", 4)
    job = begin(site.admin, query="familyName=Meitner", patch={"title": "Dr"})
    piece(site)
    first = many._note
    noted: list[int] = []

    def killed(at: Any, connection: Any, number: int, outcome: Any) -> None:
        if len(noted) == 2:
            raise KeyboardInterrupt
        noted.append(number)
        first(at, connection, number, outcome)

    monkeypatch.setattr(many, "_note", killed)
    with pytest.raises(KeyboardInterrupt):
        piece(site)
    monkeypatch.undo()
    assert sorted(titles(site, "Meitner"), key=str) == ["Dr", "Dr", None, None]
    site.rows("update work set lease_until = now() - interval '1 minute' where kind = 'job' "
              "returning id")  # fmt: skip
    site.work()
    assert ended(site.admin, job)["changed"] == 4
    ((audits,),) = site.rows("select count(*) from audit where request = %s", f"job {job['id']}")
    assert audits == 4


def test_a_job_is_stopped_and_goes_on(site: Site) -> None:
    people(site, "Lovelace", 3)
    job = begin(site.admin, query="familyName=Lovelace", patch={"title": "Dr"})
    assert site.admin.post(f"{JOBS}/{job['id']}/stop").json["state"] == "stopped"
    site.work()
    assert titles(site, "Lovelace") == [None, None, None]
    assert site.admin.post(f"{JOBS}/{job['id']}/resume").status_code == 200
    site.work()
    assert titles(site, "Lovelace") == ["Dr", "Dr", "Dr"]
    assert site.admin.post(f"{JOBS}/{job['id']}/resume").status_code == 409


def test_records_that_others_use_are_not_removed(site: Site) -> None:
    used, free = people(site, "Turing", 2)
    site.admin.post(
        "/tmf-api/customerManagement/v4/customer",
        {"name": "Ada", "engagedParty": {"id": used, "@referredType": "Individual"}},
    )
    job = begin(site.admin, kind="remove", id=[used, free])
    site.work()
    done = ended(site.admin, job)
    assert (done["removed"], done["refused"]) == (1, 1)
    assert site.admin.get(f"{PEOPLE}/{free}").status_code == 404


def test_jobs_are_nobody_elses(site: Site) -> None:
    idents = people(site, "Private", 1)
    job = begin(site.admin, id=idents, patch={"title": "Dr"})
    may = {"*:read": Grant(), "*:update": Grant(), "workspace:own": Grant()}
    site.role("other", may)
    other = site.user("other", roles=["other"], scopes=tuple(may))
    assert other.get(f"{JOBS}?everyone=true").status_code == 403
    for path in ("", "/line", "/file"):
        assert other.get(f"{JOBS}/{job['id']}{path}").status_code == 404
    assert other.post(f"{JOBS}/{job['id']}/stop").status_code == 404
    assert job["id"] not in {one["id"] for one in other.get(JOBS).json}
    site.work()


def test_who_administers_sees_and_stops_the_jobs_of_all_people(site: Site) -> None:
    idents = people(site, "Watched", 1)
    may = {"Individual:read": Grant(), "Individual:update": Grant(), "workspace:own": Grant()}
    site.role("watched", may)
    kim = site.user("watched", roles=["watched"], scopes=tuple(may))
    job = begin(kim, id=idents, patch={"title": "Dr"})
    assert job["id"] not in {one["id"] for one in site.admin.get(JOBS).json}
    (seen,) = [one for one in site.admin.get(f"{JOBS}?everyone=true").json
               if one["id"] == job["id"]]  # fmt: skip
    assert seen["askedBy"] == "Watched"
    assert site.admin.get(f"{JOBS}/{job['id']}/line").status_code == 404
    assert site.admin.post(f"{JOBS}/{job['id']}/resume").status_code == 404
    assert site.admin.post(f"{JOBS}/{job['id']}/stop").json["state"] == "stopped"


CUSTOMERS = "/tmf-api/customerManagement/v4/customer"


def parties(site: Site, customer: dict[str, Any]) -> list[tuple[str, str]]:
    found = site.admin.get(f"{CUSTOMERS}/{customer['id']}").json.get("relatedParty", [])
    return [(one["name"], one["role"]) for one in found]


def elements(site: Site, customers: list[dict[str, Any]], *wanted: dict[str, Any]) -> Any:
    asked = {"resource": "Customer", "id": [one["id"] for one in customers],
             "elements": [{"path": "relatedParty", **one} for one in wanted]}  # fmt: skip
    job = begin(site.admin, **asked)
    site.work()
    return ended(site.admin, job)


def test_elements_of_lists_are_added_taken_away_and_replaced(site: Site) -> None:
    ann, ben = (site.admin.post(PEOPLE, {"givenName": one, "familyName": "List"}).json
                for one in ("Ann", "Ben"))  # fmt: skip
    contact = {"id": ann["id"], "role": "contact"}
    body = {"name": "Acme", "engagedParty": {"id": ann["id"], "@referredType": "Individual"}}
    first, second = (
        site.admin.post(CUSTOMERS, {**body, "relatedParty": held}).json
        for held in ([contact, {"id": ben["id"], "role": "payer"}], [{**contact, "role": "user"}])
    )
    done = elements(site, [first, second], {"do": "add", "element": contact})
    assert (done["changed"], done["same"]) == (1, 1)
    assert parties(site, second) == [("Ann List", "user"), ("Ann List", "contact")]
    elements(site, [first, second], {"do": "remove", "element": {"role": "user"}})
    assert parties(site, second) == [("Ann List", "contact")]
    swap = {"do": "replace", "element": {"role": "contact"}, "value": {"id": ben["key"]}}
    done = elements(site, [first, second], swap)
    assert parties(site, first) == [("Ben List", "contact"), ("Ben List", "payer")]
    assert parties(site, second) == [("Ben List", "contact")]
    site.admin.post(f"{JOBS}/{done['id']}/takeBack")
    site.work()
    assert parties(site, first) == [("Ann List", "contact"), ("Ben List", "payer")]
    done = elements(site, [second], {"do": "remove", "element": {"id": ann["id"]}})
    assert parties(site, second) == []


@pytest.mark.parametrize(
    ("one", "path"),
    [({"path": "name", "do": "add", "element": "x"}, "elements[0].path"),
     ({"path": "nosuch", "do": "add", "element": "x"}, "elements[0].path"),
     ({"path": "relatedParty", "do": "drop", "element": {"role": "x"}}, "elements[0].do"),
     ({"path": "relatedParty", "do": "remove", "element": {}}, "elements[0].element"),
     ({"path": "relatedParty", "do": "replace", "element": {"role": "x"}}, "elements[0].value")],
)  # fmt: skip
def test_what_is_no_change_of_an_element_is_refused(
    site: Site, one: dict[str, Any], path: str
) -> None:
    answer = site.admin.post(
        JOBS, {"kind": "change", "resource": "Customer", "query": "", "elements": [one]}
    )
    assert (answer.status_code, answer.json["fault"][0]["path"]) == (400, path)


def test_elements_that_are_hidden_are_neither_found_nor_changed(site: Site) -> None:
    seen = frozenset({"public", "internal"})
    may = {"Individual:read": Grant("all", seen), "Individual:update": Grant("all", seen),
           "workspace:own": Grant()}  # fmt: skip
    site.role("blind-editor", may)
    kim = site.user("blind-editor", roles=["blind-editor"], scopes=tuple(may))
    probe = {"path": "contactMedium", "do": "remove", "element": {"mediumType": "phone"}}
    answer = kim.post(
        JOBS, {"kind": "change", "resource": "Individual", "query": "", "elements": [probe]}
    )
    assert answer.status_code == 400


def test_what_was_there_before_is_sealed(site: Site) -> None:
    idents = people(site, "Sealed", 1)
    site.admin.patch(f"{PEOPLE}/{idents[0]}", {"title": "SecretTitle"})
    job = begin(site.admin, id=idents, patch={"title": "OtherSecret"})
    site.work()
    rows = site.rows(
        "select l.detail, j.asked from job_line l join job j on j.id = l.job where j.id = %s",
        job["id"],
    )
    for detail, asked in rows:
        assert b"SecretTitle" not in bytes(detail)
        assert b"OtherSecret" not in bytes(asked)
