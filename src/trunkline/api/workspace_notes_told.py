"""Notes, tasks and files about records, described: what each operation takes and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.api.workspace import WORKSPACE
from trunkline.rest.verb import Object, Verb, shape

RECORDS = "workspace:records"
"""The scope that a token needs for what people write about records."""
MINE = "mine"
DAY: Object = {"type": "string", "format": "date"}
NO_DAY: Object = {"type": ["string", "null"], "format": "date"}

SCHEMAS: Mapping[str, Object] = {
    "RecordNote": shape(
        "What somebody wrote about a record; without a text where that was erased.",
        {"id": "text", "record": "object", "at": "instant", "author": "object", "text": "text",
         "editedAt": "instant", "pinned": "flag"},
        "id record at author pinned",
    ),
    "NewNote": shape(
        "A note to write; who is named in it by `@` and the login is told.",
        {"record": "object", "text": "text", "pinned": "flag"}, "record text",
    ),
    "NoteChange": shape("What to change of a note.", {"text": "text", "pinned": "flag"}),
    "RecordTask": shape(
        "What somebody has to do; without a title where that may not be read.",
        {"id": "text", "record": "object", "at": "instant", "author": "object",
         "assignee": "object", "title": "text", "due": DAY, "doneAt": "instant", "doneBy": "text"},
        "id at author assignee",
    ),
    "NewTask": shape(
        "A task to make; without an assignee it is for the one who asks.",
        {"record": "object", "title": "text", "due": DAY, "assignee": "text"}, "title",
    ),
    "TaskChange": shape(
        "What to change of a task.",
        {"title": "text", "due": NO_DAY, "assignee": "text", "done": "flag"},
    ),
    "RecordFile": shape(
        "A file that is kept with a record; its content has an address of its own.",
        {"id": "text", "record": "object", "at": "instant", "author": "object", "name": "text",
         "mediaType": "text", "size": "integer", "content": "text", "fileType": "text",
         "version": "integer"},
        "id record at author mediaType size content version",
    ),
    "NewFile": shape(
        "A file to keep; its content in Base64. What it is, is told by its content; what it is "
        "for is a code of the register fileType. One of a name that is there is its next version.",
        {"record": "object", "name": "text", "fileType": "text",
         "content": {"type": "string", "format": "byte", "examples": ["SGVsbG8="]}},
        "record name content",
    ),
}  # fmt: skip
ONE = {"before": "Older than this one.", "record": "Id or key of the record.",
       "type": "The kind of the record, such as `Customer`."}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    yield from _verbs("notes", "RecordNote", "Note", "note", changes="NoteChange")
    yield from _verbs(
        "tasks", "RecordTask", "Task", "task", changes="TaskChange",
        filters={MINE: "Instead of a record: `open`, `done` or `given` ones of the asking person."},
    )  # fmt: skip
    yield from _verbs("attachments", "RecordFile", "File", "file")
    yield Verb(
        api=WORKSPACE, scope=RECORDS, about="RecordFile", method="get",
        path="/attachments/{id}/content", name="retrieveRecordFileContent",
        summary="Return the content of a file, as a download",
    )  # fmt: skip


def _verbs(
    path: str, schema: str, short: str, word: str, *, changes: str = "",
    filters: Mapping[str, str] | None = None,
) -> Iterator[Verb]:  # fmt: skip
    of = partial(Verb, api=WORKSPACE, scope=RECORDS, about=schema)
    yield of(
        method="get", path=f"/{path}", name=f"list{schema}", answers=schema, is_list=True,
        parameters="limit", filters={**ONE, **(filters or {})},
        summary=f"List the {word}s about a record, newest first",
    )  # fmt: skip
    yield of(
        method="post", path=f"/{path}", name=f"create{schema}", takes=f"New{short}",
        answers=schema, status="201", parameters="Idempotency-Key", conflicts=True,
        summary=f"Make a {word}",
    )  # fmt: skip
    one = partial(of, path=f"/{path}/{{id}}")
    yield one(method="get", name=f"retrieve{schema}", answers=schema, summary=f"Return a {word}")
    if changes:
        yield one(
            method="patch", name=f"patch{schema}", takes=changes, answers=schema,
            summary=f"Change a {word}",
        )  # fmt: skip
    yield one(method="delete", name=f"delete{schema}", status="204", summary=f"Remove a {word}")
