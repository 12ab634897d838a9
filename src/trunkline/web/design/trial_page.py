"""A plan tried out with a sample order: what each item would do; nothing is stored."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.decode import encode, load
from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.picking import Trial, chosen_of
from trunkline.ordering.design.preview import Previewed
from trunkline.ordering.design.sample import try_with
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.simulation import SimulationResult, simulate
from trunkline.web.design.item_form import KINDS
from trunkline.web.design.plan_page import definition_of
from trunkline.web.design.plans_page import BASE
from trunkline.web.desk import Answer, Desk, Shown, Visit

SIMULATE = "ordering:simulate"
COPIED = ("relatedParty", "billingAccount", "category", "priority", "channel")
OF_ITEM = ("id", "action", "operation", "quantity", "productOffering", "product",
           "productOrderItem", "productOrderItemRelationship")  # fmt: skip
SAMPLES = 20


class TrialPage:
    """`/plans/{id}/try?order=&offering=&for=`."""

    needs = "ordering:simulate"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what the plan would do for what a sample order makes by a specification."""
        self._desk.answer(req, resp, partial(self._show, ident=ident))

    def _show(self, visit: Visit, *, ident: str) -> Answer:
        order, offering, specification = (
            visit.req.get_param(one) or "" for one in ("order", "offering", "for")
        )
        found: dict[str, Any] = {}
        with self._desk.work(visit) as work:
            work.actor.must_have(SIMULATE)
            definition = definition_of(work, ident)
            if order or offering:
                try:
                    found = self._tried(work, definition, order, offering, specification)
                except Refusal as refusal:
                    found = {"problem": str(refusal), "status": refusal.status}
            samples = [] if found else work.find(ProductOrder, {}, limit=SAMPLES)
            offerings = [] if found else work.find(ProductOffering, {}, limit=SAMPLES)
        values = {
            "address": f"{BASE}/{definition.key}",
            "name": definition.name,
            "version": definition.plan_version,
            "order": order,
            "offering": offering,
            "offerings": [one.name for one in offerings],
            "wanted": specification,
            "samples": [one.key for one in samples],
            **({"problem": "", "faults": [], "choices": [], "parts": [], "is_none": False} | found),
        }
        return Shown("plans_try.html", values)

    def _tried(
        self, work: Work, definition: PlanDefinition, key: str, offering: str, specification: str
    ) -> dict[str, Any]:
        trial = Trial(chosen_of(definition), specification)
        if not key:
            return _shown(try_with(work, offering, trial), specification)
        sample = work.get(ProductOrder, key)
        if sample is None:
            raise NotFound("notFound", f"there is no product order {key}")
        result = simulate(work, _as_sent(sample), trial=trial)
        return _shown(result, specification)


def _as_sent(order: ProductOrder) -> ProductOrder:
    """Return an order as a new one that asks for the same; what it made is left out."""
    sent = {name: order.raw[name] for name in COPIED if name in order.raw}
    items = [{name: one.raw[name] for name in OF_ITEM if name in one.raw}
             for one in order.product_order_item]  # fmt: skip
    copy: dict[str, Any] = load(encode({**sent, "productOrderItem": items}))
    for one in copy["productOrderItem"]:
        if one.get("action") == "add" and isinstance(one.get("product"), dict):
            one["product"].pop("id", None)
    return ProductOrder.wrap(copy)


def _shown(result: SimulationResult, specification: str) -> dict[str, Any]:
    parts = [one for one in result.nodes if one.chosen is not None]
    return {
        "faults": [one.message for one in result.faults],
        "choices": list(dict.fromkeys(one.specification_name for one in result.nodes)),
        "parts": [
            {"title": one.specification_name, "action": one.action,
             "items": [_item(item) for item in result.items[one.key]]}
            for one in parts
        ],
        "is_none": bool(specification) and not parts,
    }  # fmt: skip


def _item(item: Previewed) -> dict[str, Any]:
    request = item.request
    return {
        "title": item.title,
        "kind": KINDS[item.kind],
        "skipped": item.skipped or "",
        "later": item.later or "",
        "line": f"{request['method']} {request['path']}" if request else "",
        "body": encode(request["body"]).decode() if request and request.get("body") else "",
        "role": item.role or "",
        "minutes": item.minutes,
        "no_return": item.no_return,
    }
