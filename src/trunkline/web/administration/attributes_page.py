"""Attributes of the operator's own: those that there are, and how far their indexes are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import falcon

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.governance import attribute_index, extra_definitions
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.operations import operated
from trunkline.web.wording import words

READ = "attributes:read"
DEFINE = "attributes:define"
ADDRESS = f"{BASE}/attributes"
KIND_WORDS = {
    "text": "Text",
    "number": "Number",
    "boolean": "Yes or no",
    "instant": "Date and time",
    "date": "Date",
    "choice": "One of a register",
    "choices": "Several of a register",
}


@contextmanager
def defining(desk: Desk, visit: Visit, permission: str) -> Iterator[Work]:
    """Yield a transaction of somebody who may read or make definitions, of all records' kinds."""
    with operated(desk, visit, permission) as connection:
        now = desk.services.now()
        yield Work(desk.services, connection, visit.actor, now, visit.generation, None)


class AttributesPage:
    """`/administration/attributes`."""

    needs = "attributes:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them by kind of record."""
        self._desk.answer(req, resp, lambda visit: self._shown(visit, ""))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change whether one has an index, or take one away."""
        self._desk.act(req, resp, self._change)

    def _shown(self, visit: Visit, problem: str, status: int = 200) -> Answer:
        registry = self._desk.services.registry
        groups: dict[str, list[dict[str, Any]]] = {}
        with defining(self._desk, visit, READ) as work:
            found = attribute_index.definitions(work.connection)
            filling = {
                (one.type, one.name): one
                for one in attribute_index.fillings(work.connection, registry)
            }
            for one in found:
                under_way = filling.get((one.type, one.name))
                resource = registry.resources.get(one.type)
                extra = governed(work, resource).extras.get(one.name) if resource else None
                groups.setdefault(one.type, []).append(
                    {
                        "name": one.name,
                        "label": (extra.called.within(spoken().code) if extra else "")
                        or words(one.name),
                        "kind": KIND_WORDS.get(one.kind, one.kind),
                        "register": extra.register if extra else "",
                        "required": bool(extra and extra.required),
                        "section": extra.section if extra else "",
                        "condition": extra.condition.text if extra and extra.condition else "",
                        "address": f"{ADDRESS}/{one.type}/{one.name}",
                        "indexed": one.indexed,
                        "told": under_way.told if under_way else "",
                        "parked": bool(under_way and under_way.parked),
                        "done": under_way.records if under_way else 0,
                        "total": max(under_way.total, 1) if under_way else 1,
                        "unfit": one.unfit,
                    }
                )
        values: dict[str, Json] = {
            "groups": [
                {"type": name, "title": self._title(name), "rows": rows}
                for name, rows in groups.items()
            ],
            "may_define": may_define(visit),
            "problem": problem,
        }
        return Shown("admin_attributes.html", values, status)

    def _title(self, name: str) -> str:
        resource = self._desk.services.registry.resources.get(name)
        return resource.title if resource else words(name)

    def _change(self, visit: Visit, form: Form) -> Answer:
        kind, name = form.text("type"), form.text("name")
        try:
            with defining(self._desk, visit, DEFINE) as work:
                if form.text("do") == "remove":
                    extra_definitions.remove(work, kind, name)
                else:
                    wanted = form.text("do") == "index"
                    extra_definitions.index(work, kind, name, wanted=wanted)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            message = refusal.faults[0].message if refusal.faults else refusal.message
            return self._shown(visit, message, refusal.status)
        return Moved(f"{ADDRESS}?done=changed")


def may_define(visit: Visit) -> bool:
    """Tell whether a visitor may make and change definitions."""
    grant = visit.actor.may(DEFINE)
    return grant is not None and grant.reach == "all"
