"""Happenings: what there is to tell about a record, of every kind, newest first, in one read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.patch import ABSENT, Change, decode_changes
from trunkline.documents.shape import parse_instant
from trunkline.kernel.ddl import column_name
from trunkline.kernel.masks import Mask, hidden_paths, is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, array_of, may_reach, scope
from trunkline.kernel.work import Work
from trunkline.screens.timeline import Family, Happens, told_kinds, told_of
from trunkline.web.records import Record, hidden_of
from trunkline.workspace.about import may_note
from trunkline.workspace.sealed_words import opened

PAGE = 30
OPEN_MAX, PINNED_MAX = 50, 10
STAFF_KINDS = ("note", "task", "file")


COLUMNS = "kind, id, at, actor, actor_name, owner, said, more"


@dataclass(frozen=True)
class Subject:
    """A record whose changes are told, and what of it is hidden from the visitor."""

    resource: Resource
    id: str
    hidden: Mask | None


@dataclass(frozen=True)
class Happening:
    """One thing that happened. `more` holds what only its kind has; `text` is None where erased."""

    kind: str
    id: str
    at: datetime
    actor: str
    actor_name: str
    text: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    hidden: int = 0

    @property
    def place(self) -> str:
        """The place in the order, to go on from."""
        return f"{self.at.isoformat()}~{self.id}"


@dataclass(frozen=True)
class Happened:
    """One page: what stands on top of the first one, the rest in order, where to go on."""

    todo: Sequence[Happening]
    pinned: Sequence[Happening]
    rest: Sequence[Happening]
    older: str


def subjects_of(work: Work, record: Record) -> list[Subject]:
    """Return a record and, where it is somebody's role, the party that plays it."""
    found = [Subject(record.resource, record.id, record.hidden)]
    party = record.document.get("engagedParty")
    if isinstance(party, dict) and UUID.match(str(party.get("id"))):
        resource = work.services.registry.resources.get(str(party.get("@referredType")))
        grant = work.actor.grant(resource, "read") if resource is not None else None
        is_seen = grant is not None and (
            may_reach(work.actor, grant, party["id"], None)
            or bool(grant.limits and resource and work.many(resource.type, [party["id"]]))
        )
        if resource and grant and is_seen:
            found.append(Subject(resource, party["id"], hidden_paths(resource, grant.sees)))
    return found


def families_for(work: Work, record: Record) -> list[tuple[Family, list[Resource]]]:
    """Return the families of which the visitor may read a kind, with those kinds."""
    is_somebody = "engagedParty" in record.document or record.resource.owner_is_self
    found = []
    for family, told in told_kinds():
        kinds = [
            resource
            for one in told
            if (resource := work.services.registry.resources.get(one.kind)) is not None
            and work.actor.grant(resource, "read") is not None
            and not (is_somebody and one.clutters)
            and one.kind != record.resource.name
        ]
        if kinds:
            found.append((family, kinds))
    return found


def happened(
    work: Work, record: Record, *, kind: str = "", before: str = "", channel: str = ""
) -> Happened:
    """Return what there is to tell about a record, of one kind or of all; `before` goes on.

    Where a `channel` is named, only what came by that one.
    """
    subjects = subjects_of(work, record)
    branches = [*_branches(work, record, subjects, kind, before, channel)]
    if not branches:
        return Happened((), (), (), "")
    sql = " union all ".join(f"({one.text})" for one in branches)
    parameters = [value for one in branches for value in one.parameters]
    rows = work.connection.execute(
        f"select * from ({sql}) h({COLUMNS}) order by at desc, id desc",  # noqa: S608 - from our own names
        parameters,
    ).fetchall()
    told = [_happening(work, subjects, row) for row in rows]
    rest = [one for one in told if one.kind not in {"todo", "pinned"}]
    if kind in {"state", "change"}:
        rest = [one for one in rest if one.kind == kind]
    more = len(rest) > PAGE or (len(rows) > PAGE and kind in {"state", "change"})
    shown = rest[:PAGE]
    last = shown[-1].place if shown else (told[-1].place if told else "")
    return Happened(
        sorted((one for one in told if one.kind == "todo"), key=_due),
        [one for one in told if one.kind == "pinned"],
        shown,
        last if more else "",
    )


