"""One attribute of the operator's own: defined, changed, and seen as forms will ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import falcon

from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.governance.extra_definitions import MERGE, definition_of
from trunkline.governance.extra_values import extra_of
from trunkline.governance.registers import registers
from trunkline.kernel.work import Work
from trunkline.pages.language import ENGLISH, spoken
from trunkline.rest.writing import change, create
from trunkline.web.administration.attributes_page import (
    ADDRESS,
    DEFINE,
    KIND_WORDS,
    READ,
    defining,
    may_define,
)
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.extra_inputs import extra_input
from trunkline.web.forms import Form
from trunkline.web.governed import Governed
from trunkline.web.values import typed_number
from trunkline.workspace.preferences import LANGUAGES

TEXTS = ("label", "help", "section", "condition", "validation", "message", "register", "dataClass")
FLAGS = ("required", "indexed", "searched")
CLASS_WORDS = {
    "internal": "Internal: everybody who may read the record",
    "personal": "Personal: who may see personal data",
    "sensitive": "Sensitive: who may see what is sensitive",
}


class AttributePage:
    """`/administration/attributes/new`, `{kind}/{name}` and `preview`."""

    needs = "attributes:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the empty form."""
        self._desk.answer(req, resp, lambda visit: self._form(visit, None, Form(), {}))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Define one; an index follows in the background."""
        self._desk.act(req, resp, lambda visit, form: self._save(visit, form, None))

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, kind: str, name: str) -> None:
        """Show the form of one that there is."""
        self._desk.answer(req, resp, lambda visit: self._one(visit, kind, name))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, kind: str, name: str) -> None:
        """Change it."""
        self._desk.act(req, resp, lambda visit, form: self._save(visit, form, (kind, name)))

    def on_post_preview(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the input that forms would have for what is typed."""
        self._desk.act(req, resp, self._preview)

    def _one(self, visit: Visit, kind: str, name: str) -> Answer:
        with defining(self._desk, visit, READ) as work:
            found = definition_of(work, kind, name)
        if found is None:
            raise NotFound("notFound", f"there is no attribute {name} of {kind}")
        return self._form(visit, (kind, name), _typed(found.raw), {})

    def _form(
        self, visit: Visit, named: tuple[str, str] | None, typed: Form,
        wrong: Mapping[str, str], status: int = 200,
    ) -> Answer:  # fmt: skip
        with defining(self._desk, visit, DEFINE if named is None else READ) as work:
            known = [(one.called.within(spoken().code), one.code)
                     for one in registers(work).values()]  # fmt: skip
            preview = self._input(work, typed)
        registry = self._desk.services.registry
        kinds = sorted((one.title, one.name) for one in registry if one.published)
        typed_kind = typed.text("recordType") or visit.req.get_param("type") or "Customer"
        names = (*TEXTS, "name", "kind", "position", "defaultValue", *_language_names())
        values: dict[str, Json] = {
            "types": [{"name": name, "title": title} for title, name in kinds],
            "type": named[0] if named else typed_kind,
            "title": next((title for title, name in kinds if named and name == named[0]), ""),
            "typed": {one: typed.text(one) for one in names}
            | {"kind": typed.text("kind") or "text", "dataClass": typed.text("dataClass")
               or "personal"}
            | {one: bool(typed.text(one)) for one in FLAGS},
            "kinds": [{"name": one, "title": title} for one, title in KIND_WORDS.items()],
            "classes": [{"name": one, "title": title} for one, title in CLASS_WORDS.items()],
            "registers": [{"code": code, "name": name} for name, code in sorted(known)],
            "languages": [{"code": one, "title": LANGUAGES[one]} for one in _languages()],
            "is_new": named is None,
            "address": f"{ADDRESS}/{named[0]}/{named[1]}" if named else f"{ADDRESS}/new",
            "may_define": may_define(visit),
            "wrong": dict(wrong),
            "preview": [preview],
        }  # fmt: skip
        return Shown("admin_attribute.html", values, status)

    def _save(self, visit: Visit, form: Form, named: tuple[str, str] | None) -> Answer:
        kind, name = named or (form.text("recordType"), form.text("name"))
        said = _said(form)
        try:
            with defining(self._desk, visit, DEFINE) as work:
                if named is None:
                    body = {**said, "recordType": kind, "name": name}
                    create(work, ExtraAttribute.resource, body)
                else:
                    found = definition_of(work, kind, name)
                    if found is None:
                        raise NotFound("notFound", f"there is no attribute {name} of {kind}")
                    change(work, work.lock(ExtraAttribute, found.id), said, MERGE)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            wrong = {_field(each.path, said): each.message for each in refusal.faults}
            return self._form(visit, named, form, wrong or {"name": refusal.message},
                              refusal.status)  # fmt: skip
        return Moved(f"{ADDRESS}?done={'defined' if named is None else 'changed'}")

    def _preview(self, visit: Visit, form: Form) -> Answer:
        with defining(self._desk, visit, READ) as work:
            shown = self._input(work, form)
        return Shown("admin_attribute_preview.html", {"preview": [shown]})

    def _input(self, work: Work, form: Form) -> Any:
        said = {name: value for name, value in _said(form).items() if value is not None}
        kind = said.get("kind") or "text"
        extra = extra_of({**said, "name": form.text("name") or "name", "kind": kind})
        register = registers(work).get(extra.register)
        bound = {extra.name: register} if register is not None else {}
        known = Governed({extra.name: extra}, bound, work.now)
        shown = extra_input(known, extra, extra.default, self._desk.zone)
        return replace(shown, name="preview-value", at="preview-value")


