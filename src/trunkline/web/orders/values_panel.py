"""The part of an order's page on values that are still to come, and on what they make."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.verbs import REVISE
from trunkline.ordering.staggered.awaited import AWAITED
from trunkline.ordering.staggered.entering import enter_values
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Visit
from trunkline.web.forms import Form
from trunkline.web.orders.change_form import number_or_text
from trunkline.web.orders.order_items import PRODUCT_ORDER
from trunkline.web.records import record_of
from trunkline.web.wording import words

VALUE = "later-"


class ValuesPanel:
    """`/order/{ident}/values`."""

    needs = "ProductOrder:read ProductOrder:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show which values are still to come."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Enter those that were typed."""
        self._desk.act(req, resp, partial(self._enter, ident=ident))

    def _view(
        self, visit: Visit, *, ident: str, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, ProductOrder.resource, ident)
            may = work.actor.may(REVISE) is not None
            may = may and work.actor.grant(ProductOrder.resource, "update") is not None
        listed = order.document.get(AWAITED) or ()
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for one in listed:
            key = (str(one["itemId"]), str(one["name"]))
            row = found.setdefault(key, {
                "item": key[0], "name": key[1], "label": words(key[1]), "makes": [],
                "value": (typed or {}).get(f"{VALUE}{key[0]}-{key[1]}", ""),
            })  # fmt: skip
            row["makes"].append(one.get("makes") or "")
        values = {
            "address": PRODUCT_ORDER.base + order.key, "csrf": visit.csrf, "problem": problem,
            "rows": list(found.values()),
            "may": may and order.document.get("internalState") == "inProgress",
        }  # fmt: skip
        return Fragment(self._desk.renderer.html("orders_values.html", values))

    def _enter(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        typed = {one: form.text(one) for one in form.fields if one.startswith(VALUE)}
        try:
            with self._desk.work(visit) as work:
                order = work.get(ProductOrder, record_of(work, ProductOrder.resource, ident).id)
                if order is None:
                    raise NotFound("notFound", f"there is no product order {ident}")
                work.actor.must(ProductOrder.resource, "update")
                enter_values(work, order.id, _said(work, order, typed))
        except NotFound:
            raise
        except Refusal as refusal:
            problem = "; ".join(one.message for one in refusal.faults) or refusal.message
            return self._view(visit, ident=ident, problem=problem, typed=typed)
        return Moved(f"{PRODUCT_ORDER.base}{order.key}?done=saved")


def _said(work: Work, order: ProductOrder, typed: Mapping[str, str]) -> dict[str, dict[str, Json]]:
    """Return what was typed by item and name, as values of the types that the catalog knows."""
    catalog, lines = order_catalog.load(work, order), lines_of(order)
    found: dict[str, dict[str, Json]] = {}
    for one in order.raw.get(AWAITED) or ():
        item, name = str(one["itemId"]), str(one["name"])
        text = typed.get(f"{VALUE}{item}-{name}", "")
        if not text or item not in lines:
            continue
        ident = order_catalog.specification_id(lines[item].item)
        offering = catalog.offerings.get(order_catalog.offering_id(lines[item].item) or "")
        if ident is None and offering is not None and offering.product_specification is not None:
            ident = offering.product_specification.id
        specification = catalog.product_specifications.get(ident or "")
        known = specification.characteristics if specification is not None else ()
        kind = next((each.value_type for each in known if each.name == name), None)
        found.setdefault(item, {})[name] = typed_as(text, kind)
    return found


def typed_as(text: str, kind: str | None) -> Json:
    """Return what was typed as a value of the type that the catalog says."""
    word = (kind or "").lower()
    if word == "boolean":
        return text.lower() in ("true", "yes", "1")
    if word in ("integer", "number", "decimal", "float"):
        return number_or_text(text)
    return text
