"""Taking a merge back: the record that went comes again and gets back what had followed.

What the survivor has got since stays with it, and what was changed since in what was taken over.
"""

from __future__ import annotations

from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.errors import Conflict
from trunkline.documents.patch import copied
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Meta, Resource
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.leases.queue import NewWork
from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.matching.moving import AT_ONCE, Side, patch_back, return_part
from trunkline.matching.party_merge import PartyMerge
from trunkline.rest.aliases import MERGED

STAYED_MAX = 200
REMADE = """
insert into {table} (id, key, version, created_at, updated_at, owner, partner, doc)
values (%s, %s, %s, %s, %s, %s, %s, '{{}}')
"""


def take_back(work: Work, merge: PartyMerge) -> bool:
    """Do the next step of taking a merge back; return whether another one follows."""
    resource = work.services.registry[str(merge.survivor.referred_type)]
    gone = merge.gone
    assert gone is not None
    if work.get(resource.type, merge.survivor.id) is None:
        raise Conflict("conflictGone", "the survivor is not there any more")
    if _parties_first(work, merge):
        return False
    survivor = work.lock(resource.type, merge.survivor.id)
    old, new = Side(gone.id, gone.key), Side(survivor.id, survivor.key)
    row = work.connection.execute(
        f"select 1 from {resource.table} where id = %s",  # noqa: S608 - a declared name
        [old.id],
    ).fetchone()
    if row is None:
        _make_again(work, merge, resource, survivor)
        return True
    count, stayed = return_part(work, merge.id, old, new)
    with work.edit(PartyMerge, merge.id) as now:
        if stayed:
            now.raw["stayed"] = [*now.raw.get("stayed", []), *stayed][:STAYED_MAX]
        if count < AT_ONCE:
            now.raw["state"] = "undone"
    if count < AT_ONCE:
        _part_pair(work, merge, old)
        _wake_parent(work, merge)
    return count == AT_ONCE


def _parties_first(work: Work, merge: PartyMerge) -> bool:
    """Let the merge of the parties be taken back first; return whether that is to be done."""
    own = work.find(PartyMerge, {"becauseOf": merge.id, "state": ["done", "undoing"]})
    for one in own:
        if one.state == "done":
            with work.edit(PartyMerge, one.id) as now:
                now.raw["state"] = "undoing"
    return bool(own)


def _wake_parent(work: Work, merge: PartyMerge) -> None:
    """Let the merge of the customers be taken back now that their parties are two again."""
    parent = work.get(PartyMerge, merge.because_of) if merge.because_of else None
    if parent is not None and parent.state == "undoing":
        work.schedule(NewWork("merge", parent.id))


def _make_again(work: Work, merge: PartyMerge, resource: Resource, survivor: Document) -> None:
    """Bring the record that went back under its id and key, and take from the survivor its values.

    Refuses where its owner's key was erased: then nobody knows any more what it said.
    """
    kept = _kept(work, merge)
    _names_back(work, resource, kept)
    raw = kept["document"]
    work.connection.execute(
        REMADE.format(table=resource.table),
        [kept["id"], kept["key"], kept["version"] + 1, kept["createdAt"], work.now,
         kept["owner"], kept["partner"]],
    )  # fmt: skip
    work.connection.execute(
        "insert into record (id, type, label, owner, partner) values (%s, %s, %s, %s, %s)",
        [kept["id"], resource.name, label_of(resource, raw), kept["owner"], kept["partner"]],
    )
    _aliases_back(work, resource, kept, survivor.id)
    document = resource.type.wrap(raw)
    meta = Meta(kept["id"], kept["key"], kept["version"] + 1, None, None)
    meta.owner, meta.partner = kept["owner"], kept["partner"]
    object.__setattr__(document, "meta", meta)
    lifecycle = resource.lifecycle
    own = resource.type.attributes()
    state = own[lifecycle.attribute].json_name if lifecycle is not None else ""
    work.save_all([(document, {state: raw[state]} if state in raw else {})])
    back = patch_back(kept["before"], kept["after"], survivor.raw)
    before = copied(survivor.raw)
    for name, value in back.items():
        survivor.raw.pop(name, None)
        if value is not None:
            survivor.raw[name] = value
    work.save_all([(survivor, before)])


def _kept(work: Work, merge: PartyMerge) -> dict[str, Any]:
    owner, sealed = work.connection.execute(
        "select owner::text, sealed from merge_gone where merge = %s", [merge.id]
    ).fetchone()
    opened = work.services.keyring.open(work.connection, owner, f"merge|{merge.id}", bytes(sealed))
    if opened is None:
        raise Conflict("conflictErased", "what the other record said was erased; it stays merged")
    found: dict[str, Any] = load(opened)
    return found


def _names_back(work: Work, resource: Resource, kept: dict[str, Any]) -> None:
    """Let the id and the key of the record that went name it alone again."""
    names = [kept["id"], kept["key"]]
    work.connection.execute(
        "delete from alias where system = %s and type = %s and value = any(%s)",
        [MERGED, resource.name, names],
    )


def _aliases_back(work: Work, resource: Resource, kept: dict[str, Any], survivor: str) -> None:
    """Let what the record that went was called lead to it again, unless another one is by now."""
    for system, value in kept["aliases"]:
        work.connection.execute(
            "insert into alias (system, value, type, record) values (%s, %s, %s, %s) "
            "on conflict (value, type, system) do update set record = excluded.record "
            "where alias.record = %s",
            [system, value, resource.name, kept["id"], survivor],
        )


def _part_pair(work: Work, merge: PartyMerge, old: Side) -> None:
    """Say of the pair that was merged that it is two: whoever took it back has decided that."""
    for pair in work.find(DuplicatePair, {"first.id": merge.survivor.id, "state": "merged"}):
        if pair.merge != merge.key or not UUID.match(old.id):
            continue
        idents = sorted((merge.survivor.id, old.id))
        kind = str(merge.survivor.referred_type)
        with work.edit(DuplicatePair, pair.id) as now:
            now.raw["first"] = {"id": idents[0], "@referredType": kind}
            now.raw["second"] = {"id": idents[1], "@referredType": kind}
            now.raw["state"] = "notDuplicate"
            now.raw["note"] = f"{merge.key} was taken back"
