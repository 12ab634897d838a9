"""What a cart's page shows: its items with their prices, what they come to, and what is around."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.contract.agreement.usable import offerings_shown
from trunkline.documents.shape import Json, parse_instant
from trunkline.geography.site import GeographicSite
from trunkline.kernel.resource import Document
from trunkline.kernel.row import kind_view
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.sales.cart.shopping_cart import LATER, ShoppingCart
from trunkline.web.capture.money import Amount
from trunkline.web.desk import Desk
from trunkline.web.qualification.result_page import told_result
from trunkline.web.records import Branch, Record, naming, seen, select_among
from trunkline.web.values import instant, money, state
from trunkline.web.wording import words

OFFERS_MAX, SITES_MAX, CHECKS_MAX = 300, 100, 5
ACTIONS = {"modify": "Change", "delete": "End", "suspend": "Suspend", "resume": "Resume"}


def around(work: Work, cart: ShoppingCart, *, with_offers: bool) -> list[Document]:
    """Read what a cart's page names, in one statement: the customer and what is the customer's,
    the answers that were asked from it, its order and, `with_offers`, what is on sale."""
    customer = customer_of(cart.related_party)
    people = [customer] if customer is not None else []
    wanted: dict[type[Document], Sequence[str]] = {
        Customer: people,
        ProductOrder: [cart.product_order.id] if cart.product_order is not None else [],
    }
    branches: list[Branch | None] = [
        Branch(kind.resource, "t.id = any(%s::uuid[])", [list(idents)])
        for kind, idents in wanted.items()
        if idents and work.actor.grant(kind.resource, "read") is not None
    ]
    for kind in (GeographicSite, BillingAccount):
        branches.append(naming(work, kind.resource, "relatedParty", people, SITES_MAX))
    checks = ProductOfferingQualification.resource
    branches.append(naming(work, checks, "checkedFor", [cart.id], CHECKS_MAX))
    if with_offers and work.actor.grant(ProductOffering.resource, "read") is not None:
        branches.append(
            Branch(ProductOffering.resource, "t.p_lifecycle_status = any(%s)", [list(LIVE)],
                   f"order by t.p_name limit {OFFERS_MAX}")
        )  # fmt: skip
    found = select_among(work, [one for one in branches if one is not None])
    buyer = next((one for one in found if isinstance(one, Customer)), None)
    shown = offerings_shown(work, buyer)
    return [
        kind_view(one, seen(work, one).document)
        for one in found
        if shown is None or not isinstance(one, ProductOffering) or one.id in shown
    ]


def cart_values(
    desk: Desk, cart: Record, found: Iterable[Document], now: datetime
) -> dict[str, Any]:
    """Return what the template shows of a cart as the visitor sees it."""
    document, known = cart.document, list(found)
    sites = {one.id: one for one in known if isinstance(one, GeographicSite)}
    customer = next((one for one in known if isinstance(one, Customer)), None)
    order = next((one for one in known if isinstance(one, ProductOrder)), None)
    account = str((document.get("billingAccount") or {}).get("id") or "")
    ends = (document.get("validFor") or {}).get("endDateTime")
    lines = list(_lines(document.get("cartItem") or (), sites, is_later=False))
    return {
        "key": cart.key,
        "address": f"/cart/{cart.key}",
        "title": document.get("description") or cart.key,
        "state": state(str(document.get("status") or "")),
        "customer": {"key": customer.key, "name": customer.name or customer.key}
        if customer is not None
        else None,
        "order": order.key if order is not None else "",
        "ends": instant(ends, desk.zone) if ends else None,
        "channels": [one.get("name") or one.get("id") for one in document.get("channel") or ()],
        "lines": [one for one in lines if not one["later"]],
        "later": [one for one in lines if one["later"]],
        "totals": list(_amounts(document.get("cartTotalPrice") or ())),
        "accounts": [
            {"id": one.id, "name": one.name or one.key, "chosen": one.id == account}
            for one in known
            if isinstance(one, BillingAccount) and one.state == "active"
        ],
        "sites": [{"id": one.id, "name": one.name or one.key} for one in sites.values()],
        "offers": [
            {"id": one.id, "name": one.name}
            for one in known
            if isinstance(one, ProductOffering) and is_on_sale(one, now)
        ],
        "checks": [*checks_told(desk, known, now)],
    }


def checks_told(
    desk: Desk, found: Iterable[Document], now: datetime
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield the answers among what was read, with what came of them and until when they hold."""
    for one in found:
        if isinstance(one, ProductOfferingQualification):
            ends = one.raw.get("expirationDate")
            yield {
                "key": one.key,
                "result": told_result(one.qualification_result or ""),
                "until": instant(ends, desk.zone) if ends else None,
                "expired": bool(ends) and parse_instant(str(ends)) <= now,
            }


def _lines(
    items: Iterable[Mapping[str, Any]], sites: Mapping[str, GeographicSite], *, is_later: bool,
    depth: int = 0,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    for item in items:
        product = item.get("product") or {}
        offering = item.get("productOffering") or {}
        places = product.get("place") or ()
        later = is_later or item.get("status") == LATER
        yield {
            "id": item.get("id"),
            "depth": depth,
            "later": later,
            "action": ACTIONS.get(str(item.get("action") or "add"), ""),
            "name": offering.get("name") or product.get("name") or offering.get("id") or "",
            "quantity": item.get("quantity") or 1,
            "places": [_place(one, sites) for one in places],
            "values": [
                {"name": words(str(one.get("name") or "")), "value": one.get("value")}
                for one in product.get("productCharacteristic") or ()
                if one.get("value") not in (None, "")
            ],
            "prices": list(_amounts(item.get("ItemTotalPrice") or ())),
        }
        yield from _lines(item.get("cartItem") or (), sites, is_later=later, depth=depth + 1)


def _place(place: Mapping[str, Any], sites: Mapping[str, GeographicSite]) -> str:
    known = sites.get(str(place.get("id")))
    return str((known.name if known is not None else None) or place.get("name") or "")


def _amounts(prices: Iterable[Mapping[str, Json]]) -> Iterator[Amount]:
    """Yield amounts, recurring ones first."""
    for one in sorted(prices, key=lambda each: not each.get("recurringChargePeriod")):
        amount = (one.get("price") or {}).get("dutyFreeAmount") or {}
        period = str(one.get("recurringChargePeriod") or "")
        yield Amount(money(Decimal(str(amount.get("value") or 0))), str(amount.get("unit")), period)
