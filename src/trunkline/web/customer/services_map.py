"""The services map of a customer: sites, products there, and the services and resources below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trunkline.assurance.installed.prices import Price, prices_of
from trunkline.assurance.installed.rows import STARTS, Around, around
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.care.interaction import PartyInteraction
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.inventory.line_numbers import LINES
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.inventory.resource import Resource as InventoryResource
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import say
from trunkline.pages.periods import how_often
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import instant, price, state

PRODUCTS_MAX = 200
PERIODS = {
    "day": "%(price)s per day",
    "week": "%(price)s per week",
    "month": "%(price)s per month",
    "year": "%(price)s per year",
}
WANTED = (
    (GeographicSite.resource, 100),
    (Product.resource, PRODUCTS_MAX),
    (Service.resource, 400),
    (InventoryResource.resource, 400),
)
DEPTH_MAX = 6
LIVE = frozenset({"active", "suspended"})


def services_map(desk: Desk, work: Work, idents: Sequence[str]) -> dict[str, Any]:
    """Return the map as the template shows it; what is at no site follows what is at one."""
    found = gathered(work, WANTED, idents)
    products = found.get("Product", [])
    live = [one for one in products if one.document.get("status") not in ENDED_PRODUCT]
    tree = _Tree(desk, work, found, around(work, [one.id for one in live]))
    tops = [one for one in live if tree.is_on_its_own(one)]
    sites = found.get("GeographicSite", [])
    groups = []
    placed: set[str] = set()
    for site in sites:
        here = [one for one in tops if site.id in _ids(one.document.get("place"))]
        placed.update(one.id for one in here)
        groups.append(tree.site(site, here))
    rest = [one for one in tops if one.id not in placed]
    if rest:
        groups.append(tree.nowhere(rest))
    groups.sort(key=lambda one: (not one["rows"], not one["label"], one["label"]))
    return {
        "sites": groups,
        "count": len(live),
        "over": len(products) - len(live),
        "is_cut": len(products) >= PRODUCTS_MAX,
        "may_read": "Product" in found,
        "all": f"{desk.addresses.of_list(Product.resource)}?relatedParty.id={','.join(idents)}",
    }


class _Tree:
    """Makes the branches of the map, each record once below the same one."""

    def __init__(
        self, desk: Desk, work: Work, found: dict[str, list[Record]], open_: Mapping[str, Around]
    ) -> None:
        self._desk = desk
        self._now = work.now
        self._open = open_
        self._by_id = {one.id: one for some in found.values() for one in some}
        self._may_tell = all(
            work.actor.grant(one, "create") is not None
            for one in (TroubleTicket.resource, PartyInteraction.resource)
        )
        self._may_order = work.actor.grant(ProductOrder.resource, "create") is not None
        self._holders = {
            ident: one for one in found.get("Product", ()) for ident in _ids(_bundled(one))
        }

    def is_on_its_own(self, product: Record) -> bool:
        """Tell whether a product is in no bundle, or at a place that is not its bundle's."""
        holder = self._holders.get(product.id)
        if holder is None:
            return True
        own = set(_ids(product.document.get("place")))
        return bool(own) and own != set(_ids(holder.document.get("place")))

    def site(self, site: Record, here: list[Record]) -> dict[str, Any]:
        """Return a site with the products there."""
        status = site.document.get("status")
        places = [
            str(one.get("name"))
            for one in site.document.get("place") or ()
            if isinstance(one, dict) and one.get("name")
        ]
        return {
            "label": site.label,
            "where": ", ".join(places),
            "address": self._desk.addresses.of_record(site.resource, site.key),
            "state": state(str(status)) if status else None,
            "rows": self.products(here),
        }

    def nowhere(self, some: list[Record]) -> dict[str, Any]:
        """Return the products of no known site as if they were at one."""
        rows = self.products(some)
        return {"label": "", "where": "", "address": "", "state": None, "rows": rows}

    def products(self, some: list[Record]) -> list[dict[str, Any]]:
        """Return the rows of products and of the products in them, each with what is below it."""
        return [row for one in some for row in self._products(one, 0, set())]

    def _products(self, one: Record, depth: int, above: set[str]) -> Iterator[dict[str, Any]]:
        if one.id in above or depth > DEPTH_MAX:
            return
        path = {*above, one.id}
        below = [
            each
            for ident in self._below(one)
            if ident in self._by_id
            for each in self._walk(self._by_id[ident], 0, path)
        ]
        own = self._row(one, depth)
        own["number"] = own["number"] or next(
            (each["number"] for each in below if each["number"]), ""
        )
        yield own | {"below": below}
        for ident in _ids(_bundled(one)):
            part = self._by_id.get(ident)
            if part is not None and not self.is_on_its_own(part):
                yield from self._products(part, depth + 1, path)

    def _walk(self, one: Record, depth: int, above: set[str]) -> Iterator[dict[str, Any]]:
        """Yield the row of a service or resource and the rows of what is below it."""
        if one.id in above or depth > DEPTH_MAX:
            return
        yield self._row(one, depth)
        for ident in self._below(one):
            if ident in self._by_id:
                yield from self._walk(self._by_id[ident], depth + 1, {*above, one.id})

    def _below(self, one: Record) -> Iterable[str]:
        document = one.document
        names: tuple[str, ...] = ()
        if one.resource.name == "Product":
            names = ("realizingService", "realizingResource")
        elif one.resource.name == "Service":
            names = ("supportingService", "supportingResource")
        for name in names:
            yield from _ids(document.get(name))

    def _row(self, one: Record, depth: int) -> dict[str, Any]:
        document = one.document
        name = {"Service": "state", "Resource": "resourceStatus"}.get(one.resource.name, "status")
        status = str(document.get(name) or "")
        since = document.get("startDate") or document.get("startOperatingDate")
        starts: list[dict[str, str]] = []
        if one.resource.name == "Product" and self._may_order:
            starts = [
                {"title": title, "address": f"/order/new?product={one.key}&do={word}"}
                for word, title, states in STARTS
                if status in states
            ]
        holder = self._holders.get(one.id)
        return {
            "within": holder.label if holder is not None and self.is_on_its_own(one) else "",
            "kind": one.resource.title,
            "trouble": one.id
            if self._may_tell and one.resource.name == "Product" and status in LIVE
            else "",
            "layer": one.resource.name.lower(),
            "depth": depth,
            "key": one.key,
            "label": one.label,
            "address": self._desk.addresses.of_record(one.resource, one.key),
            "state": state(status) if status else None,
            "number": _number(one),
            "price": self._price(one) if one.resource.name == "Product" else "",
            "since": instant(str(since), self._desk.zone) if since else None,
            "changed": instant(one.updated_at, self._desk.zone),
            "starts": starts,
            **self._around(one.id),
        }

    def _around(self, ident: str) -> dict[str, Any]:
        """Return what is open about a product: links to orders and tickets, newest first."""
        held = self._open.get(ident)
        if held is None:
            return {"orders": [], "tickets": []}
        return {
            "orders": [{"key": one.key, "address": f"/order/{one.key}",
                        "state": state(one.state)} for one in held.orders],
            "tickets": [{"key": one.key, "address": f"/tickets/{one.key}",
                         "state": state(one.state)} for one in held.tickets],
        }  # fmt: skip

    def _price(self, one: Record) -> str:
        """Return what a product costs now, as far as the visitor may see it."""
        try:
            found = prices_of(Product.wrap(dict(one.document)), self._now)
        except (TypeError, ValueError):  # a part of it is hidden
            return ""
        return " + ".join(price_words(each) for each in found if each.price_type != "usage")


