"""The job that looks through all records: complete, resumable, and only for who may."""

from __future__ import annotations

from typing import Any

import pytest

from bench.faulty_people import faulty_people
from tests.support.program import Site
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.work import as_system
from trunkline.matching import find_job
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization

OURS = "/api/party/v1"
JOBS = "/api/workspace/v1/jobs"
MANY = 600


class Killed(BaseException):
    """Stands for a process that ends in the middle of a piece."""


@pytest.fixture(scope="module")
def filled(site: Site) -> set[tuple[str, str]]:
    """Customers as a copy from another system brings them, without a match key; the true pairs."""
    made = faulty_people(11, MANY)
    idents = []
    with as_system(site.services, "tests") as work:
        work.skip_reactions = True
        for body in made.parties:
            kind = Organization if "tradingName" in body else Individual
            party = work.add(kind.wrap(dict(body)))
            role = {"name": "somebody", "engagedParty": {"id": party.id}}
            idents.append(work.add(Customer.wrap(role)).id)
    return {(idents[first], idents[second]) for first, second in made.pairs}


def queued(site: Site) -> set[tuple[str, str]]:
    rows = site.rows("select doc->'first'->>'id', doc->'second'->>'id' from duplicate_pair")
    assert len(rows) == len(set(rows))
    return {(str(first), str(second)) for first, second in rows}


def test_a_search_that_is_cut_off_goes_on_and_finds_every_pair_once(
    site: Site, filled: set[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed among the keys and killed among the pairs: what was done stays, what was not is done
    again; at the end the queue has the true pairs, each once, and the job says how far it was."""
    monkeypatch.setattr(find_job, "RECORDS", 100)
    monkeypatch.setattr(find_job, "BLOCKS", 40)
    times = {"note": 0, "kept": 0}
    note = find_job._note

    def dying(*values: Any) -> None:
        note(*values)
        times["note"] += 1
        if times["note"] in (3, 9, 12):
            raise Killed

    monkeypatch.setattr(find_job, "_note", dying)
    keep = find_job.keep_pairs

    def cut_off(*values: Any) -> Any:
        times["kept"] += 1
        if times["kept"] in (2, 5):
            raise Killed
        return keep(*values)

    monkeypatch.setattr(find_job, "keep_pairs", cut_off)
    answer = site.admin.post(f"{OURS}/duplicateSearch", {"@type": "Customer"})
    assert answer.status_code == 202, answer.json
    ends = 0
    while True:
        try:
            site.work()
            break
        except Killed:
            ends += 1
            with site.services.database.app.connection() as connection:
                connection.execute("update work set lease_until = now()")
    job = site.admin.get(f"{JOBS}/{answer.json['job']}").json
    assert ends == 5
    assert job["state"] == "done", job
    many = len(site.rows("select 1 from customer"))
    assert site.rows("select done, total from job where id = %s", job["id"]) == [(many, many)]
    found = queued(site)
    assert len(found & filled) >= 0.95 * len(filled)
    assert len(found & filled) >= 0.98 * len(found)


def test_a_second_search_finds_nothing_new(site: Site, filled: set[tuple[str, str]]) -> None:
    before = queued(site)
    keys = site.rows("select count(*) from match_key")
    site.admin.post(f"{OURS}/duplicateSearch", {"@type": "Customer"})
    site.work()
    assert queued(site) == before
    assert site.rows("select count(*) from match_key") == keys


def test_who_may_not_look_through_everything_is_refused(site: Site) -> None:
    """The permission alone, over own records, is not enough."""
    scopes = ("matching:find", "TMF629:read")
    narrow = site.role("narrow", {one: Grant("partner", EVERY_CLASS) for one in scopes})
    dealer = site.admin.post("/tmf-api/party/v4/organization", {"tradingName": "Dealer"}).json["id"]
    client = site.user("narrow", roles=[narrow], party=dealer, partner=dealer, scopes=scopes)
    for one in (client, site.unentitled()):
        assert one.post(f"{OURS}/duplicateSearch", {"@type": "Customer"}).status_code == 403
