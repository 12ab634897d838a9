"""Attachments: files that people keep with a record, sealed for the record's owner.

What a file is, is told by its first bytes, not by its name; it only ever leaves as a download.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from trunkline.documents.errors import Fault, Forbidden, Invalid, TooLarge, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.workspace.about import About, must_reach, not_there, row_of
from trunkline.workspace.file_kinds import kind_faults, media_type_of, type_faults
from trunkline.workspace.sealed_words import opened, rows_about, sealer_for

NAME_MAX = 200
BYTES_MAX = 10 * 1024 * 1024
LIMIT, SCAN = "attachment_bytes_max", "attachment_scan"
Scan = Callable[[str, bytes], str | None]
"""Looks at a name and a content and returns what is wrong with it, or None."""
COLUMNS = (
    "id::text, type, record::text, key, owner::text, at, author::text, author_name, said, "
    "media_type, size, file_type, version"
)
EARLIER = "select id::text, owner::text, said, version from staff_file where record = %s"


@dataclass(frozen=True)
class File:
    """A file about a record; `name` is None where the owner's key is gone.

    `file_type` is what it is for, a code of the operator's; of several files of one name with a
    record each has a `version` of its own, the newest the highest.
    """

    id: str
    type: str
    record: str
    key: str
    at: datetime
    author: str
    author_name: str
    name: str | None
    media_type: str
    size: int
    file_type: str | None = None
    version: int = 1


def bytes_max(services: Services) -> int:
    """Return how large a file may be in this installation."""
    found: int = services.extra.get(LIMIT, BYTES_MAX)
    return found


def content_faults(services: Services, path: str, name: str, said: str) -> Iterator[Fault]:
    """Yield why a file that comes inside a record, in base 64, is none that would be kept."""
    try:
        content = b64decode("".join(said.split()), validate=True)
    except ValueError:
        yield Fault(path, "badValue", "is no base 64; encode the file so, or send it as a file")
        return
    if len(content) > bytes_max(services):
        message = f"a file may have {bytes_max(services)} bytes; this one has more"
        yield Fault(path, "fileTooLarge", message)
    for one in kind_faults(name, content):
        yield replace(one, path=path)
    scan: Scan | None = services.extra.get(SCAN)
    if scan is not None and (wrong := scan(name, content)) is not None:
        yield Fault(path, "fileRefused", f"{name or 'the file'} was not kept: {wrong}")


def use_scan(services: Services, scan: Scan) -> None:
    """Let something (such as a virus scanner) look at every file before it is kept."""
    services.extra[SCAN] = scan


def files_of(
    work: Work, one: About, *, before: str | None = None, limit: int = 50
) -> Sequence[File]:
    """Return the files about a record, newest first; `before` is the id to go on from."""
    rows = rows_about(work, "staff_file", COLUMNS, one, before=before, limit=limit)
    return [_file(work, row) for row in rows]


def add_file(
    work: Work, one: About, name: Json, content: bytes, *, file_type: str | None = None
) -> File:
    """Keep a file with a record and return it, as the next version of those of its name.

    Refuses one that is too large (413), empty, without a name, of no kind that is kept, said to be
    for what the operator does not know, or not clean (400).
    """
    called = _name(name)
    limit = bytes_max(work.services)
    if len(content) > limit:
        raise TooLarge("fileTooLarge", f"a file may have {limit} bytes; {called} has more")
    if not content:
        raise Invalid.of([Fault("content", "required", f"{called} is empty; choose another file")])
    refuse([*kind_faults(called, content), *type_faults(work, file_type)])
    scan: Scan | None = work.services.extra.get(SCAN)
    if scan is not None and (wrong := scan(called, content)) is not None:
        raise Invalid.of([Fault("content", "fileRefused", f"{called} was not kept: {wrong}")])
    ident, kind = work.services.chance.uuid(), media_type_of(called, content)
    version = _next_version(work, one, called)
    keys = sealer_for(work, one.owner)
    work.connection.execute(
        "insert into staff_file (id, type, record, key, owner, at, author, author_name, said, "
        "media_type, size, content, file_type, version) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %b, %s, %s)",
        [ident, one.resource.name, one.id, one.key, one.owner, work.now, work.actor.id,
         work.actor.name, keys.seal(one.owner, f"file|{ident}", called.encode()), kind,
         len(content), keys.seal(one.owner, f"content|{ident}", content), file_type or None,
         version],
    )  # fmt: skip
    return File(
        ident, one.resource.name, one.id, one.key, work.now, work.actor.id, work.actor.name,
        called, kind, len(content), file_type or None, version,
    )  # fmt: skip


def _next_version(work: Work, one: About, called: str) -> int:
    """Return the version that a file of a name gets; two at once get two."""
    work.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"file|{one.id}"]
    )
    rows = work.connection.execute(EARLIER, [one.id]).fetchall()
    named = called.casefold()
    return 1 + max(
        (
            version
            for ident, owner, said, version in rows
            if (opened(work, owner, f"file|{ident}", said) or "").casefold() == named
        ),
        default=0,
    )


def file_of(work: Work, ident: str) -> File:
    """Return a file within reach without its content, or refuse with 404."""
    return _file(work, _reached(work, ident)[0])


def content_of(work: Work, ident: str) -> tuple[File, bytes]:
    """Return a file within reach with its content; 404 also where that was erased."""
    row, _ = _reached(work, ident)
    sql = "select content from staff_file where id = %s"
    (sealed,) = row_of(work, sql, "file", ident)
    keyring = work.services.keyring
    content = keyring.open(work.connection, row[4], f"content|{ident}", bytes(sealed))
    if content is None:
        raise not_there("file")
    return _file(work, row), content


def download_headers(file: File) -> dict[str, str]:
    """Return the headers under which no browser shows or runs a file, only keeps it."""
    name = file.name or file.id
    plain = "".join(one if one.isascii() and one not in '"\\' else "_" for one in name)
    coded = quote(name, safe="")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def remove_file(work: Work, ident: str) -> File:
    """Remove a file for good; who added it may, and who may change the record."""
    row, one = _reached(work, ident)
    file = _file(work, row)
    if file.author != work.actor.id and work.actor.grant(one.resource, "update") is None:
        raise Forbidden("notYours", f"a file is removed by who added it: {file.author_name}")
    work.connection.execute("delete from staff_file where id = %s", [ident])
    return file


def _reached(work: Work, ident: str) -> tuple[Sequence[Any], About]:
    sql = f"select {COLUMNS} from staff_file where id = %s"  # noqa: S608 - constant
    row = row_of(work, sql, "file", ident)
    return row, must_reach(work, "file", row[1], row[2])


def _name(name: Json) -> str:
    """Return a file's name without folders and without what no name holds."""
    text = name.replace("\\", "/").rpartition("/")[2] if isinstance(name, str) else ""
    text = "".join(one for one in text if one.isprintable()).strip()
    if not text or text.strip(".") == "":
        raise Invalid.of([Fault("name", "required", "the file needs a name")])
    stem, dot, ending = text.rpartition(".")
    if len(text) > NAME_MAX and dot and len(ending) < 20:
        return f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}"
    return text[:NAME_MAX]


def _file(work: Work, row: Sequence[Any]) -> File:
    (ident, kind, record, key, owner, at, author, author_name, said, media_type, size,
     file_type, version) = row  # fmt: skip
    name = opened(work, owner, f"file|{ident}", said)
    return File(
        ident, kind, record, key, at, author, author_name, name, media_type, size, file_type,
        version,
    )  # fmt: skip
