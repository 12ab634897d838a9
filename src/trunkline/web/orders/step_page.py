"""A step of an order: its pane, and what somebody does about it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.fallout_actions import complete_by_hand, fix_and_retry, retry, skip
from trunkline.ordering.jeopardy.holding import Part, hold, resume
from trunkline.ordering.manual_task import (
    asked_of,
    claim_task,
    complete_task,
    release_task,
)
from trunkline.ordering.own_task import COMPLETE_TASK
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.repair.raising import raise_fallout
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit, must_operate
from trunkline.web.forms import Form
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.orders.order_page import Looked, OrderPage
from trunkline.web.orders.plan import plan_of
from trunkline.web.orders.rows import step_address
from trunkline.web.orders.step_pane import PERMISSIONS
from trunkline.web.orders.step_values import fixed_values
from trunkline.web.records import Record, record_of
from trunkline.web.task_form import NOTHING, Typed, values_typed
from trunkline.web.task_page import at_fields

TASK_VERBS = ("claim", "release", "report")
WHY = {"complete": "Say how it was done, and how that can be seen.",
       "skip": "Say why it is left out.", "hold": "Say why nothing is to be begun.",
       "raise": "Say what is wrong."}  # fmt: skip
AT_ANY_TIME = ("hold", "resume", "raise")


class StepPage:
    """`{base}{ident}/step/{step}`: the pane of a step, and the verbs that it offers."""

    needs = "byRecord"

    def __init__(self, desk: Desk, kind: OrderKind, page: OrderPage) -> None:
        self._desk = desk
        self._kind = kind
        self._page = page

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, ident: str, step: str, line: str = ""
    ) -> None:
        """Show the pane, or lead to the page that holds it where a whole page is asked for."""
        self._desk.answer(req, resp, partial(self._view, ident=ident, step=step, line=line))

    def on_post(
        self, req: falcon.Request, resp: falcon.Response, ident: str, step: str, line: str = ""
    ) -> None:
        """Do one thing about the step."""
        self._desk.act(req, resp, partial(self._act, ident=ident, step=step, line=line))

    def _view(self, visit: Visit, *, ident: str, step: str, line: str) -> Answer:
        looked = Looked.at(visit.req, line)
        with self._desk.work(visit) as work:
            order = record_of(work, self._kind.type.resource, ident)
            if visit.req.get_header("HX-Request") != "true":
                return Moved(step_address(looked.address(self._kind, order), step, looked.view))
            return Fragment(self._pane(work, visit, order, step, looked))

    def _act(self, visit: Visit, form: Form, *, ident: str, step: str, line: str) -> Answer:
        verb = form.text("verb") or "report"
        said: dict[str, Any] = {}
        try:
            with self._desk.work(visit) as work:
                order, item = self._found(work, ident, step)
                if verb in WHY and not form.text("note"):
                    raise Invalid("reasonMissing", WHY[verb])
                if verb in AT_ANY_TIME:
                    _do_at_any_time(work, order.resource, verb, item, form)
                else:
                    _do(work, verb, item, form)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            said = _said(refusal, form, verb)
        return self._after(visit, ident=ident, step=step, line=line, said=said)

    def _after(
        self, visit: Visit, *, ident: str, step: str, line: str, said: dict[str, Any]
    ) -> Answer:
        """Answer with the parts of the page that have changed, or lead back to the whole page."""
        req, looked = visit.req, replace(Looked.at(visit.req, line), step=step)
        with self._desk.work(visit) as work:
            order = record_of(work, self._kind.type.resource, ident)
            address = step_address(looked.address(self._kind, order), step, looked.view)
            if req.get_header("HX-Request") == "true":
                pane = self._pane(work, visit, order, step, looked, **said)
                plan = "" if said else self._page.plan_html(work, visit, order, looked, beside=True)
                return Fragment(pane + plan)
        if said:
            typed: Typed = said.get("typed", NOTHING)
            problem = said.get("problem") or "; ".join(typed.problems.values())
            return Shown("orders_refused.html", {"problem": problem, "back": address}, 409)
        return Moved(f"{address}&done=step")

    def _pane(
        self, work: Work, visit: Visit, order: Record, step: str, looked: Looked, **said: Any
    ) -> str:
        plan = plan_of(work, order, looked.line)
        item = plan.by_id.get(step)
        if item is None:
            raise NotFound("notFound", f"there is no step {step} in {order.key}")
        values = self._page.pane(work, visit, order, plan, item, looked, **said)
        return self._desk.renderer.html("orders_step.html", {"step": values, "announce": True})

    def _found(self, work: Work, ident: str, step: str) -> tuple[Record, PlanItem]:
        order = record_of(work, self._kind.type.resource, ident)
        item = plan_of(work, order).by_id.get(step)
        if item is None:
            raise NotFound("notFound", f"there is no step {step} in {order.key}")
        return order, item


def _do_at_any_time(work: Work, resource: Resource, verb: str, step: PlanItem, form: Form) -> None:
    """Hold, release or raise fallout from a step, whatever it waits for."""
    if verb == "raise":
        work.actor.must_have(COMPLETE_TASK)
        raise_fallout(work, step.id, kind=form.text("type"), reason=form.text("note"))
        return
    work.actor.must(resource, "update")
    if verb == "hold":
        hold(work, step.root, Part(step=step.id), reason=form.text("note"))
    else:
        resume(work, step.root, Part(step=step.id))


def _do(work: Work, verb: str, step: PlanItem, form: Form) -> None:
    if verb in TASK_VERBS:
        work.actor.must_have(COMPLETE_TASK)
        if verb == "claim":
            claim_task(work, step.id)
        elif verb == "release":
            release_task(work, step.id)
        else:
            values = values_typed(form, asked_of(work, step))
            evidence = form.text("note") or None
            complete_task(work, step.id, characteristics=values, evidence=evidence)
        return
    if verb not in PERMISSIONS:
        raise Invalid("badVerb", f"choose one of {', '.join((*PERMISSIONS, *TASK_VERBS))}")
    must_operate(work.actor, PERMISSIONS[verb])
    if step.fallout is None or step.state != "fallout":
        raise Invalid("notInFallout", f"{step.name} does not stand still any more; look again")
    if verb == "retry":
        retry(work, [step.fallout])
    elif verb == "fix":
        fix_and_retry(work, step.fallout, fixed_values(form, step))
    elif verb == "complete":
        complete_by_hand(work, step.fallout, form.text("note"))
    else:
        skip(work, step.fallout, form.text("note"))


def _said(refusal: Refusal, form: Form, verb: str) -> dict[str, Any]:
    """Return what was typed and what is wrong with it, for the pane."""
    pairs = form.pairs("name", "value")
    problems = at_fields(refusal, list(pairs))
    if verb != "report":
        typed = Typed(pairs, problems=problems)
        said = {"problem": refusal.told, "note": form.text("note"), "refused": verb}
        return said | ({"typed": typed} if verb == "fix" else {})
    return {"typed": Typed(pairs, form.text("note"), problems), "problem": problems.get("task", "")}
