"""Offers: what may be sold now, by category, and why the rest may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.catalog.category import Category
from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.list_price import list_price
from trunkline.web.capture.money import Amount, amounts
from trunkline.web.editing.look_up import targets_of
from trunkline.web.values import date

READ_MAX = 400
SHOWN_MAX = 80


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
class Sites:
    """Where something is to be sold: the ids of the chosen sites and of their places."""

    chosen: int = 0
    places: Sequence[frozenset[str]] = ()


def offers_of(work: Work, typed: str, at: datetime, sites: Sites) -> list[Offer]:
    """Return the offerings that have every word that was typed, those that may be sold first."""
    work.actor.must(ProductOffering.resource, "read")
    found = _offerings(work, typed)
    words = typed.casefold().split()
    wanted = [one for one in found.values() if all(word in _text(one) for word in words)]
    categories = _categories(work, wanted)
    prices = _prices(work, found.values())
    catalog = CatalogSnapshot(offerings=found, prices=prices)
    offers = [
        Offer(
            one.id,
            one.display_name or one.name,
            one.description or "",
            _category(one, categories),
            bool(one.bundled_product_offering),
            amounts(list_price(one, catalog, at)),
            *reason_of(one, at, sites),
        )
        for one in wanted
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
    held = " ".join(name.casefold().split())
    if held == typed:
        return 0
    if held.startswith(typed):
        return 1
    beginnings = held.split()
    return 2 if all(any(b.startswith(w) for b in beginnings) for w in typed.split()) else 3


def reason_of(offering: ProductOffering, at: datetime, sites: Sites) -> tuple[str, str]:
    """Return why an offering cannot be sold by itself at a moment and place, empty if it can.

    The second text is what `%(about)s` stands for in the first.
    """
    valid = offering.valid_for
    if valid is not None and valid.start_date_time is not None and at < valid.start_date_time:
        return "On sale from %(about)s", date(valid.start_date_time)
    if valid is not None and valid.end_date_time is not None and not valid.contains(at):
        return "Not sold since %(about)s", date(valid.end_date_time)
    if offering.is_sellable is False:
        return "Sold only as a part of a bundle", ""
    if not is_on_sale(offering, at):
        return "Not on sale: %(about)s", (offering.lifecycle_status or "").lower()
    allowed = {one.id for one in offering.place}
    if allowed and any(not allowed & places for places in sites.places):
        text = "Not offered at this place" if sites.chosen == 1 else "Not offered at all the sites"
        return text, ""
    return "", ""


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


def _offerings(work: Work, typed: str) -> dict[str, ProductOffering]:
    live = work.find(ProductOffering, {"lifecycleStatus": list(LIVE)}, limit=READ_MAX)
    found = {one.id: one for one in live}
    if len(live) == READ_MAX and typed:
        targets = targets_of(work, [ProductOffering.resource], typed, [])
        found |= work.many(ProductOffering, [one.id for one in targets or ()])
    return found


def _text(offering: ProductOffering) -> str:
    parts = (offering.name, offering.display_name, offering.family, offering.description,
             offering.key, offering.external_id)  # fmt: skip
    return " ".join(one for one in parts if one).casefold()


def _categories(work: Work, offerings: Iterable[ProductOffering]) -> Mapping[str, Category]:
    named = {one.id for offering in offerings for one in offering.category}
    return work.many(Category, named)


def _category(offering: ProductOffering, categories: Mapping[str, Category]) -> str:
    for one in offering.category:
        found = categories.get(one.id or "")
        if found is not None or one.name:
            return found.name if found is not None else str(one.name)
    return ""


def _prices(work: Work, offerings: Iterable[ProductOffering]) -> dict[str, ProductOfferingPrice]:
    named = {
        one.id
        for offering in offerings
        for one in offering.product_offering_price
        if one.id is not None
    }
    return work.many(ProductOfferingPrice, named)
