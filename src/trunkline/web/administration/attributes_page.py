"""Attributes of the operator's own: those that there are, a new one, and how far its index is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon

from trunkline import attributes
from trunkline.attributes import KINDS, Definition
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.operations import operated
from trunkline.web.wording import words

READ = "attributes:read"
DEFINE = "attributes:define"
ADDRESS = f"{BASE}/attributes"
KIND_WORDS = {"text": "Text", "number": "Number", "boolean": "Yes or no",
              "instant": "Date and time"}  # fmt: skip


class AttributesPage:
    """`/administration/attributes` and `new`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them by kind of record."""
        self._desk.answer(req, resp, self._list)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change whether one has an index, or take one away."""
        self._desk.act(req, resp, self._change)

    def on_get_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form."""
        self._desk.answer(req, resp, lambda visit: self._form(visit, Form(), {}))

    def on_post_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Define one; an index follows in the background."""
        self._desk.act(req, resp, self._add)

    def _list(self, visit: Visit) -> Answer:
        return self._shown(visit, "")

    def _shown(self, visit: Visit, problem: str, status: int = 200) -> Answer:
        registry = self._desk.services.registry
        with operated(self._desk, visit, READ) as connection:
            found = attributes.definitions(connection)
            filling = {
                (one.type, one.name): one for one in attributes.fillings(connection, registry)
            }
        groups: dict[str, list[dict[str, Any]]] = {}
        for one in found:
            under_way = filling.get((one.type, one.name))
            groups.setdefault(one.type, []).append(
                {
                    "name": one.name,
                    "kind": KIND_WORDS.get(one.kind, one.kind),
                    "indexed": one.indexed,
                    "told": under_way.told if under_way else "",
                    "parked": bool(under_way and under_way.parked),
                    "done": under_way.records if under_way else 0,
                    "total": max(under_way.total, 1) if under_way else 1,
                    "unfit": one.unfit,
                }
            )
        grant = visit.actor.may(DEFINE)
        values: dict[str, Json] = {
            "groups": [
                {"type": name, "title": self._title(name), "rows": rows}
                for name, rows in groups.items()
            ],
            "may_define": grant is not None and grant.reach == "all",
            "problem": problem,
        }
        return Shown("admin_attributes.html", values, status)

    def _title(self, name: str) -> str:
        resource = self._desk.services.registry.resources.get(name)
        return resource.title if resource else words(name)

    def _form(
        self, visit: Visit, typed: Form, wrong: Mapping[str, str], status: int = 200
    ) -> Answer:
        with operated(self._desk, visit, DEFINE):
            kinds = sorted(
                (one.title, one.name) for one in self._desk.services.registry if one.published
            )
        values: dict[str, Json] = {
            "types": [{"name": name, "title": title} for title, name in kinds],
            "type": typed.text("type") or visit.req.get_param("type") or "Customer",
            "name": typed.text("name"),
            "kind": typed.text("kind") or KINDS[0],
            "indexed": bool(typed.text("indexed")),
            "kinds": [{"name": one, "title": KIND_WORDS[one]} for one in KINDS],
            "wrong": dict(wrong),
        }
        return Shown("admin_attribute_new.html", values, status)

    def _add(self, visit: Visit, form: Form) -> Answer:
        kind, name = form.text("type"), form.text("name")
        indexed = form.text("indexed") == "on"
        one = Definition(kind, name, form.text("kind"), indexed, None, 0, 0)
        try:
            with operated(self._desk, visit, DEFINE) as connection:
                attributes.define(connection, self._desk.services.registry, one, {})
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            wrong = {each.path: each.message for each in refusal.faults}
            return self._form(visit, form, wrong or {"name": refusal.message}, refusal.status)
        return Moved(f"{ADDRESS}?done=defined")

    def _change(self, visit: Visit, form: Form) -> Answer:
        kind, name = form.text("type"), form.text("name")
        try:
            with operated(self._desk, visit, DEFINE) as connection:
                if form.text("do") == "remove":
                    attributes.remove(connection, kind, name)
                else:
                    attributes.index(connection, kind, name, wanted=form.text("do") == "index")
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._shown(visit, refusal.message, refusal.status)
        return Moved(f"{ADDRESS}?done=changed")
