"""The write path: document, audit line, event and work are one transaction, or none of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from trunkline.documents.decode import load
from trunkline.documents.errors import Fault, Invalid
from trunkline.kernel.actor import system
from trunkline.kernel.resource import registry
from trunkline.kernel.work import transaction

PARTY = "/tmf-api/party/v4/individual"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
COUNTS = (
    "select (select count(*) from individual), (select count(*) from record), "
    "(select count(*) from event), (select count(*) from audit), (select count(*) from work), "
    "(select count(*) from party_reference)"
)
PEOPLE = [{"givenName": "Ada", "familyName": f"L{n}"} for n in range(5)]


def documents(bodies: list[dict[str, Any]]) -> list[Any]:
    return [registry["Individual"].type.wrap(dict(one)) for one in bodies]


def assert_state_and_events_agree(site: Site) -> None:
    """Every version of every record has one event and one audit line, and nothing else has."""
    for table in ("event", "audit"):
        assert (
            site.rows(
                f"select r.id from individual r left join {table} h on h.subject = r.id "
                "group by r.id, r.version having count(h.id) <> r.version "
                "or max(h.version) <> r.version or min(h.version) <> 1"
            )
            == []
        )
        assert (
            site.rows(
                f"select h.id from {table} h left join record r on r.id = h.subject "
                "where r.id is null"
            )
            == []
        )


def test_a_list_is_written_like_one(site: Site) -> None:
    """Five at once: five records with keys, five events, five audit lines, versions 1."""
    before = site.rows(COUNTS)[0]
    made = documents(PEOPLE)
    with transaction(site.services, system("tests")) as work:
        assert work.add(*made) is made[0]
    after = site.rows(COUNTS)[0]
    assert [b - a for a, b in zip(before, after, strict=True)][:4] == [5, 5, 5, 5]
    assert len({one.meta.key for one in made}) == 5
    assert {one.meta.version for one in made} == {1}
    assert_state_and_events_agree(site)


@pytest.mark.parametrize("bad", [0, 2, 4])
def test_one_bad_in_a_list_stops_all(site: Site, bad: int) -> None:
    """Nothing of a list is written when one of it is refused; every fault is named."""
    before = site.rows(COUNTS)
    bodies = [dict(one) for one in PEOPLE]
    del bodies[bad]["familyName"]
    with pytest.raises(Invalid), transaction(site.services, system("tests")) as work:
        work.add(*documents(bodies))
    assert site.rows(COUNTS) == before


@pytest.mark.parametrize("moment", ["after add", "after save", "after remove"])
def test_a_failure_before_the_commit_leaves_nothing(site: Site, moment: str) -> None:
    """Whatever was written before, an error takes all of it back."""
    ident = site.admin.post(PARTY, PEOPLE[0]).json["id"]
    before, stored = site.rows(COUNTS), site.rows("select doc::text from individual order by id")
    kind = registry["Individual"].type
    with pytest.raises(RuntimeError), transaction(site.services, system("tests")) as work:  # noqa: PT012
        if moment == "after add":
            work.add(*documents(PEOPLE))
        elif moment == "after save":
            with work.edit(kind, ident) as person:
                person.raw["gender"] = "female"
        else:
            work.remove(kind, ident)
        raise RuntimeError("the process dies here")
    assert site.rows(COUNTS) == before
    assert site.rows("select doc::text from individual order by id") == stored
    assert_state_and_events_agree(site)


def test_no_difference_no_write(site: Site) -> None:
    """The same values again make no version, no event and no audit line."""
    made = site.admin.post(PARTY, PEOPLE[0] | {"height": 1.50, "list": [{"a": None}]})
    path, before = f"{PARTY}/{made.json['id']}", site.rows(COUNTS)
    for patch in (
        {},
        {"familyName": "L0"},
        {"height": 1.5},
        {"gender": None},
        {"list": [{"a": None}]},
    ):
        answer = site.admin.patch(path, patch)
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"'), patch
    assert site.rows(COUNTS) == before


@pytest.mark.parametrize("before, after", [(True, 1), (1, True), (0, False), ([0], [False])])
def test_true_is_not_one(site: Site, before: Any, after: Any) -> None:
    """A change from a number to a boolean is a change, also where nobody declared the value."""
    made = site.admin.post(PARTY, PEOPLE[0] | {"flag": before}).json
    answer = site.admin.patch(f"{PARTY}/{made['id']}", {"flag": after})
    assert answer.headers["ETag"] == '"2"'
    assert repr(answer.json["flag"]) == repr(after)


def test_audit_says_who_what_and_when(site: Site) -> None:
    """Actor, channel, request, action and each changed value with its old one."""
    made = site.admin.post(CATEGORY, {"name": "Fibre"}, headers={"X-Request-Id": "request-0001"})
    path = f"{CATEGORY}/{made.json['id']}"
    site.admin.patch(path, {"name": "Glass"}, headers={"X-Request-Id": "request-0002"})
    site.admin.delete(path, headers={"X-Request-Id": "request-0003"})
    rows = site.rows(
        "select action, actor_name, channel, request, version, changes from audit "
        "where subject = %s order by version",
        made.json["id"],
    )
    assert [one[:5] for one in rows] == [
        ("create", "Admin", "api", "request-0001", 1),
        ("update", "Admin", "api", "request-0002", 2),
        ("delete", "Admin", "api", "request-0003", 3),
    ]
    changes = [load(bytes(one[5])[1:]) for one in rows]
    assert {"path": "name", "old": "Fibre", "new": "Glass"} in changes[1]
    assert {"path": "name", "old": "Glass"} in changes[2]


def test_keys_are_never_used_again(site: Site) -> None:
    """A rolled back or deleted record's key and id stay unused."""
    first = site.admin.post(PARTY, PEOPLE[0]).json
    site.admin.delete(f"{PARTY}/{first['id']}")
    with pytest.raises(RuntimeError), transaction(site.services, system("tests")) as work:  # noqa: PT012
        work.add(*documents(PEOPLE[:1]))
        raise RuntimeError("no commit")
    second = site.admin.post(PARTY, PEOPLE[0]).json
    assert int(second["key"][3:]) > int(first["key"][3:]) + 1
    assert second["id"] > first["id"]


