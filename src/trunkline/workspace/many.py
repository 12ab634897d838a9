"""Many records at once: changed, removed, and brought back to what they were before.

Each record is written by the functions that the interfaces call, in a transaction of its own or,
where lines are done together, with others; what is refused of one stays with that one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.errors import DeadlockDetected

from trunkline.documents.errors import Conflict, Invalid, Refusal
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.filters import Schema
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.reading import list_page
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.session import is_limited, is_narrow
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work, transaction
from trunkline.rest.archived import out_of_archive
from trunkline.rest.query import parse
from trunkline.rest.removal import remove as remove_record
from trunkline.rest.writing import change, is_amended
from trunkline.workspace.elements import ElementChange, must_be_possible, patch_of
from trunkline.workspace.job import Job, Line, every_line, lines_of
from trunkline.workspace.jobs import (
    LINES_MAX,
    At,
    add_lines,
    job_kind,
    refused_detail,
    seal_detail,
    start,
)

MERGE = "application/merge-patch+json"
PIECE_S = 2.0
AT_ONCE = 100
TOGETHER = 200
"""How many lines are done in one transaction where they can be."""
PREVIEW_MAX = 50
UNDONE_BY = {"change": "undo", "import": "undo"}
"""The kind of job that takes one of another kind back."""
Outcome = tuple[str, str | None, str | None, int | None, Json]
"""What became of a record: state, id, key, version and detail."""
Together = Callable[[Work, Sequence[Line]], Sequence[tuple[Line, Outcome | Refusal]]]
"""Does some lines, or the first of them, and returns what became of each of those.

