"""The pane of a step: what is known of it, and what the visitor may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.governance.registers import registers
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.jeopardy.step_sla import ends_at
from trunkline.ordering.plan_item import ENDED, UNDER_WAY, PlanItem
from trunkline.ordering.plan_store import CALLOUT
from trunkline.ordering.repair.calling_off import may_call_off
from trunkline.ordering.repair.fallout_types import REGISTER
from trunkline.ordering.shown_plan import shows_works
from trunkline.pages.language import say, spoken
from trunkline.web.desk import Desk
from trunkline.web.orders.hand_off import exchanges_of, handed_over
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.orders.plan import Plan, hold_words, linked, linked_words, met_orders, standing
from trunkline.web.orders.rows import ended_of, late_by, step_address
from trunkline.web.orders.step_values import fields_of
from trunkline.web.task_form import NOTHING, Typed, form_of
from trunkline.web.task_page import may_complete
from trunkline.web.values import EMPTY, Cell, cell, instant, state
from trunkline.web.wording import choice, tone, words
from trunkline.web.worklist.task_queue import may_assign

PERMISSIONS: Mapping[str, str] = {
    "retry": "ordering:retry",
    "fix": "ordering:retry",
    "complete": "ordering:completeTask",
    "skip": "ordering:skip",
}
NEXT_TRY = "select min(run_at) from work where kind = %s and subject = %s"
TRIED = UNDER_WAY | {"ready", "failed"}


def _origin(step: PlanItem) -> list[tuple[str, Cell]]:
    """Return by which plan definition a step is done, and what picked that."""
    if step.origin is None:
        return []
    told = say(
        "%(name)s, version %(number)s", name=step.origin["name"], number=step.origin["version"]
    )
    if "item" in step.origin:
        told = f"{told}: {step.origin['item']}"
    return [
        ("Plan definition", Cell("text", told)),
        ("Picked by", Cell("text", step.origin.get("reason") or "")),
        ("Outside system", Cell("text", step.system or "")),
    ]


class StepPane:
    """Makes the values of `orders_step.html`; what was `refused` before had a `problem`."""

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind

    def values(
        self,
        work: Work,
        plan: Plan,
        step: PlanItem,
        *,
        address: str,
        view: str,
        shows_words: bool,
        problem: str = "",
        note: str = "",
        typed: Typed = NOTHING,
        refused: str = "",
        plans: OrderKind | None = None,
    ) -> dict[str, Any]:
        """Return what the pane shows, values with `shows_words`; of a plan of `plans` or here."""
        found = plan.schedule[step.id]
        stands = step.state == "fallout" and step.fallout is not None
        may = may_of(work.actor) if stands else dict.fromkeys(PERMISSIONS, False)
        fixable = may["fix"] and shows_words and step.error_kind not in {"order", "unknown"}
        asks = step.kind == "manual" and step.state == "ready" and may_complete(work.actor)
        return {
            "id": step.id, "name": step.called,
            "title": step.title or "",
            "state": state(step.state),
            "tone": tone(step.state),
            "mark": f"{step.state}-{step.attempt}-{step.claim['id'] if step.claim else ''}",
            "under": [one for one in (words(step.layer), words(step.kind),
                                      _action(step)) if one],
            "late_by": late_by(plan, step),
            "is_late": found.is_late, "is_critical": found.is_critical,
            "reason": linked_words(
                step.reason or hold_words(step) or standing(step), met_orders(step)
            ),
            "can": self._can(work, step),
            "types": _types(work) if self._can(work, step)["raise"] else [],
            "error": {"code": step.error_code or "", "kind": step.error_kind or "",
                      "called": choice(step.error_kind or ""),
                      "message": (step.error_message or "") if shows_words else ""}
            if step.error_code or step.error_kind else None,
            "facts": self._facts(work, plan, step),
            "records": self._records(work, step),
            "visit": _visit(work, step),
            "needs": _linked_steps(plan, step.needs, address, view),
            "needed_by": _linked_steps(plan, step.needed_by, address, view),
            **self._said(step, shows_words=shows_words),
            "exchanges": exchanges_of(step, self._desk.zone, with_words=shows_words),
            "fallout": step.fallout if stands and _reads_fallout(work) else None,
            "why": self._why(work, step, plans or self._kind),
            "call_off": stands and may_call_off(work.actor, self._kind.reference),
            "may": may,
            "fields": fields_of(work, step, typed) if fixable else [],
            "form": form_of(work, step, back=step_address(address, step.id, view), typed=typed)
            if asks else None,
            "claim": _claim(work.actor, step) if asks else None,
            "problem": problem, "note": note, "refused": refused,
            "address": f"{address}/step/{step.id}",
            "close": address if view == "timeline" else f"{address}?view={view}",
            "view": view,
        }  # fmt: skip

    def _said(self, step: PlanItem, *, shows_words: bool) -> dict[str, Any]:
        """Return the values of a step, and what was sent and answered."""
        is_said = step.request is not None or step.answer is not None
        return {
            "held": _held(step) if shows_words else [],
            "request": _pretty(step.request) if shows_words else "",
            "answer": _pretty(step.answer) if shows_words else "",
            "withheld": not shows_words and is_said,
            "attempts": _attempts(step, self._desk, with_words=shows_words),
        }

    def _facts(self, work: Work, plan: Plan, step: PlanItem) -> list[dict[str, Any]]:
        zone, found = self._desk.zone, plan.schedule[step.id]
        has_begun = step.started_at is not None or step.state in ENDED
        takes = (
            Cell("text", say("%(count)s min", count=step.duration_minutes))
            if step.duration_minutes
            else EMPTY
        )
        claimed = Cell("text", str(step.claim["name"])) if step.claim else EMPTY
        facts = [
            ("Started" if has_begun else "Expected to start", instant(found.start_at, zone)),
            ("Ended", ended_of(step, found.end_at, zone)),
            ("Planned end", instant(found.planned_end, zone)),
            (
                "Expected end",
                instant(
                    found.end_at
                    if step.state not in ENDED and found.end_at != found.planned_end
                    else None,
                    zone,
                ),
            ),
            ("Planned at first", instant(step.planned_at, zone)),
            ("Planned at first until", instant(step.planned_end_at, zone)),
            ("Planned to take", takes),
            ("Due", instant(step.due_at if step.due_at != found.planned_end else None, zone)),
            ("Service level until", instant(_agreed_until(work, step), zone)),
            ("Next try", instant(self._next_try(work, step), zone)),
            ("Tries", Cell("number", str(step.attempt)) if step.attempt else EMPTY),
            ("Order item", Cell("text", step.item_id or "")),
            ("Role", Cell("text", words(step.role) if step.role else "")),
            ("Taken on by", claimed),
            *_origin(step),
            *handed_over(step, zone),
        ]
        shown = [{"label": label, "cell": one} for label, one in facts
                 if one.text]  # fmt: skip
        if step.point_of_no_return:
            shown.append({"label": "Point of no return", "cell": Cell("text", say("Yes"))})
        return shown

    def _why(self, work: Work, step: PlanItem, plans: OrderKind) -> str:
        """Return where it is told why a step of an order is as it is."""
        may_read = work.actor.grant(plans.type.resource, "read") is not None
        address = f"{plans.base}{step.root}/why?step={step.id}"
        return address if may_read and shows_works(work.actor) else ""

    def _can(self, work: Work, step: PlanItem) -> dict[str, bool]:
        """Return what the visitor may do with a step that is not done, whatever it waits for."""
        is_task = step.state not in ENDED and step.kind not in {"milestone", "wait"}
        staff = shows_works(work.actor)
        may_hold = work.actor.grant(self._kind.type.resource, "update") is not None and staff
        held = step.hold is not None
        return {
            "hold": is_task and may_hold and not held and step.direction == "do",
            "resume": is_task and may_hold and held,
            "raise": is_task and step.state != "fallout" and may_assign(work.actor) and staff,
        }

    def _next_try(self, work: Work, step: PlanItem) -> datetime | None:
        """Return when a step is tried again, for those who are told of tries."""
        if step.kind != "callout" or step.state not in TRIED or step.command_key is None:
            return None
        row = work.connection.execute(NEXT_TRY, [CALLOUT, step.id]).fetchone()
        moment: datetime | None = row[0]
        return moment if moment is not None and moment > work.services.machine_now() else None

    def _records(self, work: Work, step: PlanItem) -> list[dict[str, str]]:
        """Return links to what a step made or changed, as far as the visitor may open its kind."""
        found = []
        for name, ident in linked(step).items():
            resource = work.services.registry[name]
            if work.actor.grant(resource, "read") is not None:
                address = self._desk.addresses.of_record(resource, ident)
                found.append({"title": resource.title, "address": address})
        return found


def _visit(work: Work, step: PlanItem) -> dict[str, Any] | None:
    """Return the visit of a step of field work, for those who may see its work order."""
    orders = work.services.registry.resources.get("WorkOrder")
    may_read = orders is not None and work.actor.grant(orders, "read") is not None
    if step.kind != "fieldWork" or step.correlation is None or not may_read:
        return None
    return {"address": f"/visits/{step.correlation}", "is_ahead": step.state == "waiting"}


def may_of(actor: Actor) -> dict[str, bool]:
    """Return what somebody may do about fallout."""
    found = {verb: actor.may(permission) for verb, permission in PERMISSIONS.items()}
    return {verb: one is not None and one.reach == "all" for verb, one in found.items()}


def _reads_fallout(work: Work) -> bool:
    return work.actor.grant(work.services.registry["Fallout"], "read") is not None


def _action(step: PlanItem) -> str:
    return words("undo" if step.direction == "undo" else step.action or "")


def _linked_steps(
    plan: Plan, idents: tuple[str, ...], address: str, view: str
) -> list[dict[str, Any]]:
    known = [plan.by_id[one] for one in idents if one in plan.by_id]
    return [
        {"id": one.id, "name": one.called, "state": state(one.state),
         "address": step_address(address, one.id, view)}
        for one in known
    ]  # fmt: skip


def _types(work: Work) -> list[dict[str, str]]:
    """Return the types that fallout is raised with."""
    register = registers(work).get(REGISTER)
    chosen = register.chosen(work.now) if register is not None else []
    return [{"code": one.code, "name": one.called.within(spoken().code)} for one in chosen]


def _held(step: PlanItem) -> list[dict[str, Any]]:
    held = step.characteristic if isinstance(step.characteristic, dict) else {}
    return [
        {"label": words(name), "text": value if isinstance(value, str) else encode(value).decode()}
        for name, value in held.items()
    ]


def _attempts(step: PlanItem, desk: Desk, *, with_words: bool) -> list[dict[str, Any]]:
    """Return the tries that failed, newest first."""
    tries = step.attempts if isinstance(step.attempts, list) else []
    return [
        {
            "number": one.get("number"),
            "time": cell("time", one.get("time"), desk.zone),
            "kind": choice(str(one.get("kind") or "")),
            "code": str(one.get("code") or ""),
            "message": str(one.get("message") or "") if with_words else "",
            "request": _pretty(one.get("request")) if with_words else "",
            "answer": _pretty(one.get("answer")) if with_words else "",
            "late": cell("time", one.get("lateAnswerTime"), desk.zone),
            "is_done_late": "lateAnswer" in one,
        }
        for one in reversed(tries)
    ]


def _agreed_until(work: Work, step: PlanItem) -> datetime | None:
    """Return until when a step that has begun has to be done by its service level."""
    return ends_at(step, policies(work).calendar(step)) if step.sla is not None else None


def _claim(actor: Actor, step: PlanItem) -> dict[str, Any]:
    """Return who has a task, and whether that is the visitor."""
    held = step.claim or {}
    return {"by": str(held.get("name") or ""), "is_mine": held.get("id") == actor.id}


def _pretty(value: Json) -> str:
    if value is None:
        return ""
    return msgspec.json.format(encode(value), indent=2).decode()
