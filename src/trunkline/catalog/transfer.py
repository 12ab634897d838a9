"""Transfers: what happens after an import or export job was asked for."""

from __future__ import annotations

from trunkline.catalog import exchanged_file
from trunkline.catalog.exchange import DATA, exchange
from trunkline.catalog.exporting import export_entries
from trunkline.catalog.fetching import fetch_later
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
from trunkline.catalog.job_run import end, read_file
from trunkline.catalog.portable import KINDS, select
from trunkline.catalog.remote_file import is_remote
from trunkline.documents.errors import Refusal
from trunkline.hub.envelope import load_events
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
    """A running import job stores the entries of its file; one that lies elsewhere is fetched."""
    if job.status != "Running":
        return
    if is_remote(job.url):
        fetch_later(work, job)
        return
    try:
        content = exchange().read(job.url)
    except Refusal as refusal:
        end(work, job, refusal.message)
        return
    read_file(work, job, content)


@on(*(event(kind, "state_changed").to("Running") for kind in EXPORTS))
def run_export(work: Work, job: ExportJob) -> None:
    """A running export job writes the entries that it selects to its file, to be fetched."""
    if job.status != "Running":
        return
    try:
        kinds, ident = select(KINDS[type(job).resource.api.number], job.path)
        content = export_entries(work, kinds, ident, job.query)
        url = exchange().write(job.url, content)
    except Refusal as refusal:
        end(work, job, refusal.message)
        return
    if not url.startswith(DATA):
        key = work.services.chance.random_bytes(24).hex()
        exchanged_file.keep(work.connection, job.id, content, key=key)
        url = exchange().given_out_at(job.id, key)
    with work.edit(type(job), job.id) as written:
        written.url = url
        written.content_type = "application/json"
    end(work, job, None)


@on(*(event(kind, "deleted") for kind in (*IMPORTS, *EXPORTS)))
def forget_file(work: Work, _job: Job | None) -> None:
    """The file of a job that was removed is forgotten with it."""
    cause = load_events(work.connection, [work.cause["event"]])
    for one in cause.values():
        exchanged_file.forget(work.connection, one.subject)
