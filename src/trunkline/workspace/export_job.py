"""Exports: the records of a list as a file, with the rights and masks of who asks, when it is made.

Few records are a file at once; many are a job that reads a part at a time and makes the file last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.reading import Reader, bodies_of, list_page
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.rest.query import parse
from trunkline.workspace.job import parts_of
from trunkline.workspace.jobs import LINES_MAX, At, job_kind, set_parts, start
from trunkline.workspace.many import schema_of
from trunkline.workspace.tables import (
    FORMATS,
    Cell,
    Format,
    as_csv,
    as_json,
    as_xlsx,
    cells_of,
    file_name,
)

DIRECT_MAX = 10_000
PART_BYTES = 1 << 20
WRITERS = {"csv": as_csv, "xlsx": as_xlsx, "json": as_json}


@dataclass(frozen=True)
class Export:
    """What is wanted of a list: its query in the interfaces' words, columns and a format.

    `columns` are pairs of a path and its title; JSON takes the paths as names, and with no columns
    whole records.
    """

    query: str
    columns: Sequence[tuple[str, str]]
    format: Format


def export_now(
    services: Services, actor: Actor, resource: Resource, wanted: Export
) -> bytes | None:
    """Return the file, or None where there are too many records to make it at once."""
    _check(resource, wanted)
    rows: list[Json] = []
    cursor: str | None = None
    while True:
        with transaction(services, actor) as work:
            found, cursor, total = _part(work, resource, wanted, cursor)
        if total is None and not rows:
            return None
        rows += found
        if cursor is None:
            return _file(wanted, rows)


def export_later(
    services: Services, actor: Actor, resource: Resource, wanted: Export, *, title: str
) -> str:
    """Begin to make the file in the background; return the id of the job."""
    _check(resource, wanted)
    actor.must(resource, "read")
    asked: dict[str, Json] = {
        "query": wanted.query, "columns": [list(one) for one in wanted.columns],
        "format": wanted.format,
    }  # fmt: skip
    return start(services, actor, kind="export", resource=resource.name, title=title, asked=asked)


@job_kind("export")
def export_piece(at: At) -> bool:
    """Read the next records of an export, or make its file of those that were read."""
    asked: Mapping[str, Json] = at.job.asked
    wanted = Export(asked["query"], [tuple(one) for one in asked["columns"]], asked["format"])
    if at.job.collected:
        rows = [row for part in parts_of(at.services, at.job) for row in load(part)]
        _keep_file(at, wanted, rows)
        return True
    with transaction(at.services, at.actor) as work:
        rows, cursor, _ = _part(work, at.resource, wanted, at.job.reached)
    done = at.job.done + len(rows)
    if done > LINES_MAX:
        raise Conflict("conflictMany", f"a file may have {LINES_MAX} records; narrow the list")
    with at.services.database.app.connection() as connection, connection.transaction():
        set_parts(at, connection, at.job.done, [encode(rows)])
        connection.execute(
            "update job set done = %s, reached = %s, collected = %s where id = %s",
            [done, cursor, cursor is None, at.job.id],
        )
    return False


def _keep_file(at: At, wanted: Export, rows: list[Json]) -> None:
    content = _file(wanted, rows)
    parts = [content[one : one + PART_BYTES] for one in range(0, len(content), PART_BYTES)]
    name = file_name(at.job.title, wanted.format, at.services.now())
    with at.services.database.app.connection() as connection, connection.transaction():
        connection.execute("delete from job_part where job = %s", [at.job.id])
        set_parts(at, connection, 0, parts)
        connection.execute(
            "update job set total = %s, file_name = %s where id = %s",
            [len(rows), name, at.job.id],
        )


def _part(
    work: Work, resource: Resource, wanted: Export, cursor: str | None
) -> tuple[list[Json], str | None, int | None]:
    """Return the next rows as the asker sees them, the cursor behind them and the total."""
    grant = work.actor.must(resource, "read")
    limit = work.services.page_max
    query = parse(f"{wanted.query}&limit={limit}", schema_of(work, resource))
    page = list_page(work, work.actor, grant, resource, replace(query, after=cursor))
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
    return rows, page.next, page.total


def _file(wanted: Export, rows: list[Json]) -> bytes:
    if not wanted.columns:
        return encode(rows)
    names = [path if wanted.format == "json" else title for path, title in wanted.columns]
    cells: list[list[Cell]] = rows
    return WRITERS[wanted.format](names, cells)


def _check(resource: Resource, wanted: Export) -> None:
    faults = []
    if wanted.format not in FORMATS:
        faults.append(Fault("format", "badValue", f"must be one of: {', '.join(FORMATS)}"))
    elif not wanted.columns and wanted.format != "json":
        faults.append(Fault("columns", "missing", f"name the columns of {resource.title} to have"))
    refuse(faults)