def _languages() -> Sequence[str]:
    return [one for one in LANGUAGES if one != ENGLISH]


def _language_names() -> list[str]:
    return [f"{what}_{one}" for one in _languages() for what in ("label", "help")]


def _said(form: Form) -> dict[str, Json]:
    """Return what a form says; None for what it leaves out."""
    said: dict[str, Json] = {name: form.text(name) or None for name in TEXTS}
    kind = form.text("kind") or "text"
    said["kind"] = kind
    if kind not in {"choice", "choices"}:
        said["register"] = None
    said |= {name: form.text(name) == "on" for name in FLAGS}
    said["position"] = form.whole("position") if form.text("position") else None
    said["defaultValue"] = _default(kind, form.text("defaultValue"))
    said["translation"] = [
        {"language": one}
        | ({"name": form.text(f"label_{one}")} if form.text(f"label_{one}") else {})
        | ({"description": form.text(f"help_{one}")} if form.text(f"help_{one}") else {})
        for one in _languages()
        if form.text(f"label_{one}") or form.text(f"help_{one}")
    ] or None
    return said


def _default(kind: str, text: str) -> Json:
    if not text:
        return None
    if kind == "number":
        try:
            return bounded_number(typed_number(text))
        except (InvalidOperation, ValueError):
            return text
    if kind == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if kind == "choices":
        return [one.strip() for one in text.split(",") if one.strip()]
    return text


def _typed(raw: Mapping[str, Json]) -> Form:
    """Return the fields of the form of a definition."""
    fields: dict[str, list[str]] = {}
    for name, value in raw.items():
        if isinstance(value, bool):
            fields[name] = [("on" if name in FLAGS else str(value).lower()) if value or
                            name not in FLAGS else ""]  # fmt: skip
        elif isinstance(value, (str, int, Decimal)):
            fields[name] = [f"{value:f}" if isinstance(value, Decimal) else str(value)]
        elif name == "defaultValue" and isinstance(value, list):
            fields[name] = [", ".join(str(one) for one in value)]
    for one in raw.get("translation") or ():
        fields[f"label_{one['language']}"] = [one.get("name") or ""]
        fields[f"help_{one['language']}"] = [one.get("description") or ""]
    return Form(fields)


def _field(path: str, said: Mapping[str, Json]) -> str:
    """Return the field of the form that a fault is about."""
    if path.startswith("translation["):
        index = int(path.partition("[")[2].partition("]")[0])
        entries = said.get("translation") or []
        language = entries[index]["language"] if index < len(entries) else ""
        return f"{'help' if path.endswith('description') else 'label'}_{language}"
    return path
