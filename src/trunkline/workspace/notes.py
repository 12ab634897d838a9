"""Notes: what people write about records, sealed for the owner of the record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.documents.shape import Json
from trunkline.identity.accounts import normal_login
from trunkline.identity.rights import read_actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.workspace.about import About, must_reach, reaches, row_of
from trunkline.workspace.notifications import Notice, notice_of, tell
from trunkline.workspace.sealed_words import opened, rows_about, sealer_for

TEXT_MAX = 10_000
MENTIONS_MAX = 20
MENTION = re.compile(r"(?<![\w@.])@([\w][\w.+-]*(?:@[\w.-]+\w)?)")
COLUMNS = (
    "id::text, type, record::text, key, owner::text, at, author::text, author_name, said, "
    "edited_at, pinned_at"
)


@dataclass(frozen=True)
class Note:
    """What somebody wrote about a record; `text` is None where the owner's key is gone."""

    id: str
    type: str
    record: str
    key: str
    at: datetime
    author: str
    author_name: str
    text: str | None
    edited_at: datetime | None
    pinned_at: datetime | None


@dataclass(frozen=True)
class Told:
    """Whom to tell something once it stands."""

    principals: Sequence[str]
    notice: Notice


def pass_on(services: Services, told: Told | None) -> None:
    """Tell people what was written; done when that has been committed."""
    if told is not None and told.principals:
        tell(services, told.principals, told.notice)


def mentioned(text: str) -> list[str]:
    """Return the logins that a text names behind an @, each once."""
    found = [normal_login(one.rstrip(".-")) for one in MENTION.findall(text)]
    return list(dict.fromkeys(one for one in found if one))[:MENTIONS_MAX]


def notes_of(
    work: Work, one: About, *, before: str | None = None, limit: int = 50
) -> Sequence[Note]:
    """Return the notes about a record, newest first; `before` is the id to go on from."""
    rows = rows_about(work, "staff_note", COLUMNS, one, before=before, limit=limit)
    return [_note(work, row) for row in rows]


def add_note(work: Work, one: About, text: str, *, pinned: bool = False) -> tuple[Note, Told]:
    """Write a note about a record; returns it and whom to tell that it names them.

    A login behind an @ names somebody who has to do with the record; of others it is just text.
    """
    said = _text(text)
    told = _told(work, one, mentioned(said))
    ident, pinned_at = work.services.chance.uuid(), work.now if pinned else None
    keys = sealer_for(work, one.owner)
    work.connection.execute(
        "insert into staff_note (id, type, record, key, owner, at, author, author_name, said, "
        "pinned_at, partner) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [ident, one.resource.name, one.id, one.key, one.owner, work.now, work.actor.id,
         work.actor.name, keys.seal(one.owner, f"note|{ident}", said.encode()), pinned_at,
         work.actor.partner],
    )  # fmt: skip
    note = Note(
        ident, one.resource.name, one.id, one.key, work.now, work.actor.id, work.actor.name, said,
        None, pinned_at,
    )  # fmt: skip
    return note, told


def change_note(
    work: Work, ident: str, *, text: str | None = None, pinned: bool | None = None
) -> tuple[Note, Told | None]:
    """Change the text of an own note, or pin one to the top; returns it and whom to tell."""
    row, note, one = _reached(work, ident)
    told = None
    if text is not None and text != note.text:
        _must_be_own(work, note, "changed")
        said = _text(text)
        new = [login for login in mentioned(said) if login not in mentioned(note.text or "")]
        told = _told(work, one, new)
        keys = sealer_for(work, row[4])
        work.connection.execute(
            "update staff_note set said = %s, edited_at = %s where id = %s",
            [keys.seal(row[4], f"note|{ident}", said.encode()), work.now, ident],
        )
        note = replace(note, text=said, edited_at=work.now)
    if pinned is not None and pinned != (note.pinned_at is not None):
        note = replace(note, pinned_at=work.now if pinned else None)
        work.connection.execute(
            "update staff_note set pinned_at = %s where id = %s", [note.pinned_at, ident]
        )
    return note, told


def note_of(work: Work, ident: str) -> Note:
    """Return a note within reach, or refuse with 404."""
    return _reached(work, ident)[1]


def remove_note(work: Work, ident: str) -> Note:
    """Remove an own note for good and return what it was."""
    _, note, _ = _reached(work, ident)
    _must_be_own(work, note, "removed")
    work.connection.execute("delete from staff_note where id = %s", [ident])
    return note


def _reached(work: Work, ident: str) -> tuple[tuple[Any, ...], Note, About]:
    sql = f"select {COLUMNS} from staff_note where id = %s for update"  # noqa: S608 - constant
    row = row_of(work, sql, "note", ident)
    one = must_reach(work, "note", row[1], row[2])
    return row, _note(work, row), one


def _must_be_own(work: Work, note: Note, done: str) -> None:
    if note.author != work.actor.id:
        raise Forbidden("notYours", f"a note is {done} by who wrote it: {note.author_name}")


def _text(text: Json) -> str:
    said = text.strip() if isinstance(text, str) else ""
    if not said:
        raise Invalid.of([Fault("text", "required", "write something")])
    if len(said) > TEXT_MAX:
        raise Invalid.of([Fault("text", "tooLong", f"may have {TEXT_MAX} characters")])
    if "\0" in said:
        raise Invalid.of([Fault("text", "badValue", "must not hold a NUL")])
    return said


def _told(work: Work, one: About, logins: Sequence[str]) -> Told:
    """Return whom to tell of the logins that a note names."""
    found = people_with_access(work, one, logins)
    others = [ident for ident in found.values() if ident != work.actor.id]
    notice = notice_of(
        "mention", "named", {"who": work.actor.name, "what": one.told}, f"/go?q={one.key}",
        record=(one.resource.name, one.id),
    )  # fmt: skip
    return Told(others, notice)


def people_with_access(work: Work, one: About, logins: Sequence[str]) -> dict[str, str]:
    """Return the ids, by login, of the active people who have to do with notes about a record."""
    if not logins:
        return {}
    services = work.services
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select u.login, u.principal::text from user_account u "
            "join principal p on p.id = u.principal where p.active and u.login = any(%s)",
            [list(logins)],
        ).fetchall()
        now = services.machine_now()
        found = {}
        for login, principal in rows:
            actor = read_actor(connection, principal=principal, now=now)
            if actor is not None and reaches(actor, one, connection):
                found[login] = principal
    return found


def _note(work: Work, row: Sequence[Any]) -> Note:
    ident, kind, record, key, owner, at, author, name, said, edited_at, pinned_at = row
    text = opened(work, owner, f"note|{ident}", said)
    return Note(ident, kind, record, key, at, author, name, text, edited_at, pinned_at)
