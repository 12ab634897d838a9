"""Adjustments: prices of a quote that are lowered or raised by hand, and what that gives away.

What a line says counts for that line, what the quote says for all of them. Pure, but for the types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.documents.shape import PERSONAL, Json, Limits
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.ordering.given_away import given_away
from trunkline.ordering.order_line import copies, lines_of
from trunkline.ordering.price_effect import amounts_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.sales.lines import QUOTE_WORDS, placed_lines
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money, digits_of, rounded
from trunkline.shared.own_hand import internal_note
from trunkline.shared.price import OrderPrice

ADJUSTMENTS = "priceAdjustment"
KEEPS = "keepsLineAdjustments"
REGISTER = "priceAdjustmentReason"
AMOUNTS = ("dutyFreeAmount", "taxIncludedAmount")
PERCENT_MIN, PERCENT_MAX = Decimal(-100), Decimal(1000)
ZERO = Decimal(0)
Prices: TypeAlias = Sequence[OrderPrice]


class ManualAdjustment(Extensible):
    """By how much a price differs from the one that the catalog or an agreement says, and why.

    One of a `percentage`, an `amount` for each unit (below zero both make it cheaper), and an
    `override`, which the price becomes. `price_type` and `recurring_charge_period` say which
    charges are meant, all where they are left out. Only percentages stand at a whole quote.
    """

    price_type: Literal["recurring", "oneTime"] | None = None
    recurring_charge_period: str | None = None
    percentage: Decimal | None = None
    amount: Money | None = None
    override: Money | None = None
    reason: str
    note: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None


internal_note(ManualAdjustment, "note")


class PriceOverride(Extensible):
    """What the prices of a quote give away in its first year, and who has decided about it.

    `waiting` is what is more than who asked decides alone. `basis` tells the adjustments that it is
    about from other ones.
    """

    given: Money
    state: Literal["withinAuthority", "waiting", "approved", "refused"]
    requested_by: Annotated[str, PERSONAL]
    requested_by_id: str
    requested_at: datetime
    decided_by: Annotated[str | None, PERSONAL] = None
    decided_by_id: str | None = None
    decided_at: datetime | None = None
    decision_note: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    basis: str


@dataclass
class Adjusting:
    """Adjusts the items of an order as a quote says, and notes what they cost before.

    `listed` holds the former prices by item, `given` what is given away by currency, `faults` what
    cannot be adjusted so.
    """

    document: Mapping[str, Json]
    listed: dict[str, Prices] = field(default_factory=dict)
    given: dict[str, Decimal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def __call__(self, order: ProductOrder) -> None:
        """Adjust the prices of an order that was completed."""
        whole = wrapped(self.document.get(ADJUSTMENTS))
        self.faults += [*_shape_faults(whole, ADJUSTMENTS, is_whole=True)]
        lines = lines_of(order)
        for path, said in placed_lines(self.document.get(QUOTE_WORDS.item) or (), QUOTE_WORDS):
            line = lines.get(str(said.get("id")))
            if line is None:
                continue
            own = wrapped(said.get(ADJUSTMENTS))
            listed = list(line.item.item_price) if line.action in ("add", "modify") else []
            self.faults += _own_faults(own, listed, f"{path}.{ADJUSTMENTS}")
            if self.faults:
                continue
            counted = counting(own, whole, is_kept=self.document.get(KEEPS) is not False)
            if not counted or not listed:
                continue
            now = [adjusted(one, counted) for one in listed]
            if [*amounts_of(now)] == [*amounts_of(listed)]:
                continue
            line.item.item_price = now
            self.listed[line.id] = listed
            for unit, amount in given_away(listed, now).items():
                self.given[unit] = self.given.get(unit, ZERO) + amount * copies(line, lines)


def counting(
    own: list[ManualAdjustment], whole: list[ManualAdjustment], *, is_kept: bool
) -> list[ManualAdjustment]:
    """Return the adjustments that count for a line: its own where they are kept, else the quote's.

    A discount on the whole is for the lines that have none of their own; or it takes their place.
    """
    return whole if whole and not (own and is_kept) else own


def adjusted(price: OrderPrice, adjustments: Sequence[ManualAdjustment]) -> OrderPrice:
    """Return a price after adjustments one after the other, not below zero, in whole coins.

    100.00 less 10 percent, then 5.00 less: 85.00. What is paid with tax changes in proportion.
    """
    kind, before = next(iter(amounts_of([price])), (None, ZERO))
    if kind is None or not any(is_meant(one, price) for one in adjustments):
        return price
    after = before
    for one in adjustments:
        if not is_meant(one, price):
            continue
        if one.override is not None:
            after = one.override.amount
        elif one.percentage is not None:
            after += after * one.percentage / 100
        elif one.amount is not None:
            after += one.amount.amount
    after = rounded(max(ZERO, after), kind.currency)
    raw: dict[str, Json] = copied(price.raw)
    held = raw["price"]
    for name in (each for each in AMOUNTS if held.get(each)):
        value = Money.wrap(dict(held[name])).amount
        is_base = name == next(each for each in AMOUNTS if held.get(each))
        held[name]["value"] = after if is_base or not before else rounded(
            value * after / before, kind.currency
        )  # fmt: skip
    return OrderPrice.wrap(raw)


def is_meant(adjustment: ManualAdjustment, price: OrderPrice) -> bool:
    """Tell whether an adjustment is about a price; what is charged by use is never adjusted."""
    kind = next((kind for kind, _ in amounts_of([price])), None)
    if kind is None:
        return False
    wanted, period = adjustment.price_type, adjustment.recurring_charge_period
    return wanted in (None, kind.price_type) and period in (None, kind.period)


def basis_of(document: Mapping[str, Json]) -> list[Json]:
    """Return what a quote says of adjustments, to be compared."""
    lines = placed_lines(document.get(QUOTE_WORDS.item) or (), QUOTE_WORDS)
    own = [[str(one.get("id")), one[ADJUSTMENTS]] for _, one in lines if one.get(ADJUSTMENTS)]
    return [document.get(ADJUSTMENTS) or [], document.get(KEEPS) is not False, own]


def wrapped(said: Json) -> list[ManualAdjustment]:
    """Return the adjustments in a part of a document."""
    return [ManualAdjustment.wrap(dict(one)) for one in said or ()]


def _own_faults(own: list[ManualAdjustment], listed: Prices, path: str) -> Iterator[Fault]:
    yield from _shape_faults(own, path)
    for index, one in enumerate(own):
        spot, meant = f"{path}[{index}]", [price for price in listed if is_meant(one, price)]
        if not meant:
            message = "the line has no such price of its own; say which it has, or leave it out"
            yield Fault(spot, "nothingToAdjust", message)
            continue
        said = one.amount or one.override
        if said is None:
            continue
        if len(meant) > 1:
            message = "is about several prices; say one in priceType and recurringChargePeriod"
            yield Fault(spot, "severalPrices", message)
        (unit,) = {kind.currency for kind, _ in amounts_of(meant[:1])}
        name = "amount" if one.amount is not None else "override"
        if said.unit != unit:
            yield Fault(f"{spot}.{name}.unit", "currencyMismatch", f"must be {unit}, as the price")


def _shape_faults(
    said: Iterable[ManualAdjustment], path: str, *, is_whole: bool = False
) -> Iterator[Fault]:
    for index, one in enumerate(said):
        spot = f"{path}[{index}]"
        ways = [each for each in (one.percentage, one.amount, one.override) if each is not None]
        if len(ways) != 1:
            yield Fault(spot, "badValue", "name one of percentage, amount and override")
        elif one.percentage is None and is_whole:
            message = "the whole quote is adjusted by a percentage; amounts stand at lines"
            yield Fault(spot, "badValue", message)
        elif one.percentage is not None and not PERCENT_MIN <= one.percentage <= PERCENT_MAX:
            message = f"must lie between {PERCENT_MIN} and {PERCENT_MAX}"
            yield Fault(f"{spot}.percentage", "badValue", message)
        name = "override" if one.override is not None else "amount"
        amount = one.override or one.amount
        if amount is not None and (amount.value is None or not amount.unit):
            yield Fault(f"{spot}.{name}", "required", "name the value and the currency")
        elif one.override is not None and one.override.amount < 0:
            yield Fault(f"{spot}.override.value", "badValue", "must not be below zero")
        elif amount is not None and rounded(amount.amount, amount.unit) != amount.amount:
            message = f"must have at most {digits_of(amount.unit)} decimals"
            yield Fault(f"{spot}.{name}.value", "badValue", message)


ship(
    ShippedRegister(
        REGISTER, "Reason of a price by hand",
        {"de": "Grund eines Preises von Hand", "ar": "سبب تعديل السعر"},
        (
            worded("competition", "Offer of a competitor", "Angebot der Konkurrenz", "عرض منافس",
                   "amber"),
            worded("volume", "Large quantity", "Große Menge", "كمية كبيرة", "blue"),
            worded("loyalty", "Long-standing customer", "Langjähriger Kunde", "عميل قديم", "green"),
            worded("project", "Price of a project", "Projektpreis", "سعر مشروع", "blue"),
            worded("goodwill", "Goodwill", "Kulanz", "لفتة حسن نية", "green"),
        ),
        "Why prices of a quote are other than listed.",
    ),
)  # fmt: skip
