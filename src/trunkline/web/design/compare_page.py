"""Two versions of a plan definition, item by item."""

from __future__ import annotations

from functools import partial

import falcon

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.versions import differences
from trunkline.web.design.plan_page import definition_of
from trunkline.web.design.plans_page import BASE, state_of
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.wording import words


class ComparePage:
    """`/plans/{id}/compare?with=`: what a version says otherwise than another one."""

    needs = "PlanDefinition:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the differences; the version before it where none is named."""
        self._desk.answer(req, resp, partial(self._show, ident=ident))

    def _show(self, visit: Visit, *, ident: str) -> Answer:
        asked = visit.req.get_param("with")
        with self._desk.work(visit) as work:
            after = definition_of(work, ident)
            others = work.find(PlanDefinition, {"code": after.code}, limit=100)
        others = sorted(others, key=lambda one: -int(one.plan_version or 0))
        earlier = [one for one in others if (one.plan_version or 0) < (after.plan_version or 0)]
        before = next((one for one in others if one.key == asked), next(iter(earlier), after))
        titles = {one.id: one.title for one in (*before.item, *after.item)}
        values = {
            "address": f"{BASE}/{after.key}",
            "name": after.name,
            "after": {"key": after.key, "version": after.plan_version},
            "before": {"key": before.key, "version": before.plan_version},
            "others": [
                {"key": one.key, "version": one.plan_version, "is_chosen": one.id == before.id,
                 "state": state_of(one.lifecycle_status)}
                for one in others if one.id != after.id
            ],
            "rows": [
                {"item": titles.get(one.item, ""), "attribute": words(one.attribute),
                 "before": _told(one.before), "after": _told(one.after)}
                for one in differences(before, after)
            ],
        }  # fmt: skip
        return Shown("plans_compare.html", values)


def _told(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value).decode()
