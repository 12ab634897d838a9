"""Notes, tasks and files about records for programs: the same as the pages of the staff do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import falcon

from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    only_attributes,
    only_parameters,
)
from trunkline.api.workspace import ADDRESS
from trunkline.api.workspace_notes_told import MINE, RECORDS
from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.workspace import attachments, notes, tasks
from trunkline.workspace.about import About, about_named
from trunkline.workspace.notes import Told, pass_on

BODY_EXTRA = 4_096


class Beside(Asked):
    """What the addresses share: the scope that they ask for, and telling people afterwards."""

    def acted(self, req: falcon.Request, act: Callable[[Work], Told | None]) -> None:
        """Act in a transaction of the one who asks, then tell those who are to be told."""

        def answer(known: Known) -> None:
            must_be_for_records(known.actor)
            with self.work(req, known) as work:
                told = act(work)
            pass_on(self.services, told)

        self.as_known(req, answer)

    def answered(
        self, req: falcon.Request, resp: falcon.Response, read: Callable[[Work], Json]
    ) -> None:
        """Answer what is read."""
        self.acted(req, lambda work: answer_json(resp, read(work)))

    def made(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        make: Callable[[Work], tuple[Json, Told | None]],
    ) -> None:
        """Make one, once per Idempotency-Key, and answer it."""

        def act(work: Work) -> Told | None:
            told: list[Told | None] = []

            def make_it() -> None:
                body, whom = make(work)
                told.append(whom)
                answer_json(resp, body)
                resp.status = falcon.HTTP_201

            self.once(req, resp, work, make_it)
            return told[0] if told else None

        self.acted(req, act)

    def removed(
        self, req: falcon.Request, resp: falcon.Response, remove: Callable[[Work], object]
    ) -> None:
        """Remove one."""

        def act(work: Work) -> None:
            remove(work)
            resp.status = falcon.HTTP_204

        self.acted(req, act)


class Notes(Beside):
    """`/notes` and `/notes/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List those about one record, newest first."""
        before, limit = _page(req), self.limit(req)

        def act(work: Work) -> None:
            found = notes.notes_of(work, _asked_about(req, work), before=before, limit=limit)
            answer_list(resp, [_note(req, one) for one in found])

        self.acted(req, act)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Write one."""
        sent = only_attributes(self.sent(req), "record", "text", "pinned")

        def make(work: Work) -> tuple[Json, Told]:
            one = _about(work, sent)
            note, told = notes.add_note(
                work, one, _text(sent, "text"), pinned=_flag(sent, "pinned") or False
            )
            return _note(req, note), told

        self.made(req, resp, make)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one."""
        self.answered(req, resp, lambda work: _note(req, notes.note_of(work, ident)))

    def on_patch_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Change an own one, or pin one."""
        sent = only_attributes(self.sent(req), "text", "pinned")
        text = _text(sent, "text") if "text" in sent else None

        def act(work: Work) -> Told | None:
            note, told = notes.change_note(work, ident, text=text, pinned=_flag(sent, "pinned"))
            answer_json(resp, _note(req, note))
            return told

        self.acted(req, act)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Remove an own one."""
        self.removed(req, resp, lambda work: notes.remove_note(work, ident))


class Tasks(Beside):
    """`/tasks` and `/tasks/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List those about one record, or those of the one who asks."""
        mine = req.get_param(MINE)
        if mine is not None and mine not in tasks.MINE:
            raise Invalid.of([Fault(MINE, "badValue", f"takes {', '.join(tasks.MINE)}")])
        before, limit = _page(req, MINE), self.limit(req)

        def act(work: Work) -> None:
            if mine is not None:
                found = tasks.own_tasks(work, mine, before=before, limit=limit)
            else:
                one = _asked_about(req, work)
                found = tasks.tasks_about(work, one, before=before, limit=limit)
            answer_list(resp, [_task(req, each) for each in found])

        self.acted(req, act)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make one."""
        sent = only_attributes(self.sent(req), "record", "title", "due", "assignee")
        assignee = _text(sent, "assignee") if "assignee" in sent else tasks.ME
        said = tasks.TaskText(_text(sent, "title"), day_of(sent), assignee)

        def make(work: Work) -> tuple[Json, Told | None]:
            one = _about(work, sent) if sent.get("record") is not None else None
            task, told = tasks.add_task(work, one, said)
            return _task(req, task), told

        self.made(req, resp, make)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one."""
        self.answered(req, resp, lambda work: _task(req, tasks.task_of(work, ident)))

    def on_patch_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Change one, or report it as done."""
        sent = only_attributes(self.sent(req), "title", "due", "assignee", "done")
        patch: dict[str, Json] = {
            name: _text(sent, name) for name in ("title", "assignee") if name in sent
        }
        if "done" in sent:
            patch["done"] = _flag(sent, "done")
        if "due" in sent:
            patch["due"] = day_of(sent)

        def act(work: Work) -> Told | None:
            task, told = tasks.change_task(work, ident, patch)
            answer_json(resp, _task(req, task))
            return told

        self.acted(req, act)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Remove one that the one who asks has made."""
        self.removed(req, resp, lambda work: tasks.remove_task(work, ident))


class Files(Beside):
    """`/attachments` and `/attachments/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List those about one record, newest first."""
        before, limit = _page(req), self.limit(req)

        def act(work: Work) -> None:
            one = _asked_about(req, work)
            found = attachments.files_of(work, one, before=before, limit=limit)
            answer_list(resp, [_file(req, each) for each in found])

        self.acted(req, act)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep one."""
        most = attachments.bytes_max(self.services) * 4 // 3 + BODY_EXTRA
        sent = self.sent(req, bytes_max=most)
        content = content_of(sent)
        file_type = _text(sent, "fileType") if sent.get("fileType") is not None else None

        def make(work: Work) -> tuple[Json, None]:
            one = _about(work, sent)
            name = sent.get("name")
            kept = attachments.add_file(work, one, name, content, file_type=file_type)
            return _file(req, kept), None

        self.made(req, resp, make)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one without its content."""
        self.answered(req, resp, lambda work: _file(req, attachments.file_of(work, ident)))

    def on_get_content(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return the content of one, as a download."""

        def act(work: Work) -> None:
            file, content = attachments.content_of(work, ident)
            as_download(resp, file, content)

        self.acted(req, act)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Remove one."""
        self.removed(req, resp, lambda work: attachments.remove_file(work, ident))


# --- what comes in -------------------------------------------------------------------------


def must_be_for_records(actor: Actor) -> None:
    """Refuse (403) a token that was not made for what people write about records."""
    if actor.scopes is not None and not {RECORDS, "*:*"} & actor.scopes:
        raise Forbidden("notAllowed", f"the token lacks the scope {RECORDS}")


def _page(req: falcon.Request, *more: str) -> str | None:
    """Return the id to go on from; refuses other parameters."""
    only_parameters(req, "record", "type", "before", "limit", *more)
    before = req.get_param("before")
    if before is not None and not UUID.fullmatch(before):
        raise Invalid.of([Fault("before", "badValue", "takes the id of the last one")])
    return before


def _asked_about(req: falcon.Request, work: Work) -> About:
    record, kind = req.get_param("record"), req.get_param("type")
    if not record or not kind:
        message = "name the record by its id or key, and its kind by `type`"
        raise Invalid.of([Fault("record", "required", message)])
    return about_named(work, kind, record)


def _about(work: Work, sent: Mapping[str, Json]) -> About:
    record = sent.get("record")
    found = record if isinstance(record, dict) else {}
    ident, kind = found.get("id"), found.get("@referredType")
    if not isinstance(ident, str) or not isinstance(kind, str):
        message = "names the record by its id or key, and its kind by @referredType"
        raise Invalid.of([Fault("record", "required", message)])
    return about_named(work, kind, ident)


def _text(sent: Mapping[str, Json], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise Invalid.of([Fault(name, "badType", "must be a text")])
    return value


def _flag(sent: Mapping[str, Json], name: str) -> bool | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, bool):
        raise Invalid.of([Fault(name, "badType", "must be true or false")])
    return value


def day_of(sent: Mapping[str, Json]) -> date | None:
    """Return the day that is sent as `due`, or refuse what is none."""
    value = sent.get("due")
    if value is None:
        return None
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Invalid.of([Fault("due", "badType", "must be a day such as 2026-11-30")]) from None


def content_of(sent: Mapping[str, Json]) -> bytes:
    """Return the bytes that are sent in Base64, or refuse what is not."""
    try:
        return base64.b64decode(_text(sent, "content"), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid.of([Fault("content", "badType", "must be Base64")]) from None


# --- what goes out -------------------------------------------------------------------------


def as_download(resp: falcon.Response, file: attachments.File, content: bytes) -> None:
    """Answer with a file that no browser shows or runs, only keeps."""
    resp.data = content
    resp.content_type = file.media_type
    resp.set_headers(attachments.download_headers(file))


def _beside(
    one: notes.Note | tasks.Task | attachments.File,
) -> dict[str, Json]:
    told: dict[str, Json] = {
        "id": one.id, "at": format_instant(one.at),
        "author": {"id": one.author, "name": one.author_name},
    }  # fmt: skip
    if one.record is not None:
        told["record"] = {"id": one.record, "key": one.key, "@referredType": one.type}
    return told


def _note(_req: falcon.Request, one: notes.Note) -> Json:
    told = _beside(one) | {"pinned": one.pinned_at is not None}
    if one.text is not None:
        told["text"] = one.text
    if one.edited_at is not None:
        told["editedAt"] = format_instant(one.edited_at)
    return told


def _task(_req: falcon.Request, one: tasks.Task) -> Json:
    told = _beside(one) | {"assignee": {"id": one.assignee, "name": one.assignee_name}}
    if one.title is not None:
        told["title"] = one.title
    if one.due is not None:
        told["due"] = one.due.isoformat()
    if one.done_at is not None:
        told |= {"doneAt": format_instant(one.done_at), "doneBy": one.done_by_name}
    return told


def _file(req: falcon.Request, one: attachments.File) -> Json:
    told = _beside(one) | {
        "mediaType": one.media_type, "size": one.size, "version": one.version,
        "content": f"{req.prefix}{ADDRESS}/attachments/{one.id}/content",
    }  # fmt: skip
    if one.name is not None:
        told["name"] = one.name
    if one.file_type is not None:
        told["fileType"] = one.file_type
    return told


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    for path, place in (
        ("notes", Notes(services, doorman)),
        ("tasks", Tasks(services, doorman)),
        ("attachments", Files(services, doorman)),
    ):
        app.add_route(f"{ADDRESS}/{path}", place)
        app.add_route(f"{ADDRESS}/{path}/{{ident}}", place, suffix="one")
    app.add_route(f"{ADDRESS}/attachments/{{ident}}/content", Files(services, doorman),
                  suffix="content")  # fmt: skip
