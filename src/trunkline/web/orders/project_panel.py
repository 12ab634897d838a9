"""The part of an order's page on the project that it is delivered as."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.project.reading import ShownMilestone, ShownStretch, project_shown
from trunkline.web.desk import Answer, Desk, Fragment, Visit
from trunkline.web.orders.order_items import PRODUCT_ORDER
from trunkline.web.orders.plan import Plan, plan_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.values import EMPTY, instant, state


class ProjectPanel:
    """`/order/{ident}/project`."""

    needs = "ProductOrder:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the milestones of each line or site."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            record = record_of(work, ProductOrder.resource, ident)
            order, plan = ProductOrder.wrap(record.document), plan_of(work, record)
            shown = project_shown(order, plan.steps)
            places = [one.stretch.place for one in shown if isinstance(one.stretch.place, dict)]
            named = [str(one["id"]) for one in places if one.get("id")]
            sites = mentions_of(work, self._desk.addresses, {"GeographicSite": named})
        names = {ident: one.label for ident, one in sites.items()}
        project = order.project
        cells = [each for one in shown for each in one.milestones if each.step.state != "canceled"]
        values = {
            "project": project.name if project is not None else "",
            "per": project.per if project is not None else "",
            "phases": [one.name for one in project.phase] if project is not None else [],
            "rows": [self._row(record, plan, one, names) for one in shown],
            "reached": sum(one.reached_at is not None for one in cells),
            "count": len(cells),
        }
        return Fragment(self._desk.renderer.html("orders_project.html", values))

    def _row(
        self, order: Record, plan: Plan, one: ShownStretch, names: dict[str, str]
    ) -> dict[str, Any]:
        place = one.stretch.place if isinstance(one.stretch.place, dict) else {}
        site = names.get(str(place.get("id"))) or place.get("name") or ""
        return {
            "items": list(one.stretch.tops),
            "site": site,
            "cells": [self._cell(order, plan, each) for each in one.milestones],
        }

    def _cell(self, order: Record, plan: Plan, one: ShownMilestone) -> dict[str, Any]:
        expected = plan.schedule[one.step.id].end_at if one.step.id in plan.schedule else None
        at, zone = one.reached_at or expected or one.due_at, self._desk.zone
        return {
            "address": f"{PRODUCT_ORDER.base}{order.key}?step={one.step.id}",
            "state": state(one.step.state),
            "is_reached": one.reached_at is not None,
            "at": instant(at, zone) if at is not None else EMPTY,
        }
