"""Comparing: two records side by side, attribute by attribute, as people read them."""

from __future__ import annotations

from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.matching.party_merge import PartyMerge
from trunkline.matching.values import KEPT, differing
from trunkline.web.desk import Desk
from trunkline.web.facts import Teller
from trunkline.web.governed import governed
from trunkline.web.records import Record, matching
from trunkline.web.values import state
from trunkline.web.wording import words

OWN = frozenset({DuplicatePair.resource.name, PartyMerge.resource.name})
LEFT_OUT = frozenset({"id", "href", "key", "lastUpdate", "lastModified"})


def both(work: Work, resource: Resource, idents: list[str]) -> list[Record]:
    """Return two records in the order that they are named in; fewer where one is out of reach."""
    listing = matching(work, resource, {"id": idents}, limit=len(idents))
    found = {one.id: one for one in listing.records} if listing is not None else {}
    by_key = {one.key: one for one in found.values()}
    named = (found.get(one) or by_key.get(one) for one in idents)
    return [one for one in named if one is not None]


def head(desk: Desk, record: Record) -> dict[str, Any]:
    """Return what stands above the values of a record."""
    status = record.document.get("status")
    return {
        "id": record.id,
        "key": record.key,
        "label": record.label,
        "address": desk.addresses.of_record(record.resource, record.key),
        "state": state(str(status)) if status else None,
    }


def rows(
    desk: Desk, work: Work, one: Record, other: Record, *, all_of: bool = False
) -> list[dict[str, Any]]:
    """Return the attributes of two records: those that differ, or all, each with both values."""
    shape = one.resource.type
    known = governed(work, one.resource)
    teller = Teller(desk.zone, {}, known)
    told = [{fact.name: fact for fact in teller.facts(shape, dict(each.document))}
            for each in (one, other)]  # fmt: skip
    differ = set(differing(one.resource, one.document, other.document))
    names = [*dict.fromkeys([*told[0], *told[1]])]
    declared = shape.by_json_name()
    return [
        {
            "name": name,
            "label": known.label(name) or words(name),
            "values": [facts[name].value if name in facts else None for facts in told],
            "differs": name in differ,
            "is_list": bool(name in declared and declared[name].is_list),
            "may_choose": name not in KEPT or name == "status",
            "take": _default(name, one.document.get(name), other.document.get(name),
                             is_list=bool(name in declared and declared[name].is_list)),
        }
        for name in names
        if name not in LEFT_OUT and not name.startswith("@") and (all_of or name in differ)
        and (one.hidden is None or not is_hidden(one.hidden, name))
    ]  # fmt: skip


def _default(name: str, ours: Json, theirs: Json, *, is_list: bool) -> str:
    if theirs in (None, [], {}):
        return "survivor"
    if is_list and ours:
        return "both"
    return "loser" if ours in (None, "", [], {}) and name not in KEPT else "survivor"


def party_rows(desk: Desk, work: Work, one: Record, other: Record) -> list[dict[str, Any]]:
    """Return what two customers' parties say, in one statement; empty where they are one."""
    named = [_engaged(each) for each in (one, other)]
    kinds = {kind for kind, _ in named}
    idents = [ident for _, ident in named]
    resource = work.services.registry.resources.get(kinds.pop()) if len(kinds) == 1 else None
    if resource is None or not all(idents) or idents[0] == idents[1]:
        return []
    found = both(work, resource, idents)
    return rows(desk, work, *found, all_of=True) if len(found) == 2 else []


def may_choose_parties(work: Work, record: Record) -> bool:
    """Tell whether somebody may say whose values of the parties of two customers are kept."""
    kind = work.services.registry.resources.get(_engaged(record)[0])
    return kind is not None and work.actor.grant(kind, "update") is not None


def _engaged(record: Record) -> tuple[str, str]:
    engaged = record.document.get("engagedParty")
    held = engaged if isinstance(engaged, dict) else {}
    return str(held.get("@referredType") or ""), str(held.get("id") or "")


def following(work: Work, ident: str) -> list[tuple[str, int]]:
    """Return how many records of which kind name one that is to go, in one statement."""
    registry = work.services.registry
    tables = sorted({one.reference_table for one in registry})
    union = " union all ".join(
        f"select type, source from {table} where target = %s"  # noqa: S608 - declared names
        for table in tables
    )
    found: list[tuple[str, int]] = work.connection.execute(
        f"select type, count(distinct source) from ({union}) u group by type order by 2 desc",  # noqa: S608
        [ident] * len(tables),
    ).fetchall()
    shown = []
    for kind, count in found:
        if kind in OWN:
            continue
        resource = registry[kind]
        grant = work.actor.grant(resource, "read")
        if grant is not None and (grant.reach == "all" or not is_scoped(resource)):
            shown.append((resource.title, count))
    return shown
