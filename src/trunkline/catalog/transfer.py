"""Transfers: what happens after an import or export job was asked for."""

from __future__ import annotations

from trunkline.catalog.exchange import exchange
from trunkline.catalog.exporting import export_entries
from trunkline.catalog.importing import import_entries
from trunkline.catalog.job import (
    CatalogExportJob,
    CatalogImportJob,
    ExportJob,
    ImportJob,
    Job,
    ResourceExportJob,
    ResourceImportJob,
    ServiceExportJob,
    ServiceImportJob,
)
from trunkline.catalog.portable import KINDS, read_entries, select
from trunkline.documents.errors import Refusal
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work

IMPORTS: tuple[type[ImportJob], ...] = (CatalogImportJob, ServiceImportJob, ResourceImportJob)
EXPORTS: tuple[type[ExportJob], ...] = (CatalogExportJob, ServiceExportJob, ResourceExportJob)


@on(*(event(kind, "created") for kind in (*IMPORTS, *EXPORTS)))
def start_job(work: Work, job: Job) -> None:
    """An import or export job that was asked for starts to run."""
    if job.status == "Not Started":
        with work.edit(type(job), job.id) as started:
            started.status = "Running"


@on(*(event(kind, "state_changed").to("Running") for kind in IMPORTS))
def run_import(work: Work, job: ImportJob) -> None:
    """A running import job stores the entries of its file and reports what was refused."""
    if job.status != "Running":
        return
    kinds = KINDS[type(job).resource.api.number]
    try:
        asked, _ = select(kinds, job.path)
        entries = read_entries(exchange().read(job.url), asked)
    except Refusal as refusal:
        _end(work, job, refusal.message)
        return
    _end(work, job, import_entries(work, entries, kinds).report)


@on(*(event(kind, "state_changed").to("Running") for kind in EXPORTS))
def run_export(work: Work, job: ExportJob) -> None:
    """A running export job writes the entries that it selects to its file."""
    if job.status != "Running":
        return
    try:
        kinds, ident = select(KINDS[type(job).resource.api.number], job.path)
        url = exchange().write(job.url, export_entries(work, kinds, ident, job.query))
    except Refusal as refusal:
        _end(work, job, refusal.message)
        return
    with work.edit(type(job), job.id) as written:
        written.url = url
        written.content_type = "application/json"
    _end(work, job, None)


def _end(work: Work, job: Job, problem: str | None) -> None:
    with work.edit(type(job), job.id) as ended:
        ended.status = "Failed" if problem else "Succeeded"
        ended.error_log = problem
        ended.completion_date = work.now
