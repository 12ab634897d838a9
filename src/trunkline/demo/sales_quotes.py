"""Quotes of the demonstration operator: drafts, offered, accepted, ordered in part, expired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.sales.quote.making import make_quote
from trunkline.sales.quote.moving import move_quote
from trunkline.sales.quote.quote import Quote
from trunkline.sales.quote.revising import revise
from trunkline.sales.quote.to_order import order_quote

Line = dict[str, Any]


def add_quotes(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store one quote in each state that people meet."""
    homes = [one for one in people if one.kind in {"consumer", "household"}]
    companies = [one for one in people if one.kind == "company"]
    with as_system(services, "demo") as work:
        _home(work, catalog, homes[3], "Fibre for the new flat")
        _move(work, _home(work, catalog, homes[4], "Fibre and television"), "present")
        _ordered(work, catalog, companies[0])
        first = _sites(work, catalog, companies[1 % len(companies)], "SD-WAN, first offer")
        move_quote(work, first.id, "present")
        second = revise(work, first.id, reason="more bandwidth in the head office")
        with work.edit(Quote, second.id) as quote:
            quote.description = "SD-WAN with a faster head office"
            part = quote.raw["quoteItem"][0]["quoteItem"][1]
            part["product"]["productCharacteristic"][0]["value"] = 500
        lost = _home(work, catalog, homes[5], "Fibre in the garden house")
        move_quote(work, lost.id, "cancel", reason="stays with the former provider")
        _change(work, catalog, homes[:40])


def _home(work: Work, catalog: DemoCatalog, one: DemoCustomer, name: str) -> Quote:
    parts = [orders.item(catalog, str(number), part, one.sites[0])
             for number, part in enumerate(("Fibre 1G", "Voice Flat", "TV Basic"), 2)]  # fmt: skip
    bundle = orders.item(catalog, "1", "Fibre Home", one.sites[0])
    return _quote(work, one, name, [bundle | {"quoteItem": parts}])


def _sites(work: Work, catalog: DemoCatalog, one: DemoCustomer, name: str) -> Quote:
    joined = [
        orders.item(catalog, str(number), "SD-WAN Site", site, bandwidth=100, optimization="on")
        for number, site in enumerate(one.sites[:6], 3)
    ]
    bundle = orders.item(catalog, "1", "SD-WAN Network", None)
    controller = orders.item(catalog, "2", "SD-WAN Controller", None)
    return _quote(work, one, name, [bundle | {"quoteItem": [controller, *joined]}])


def _ordered(work: Work, catalog: DemoCatalog, one: DemoCustomer) -> None:
    """Store a quote of which some is ordered, with a start that lies ahead."""
    lines = [
        orders.item(catalog, str(number), "Mobile M", None) | {"quantity": 4 * number}
        for number in (1, 2)
    ]
    starts = {"expectedFulfillmentStartDate": format_instant(work.now + timedelta(days=20))}
    quote = _quote(work, one, "Mobile plans for the staff", lines, **starts)
    _move(work, quote, "present", "accept", "complete")
    order_quote(work, quote.id, lines={"1": 3})


def _change(work: Work, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store a quote that changes what the first of some people has."""
    slow = catalog.offerings["Fibre 100M"]
    for one in people:
        for product in work.find(Product, {"relatedParty.id": one.id, "status": "active"}):
            if product.product_offering is not None and product.product_offering.id == slow:
                line = {"id": "1", "action": "modify", "product": {"id": product.id},
                        "productOffering": {"id": catalog.offerings["Fibre 500M"]}}  # fmt: skip
                _quote(work, one, "A faster line", [line])
                return


def _move(work: Work, quote: Quote, *moves: Any) -> None:
    for move in moves:
        move_quote(work, quote.id, move)


def _quote(work: Work, one: DemoCustomer, name: str, lines: Sequence[Line], **more: Any) -> Quote:
    return make_quote(
        work, customer=one.id, lines=lines,
        account=one.billing_account, description=name, more=more,
    )  # fmt: skip