def _due(one: Happening) -> tuple[str, str]:
    return one.more["due"] or "9999", one.id


def _place(before: str) -> tuple[datetime, str] | None:
    at, _, ident = before.partition("~")
    try:
        return (parse_instant(at), ident) if UUID.fullmatch(ident) else None
    except ValueError:
        return None


def _branches(
    work: Work,
    record: Record,
    subjects: Sequence[Subject],
    kind: str,
    before: str,
    channel: str,
) -> Iterable[Sql]:
    place = _place(before)
    families = families_for(work, record)
    own = [] if channel else ["note", "task", "file", "change"]
    wanted = [kind] if kind else [*own, *(family.name for family, _ in families)]
    if {"change", "state"} & set(wanted):
        yield from (_audits(one, place) for one in subjects)
    ids = array_of(one.id for one in subjects)
    if may_note(work.actor, record.resource):
        for name in STAFF_KINDS:
            if name in wanted:
                yield _beside(name, ids, place)
        if place is None and "task" in wanted:
            yield _open_tasks(ids)
        if place is None and "note" in wanted:
            yield _pinned(ids)
    for family, kinds in families:
        if family.name in wanted:
            for one in kinds:
                told = told_of(one.name)
                if told is not None and (told.channel or not channel):
                    yield _about(work, one, told, ids, place, channel)


def _older(sql: Sql, at: str, ident: str, place: tuple[datetime, str] | None) -> None:
    if place is not None:
        sql.also(f"({at}, {ident}) < (%s, %s::uuid)", *place)


def _finished(sql: Sql, columns: str, source: str, order: str, limit: int) -> Sql:
    text = f"select {columns} from {source} where {sql.text} "  # noqa: S608 - our own names
    text += f"order by {order} limit {limit}"
    return Sql(text, sql.parameters)


def _audits(one: Subject, place: tuple[datetime, str] | None) -> Sql:
    sql = Sql()
    sql.also("a.subject = %s::uuid", one.id)
    _older(sql, "a.at", "a.id", place)
    columns = (
        "'change', a.id::text, a.at, a.actor::text, a.actor_name, a.owner::text, a.changes, "
        "json_build_object('action', a.action, 'type', a.type, 'subject', a.subject, "
        "'channel', a.channel)"
    )
    return _finished(sql, columns, "audit a", "a.version desc, a.at desc", PAGE + 1)


BESIDE = {
    "note": ("staff_note", "json_build_object('edited', edited_at is not null)",
             "pinned_at is null"),
    "task": ("staff_task", "json_build_object('due', due, 'assignee', assignee_name, 'assignedTo', "
             "assignee, 'done', done_at, 'doneBy', done_by_name)", "done_at is not null"),
    "file": ("staff_file", "json_build_object('size', size, 'mediaType', media_type, "
             "'fileType', file_type, 'version', version)", "true"),
}  # fmt: skip


def _columns(kind: str, name: str) -> str:
    return (
        f"'{kind}', id::text, at, author::text, author_name, owner::text, said, {BESIDE[name][1]}"
    )


def _beside(name: str, ids: str, place: tuple[datetime, str] | None) -> Sql:
    sql = Sql()
    sql.also("record = any(%s::uuid[])", ids)
    sql.also(BESIDE[name][2])
    _older(sql, "at", "id", place)
    return _finished(sql, _columns(name, name), BESIDE[name][0], "at desc, id desc", PAGE + 1)


def _open_tasks(ids: str) -> Sql:
    sql = Sql("record = any(%s::uuid[]) and done_at is null", [ids])
    return _finished(sql, _columns("todo", "task"), "staff_task", "due, id", OPEN_MAX)


def _pinned(ids: str) -> Sql:
    sql = Sql("record = any(%s::uuid[]) and pinned_at is not null", [ids])
    return _finished(sql, _columns("pinned", "note"), "staff_note", "at desc", PINNED_MAX)


