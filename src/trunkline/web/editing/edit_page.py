"""The forms: a new record, and a change of one, of every kind that is declared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

import falcon

from trunkline.documents.errors import NotAllowed, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.rest.writing import change, create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.gone import gone_record
from trunkline.web.editing.beside import beside_of
from trunkline.web.editing.paths import difference
from trunkline.web.editing.reading import marked
from trunkline.web.editing.sheet import (
    CHOICE,
    Fields,
    Sheet,
    copy_sheet,
    edit_sheet,
    label_of_sheet,
    left_sheet,
    new_sheet,
    shown_sheet,
)
from trunkline.web.editing.steps import COPY, asked_in_address, begun_with, stepped
from trunkline.web.forms import Form
from trunkline.web.records import record_of
from trunkline.web.values import instant
from trunkline.web.wording import plural
from trunkline.workspace.drafts import Typed, discard_draft, draft_of, keep_draft

MERGE = "application/merge-patch+json"
KEPT = ("base", "version")
BEGUN_MAX = 500


class EditPage:
    """`/r/{segment}/new` and `/r/{segment}/{ident}/edit`, with their drafts."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # --- requests ------------------------------------------------------------------------------

    def on_get_new(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Show the form of a new record."""
        self._desk.answer(req, resp, partial(self._new, segment=segment))

    def on_post_new(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Make the record, or show the form again with what is wrong."""
        self._desk.act(req, resp, partial(self._create, segment=segment))

    def on_get_edit(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show the form of a record."""
        self._desk.answer(req, resp, partial(self._edit, segment=segment, ident=ident))

    def on_post_edit(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Change the record, or show the form again with what is wrong or was changed meanwhile."""
        self._desk.act(req, resp, partial(self._change, segment=segment, ident=ident))

    def on_post_form(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str = ""
    ) -> None:
        """Show the form anew with what was typed, after one of its steps."""
        self._desk.act(req, resp, partial(self._again, segment=segment, ident=ident))

    def on_post_draft(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str = ""
    ) -> None:
        """Keep what was typed, or discard it."""
        self._desk.act(req, resp, partial(self._keep, segment=segment, ident=ident))

    # --- a new record --------------------------------------------------------------------------

    def _new(self, visit: Visit, *, segment: str) -> Answer:
        resource = self._resource(segment, "create")
        begun = begun_with(resource, visit.req.query_string)
        typed = self._draft(visit, place_of(resource, "", begun))
        with self._desk.work(visit) as work:
            source = visit.req.get_param(COPY) or ""
            if typed is not None:
                sheet = new_sheet(work, self._desk, resource, _lists(typed))
            elif source:
                sheet = copy_sheet(work, resource, record_of(work, resource, source))
            else:
                fields = asked_in_address(resource, visit.req.query_string)
                sheet = new_sheet(work, self._desk, resource, fields)
            values = shown_sheet(work, self._desk, sheet)
        return self._page(sheet, values | {"begun": begun}, kept=typed)

    def _create(self, visit: Visit, form: Form, *, segment: str) -> Answer:
        resource = self._resource(segment, "create")
        step = form.text("step")
        fields, beside = marked(form.fields), beside_of(resource)
        begun = begun_with(resource, form.text("begun"))
        if step:
            return self._again(visit, form, segment=segment, ident="")

        def write() -> Answer:
            with self._desk.work(visit) as work:
                sheet = new_sheet(work, self._desk, resource, fields)
                if beside is not None:
                    beside.before(work, resource, sheet.document, form)
                document = create(work, resource, sheet.document)
                if beside is not None:
                    beside.after(work, document, form)
            self._discard(visit, place_of(resource, "", begun))
            base = self._desk.addresses.of_list(resource)
            if form.text("then") == "next":
                return Moved(f"{base}/new?done={document.key}")
            return Moved(self._desk.addresses.of_record(resource, document.key) + "?done=created")

        def again(refusal: Refusal) -> Answer:
            with self._desk.work(visit) as work:
                sheet = new_sheet(work, self._desk, resource, fields)
                values = shown_sheet(work, self._desk, sheet, refusal)
            values["typed_beside"] = form.text(beside.kept) if beside is not None else ""
            values["begun"] = begun
            return self._page(sheet, values, refusal)

        return _written(write, again)

    # --- a change ------------------------------------------------------------------------------

    def _edit(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment, "patch")
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, resource, ident)
                typed = self._draft(visit, place_of(resource, record.id))
                sheet = edit_sheet(work, self._desk, record, _lists(typed) if typed else {})
                values = shown_sheet(work, self._desk, sheet)
        except NotFound as missing:
            left = self._left_draft(visit, resource, ident, missing)
            return self._left(visit, resource, ident, left, missing)
        return self._page(sheet, values, kept=typed)

    def _left_draft(
        self, visit: Visit, resource: Resource, ident: str, missing: NotFound
    ) -> Fields:
        """Return what was typed and not saved over a record that was removed since."""
        with self._desk.work(visit) as work:
            gone = gone_record(work, resource, ident, missing)
        typed = self._draft(visit, place_of(resource, gone.id))
        return _lists(typed) if typed else {}

    def _change(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment, "patch")
        if form.text("step"):
            return self._again(visit, form, segment=segment, ident=ident)
        fields = kept_fields(form)

        def write() -> Answer:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident)
                record = record_of(work, resource, document.id)
                sheet = edit_sheet(work, self._desk, record, fields)
                if sheet.conflict:
                    return self._page(sheet, shown_sheet(work, self._desk, sheet), status=409)
                patch = difference(record.document, sheet.document)
                if patch:
                    change(work, document, patch, MERGE)
            self._discard(visit, place_of(resource, record.id))
            version = document.meta.version
            is_same = version == record.version
            saved = "?done=same" if is_same else f"?version={version}&done=saved"
            following = form.text("next")
            if form.text("then") == "next" and following:
                place = self._desk.addresses.of_facts(resource, following)
                return Moved(f"{place}/edit?done={record.key}")
            return Moved(self._desk.addresses.of_record(resource, record.key) + saved)

        def again(refusal: Refusal) -> Answer:
            with self._desk.work(visit) as work:
                record = record_of(work, resource, ident)
                sheet = edit_sheet(work, self._desk, record, fields)
                return self._page(sheet, shown_sheet(work, self._desk, sheet, refusal), refusal)

        try:
            return _written(write, again)
        except NotFound as missing:
            return self._left(visit, resource, ident, fields, missing)

    # --- between -------------------------------------------------------------------------------

    def _again(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment, "patch" if ident else "create")
        fields, step = kept_fields(form), form.text("step")
        try:
            with self._desk.work(visit) as work:
                if ident:
                    record = record_of(work, resource, ident)
                    sheet = edit_sheet(work, self._desk, record, fields, step)
                else:
                    sheet = new_sheet(work, self._desk, resource, fields, step)
                values = shown_sheet(work, self._desk, sheet)
            values["begun"] = begun_with(resource, form.text("begun"))
        except NotFound as missing:
            return self._left(visit, resource, ident, stepped(fields, step), missing)
        is_part = visit.req.get_header("HX-Request") == "true"
        return self._page(sheet, values, template="editing_form.html" if is_part else "")

    def _left(
        self, visit: Visit, resource: Resource, ident: str, fields: Fields, missing: NotFound
    ) -> Answer:
        """Show what was typed over a record that is not there any more: a new one may be made.

        Raises `missing` where it is there, but not theirs to change, or something else is missing.
        """
        with self._desk.work(visit) as work:
            if ident and work.get(resource.type, ident) is not None:
                raise missing
            sheet = left_sheet(work, self._desk, resource, fields)
            if sheet is None:
                raise missing
            values = shown_sheet(work, self._desk, sheet)
        values["left"] = "new" if sheet.asking.is_new else "kept"
        is_part = visit.req.get_header("HX-Request") == "true"
        template, status = ("editing_form.html", 200) if is_part else ("", missing.status)
        return self._page(sheet, values, template=template, status=status)

    def _keep(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment, "patch" if ident else "create")
        base = self._desk.addresses.of_list(resource)
        address = f"{base}/new"
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident) if ident else None
            work.actor.must(resource, "update" if record else "create")
        begun = begun_with(resource, form.text("begun")) if record is None else ""
        place = place_of(resource, record.id if record else "", begun)
        address += f"?{begun}" if begun else ""
        if record is not None:
            address = f"{self._desk.addresses.of_facts(resource, record.key)}/edit"
        if form.text("step") == "discard":
            self._discard(visit, place)
            return Moved(address)
        at = keep_draft(
            self._desk.services, principal=visit.actor.id, place=place,
            fields=kept_fields(form), version=version_of(form, record.version if record else 0),
        )  # fmt: skip
        return Shown("editing_kept.html", {"at": instant(at, self._desk.zone)})

    # --- inside --------------------------------------------------------------------------------

    def _resource(self, segment: str, operation: str) -> Resource:
        resource = self._desk.addresses.resource(segment)
        if resource is None:
            raise NotFound("notFound", f"there is no page {segment}")
        if operation not in resource.operations:
            verb = "made new" if operation == "create" else "changed"
            raise NotAllowed("methodNotAllowed", f"a {resource.title.lower()} cannot be {verb}")
        return resource

    def _draft(self, visit: Visit, place: str) -> Typed | None:
        return draft_of(self._desk.services, principal=visit.actor.id, place=place)

    def _discard(self, visit: Visit, place: str) -> None:
        discard_draft(self._desk.services, principal=visit.actor.id, place=place)

    def _page(
        self,
        sheet: Sheet,
        values: dict[str, Any],
        refusal: Refusal | None = None,
        *,
        kept: Typed | None = None,
        status: int = 200,
        template: str = "",
    ) -> Shown:
        resource, record = sheet.resource, sheet.record
        base = self._desk.addresses.of_list(resource)
        own: dict[str, Json] = {
            "is_new": record is None,
            "kind": resource.title,
            "list": {"title": plural(resource.title), "address": base},
            "label": record.label if record else label_of_sheet(sheet),
            "key": record.key if record else "",
            "address": f"{base}/new",
            "back": base,
            "kept": instant(kept.saved_at, self._desk.zone) if kept else None,
            "masked": bool(sheet.asking.steps),
            "advice": sheet.asking.screen.advice,
            "typed_beside": "",
            "left": "",
            "begun": "",
            "beside": beside_of(resource) if record is None else None,
        }
        if record is not None:
            own["address"] = f"{self._desk.addresses.of_facts(resource, record.key)}/edit"
            own["back"] = self._desk.addresses.of_record(resource, record.key)
        if refusal is not None:
            status = refusal.status
        return Shown(template or "editing_page.html", own | values, status)


def place_of(resource: Resource, ident: str, begun: str = "") -> str:
    """Return the name under which the draft of a form is kept: one for what it began with.

    What it began with may be longer than an index holds.
    """
    if len(begun) > BEGUN_MAX:
        begun = sha256(begun.encode()).hexdigest()
    return f"{resource.name}:{ident or 'new'}" + (f"?{begun}" if begun else "")


def kept_fields(form: Form) -> Fields:
    """Return the fields of a form that say what was typed, and over what."""
    fields = marked(form.fields)
    for name, value in form.fields.items():
        if name in KEPT or name.startswith(CHOICE):
            fields[name] = list(value)
    return fields


def version_of(form: Form, default: int) -> int:
    """Return the version of the record that a form was made of."""
    text = form.text("version")
    return int(text) if text.isdecimal() else default


def _lists(typed: Typed) -> Fields:
    fields = {name: list(one) for name, one in typed.fields.items()}
    return fields | ({"version": [str(typed.version)]} if typed.version else {})


def _written(write: Callable[[], Answer], again: Callable[[Refusal], Answer]) -> Answer:
    """Return the answer to a write, or the form with what is wrong in it."""
    try:
        return write()
    except NotFound:
        raise
    except Refusal as refusal:
        return again(refusal)
