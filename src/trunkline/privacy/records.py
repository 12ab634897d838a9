"""Records of an erasure: the next ones of a kind, and the person taken out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.patch import copied, same
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.privacy.keeping import kept_kinds, kept_until
from trunkline.privacy.kept_records import keep_record
from trunkline.privacy.stores import Erasing

AT_ONCE = 50
NEXT = """
select record::text, type, is_own from erasure_record
where request = %(request)s and not done and type = (
  select min(type) from erasure_record where request = %(request)s and not done)
order by record limit %(limit)s
"""
DONE = """
update erasure_record e set done = true,
  version = coalesce((select t.version from {table} t where t.id = e.record), 0)
where request = %(request)s and record = any(%(done)s::uuid[])
"""
Pair = tuple[Document, dict[str, Json]]


def next_records(work: Work, request: str) -> tuple[Resource, Sequence[tuple[str, bool]]] | None:
    """Return the next records of one kind, each with whether it is the person's own."""
    rows = work.connection.execute(NEXT, {"request": request, "limit": AT_ONCE}).fetchall()
    if not rows:
        return None
    return work.services.registry[rows[0][1]], [(ident, own) for ident, _, own in rows]


def take_out(
    erasing: Erasing, resource: Resource, rows: Sequence[tuple[str, bool]]
) -> Mapping[str, Mapping[str, Json]]:
    """Take the person out of some records of a kind; return how many, and how many are kept."""
    work, at = erasing.work, erasing.forgetting
    kept = kept_kinds(work).get(resource.name)
    pairs: list[Pair] = []
    own = {ident for ident, is_own in rows if is_own}
    counted = _counted(erasing, [ident for ident, _ in rows])
    counts: dict[str, Json] = {}
    found = work.connection.execute(
        f"select id::text from {resource.table} where id = any(%s::uuid[]) "  # noqa: S608
        "order by id for update",
        [[ident for ident, _ in rows]],
    ).fetchall()
    for document in work.many(resource.type, [ident for (ident,) in found]).values():
        before = copied(document.raw)
        until = kept_until(kept, before, document.meta) if kept is not None else None
        is_kept = document.id in own and until is not None and until > work.now
        if is_kept:
            after = at.kept(resource.type, before)
        elif document.id in own:
            after = at.own_record(resource, before, work.defined(resource))
        else:
            after = at.mentioned(resource.type, before)
        if is_kept and kept is not None and until is not None:
            original = None if same(before, after) else before
            keep_record(work, erasing.request, document, until, original)
            if document.id not in counted:
                counts["kept"] = counts.get("kept", 0) + 1
                counts["keptUntil"] = max(counts.get("keptUntil", ""), format_instant(until))
                counts["reason"] = kept.reason
        elif document.id in own - counted:
            counts["pseudonymised"] = counts.get("pseudonymised", 0) + 1
        document.raw.clear()
        document.raw.update(after)
        pairs.append((document, before))
    _save(work, pairs)
    erasing.run(DONE.format(table=resource.table), done=[ident for ident, _ in rows])
    return {resource.name: counts} if counts else {}


def look_again_at_changed(work: Work, request: str) -> None:
    """Let records that others have written since they were done be done again."""
    kinds = work.connection.execute(
        "select distinct type from erasure_record where request = %s and done", [request]
    ).fetchall()
    for (kind,) in kinds:
        table = work.services.registry[kind].table
        work.connection.execute(
            f"update erasure_record e set done = false from {table} t "  # noqa: S608 - declared
            "where e.request = %s and e.type = %s and e.done and t.id = e.record "
            "and t.version is distinct from e.version",
            [request, kind],
        )


def _counted(erasing: Erasing, idents: Sequence[str]) -> Set[str]:
    """Return which records were done before, and so are counted already."""
    rows = erasing.work.connection.execute(
        "select record::text from erasure_record where request = %s "
        "and record = any(%s::uuid[]) and version is not null",
        [erasing.request, list(idents)],
    ).fetchall()
    return {ident for (ident,) in rows}


def _save(work: Work, pairs: Sequence[Pair]) -> None:
    """Write records; one that cannot be written so is named, and nothing of its batch is done."""
    try:
        work.save_all(pairs)
    except Refusal as refusal:
        keys = ", ".join(one.key for one, _ in pairs)
        faults = "; ".join(f"{one.path} {one.message}" for one in refusal.faults)
        raise Conflict("conflictErasure", f"{keys}: {faults or refusal.message}") from refusal
