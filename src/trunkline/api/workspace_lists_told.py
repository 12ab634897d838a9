"""Saved views and jobs, described: what each operation takes and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.api.workspace import OWN, WORKSPACE
from trunkline.rest.verb import Object, Verb, shape

KINDS = ("change", "remove", "export", "import", "reprice")
SCHEMAS: Mapping[str, Object] = {
    "SavedView": shape(
        "A list as somebody wants to see it again; `role` shares it with who holds that role.",
        {"id": "text", "resource": "text", "slug": "text", "name": "text", "state": "text",
         "role": "text", "isDefault": "flag", "opensForRole": "flag", "isMine": "flag"},
        "id resource slug name state isDefault opensForRole isMine",
    ),
    "NewSavedView": shape(
        "A view to keep; `state` is the query string of the list on the pages.",
        {"resource": "text", "name": "text", "state": "text", "role": "text"}, "resource name",
    ),
    "SavedViewChange": shape(
        "What to change of a view; a role of null makes it private. `opensForRole`: the list opens "
        "with it for everybody with its role who has chosen no other.",
        {"name": "text", "state": "text", "role": {"type": ["string", "null"]},
         "isDefault": "flag", "opensForRole": "flag"},
    ),
    "ListColumns": shape(
        "The columns that the asking person wants in a list, in their order; null: as declared.",
        {"resource": "text", "columns": {"type": ["array", "null"], "items": {"type": "string"}}},
        "columns",
    ),
    "Job": shape(
        "Work on many records in the background, and what became of them so far.",
        {"id": "text", "kind": "text", "resource": "text", "title": "text", "state": "text",
         "askedBy": "text", "total": "integer", "created": "integer", "changed": "integer",
         "removed": "integer", "same": "integer", "refused": "integer", "waiting": "integer",
         "message": "text", "takesBack": "text", "createdAt": "instant", "endedAt": "instant",
         "file": "text"},
        "id kind resource title state askedBy createdAt",
    ),
    "NewJob": shape(
        "What to do with many records: those of a query (that of the list's GET) or those named. "
        "A change takes a merge patch, and changes of elements in lists: {path, do: add, remove or "
        "replace, element, value}; an import rows of values by path, where references are named "
        "by id, by key or by what a record is called. `reprice` lets other prices follow those "
        "named: by a percentage, an amount or both, rounded to a step, from an instant to come.",
        {"kind": {"enum": [*KINDS]}, "resource": "text", "query": "text", "id": "list text",
         "patch": "object", "elements": "list object", "columns": "list text",
         "format": {"enum": ["csv", "xlsx", "json"]}, "rows": "list object",
         "match": {"enum": ["key", "id", "externalId"]}, "title": "text",
         "formula": {"type": "object", "required": ["start"], "properties": {
             "percent": {"type": "number"}, "amount": {"type": "number"},
             "step": {"type": "number"}, "start": {"type": "string", "format": "date-time"}}}},
        "kind resource",
    ),
    "JobLine": shape(
        "What became of one record of a job, or why it was refused.",
        {"number": "integer", "record": "text", "key": "text", "state": "text",
         "fault": "list object"},
        "number state",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    of = partial(Verb, api=WORKSPACE, scope=OWN)
    yield from _of_views(partial(of, about="SavedView"))
    columns = partial(of, about="ListColumns", path="/columns/{resource}", answers="ListColumns")
    yield columns(
        method="get", name="retrieveListColumns",
        summary="Return the columns that the asking person wants in a list",
    )  # fmt: skip
    yield columns(
        method="patch", name="changeListColumns", takes="ListColumns",
        summary="Choose the columns of a list",
    )  # fmt: skip
    yield from _of_jobs(partial(of, about="Job"))


def _of_views(of: partial[Verb]) -> Iterator[Verb]:
    yield of(
        method="get", path="/views", name="listSavedView", answers="SavedView", is_list=True,
        filters={"resource": "Views of this kind of record only."},
        summary="List the views that the asking person may use",
    )  # fmt: skip
    yield of(
        method="post", path="/views", name="createSavedView", takes="NewSavedView",
        answers="SavedView", status="201", parameters="Idempotency-Key", conflicts=True,
        summary="Keep a view",
    )  # fmt: skip
    one = partial(of, path="/views/{id}")
    yield one(method="get", name="retrieveSavedView", answers="SavedView", summary="Return a view")
    yield one(
        method="patch", name="changeSavedView", takes="SavedViewChange", answers="SavedView",
        summary="Rename, share or change a view, or open its list with it",
    )  # fmt: skip
    yield one(method="delete", name="deleteSavedView", status="204", summary="Delete a view")


def _of_jobs(of: partial[Verb]) -> Iterator[Verb]:
    yield of(
        method="get", path="/jobs", name="listJob", answers="Job", is_list=True,
        parameters="limit", filters={"before": "Older than this job.",
                 "everyone": "Those of all people, for administrators."},
        summary="List what the asking person has asked for, newest first",
    )  # fmt: skip
    yield of(
        method="post", path="/jobs", name="createJob", takes="NewJob", answers="Job",
        status="201", parameters="Idempotency-Key", conflicts=True,
        summary="Change, remove, export, import or reprice many records",
    )  # fmt: skip
    one = partial(of, path="/jobs/{id}")
    yield one(method="get", name="retrieveJob", answers="Job", summary="Return a job")
    for verb, about in (
        ("stop", "Let a job do nothing more"),
        ("resume", "Let a stopped job go on"),
    ):
        yield of(
            method="post", path=f"/jobs/{{id}}/{verb}", name=f"{verb}Job", answers="Job",
            conflicts=True, summary=about,
        )  # fmt: skip
    yield of(
        method="post", path="/jobs/{id}/takeBack", name="takeBackJob", answers="Job",
        status="201", parameters="Idempotency-Key", conflicts=True,
        summary="Undo what a change, an import or a change of prices did",
    )  # fmt: skip
    yield Verb(
        api=WORKSPACE, scope=OWN, method="get", path="/jobs/{id}/line", name="listJobLine",
        about="JobLine", answers="JobLine", is_list=True, parameters="limit",
        filters={"state": "Lines in this state only.", "after": "Lines behind this number."},
        summary="List what became of each record of a job",
    )  # fmt: skip
    yield of(
        method="get", path="/jobs/{id}/file", name="retrieveJobFile",
        summary="Return the file that an export has made, as a download",
    )  # fmt: skip
