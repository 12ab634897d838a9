"""Offers: what may be sold now, by category, and why the rest may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trunkline.catalog.category import Category
from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.contract.agreement.agreed_prices import agreed_by
from trunkline.contract.agreement.usable import offerings_shown, usable_lists
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.kernel.references import UUID
from trunkline.kernel.select import array_of
from trunkline.ordering.list_price import list_price
from trunkline.ordering.order_currency import currency_of_buyer
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.web.capture.cart import Cart
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.money import Amount, amounts
from trunkline.web.capture.who import Place, place_of
from trunkline.web.records import Branch, seen, sees
from trunkline.web.values import date

READ_MAX = 400
SHOWN_MAX = 80
NAMED_MAX = 3
SEGMENT = "marketSegment"
TEXT = """
lower(concat_ws(' ', t.doc->>'name', t.doc->>'displayName', t.doc->>'family',
  t.doc->>'description', t.key, t.doc->>'externalId',
  (select string_agg(o.v->>'name', ' ') from json_array_elements(
    case json_typeof(t.doc->'translation') when 'array' then t.doc->'translation' end) o(v))))
"""


@dataclass(frozen=True)
class Offer:
    """One offering: what it costs by its list, and why it cannot be sold, if so.

    `about` fills in `%(about)s` of the reason.
    """

    id: str
    name: str
    description: str
    category: str
    is_bundle: bool
    prices: Sequence[Amount]
    reason: str = ""
    about: str = ""


@dataclass(frozen=True)
class Sale:
    """When, where and to whom something is to be sold.

    `segments` are the markets that the customer is said to belong to, in lower case; None where
    nobody has said so.
    """

    at: datetime
    sites: Sequence[Place] = ()
    segments: frozenset[str] | None = None


def offers_of(looking: Looking, cart: Cart) -> list[Offer]:
    """Return the offerings that have every word that was typed, those that may be sold first."""
    looking.actor.must(ProductOffering.resource, "read")
    words = cart.q.lower().replace("\0", "").split()
    _read(looking, cart, words)
    sale = Sale(looking.now, _sites(looking), _segments(looking))
    buyer = next(iter(looking.held(Customer)), None)
    lists = usable_lists(looking, buyer) if buyer is not None else ()
    named = cart.agreement.split()
    lists = [one for one in lists if not named or one.agreement.id in named]
    shown = offerings_shown(looking, buyer)
    if shown is not None:  # by what is agreed with the customer, how large the catalog may be
        wanted = looking.many(ProductOffering, shown).values()
        for one in wanted:
            looking.know(one)
    found = {one.id: one for one in looking.held(ProductOffering)}
    categories = {one.id: one for one in looking.held(Category)}
    prices = {one.id: one for one in looking.held(ProductOfferingPrice)}
    kind = buyer.customer_type if buyer is not None else None
    catalog = CatalogSnapshot(
        offerings=found, prices=prices, customer_type=kind, agreed=agreed_by(lists)
    )
    if len(catalog.currencies) > 1:  # where nobody knows which, all prices are shown
        known = currency_of_buyer(looking, buyer.id if buyer is not None else None, cart.account)
        catalog = replace(catalog, currency=known)
    language = spoken().code
    offers = [
        Offer(
            one.id,
            one.name_in(language, one.display_name),
            one.description_in(language),
            _category(one, categories),
            bool(one.bundled_product_offering),
            amounts(list_price(one, catalog, sale.at)),
            *reason_of(one, sale),
        )
        for one in found.values()
        if one.is_live
        and all(word in _text(one) for word in words)
        and (shown is None or one.id in shown)
    ]
    wanted_name = " ".join(words)
    offers.sort(
        key=lambda one: (
            bool(one.reason), _distance(one.name, wanted_name), not one.is_bundle,
            one.name.casefold(),
        )
    )  # fmt: skip
    return offers[:SHOWN_MAX]


def _distance(name: str, typed: str) -> int:
    """Return how far a name is from what was typed: the same, begun so, in its words, elsewhere."""
    held = " ".join(name.lower().split())
    if held == typed:
        return 0
    if held.startswith(typed):
        return 1
    beginnings = held.split()
    return 2 if all(any(b.startswith(w) for b in beginnings) for w in typed.split()) else 3


def reason_of(offering: ProductOffering, sale: Sale) -> tuple[str, str]:
    """Return why an offering cannot be sold by itself in this sale, empty if it can.

    The second text is what `%(about)s` stands for in the first.
    """
    at, valid = sale.at, offering.valid_for
    if valid is not None and valid.start_date_time is not None and at < valid.start_date_time:
        return "On sale from %(about)s", date(valid.start_date_time)
    if valid is not None and valid.end_date_time is not None and not valid.contains(at):
        return "Not sold since %(about)s", date(valid.end_date_time)
    if offering.is_sellable is False:
        return "Sold only as a part of a bundle", ""
    if not is_on_sale(offering, at):
        return "Not on sale: %(about)s", (offering.lifecycle_status or "").lower()
    return _market_reason(offering, sale) or _place_reason(offering, sale) or ("", "")


def _market_reason(offering: ProductOffering, sale: Sale) -> tuple[str, str] | None:
    """Return that an offering is for other markets than the customer's, where that is known."""
    named = [one for one in offering.market_segment if one.id or one.name]
    allowed = {text.lower() for one in named for text in (one.id, one.name) if text}
    if not allowed or sale.segments is None or allowed & sale.segments:
        return None
    return "Sold only to %(about)s", ", ".join(one.name or one.id or "" for one in named)


