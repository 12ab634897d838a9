"""Moving: what refers to one record refers to another one from now on, and back again.

Who a record belongs to is said anew; what it says of the same person stays. So the rules about
what it says are not asked again: an order that has begun follows as well as one that has not.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.patch import copied
from trunkline.documents.references import Found, references
from trunkline.documents.shape import Json
from trunkline.identity.principals import SIGNED_IN_FOR, sign_in_for
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Document, Registry
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work

AT_ONCE = 200
APART = ("DuplicatePair",)
"""Pairs are settled by the merge itself."""
STAFF = ("staff_note", "staff_task", "staff_file")
OWNED = ("record", "search_entry", "plan_item")
OWNER = "owner"
PRINCIPAL = "principal"


@dataclass(frozen=True)
class Side:
    """A record by its id and key."""

    id: str
    key: str


def without_rules(services: Services) -> Services:
    """Return the same services for a transaction in which the rules about records are not asked."""
    registry: Registry = copy.copy(services.registry)
    registry.rules, registry.completions = {}, {}
    return replace(services, registry=registry)


def move_part(work: Work, merge: str, old: Side, new: Side) -> int:
    """Let the next records that refer to `old` refer to `new`; return how many there were."""
    moved = 0
    for kind, idents in _referring(work, merge, old.id).items():
        edited = []
        for ident in idents:
            document = work.lock(work.services.registry[kind].type, ident)
            before = copied(document.raw)
            places = []
            for one in references(type(document), document.raw):
                if one.id == old.id:
                    _point(one, new.id)
                    places.append(_place(one))
            if places:
                edited.append((document, before))
                _remember(work, merge, kind, document.id, places)
        work.save_all(edited)
        moved += len(edited)
    return moved


def _referring(work: Work, merge: str, ident: str) -> dict[str, list[str]]:
    tables = sorted({one.reference_table for one in work.services.registry})
    union = " union ".join(
        f"select type, source::text as source from {table} "  # noqa: S608 - declared names
        "where target = %s and type <> all(%s) and source <> all(%s::uuid[])"
        for table in tables
    )
    rows = work.connection.execute(
        f"select type, source from ({union}) u order by type, source limit %s",  # noqa: S608
        [*[ident, list(APART), [ident, merge]] * len(tables), AT_ONCE],
    ).fetchall()
    found: dict[str, list[str]] = {}
    for kind, source in rows:
        found.setdefault(kind, []).append(source)
    return found


def _point(one: Found, ident: str) -> None:
    one.holder["id"] = ident
    one.holder.pop("href", None)
    one.holder.pop("name", None)


def _place(one: Found) -> str:
    """Return where a reference stands and in which role; its number in a list may change."""
    return f"{one.path}|{one.role or ''}"


def _remember(work: Work, merge: str, kind: str, ident: str, places: Sequence[str]) -> None:
    work.connection.execute(
        "insert into merge_moved (merge, kind, record, places) values (%s, %s, %s, %s) "
        "on conflict (merge, kind, record) do update set "
        "places = merge_moved.places || excluded.places",
        [merge, kind, ident, list(places)],
    )


def move_beside(work: Work, merge: str, old: Side, new: Side) -> None:
    """Let notes, tasks and files be about `new`, and what was owned by `old` be owned by it.

    Who signs in for `old` does so for `new`.
    """
    for table in STAFF:
        rows = work.connection.execute(
            f"update {table} set record = %s, key = %s where record = %s "  # noqa: S608 - constant
            "returning id::text",
            [new.id, new.key, old.id],
        ).fetchall()
        for (ident,) in rows:
            _remember(work, merge, table, ident, ["record"])
    for table, column in _owned(work):
        rows = work.connection.execute(
            f"update {table} set owner = %s where owner = %s and {column} <> %s "  # noqa: S608
            f"returning {column}::text",
            [new.id, old.id, old.id],
        ).fetchall()
        for (ident,) in rows:
            _remember(work, merge, table, ident, [OWNER])
    for column in SIGNED_IN_FOR:
        for ident in sign_in_for(work.connection, column, old.id, new.id):
            _remember(work, merge, PRINCIPAL, ident, [column])
    work.connection.execute(
        "update notification set record = %s where record = %s", [new.id, old.id]
    )


def _owned(work: Work) -> Iterator[tuple[str, str]]:
    """Yield the tables whose rows belong to somebody, and the column that names a row."""
    for resource in work.services.registry:
        if is_scoped(resource) and not resource.owner_is_self:
            yield resource.table, "id"
    for table in OWNED:
        yield table, "record" if table == "search_entry" else "id"


# --- and back -------------------------------------------------------------------------------


def return_part(work: Work, merge: str, old: Side, new: Side) -> tuple[int, list[dict[str, Json]]]:
    """Give the next records back to `old`; return how many there were and which ones stay."""
    rows = work.connection.execute(
        "select kind, record::text, places from merge_moved where merge = %s "
        "and returned_at is null order by kind, record limit %s for update",
        [merge, AT_ONCE],
    ).fetchall()
    stayed: list[dict[str, Json]] = []
    for kind, ident, places in rows:
        if kind in STAFF:
            work.connection.execute(
                f"update {kind} set record = %s, key = %s "  # noqa: S608 - one of ours
                "where id = %s and record = %s",
                [old.id, old.key, ident, new.id],
            )
        elif kind == PRINCIPAL:
            for column in places:
                sign_in_for(work.connection, column, new.id, old.id, only=[ident])
        elif kind not in work.services.registry.resources:
            _own_again(work, kind, ident, old, new)
        elif (left := _give_back(work, kind, ident, places, old, new)) is not None:
            stayed.append(left)
    work.connection.execute(
        "update merge_moved set returned_at = now() where merge = %s and record = any(%s::uuid[])",
        [merge, [ident for _, ident, _ in rows]],
    )
    return len(rows), stayed


def _own_again(work: Work, table: str, ident: str, old: Side, new: Side) -> None:
    columns = dict(_owned(work))
    if table in columns:
        work.connection.execute(
            f"update {table} set owner = %s where {columns[table]} = %s and owner = %s",  # noqa: S608
            [old.id, ident, new.id],
        )


def _give_back(
    work: Work, kind: str, ident: str, places: Sequence[str], old: Side, new: Side
) -> dict[str, Json] | None:
    """Point what was moved back to `old`; return what stays and why, None where nothing does."""
    resource = work.services.registry[kind]
    if work.get(resource.type, ident) is None:
        return {"id": ident, "key": ident, "kind": kind, "reason": "removed"}
    document: Document = work.lock(resource.type, ident)
    before = copied(document.raw)
    left = list(places)
    for one in references(type(document), document.raw):
        if one.id == new.id and _place(one) in left:
            left.remove(_place(one))
            _point(one, old.id)
    work.save_all([(document, before)])
    if not left:
        return None
    return {"id": document.id, "key": document.key, "kind": kind, "reason": "changedSince"}


def patch_back(
    before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Json]:
    """Return the values of before a merge for what is still as the merge left it."""
    return {
        name: before.get(name)
        for name, value in after.items()
        if encode(now.get(name)) == encode(value)
    }
