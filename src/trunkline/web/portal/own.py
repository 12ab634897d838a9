"""Own records: what the portal reads for a customer, and how it is told there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.references import KEY
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.price_effect import PriceEffect, PriceKind, amounts_of
from trunkline.ordering.price_history import is_current
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of
from trunkline.screens.read_ahead import sought
from trunkline.web.desk import Desk
from trunkline.web.finding_ahead import Search, find_ahead
from trunkline.web.offer_names import PLAIN, OfferNames
from trunkline.web.portal.order_words import ENDED, dates_of, told_state
from trunkline.web.values import date, price

SHOWN = ("created", "pendingActive", "active", "suspended", "pendingTerminate")
OWN = {one.kind: one for one in (
    Search(Customer, {}, 20), Search(Product, {"status": list(SHOWN)}, 200),
    Search(ProductOrder, {}, 200), Search(GeographicSite, {}, 100), Search(BillingAccount, {}, 50),
)}  # fmt: skip
"""What the portal asks for of a customer's own, by kind."""
D = TypeVar("D", bound=Document)
PRODUCT_WORDS = {
    "created": ("Ordered", "busy"),
    "pendingActive": ("Being set up", "busy"),
    "active": ("Working", "good"),
    "suspended": ("Paused", "warn"),
    "pendingTerminate": ("Ends soon", "warn"),
    "terminated": ("Ended", "idle"),
    "cancelled": ("Called off", "idle"),
    "aborted": ("Called off", "idle"),
}


def read_own(work: Work, *kinds: type[Document], beside: Sequence[Search] = ()) -> None:
    """Read what the functions below are going to be asked for of these kinds, in one statement.

    With them what else the page is going to search for.
    """
    find_ahead(work, [*(OWN[one] for one in kinds), *beside])


def of_key(kind: type[Document], ident: str) -> list[Search]:
    """Return how the record of an address is found, where the address has its key."""
    return [Search(kind, {"key": ident}, 1)] if KEY.fullmatch(ident) else []


def _own(work: Work, kind: type[D]) -> list[D]:
    """Return the visitor's own of a kind; nothing where it may not be read."""
    if work.actor.grant(kind.resource, "read") is None:
        return []
    return sought(work, kind, OWN[kind].wanted, limit=OWN[kind].limit)


def own_customers(work: Work) -> list[Customer]:
    """Return as which customer the visitor is known; one who is none may not shop yet."""
    return [one for one in _own(work, Customer) if one.status not in ("terminated",)]


def buyer_of_product(work: Work, product: Product) -> Customer | None:
    """Return as which customer the visitor has a product; None where it is another's."""
    names = {one.id for one in product.related_party}
    known = own_customers(work)
    return next((one for one in known if names & set(names_of(one.id, one.raw))), None)


def own_products(work: Work) -> list[Product]:
    """Return what the visitor has, the parts of bundles among it, by name."""
    listed = [one for one in _own(work, Product) if one.is_customer_visible is not False]
    return sorted(listed, key=lambda one: ((one.name or "").casefold(), one.id))


def own_orders(work: Work) -> list[ProductOrder]:
    """Return the visitor's orders, the newest first."""
    found = _own(work, ProductOrder)
    return sorted(found, key=lambda one: (one.order_date is not None, one.order_date, one.id),
                  reverse=True)  # fmt: skip


def own_accounts(work: Work) -> list[BillingAccount]:
    """Return the accounts that the visitor pays by."""
    return [one for one in _own(work, BillingAccount) if one.state == "active"]


def own_sites(work: Work) -> list[GeographicSite]:
    """Return the visitor's places."""
    return _own(work, GeographicSite)


def parts_of(products: Iterable[Product]) -> set[str]:
    """Return the ids of what lies inside others."""
    return {part.id for one in products for part in one.product if part.id}


def place_names(products: Iterable[Product], sites: Mapping[str, GeographicSite]) -> dict[str, str]:
    """Return by product where it is."""
    found = {}
    for one in products:
        for place in one.place:
            site = sites.get(place.id or "")
            name = (site.name if site is not None else None) or place.raw.get("name")
            if name:
                found[one.id] = str(name)
                break
    return found


def product_told(
    one: Product, now: datetime, where: str = "", names: OfferNames = PLAIN
) -> dict[str, Any]:
    """Return what a card shows of a product."""
    word, tone = PRODUCT_WORDS.get(str(one.status), PRODUCT_WORDS["active"])
    held = [each for each in one.product_price if is_current(each, now)]
    return {
        "key": one.key,
        "name": names.of_item(one, one.name or one.key),
        "state": word,
        "tone": tone,
        "where": where,
        "prices": [told_amount(kind, amount) for kind, amount in _summed(held) if kind.period],
        "since": date(one.start_date) if one.start_date else "",
    }


def order_told(
    desk: Desk, order: ProductOrder, work: Work, offerings: OfferNames = PLAIN
) -> dict[str, Any]:
    """Return what a card shows of an order."""
    word, tone = told_state(order)
    dates = dates_of(order, work.now)
    names = [
        offerings.of_item(one, str(
            (one.product.name if one.product is not None else None)
            or (one.product_offering.name if one.product_offering is not None else None) or ""))
        for one in order.product_order_item
    ]  # fmt: skip
    listed = [one for one in dict.fromkeys(names) if one]
    return {
        "key": order.key,
        "names": listed[:3],
        "more": max(0, len(listed) - 3),
        "state": word,
        "tone": tone,
        "date": date(order.order_date.astimezone(desk.zone)) if order.order_date else "",
        "expected": date(dates.expected.astimezone(desk.zone)) if dates.expected else "",
        "is_late": dates.is_late,
        "is_open": order.internal_state not in ENDED,
    }


def told_amount(kind: PriceKind, amount: Any) -> dict[str, str]:
    """Return an amount of money with how often it is due."""
    return {"text": price(amount, kind.currency), "period": kind.period or ""}


def effects_told(effects: Sequence[PriceEffect]) -> list[dict[str, str]]:
    """Return what changes about costs: how often it is due, before and after."""
    return [
        {
            "period": one.kind.period or "",
            "old": price(one.old, one.kind.currency) if one.old else "",
            "new": price(one.new, one.kind.currency),
        }
        for one in effects
        if one.old or one.new
    ]


def _summed(prices: Iterable[Any]) -> list[tuple[PriceKind, Any]]:
    found: dict[PriceKind, Any] = {}
    for kind, amount in amounts_of(prices):
        found[kind] = found.get(kind, 0) + amount
    return list(found.items())
