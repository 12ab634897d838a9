"""The lines of an order by site: what each asks for, what was before, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.branch import place_name
from trunkline.ordering.installed import place_of, values, values_of
from trunkline.ordering.node import SHARED
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.price_effect import PriceEffect, replaced
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ItemState
from trunkline.ordering.shown_plan import steps_shown
from trunkline.party.account import BillingAccount
from trunkline.shared.price import ProductPrice

ITEMS = "productOrderItem"
# What a product becomes by what is done to it as a whole.
BECOMES: Mapping[str, str] = {"suspend": "suspended", "resume": "active", "delete": "terminated"}
OVER: frozenset[ItemState | None] = frozenset({"completed", "failed", "cancelled", "rejected"})


class OldAndNew(NamedTuple):
    """A characteristic that a line sets: what it was, None for nothing, and what it will be."""

    name: str
    old: Json
    new: Json


@dataclass(frozen=True)
class ShownLine:
    """One line: where its product is or will be (`place`) and was before a move, and its dates.

    `status` is what its product was and becomes where it rests, goes on or ends; `offering` names
    what it was sold as before and is from then on, where that is something else; `account` who
    paid for it and pays from then on, `prices` what it costs again and again, likewise.
    """

    line: Line
    place: Json
    former_place: Json
    characteristics: tuple[OldAndNew, ...]
    started_at: datetime | None
    ended_at: datetime | None
    status: OldAndNew | None = None
    offering: OldAndNew | None = None
    account: OldAndNew | None = None
    prices: tuple[PriceEffect, ...] = ()


@dataclass(frozen=True)
class ShownSite:
    """The lines at one place, None for those without one."""

    place: Json
    lines: tuple[ShownLine, ...]

    @property
    def state(self) -> ItemState | None:
        """The state that all lines have; in progress where some of several are not done."""
        states = {one.line.item.state for one in self.lines}
        if len(states) == 1:
            return states.pop()
        return "completed" if states <= OVER else "inProgress"

    @property
    def committed_at(self) -> datetime | None:
        """The last date that is promised for a line of the site."""
        return _latest(one.line.item.committed_completion_date for one in self.lines)

    @property
    def ended_at(self) -> datetime | None:
        """When the last line came to its end, None while one is open."""
        if any(one.line.item.state not in OVER for one in self.lines):
            return None
        return _latest(one.ended_at for one in self.lines)


def item_within(
    document: Mapping[str, Json], line: str, items: str = ITEMS
) -> Mapping[str, Json] | None:
    """Return an item of an order's document by its id, at whatever level; None if none.

    `items` is where those of such an order stand.
    """
    for one in document.get(items) or ():
        is_meant = one.get("id") == line
        found: Mapping[str, Json] | None = one if is_meant else item_within(one, line, items)
        if found is not None:
            return found
    return None


def lines_within(document: Mapping[str, Json], line: str, items: str = ITEMS) -> frozenset[str]:
    """Return the id of an item with those of all that lie inside it."""
    found, waiting = {line}, [item_within(document, line, items) or {}]
    for item in waiting:  # grows while it is walked
        inside = item.get(items) or ()
        found |= {str(one.get("id")) for one in inside}
        waiting += inside
    return frozenset(found)


def steps_of_lines(steps: Sequence[PlanItem], lines: frozenset[str]) -> list[PlanItem]:
    """Return the steps that are done for some lines: their own, and shared ones that these need."""
    by_id = {one.id: one for one in steps}
    found = {one.id for one in steps if one.item_id in lines}
    waiting = list(found)
    for ident in waiting:  # grows while it is walked
        for need in by_id[ident].needs:
            shared = by_id.get(need)
            if need not in found and shared is not None and shared.node_key.startswith(SHARED):
                found.add(need)
                waiting.append(need)
    return [one for one in steps if one.id in found]


def sites_shown(
    work: Work, order: ProductOrder, planned: Iterable[PlanItem] | None = None
) -> list[ShownSite]:
    """Return the lines of an order by site, sites in the order of their first lines.

    `planned` are the steps of the order as who asks may see them, where they were read.
    """
    lines = lines_of(order)
    named = [one.product_id for one in lines.values() if one.product_id and one.action != "add"]
    held = work.many(Product, named)
    steps = _by_line(steps_shown(work, order.id) if planned is None else planned)
    sites: dict[str, list[ShownLine]] = {}
    every = [
        _shown(line, held.get(line.product_id or ""), steps.get(line.id, ()), work.now)
        for line in lines.values()
    ]
    for shown in _with_account_names(work, every):
        sites.setdefault(place_name(shown.place), []).append(shown)
    return [ShownSite(found[0].place, tuple(found)) for found in sites.values()]


def _by_line(steps: Iterable[PlanItem]) -> Mapping[str, Sequence[PlanItem]]:
    found: dict[str, list[PlanItem]] = {}
    for step in steps:
        if step.item_id is not None and step.direction == "do":
            found.setdefault(step.item_id, []).append(step)
    return found


def _shown(line: Line, held: Product | None, steps: Sequence[PlanItem], now: datetime) -> ShownLine:
    own = next((one for one in steps if one.node_key == f"{line.id}/product"), None)
    end = next((one for one in steps if one.kind == "milestone"), None)
    former = own.former if own is not None and isinstance(own.former, dict) else {}
    now_at = place_of(held) if held is not None else None
    before = former.get("place") or ([now_at] if now_at is not None else [])
    place = line.place or now_at
    has_moved = bool(before) and place_name(before[0]) != place_name(place)
    begun = [one.started_at for one in steps if one.started_at is not None]
    return ShownLine(
        line,
        place,
        before[0] if has_moved else None,
        tuple(_old_and_new(line, held, own, former)),
        min(begun, default=None),
        end.ended_at if end is not None and end.state == "completed" else None,
        _status(line, held, own, former),
        _offering(line, held, own, former),
        _account(line, held, own, former),
        _prices(line, held, own, former, now),
    )


def _status(
    line: Line, held: Product | None, step: PlanItem | None, former: Mapping[str, Json]
) -> OldAndNew | None:
    becomes = BECOMES.get(line.action or "")
    if becomes is None:
        return None
    now = held.status if held is not None and step is None else None
    return OldAndNew("status", former.get("state") or now, becomes)


def _offering(
    line: Line, held: Product | None, step: PlanItem | None, former: Mapping[str, Json]
) -> OldAndNew | None:
    wanted = line.item.product_offering
    if line.action != "modify" or wanted is None:
        return None
    before: Mapping[str, Json] = former.get("productOffering") or {}
    if step is None and held is not None and held.product_offering is not None:
        before = held.product_offering.raw
    if before.get("id") in (None, wanted.id):
        return None
    return OldAndNew("productOffering", before.get("name"), wanted.name)


def _account(
    line: Line, held: Product | None, step: PlanItem | None, former: Mapping[str, Json]
) -> OldAndNew | None:
    own = line.item.product.billing_account if line.item.product is not None else None
    wanted = own or line.item.billing_account
    if line.action != "modify" or wanted is None:
        return None
    before: Mapping[str, Json] = former.get("billingAccount") or {}
    if step is None and held is not None and held.billing_account is not None:
        before = held.billing_account.raw
    if before.get("id") == wanted.id or (step is not None and "billingAccount" not in former):
        return None
    return OldAndNew("billingAccount", dict(before) or None, dict(wanted.raw))


def _with_account_names(work: Work, lines: Sequence[ShownLine]) -> list[ShownLine]:
    """Return lines of which those that are billed elsewhere say what the accounts are called."""
    refs = [ref for one in lines if one.account is not None for ref in one.account[1:] if ref]
    if not refs:
        return list(lines)
    known = work.many(BillingAccount, sorted({str(one["id"]) for one in refs}))

    def named(ref: Json) -> Json:
        account = known.get(ref["id"]) if ref else None
        return ref | {"name": account.name} if account is not None else ref

    return [
        replace(one, account=OldAndNew(one.account.name, *map(named, one.account[1:])))
        if one.account is not None else one
        for one in lines
    ]  # fmt: skip


def _prices(
    line: Line,
    held: Product | None,
    step: PlanItem | None,
    former: Mapping[str, Json],
    now: datetime,
) -> tuple[PriceEffect, ...]:
    if line.action != "modify" or held is None:
        return ()
    before = list(held.product_price)
    if step is not None:
        before = [ProductPrice.wrap(one) for one in former.get("productPrice") or ()]
    said = line.item.product.product_price if line.item.product is not None else ()
    at = step.started_at if step is not None else None
    return replaced(before, said or line.item.item_price, at=at or now)


def _old_and_new(
    line: Line, held: Product | None, step: PlanItem | None, former: Mapping[str, Json]
) -> Iterable[OldAndNew]:
    """Yield what a line gives: as it was broken down, or else as it was asked for."""
    product = line.item.product
    if line.action not in ("add", "modify") or product is None:
        return
    new = values_of(product.product_characteristic) | (dict(step.values) if step else {})
    old: Mapping[str, Json] = former.get("characteristic") or {}
    if step is None and held is not None:
        old = values(held)
    for name, value in new.items():
        yield OldAndNew(name, old.get(name), value)


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)
