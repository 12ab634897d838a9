"""Plan definitions: all of them with their versions, and the tables that pick them."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.documents.errors import Invalid, Refusal
from trunkline.ordering.design.decision_table import PURPOSES, DecisionTable
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form

TITLES = {
    "planDefinition": "Which plan definition", "workOrder": "Which field work",
    "enrichment": "Which order policy", "priority": "Which priority",
    "jeopardy": "Which delivery policy for a task",
    "linePolicy": "Which delivery policy for a line",
    "eligibility": "Who may have an offering",
    "leadScore": "The score of a lead", "leadRating": "The rating of a lead",
}  # fmt: skip
"""What tables are for, as pages call it."""
BASE = "/plans"
LIMIT = 500
TONES = {"draft": "busy", "published": "good", "retired": "idle"}
STATES = {"draft": "Draft", "published": "Published", "retired": "Retired"}


def state_of(status: str | None) -> dict[str, str]:
    """Return a status in words, with its tone."""
    name = status or "draft"
    return {"name": name, "text": STATES[name], "tone": TONES[name]}


class PlansPage:
    """`/plans` and `/plans/new`."""

    needs = "PlanDefinition:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the definitions, those that are published first, and the tables."""
        self._desk.answer(req, resp, self._list)

    def on_post_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Draft a definition, or make a table that is off."""
        self._desk.act(req, resp, self._create)

    def _list(self, visit: Visit, refusal: Refusal | None = None) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(PlanDefinition.resource, "read")
            found = work.find(PlanDefinition, {}, limit=LIMIT)
            may_see_tables = work.actor.grant(DecisionTable.resource, "read") is not None
            tables = work.find(DecisionTable, {}, limit=LIMIT) if may_see_tables else []
            may = work.actor.grant(PlanDefinition.resource, "create") is not None
        found = sorted(found, key=lambda one: (one.code, -int(one.plan_version or 0)))
        groups: dict[str, list[dict[str, Any]]] = {}
        for one in found:
            groups.setdefault(one.code, []).append(
                {
                    "address": f"{BASE}/{one.key}", "key": one.key, "name": one.name,
                    "version": one.plan_version, "state": state_of(one.lifecycle_status),
                    "items": len(one.item), "description": one.description or "",
                }
            )  # fmt: skip
        values = {
            "groups": [{"code": code, "versions": own} for code, own in groups.items()],
            "tables": [
                {"address": f"{BASE}/table/{one.key}", "name": one.name, "is_on": bool(one.is_on),
                 "rows": len(one.row), "cases": len(one.test_case),
                 "purpose": TITLES[one.purpose or PURPOSES[0]]}
                for one in tables
            ],
            "purposes": [{"name": one, "title": TITLES[one]} for one in PURPOSES],
            "may_create": may,
            "refusal": refusal,
            "faults": [one.message for one in refusal.faults] if refusal is not None else [],
        }  # fmt: skip
        return Shown("plans.html", values, refusal.status if refusal is not None else 200)

    def _create(self, visit: Visit, form: Form) -> Answer:
        is_table = form.text("kind") == "table"
        kind = DecisionTable if is_table else PlanDefinition
        sent: dict[str, Any] = {"name": form.text("name")}
        if is_table:
            sent["purpose"] = form.text("purpose") or PURPOSES[0]
        else:
            sent["code"] = form.text("code")
        try:
            with self._desk.work(visit) as work:
                work.actor.must(kind.resource, "create")
                made = create(work, kind.resource, sent)
        except Invalid as refusal:
            return self._list(visit, refusal)
        return Moved(f"{BASE}/table/{made.key}" if is_table else f"{BASE}/{made.key}")