def _about(
    work: Work,
    resource: Resource,
    how: Happens,
    ids: str,
    place: tuple[datetime, str] | None,
    channel: str,
) -> Sql:
    sql = scope(resource, work.actor, work.actor.must(resource, "read"))
    sql.also(
        f"t.id in (select f.source from {resource.reference_table} f "  # noqa: S608
        "where f.target = any(%s::uuid[]) and f.type = %s)",
        ids,
        resource.name,
    )
    hidden = hidden_of(work, resource)
    at = "t.created_at"
    for path in reversed(how.at.split()):
        if hidden is None or not is_hidden(hidden, path):
            at = f"coalesce(({_value(path)})::timestamptz, {at})"
    _older(sql, at, "t.id", place)
    if channel:
        is_seen = hidden is None or not is_hidden(hidden, _plain(how.channel))
        sql.also(f"{_says(how.channel)} and %s", channel, is_seen)
    told = "".join(f", '{name}', {one}" for name, one in _told_columns(hidden, how))
    columns = (
        f"'{how.family.name}', t.id::text, {at}, null::text, null::text, "
        "t.owner::text, null::bytea, "
        f"json_build_object('type', '{resource.name}', 'key', t.key, "
        f"'state', {_state_column(work, resource)}{told})"
    )
    order = f"{at} desc, t.id desc"
    return _finished(sql, columns, f"{resource.table} t", order, PAGE + 1)


def _told_columns(hidden: Mask | None, how: Happens) -> Iterable[tuple[str, str]]:
    """Yield the names and the SQL of what is told of a record, as far as the visitor may see it."""
    for name, path in how.paths.items():
        is_seen = hidden is None or not is_hidden(hidden, _plain(path))
        yield name, _value(path) if is_seen else "null::text"


def _value(path: str) -> str:
    """Return the SQL of the text at a path that somebody declared."""
    return f"t.doc #>> '{{{path.replace('.', ',')}}}'"


def _says(path: str) -> str:
    """Return the SQL that asks whether some element at a path says a word."""
    steps = "".join(f'."{one}"' for one in _plain(path).split("."))
    word = "jsonb_build_object('word', %s::text)"
    return f"jsonb_path_exists(t.doc::jsonb, '${steps} ? (@ == $word)', {word})"


def _plain(path: str) -> str:
    """Return a path without the places in lists."""
    return ".".join(one for one in path.split(".") if not one.isdigit())


def _state_column(work: Work, resource: Resource) -> str:
    """Return the column of the published state, where the visitor may see that."""
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return "null"
    path = resource.type.attributes()[lifecycle.attribute].json_name
    hidden = hidden_of(work, resource)
    found = [one for one in resource.promote if one.path == path]
    if not found or (hidden is not None and is_hidden(hidden, path)):
        return "null"
    return f"t.{column_name(found[0])}"


def _happening(work: Work, subjects: Sequence[Subject], row: Sequence[Any]) -> Happening:
    kind, ident, at, actor, name, owner, said, body = row
    more = load(body)
    if kind == "change":
        return _change(work, subjects, row, more)
    text = None
    if said is not None:
        purpose = {"todo": "task", "pinned": "note"}.get(kind, kind)
        text = opened(work, owner, f"{purpose}|{ident}", said)
    return Happening(kind, ident, at, actor or "", name or "", text, more)


def _change(
    work: Work, subjects: Sequence[Subject], row: Sequence[Any], more: dict[str, Any]
) -> Happening:
    _, ident, at, actor, name, owner, said, _ = row
    body = work.services.keyring.open(work.connection, owner, f"audit|{ident}", bytes(said))
    subject = next(one for one in subjects if one.id == more["subject"])
    changes = decode_changes(load(body)) if body is not None else []
    hidden = subject.hidden
    seen = [one for one in changes if hidden is None or not is_hidden(hidden, one.path)]
    return Happening(
        "state" if _moves(subject.resource, seen) else "change",
        ident, at, actor, name, "" if body is not None else None,
        more | {"title": subject.resource.title}, seen, len(changes) - len(seen),
    )  # fmt: skip


def _moves(resource: Resource, changes: Sequence[Change]) -> bool:
    """Tell whether a change brought a record into another state."""
    if resource.lifecycle is None:
        return False
    own = resource.type.attributes()
    names = {own[one].json_name for one in (resource.lifecycle.attribute,
                                            resource.lifecycle.internal) if one}  # fmt: skip
    return any(one.path in names and one.old is not ABSENT for one in changes)
