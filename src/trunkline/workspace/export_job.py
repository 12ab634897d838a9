"""Exports: the records of a list as a file, with the rights and masks of who asks, when it is made.

Few records are a file at once; many are a job that reads a part at a time and writes it as the next
piece of the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trunkline.documents.decode import load
from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.filters import Condition, ListQuery
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.reading import Reader, bodies_of, list_page
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.rest.archived import out_of_archive
from trunkline.rest.query import VALUES_MAX, parse
from trunkline.rest.reads import note_read
from trunkline.workspace.job import parts_of
from trunkline.workspace.jobs import LINES_MAX, At, job_kind, set_parts, start
from trunkline.workspace.many import schema_of
from trunkline.workspace.tables import FORMATS, PIECES, Format, cells_of, file_name

WHOLE_AT_ONCE = 200
"""Of a format that is made whole, so many records are made while the asker waits."""


@dataclass(frozen=True)
class Export:
    """What is wanted of a list: its query in the interfaces' words, columns and a format.

    `columns` are pairs of a path and its title; JSON takes the paths as names, and with no columns
    whole records. With `idents` it is those records of the list alone.
    """

    query: str
    columns: Sequence[tuple[str, str]]
    format: Format
    idents: Sequence[str] = ()


def export_now(
    services: Services, actor: Actor, resource: Resource, wanted: Export, *, title: str
) -> bytes | None:
    """Return the file, or None where there are too many records to make it at once.

    That a list was taken away is noted like one that was shown.
    """
    _check(resource, wanted)
    heads, pieces, done = _heads(wanted), [], 0
    writer = PIECES[wanted.format]
    pieces.append(writer.first(heads, title))
    cursor: str | None = None
    while True:
        with transaction(services, actor) as work:
            rows, cursor, total = _part(work, resource, wanted, cursor)
        writer.check(len(heads), total or 0)
        if not done and (total is None or (writer.is_whole and total > WHOLE_AT_ONCE)):
            return None
        pieces.append(writer.rows(heads, rows, is_first=not done))
        done += len(rows)
        if cursor is None:
            end = writer.last(pieces, services.now())
            note_read(services, actor, actor.must(resource, "read"), resource, None)
            return end if writer.is_whole else b"".join([*pieces, end])


def export_later(
    services: Services, actor: Actor, resource: Resource, wanted: Export, *, title: str,
    told: Mapping[str, Json] | None = None,
) -> str:  # fmt: skip
    """Begin to make the file in the background; return the id of the job.

    Who begins it is noted as one who reads the list.
    """
    _check(resource, wanted)
    grant = actor.must(resource, "read")
    asked: dict[str, Json] = {
        "query": wanted.query, "columns": [list(one) for one in wanted.columns],
        "format": wanted.format, "told": dict(told) if told else None,
        "idents": list(dict.fromkeys(wanted.idents)),
    }  # fmt: skip
    job = start(services, actor, kind="export", resource=resource.name, title=title, asked=asked)
    note_read(services, actor, grant, resource, None)
    return job


@job_kind("export")
def export_piece(at: At) -> bool:
    """Write the next piece of a file; the last one is what ends it.

    Each piece holds as many records as are read at once, and nothing of the others.
    """
    asked: Mapping[str, Json] = at.job.asked
    wanted = Export(asked["query"], [tuple(one) for one in asked["columns"]], asked["format"],
                    asked.get("idents", ()))  # fmt: skip
    if at.job.collected:
        _end_file(at, wanted)
        return True
    done = at.job.done
    with transaction(at.services, at.actor) as work:
        rows, cursor, total = _part(work, at.resource, wanted, at.job.reached, exact=not done)
    if done + len(rows) > LINES_MAX or (total is not None and total > LINES_MAX):
        raise Conflict("conflictMany", f"a file may have {LINES_MAX} records; narrow the list")
    writer, heads = PIECES[wanted.format], _heads(wanted)
    writer.check(len(heads), total or done + len(rows))
    piece = writer.rows(heads, rows, is_first=not done)
    if not done:
        piece = writer.first(heads, at.job.title) + piece
    with at.services.database.app.connection() as connection, connection.transaction():
        set_parts(at, connection, done, [piece])
        connection.execute(
            "update job set done = %s, reached = %s, collected = %s, total = coalesce(total, %s) "
            "where id = %s",
            [done + len(rows), cursor, cursor is None, total, at.job.id],
        )
    return False


def _end_file(at: At, wanted: Export) -> None:
    writer, now = PIECES[wanted.format], at.services.now()
    end = writer.last(parts_of(at.services, at.job), now)
    name = file_name(at.job.title, wanted.format, now)
    with at.services.database.app.connection() as connection, connection.transaction():
        if writer.is_whole:
            connection.execute("delete from job_part where job = %s", [at.job.id])
        set_parts(at, connection, at.job.done + 1, [end])
        connection.execute(
            "update job set total = done, file_name = %s where id = %s", [name, at.job.id]
        )


def _part(
    work: Work, resource: Resource, wanted: Export, cursor: str | None, *, exact: bool = False
) -> tuple[list[Json], str | None, int | None]:
    """Return the next rows as the asker sees them, the cursor behind them and the total."""
    grant = work.actor.must(resource, "read")
    limit = work.services.page_max
    query = parse(f"{wanted.query}&limit={limit}", schema_of(work, resource))
    query, behind = _within(replace(query, after=cursor), wanted.idents, cursor)
    query = out_of_archive(work.actor, resource, query)
    page = list_page(work, work.actor, grant, resource, query, exact=exact)
    hidden = hidden_paths(resource, grant.sees)
    bodies = bodies_of(Reader(resource, grant, ""), page.rows)
    rows: list[Json] = []
    for found, body in zip(page.rows, bodies, strict=True):
        document = load(body)
        if not wanted.columns:
            document.pop("href", None)
            rows.append(document)
            continue
        document["updatedAt"] = format_instant(found.updated_at)
        paths = [
            one for one, _ in wanted.columns
            if hidden is None or one in {"id", "key", "updatedAt"} or not is_hidden(hidden, one)
        ]  # fmt: skip
        cells = dict(zip(paths, cells_of(document, paths), strict=True))
        rows.append([cells.get(one) for one, _ in wanted.columns])
    if wanted.idents:
        return rows, behind, len(wanted.idents)
    return rows, page.next, page.total


def _within(
    query: ListQuery, idents: Sequence[str], cursor: str | None
) -> tuple[ListQuery, str | None]:
    """Return a query of the next of the records that are named, and the cursor behind those."""
    if not idents:
        return query, None
    begin = int(cursor or 0)
    end = begin + min(query.limit, VALUES_MAX)
    named = Condition("id", (), "any", "eq", tuple(idents[begin:end]))
    kept = replace(query, after=None, conditions=(*query.conditions, named))
    return kept, str(end) if end < len(idents) else None


def _heads(wanted: Export) -> list[str]:
    return [path if wanted.format == "json" else title for path, title in wanted.columns]


def _check(resource: Resource, wanted: Export) -> None:
    faults = []
    if wanted.format not in FORMATS:
        faults.append(Fault("format", "badValue", f"must be one of: {', '.join(FORMATS)}"))
    elif not wanted.columns and wanted.format != "json":
        faults.append(Fault("columns", "missing", f"name the columns of {resource.title} to have"))
    refuse(faults)
