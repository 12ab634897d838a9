"""Rows of an import that are written together become what they would become one by one."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.errors import DeadlockDetected

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.workspace.test_many import piece
from trunkline.workspace import import_job, many, undoing

PEOPLE = "/tmf-api/party/v4/individual"
COMPANIES = "/tmf-api/party/v4/organization"
JOBS = "/api/workspace/v1/jobs"
PARENT = "organizationParentRelationship.organization"
SENSE = "organizationParentRelationship.relationshipType"


def begun(site: Site, kind: str, rows: list[dict[str, Any]], match: str = "") -> str:
    asked = {"kind": "import", "resource": kind, "rows": rows, "match": match}
    answer = site.admin.post(JOBS, asked)
    assert answer.status_code == 201, answer.text
    ident: str = answer.json["id"]
    return ident


def lines_of(site: Site, job: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = site.admin.get(f"{JOBS}/{job}/line").json
    return lines


def taken_back(site: Site, job: str) -> dict[str, Any]:
    back = site.admin.post(f"{JOBS}/{job}/takeBack").json
    site.work()
    found: dict[str, Any] = site.admin.get(f"{JOBS}/{back['id']}").json
    return found


def rows_about_each_other(name: str, uuid: str) -> list[dict[str, Any]]:
    """Return rows that name, match and contradict rows before them in the file."""
    below = {SENSE: "subsidiary"}
    return [
        {"id": f"{name}-mother", "tradingName": f"{name} Mother"},
        {"id": f"{name}-1", "tradingName": "By an own id", PARENT: f"{name}-mother", **below},
        {"id": uuid, "tradingName": "A UUID of another system"},
        {"id": f"{name}-2", "tradingName": "By that UUID", PARENT: uuid, **below},
        {"id": f"{name}-3", "tradingName": "By a name", PARENT: f"{name} Mother", **below},
        {"id": f"{name}-4", "tradingName": "By nothing", PARENT: f"{name} Nobody", **below},
        {"id": f"{name}-mother", "tradingName": f"{name} Mother", "nameType": "Ltd"},
        {"id": f"{name}-mother", "nameType": "Ltd"},
        {"id": f"{name}-5", "tradingName": "Has a code", "code": f"{name}code"},
        {"id": f"{name}-6", "tradingName": "Has it too", "code": f"{name}CODE"},
    ]


STATES = ["created", "created", "created", "created", "created", "refused", "changed", "same",
          "created", "refused"]  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_rows_that_name_rows_before_them_become_the_same_as_one_by_one(
    site: Site, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    name = "T" if together else "A"
    uuid = f"11111111-2222-4333-8444-5555555555{int(together):02}"
    if not together:
        for module in (import_job, undoing):
            monkeypatch.setattr(module, "are_done_together", lambda *_: False)
    job = begun(site, "Organization", rows_about_each_other(name, uuid), match="id")
    site.work()
    lines = lines_of(site, job)
    assert [one["state"] for one in lines] == STATES, lines
    assert "no organization has the key or the name" in lines[5]["fault"][0]["message"]
    assert lines[9]["fault"][0]["path"] == "code"
    assert lines[6]["record"] == lines[7]["record"] == lines[0]["record"]
    for at, parent in ((1, 0), (3, 2), (4, 0)):
        held = site.admin.get(f"{COMPANIES}/{lines[at]['key']}").json
        assert (
            held["organizationParentRelationship"]["organization"]["id"]
            == (lines[parent]["record"])
        )
    assert site.admin.get(f"{COMPANIES}/{name}-mother").json["nameType"] == "Ltd"
    back = taken_back(site, job)
    assert (back["removed"], back["changed"], back.get("refused", 0)) == (6, 1, 0), lines_of(
        site, back["id"]
    )
    assert site.admin.get(f"{COMPANIES}/{lines[0]['key']}").status_code == 404
    again = begun(site, "Organization", rows_about_each_other(name, uuid), match="id")
    site.work()
    assert [one["state"] for one in lines_of(site, again)] == STATES


def test_a_row_that_is_refused_after_it_was_written_leaves_the_others(site: Site) -> None:
    rows = [{"id": one, "givenName": "Ada", "familyName": f"Own {at}"}
            for at, one in enumerate(["own-1", "own-2", "own-1", "own-3"])]  # fmt: skip
    job = begun(site, "Individual", rows)
    site.work()
    lines = lines_of(site, job)
    assert [one["state"] for one in lines] == ["created", "created", "refused", "created"]
    assert "own-1" in lines[2]["fault"][0]["message"]
    assert len(site.admin.get(f"{PEOPLE}?familyName=Own 0,Own 1,Own 2,Own 3").json) == 3
    ((audits,),) = site.rows("select count(*) from audit where request = %s", f"job {job}")
    assert audits == 3


def test_rows_in_the_way_of_another_transaction_are_done_one_by_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_the_way(*_: Any) -> None:
        raise DeadlockDetected

    monkeypatch.setattr(import_job, "write_rows", in_the_way)
    job = begun(site, "Individual", [{"givenName": "Ada", "familyName": f"Met {at}"}
                                     for at in range(3)])  # fmt: skip
    site.work()
    assert [one["state"] for one in lines_of(site, job)] == ["created"] * 3


@pytest.mark.scenario(20)
def test_an_import_that_is_killed_does_nothing_twice(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when rows are written, but not yet what became of them: both are or neither is."""
    rows = [{"givenName": "Ada", "familyName": f"Killed {at}"} for at in range(8)]
    rows[4].pop("familyName")
    job = begun(site, "Individual", rows)
    first, noted = many._note_all, 0

    def killed(*values: Any) -> None:
        nonlocal noted
        if noted == 2:
            raise KeyboardInterrupt
        noted += 1
        first(*values)

    monkeypatch.setattr(many, "TOGETHER", 3)
    monkeypatch.setattr(many, "_note_all", killed)
    with pytest.raises(KeyboardInterrupt):
        piece(site)
    monkeypatch.setattr(many, "_note_all", first)
    assert [one["state"] for one in lines_of(site, job)] == [
        "created", "created", "created", "created", "refused", "created", "waiting", "waiting",
    ]  # fmt: skip
    site.rows("update work set lease_until = now() - interval '1 minute' where kind = 'job' "
              "returning id")  # fmt: skip
    site.work()
    told = site.admin.get(f"{JOBS}/{job}").json
    assert (told["state"], told["created"], told["refused"]) == ("done", 7, 1)
    names = [f"Killed {at}" for at in range(8) if at != 4]
    found = site.admin.get(f"{PEOPLE}?familyName={','.join(names)}").json
    assert sorted(one["familyName"] for one in found) == names
    ((audits,),) = site.rows("select count(*) from audit where request = %s", f"job {job}")
    assert audits == 7


