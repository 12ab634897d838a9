# ruff: noqa: S608 - all names in these statements are of our own tables
"""Gathering: all records of a person, and those of others that name or mention it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from trunkline.documents.decode import load
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.privacy.pseudonym import kinds_that_go_on, operators_things
from trunkline.privacy.subject import Subject
from trunkline.privacy.words import Words, is_name, texts_in

PLACES = ("GeographicAddress", "GeographicSubAddress", "GeographicLocation")
"""Kinds that belong to nobody and are a person's where no record of anybody else names them."""
CHECKS = ("GeographicAddressValidation",)
"""Kinds that only ask about places; they go with the place."""
IMPORTED = "import"
SELVES = (Customer, Individual, Organization)
NOTE = "insert into erasure_record (request, record, type, is_own) {} on conflict do nothing"


def words_of(work: Work, subject: Subject) -> Words:
    """Return what a person is called and reached by, as its records and merged ones say."""
    documents: list[Any] = []
    for kind in SELVES:
        documents += [one.raw for one in work.many(kind, subject.idents).values()]
    gone = work.connection.execute(
        "select merge::text, owner::text, sealed from merge_gone where owner = any(%s::uuid[])",
        [list(subject.owners)],
    ).fetchall()
    for merge, owner, sealed in gone:
        body = work.services.keyring.open(work.connection, owner, f"merge|{merge}", bytes(sealed))
        if body is not None:
            documents.append(load(body)["document"])
    return Words.of(documents)


def words_of_nobody_else(work: Work, request: str, words: Words) -> Words:
    """Return the words with those as parts that others have, too.

    A namesake is called the same, a family has one mail, and a number is handed on: what others
    are called or reached by, and numbers in things that are not the person's, point to nobody.
    """
    for kind in SELVES:
        for raw in _of_others(work, request, kind, words.pattern):
            others = Words.of([raw])
            words = words.demoted(words.those_in((*others.whole, *others.parts)))
    for name in sorted(operators_things()):
        thing = work.services.registry[name].type
        for raw in _of_others(work, request, thing, words.pattern):
            found = words.those_in(texts_in(raw))
            words = words.demoted(one for one in found if not is_name(one))
    return words


def _of_others(
    work: Work, request: str, kind: type[Document], pattern: str | None
) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a kind, not the person's, in which a word of it may stand."""
    if pattern is not None:
        for (found,) in work.connection.execute(
            f"select t.doc::text from {kind.resource.table} t where t.doc::text ~* %s "
            "and not exists (select from erasure_record e where e.request = %s "
            "and e.record = t.id and e.is_own)",
            [pattern, request],
        ):
            yield load(found.encode())


def gather(work: Work, request: str, subject: Subject) -> None:
    """Write down the records of a person, the places that are only its own, and who names them."""
    asked = {"request": request, "owners": list(subject.owners), "idents": list(subject.idents)}
    run = work.connection.execute
    for resource in work.services.registry:
        if is_scoped(resource):
            run(NOTE.format(
                f"select %(request)s, id, '{resource}', true from {resource.table} "
                "where owner = any(%(owners)s::uuid[]) or id = any(%(idents)s::uuid[])"
            ), asked)  # fmt: skip
    tables = sorted({one.reference_table for one in work.services.registry})
    _not_yet_owned(work, asked)
    _places(work, asked, tables)
    for table in tables:
        run(NOTE.format(
            "select distinct %(request)s::uuid, f.source, f.type, false "
            f"from {table} f join erasure_record e on e.record = f.target "
            "and e.request = %(request)s and e.is_own"
        ), asked)  # fmt: skip


def _not_yet_owned(work: Work, asked: dict[str, Any]) -> None:
    """Write down records that belong to nobody yet and name one of the person's: its drafts.

    What names somebody else's, too, is about many, and what goes on is the operator's own.
    """
    for resource in work.services.registry:
        if is_scoped(resource) and resource.name not in kinds_that_go_on():
            refs = resource.reference_table
            work.connection.execute(
                NOTE.format(
                    f"select distinct %(request)s::uuid, t.id, '{resource}', true "
                    f"from {refs} f join erasure_record e "
                    "on e.record = f.target and e.request = %(request)s and e.is_own "
                    f"join {resource.table} t on t.id = f.source where t.owner is null "
                    f"and not exists (select from {refs} o join record r on r.id = o.target "
                    "where o.source = t.id and r.owner <> all(%(owners)s::uuid[]))"
                ),
                asked,
            )


def _places(work: Work, asked: dict[str, Any], tables: list[str]) -> None:
    """Write down places that the person's records name and no other record does.

    What came with a file of addresses is the operator's register, and stays.
    """
    ours = "select from erasure_record m where m.request = %(request)s and m.is_own and m.record"
    named = " union ".join(
        f"select f.target, f.target_type from {one} f join erasure_record e on e.record = f.source "
        "and e.request = %(request)s and e.is_own where f.target_type = any(%(places)s)"
        for one in tables
    )
    by_others = "".join(
        f" and not exists (select from {one} o where o.target = t.target "
        f"and o.type <> all(%(checks)s) and not exists ({ours} = o.source))"
        for one in tables
    )
    imported = (
        "select from audit a where a.subject = t.target and a.action = 'create' "
        "and a.channel = %(imported)s"
    )
    work.connection.execute(
        NOTE.format(
            f"select %(request)s::uuid, t.target, t.target_type, true from ({named}) t "
            f"where not exists ({imported}){by_others}"
        ),
        {**asked, "places": list(PLACES), "checks": [*CHECKS, *PLACES], "imported": IMPORTED},
    )
    for one in tables:
        work.connection.execute(
            NOTE.format(
                f"select distinct %(request)s::uuid, t.source, t.type, true from {one} t "
                "join erasure_record e on e.record = t.target and e.request = %(request)s "
                "and e.is_own where t.type = any(%(checks)s)"
            ),
            {**asked, "checks": list(CHECKS)},
        )


def mentions_in(
    work: Work, request: str, resource: Resource, pattern: str, since: datetime | None = None
) -> None:
    """Write down the records of a kind in which words of the person stand, all or the newest."""
    work.connection.execute(
        NOTE.format(
            f"select %(request)s, id, '{resource}', false from {resource.table} "
            "where (%(since)s::timestamptz is null or updated_at >= %(since)s) "
            "and doc::text ~* %(pattern)s"
        ),
        {"request": request, "pattern": pattern, "since": since},
    )
