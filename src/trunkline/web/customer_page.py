"""The page of a customer: who it is, and the accounts, sites, products and orders of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.list_page import columns_of, row_of
from trunkline.web.list_query import path_words
from trunkline.web.record_page import facts_of, head_of, told
from trunkline.web.records import Record, hidden_of, matching, record_of
from trunkline.web.wording import plural

SECTIONS: tuple[tuple[Resource, str], ...] = (
    (ProductOrder.resource, "No orders yet. An order names the customer as related party."),
    (Product.resource, "No products yet. They appear when an order is fulfilled."),
    (BillingAccount.resource, "No billing account yet. It names the customer as related party."),
    (GeographicSite.resource, "No sites yet. A site names the customer as related party."),
)
SECTION_ROWS = 20


class CustomerPage:
    """`/customer/{ident}`: a customer and everything that is the customer's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the customer."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            party = self._party(work, customer)
            idents = [customer.id, *([party.id] if party else [])]
            sections = [self._section(work, one, idents, empty) for one, empty in SECTIONS]
            values = head_of(self._desk, customer) | facts_of(self._desk, work, customer)
            values["sections"] = [one for one in sections if one is not None]
            values["party"] = None
            if party is not None:
                values["party"] = {
                    "head": head_of(self._desk, party),
                    "facts": [one for one in told(self._desk, work, party) if one.value.is_small],
                    "contact": [
                        one for one in told(self._desk, work, party) if one.name == "contactMedium"
                    ],
                }
        return Shown("customer.html", values)

    def _party(self, work: Work, customer: Record) -> Record | None:
        """Return the person or organization that the customer is, as far as the visitor may."""
        engaged = customer.document.get("engagedParty")
        ident = engaged.get("id") if isinstance(engaged, dict) else None
        if not isinstance(ident, str):
            return None
        for name in ("Individual", "Organization"):
            resource = work.services.registry[name]
            if work.actor.grant(resource, "read") is None:
                continue
            try:
                return record_of(work, resource, ident)
            except NotFound:
                continue
        return None

    def _section(
        self, work: Work, resource: Resource, idents: list[str], empty: str
    ) -> dict[str, Any] | None:
        listing = matching(work, resource, {"relatedParty.id": idents}, limit=SECTION_ROWS)
        if listing is None:
            return None
        columns = columns_of(resource, hidden_of(work, resource))
        query = "?relatedParty.id=" + ",".join(idents)
        return {
            "title": plural(resource.title),
            "empty": empty,
            "address": self._desk.addresses.of_list(resource) + query,
            "total": "more than 10,000" if listing.total is None else f"{listing.total:,}",
            "heads": [path_words(one) for one in columns],
            "rows": [
                row_of(one, columns, self._desk.addresses, self._desk.zone)
                for one in listing.records
            ],
            "more": listing.next is not None,
        }
