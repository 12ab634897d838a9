"""One plan definition: its picture, its items, what is wrong with it, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.outside_system import systems_of
from trunkline.ordering.design.rules import definition_faults, definition_warnings
from trunkline.ordering.design.versions import draft_next
from trunkline.rest.removal import remove
from trunkline.rest.writing import change
from trunkline.web.design.item_form import KINDS, form_of
from trunkline.web.design.plan_picture import picture_of
from trunkline.web.design.plans_page import BASE, state_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form
from trunkline.web.wording import words

MOVES = {"publish": "published", "retire": "retired"}


def definition_of(work: Work, ident: str) -> PlanDefinition:
    """Return a definition that the visitor may see, or refuse with 404."""
    work.actor.must(PlanDefinition.resource, "read")
    found = work.get(PlanDefinition, ident)
    if found is None:
        raise NotFound("notFound", f"there is no plan definition {ident}")
    return found


def faults_by_item(faults: Sequence[Fault], count: int) -> dict[int, list[Fault]]:
    """Return what is wrong by the number of the item, -1 for the plan as a whole."""
    found: dict[int, list[Fault]] = {}
    for one in faults:
        head = one.path.partition("]")[0].removeprefix("item[")
        number = int(head) if head.isdecimal() and int(head) < count else -1
        found.setdefault(number, []).append(one)
    return found


MARKED = frozenset(
    ("title", "id", "kind", "after", "condition", "role", "form", "assign", "durationMinutes",
     "delaySeconds", "retry", "sla", "event", "event.correlation", "event.mapping",
     "callout.system", "callout.request", "callout.mapping", "callout.undoRequest")
)  # fmt: skip
"""The fields at which the form of an item says what is wrong; all else stands above the page."""


class PlanPage:
    """`/plans/{id}`: one version of a plan definition, with an item in the pane beside it."""

    needs = "PlanDefinition:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it; `item` opens an item, `new` the form of another one."""
        self._desk.answer(req, resp, partial(self.show, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Publish it, retire it, draft its next version, or remove the draft."""
        self._desk.act(req, resp, partial(self._do, ident=ident))

    def show(
        self,
        visit: Visit,
        *,
        ident: str,
        typed: Mapping[str, Json] | None = None,
        refusal: Refusal | None = None,
    ) -> Answer:
        """Return the page, with an item as it was typed where that was refused."""
        with self._desk.work(visit) as work:
            found = definition_of(work, ident)
            faults = definition_faults(work, found) if found.lifecycle_status == "draft" else []
            doubts = {
                one.path: one.message for one in definition_warnings(work, found)
                if found.lifecycle_status != "retired"
            }  # fmt: skip
            others = work.find(PlanDefinition, {"code": found.code}, limit=100)
            systems = sorted(systems_of(work))
            granted = {
                verb: work.actor.grant(PlanDefinition.resource, verb) is not None
                for verb in ("create", "update", "delete")
            }
        by_item = faults_by_item(faults, len(found.item))
        name = visit.req.get_param("item") or (str(typed.get("id")) if typed else "")
        open_at = next((at for at, one in enumerate(found.item) if one.id == name), None)
        is_new = visit.req.get_param("new") is not None or (typed is not None and open_at is None)
        is_draft = found.lifecycle_status == "draft"
        item = typed or (found.item[open_at].raw if open_at is not None else {})
        pane, beside = None, list(refusal.faults) if refusal is not None else []
        if is_new or open_at is not None:
            at = len(found.item) if open_at is None else open_at
            wrong, beside = _sorted_out(refusal, at) if refusal is not None else ([], [])
            wrong = wrong or by_item.get(at, [])
            doubt = doubts.get(f"item[{at}].role") if typed is None else None
            pane = form_of(item, found, systems) | {
                "is_new": open_at is None,
                "before": found.item[open_at].id if open_at is not None else "",
                "wrong": _by_field(wrong),
                "role_doubt": doubt or "",
                "may": is_draft and granted["update"],
            }
        values = self._values(found, others, by_item, doubts) | {
            "pane": pane,
            "picture": picture_of(found, set(by_item), open_at),
            "may_edit": is_draft and granted["update"],
            "may_retire": found.lifecycle_status == "published" and granted["update"],
            "may_draft": not is_draft and granted["create"],
            "may_remove": is_draft and granted["delete"],
            "refusal": str(refusal) if refusal is not None else "",
            "is_marked": refusal is not None and len(refusal.faults) > len(beside),
            "refused": [one.message for one in beside],
        }
        return Shown("plans_one.html", values, refusal.status if refusal is not None else 200)

    def _values(
        self,
        found: PlanDefinition,
        others: Sequence[PlanDefinition],
        by_item: Mapping[int, Sequence[Fault]],
        doubts: Mapping[str, str],
    ) -> dict[str, Any]:
        titles = {one.id: one.title for one in found.item}
        return {
            "address": f"{BASE}/{found.key}",
            "key": found.key,
            "name": found.name,
            "code": found.code,
            "description": found.description or "",
            "version": found.plan_version,
            "row_version": found.meta.version,
            "state": state_of(found.lifecycle_status),
            "faults": [one.message for one in by_item.get(-1, ())],
            "wrong_count": sum(len(one) for one in by_item.values()),
            "doubt_count": len(doubts),
            "versions": [
                {"key": one.key, "version": one.plan_version, "address": f"{BASE}/{one.key}",
                 "is_this": one.id == found.id, "state": state_of(one.lifecycle_status)}
                for one in sorted(others, key=lambda one: -int(one.plan_version or 0))
            ],
            "items": [
                {"id": one.id, "title": one.title, "kind": KINDS[one.kind],
                 "address": f"{BASE}/{found.key}?item={one.id}#pane",
                 "after": [titles.get(str(a.item), str(a.item)) if (a.scope or "plan") == "plan"
                           else f"{a.specification} {a.item or ''}".strip() for a in one.after],
                 "condition": one.condition or "", "role": words(one.role) if one.role else "",
                 "minutes": one.duration_minutes, "no_return": one.point_of_no_return or "none",
                 "faults": [each.message for each in by_item.get(at, ())],
                 "doubt": doubts.get(f"item[{at}].role", "")}
                for at, one in enumerate(found.item)
            ],
        }  # fmt: skip

    def _do(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        do = form.text("do")
        try:
            with self._desk.work(visit) as work:
                found = definition_of(work, ident)
                if do == "draft":
                    work.actor.must(PlanDefinition.resource, "create")
                    return Moved(f"{BASE}/{draft_next(work, found).key}")
                if do == "remove":
                    remove(work, work.lock(PlanDefinition, found.id, verb="delete"))
                    return Moved(f"{BASE}?done=removed")
                held = work.lock(PlanDefinition, found.id)
                if do in MOVES:
                    change(work, held, {"lifecycleStatus": MOVES[do]}, MERGE)
        except (Invalid, Conflict) as refusal:
            return self.show(visit, ident=ident, refusal=refusal)
        return Moved(f"{BASE}/{found.key}?done={do}")


def _sorted_out(refusal: Refusal, at: int) -> tuple[list[Fault], list[Fault]]:
    """Return what was refused of the item that is open, and what of all else."""
    own = [one for one in refusal.faults if one.path.startswith(f"item[{at}]")]
    own += [one for one in refusal.faults if "[" not in one.path]
    mine = [one for one in own if MARKED & _by_field([one]).keys()]
    return mine, [one for one in refusal.faults if one not in mine]


def _by_field(faults: Sequence[Fault]) -> dict[str, list[str]]:
    """Return what is wrong with an item by the field of the form, such as `callout.request`."""
    found: dict[str, list[str]] = {}
    for one in faults:
        path = one.path.partition("].")[2] if one.path.startswith("item[") else one.path
        parts = [part.partition("[")[0] for part in path.split(".")]
        name = ".".join(parts[:2]) if parts[0] in {"callout", "event"} else parts[0]
        found.setdefault(name, []).append(one.message)
    return found
