"""A job that runs: what its file holds is stored, and how it ended is written down."""

from __future__ import annotations

from trunkline.catalog.importing import import_entries
from trunkline.catalog.job import ImportJob, Job
from trunkline.catalog.portable import KINDS, read_entries, select
from trunkline.documents.errors import Refusal
from trunkline.kernel.work import Work


def read_file(work: Work, job: ImportJob, content: bytes) -> None:
    """Store the entries of an import job's file and end the job with what was refused."""
    kinds = KINDS[type(job).resource.api.number]
    try:
        asked, _ = select(kinds, job.path)
        entries = read_entries(content, asked)
    except Refusal as refusal:
        end(work, job, refusal.message)
        return
    end(work, job, import_entries(work, entries, kinds).report)


def end(work: Work, job: Job, problem: str | None) -> None:
    """End a job, as failed where there is a problem."""
    with work.edit(type(job), job.id) as ended:
        ended.status = "Failed" if problem else "Succeeded"
        ended.error_log = problem
        ended.completion_date = work.now