def test_promoted_columns_follow_the_document(site: Site) -> None:
    """Columns written for quick filters say what the document says, after each write."""
    path = "/tmf-api/productInventory/v4/product"
    party = site.admin.post(PARTY, PEOPLE[0]).json["id"]
    body = {"status": "created", "name": "Line", "startDate": "2026-01-31T12:00:00+02:00",
            "relatedParty": [{"id": party}]}  # fmt: skip
    made = site.admin.post(path, body).json

    def columns() -> Any:
        return site.rows(
            "select p_status, p_name, p_start_date::text, owner::text from product where id = %s",
            made["id"],
        )[0]

    assert columns() == ("created", "Line", "2026-01-31 10:00:00+00", party)
    site.admin.patch(f"{path}/{made['id']}", {"name": None, "startDate": "2026-02-01"})
    assert columns() == ("created", None, "2026-02-01 00:00:00+00", party)


@pytest.mark.parametrize("length", [2_000, 5_000, 20_000])
def test_long_text_in_an_indexed_column_is_refused(site: Site, length: int) -> None:
    """Text that no index can hold answers 400 with its path, not a 5xx."""
    text = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(length))
    answer = site.admin.post(PARTY, {"givenName": "Ada", "familyName": text})
    assert answer.status_code == 400, answer.status_code
    assert answer.json["fault"][0]["path"] == "familyName"
    answer = site.admin.post(PARTY, PEOPLE[0] | {"id": text})
    assert answer.status_code == 400, answer.status_code


def test_rules_see_old_and_new_and_refuse_together(site: Site) -> None:
    """Faults of every rule stand in one answer, and a rule's refusal writes nothing."""
    seen: list[tuple[bool, str]] = []

    def no_doe(_work: Any, old: Any, new: Any) -> list[Fault]:
        seen.append((old is None, str(new.family_name)))
        return [Fault("familyName", "noDoe", "say who it is")] * (new.family_name == "Doe")

    def no_john(_work: Any, _old: Any, new: Any) -> list[Fault]:
        return [Fault("givenName", "noJohn", "say who it is")] * (new.given_name == "John")

    from trunkline.kernel.behaviour import Rule

    rules = registry.rules.setdefault("Individual", [])
    rules += [Rule(no_doe, False), Rule(no_john, False)]
    try:
        before = site.rows(COUNTS)
        refused = site.admin.post(PARTY, {"givenName": "John", "familyName": "Doe"})
        assert refused.status_code == 400
        assert {one["code"] for one in refused.json["fault"]} == {"noDoe", "noJohn"}
        assert site.rows(COUNTS) == before
        made = site.admin.post(PARTY, PEOPLE[0]).json
        site.admin.patch(f"{PARTY}/{made['id']}", {"familyName": "Doe"})
        assert seen == [(True, "Doe"), (True, "L0"), (False, "Doe")]
    finally:
        del rules[-2:]
    assert_state_and_events_agree(site)
