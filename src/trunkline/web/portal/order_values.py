"""Order values: what an order changes, old and new, as its customer reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.shown_lines import ShownLine, sites_shown
from trunkline.shared.money import Money
from trunkline.web.portal.own import PRODUCT_WORDS, own_sites
from trunkline.web.postal import address_line
from trunkline.web.values import price, told_value
from trunkline.web.wording import words

COSTS = (("month", "monthly_before", "monthly_after"), ("", "", "once"))


def values_by_line(
    work: Work, order: ProductOrder, planned: Iterable[PlanItem]
) -> dict[str, list[dict[str, str]]]:
    """Return by line what becomes different about what is there; what is new has no old values.

    `planned` are the steps of the order as the customer may see them.
    """
    sites = {one.id: one for one in own_sites(work)}
    return {
        one.line.id: _changes(one, sites)
        for site in sites_shown(work, order, planned)
        for one in site.lines
        if one.line.action != "add"
    }


def costs_confirmed(order: ProductOrder) -> list[dict[str, str]]:
    """Return the costs before and after, as the customer saw and confirmed them."""
    said = order.cost_confirmation
    if said is None:
        return []
    found = []
    for period, before, after in COSTS:
        old: Money | None = getattr(said, before) if before else None
        new: Money | None = getattr(said, after)
        if (old is not None and old.value) or (new is not None and new.value):
            found.append({"period": period, "old": _money(old), "new": _money(new)})
    return found


def _changes(shown: ShownLine, sites: Mapping[str, GeographicSite]) -> list[dict[str, str]]:
    found = []
    if shown.status is not None:
        was, becomes = (PRODUCT_WORDS.get(str(one), ("", ""))[0] for one in shown.status[1:])
        found.append({"label": "State", "old": was, "new": becomes})
    if shown.offering is not None:
        old, new = (told_value(one) for one in shown.offering[1:])
        found.append({"label": "What you want to have", "old": old, "new": new})
    found += [
        {"label": words(one.name), "old": told_value(one.old), "new": told_value(one.new)}
        for one in shown.characteristics
        if one.old != one.new
    ]
    if shown.former_place is not None:
        old, new = (_place(one, sites) for one in (shown.former_place, shown.place))
        found.append({"label": "Where", "old": old, "new": new})
    return found


def _place(place: Json, sites: Mapping[str, GeographicSite]) -> str:
    held: Mapping[str, Json] = place or {}
    site = sites.get(str(held.get("id")))
    known = (site.name or site.key) if site is not None else held.get("name")
    return str(known or address_line(dict(held)) or "")


def _money(amount: Money | None) -> str:
    if amount is None or not amount.value:
        return ""
    return price(amount.value, amount.unit or "")