def _place_reason(offering: ProductOffering, sale: Sale) -> tuple[str, str] | None:
    """Return that an offering is for other places than the chosen sites lie at."""
    allowed = {one.id for one in offering.place}
    away = [one.name for one in sale.sites if allowed and not allowed & one.places]
    if not away:
        return None
    if len(sale.sites) == 1:
        return "Not offered at this place", ""
    if len(away) > NAMED_MAX:
        return "Not offered at %(about)s of the sites", str(len(away))
    return "Not offered at %(about)s", ", ".join(away)


def grouped(offers: Iterable[Offer], *, found: bool = False) -> list[dict[str, Json]]:
    """Return the offers by category: bundles first, then by name; those not sold come last.

    Where they were `found` by a search, the category of what fits best comes first.
    """
    groups: dict[str, list[Offer]] = {}
    for one in offers:
        groups.setdefault(one.category, []).append(one)
    ordered = list(groups.items())
    if not found:
        ordered.sort(key=lambda one: _rank(*one))
    return [{"title": title, "offers": listed} for title, listed in ordered]


def _rank(title: str, found: Sequence[Offer]) -> tuple[bool, bool, bool, str]:
    is_sold = any(not one.reason for one in found)
    return (not is_sold, not any(one.is_bundle for one in found), not title, title.casefold())


def _category(offering: ProductOffering, categories: Mapping[str, Category]) -> str:
    for one in offering.category:
        found = categories.get(one.id or "")
        if found is not None or one.name:
            return found.name_in(spoken().code) if found is not None else str(one.name)
    return ""


# --- what is read ------------------------------------------------------------------------------


def _read(looking: Looking, cart: Cart, words: Sequence[str]) -> None:
    """Read the offerings that have some words with categories and prices, the sites and who buys.

    The words are looked for where the offerings are, so that a large catalog is found, too. What
    bundles consist of comes along, since it has prices.
    """
    table = ProductOffering.resource.reference_table
    has_words = "".join(f" and position(%s in {TEXT}) > 0" for _ in words)
    parts = (
        "with recursive part as (select o.id from ("  # noqa: S608
        f"select t.id from {ProductOffering.resource.table} t where t.p_lifecycle_status = any(%s)"
        f"{has_words} order by t.id desc limit {READ_MAX}) o "
        f"union select f.target from {table} f join part p on f.source = p.id "
        "where f.type = 'ProductOffering' and f.path = 'bundledProductOffering') "
        "select id from part"
    )
    parameters = [list(LIVE), *words]
    branches = [Branch(ProductOffering.resource, f"t.id in ({parts})", parameters)]
    for kind, path in ((Category, "category"), (ProductOfferingPrice, "productOfferingPrice")):
        if sees(looking, kind.resource):
            named = (
                f"t.id in (select f.target from {table} f where f.type = 'ProductOffering' "  # noqa: S608
                f"and f.path = '{path}' and f.source in ({parts}))"
            )
            branches.append(Branch(kind.resource, named, parameters))
    chosen = [one for one in cart.sites if UUID.match(one)]
    if chosen and sees(looking, GeographicSite.resource):
        branches.append(
            Branch(GeographicSite.resource, "t.id = any(%s::uuid[])", [array_of(chosen)])
        )
    if UUID.match(cart.customer) and sees(looking, Customer.resource):
        branches.append(Branch(Customer.resource, "t.id = %s::uuid", [cart.customer]))
    looking.read(branches)


def _text(offering: ProductOffering) -> str:
    parts = (offering.name, offering.display_name, offering.family, offering.description,
             offering.key, offering.external_id,
             *(one.name for one in offering.translation))  # fmt: skip
    return " ".join(one for one in parts if one).lower()


def _sites(looking: Looking) -> list[Place]:
    return [place_of(seen(looking, one), {}) for one in looking.held(GeographicSite)]


def _segments(looking: Looking) -> frozenset[str] | None:
    """Return the markets that the customer is said to belong to, None where nobody has said."""
    for one in looking.held(Customer):
        said = [
            value
            for each in seen(looking, one).document.get("characteristic") or ()
            if each.get("name") == SEGMENT
            for value in _listed(each.get("value"))
        ]
        if said:
            return frozenset(str(value).lower() for value in said)
    return None


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
