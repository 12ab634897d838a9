"""The timeline of any record, and what people add to it: notes, tasks and files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import record_of
from trunkline.web.timeline.shown import timeline_of
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.workspace import attachments, notes, tasks
from trunkline.workspace.about import About, about
from trunkline.workspace.notes import Told, pass_on

Done = tuple[str, Told | None]
"""What to say of what was done, and whom to tell."""


class TimelinePage:
    """`/r/{segment}/{ident}/timeline` and what is posted there."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read_files = reader(attachments.bytes_max(desk.services))

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show what has happened to the record, newest first."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def on_post_note(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Write a note."""

        def add(work: Work, one: About, form: Form) -> Done:
            pinned = form.text("pinned") == "1"
            return "Noted.", notes.add_note(work, one, form.text("text"), pinned=pinned)[1]

        self._act(req, resp, segment, ident, add)

    def on_post_note_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, which: str
    ) -> None:
        """Change, pin or remove a note."""

        def act(work: Work, _one: About, form: Form) -> Done:
            if form.text("remove"):
                notes.remove_note(work, which)
                return "The note was removed.", None
            if form.text("pin"):
                notes.change_note(work, which, pinned=form.text("pin") == "1")
                return "Saved.", None
            return "Saved.", notes.change_note(work, which, text=form.text("text"))[1]

        self._act(req, resp, segment, ident, act)

    def on_post_task(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Make a task."""

        def add(work: Work, one: About, form: Form) -> Done:
            said = tasks.TaskText(
                form.text("title"), day_of(form.text("due")), form.text("assignee")
            )
            return "The task was made.", tasks.add_task(work, one, said)[1]

        self._act(req, resp, segment, ident, add)

    def on_post_task_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, which: str
    ) -> None:
        """Report a task as done or not, or remove it."""

        def act(work: Work, _one: About, form: Form) -> Done:
            if form.text("remove"):
                tasks.remove_task(work, which)
                return "The task was removed.", None
            done = form.text("done") == "1"
            tasks.change_task(work, which, {"done": done})
            return "Done." if done else "It is to be done again.", None

        self._act(req, resp, segment, ident, act)

    def on_post_file(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Keep files with the record."""

        def add(work: Work, one: About, form: Form) -> Done:
            sent = form.files if isinstance(form, UploadForm) else []
            if not sent:
                raise Invalid("fileMissing", "choose a file first")
            for each in sent:
                kind = form.text("fileType") or None
                attachments.add_file(work, one, each.name, each.content, file_type=kind)
            return "The file was kept." if len(sent) == 1 else "The files were kept.", None

        self._act(req, resp, segment, ident, add, read=self._read_files)

    def on_get_file_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, which: str
    ) -> None:
        """Hand a file out, as a download."""
        found: list[tuple[attachments.File, bytes]] = []

        def view(visit: Visit) -> Answer:
            self._resource(segment)
            with self._desk.work(visit) as work:
                found.append(attachments.content_of(work, which))
            return Fragment(None)

        self._desk.answer(req, resp, view)
        if found:
            file, content = found[-1]
            resp.status, resp.data, resp.content_type = falcon.HTTP_200, content, file.media_type
            resp.set_headers(attachments.download_headers(file))

    def on_post_file_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, which: str
    ) -> None:
        """Remove a file."""

        def remove(work: Work, _one: About, _form: Form) -> Done:
            attachments.remove_file(work, which)
            return "The file was removed.", None

        self._act(req, resp, segment, ident, remove)

    # --- inside --------------------------------------------------------------------------------

    def _view(
        self, visit: Visit, *, segment: str, ident: str, more: dict[str, Any] | None = None
    ) -> Answer:
        resource = self._resource(segment)
        req = visit.req
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            values = timeline_of(
                self._desk, work, record,
                kind=req.get_param("kind") or "", before=req.get_param("before") or "",
                channel=req.get_param("channel") or "",
                today=work.now.astimezone(self._desk.zone).date(),
            )  # fmt: skip
        is_filtered = more is None and req.get_param("kind") is not None
        told = {"said": "", "problem": "", "typed": {}, "is_filtered": is_filtered}
        return Shown("timeline.html", values | told | (more or {}))

    def _act(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        segment: str,
        ident: str,
        act: Callable[[Work, About, Form], Done],
        *,
        read: Callable[[falcon.Request], Form] | None = None,
    ) -> None:
        """Do what was asked, tell people, and show the timeline as it is then.

        To a page without scripts it answers with the record's page.
        """

        def action(visit: Visit, form: Form) -> Answer:
            resource = self._resource(segment)
            is_part = visit.req.get_header("HX-Request") == "true"
            try:
                with self._desk.work(visit) as work:
                    said, told = act(work, about(work, resource, ident), form)
            except Refusal as refusal:
                if not is_part:
                    raise
                typed = {name: form.text(name) for name in form.fields if name != "csrf"}
                more = {"problem": refusal.message, "typed": typed}
                return self._view(visit, segment=segment, ident=ident, more=more)
            pass_on(self._desk.services, told)
            if is_part:
                return self._view(visit, segment=segment, ident=ident, more={"said": said})
            return Moved(f"{self._desk.addresses.of_facts(resource, ident)}?tab=timeline")

        if read is None:
            self._desk.act(req, resp, action)
        else:
            self._desk.act(req, resp, action, read=read)

    def _resource(self, segment: str) -> Resource:
        resource = self._desk.addresses.resource(segment)
        if resource is None:
            raise NotFound("notFound", f"there is no page {segment}")
        return resource


def day_of(text: str) -> date | None:
    """Return the day of a date field, None where it is empty; refuses what is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("badDay", "the day must be one such as 2026-11-30") from None
