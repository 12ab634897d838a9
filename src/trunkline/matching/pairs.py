"""Keeping pairs: what may be two records of one, written down for people to decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.matching.duplicate_pair import LOCK, PAIRED, DuplicatePair, Looked
from trunkline.matching.score import Score
from trunkline.party.customer import Customer

BOTH_CUSTOMERS = """
select w.first::text, w.second::text from unnest(%s::uuid[], %s::uuid[]) w (first, second)
where exists (select 1 from customer c where c.owner = w.first)
  and exists (select 1 from customer c where c.owner = w.second)
"""
PARTIES = "select id::text, owner::text from customer where id = any(%s::uuid[])"


class Alike(NamedTuple):
    """Two records of a kind that may be one; the first is the older one."""

    first: str
    second: str
    score: Score


def keep_pairs(
    work: Work, resource: Resource, found: Iterable[Alike], *, denied: str = ""
) -> list[DuplicatePair]:
    """Write down the pairs that are not there yet and return them.

    People and organizations that are both customers are paired as customers only. With `denied`
    they are decided with that note: they are not one.
    """
    wanted = {(one.first, one.second): one.score for one in found}
    if not wanted:
        return []
    work.connection.execute(LOCK)
    for pair in _known(work, wanted):
        wanted.pop(pair, None)
    if resource is not Customer.resource:
        for pair in _rows(work, BOTH_CUSTOMERS, wanted):
            wanted.pop(pair, None)
    made = [_pair(resource, *pair, told) for pair, told in wanted.items()]
    if made:
        work.kept[Looked] = True
        work.add(*made)
        if resource is Customer.resource:
            _drop_parties(work, wanted)
    for one in made if denied else ():
        with work.edit(DuplicatePair, one.id) as decided:  # a change, which the audit tells
            decided.raw["state"], decided.raw["note"] = "notDuplicate", denied
    return made


def _pair(resource: Resource, first: str, second: str, told: Score) -> DuplicatePair:
    return DuplicatePair.wrap({
        "first": {"id": first, "@referredType": resource.name},
        "second": {"id": second, "@referredType": resource.name},
        "kind": resource.name,
        "score": told.points,
        "reason": list(told.reasons),
    })  # fmt: skip


def _rows(work: Work, sql: str, wanted: Mapping[tuple[str, str], Score]) -> list[tuple[str, str]]:
    firsts, seconds = [one for one, _ in wanted], [one for _, one in wanted]
    rows = work.connection.execute(sql, [firsts, seconds]).fetchall()
    return [(row[0], row[1]) for row in rows]


def _known(work: Work, wanted: Mapping[tuple[str, str], Score]) -> list[tuple[str, str]]:
    return _rows(work, PAIRED, wanted)


def _drop_parties(work: Work, wanted: Mapping[tuple[str, str], Score]) -> None:
    """Take away the open pairs of the parties of customers that are paired themselves now."""
    idents = sorted({one for pair in wanted for one in pair})
    parties = dict(work.connection.execute(PARTIES, [idents]).fetchall())
    named = [tuple(sorted((parties[a], parties[b]))) for a, b in wanted
             if parties.get(a) and parties.get(b) and parties[a] != parties[b]]  # fmt: skip
    for ident in pairs_of(work, named):
        pair = work.get(DuplicatePair, ident)
        if pair is not None and pair.state in {"open", "later"}:
            work.remove(DuplicatePair, ident)


def pairs_of(work: Work, named: Sequence[Sequence[str]]) -> list[str]:
    """Return the ids of the pairs of these records, older one first."""
    if not named:
        return []
    rows = work.connection.execute(
        PAIRED, [[one[0] for one in named], [one[1] for one in named]]
    ).fetchall()
    return [row[2] for row in rows]