It raises a refusal where what it has written cannot stand together.
"""


@dataclass(frozen=True)
class Tried:
    """What would become of one record: the values before and after, or why it is refused."""

    key: str
    label: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    faults: Sequence[Mapping[str, Json]]


class _Enough(Exception):
    """Ends a transaction in which something was only tried."""


# --- asking for it --------------------------------------------------------------------------


def change_many(
    services: Services, actor: Actor, resource: Resource, *, title: str,
    patch: Mapping[str, Json], query: str | None, idents: Sequence[str] = (),
    elements: Sequence[ElementChange] = (), told: Mapping[str, Json] | None = None,
) -> str:  # fmt: skip
    """Begin to make a merge patch of many records: those of a query, or those named.

    `elements` are changes inside their lists; `told` is the title as pages say it.
    """
    actor.must(resource, "update")
    if not patch and not elements:
        raise Invalid("nothingAsked", "say what is to be changed")
    must_be_possible(actor, resource, elements)
    asked: dict[str, Json] = {"patch": dict(patch), "elements": [one.told for one in elements],
                             "told": dict(told) if told else None}  # fmt: skip
    return _start(services, actor, resource, "change", title, asked, query, idents)


def remove_many(
    services: Services, actor: Actor, resource: Resource, *, title: str, query: str | None,
    idents: Sequence[str] = (), told: Mapping[str, Json] | None = None,
) -> str:  # fmt: skip
    """Begin to remove many records; those that others use stay."""
    actor.must(resource, "delete")
    asked: dict[str, Json] = {"told": dict(told) if told else None}
    return _start(services, actor, resource, "remove", title, asked, query, idents)


def take_back(services: Services, actor: Actor, job: Job) -> str:
    """Begin to undo a job: what it made is removed, what it changed is as it was before.

    A record that somebody has changed since stays as it is.
    """
    undo = UNDONE_BY.get(job.kind)
    if undo is None or job.is_open:
        raise Conflict("conflictState", "only a change or an import that has ended is taken back")
    lines = [
        (one.record, one.key, {"version": one.version, "was": one.state,
                               "former": one.detail.get("former")})
        for one in every_line(services, job, states=("changed", "created"))
    ][::-1]  # fmt: skip
    if not lines:
        raise Conflict("conflictState", "it has changed nothing that could be taken back")
    return start(
        services, actor, kind=undo, resource=job.resource, title=f"Undo of: {job.title}",
        asked={"told": {"undoes": job.asked.get("told") or job.title}}, lines=lines,
        takes_back=job.id,
    )  # fmt: skip


def undone_by(kind: str, undo: str) -> None:
    """Say which kind of job takes jobs of a kind back; its lines are told what was before."""
    UNDONE_BY[kind] = undo


def _start(
    services: Services, actor: Actor, resource: Resource, kind: str, title: str,
    asked: dict[str, Json], query: str | None, idents: Sequence[str],
) -> str:  # fmt: skip
    if query is None and not idents:
        raise Invalid("nothingSelected", "select records first")
    lines = [] if query is not None else [(one, None, None) for one in dict.fromkeys(idents)]
    return start(
        services, actor, kind=kind, resource=resource.name, title=title,
        asked={**asked, "query": query}, lines=lines,
    )  # fmt: skip


# --- trying it ------------------------------------------------------------------------------


def try_change(
    services: Services, actor: Actor, resource: Resource, patch: Mapping[str, Json],
    idents: Sequence[str], elements: Sequence[ElementChange] = (),
) -> list[Tried]:  # fmt: skip
    """Return what a change would make of some records; nothing is written."""
    must_be_possible(actor, resource, elements)
    return list(_tried(services, actor, resource, idents, lambda work, one: _patched(
        work, resource, one, patch, elements)))  # fmt: skip


def try_removal(
    services: Services, actor: Actor, resource: Resource, idents: Sequence[str]
) -> list[Tried]:
    """Return which of some records could be removed; nothing is removed."""

    def remove(work: Work, ident: str) -> Outcome:
        remove_record(work, work.lock(resource.type, ident, verb="delete"))
        return "removed", ident, None, None, None

    return list(_tried(services, actor, resource, idents, remove))


def _tried(
    services: Services, actor: Actor, resource: Resource, idents: Sequence[str],
    act: Callable[[Work, str], Outcome],
) -> Iterator[Tried]:  # fmt: skip
    hidden = hidden_paths(resource, actor.must(resource, "read").sees)

    def seen(document: dict[str, Json]) -> dict[str, Json]:
        return copied(document) if hidden is None else mask(document, hidden)

    for ident in idents[:PREVIEW_MAX]:
        key, label, faults = ident, ident, []
        before: dict[str, Json] = {}
        after: dict[str, Json] = {}
        try:
            with transaction(services, actor) as work:
                document = work.lock(resource.type, ident)
                key = label = document.key
                before = seen(document.raw)
                label = label_of(resource, before) or key
                act(work, document.id)
                found = work.get(resource.type, document.id)
                after = seen(found.raw) if found is not None else {}
                raise _Enough
        except _Enough:
            pass
        except Refusal as refusal:
            faults = refused_detail(refusal)["faults"]
        yield Tried(key, label, before, after, faults)


# --- at work --------------------------------------------------------------------------------


@job_kind("change")
def change_piece(at: At) -> bool:
    """Change the next records of a job."""
    patch = at.job.asked["patch"]
    elements = [ElementChange.of(one) for one in at.job.asked.get("elements", ())]
    return go_through(at, "update", lambda work, line: _patched(
        work, at.resource, _id(line), patch, elements))  # fmt: skip


@job_kind("remove")
def remove_piece(at: At) -> bool:
    """Remove the next records of a job."""

    def remove(work: Work, line: Line) -> Outcome:
        document = work.lock(at.resource.type, _id(line), verb="delete")
        remove_record(work, document)
        return "removed", document.id, document.key, None, None

    return go_through(at, "delete", remove)


def _id(line: Line) -> str:
    return line.record or line.key or ""


def _patched(
    work: Work, resource: Resource, ident: str, patch: Mapping[str, Json],
    elements: Sequence[ElementChange] = (),
) -> Outcome:  # fmt: skip
    document = work.lock(resource.type, ident)
    before, version = copied(document.raw), document.meta.version
    if elements:
        patch = {**patch, **patch_of(work, resource, elements, before)}
    change(work, document, copied(dict(patch)), MERGE)
    now = document.meta.version
    if now == version:
        return "same", document.id, document.key, now, None
    return "changed", document.id, document.key, now, {"former": inverse(patch, before)}


def inverse(patch: Mapping[str, Json], before: Mapping[str, Json]) -> dict[str, Json]:
    """Return the merge patch that takes a merge patch back from what was before it."""
    found: dict[str, Json] = {}
    for name, value in patch.items():
        old = before.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            found[name] = inverse(value, old)
        else:
            found[name] = copied(old)
    return found


def go_through(at: At, verb: Verb, act: Callable[[Work, Line], Outcome]) -> bool:
    """Do what there is time for with the records of a query, or those named; was that all?"""
    at.actor.must(at.resource, verb)
    if not at.job.collected:
        _collect(at)
        return False
    return work_off(at, act)


def work_off(at: At, act: Callable[[Work, Line], Outcome]) -> bool:
    """Go through the lines that wait, for a short while; return whether none waits any more."""
    until = time.monotonic() + PIECE_S
    lines = lines_of(at.services, at.job, states=("waiting",), limit=AT_ONCE)
    for line in lines:
        do_line(at, line, act)
        if time.monotonic() > until:
            return False
    return len(lines) < AT_ONCE


def are_done_together(actor: Actor, resource: Resource) -> bool:
    """Tell whether many lines of somebody are done in one transaction.

    Not where a change may write other records before it is refused, nor where the database looks
    at each record that somebody writes.
    """
    return not (is_amended(resource) or is_narrow(actor) or is_limited(actor))


def work_off_together(at: At, together: Together, act: Callable[[Work, Line], Outcome]) -> bool:
    """Go through the lines that wait as `work_off` does, many in one transaction.

    Lines of which some are refused after others were written are done again, each alone; so are
    lines that two transactions at once want in another order.
    """
    until, after = time.monotonic() + PIECE_S, 0
    while lines := lines_of(at.services, at.job, states=("waiting",), after=after, limit=TOGETHER):
        try:
            after = _do_together(at, lines, together)
        except (Refusal, DeadlockDetected):
            for line in lines:
                do_line(at, line, act)
            after = lines[-1].number
        if time.monotonic() > until:
            return False
    return True


def _do_together(at: At, lines: Sequence[Line], together: Together) -> int:
    """Do the first of some lines in one transaction, return the number of the last of them."""
    with transaction(at.services, at.actor, request=f"job {at.job.id}") as work:
        held = work.connection.execute(
            "select number from job_line where job = %s and number = any(%s) "
            "and state = 'waiting' order by number for update",
            [at.job.id, [one.number for one in lines]],
        ).fetchall()
        waiting = {number for (number,) in held}
        found = together(work, [one for one in lines if one.number in waiting])
        outcomes = {
            line.number: refused(line, one) if isinstance(one, Refusal) else one
            for line, one in found
        }
        _note_all(at, work.connection, outcomes)
    return max(outcomes, default=lines[-1].number)


def refused(line: Line, refusal: Refusal) -> Outcome:
    """Return what is kept of a line that was refused."""
    return "refused", line.record, line.key, None, {**line.detail, **refused_detail(refusal)}


def do_line(at: At, line: Line, act: Callable[[Work, Line], Outcome]) -> None:
    """Do one line once: the record and what became of it are one transaction."""
    request = f"job {at.job.id}"
    try:
        with transaction(at.services, at.actor, request=request) as work:
            work.connection.execute("select set_config('trunkline.job', %s, true)", [at.job.id])
            row = work.connection.execute(
                "select state from job_line where job = %s and number = %s for update",
                [at.job.id, line.number],
            ).fetchone()
            if row is None or row[0] != "waiting":
                return
            _note(at, work.connection, line.number, act(work, line))
    except Refusal as refusal:
        with at.services.database.app.connection() as connection:
            _note(at, connection, line.number, refused(line, refusal))


def _note(at: At, connection: Any, number: int, outcome: Outcome) -> None:
    _note_all(at, connection, {number: outcome})


def _note_all(at: At, connection: Any, outcomes: Mapping[int, Outcome]) -> None:
    """Write down what became of lines that wait, by their numbers."""
    rows = [
        (number, *one[:4], None if one[4] is None else seal_detail(at, one[4]))
        for number, one in outcomes.items()
    ]
    if not rows:
        return
    connection.execute(
        "update job_line l set state = n.state, record = coalesce(n.record, l.record), "
        "key = coalesce(n.key, l.key), version = n.version, detail = n.detail "
        "from unnest(%s::bigint[], %s::text[], %s::uuid[], %s::text[], %s::bigint[], %s::bytea[]) "
        "as n (number, state, record, key, version, detail) "
        "where l.job = %s and l.number = n.number and l.state = 'waiting'",
        [*([*one] for one in zip(*rows, strict=True)), at.job.id],
    )


def _collect(at: At) -> None:
    """Write the next records of a job's query down; a change cannot move them out of it then."""
    with transaction(at.services, at.actor) as work:
        limit = work.services.page_max
        text = f"{at.job.asked['query']}&sort=id&limit={limit}"
        query = replace(parse(text, schema_of(work, at.resource)), after=at.job.reached)
        grant = work.actor.must(at.resource, "read")
        query = out_of_archive(work.actor, at.resource, query)
        page = list_page(work, work.actor, grant, at.resource, query)
    lines = [(one.id, one.key, None) for one in page.rows]
    with at.services.database.app.connection() as connection, connection.transaction():
        total = (at.job.total or 0) + len(lines)
        if total > LINES_MAX:
            raise Conflict("conflictMany", f"a job may have {LINES_MAX} records; narrow the list")
        add_lines(at, connection, (at.job.total or 0) + 1, lines)
        connection.execute(
            "update job set total = %s, reached = %s, collected = %s where id = %s",
            [total, page.next, page.next is None, at.job.id],
        )


def schema_of(work: Work, resource: Resource) -> Schema:
    """Return what records may be asked for by, the operator's own attributes included."""
    own = work.defined(resource)
    page_max = work.services.page_max
    return Schema(resource, {name: one.kind for name, one in own.items()}, page_max=page_max)
