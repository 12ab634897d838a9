"""The page of an order: who it is for, how far it is, its plan in three views, and its items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.intake import submit
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import change
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.details.moves import state_patch
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form
from trunkline.web.navigation import TASKS_SEEN_BY, is_customer, may_see
from trunkline.web.orders.graph import graph_of
from trunkline.web.orders.head import (
    TITLES,
    WHOLES,
    dates_of,
    doings_of,
    parties_of,
    prices_of,
    sites_of,
    why_late,
)
from trunkline.web.orders.order_items import OrderKind, items_of
from trunkline.web.orders.plan import Plan, mark_of, progress_of, read_plan
from trunkline.web.orders.rows import rows_of
from trunkline.web.orders.step_pane import StepPane
from trunkline.web.orders.timeline import Timeline
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.task_page import may_complete
from trunkline.web.values import EMPTY, state
from trunkline.web.wording import words

ABOUT = frozenset({"externalId", "priority", "category", "description", "billingAccount", "note",
                   "productOrder", "serviceOrder"})  # fmt: skip
FINISHED = frozenset({"completed", "failed", "partial", "cancelled", "rejected"})
VIEWS = ("timeline", "graph", "list")


@dataclass(frozen=True)
class Looked:
    """What of a plan is looked at: the view, the opened groups and the chosen step."""

    view: str
    opened: tuple[str, ...]
    step: str

    @classmethod
    def at(cls, req: falcon.Request) -> Looked:
        """Return what an address asks for."""
        view = req.get_param("view") or VIEWS[0]
        opened = req.get_param_as_list("open") or []
        step = req.get_param("step") or ""
        return cls(view if view in VIEWS else VIEWS[0], tuple(opened), step)


class OrderPage:
    """`{base}{ident}`: an order of one kind with its plan; `{base}{ident}/plan` is the plan."""

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind
        self._pane = StepPane(desk, kind)

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the order."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_plan(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer with the plan as it is now, or 204 where the page shows that already.

        The page asks for it again and again, which is no use of the session.
        """
        self._desk.answer(req, resp, partial(self._view_plan, ident=ident), is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Bring the order into another state."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    # --- the page ------------------------------------------------------------------------------

    def _view(self, visit: Visit, *, ident: str, problem: str = "") -> Answer:
        kind, looked = self._kind, Looked.at(visit.req)
        with self._desk.work(visit) as work:
            order = record_of(work, kind.type.resource, ident)
            teller = teller_of(self._desk, work, order)
            mark = mark_of(work, order.id, order.version)
            plan = read_plan(work, order.id)
            address = kind.base + order.key
            step = self._step_to_show(work, plan, looked.step)
            values = head_of(self._desk, order) | {
                "parties": parties_of(kind, order, teller),
                "dates": dates_of(self._desk, order),
                "sites": sites_of(order, teller),
                "prices": prices_of(order, work.now),
                "about": [
                    one for one in teller.facts(kind.type, order.document) if one.name in ABOUT
                ],
                "items": items_of(kind, order, teller),
                "subject": words(kind.subject),
                "made_from": words(kind.made_from).rpartition(" ")[2].capitalize(),
                "doings": doings_of(self._desk, work, kind, order),
                "problem": problem,
                "is_chosen": step is not None and step.id == looked.step,
                "step": self.pane(work, visit, order, plan, step, view=looked.view)
                if step is not None else None,
            }  # fmt: skip
            chosen = step.id if step is not None else ""
            looked = Looked(looked.view, looked.opened, chosen)
            values |= self.plan_values(work, order, plan, looked, mark)
            values["whole"] = None if plan.steps else self._whole(work, order)
            values["address"] = address
        return Shown("orders_page.html", values, 409 if problem else 200)

    def _step_to_show(self, work: Work, plan: Plan, ident: str) -> PlanItem | None:
        """Return the step that is asked for, else the one that waits for the visitor's hand."""
        if ident:
            return plan.by_id.get(ident)
        held = plan.held_up_by
        if held is None or is_customer(work.actor):
            return None
        is_asked = held.kind == "manual" and held.state == "ready" and may_complete(work.actor)
        return held if held.state == "fallout" or is_asked else None

    def pane(
        self, work: Work, visit: Visit, order: Record, plan: Plan, step: PlanItem, *, view: str,
        **said: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Return the values of a step's pane."""
        sees = work.actor.must(order.resource, "read").sees
        values = self._pane.values(
            work, plan, step, address=self._kind.base + order.key, view=view,
            shows_words="personal" in sees and not is_customer(work.actor), **said,
        )  # fmt: skip
        return values | {
            "csrf": visit.csrf,
            "customer": is_customer(work.actor),
            "sees_tasks": may_see(work.services.registry, work.actor, *TASKS_SEEN_BY),
        }

    # --- the plan ------------------------------------------------------------------------------

    def _view_plan(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, self._kind.type.resource, ident)
            mark = mark_of(work, order.id, order.version)
            if visit.req.get_param("seen") == mark:
                return Fragment(None)
            return Fragment(self.plan_html(work, visit, order, Looked.at(visit.req), mark=mark))

    def plan_html(
        self, work: Work, visit: Visit, order: Record, looked: Looked, *, mark: str = "",
        beside: bool = False,
    ) -> str:  # fmt: skip
        """Return the plan as the page takes it in while it is open, with the order's state.

        One that is sent `beside` another part says itself where it belongs.
        """
        mark = mark or mark_of(work, order.id, order.version)
        plan = read_plan(work, order.id)
        values = self.plan_values(work, order, plan, looked, mark)
        values["whole"] = None if plan.steps else self._whole(work, order)
        values |= {
            "live": True, "beside": beside, "csrf": visit.csrf,
            "doings": doings_of(self._desk, work, self._kind, order),
        }  # fmt: skip
        return self._desk.renderer.html("orders_plan.html", values)

    def plan_values(
        self, work: Work, order: Record, plan: Plan, looked: Looked, mark: str
    ) -> dict[str, Any]:
        """Return what `orders_plan.html` shows."""
        zone, address = self._desk.zone, self._kind.base + order.key
        published = order.document.get("state")
        timeline = Timeline(plan, zone)
        groups = rows_of(plan, timeline, zone, address, view=looked.view, opened=looked.opened,
                         chosen=looked.step, is_whole=looked.view == "graph")  # fmt: skip
        return {
            "live": False,
            "beside": False,
            "seen": mark,
            "address": address,
            "order_state": state(published) if isinstance(published, str) else EMPTY,
            "is_open": published not in FINISHED,
            "view": looked.view,
            "chosen": looked.step,
            "views": _views(address, looked),
            "progress": progress_of(plan),
            "why": None if is_customer(work.actor) else why_late(plan, order, address, looked.view),
            "groups": groups,
            "axis": timeline.axis(),
            "graph": graph_of(plan, groups) if looked.view == "graph" and plan.steps else None,
        }  # fmt: skip

    def _whole(self, work: Work, order: Record) -> dict[str, Any] | None:
        """Return the order that this one is a part of, with its steps in that order's plan.

        None where it stands alone, or is a part of what the visitor may not read.
        """
        for name in WHOLES:
            resource = name[:1].upper() + name[1:]
            value = order.document.get(name)
            ident = value.get("id") if isinstance(value, dict) else None
            found = mentions_of(work, self._desk.addresses, {resource: [ident]} if ident else {})
            if not isinstance(ident, str) or ident not in found:
                continue
            steps = read_plan(work, ident).steps
            own = [one for one in steps if order.id in {one.service_order, one.resource_order}]
            if steps:
                return {
                    "order": found[ident],
                    "steps": [
                        {"id": one.id, "name": one.name, "state": state(one.state)} for one in own
                    ],
                }
        return None

    # --- moves ---------------------------------------------------------------------------------

    def _move(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        """Ask for a state as a client of the interface would; a draft is submitted."""
        wanted, resource = form.text("state"), self._kind.type.resource
        if wanted not in TITLES:
            raise Invalid("badState", f"choose one of {', '.join(TITLES)}")
        try:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident)
                draft = isinstance(document, ProductOrder) and document.internal_state == "draft"
                if draft and wanted == "acknowledged":
                    submit(work, document.id)
                else:
                    change(work, document, state_patch(resource, wanted, ""), MERGE)
        except NotFound:
            raise
        except Refusal as refusal:
            messages = [one.message for one in refusal.faults] or [refusal.message]
            return self._view(visit, ident=ident, problem="; ".join(messages))
        return Moved(f"{self._kind.base}{document.key}?done=saved")


def _views(address: str, looked: Looked) -> list[dict[str, Any]]:
    """Return the tabs of the plan, each with the address of the page in that view."""
    titles = zip(VIEWS, ("Timeline", "Graph", "List"), strict=True)
    step = f"&step={looked.step}" if looked.step else ""
    return [
        {"name": name, "title": title, "address": f"{address}?view={name}{step}",
         "part": f"{address}/plan?view={name}{step}", "is_current": name == looked.view}
        for name, title in titles
    ]  # fmt: skip
