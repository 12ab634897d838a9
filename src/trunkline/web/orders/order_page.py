"""The page of an order: who it is for, how far it is, its plan in three views, and its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.intake import submit
from trunkline.ordering.plan_editing.editing import stands_still
from trunkline.ordering.plan_editing.verbs import EDIT_PLAN, OPEN_STATES
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.ordering.staggered.awaited import AWAITED
from trunkline.rest.writing import change
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.details.moves import state_patch
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form, problems_of
from trunkline.web.navigation import TASKS_SEEN_BY, is_customer, may_see
from trunkline.web.orders.graph import graph_of
from trunkline.web.orders.head import (
    TITLES,
    dates_of,
    doings_of,
    item_state,
    line_dates,
    parties_of,
    plan_edits_of,
    prices_of,
    sites_of,
    why_late,
)
from trunkline.web.orders.order_items import (
    PRODUCT_ORDER,
    WHOLES,
    OrderKind,
    item_states,
    items_of,
    kind_of_plan,
)
from trunkline.web.orders.plan import Plan, mark_of, mark_within, plan_of, progress_of, root_of
from trunkline.web.orders.rows import rows_of
from trunkline.web.orders.step_pane import StepPane
from trunkline.web.orders.timeline import Timeline
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.task_page import may_complete
from trunkline.web.values import EMPTY, state
from trunkline.web.wording import words

ABOUT = frozenset({"externalId", "priority", "category", "description", "billingAccount", "note",
                   "quote", "outboundState", *WHOLES})  # fmt: skip
VIEWS = ("timeline", "graph", "list")
LINES_SHOWN = 9
"""So many lines of an order are offered as neighbors of one."""


@dataclass(frozen=True)
class Looked:
    """What of a plan is looked at: the view, the opened groups, the chosen step, and one line.

    Without a `line` all of them are looked at.
    """

    view: str
    opened: tuple[str, ...]
    step: str
    line: str = ""

    @classmethod
    def at(cls, req: falcon.Request, line: str = "") -> Looked:
        """Return what an address asks for."""
        view = req.get_param("view") or VIEWS[0]
        opened = req.get_param_as_list("open") or []
        step = req.get_param("step") or ""
        return cls(view if view in VIEWS else VIEWS[0], tuple(opened), step, line)

    def address(self, kind: OrderKind, order: Record) -> str:
        """Return the address of the page that shows the plan so."""
        return kind.base + order.key + (f"/line/{quote(self.line, safe='')}" if self.line else "")


class OrderPage:
    """`{base}{ident}`: an order of one kind with its plan; `{base}{ident}/plan` is the plan.

    `…/line/{line}` shows one of its lines with all that is done for it.
    """

    needs = "byRecord"

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind
        self._pane = StepPane(desk, kind)

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the order."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_line(
        self, req: falcon.Request, resp: falcon.Response, ident: str, line: str
    ) -> None:
        """Show one line of the order."""
        self._desk.answer(req, resp, partial(self._view_line, ident=ident, line=line))

    def on_get_plan(
        self, req: falcon.Request, resp: falcon.Response, ident: str, line: str = ""
    ) -> None:
        """Answer with the plan as it is now, or 204 where the page shows that already.

        The page asks for it again and again, which is no use of the session.
        """
        self._desk.answer(req, resp, partial(self._view_plan, ident=ident, line=line), is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Bring the order into another state."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    # --- the page ------------------------------------------------------------------------------

    def _view(self, visit: Visit, *, ident: str, problem: str = "") -> Answer:
        kind, looked = self._kind, Looked.at(visit.req)
        with self._desk.work(visit) as work:
            order = record_of(work, kind.type.resource, ident)
            teller = teller_of(self._desk, work, order)
            plan = plan_of(work, order)
            address = kind.base + order.key
            step = self._step_to_show(work, plan, looked.step)
            values = head_of(self._desk, order) | {
                "parties": parties_of(kind, order, teller),
                "dates": dates_of(self._desk, order, plan),
                "sites": sites_of(order, teller),
                "prices": prices_of(order, work.now),
                "about": [
                    one for one in teller.facts(kind.type, order.document) if one.name in ABOUT
                ],
                "items": items_of(kind, order, teller),
                "is_product_order": kind is PRODUCT_ORDER,
                "is_taken_in": kind is PRODUCT_ORDER or bool(order.document.get("intakePolicy")),
                "subject": words(kind.subject),
                "made_from": words(kind.made_from).rpartition(" ")[2].capitalize(),
                "doings": doings_of(self._desk, work, kind, order),
                "problem": problem,
                "is_chosen": step is not None and step.id == looked.step,
                "step": self.pane(work, visit, order, plan, step, looked)
                if step is not None else None,
            }  # fmt: skip
            looked = replace(looked, step=step.id if step is not None else "")
            values |= self.plan_values(work, order, plan, looked)
            values["whole"] = self._whole(work, order, plan)
            values["address"] = address
            may_read = work.actor.grant(OrderRevision.resource, "read") is not None
            values["awaits_values"] = bool(order.document.get(AWAITED))
            values["is_project"] = bool(order.document.get("project"))
            values["plan_edits"] = plan_edits_of(self._desk, order)
            values["has_changes"] = kind is PRODUCT_ORDER and may_read
        return Shown("orders_page.html", values, 409 if problem else 200)

    def _view_line(self, visit: Visit, *, ident: str, line: str) -> Answer:
        kind, looked = self._kind, Looked.at(visit.req, line)
        with self._desk.work(visit) as work:
            order = record_of(work, kind.type.resource, ident)
            teller = teller_of(self._desk, work, order)
            rows = items_of(kind, order, teller)
            own = next((one for one in rows if one["id"] == line), None)
            if own is None:
                raise NotFound("notFound", f"{order.key} has no item {line}")
            plan = plan_of(work, order, line)
            step = self._step_to_show(work, plan, looked.step)
            pane = self.pane(work, visit, order, plan, step, looked) if step is not None else None
            is_chosen = step is not None and step.id == looked.step
            looked = replace(looked, step=step.id if step is not None else "")
            values = self.plan_values(work, order, plan, looked) | {
                "order": {"key": order.key, "address": kind.base + order.key},
                "item": own, "lines": _neighbours(kind.base + order.key, rows, line),
                "dates": line_dates(self._desk, order, line, plan), "whole": None,
                "step": pane, "is_chosen": is_chosen, "csrf": visit.csrf,
            }  # fmt: skip
        return Shown("orders_line.html", values)

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
        self, work: Work, visit: Visit, order: Record, plan: Plan, step: PlanItem, looked: Looked,
        **said: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Return the values of a step's pane."""
        sees = work.actor.must(order.resource, "read").sees
        values = self._pane.values(
            work, plan, step, address=looked.address(self._kind, order), view=looked.view,
            shows_words="personal" in sees and not is_customer(work.actor),
            plans=kind_of_plan(self._kind, order), **said,
        )  # fmt: skip
        return values | {
            "csrf": visit.csrf,
            "customer": is_customer(work.actor),
            "sees_tasks": may_see(work.services.registry, work.actor, *TASKS_SEEN_BY),
        }

    # --- the plan ------------------------------------------------------------------------------

    def _view_plan(self, visit: Visit, *, ident: str, line: str) -> Answer:
        looked = Looked.at(visit.req, line)
        with self._desk.work(visit) as work:
            order = record_of(work, self._kind.type.resource, ident)
            seen = visit.req.get_param("seen")
            is_part = root_of(order) != order.id
            if seen and not is_part and seen == mark_of(work, order.id, order.version):
                return Fragment(None)
            plan = plan_of(work, order, looked.line)
            if seen and is_part and seen == mark_within(plan, order.version):
                return Fragment(None)
            return Fragment(self.plan_html(work, visit, order, looked, plan=plan))

    def plan_html(
        self, work: Work, visit: Visit, order: Record, looked: Looked, *, beside: bool = False,
        plan: Plan | None = None,
    ) -> str:  # fmt: skip
        """Return the plan as the page takes it in while it is open, with the order's state.

        One that is sent `beside` another part says itself where it belongs.
        """
        plan = plan if plan is not None else plan_of(work, order, looked.line)
        values = self.plan_values(work, order, plan, looked)
        values["whole"] = self._whole(work, order, plan)
        values |= {
            "live": True, "beside": beside, "csrf": visit.csrf,
            "doings": None if looked.line else doings_of(self._desk, work, self._kind, order),
            "item_states": () if looked.line else item_states(self._kind, order),
        }  # fmt: skip
        return self._desk.renderer.html("orders_plan.html", values)

    def plan_values(self, work: Work, order: Record, plan: Plan, looked: Looked) -> dict[str, Any]:
        """Return what `orders_plan.html` shows."""
        zone, address = self._desk.zone, looked.address(self._kind, order)
        published = order.document.get("state")
        shown = item_state(order, looked.line) if looked.line else published
        timeline = Timeline(plan, zone)
        groups = rows_of(plan, timeline, zone, address, view=looked.view, opened=looked.opened,
                         chosen=looked.step, is_whole=looked.view == "graph")  # fmt: skip
        return {
            "live": False,
            "beside": False,
            "seen": mark_within(plan, order.version),
            "address": address,
            "order_state": state(shown) if isinstance(shown, str) else EMPTY,
            "is_open": published not in FINISHED,
            "view": looked.view,
            "chosen": looked.step,
            "views": _views(address, looked),
            "progress": progress_of(plan),
            "why": None if is_customer(work.actor) else why_late(plan, order, address, looked.view),
            "groups": groups,
            "axis": timeline.axis(),
            "graph": graph_of(plan, groups) if looked.view == "graph" and plan.steps else None,
            "edit_plan": self._edit_address(work, order, plan),
        }  # fmt: skip

    def _edit_address(self, work: Work, order: Record, plan: Plan) -> str:
        """Return where an expert edits the plan of an order that stands still; empty elsewhere."""
        internal = str(order.document.get("internalState"))
        may = self._kind is PRODUCT_ORDER and work.actor.may(EDIT_PLAN) is not None
        is_still = may and internal in OPEN_STATES and stands_still(internal, plan.steps)
        return f"{self._kind.base}{order.key}/plan/edit" if is_still else ""

    def _whole(self, work: Work, order: Record, plan: Plan) -> dict[str, Any] | None:
        """Return the order that this one is a part of, with links to its steps in that plan.

        None where it stands alone, or is a part of what the visitor may not read.
        """
        for name in WHOLES if order.resource is not ProductOrder.resource else ():
            resource = name[:1].upper() + name[1:]
            value = order.document.get(name)
            ident = value.get("id") if isinstance(value, dict) else None
            found = mentions_of(work, self._desk.addresses, {resource: [ident]} if ident else {})
            if not isinstance(ident, str) or ident not in found:
                continue
            return {
                "order": found[ident],
                "steps": [
                    {"id": one.id, "name": one.called, "state": state(one.state)}
                    for one in plan.steps
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
            messages = problems_of(refusal)
            return self._view(visit, ident=ident, problem="; ".join(messages))
        return Moved(f"{self._kind.base}{document.key}?done=saved")


def _neighbours(address: str, rows: Sequence[dict[str, Any]], line: str) -> list[dict[str, Any]]:
    """Return the lines of an order as links, those around one where there are many."""
    at = next(place for place, one in enumerate(rows) if one["id"] == line)
    first = max(0, min(at - LINES_SHOWN // 2, len(rows) - LINES_SHOWN))
    return [
        {"id": one["id"], "address": f"{address}/line/{quote(str(one['id']), safe='')}",
         "is_current": one["id"] == line}
        for one in rows[first : first + LINES_SHOWN]
    ]  # fmt: skip


def _views(address: str, looked: Looked) -> list[dict[str, Any]]:
    """Return the tabs of the plan, each with the address of the page in that view."""
    titles = zip(VIEWS, ("Timeline", "Graph", "List"), strict=True)
    step = f"&step={looked.step}" if looked.step else ""
    return [
        {"name": name, "title": title, "address": f"{address}?view={name}{step}",
         "part": f"{address}/plan?view={name}{step}", "is_current": name == looked.view}
        for name, title in titles
    ]  # fmt: skip
