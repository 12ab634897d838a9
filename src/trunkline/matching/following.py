"""Following: match keys kept as records come and change, and pairs found by both of two."""

from __future__ import annotations

from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import Document, Resource, event
from trunkline.kernel.work import Work
from trunkline.matching.duplicate_pair import LOCK
from trunkline.matching.match_keys import Described, alike, describe, keep_keys
from trunkline.matching.pairs import Alike, keep_pairs
from trunkline.matching.reference import MATCHED
from trunkline.matching.score import POSSIBLE, score
from trunkline.party.customer import Customer

ROLES_MAX = 50


@on(*(event(kind, "created") for kind in MATCHED), *(event(kind, "changed") for kind in MATCHED))
def look_for_duplicates(work: Work, record: Document) -> None:
    """Keep under which keys a party or customer is found, and queue whom it may be a duplicate of.

    It waits for whoever else does so: of two that are made at once the later one finds the other.
    """
    work.connection.execute(LOCK)
    resource = record.resource
    follow(work, resource, describe(work.connection, resource, [record.id]))
    if resource is not Customer.resource:
        rows = work.connection.execute(
            "select id::text from customer where owner = %s limit %s", [record.id, ROLES_MAX]
        ).fetchall()
        if rows:
            customers = describe(work.connection, Customer.resource, [one for (one,) in rows])
            follow(work, Customer.resource, customers)


@on(*(event(kind, "deleted") for kind in MATCHED))
def forget_duplicates(work: Work, record: Document | None) -> None:
    """Remove the match keys of records that are gone."""
    del record
    work.connection.execute(
        "delete from match_key m using record r where r.id = m.record "
        "and r.id = (select subject from event where id = %s limit 1) "
        "and r.deleted_at is not null",
        [(work.cause or {}).get("event")],
    )


def follow(work: Work, resource: Resource, found: dict[str, Described]) -> None:
    """Keep the keys of records and write down what they may be duplicates of."""
    for one in found.values():
        keys = keep_keys(work.services, work.connection, resource, one)
        if not keys:
            continue
        others = alike(work.connection, resource, keys, apart=[one.id])
        keep_pairs(work, resource, [pair for other in others if (pair := paired(one, other))])


def paired(one: Described, other: Described) -> Alike | None:
    """Return two records as a pair where they may be one."""
    told = score(one.features, other.features)
    if told.value < POSSIBLE:
        return None
    first, second = sorted((one.id, other.id))
    return Alike(first, second, told)
