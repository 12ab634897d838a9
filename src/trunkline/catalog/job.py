"""Import and export jobs (TMF620, TMF633, TMF634): a catalog read from or written to a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from trunkline.catalog.api import TMF620, TMF633, TMF634
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Json, Limits, format_instant
from trunkline.kernel.resource import Document, Operation, resource
from trunkline.shared.extensible import Extensible

JobState = Literal["Not Started", "Running", "Succeeded", "Failed"]

JOB_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="Not Started",
    moves={
        "Not Started": ("Running",),
        "Running": ("Succeeded", "Failed"),
        "Succeeded": (),
        "Failed": (),
    },
)
OPERATIONS: tuple[Operation, ...] = ("list", "retrieve", "create", "delete")
DEFAULTS: dict[str, Callable[[datetime], Json]] = {"creation_date": format_instant}
COLUMNS = ("key", "status", "path", "creationDate", "completionDate")
LABEL = ("path",)
FETCHED = ("bytes_fetched", "bytes_total")
URL_LENGTH_MAX = 1_000_000


class Job(Extensible, Document):
    """What jobs of both directions say.

    `url` names the file: `data:` with the content itself, or a name in the installation's
    exchange folder; of an export that has ended, where its file is fetched. `path` is the
    resource (or the one record) that the file is about.
    """

    url: Annotated[str, Limits(length_max=URL_LENGTH_MAX)]
    path: str | None = None
    content_type: str | None = None
    status: JobState | None = None
    creation_date: datetime | None = None
    completion_date: datetime | None = None
    error_log: str | None = None


class ImportJob(Job):
    """A job that reads a catalog from a file, which may lie at an `https:` address, too.

    What is fetched from there is told while it comes, in bytes.
    """

    bytes_fetched: int | None = None
    bytes_total: int | None = None


class ExportJob(Job):
    """A job that writes a catalog to a file; `query` narrows it as a filter does a list."""

    query: str | None = None


@resource(
    api=TMF620,
    path="importJob",
    prefix="CIJ",
    type_name="ImportJob",
    lifecycle=JOB_LIFECYCLE,
    defaults=DEFAULTS,
    server_sets=FETCHED,
    operations=OPERATIONS,
    columns=COLUMNS,
    label=LABEL,
)
class CatalogImportJob(ImportJob):
    """A job that reads offerings, prices and product specifications from a file."""


@resource(
    api=TMF620,
    path="exportJob",
    prefix="CEJ",
    type_name="ExportJob",
    lifecycle=JOB_LIFECYCLE,
    defaults=DEFAULTS,
    operations=OPERATIONS,
    columns=COLUMNS,
    label=LABEL,
)
class CatalogExportJob(ExportJob):
    """A job that writes offerings, prices and product specifications to a file."""


@resource(
    api=TMF633,
    path="importJob",
    prefix="SIJ",
    type_name="ImportJob",
    lifecycle=JOB_LIFECYCLE,
    defaults=DEFAULTS,
    server_sets=FETCHED,
    operations=OPERATIONS,
    columns=COLUMNS,
    label=LABEL,
)
class ServiceImportJob(ImportJob):
    """A job that reads service specifications and their catalogs from a file."""


@resource(
    api=TMF633,
    path="exportJob",
    prefix="SEJ",
    type_name="ExportJob",
    lifecycle=JOB_LIFECYCLE,
    defaults=DEFAULTS,
    operations=OPERATIONS,
    columns=COLUMNS,
    label=LABEL,
)
class ServiceExportJob(ExportJob):
    """A job that writes service specifications and their catalogs to a file."""


@resource(
    api=TMF634,
    path="importJob",
    prefix="RIJ",
    type_name="ImportJob",
    lifecycle=JOB_LIFECYCLE,
    defaults=DEFAULTS,
    server_sets=FETCHED,
    operations=OPERATIONS,
    columns=COLUMNS,
    label=LABEL,
)
class ResourceImportJob(ImportJob):
    """A job that reads resource specifications and their catalogs from a file."""


@resource(
    api=TMF634,
    path="exportJob",
    prefix="REJ",
    type_name="ExportJob",
    lifecycle=JOB_LIFECYCLE,
    defaults=DEFAULTS,
    operations=OPERATIONS,
    columns=COLUMNS,
    label=LABEL,
)
class ResourceExportJob(ExportJob):
    """A job that writes resource specifications and their catalogs to a file."""
