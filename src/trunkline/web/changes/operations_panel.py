"""Operations of products: what orders will do, do and did to them, with what can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import falcon

from trunkline.assurance.installed.rows import STARTS
from trunkline.documents.errors import NotFound
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering.macd.operations import Operation, operations_of
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.ordering.macd.reasons import reason_names
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import spoken
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.records import naming_any, select_among
from trunkline.web.values import instant, state

PRODUCTS_MAX = 200
ACTIONS = {"suspend": "Suspend", "resume": "Resume", "delete": "Disconnect", "modify": "Change"}


class OperationsPanel:
    """`/changes/product/{ident}` and, for all that waits, `/changes/customer/{ident}`."""

    needs = "Product:read ProductOrder:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the operations of a product and what may be ordered for it."""
        self._desk.answer(req, resp, partial(self._product, ident=ident), is_use=False)

    def on_get_customer(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what waits for its day among all products of a customer, named by its ids."""
        self._desk.answer(req, resp, partial(self._customer, ident=ident), is_use=False)

    def _product(self, visit: Visit, *, ident: str) -> Answer:
        visit.actor.must(Product.resource, "read")
        sees_orders = visit.actor.grant(ProductOrder.resource, "read") is not None
        with self._desk.work(visit) as work:
            product = work.get(Product, ident)
            if product is None:
                raise NotFound("notFound", f"there is no product {ident}")
            found = operations_of(work, [product.id]).get(product.id, []) if sees_orders else []
            rows = self._rows(work, found, {})
        may_order = visit.actor.grant(ProductOrder.resource, "create") is not None
        return Shown(
            "changes_operations.html",
            {
                "rows": rows[::-1],
                "starts": [
                    {"title": title, "address": f"/order/new?product={product.key}&do={word}"}
                    for word, title, states in STARTS
                    if may_order and product.status in states
                ],
                "hand_over": f"/transfer/new?product={product.id}"
                if product.status == "active" and _may_transfer(visit)
                else "",
            },
        )

    def _customer(self, visit: Visit, *, ident: str) -> Answer:
        visit.actor.must(Product.resource, "read")
        visit.actor.must(ProductOrder.resource, "read")
        named = [ident, *visit.req.get_param_as_list("party", default=[])]
        if not all(UUID.fullmatch(one) for one in named):
            raise NotFound("notFound", "there is no such customer")
        with self._desk.work(visit) as work:
            # A page names records of ours only: what they are called elsewhere is not looked up.
            products = naming_any(Product.resource, "relatedParty", named, PRODUCTS_MAX)
            held = [cast("Product", one) for one in select_among(work, [products])]
            names = {one.id: one for one in held if one.status not in ENDED_PRODUCT}
            found = operations_of(work, names, only_open=True)
            waiting = [one for own in found.values() for one in own if one.is_waiting]
            rows = self._rows(work, waiting, names)
        return Shown("changes_planned.html", {"rows": rows})

    def _rows(
        self, work: Work, operations: list[Operation], names: Mapping[str, Product]
    ) -> list[dict[str, Any]]:
        reasons = reason_names(work, spoken().code)
        zone = self._desk.zone
        return [
            {
                "action": ACTIONS[one.action],
                "state": state(one.state),
                "at": instant(one.at, zone) if one.at is not None else None,
                "ended": instant(one.ended_at, zone) if one.ended_at is not None else None,
                "reason": reasons.get(one.reason or "", one.reason or ""),
                "note": one.note or "",
                "order": one.order_key,
                "cancel": f"/order/{one.order_key}/cancel"
                if one.is_waiting and work.actor.grant(ProductOrder.resource, "update")
                else "",
                "product": names[one.product].name if one.product in names else "",
                "product_address": f"/installed/product/{names[one.product].key}"
                if one.product in names
                else "",
            }
            for one in operations
        ]


def _may_transfer(visit: Visit) -> bool:
    return visit.actor.grant(OwnershipTransfer.resource, "create") is not None