@pytest.mark.parametrize("together", [1, 200])
def test_changes_are_taken_back_unless_somebody_has_changed_the_record_since(
    site: Site, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """A record that two rows changed is as it was before both; another's change stays."""
    monkeypatch.setattr(many, "TOGETHER", together)
    first, second = (
        site.admin.post(PEOPLE, {"givenName": "Ada", "familyName": one}).json
        for one in ("Former", "Touched")
    )
    rows = [{"key": one["key"], "familyName": f"Row {at}"}
            for at, one in enumerate([first, second, first, second])]  # fmt: skip
    job = begun(site, "Individual", rows, match="key")
    site.work()
    assert [one["state"] for one in lines_of(site, job)] == ["changed"] * 4
    path = f"{PEOPLE}/{second['id']}"
    assert site.admin.patch(path, {"title": "Dr"}).json["familyName"] == "Row 3"
    back = taken_back(site, job)
    assert (back["changed"], back["refused"]) == (2, 2)
    assert site.admin.get(f"{PEOPLE}/{first['id']}").json["familyName"] == "Former"
    assert site.admin.get(path).json["familyName"] == "Row 3"


def test_rows_cost_no_statement_each(site: Site) -> None:
    """New people and their customers, by the keys of those, are written by a few statements."""
    rows = [{"givenName": "Ada", "familyName": f"Quick {at}"} for at in range(60)]
    people = begun(site, "Individual", rows)
    with counted() as sent:
        piece(site)
    assert len(sent) < 30, sent
    keys = [one["key"] for one in lines_of(site, people)]
    customers = begun(site, "Customer", [{"name": one, "engagedParty": one} for one in keys])
    site.rows("delete from work where kind <> 'job' returning id")
    with counted() as sent:
        piece(site)
    assert {one["state"] for one in lines_of(site, customers)} == {"created"}
    assert len(sent) < 30, sent
