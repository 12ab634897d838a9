"""The page of a product order: what was ordered, how far it is, and its plan as a picture."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import falcon

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Answer, Desk, Fragment, Shown, Visit
from trunkline.web.facts import Teller
from trunkline.web.fallout_source import fallout_of_order
from trunkline.web.plan import picture_of, progress_of, read_plan, rows_of
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Record, mentions_of, record_of
from trunkline.web.values import EMPTY, instant, state
from trunkline.web.wording import words

DATES = ("orderDate", "requestedStartDate", "requestedCompletionDate", "committedCompletionDate",
         "completionDate", "cancellationDate")  # fmt: skip
FINISHED = frozenset({"completed", "failed", "partial", "cancelled", "rejected"})


class OrderPage:
    """`/order/{ident}`: a product order with its plan; `/order/{ident}/plan` is the plan alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the order."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_plan(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer with the plan as it is now, or 204 where the page shows that already."""
        self._desk.answer(req, resp, partial(self._view_plan, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, ProductOrder.resource, ident)
            teller = teller_of(self._desk, work, order)
            values = head_of(self._desk, order) | {
                "plan_html": self._plan(work, order, live=False)[0],
                "dates": [
                    {"label": words(name), "cell": instant(order.document[name], self._desk.zone)}
                    for name in DATES
                    if isinstance(order.document.get(name), str)
                ],
                "about": [
                    one
                    for one in teller.facts(ProductOrder, order.document)
                    if one.name in {"externalId", "priority", "category", "description",
                                    "billingAccount", "orderTotalPrice", "note"}
                ],
                "parties": _parties(order, teller),
                "items": items_of(order, teller),
            }  # fmt: skip
        return Shown("order.html", values)

    def _view_plan(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, ProductOrder.resource, ident)
            html, digest = self._plan(work, order, live=True)
        return Fragment(None if visit.req.get_param("seen") == digest else html)

    def _plan(self, work: Work, order: Record, *, live: bool) -> tuple[str, str]:
        """Return the plan as HTML, and the digest by which the page asks for news.

        A live one brings the state in the page's head along.
        """
        plan = read_plan(work, order.id)
        mentions = mentions_of(work, self._desk.addresses, plan.linked)
        published = order.document.get("state")
        sees = work.actor.must(order.resource, "read").sees
        values: dict[str, Any] = {
            "key": order.key,
            "state": state(published) if isinstance(published, str) else EMPTY,
            "is_open": published not in FINISHED,
            "picture": picture_of(plan) if plan.steps else None,
            "steps": rows_of(plan, mentions, self._desk.zone, with_messages="personal" in sees),
            "progress": progress_of(plan),
            "fallout": fallout_of_order(self._desk, work, order.id),
        }
        text = self._desk.renderer.html("plan.html", values | {"seen": "", "live": False})
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        html = self._desk.renderer.html("plan.html", values | {"seen": digest, "live": live})
        return html, digest


def _parties(order: Record, teller: Teller) -> list[dict[str, Any]]:
    """Return the parties of an order with their roles."""
    attribute = ProductOrder.by_json_name()["relatedParty"]
    found = order.document.get("relatedParty")
    return [
        {
            "role": words(str(one.get("role") or "party")),
            "cell": teller.link(attribute.shape, one) or EMPTY,
        }
        for one in found or ()
        if isinstance(one, dict)
    ]


def items_of(order: Record, teller: Teller) -> list[dict[str, Any]]:
    """Return the items of an order, those inside others indented below them."""
    shape = ProductOrder.by_json_name()["productOrderItem"].shape
    rows: list[dict[str, Any]] = []
    _collect(order.document.get("productOrderItem"), shape, teller, 0, rows)
    return rows


def _collect(
    found: Json, shape: Any, teller: Teller, depth: int, rows: list[dict[str, Any]]
) -> None:
    declared = shape.by_json_name()
    for one in found if isinstance(found, list) else ():
        offering, product = one.get("productOffering"), one.get("product")
        held = product if isinstance(product, dict) else {}
        characteristics = held.get("productCharacteristic")
        rows.append(
            {
                "id": one.get("id", ""),
                "depth": depth,
                "action": words(str(one.get("action", ""))),
                "quantity": one.get("quantity") or 1,
                "offering": teller.link(declared["productOffering"].shape, offering)
                if isinstance(offering, dict)
                else EMPTY,
                "product": teller.link(declared["product"].shape, held) or EMPTY,
                "name": str(held.get("name") or ""),
                "state": state(str(one["state"])) if one.get("state") else EMPTY,
                "characteristics": [
                    f"{each.get('name')} {each.get('value')}"
                    for each in characteristics or ()
                    if isinstance(each, dict)
                ],
            }
        )
        _collect(one.get("productOrderItem"), shape, teller, depth + 1, rows)
