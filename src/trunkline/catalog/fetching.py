"""Fetching: an import job whose file lies on another server gets it, piece by piece, and reads it.

Each piece is kept as it comes, so that a process that dies, or a line that breaks, loses nothing:
the next try asks for the rest. No transaction is open during the fetching.
"""

from __future__ import annotations

from trunkline.catalog import exchanged_file
from trunkline.catalog.exchange import CONTENT_BYTES_MAX
from trunkline.catalog.exchanged_file import Begun
from trunkline.catalog.job import ImportJob
from trunkline.catalog.job_run import end, read_file
from trunkline.catalog.remote_file import NotFetched, Piece, remote_files
from trunkline.kernel.behaviour import handler
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.workspace.timer import leased, try_later

FETCH = "catalog.fetch"
LANE = "job"
TRIES_MAX, PAUSE_S = 6, 10.0
TRY_S_MAX = 300.0


def fetch_later(work: Work, job: ImportJob) -> None:
    """Have the file of an import job fetched in the background."""
    kind = type(job).resource.name
    work.schedule(NewWork(FETCH, job.id, payload={"kind": kind}, lane=LANE, once=f"fetch {job.id}"))


@handler(FETCH)
def fetch(services: Services, row: Row) -> None:
    """Fetch what is missing of a file, then read it; write down what became of it."""
    with leased(services, row) as work:
        job = _running(work, row)
        if job is None:
            _finish(work, row)
            return
        known = exchanged_file.begun(work.connection, job.id)
    problem = _fetched(services, row, job.url, known)
    with leased(services, row) as work:
        job = _running(work, row)
        if job is None:
            _finish(work, row)
        elif problem is not None and not problem.is_final and row.attempt < TRIES_MAX:
            with work.edit(type(job), job.id) as told:
                told.error_log = f"url: {problem.message}; it is asked for again"
            try_later(work, row, first_s=PAUSE_S)
        else:
            if problem is not None:
                end(work, job, f"url: {problem.message}")
            else:
                read_file(work, job, b"".join(exchanged_file.pieces(work.connection, job.id)))
            _finish(work, row)


def _finish(work: Work, row: Row) -> None:
    """Forget the pieces: they were read, or nobody reads them."""
    exchanged_file.forget(work.connection, row.subject)
    queue.finish(work.connection, row)


def _running(work: Work, row: Row) -> ImportJob | None:
    kind = work.services.registry.resources[row.payload["kind"]].type
    job = work.get(kind, row.subject)
    return job if isinstance(job, ImportJob) and job.status == "Running" else None


def _fetched(services: Services, row: Row, url: str, known: Begun) -> NotFetched | None:
    """Keep the pieces of a file as they come; return what went wrong."""
    if known.total is not None and known.size == known.total:
        return None
    until = services.machine_now().timestamp() + TRY_S_MAX
    try:
        for piece in remote_files(services).fetch(url, known):
            known = _kept(services, row, piece, known)
            if services.machine_now().timestamp() > until:
                raise NotFetched(f"the file was not there after {TRY_S_MAX:.0f} seconds")
    except NotFetched as problem:
        return problem
    if known.total is not None and known.size < known.total:
        return NotFetched(f"the line broke after {known.size} of {known.total} bytes")
    return None


def _kept(services: Services, row: Row, piece: Piece, known: Begun) -> Begun:
    before = 0 if piece.starts_anew else known.size
    size = before + len(piece.body)
    if max(size, piece.total or 0) > CONTENT_BYTES_MAX:
        raise NotFetched(
            f"the file is larger than {CONTENT_BYTES_MAX} bytes; split it", is_final=True
        )
    with leased(services, row) as work:
        if piece.starts_anew:
            exchanged_file.forget(work.connection, row.subject)
        exchanged_file.add_piece(
            work.connection, row.subject, piece.body, total=piece.total, tag=piece.tag
        )
        queue.renew(work.connection, row)
        job = _running(work, row)
        if job is None:
            raise NotFetched("the job was removed", is_final=True)
        with work.edit(type(job), job.id) as told:
            told.bytes_fetched, told.bytes_total = size, piece.total
    return Begun(size, piece.total, piece.tag)
