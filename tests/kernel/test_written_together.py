"""Writing together: what a block writes goes by one statement, whatever the kinds and the times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from trunkline.documents.errors import Conflict
from trunkline.kernel.actor import system
from trunkline.kernel.resource import registry
from trunkline.kernel.work import Work, transaction
from trunkline.leases.queue import NewWork

WRITES = ("insert into", "update ", "delete from")


def person(name: str) -> Any:
    return registry["Individual"].type.wrap({"givenName": name, "familyName": "Together"})


def category(name: str) -> Any:
    return registry["Category"].type.wrap({"name": name})


def history(site: Site, ident: str) -> list[tuple[Any, ...]]:
    """Return (version, kind, key, audit action) of each event of a record."""
    return site.rows(
        "select e.version, e.kind, e.key, a.action from event e "
        "join audit a on a.subject = e.subject and a.version = e.version "
        "where e.subject = %s order by e.version",
        ident,
    )


def test_kinds_and_changes_of_a_block_are_one_statement(site: Site) -> None:
    """Two kinds, one of them made and changed, another changed, and work: one writing statement;
    each change has its event and its audit line, and the last document is stored."""
    with transaction(site.services, system("tests")) as work:
        ada = work.add(person("Ada"))
    with transaction(site.services, system("tests")) as work:
        kind = registry["Individual"].type
        known = work.lock(kind, ada.id)
        before = dict(known.raw)
        with counted() as sent, work.together():
            eve, music = person("Eve"), category("Music")
            work.add(eve)
            work.add(music)
            known.raw["familyName"] = "Married"
            work.save(known, before)
            former = dict(eve.raw)
            eve.raw["familyName"] = "Renamed"
            work.save(eve, former)
            work.schedule(NewWork("tests.nothing", ada.id))
        written = [
            one
            for one in sent
            if any(word in one for word in WRITES) and "into owner_key" not in one
        ]
        assert len(written) == 1, written
        assert eve.key.startswith(registry["Individual"].prefix)
        assert (eve.meta.version, known.meta.version, music.meta.version) == (2, 2, 1)
    rows = site.rows(
        "select key, version, p_family_name, doc from individual where id = %s", eve.id
    )
    ((key, version, promoted, doc),) = rows
    assert (key, version, promoted) == (eve.key, 2, "Renamed")
    assert doc["familyName"] == "Renamed"
    assert history(site, eve.id) == [(1, "created", key, "create"), (2, "changed", key, "update")]
    assert [one[:2] for one in history(site, ada.id)] == [(1, "created"), (2, "changed")]
    assert site.rows("select type, label from record where id = %s", eve.id) == [
        ("Individual", "Eve Renamed")
    ]
    assert site.rows("delete from work where kind = 'tests.nothing' returning subject::text") == [
        (ada.id,)
    ]


def test_references_of_a_block_are_those_of_the_last_document(site: Site) -> None:
    """One that is added and taken off again leaves no row; one that replaces it has one."""
    with transaction(site.services, system("tests")) as work:
        friends = [person(name) for name in ("Ada", "Eve", "Grace")]
        work.add(*friends)
        ada, eve, grace = ({"id": one.id, "role": "friend"} for one in friends)
        with counted() as sent, work.together():
            joan = person("Joan")
            joan.raw["relatedParty"] = [ada, eve]
            work.add(joan)
            former = {**joan.raw, "relatedParty": [dict(one) for one in (ada, eve)]}
            joan.raw["relatedParty"] = [eve, grace]
            work.save(joan, former)
    assert sum("into audit" in one for one in sent) == 1
    links = "select target::text from party_reference where source = %s order by target"
    assert site.rows(links, joan.id) == [(one,) for one in sorted([eve["id"], grace["id"]])]


def test_who_reads_in_a_block_sees_what_it_wrote(site: Site) -> None:
    """Before a read everything is written; what follows is written at the end."""
    with transaction(site.services, system("tests")) as work, work.together():
        kind = registry["Individual"].type
        ada = work.add(person("Ada"))
        assert not ada.key
        found = work.get(kind, ada.id)
        assert found is not None
        assert found.key == ada.key != ""
        grace = work.add(person("Grace"))
    assert grace.key
    assert site.rows("select 1 from individual where id = %s", grace.id)


def add_and_fail(work: Work, document: Any) -> None:
    with work.together():
        work.add(document)
        work.schedule(NewWork("tests.nothing", document.id))
        raise ZeroDivisionError


def test_a_block_that_fails_writes_nothing(site: Site) -> None:
    """Also where the transaction goes on without it."""
    with transaction(site.services, system("tests")) as work:
        ada = person("Ada")
        with pytest.raises(ZeroDivisionError):
            add_and_fail(work, ada)
        work.add(person("Grace"))
    assert site.rows("select 1 from record where id = %s", ada.id) == []
    assert site.rows("select 1 from work where subject = %s", ada.id) == []


def rename(work: Work, documents: Iterable[Any], name: str) -> None:
    with work.together():
        for one in documents:
            before = dict(one.raw)
            one.raw["familyName"] = name
            work.save(one, before)


def test_a_block_with_one_stale_record_is_refused(site: Site) -> None:
    """Who was changed meanwhile is named, and nothing of the block stays."""
    kind = registry["Individual"].type
    with transaction(site.services, system("tests")) as work:
        ada, grace = person("Ada"), person("Grace")
        work.add(ada, grace)
    with transaction(site.services, system("tests")) as work:
        known = work.many(kind, [ada.id, grace.id])
        with transaction(site.services, system("tests")) as other:
            rename(other, [other.lock(kind, ada.id)], "First")
        with pytest.raises(Conflict, match=ada.key) as refusal:
            rename(work, known.values(), "Second")
        assert grace.key not in str(refusal.value)
        work.connection.rollback()
    names = "select p_family_name from individual where id = any(%s::uuid[]) order by 1"
    assert site.rows(names, [ada.id, grace.id]) == [("First",), ("Together",)]


def test_keys_go_on_beyond_a_million(site: Site) -> None:
    """A number of more than six digits is kept whole."""
    site.rows("select setval('individual_key', 999999)")
    with transaction(site.services, system("tests")) as work:
        made = [person(name) for name in ("Ada", "Grace")]
        work.add(*made)
    prefix = registry["Individual"].prefix
    assert [one.key for one in made] == [f"{prefix}1000000", f"{prefix}1000001"]
