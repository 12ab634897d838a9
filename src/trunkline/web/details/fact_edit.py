"""One fact, changed where it stands: its small form, saving it, and taking that back."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.restoring import MERGE, restore
from trunkline.web.details.told import fact_of
from trunkline.web.editing.edit_page import kept_fields
from trunkline.web.editing.paths import difference
from trunkline.web.editing.sheet import Fields, Sheet, edit_sheet, left_sheet, nodes_at
from trunkline.web.forms import Form
from trunkline.web.records import Record, record_of
from trunkline.web.wording import words


class FactEdit:
    """`/r/{segment}/{ident}/fact/{name}`, and `…/undo` for ten seconds after it."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, name: str
    ) -> None:
        """Show the small form, or with `?as=fact` the fact as it is."""
        self._desk.answer(req, resp, partial(self._form, segment=segment, ident=ident, name=name))

    def on_post(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, name: str
    ) -> None:
        """Save it and show it as it is then."""
        self._desk.act(req, resp, partial(self._save, segment=segment, ident=ident, name=name))

    def on_post_undo(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Take the last change back, unless somebody has changed the same since."""
        self._desk.act(req, resp, partial(self._undo, segment=segment, ident=ident))

    def on_post_restore(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Set a value of the history again."""
        self._desk.act(req, resp, partial(self._restore, segment=segment, ident=ident))

    # --- inside --------------------------------------------------------------------------------

    def _form(self, visit: Visit, *, segment: str, ident: str, name: str) -> Answer:
        resource = self._resource(segment)
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            if visit.req.get_param("as") == "fact":
                return self._fact(work, record, name)
            return self._inputs(work, edit_sheet(work, self._desk, record, {}), name)

    def _save(self, visit: Visit, form: Form, *, segment: str, ident: str, name: str) -> Answer:
        resource, fields = self._resource(segment), kept_fields(form)
        try:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident)
                record = record_of(work, resource, document.id)
                sheet = edit_sheet(work, self._desk, record, fields)
                if any(one.both for one in sheet.conflict):
                    return self._inputs(work, sheet, name)
                patch = difference(record.document, sheet.document)
                if patch:
                    change(work, document, patch, MERGE)
                now = record_of(work, resource, document.id)
                version = now.version if now.version != record.version else 0
                return self._fact(work, now, name, saved=version)
        except NotFound as missing:
            return self._left(visit, resource, ident, name, fields, missing)
        except Refusal as refusal:
            with self._desk.work(visit) as work:
                record = record_of(work, resource, ident)
                sheet = edit_sheet(work, self._desk, record, fields)
                return self._inputs(work, sheet, name, refusal)

    def _left(
        self, visit: Visit, resource: Resource, ident: str, name: str, fields: Fields,
        missing: NotFound,
    ) -> Answer:  # fmt: skip
        """Show what was typed over a fact of a record that is not there any more.

        Raises `missing` where it is there, but not theirs to change.
        """
        with self._desk.work(visit) as work:
            if work.get(resource.type, ident) is not None:
                raise missing
            sheet = left_sheet(work, self._desk, resource, fields)
            if sheet is None or name not in sheet.asking.names:
                raise missing
            gone = NotFound("notFound", f"{ident} is not there any more; nothing was changed")
            values = nodes_at(work, self._desk, sheet, name, gone)
        return self._small_form(resource, ident, name, values)

    def _undo(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource, name = self._resource(segment), form.text("name")
        with self._desk.work(visit) as work:
            record = restore(work, resource, ident, version=_version(form), only_last=True)
            if visit.req.get_header("HX-Request") == "true" and name:
                return self._fact(work, record, name)
        return Moved(self._desk.addresses.of_record(resource, record.key) + "?done=undone")

    def _restore(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment)
        with self._desk.work(visit) as work:
            record = restore(
                work, resource, ident, version=_version(form), path=form.text("path"),
                only_last=False,
            )  # fmt: skip
        address = self._desk.addresses.of_facts(resource, record.key)
        return Moved(f"{address}?tab=history&done=restored")

    def _fact(self, work: Work, record: Record, name: str, *, saved: int = 0) -> Shown:
        values: dict[str, Any] = {
            "one": fact_of(self._desk, work, record, name),
            "facts_address": self._desk.addresses.of_facts(record.resource, record.key),
            "saved": saved,
            "key": record.key,
        }
        return Shown("details_fact.html", values)

    def _inputs(self, work: Work, sheet: Sheet, name: str, refusal: Refusal | None = None) -> Shown:
        if name not in sheet.asking.names or sheet.record is None:
            raise NotFound("notFound", f"{name} is not yours to change")
        values = nodes_at(work, self._desk, sheet, name, refusal)
        values["conflict"] = [one for one in values["conflict"] if one["both"]]
        return self._small_form(sheet.resource, sheet.record.key, name, values)

    def _small_form(
        self, resource: Resource, ident: str, name: str, values: dict[str, Any]
    ) -> Shown:
        facts = self._desk.addresses.of_facts(resource, ident)
        own = {"name": name, "label": words(name), "facts_address": facts,
               "address": f"{facts}/fact/{name}"}  # fmt: skip
        return Shown("details_fact_form.html", own | values)

    def _resource(self, segment: str) -> Resource:
        resource = self._desk.addresses.resource(segment)
        if resource is None or "patch" not in resource.operations:
            raise NotFound("notFound", f"there is no page {segment}")
        return resource


def _version(form: Form) -> int:
    text = form.text("version")
    return int(text) if text.isdecimal() else 0
