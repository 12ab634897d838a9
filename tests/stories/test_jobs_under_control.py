"""Background jobs: watched while they run, stopped, let go on, and tried again after a failure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import PARTY, Operator
from tests.web.browser import Browser, words_of
from tests.workspace.test_many import piece
from trunkline.kernel.actor import Grant
from trunkline.workspace import many, printing

JOBS = "/api/workspace/v1/jobs"
PEOPLE = f"{PARTY}/individual"


def job_of(operator: Operator, **asked: Any) -> str:
    answer = operator.staff.post(JOBS, {"resource": "Individual", **asked})
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def titled(operator: Operator) -> int:
    found = operator.staff.get(PEOPLE, query_string="familyName=Watched&title=Dr&limit=100")
    return len(found.json)


@pytest.mark.accepts("NFR-07")
def test_a_long_job_is_watched_stopped_and_goes_on(
    operator: Operator, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page and the interface say how far it is; stopped it does no more, resumed it does the
    rest, each record once."""
    for number in range(9):
        body = {"givenName": f"Ada {number}", "familyName": "Watched"}
        assert operator.staff.post(PEOPLE, body).status_code == 201
    monkeypatch.setattr(many, "AT_ONCE", 4)
    job = job_of(operator, kind="change", query="familyName=Watched", patch={"title": "Dr"})
    piece(operator.site)
    piece(operator.site)
    told = operator.staff.get(f"{JOBS}/{job}").json
    assert (told["state"], told["total"], told["changed"]) == ("running", 9, 4)
    page = words_of(browser.get(f"/jobs/{job}").text)
    assert "4 of 9" in page, page
    assert browser.post(f"/jobs/{job}", {"do": "stop"}).status_code == 303
    operator.settle()
    assert operator.staff.get(f"{JOBS}/{job}").json["state"] == "stopped"
    assert titled(operator) == 4
    assert operator.staff.post(f"{JOBS}/{job}/resume", {}).json["state"] in {"waiting", "running"}
    operator.settle()
    told = operator.staff.get(f"{JOBS}/{job}").json
    assert (told["state"], told["changed"], titled(operator)) == ("done", 9, 9)
    versions = operator.staff.get(PEOPLE, query_string="familyName=Watched&limit=100").json
    assert len({one["id"] for one in versions}) == 9


def test_records_of_a_job_are_named_as_anywhere(operator: Operator) -> None:
    """By id, by key and as another system calls them; a name that nobody bears is refused where it
    stands, and none of the others is changed."""
    outside = {"externalReference": [{"externalReferenceType": "crm", "name": "C-77"}]}
    made = [
        operator.make(PEOPLE, {"givenName": "Named", "familyName": "Thrice", **more})
        for more in ({}, {}, outside)
    ]
    names = [made[0]["id"].upper(), made[1]["key"], "C-77"]
    asked: dict[str, Any] = {"resource": "Individual", "kind": "change", "patch": {"title": "Dr"}}
    refused = operator.staff.post(JOBS, {**asked, "id": [*names, "nobody"]})
    assert refused.status_code == 400, refused.json
    assert [(one["path"], one["code"]) for one in refused.json["fault"]] == [("id[3]", "notFound")]
    job = job_of(operator, **asked, id=names)
    operator.settle()
    assert operator.staff.get(f"{JOBS}/{job}").json["changed"] == 3
    assert {operator.read(PEOPLE, one["id"])["title"] for one in made} == {"Dr"}


@pytest.mark.accepts("NFR-07")
def test_a_job_that_failed_is_tried_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why it failed; once that is mended, resuming it does what it was to do."""
    for number in range(3):
        body = {"givenName": f"Eve {number}", "familyName": "Retried"}
        assert operator.staff.post(PEOPLE, body).status_code == 201
    monkeypatch.setattr(printing, "ROWS_MAX", 2)
    job = job_of(operator, kind="export", query="familyName=Retried", columns=["key"], format="pdf")
    operator.settle()
    failed = operator.staff.get(f"{JOBS}/{job}").json
    assert failed["state"] == "failed"
    assert "2 records" in failed["message"]
    monkeypatch.undo()
    assert operator.staff.post(f"{JOBS}/{job}/resume", {}).status_code == 200
    operator.settle()
    done = operator.staff.get(f"{JOBS}/{job}").json
    assert done["state"] == "done"
    assert operator.staff.get(f"{JOBS}/{job}/file").content.startswith(b"%PDF-")


@pytest.mark.accepts("NFR-07")
def test_every_job_is_seen_by_who_looks_after_them(operator: Operator, browser: Browser) -> None:
    """An administrator sees the jobs of all people, and stops one; a stranger sees none of them."""
    clerk = operator.site.user("job-clerk", roles=["administrator"])
    made = clerk.post(JOBS, {"kind": "export", "resource": "Individual", "format": "csv",
                             "columns": ["key"]})  # fmt: skip
    job = made.json["id"]
    assert job in {one["id"] for one in operator.staff.get(JOBS, query_string="everyone=true").json}
    assert operator.staff.post(f"{JOBS}/{job}/stop", {}).json["state"] == "stopped"
    operator.site.role("bystander", {"workspace:own": Grant()})
    stranger = operator.site.user("no-keeper", roles=["bystander"], scopes=("workspace:own",))
    assert stranger.get(f"{JOBS}/{job}").status_code == 404
    assert browser.get(f"/jobs/{job}").status_code == 200
