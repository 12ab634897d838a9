"""Editing the plan of an order that stands still: edits gathered, looked at together, and made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.plan_editing.editing import may_change, may_repeat
from trunkline.ordering.plan_editing.plan_edit import edits_of
from trunkline.ordering.plan_editing.verbs import (
    EDIT_PLAN,
    OPEN_STATES,
    Outlook,
    make_edits,
    preview_edits,
)
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import say, told
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.orders.order_items import PRODUCT_ORDER
from trunkline.web.orders.plan import read_plan
from trunkline.web.record_page import head_of
from trunkline.web.records import record_of
from trunkline.web.values import instant, state
from trunkline.web.wording import words

FIELDS = {"step": "step", "needs": "needs", "name": "name", "kind": "kind", "line": "itemId",
          "role": "role"}  # fmt: skip


TYPED = ("does", "name", "kind", "minutes", "role", "line", "step", "needs", "after", "before",
         "value-name", "value")  # fmt: skip
"""The fields of an edit, which stand there again after one was refused."""
LABELS = {"durationMinutes": "Minutes", "name": "What is to be done", "role": "Role",
          "itemId": "Item", "characteristic": "Value (its name)"}  # fmt: skip


class EditPlanPage:
    """`/order/{ident}/plan/edit`."""

    needs = "ordering:editPlan"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what can be edited."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Gather an edit, take one out again, or make them all."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def _view(
        self, visit: Visit, *, ident: str, edits: Sequence[Json] = (), problem: str = "",
        reason: str = "", typed: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        visit.actor.must_have(EDIT_PLAN)
        with self._desk.work(visit) as work:
            order = record_of(work, ProductOrder.resource, ident)
            values = head_of(self._desk, order) | {
                "address": f"{PRODUCT_ORDER.base}{order.key}", "problem": problem,
                "reason": reason, "edits": [encode(one).decode() for one in edits],
                "runs": order.document.get("internalState") in OPEN_STATES,
                "outlook": None, "typed": typed or dict.fromkeys(TYPED, ""),
                **_choices(read_plan(work, order.id).steps),
            }  # fmt: skip
            if edits:
                found, problem = self._try(work, order.id, edits)
                values["outlook"] = self._shown(found) if found is not None else None
                values["problem"] = values["problem"] or problem
        return Shown("orders_edit_plan.html", values, 409 if values["problem"] else 200)

    def _try(self, work: Work, ident: str, edits: Sequence[Json]) -> tuple[Outlook | None, str]:
        try:
            return preview_edits(work, ident, edits_of(list(edits))), ""
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return None, refusal.told

    def _shown(self, found: Outlook) -> dict[str, Any]:
        names = {one.id: one.name for one in found.plan}
        zone = self._desk.zone
        return {
            "told": list(found.told),
            "faults": [one.message for one in found.faults],
            "before": instant(found.ends_before, zone),
            "after": instant(found.ends_after, zone),
            "is_other": found.ends_before != found.ends_after,
            "steps": [
                {"name": now.name, "is_new": was is None, "state": state(now.state),
                 "needs": [names[one] for one in now.needs if one in names],
                 "layer": words(now.layer), "item": now.item_id or ""}
                for was, now in found.steps
            ],
        }  # fmt: skip

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        visit.actor.must_have(EDIT_PLAN)
        edits, does, reason = _said(form), form.text("does"), form.text("reason")
        if does.startswith("drop-"):
            place = int(does.removeprefix("drop-") or 0) if does[5:].isdecimal() else 0
            return self._view(visit, ident=ident, edits=edits[:place] + edits[place + 1 :])
        if does != "make":
            try:
                edits_of([_edit(form)])
            except Invalid as refusal:
                typed = {one: form.text(one) for one in TYPED}
                return self._view(
                    visit, ident=ident, edits=edits, problem=_told_of(refusal), typed=typed
                )
            return self._view(visit, ident=ident, edits=[*edits, _edit(form)], reason=reason)
        try:
            if not reason:
                raise Invalid("reasonMissing", "Say why the plan is edited.")
            with self._desk.work(visit) as work:
                work.actor.must(ProductOrder.resource, "update")
                order = record_of(work, ProductOrder.resource, ident)
                make_edits(work, order.id, edits_of(edits), reason=reason)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, ident=ident, edits=edits, problem=refusal.told, reason=reason)
        return Moved(f"{PRODUCT_ORDER.base}{order.key}?done=saved")


def _told_of(refusal: Refusal) -> str:
    """Return what is wrong with an edit, each said of the field that it stands at."""
    said = []
    for one in refusal.faults:
        label = LABELS.get(one.path.rpartition(".")[2])
        said.append(f"{say(label)}: {told(one.message)}" if label else told(one.message))
    return "; ".join(said) or refusal.told


def _said(form: Form) -> list[Json]:
    """Return the edits that were gathered before; refuses (400) what is none."""
    try:
        return [decode(one.encode()) for one in form.all("edit")]
    except Refusal as error:
        raise Invalid("badEdit", "these edits cannot be read; begin anew") from error


def _edit(form: Form) -> Json:
    """Return the edit that a form asks for, as a client of the interface would send it."""
    found: dict[str, Json] = {"do": form.text("does")}
    found |= {name: form.text(field) for field, name in FIELDS.items() if form.text(field)}
    for name in ("after", "before"):
        if form.text(name):
            found[name] = [form.text(name)]
    minutes = form.text("minutes")
    if minutes:
        found["durationMinutes"] = int(minutes) if minutes.isdecimal() else minutes
    value = form.text("value-name")
    if value:
        found["characteristic"] = {value: _value(form.text("value"))}
    return found


def _value(text: str) -> Json:
    """Return what was typed: the JSON value that it is, if it is one; empty takes it away."""
    if not text:
        return None
    try:
        return decode(text.encode())
    except Refusal:
        return text


def _choices(steps: Sequence[PlanItem]) -> Mapping[str, Any]:
    """Return the steps of a plan by what may be done with them."""

    def named(found: Sequence[PlanItem]) -> list[dict[str, str]]:
        return [{"id": one.id, "name": one.name, "item": one.item_id or "",
                 "state": words(one.state)} for one in found]  # fmt: skip

    own = [one for one in steps if one.direction == "do" and one.kind != "wait"]
    tasks = [one for one in own if one.kind != "milestone"]
    return {
        "open": named([one for one in tasks if may_change(one)]),
        "fallen": named([one for one in tasks if one.state == "fallout"]),
        "done": named([one for one in tasks if may_repeat(one)]),
        "reached": named([one for one in own if one.kind == "milestone"
                          and one.state == "pending"]),
        "all": named([one for one in tasks if one.state != "canceled"]),
        "lines": sorted({one.item_id for one in tasks if one.item_id is not None}),
    }  # fmt: skip