def _bundled(product: Record) -> list[Json]:
    """Return the references to the products that a bundle holds."""
    related = [
        one.get("product")
        for one in product.document.get("productRelationship") or ()
        if isinstance(one, dict) and one.get("relationshipType") in {"bundles", "contains"}
    ]
    return [*(product.document.get("product") or ()), *related]


def _ids(references: Json) -> list[str]:
    return [
        one["id"]
        for one in references or ()
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]


def _number(one: Record) -> str:
    """Return the number by which people know a line or a device."""
    document = one.document
    for name in ("value", "serialNumber", "productSerialNumber"):
        if isinstance(document.get(name), str):
            return str(document[name])
    named = {
        each.get("name"): each.get("value")
        for path in ("serviceCharacteristic", "resourceCharacteristic", "productCharacteristic")
        for each in document.get(path) or ()
        if isinstance(each, dict)
    }
    return next((str(named[name]) for name in LINES if isinstance(named.get(name), str)), "")


def price_words(one: Price) -> str:
    """Return a price in words: how much, and for how long."""
    amount = price(one.amount.amount, one.amount.unit or "")
    if one.price_type == "recurring":
        known = PERIODS.get(one.period.lower() or "month")
        if known is None:
            return f"{amount} {how_often(one.period)}"
        return say(known, price=amount)
    return say("%(price)s once", price=amount)
