"""The portal's first pages: what a customer has, and the orders that are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import falcon

from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.sales.api import SELF_CARE
from trunkline.sales.self_care.handing_over import transfers_of
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.offer_names import items_of, offer_names
from trunkline.web.portal.hand_over_page import transfer_told
from trunkline.web.portal.own import (
    order_told,
    own_customers,
    own_orders,
    own_products,
    own_sites,
    parts_of,
    place_names,
    product_told,
    read_own,
)

LAST_MAX = 3


class PortalHome:
    """`/my` and `/my/orders`."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what the customer has and what is under way."""
        self._desk.answer(req, resp, self._view)

    def on_get_orders(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the customer's orders."""
        self._desk.answer(req, resp, self._orders)

    def _view(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            read_own(work, Product, ProductOrder, GeographicSite, Customer)
            products, orders = own_products(work), own_orders(work)
            sites = {one.id: one for one in own_sites(work)}
            inside, where = parts_of(products), place_names(products, sites)
            names = offer_names(work, [*products, *items_of(orders)])
            told = [order_told(self._desk, one, work, names) for one in orders]
            held = [
                product_told(one, work.now, where.get(one.id, ""), names)
                for one in products
                if one.id not in inside
            ]
            customers, now = own_customers(work), work.now
        values: dict[str, Any] = {
            "products": held,
            "open": [one for one in told if one["is_open"]],
            "last": [one for one in told if not one["is_open"]][:LAST_MAX],
            "name": visit.actor.name,
            "passing": self._passing(visit, customers, now),
        }
        return Shown("portal_home.html", values)

    def _passing(
        self, visit: Visit, customers: Sequence[Customer], now: datetime
    ) -> list[dict[str, Any]]:
        """Return what is being handed over, to the visitor and by the visitor."""
        actor = visit.actor
        if actor.may(SELF_CARE) is None or actor.grant(ProductOrder.resource, "create") is None:
            return []
        if actor.grant(Customer.resource, "read") is None:
            return []
        found = transfers_of(self._desk.services, actor, customers)
        return [transfer_told(self._desk, one, now) for one in found]

    def _orders(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            orders = own_orders(work)
            names = offer_names(work, items_of(orders))
            told = [order_told(self._desk, one, work, names) for one in orders]
        return Shown("portal_orders.html", {"orders": told})
