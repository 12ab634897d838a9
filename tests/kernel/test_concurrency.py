"""Concurrency over HTTP: no edit is lost silently, no reference dangles, nothing locks up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.documents.errors import Refusal
from trunkline.kernel.actor import system
from trunkline.kernel.resource import registry
from trunkline.kernel.work import transaction

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"


def person(client: Client) -> str:
    answer = client.post(PARTY, {"givenName": "Ada", "familyName": "Lovelace"})
    return str(answer.json["id"])


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run these at the same moment, each in a thread; their answers in order."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        ready.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_successes_are_version_increments(site: Site) -> None:
    """Six editors with If-Match, half of them with what they read long ago."""
    ident = person(site.admin)
    path = f"{PARTY}/{ident}"
    tally: Counter[int] = Counter()

    def edit(number: int) -> Callable[[], None]:
        def run() -> None:
            for turn in range(12):
                stale = number % 2 and turn
                mark = '"1"' if stale else site.admin.get(path).headers["ETag"]
                answer = site.admin.patch(
                    path, {"remark": f"{number}/{turn}"}, headers={"If-Match": mark}
                )
                tally[answer.status_code] += 1

        return run

    at_once(*(edit(number) for number in range(6)))
    assert set(tally) == {200, 412}
    assert site.rows("select version from individual where id = %s", ident) == [(1 + tally[200],)]
    for table in ("audit", "event"):
        versions = site.rows(f"select version from {table} where subject = %s order by 1", ident)
        assert versions == [(number,) for number in range(1, tally[200] + 2)], "no gap"


def test_edits_without_a_precondition_come_one_after_the_other(site: Site) -> None:
    """Eight patches of different attributes at once: all of them are there at the end."""
    ident = person(site.admin)
    path = f"{PARTY}/{ident}"
    acts = [lambda n=n: site.admin.patch(path, {f"remark{n}": n}) for n in range(8)]
    assert [one.status_code for one in at_once(*acts)] == [200] * 8
    read = site.admin.get(path)
    assert read.headers["ETag"] == '"9"'
    assert {f"remark{n}": n for n in range(8)}.items() <= read.json.items()


def test_stale_delete_changes_nothing(site: Site) -> None:
    """DELETE keeps to If-Match as PATCH does; `*` matches any version."""
    ident = person(site.admin)
    path = f"{PARTY}/{ident}"
    site.admin.patch(path, {"remark": "seen"})
    assert site.admin.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert site.admin.get(path).status_code == 200
    assert site.admin.delete(path, headers={"If-Match": "*"}).status_code == 204


def test_one_of_many_deletes_wins(site: Site) -> None:
    """Six deletes of one record: one 204, the others 404, one event."""
    ident = person(site.admin)
    acts = [lambda: site.admin.delete(f"{PARTY}/{ident}")] * 6
    assert Counter(one.status_code for one in at_once(*acts)) == {204: 1, 404: 5}
    kinds = site.rows("select kind from event where subject = %s order by version", ident)
    assert kinds == [("created",), ("deleted",)]


def test_lists_written_crosswise_do_not_deadlock(site: Site) -> None:
    """Writers that name the same records in opposite orders, many at a time, all get through."""
    people = [person(site.admin) for _ in range(6)]
    customer = registry["Customer"].type

    def write(order: Sequence[str]) -> Callable[[], int]:
        def run() -> int:
            for _ in range(5):
                documents = [
                    customer.wrap({"name": "C", "engagedParty": {"id": one}}) for one in order
                ]
                with transaction(site.services, system("tests")) as work:
                    work.add(*documents)
            return len(order)

        return run

    orders = [people, people[::-1], people[3:] + people[:3], people[::2] + people[1::2]]
    assert at_once(*(write(order) for order in orders)) == [6, 6, 6, 6]


def test_records_that_name_each_other_are_patched_at_once(site: Site) -> None:
    """Two records that point at one another are changed together without a deadlock."""
    first, second = person(site.admin), person(site.admin)

    def link(one: str, other: str) -> Callable[[], int]:
        def run() -> int:
            codes = set()
            for turn in range(10):
                body = {"relatedParty": [{"id": other, "role": f"friend {turn}"}]}
                codes.add(site.admin.patch(f"{PARTY}/{one}", body).status_code)
            return max(codes)

        return run

    assert at_once(link(first, second), link(second, first)) == [200, 200]


def dangling(site: Site) -> int:
    return int(
        site.rows(
            "select count(*) from party_reference f join record r on r.id = f.target "
            "where r.deleted_at is not null"
        )[0][0]
    )


@pytest.mark.parametrize("first", ["reference", "delete"])
def test_delete_and_reference_cross(site: Site, first: str) -> None:
    """Whoever comes second waits for the first one's commit and is then refused."""
    ident = person(site.admin)
    done, go_on = threading.Event(), threading.Event()
    customer, party = registry["Customer"].type, registry["Individual"].type

    def refer(hold: bool) -> str:
        try:
            with transaction(site.services, system("tests")) as work:
                work.add(customer.wrap({"name": "C", "engagedParty": {"id": ident}}))
                if hold:
                    done.set()
                    go_on.wait(5)
        except Refusal as refusal:
            return refusal.code
        return "done"

    def remove(hold: bool) -> str:
        try:
            with transaction(site.services, system("tests")) as work:
                work.remove(party, ident)
                if hold:
                    done.set()
                    go_on.wait(5)
        except Refusal as refusal:
            return refusal.code
        return "done"

    one, other = (refer, remove) if first == "reference" else (remove, refer)
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(one, True)
        assert done.wait(5)
        follower = pool.submit(other, False)
        with pytest.raises(TimeoutError):
            follower.result(0.3)
        go_on.set()
        expected = "conflictReferenced" if first == "reference" else "danglingReference"
        assert (leader.result(5), follower.result(5)) == ("done", expected)
    assert dangling(site) == 0


def test_deletes_race_with_references(site: Site) -> None:
    """Over HTTP, many times, in whatever order: never a reference to what is gone."""
    for _ in range(15):
        ident = person(site.admin)
        body = {"name": "C", "engagedParty": {"id": ident}}
        posted, deleted, patched = at_once(
            lambda body=body: site.admin.post(CUSTOMER, body),
            lambda ident=ident: site.admin.delete(f"{PARTY}/{ident}"),
            lambda ident=ident: site.admin.patch(f"{PARTY}/{ident}", {"remark": 1}),
        )
        assert (posted.status_code, deleted.status_code) in {(201, 409), (400, 204)}
        assert patched.status_code in {200, 404}
        assert dangling(site) == 0


def test_a_lock_held_too_long_is_told(site: Site) -> None:
    """A record that somebody holds for seconds answers 409 with Retry-After, not a 5xx."""
    ident = person(site.admin)
    with site.services.database.app.connection() as connection, connection.transaction():
        connection.execute("select 1 from individual where id = %s for update", [ident])
        answer = site.admin.patch(f"{PARTY}/{ident}", {"remark": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "conflictLocked")
    assert answer.headers["Retry-After"]


def test_reading_does_not_wait_for_a_writer(site: Site) -> None:
    """While a record is being changed it reads as it was."""
    ident = person(site.admin)
    with site.services.database.app.connection() as connection, connection.transaction():
        connection.execute("select 1 from individual where id = %s for update", [ident])
        assert site.admin.get(f"{PARTY}/{ident}").status_code == 200
        assert site.admin.get(PARTY, query_string=f"id={ident}").headers["X-Total-Count"] == "1"
