"""The versions of a document: what is filed, each to be fetched, and the next one to be added."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.care.filing import CLOSED, file_version
from trunkline.care.paper import PaperDocument
from trunkline.documents.errors import Invalid, Refusal
from trunkline.documents.shape import Json, parse_instant
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.record_page import head_of
from trunkline.web.records import record_of
from trunkline.web.timeline.shown import size
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.web.values import instant
from trunkline.workspace import attachments
from trunkline.workspace.about import may_note


class FilesPage:
    """`/document/{ident}/files`."""

    needs = "PaperDocument:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = reader(attachments.bytes_max(desk.services))

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the versions, the newest first."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """File the next version."""
        self._desk.act(req, resp, partial(self._file, ident=ident), read=self._read)

    def _view(self, visit: Visit, *, ident: str, problem: str = "") -> Answer:
        with self._desk.work(visit) as work:
            paper = record_of(work, PaperDocument.resource, ident)
            may = (
                work.actor.grant(PaperDocument.resource, "update") is not None
                and may_note(work.actor, PaperDocument.resource)
                and paper.document.get("status") not in CLOSED
            )
        base = self._desk.addresses.of_facts(PaperDocument.resource, paper.key)
        versions = paper.document.get("attachment")
        values = head_of(self._desk, paper) | {
            "versions": [
                self._version(one, base)
                for one in (versions if isinstance(versions, list) else ())
                if isinstance(one, dict)
            ],
            "may_file": may,
            "problem": problem,
            "done": visit.req.get_param("done") or "",
            "file_megabytes": attachments.bytes_max(self._desk.services) // (1024 * 1024),
        }
        return Shown("care_files.html", values, 400 if problem else 200)

    def _version(self, one: dict[str, Json], base: str) -> dict[str, Any]:
        period = one.get("validFor")
        start = period.get("startDateTime") if isinstance(period, dict) else None
        amount = one["size"].get("amount") if isinstance(one.get("size"), dict) else None
        return {
            "name": str(one.get("name") or one.get("url") or ""),
            "version": str(one.get("version") or ""),
            "address": f"{base}/files/{one.get('id')}" if "version" in one else "",
            "size": size(int(amount)) if amount is not None else "",
            "since": instant(parse_instant(start), self._desk.zone)
            if isinstance(start, str)
            else None,
            "is_current": not (isinstance(period, dict) and period.get("endDateTime")),
        }

    def _file(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        sent = form.files if isinstance(form, UploadForm) else []
        try:
            if not sent:
                raise Invalid("fileMissing", "choose a file first")
            with self._desk.work(visit) as work:
                for one in sent:
                    paper, _ = file_version(work, ident, name=one.name, content=one.content)
        except Refusal as refusal:
            if refusal.status not in {400, 409, 413}:
                raise
            messages = refusal.told
            return self._view(visit, ident=ident, problem=messages)
        return Moved(f"/document/{paper.key}/files?done=filed")
