"""Merging: a merge carried out step by step, each step one transaction that a kill cannot halve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.patch import same
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import Document, Resource, event
from trunkline.kernel.services import Services
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.matching.known_numbers import Allowed
from trunkline.matching.moving import AT_ONCE, Side, move_beside, move_part, without_rules
from trunkline.matching.pairs import pairs_of
from trunkline.matching.party_merge import PartyMerge
from trunkline.matching.unmerging import take_back
from trunkline.matching.values import apart_from, merged_values
from trunkline.party.customer import Customer
from trunkline.party.organization import Organization, above
from trunkline.rest.aliases import MERGED
from trunkline.rest.outside_names import naming
from trunkline.rest.own_names import found_by
from trunkline.rest.writing import change
from trunkline.workspace.timer import leased

MERGE = "merge"
PATCH = "application/merge-patch+json"
PARENT = "organizationParentRelationship"


@on(event(PartyMerge, "created"), event(PartyMerge, "state_changed").to("undoing"))
def begin_merge(work: Work, merge: PartyMerge) -> None:
    """Merge two records, or take their merge back, in steps beside this one."""
    if merge.state in {"asked", "undoing"}:
        work.schedule(NewWork(MERGE, merge.id, once=f"{MERGE} {merge.id} {merge.state}"))


@handler(MERGE)
def go_on(services: Services, row: Row) -> None:
    """Do the next step of a merge and schedule the one after it."""
    try:
        _step(services, row)
    except Refusal as refusal:
        with as_system(services, MERGE) as work:
            if not _fail(work, row.subject, refusal):
                raise
            if not queue.finish(work.connection, row):
                raise LeaseLost(row.kind) from refusal


def _step(services: Services, row: Row) -> None:
    with as_system(services, MERGE) as asking:
        found = asking.get(PartyMerge, row.subject)
    state = found.state if found is not None else None
    bare = services if state == "asked" else without_rules(services)
    with leased(bare, row) as work:
        more = False
        if state is not None:
            merge = work.lock(PartyMerge, row.subject)
            work.actor = as_asker(work.actor, merge)
            if merge.state == state:
                more = STEPS[state](work, merge) if state in STEPS else False
        queue.finish(work.connection, row)
        if more:
            work.schedule(NewWork(MERGE, row.subject))


def as_asker(actor: Actor, merge: PartyMerge) -> Actor:
    """Return the program under the name of who asked: the audit tells whose decision it was."""
    asker, name = merge.asker or actor.id, merge.asker_name or actor.name
    return replace(actor, id=asker, name=name, channel=MERGE)


def _fail(work: Work, ident: str, refusal: Refusal) -> bool:
    """Say why nothing was merged or taken back; only the first step, which checks, is refused."""
    merge = work.get(PartyMerge, ident)
    after = {"asked": "failed", "undoing": "done"}.get(merge.state or "") if merge else None
    if merge is None or after is None:
        return False
    with work.edit(PartyMerge, ident) as now:
        now.raw["message"], now.raw["state"] = refusal.message, after
    if merge.because_of and merge.state == "undoing":
        _fail(work, merge.because_of, refusal)
    elif merge.because_of:  # the customers are one all the same
        with work.edit(PartyMerge, merge.because_of) as parent:
            parent.raw["message"] = f"{merge.key}: {refusal.message}"
    return True


# --- the steps ------------------------------------------------------------------------------


def _prepare(work: Work, merge: PartyMerge) -> bool:
    """Give the survivor what it takes over, by all rules, and remember what it and the loser had.

    Names that only one record can have wait until the loser goes. It is done again from the
    beginning where it is cut off.
    """
    assert merge.loser is not None
    resource = work.services.registry[str(merge.survivor.referred_type)]
    survivor = work.lock(resource.type, merge.survivor.id)
    loser = work.lock(resource.type, merge.loser.id)
    work.kept[Allowed] = Allowed({survivor.id, loser.id})
    patch = _taken_over(work, merge, survivor, loser)
    before = {name: survivor.raw.get(name) for name in patch}
    named = {name: patch.pop(name) for name in _naming(loser) & patch.keys()}
    change(work, survivor, load(encode(patch)), PATCH)
    after = {name: survivor.raw.get(name) for name in patch} | named
    _keep(work, merge, loser, {"before": before, "after": after})
    with work.edit(PartyMerge, merge.id) as now:
        now.raw["gone"] = {
            "id": loser.id, "key": loser.key, "name": label_of(resource, loser.raw),
            "@type": resource.name,
        }  # fmt: skip
        now.raw["state"], now.raw["moved"] = "running", 0
    return True


def _taken_over(
    work: Work, merge: PartyMerge, survivor: Document, loser: Document
) -> dict[str, Json]:
    """Return what of the survivor becomes another; what one of the two said of the other goes."""
    both = {survivor.id, loser.id}
    mine, theirs = (apart_from(one.raw, both) for one in (survivor, loser))
    gone: dict[str, Json] = {
        name: mine.get(name)
        for name, value in survivor.raw.items()
        if not same(mine.get(name), value)
    }
    if isinstance(survivor, Organization) and isinstance(loser, Organization):
        if survivor.id in above(work, loser):
            theirs.pop(PARENT, None)
        if PARENT in mine and loser.id in above(work, survivor):
            message = f"{survivor.key} lies below {loser.key}; merge the other way round"
            raise Conflict("organizationCycle", message)
    chosen = {one.path: one.take for one in merge.choice}
    return gone | merged_values(survivor.resource, mine, theirs, chosen)


def _naming(loser: Document) -> set[str]:
    """Return the attributes of a record by which nobody else of its kind may be called."""
    return {found_by(loser.resource), *naming(loser.resource, loser.raw)} - {""}


def _keep(work: Work, merge: PartyMerge, loser: Document, values: Mapping[str, Json]) -> None:
    meta = loser.meta
    body = {
        "id": loser.id, "key": loser.key, "version": meta.version, "owner": meta.owner,
        "partner": meta.partner, "createdAt": str(meta.created_at), "document": loser.raw,
        "aliases": _aliases(work, loser.id), **values,
    }  # fmt: skip
    owner = meta.owner or loser.id
    sealer = work.services.keyring.prepare(work.connection, [owner])
    work.connection.execute(
        "insert into merge_gone (merge, owner, sealed) values (%s, %s, %s) "
        "on conflict (merge) do update set owner = excluded.owner, sealed = excluded.sealed",
        [merge.id, owner, sealer.seal(owner, f"merge|{merge.id}", encode(body))],
    )


def _aliases(work: Work, ident: str) -> list[Json]:
    """Return (system, name) of what other systems call a record."""
    rows = work.connection.execute(
        "select system, value from alias where record = %s", [ident]
    ).fetchall()
    return [list(row) for row in rows]


def _party_id(document: Document) -> str | None:
    engaged: Any = document.raw.get("engagedParty")
    return engaged.get("id") if isinstance(engaged, dict) else None


def _move(work: Work, merge: PartyMerge) -> bool:
    """Let the next records follow the survivor; when none is left let the loser go."""
    resource = work.services.registry[str(merge.survivor.referred_type)]
    gone = merge.gone
    assert gone is not None
    survivor = work.lock(resource.type, merge.survivor.id)
    old, new = Side(gone.id, gone.key), Side(survivor.id, survivor.key)
    work.connection.execute("select 1 from record where id = %s for update", [old.id])
    moved = move_part(work, merge.id, old, new)
    is_last = moved < AT_ONCE
    if is_last:
        move_beside(work, merge.id, old, new)
        party = _party_of(work, resource, old.id)
        _settle_pairs(work, merge, old, new)
    with work.edit(PartyMerge, merge.id) as now:
        now.raw["moved"] = (now.moved or 0) + moved
        if is_last:
            now.raw.pop("loser", None)
            now.raw["state"] = "done"
    if is_last:
        loser = work.get(resource.type, old.id)
        patch = _taken_over(work, merge, survivor, loser) if loser is not None else {}
        names = _naming(loser) & patch.keys() if loser is not None else set[str]()
        _let_go(work, resource, old, new)
        if names:  # each of them leads to the survivor already
            with work.edit(resource.type, survivor.id) as own:
                own.raw.update((name, patch[name]) for name in names)
        if not merge.keep_parties:
            _merge_parties(work, merge, party, _party_id(survivor))
    return not is_last


def _party_of(work: Work, resource: Resource, ident: str) -> str | None:
    document = work.get(resource.type, ident)
    return _party_id(document) if document is not None else None


def _let_go(work: Work, resource: Resource, old: Side, new: Side) -> None:
    """Remove the loser; its id, its key and the ids of other systems name the survivor now."""
    work.connection.execute("update alias set record = %s where record = %s", [new.id, old.id])
    work.remove(resource.type, old.id)
    work.connection.execute("delete from record where id = %s", [old.id])
    work.connection.execute("delete from match_key where record = %s", [old.id])
    work.connection.execute(
        "insert into alias (system, value, type, record) "
        "select %s, value, %s, %s from unnest(%s::text[]) value on conflict do nothing",
        [MERGED, resource.name, new.id, [old.id, old.key]],
    )


def _settle_pairs(work: Work, merge: PartyMerge, old: Side, new: Side) -> None:
    """Say of the pair of the two that it was merged; the others follow."""
    own = set(pairs_of(work, [sorted((old.id, new.id))]))
    for pair in _pairs_with(work, old.id):
        if pair.id in own:
            with work.edit(DuplicatePair, pair.id) as now:
                now.raw["first"] = {"id": new.id}
                now.raw.pop("second", None)
                now.raw["state"], now.raw["merge"] = "merged", merge.key
        else:
            _pair_with(work, pair, old, new)


def _pair_with(work: Work, pair: DuplicatePair, old: Side, new: Side) -> None:
    """Let a pair of the loser with a third record be one of the survivor, or go if that has one."""
    assert pair.second is not None
    other = pair.second.id if pair.first.id == old.id else pair.first.id
    idents = sorted((new.id, other))
    if pairs_of(work, [idents]):
        work.remove(DuplicatePair, pair.id)
        return
    with work.edit(DuplicatePair, pair.id) as now:
        now.raw["first"], now.raw["second"] = {"id": idents[0]}, {"id": idents[1]}


def _pairs_with(work: Work, ident: str) -> list[DuplicatePair]:
    found = {
        one.id: one
        for path in ("first.id", "second.id")
        for one in work.find(DuplicatePair, {path: ident})
    }
    return list(found.values())


def _merge_parties(work: Work, merge: PartyMerge, loser: str | None, survivor: str | None) -> None:
    """Ask for the merge of the two customers' parties, where the loser's has no other role left."""
    if loser is None or survivor is None or loser == survivor:
        return
    if work.find(Customer, {"engagedParty.id": loser}, limit=1):
        return
    kinds = {
        work.services.registry[name].name
        for name in ("Individual", "Organization")
        for ident in (loser, survivor)
        if work.get(work.services.registry[name].type, ident) is not None
    }
    if len(kinds) != 1:
        return
    kind = kinds.pop()
    work.add(PartyMerge.wrap({
        "survivor": {"id": survivor, "@referredType": kind},
        "loser": {"id": loser, "@referredType": kind},
        "becauseOf": merge.id, "choice": [dict(one.raw) for one in merge.party_choice],
        "asker": merge.asker, "askerName": merge.asker_name,
    }))  # fmt: skip


STEPS = {"asked": _prepare, "running": _move, "undoing": take_back}
