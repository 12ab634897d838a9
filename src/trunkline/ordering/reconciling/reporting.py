"""Reporting: how far comparisons are, and which differences there are by kind and decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.kernel.work import Work
from trunkline.workspace.job import Job, tally

TABLE = InventoryDifference.resource.table
# Who reads them is asked by the callers; the counts stand for who reaches every record.
LATEST = """
select distinct on (r.system, r.kind) r.system, r.kind, r.phase, j.id::text, j.state, j.total,
  j.created_at, j.ended_at, j.principal::text
from reconciliation r join job j on j.id = r.job
order by r.system, r.kind, r.began_at desc
"""
COUNTS = f"""
select p_system, p_record_kind, p_difference_kind, p_status, count(*) from {TABLE}
where p_status <> 'closed' group by 1, 2, 3, 4
"""  # noqa: S608 - our own name


@dataclass(frozen=True)
class Latest:
    """The last comparison of one kind of record with one system."""

    system: str
    kind: str
    phase: str
    job: str
    state: str
    total: int | None
    began_at: datetime
    ended_at: datetime | None
    asker: str


@dataclass(frozen=True)
class Counted:
    """So many differences of a kind are in a status."""

    system: str
    record_kind: str
    kind: str
    status: str
    count: int


def must_see_all(work: Work) -> None:
    """Refuse (403) who does not see every difference."""
    grant = work.actor.must(InventoryDifference.resource, "read")
    if grant.reach != "all":
        message = "InventoryDifference:read over everything is needed here"
        raise Forbidden("notAllowed", message)


def latest(work: Work) -> list[Latest]:
    """Return the last comparison of each kind with each system."""
    must_see_all(work)
    with work.services.database.app.connection() as connection:
        return [Latest(*row) for row in connection.execute(LATEST).fetchall()]


def counted(work: Work) -> list[Counted]:
    """Return how many differences are not closed, by what they are."""
    must_see_all(work)
    return [Counted(*row) for row in work.connection.execute(COUNTS).fetchall()]


def report(work: Work, job: Job) -> dict[str, Json]:
    """Return how far a comparison is, what it found, and what was decided of that."""
    system, kind = str(job.asked["system"]), str(job.asked["kind"])
    found = [one for one in counted(work) if (one.system, one.record_kind) == (system, kind)]
    phase = next((one.phase for one in latest(work) if one.job == job.id), "done")
    lines: dict[str, Json] = dict(tally(work.services, job))
    moments: Mapping[str, datetime | None] = {"startedAt": job.started_at, "endedAt": job.ended_at}
    return {
        "id": job.id, "state": job.state, "system": system, "kind": kind, "phase": phase,
        **({"total": job.total} if job.total is not None else {}),
        "line": lines,
        "difference": _summed((one.kind, one.count) for one in found),
        "status": _summed((one.status, one.count) for one in found),
        **{name: format_instant(at) for name, at in moments.items() if at is not None},
    }  # fmt: skip


def last_reports(work: Work) -> list[dict[str, Json]]:
    """Return of the last comparison of each kind with each system what came of it."""
    counts = counted(work)
    return [
        {
            "id": one.job, "state": one.state, "system": one.system, "kind": one.kind,
            "phase": one.phase,
            **({"total": one.total} if one.total is not None else {}),
            "difference": _summed((each.kind, each.count) for each in _of(counts, one)),
            "status": _summed((each.status, each.count) for each in _of(counts, one)),
            "startedAt": format_instant(one.began_at),
            **({"endedAt": format_instant(one.ended_at)} if one.ended_at is not None else {}),
        }
        for one in latest(work)
    ]  # fmt: skip


def _of(counts: Sequence[Counted], run: Latest) -> list[Counted]:
    return [one for one in counts if (one.system, one.record_kind) == (run.system, run.kind)]


def _summed(found: Iterable[tuple[str, int]]) -> dict[str, Json]:
    totals: Counter[str] = Counter()
    for name, count in found:
        totals[name] += count
    return dict(totals)
