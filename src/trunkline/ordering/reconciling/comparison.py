"""Comparison: our services or resources held against an outside inventory, by a job in pieces.

Each piece is asked anew whether its asker may still do this; what was found is written by the
program itself, one record of theirs in one transaction, so that a killed process neither leaves a
record out nor notes it twice. A stopped comparison goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid, Unready, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.reconciling.comparing import (
    ambiguous,
    differences,
    identifier_of,
    missing_here,
    missing_there,
    values_in,
)
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.inventory.reconciling.theirs import LINES, STATES, Theirs, theirs_of, tokens_of
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.actor import Actor, system
from trunkline.kernel.reading import list_page
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system, transaction
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.calling import outside_of, pause_beside_orders
from trunkline.ordering.design.outside_system import System, systems_of
from trunkline.ordering.reconciling.keeping import About, close_unseen, keep, names_of
from trunkline.rest.query import parse
from trunkline.workspace.job import Job, Line, tally
from trunkline.workspace.jobs import LINES_MAX, At, NotYet, add_lines, job_kind, resume, start
from trunkline.workspace.many import Outcome, schema_of, work_off

KIND = "reconciliation"
PROGRAM = "reconciliation"
PAGE, TIMEOUT_S = 100, 20.0
NEEDED = frozenset({"public", "internal", "personal"})
KINDS: Mapping[str, type[Service] | type[Resource]] = {"Service": Service, "Resource": Resource}
PATHS: Mapping[str, str] = {
    "Service": "/tmf-api/serviceInventory/v4/service",
    "Resource": "/tmf-api/resourceInventoryManagement/v4/resource",
}


@dataclass(frozen=True)
class Compared:
    """What is compared: which system's records of a kind, found by which of their values.

    With `expects_all` the other inventory has to know every live record of ours, else only those
    that carry an id of it.
    """

    system: str
    kind: str
    key_names: Sequence[str] = LINES
    expects_all: bool = False


@dataclass(frozen=True)
class Run:
    """How far a comparison is."""

    phase: str
    reached: str | None
    is_latest: bool


# --- asking for it --------------------------------------------------------------------------


def begin_comparison(
    services: Services, actor: Actor, compared: Compared, *,
    records: Sequence[Theirs] | None = None, told: Mapping[str, Json] | None = None,
    title: str = "",
) -> str:  # fmt: skip
    """Begin to compare with records that were sent, or with those that the system is asked for.

    Refuses (409) while such a comparison runs. Returns the job's id.
    """
    must_compare(actor, compared.kind)
    with transaction(services, actor) as work:
        found = systems_of(work).get(compared.system)
    if records is None and (found is None or not found.url):
        message = "names no outside system with an address; set one up, or send its records"
        refuse([Fault("system", "badValue", message)])
    with services.database.app.connection() as connection:
        if connection.execute(RUNNING, [compared.system, compared.kind]).fetchone():
            message = f"{compared.system} is being compared already; wait, or stop that one"
            raise Conflict("conflictRunning", message)
    lines = [(None, one.id, {"theirs": one.told}) for one in records or ()]
    job = start(
        services, actor, kind=KIND, resource=InventoryDifference.resource.name,
        title=title or f"Comparison with {compared.system}",
        asked={"system": compared.system, "kind": compared.kind, "isFile": records is not None,
               "keyName": list(compared.key_names), "expectsAll": compared.expects_all,
               "told": dict(told) if told else None},
        lines=lines, is_draft=True,
    )  # fmt: skip
    with services.database.app.connection() as connection:
        connection.execute(BEGIN, [job, compared.system, compared.kind, services.machine_now()])
    resume(services, actor, job)
    return job


RUNNING = """
select 1 from reconciliation r join job j on j.id = r.job
where r.system = %s and r.kind = %s and j.state in ('waiting', 'running') limit 1
"""
BEGIN = """
insert into reconciliation (job, system, kind, phase, began_at) values (%s, %s, %s, 'ours', %s)
"""


def must_compare(actor: Actor, kind: str) -> None:
    """Refuse (403) who may not compare, or does not see every record of the kind in full."""
    actor.must(InventoryDifference.resource, "create")
    if kind not in KINDS:
        raise Invalid.of([Fault("kind", "badValue", f"must be one of: {', '.join(KINDS)}")])
    for resource in (InventoryDifference.resource, KINDS[kind].resource):
        grant = actor.must(resource, "read")
        if grant.reach != "all" or not grant.sees >= NEEDED:
            message = f"{resource.name}:read over everything, personal values too, is needed here"
            raise Forbidden("notAllowed", message)


# --- at work --------------------------------------------------------------------------------


@job_kind(KIND)
def comparison_piece(at: At) -> bool:
    """Do the next piece of a comparison: ours read, theirs read, compared, what is left closed."""
    compared = compared_of(at.job)
    must_compare(at.actor, compared.kind)
    at = replace(at, actor=system(PROGRAM))
    run = _run_of(at)
    if not run.is_latest:
        raise Conflict("conflictNewer", "a newer comparison has begun; this one ends here")
    if run.phase == "ours":
        _read_ours(at, compared, run)
    elif run.phase == "theirs":
        _read_theirs(at, compared, run)
    elif run.phase == "compare":
        if work_off(at, lambda work, line: _compare(work, at.job, compared, line)):
            _go_to(at, "missing")
    elif run.phase == "missing":
        _note_missing(at, compared, run)
    else:
        return _close(at, compared)
    return False


def compared_of(job: Job) -> Compared:
    """Return what a comparison was asked to compare."""
    asked: Mapping[str, Any] = job.asked
    return Compared(asked["system"], asked["kind"], asked["keyName"], asked["expectsAll"])


def _run_of(at: At) -> Run:
    with at.services.database.app.connection() as connection:
        row = connection.execute(
            "select phase, reached, not exists (select 1 from reconciliation n "
            "where n.system = r.system and n.kind = r.kind and n.began_at > r.began_at) "
            "from reconciliation r where job = %s",
            [at.job.id],
        ).fetchone()
    return Run(*row)


MOVE = "update reconciliation set phase = %s, reached = %s where job = %s"


def _go_to(at: At, phase: str) -> None:
    with at.services.database.app.connection() as connection:
        connection.execute(MOVE, [phase, None, at.job.id])


def _read_ours(at: At, compared: Compared, run: Run) -> None:
    """Write down by what the next of our records are found."""
    kind = KINDS[compared.kind]
    with transaction(at.services, at.actor) as work:
        text = f"sort=id&limit={work.services.page_max}"
        query = replace(parse(text, schema_of(work, kind.resource)), after=run.reached)
        grant = work.actor.must(kind.resource, "read")
        page = list_page(work, work.actor, grant, kind.resource, query)
        rows = [_ours(compared, one.id, one.raw)
                for one in work.many(kind, [one.id for one in page.rows]).values()]  # fmt: skip
        with work.connection.cursor() as cursor:
            cursor.executemany(
                "insert into reconciliation_record (job, record, tokens, is_named, is_expected) "
                "values (%s, %s, %s, %s, %s) on conflict do nothing",
                [[at.job.id, *row] for row in rows],
            )
        after = "compare" if at.job.asked["isFile"] else "theirs"
        phase = "ours" if page.next is not None else after
        work.connection.execute(MOVE, [phase, page.next, at.job.id])


def _ours(compared: Compared, ident: str, raw: Mapping[str, Any]) -> list[Any]:
    own = identifier_of(compared.system, raw)
    tokens = tokens_of(own, values_in(compared.kind, raw), compared.key_names)
    is_live = raw.get(STATES[compared.kind]) != "terminated"
    return [ident, tokens, own is not None, is_live and (own is not None or compared.expects_all)]


def _read_theirs(at: At, compared: Compared, run: Run) -> None:
    """Ask for the next page of theirs, without a transaction open, and write it down."""
    with transaction(at.services, at.actor) as work:
        found = systems_of(work).get(compared.system)
    if found is None:
        raise Unready("systemUnknown", f"there is no outside system {compared.system} any more")
    with as_system(at.services, KIND) as work:
        pause_s = pause_beside_orders(work, found)
    if pause_s > 0:
        raise NotYet(pause_s)
    offset = int(run.reached or 0)
    path = f"{PATHS[compared.kind]}?offset={offset}&limit={PAGE}"
    body = asked_outside(at.services, found, {"method": "GET", "path": path}, at.job.id)
    if not isinstance(body, list):
        raise Unready("answerUnreadable", f"{compared.system} answered with no list of records")
    lines: list[tuple[str | None, str | None, Json]] = []
    for one in body:
        try:
            theirs = theirs_of(compared.kind, one)
        except ValueError:
            continue
        lines.append((None, theirs.id, {"theirs": theirs.told}))
    with at.services.database.app.connection() as connection, connection.transaction():
        first = (at.job.total or 0) + 1
        if first + len(lines) > LINES_MAX:
            raise Conflict("conflictMany", f"a comparison may have {LINES_MAX} records")
        add_lines(at, connection, first, lines)
        is_last = len(body) < PAGE
        connection.execute(
            "update job set total = %s, collected = %s where id = %s",
            [first - 1 + len(lines), is_last, at.job.id],
        )
        moved = ["compare", None] if is_last else ["theirs", str(offset + len(body))]
        connection.execute(MOVE, [*moved, at.job.id])


def asked_outside(
    services: Services, found: System, request: Mapping[str, Json], key: str
) -> Json:  # fmt: skip
    """Return what a system answers. Refuses (503) with its words what it does not do."""
    try:
        answer = outside_of(services).send(found, request, key=key, timeout_s=TIMEOUT_S)
    except (Unavailable, OutcomeUnknown) as error:
        raise Unready("systemAway", f"{found.code} cannot be asked: {error}") from error
    if not 200 <= answer.status < 300:
        raise Unready("systemRefuses", f"{found.code} answered {answer.status}; look there")
    return answer.body


FOUND = """
select record::text, %(first)s = any(tokens) from reconciliation_record
where job = %(job)s and tokens && %(tokens)s::text[] and (%(first)s = any(tokens) or not is_named)
"""
MEET = "update reconciliation_record set is_met = true where job = %s and record = any(%s::uuid[])"


def _compare(work: Work, job: Job, compared: Compared, line: Line) -> Outcome:
    """Hold one record of theirs against ours; note what differs."""
    theirs = Theirs.of(line.detail["theirs"])
    tokens = tokens_of(theirs.id, theirs.values, compared.key_names)
    asked = {"job": job.id, "tokens": tokens, "first": tokens[0]}
    found = dict(work.connection.execute(FOUND, asked).fetchall())
    named = [one for one, is_named in found.items() if is_named]
    met = named or list(found)
    records = work.many(KINDS[compared.kind], met)
    if len(records) != len(met):
        met = list(records)
    if met:
        work.connection.execute(MEET, [job.id, met])
    about = About(compared.system, compared.kind, job.id, theirs.id, theirs.name or theirs.id)
    if not met:
        seen = [] if theirs.state == "terminated" else [missing_here(theirs)]
    elif len(met) > 1:
        seen = [ambiguous(sorted(one.key for one in records.values()), theirs)]
    else:
        record = records[met[0]]
        about = replace(about, record=record)
        names = names_of(work, record, theirs)
        seen = differences(compared.kind, compared.system, record.raw, theirs, names)
    made = keep(work, about, seen)
    key = about.record.key if about.record is not None else theirs.id
    if not seen:
        return "same", about.record.id if about.record else None, key, None, None
    return "created" if made else "changed", None, key, None, None


UNMET = """
select record::text from reconciliation_record
where job = %s and is_expected and not is_met and (%s::uuid is null or record > %s::uuid)
order by record limit %s
"""


def _note_missing(at: At, compared: Compared, run: Run) -> None:
    """Note the next of our records that theirs does not know."""
    with transaction(at.services, at.actor) as work:
        asked = [at.job.id, run.reached, run.reached, PAGE]
        idents = [row[0] for row in work.connection.execute(UNMET, asked).fetchall()]
        for record in work.many(KINDS[compared.kind], idents).values():
            own = identifier_of(compared.system, record.raw)
            about = About(compared.system, compared.kind, at.job.id, own, record.key, record)
            keep(work, about, [missing_there(record.raw, record.key)])
        is_last = len(idents) < PAGE
        phase, reached = ("closing", None) if is_last else ("missing", idents[-1])
        work.connection.execute(MOVE, [phase, reached, at.job.id])


def _close(at: At, compared: Compared) -> bool:
    """Close the next differences that are not there any more; return whether that were all."""
    if tally(at.services, at.job).get("refused"):
        # What could not be compared may still differ: nothing is closed on a doubt.
        return _finish(at)
    with transaction(at.services, at.actor) as work:
        closed = close_unseen(work, compared.system, compared.kind, at.job.id, PAGE)
    return closed < PAGE and _finish(at)


def _finish(at: At) -> bool:
    with at.services.database.app.connection() as connection, connection.transaction():
        connection.execute("delete from reconciliation_record where job = %s", [at.job.id])
        connection.execute(MOVE, ["done", None, at.job.id])
    return True
