"""Imports: a file is taken in, its columns are told apart, its rows are tried, then it runs."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.patch import ABSENT
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.screens.screen import screen_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.lists.export_page import FileAnswer
from trunkline.web.lists.import_heads import field_label, head_names
from trunkline.web.lists.job_titles import IMPORT, english_title, told_title
from trunkline.web.lists.list_page import listed
from trunkline.web.records import Mention, mentions_of
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.web.values import number
from trunkline.web.wording import plural
from trunkline.workspace.import_fields import MATCHES, Field, guessed
from trunkline.workspace.import_file import FILE_BYTES_MAX, read_file
from trunkline.workspace.import_job import (
    TRIED_MAX,
    Tried,
    begin_import,
    importable,
    map_import,
    try_import,
)
from trunkline.workspace.job import Job, job_of
from trunkline.workspace.jobs import resume
from trunkline.workspace.tables import MEDIA, as_csv

MATCH_WORDS = {"key": "Key", "id": "Identifier", "externalId": "External number"}
TEMPLATE_MAX = 40


class ImportPage:
    """`/r/{segment}/import` and the draft of an import behind it."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = reader(FILE_BYTES_MAX)

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Ask for the file."""
        self._desk.answer(req, resp, partial(self._upload, segment=segment))

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Take it in."""
        self._desk.act(req, resp, partial(self._take, segment=segment), read=self._read)

    def on_get_template(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Send an empty file with the columns that such records have."""
        file = FileAnswer()

        def view(visit: Visit) -> Answer:
            resource = self._resource(segment)
            with self._desk.work(visit) as work:
                known = governed(work, resource)
                fields = [one for one in importable(work, resource) if known.has_use_for(one.path)]
            content = as_csv(template_of(resource, fields, known.extras), [])
            return file.put(f"{resource.path}-template.csv", MEDIA["csv"], content)

        self._desk.answer(req, resp, view)
        file.send(resp)

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show which column is what, and what would become of the rows."""
        self._desk.answer(req, resp, partial(self._draft, segment=segment, ident=ident))

    def on_post_one(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Tell the columns apart anew, or run it."""
        self._desk.act(req, resp, partial(self._go, segment=segment, ident=ident))

    # --- the file ------------------------------------------------------------------------------

    def _upload(self, visit: Visit, *, segment: str, refusal: Refusal | None = None) -> Answer:
        resource = self._resource(segment)
        with self._desk.work(visit) as work:
            importable(work, resource)
        values = self._values(resource) | {"problem": refusal.message if refusal else ""}
        return Shown("list_import.html", values, refusal.status if refusal else 200)

    def _take(self, visit: Visit, form: Form, *, segment: str) -> Answer:
        resource = self._resource(segment)
        files = form.files if isinstance(form, UploadForm) else []
        try:
            if not files:
                raise Invalid("fileMissing", "choose a file first")
            sheet = read_file(files[0].name, files[0].content)
        except Refusal as refusal:
            return self._upload(visit, segment=segment, refusal=refusal)
        with self._desk.work(visit) as work:
            fields = importable(work, resource)
            known = governed(work, resource)
        mapping = guessed(resource, sheet.heads, fields, head_names(fields, known))
        match = next((one for one in MATCHES if one in mapping.values()), "")
        told = told_title(IMPORT, resource.name, len(sheet.rows))
        ident = begin_import(
            self._desk.services, visit.actor, resource, sheet, mapping=mapping, match=match,
            zone=str(self._desk.zone), told=told,
            title=english_title(self._desk.services.registry, told),
        )  # fmt: skip
        return Moved(f"{self._desk.addresses.of_list(resource)}/import/{ident}")

    # --- the draft -----------------------------------------------------------------------------

    def _draft(
        self, visit: Visit, *, segment: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        resource, services = self._resource(segment), self._desk.services
        job = job_of(services, visit.actor, ident)
        if job.state != "draft":
            return Moved(f"/jobs/{job.id}")
        with self._desk.work(visit) as work:
            fields = importable(work, resource)
        total = job.total or 0
        after = min(max(0, visit.req.get_param_as_int("after") or 0), max(0, total - 1))
        tried = try_import(services, visit.actor, resource, job, after=after)
        with self._desk.work(visit) as work:
            mentions = self._mentioned(work, fields, tried)
        values = self._values(resource) | self._mapping(job, fields) | {
            "job": job.id,
            "total": number(total),
            "rows": [_row(one, mentions) for one in tried],
            "counts": _counts(tried),
            "is_all": total <= TRIED_MAX,
            "is_hopeless": total <= TRIED_MAX and all(one.state == "refused" for one in tried),
            "first": number(after + 1),
            "last": number(after + len(tried)),
            "back": f"?after={max(0, after - TRIED_MAX)}" if after else "",
            "forward": f"?after={after + TRIED_MAX}" if after + TRIED_MAX < total else "",
            "problem": refusal.message if refusal else "",
        }  # fmt: skip
        return Shown("list_import_draft.html", values, refusal.status if refusal else 200)

    def _go(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource, services = self._resource(segment), self._desk.services
        job = job_of(services, visit.actor, ident)
        with self._desk.work(visit) as work:
            fields = importable(work, resource)
        heads: Sequence[str] = job.asked["heads"]
        mapping = {
            head: path for at, head in enumerate(heads) if (path := form.text(f"column-{at}"))
        }
        try:
            map_import(services, job, fields, mapping=mapping, match=form.text("match"))
            if form.text("do") != "run":
                return Moved(f"{self._desk.addresses.of_list(resource)}/import/{job.id}")
            if not mapping:
                raise Invalid("nothingAsked", "say what at least one column is")
            resume(services, visit.actor, job.id)
        except Refusal as refusal:
            return self._draft(visit, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"/jobs/{job.id}")

    # --- inside --------------------------------------------------------------------------------

    def _mentioned(
        self, work: Work, fields: Sequence[Field], tried: Sequence[Tried]
    ) -> dict[str, Mention]:
        """Return what the records are called that rows would point at."""
        values = [value for one in tried for change in one.changes for value in change[1:]]
        idents = {one for one in values if isinstance(one, str) and UUID.match(one)}
        kinds = {name for one in fields if one.shape is not None for name in one.shape.targets}
        return mentions_of(work, self._desk.addresses, dict.fromkeys(kinds, idents))

    def _mapping(self, job: Job, fields: Sequence[Field]) -> dict[str, Any]:
        mapping: dict[str, str] = job.asked["mapping"]
        heads: Sequence[str] = job.asked["heads"]
        own = [one for one in MATCHES if any(field.path == one for field in fields)]
        return {
            "columns": [
                {"at": at, "head": head, "path": mapping.get(head, "")}
                for at, head in enumerate(heads)
            ],
            "fields": [{"path": one.path, "label": field_label(one)} for one in fields],
            "match": job.asked["match"],
            "matches": [{"value": one, "label": MATCH_WORDS[one]} for one in own],
            "unmapped": sum(not mapping.get(head) for head in heads),
        }

    def _values(self, resource: Resource) -> dict[str, Any]:
        base = self._desk.addresses.of_list(resource)
        return {
            "list": {"title": plural(resource.title), "address": base},
            "kind": resource.title,
            "template": f"{base}/import/template.csv",
            "largest": FILE_BYTES_MAX >> 20,
        }

    def _resource(self, segment: str) -> Resource:
        resource = listed(self._desk, segment)
        if not {"create", "patch"} <= {*resource.operations}:
            raise NotFound("notFound", f"{plural(resource.title)} are not imported")
        return resource


def template_of(resource: Resource, fields: Sequence[Field], added: Container[str]) -> list[str]:
    """Return the heads of an empty file: what such records must have, and what lists show.

    What the operator has `added` is among them, however many heads there are before it.
    """
    paths = [one.path for one in fields if one.kind != "json" and "@" not in one.path]
    own = resource.type.attributes()
    screen = screen_of(resource)
    wanted = [own[name].json_name for name in resource.required]
    wanted += [*resource.label, *screen.columns, *screen.filters]
    tops = {one.partition(".")[0] for one in wanted}
    first = [one for one in paths if one in wanted or one.partition(".")[0] in tops]
    inside = [one.path for one in fields if one.element is not None]
    chosen = ["key", *first, *inside, *(one for one in paths if "." not in one)]
    shipped = list(dict.fromkeys(one for one in chosen if one != "id"))[:TEMPLATE_MAX]
    return list(dict.fromkeys([*shipped, *(one for one in paths if one in added)]))


def _row(one: Tried, mentions: Mapping[str, Mention]) -> dict[str, Any]:
    tone = {"new": "good", "changed": "busy", "refused": "bad"}.get(one.state, "idle")
    words = {"new": "New", "changed": "Changed", "same": "Not different", "refused": "Refused"}
    return {
        "number": one.number,
        "state": words[one.state],
        "tone": tone,
        "key": one.key,
        "changes": [
            {"label": label_of_path(path), "old": _text(old, mentions), "new": _text(new, mentions)}
            for path, old, new in [each for each in one.changes if "@" not in each[0]][:8]
        ],
        "faults": [
            {"label": label_of_path(str(fault["path"])), "message": fault["message"]}
            for fault in one.faults
        ],
    }


def _text(value: Any, mentions: Mapping[str, Mention]) -> str:
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, str) and value in mentions:
        return f"{mentions[value].label} ({mentions[value].key})"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _counts(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    found = []
    for state, label, tone in (
        ("new", "New", "good"),
        ("changed", "Changed", "good"),
        ("same", "Not different", ""),
        ("refused", "Refused", "bad"),
    ):
        count = sum(one.state == state for one in tried)
        if count:
            found.append({"label": label, "tone": tone, "count": number(count)})
    return found
