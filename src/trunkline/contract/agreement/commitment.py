"""Commitments: what a customer has agreed to take, what was ordered of it, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.contract.agreement.agreed_prices import lines_by_offering
from trunkline.contract.agreement.agreement import Agreement, Commitment
from trunkline.contract.agreement.usable import lists_named
from trunkline.documents.patch import copied
from trunkline.kernel.behaviour import enrich, handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering.capture.agreed import ORDERED
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.macd.commitment import months_later
from trunkline.ordering.order_catalog import offering_id
from trunkline.ordering.order_line import Line, copies, lines_of
from trunkline.ordering.price_effect import amounts_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.shared.charge_period import per_month
from trunkline.shared.money import rounded
from trunkline.shared.period import TimePeriod
from trunkline.shared.price import OrderPrice
from trunkline.workspace.timer import leased

ZERO = Decimal(0)
MONTHS_MAX = 1200
COUNTED = ("acknowledged", "inProgress", "revisionInProgress", "awaitingInformation", "onHold",
           "assessingCancellation", "completed", "partial")  # fmt: skip
"""The states of orders that count: accepted, and not given up."""
ENDED = ("expired", "canceled")
FORGET = "delete from agreement_take where product_order = %s"
NOTE = """
insert into agreement_take (agreement, product_order, product_offering, quantity, amount, unit)
values (%s, %s, %s, %s, %s, %s)
"""
# A line without a price, or with one in another currency, counts as products and as no revenue.
SUMS = """
select coalesce(sum(quantity) filter (where unit is null), 0),
  coalesce(sum(amount) filter (where unit = %(unit)s), 0)
from agreement_take
where agreement = %(agreement)s
  and (%(offerings)s::uuid[] is null or product_offering = any(%(offerings)s::uuid[]))
"""
COMMITTED = "commitment"


@dataclass(frozen=True)
class Taking:
    """What one line of an order takes: products (then `unit` is None), or money in a currency."""

    offering: str | None
    quantity: Decimal
    amount: Decimal
    unit: str | None


@handler(ORDERED)
def count_order(services: Services, row: Row) -> None:
    """Count in its agreements what an order that has begun takes of their commitments."""
    with leased(services, row) as work:
        queue.finish(work.connection, row)
        order = work.get(ProductOrder, row.subject)
        if order is not None:
            note_order(work, order)


@on(
    event(ProductOrder, "state_changed").to("canceled", "rejected", "failed", "partial"),
    event(ProductOrder, "state_changed").to("inProgress", since=("revisionInProgress",)),
)
def count_again(work: Work, order: ProductOrder) -> None:
    """Count anew what an order takes of the commitments of its agreements, once it has changed."""
    if order.agreement:
        note_order(work, order)


def note_order(work: Work, order: ProductOrder) -> None:
    """Write down what an order takes of its agreements now, whatever it took before.

    Those of another customer are left out. Of several agreements the first that is about an
    offering has it.
    """
    buyer = buyer_of(work, order)
    named = [one.id for one in order.agreement]
    lists = lists_named(work, buyer, named) if buyer is not None else {}
    known = work.many(Agreement, [one for one in named if one in lists])
    held = sorted(known.values(), key=lambda one: one.id)
    about = [(one, lines_by_offering(lists[one])) for one in named if one in known]
    families = sorted({one.family for one in held})
    for family in families:  # those who count for one agreement wait for each other here
        work.lock(Agreement, family)
    work.connection.execute(FORGET, [order.id])
    if order.internal_state in COUNTED:
        for agreement in held:
            for one in takings(order, agreement):
                if _taker(one.offering, about) != agreement.id:
                    continue
                work.connection.execute(
                    NOTE,
                    [agreement.family, order.id, one.offering, one.quantity, one.amount, one.unit],
                )
    for family in families:
        for version in work.find(Agreement, {"firstVersion.id": family}):
            if version.commitment and version.internal_state != "draft":
                agreement = work.lock(Agreement, version.id)
                before = copied(agreement.raw)
                count_commitments(work, agreement)
                work.save(agreement, before)


def _taker(
    offering: str | None, about: Sequence[tuple[str, Mapping[str | None, object]]]
) -> str | None:
    """Return the agreement by which an offering is ordered, of those that an order names."""
    fitting = [ident for ident, lines in about if offering in lines]
    fitting += [ident for ident, lines in about if None in lines]
    return next(iter([*fitting, *(ident for ident, _ in about)]), None)


def _asks_anew(old: Agreement, new: Agreement) -> bool:
    is_canceled = new.internal_state == "canceled" != old.internal_state
    return is_canceled or old.raw.get(COMMITTED) != new.raw.get(COMMITTED)


@enrich(Agreement, again=_asks_anew)
def count_as_it_is_written(work: Work, agreement: Agreement) -> None:
    """Say of each commitment of a written agreement how much of it is ordered, and when it ended.

    What is missing is said of one that is canceled, too.
    """
    count_commitments(work, agreement)
    if agreement.internal_state == "canceled" and agreement.completion_date is None:
        held = agreement.agreement_period
        agreement.completion_date = TimePeriod(
            start_date_time=held.start_date_time if held is not None else None,
            end_date_time=work.now,
        )


def count_commitments(work: Work, agreement: Agreement) -> None:
    """Set what is ordered, remaining and missing of each commitment of an agreement."""
    for one in agreement.commitment:
        named = [each.id for each in one.product_offering]
        asked = {"agreement": agreement.family, "unit": one.unit, "offerings": named or None}
        quantity, amount = work.connection.execute(SUMS, asked).fetchone()
        counted = quantity if one.commitment_type == "volume" else amount
        set_figures(one, Decimal(counted), has_ended=agreement.internal_state in ENDED)


def set_figures(one: Commitment, ordered: Decimal, *, has_ended: bool) -> None:
    """Set the figures of a commitment.

    Of 100, 30 are ordered: 70 remain, none is missing yet; once the agreement has ended, 70 are.
    """
    left = max(ZERO, one.committed - ordered)
    one.ordered, one.remaining = _plain(ordered), _plain(left)
    one.shortfall = _plain(left) if has_ended else ZERO


def takings(order: ProductOrder, agreement: Agreement) -> Iterator[Taking]:
    """Yield what each line that adds something takes of an agreement.

    What recurs counts for every month that is begun from the order to the end of the agreement.
    """
    period = agreement.agreement_period
    end = period.end_date_time if period is not None else None
    start = order.requested_start_date or order.order_date
    months = months_begun(start, end) if start is not None and end is not None else 1
    lines = lines_of(order)
    for line in lines.values():
        if line.action == "add" and line.item.internal_state not in ("canceled", "rejected"):
            yield from _of_line(line, lines, months)


def _of_line(line: Line, lines: Mapping[str, Line], months: int) -> Iterator[Taking]:
    offering, count = offering_id(line.item), Decimal(copies(line, lines))
    yield Taking(offering, count, ZERO, None)
    sums: dict[str, Decimal] = {}
    for price in line.item.item_price:
        for kind, amount in amounts_of([price]):
            times = per_month(kind.period) * months if kind.period else Decimal(1)
            paid = max(ZERO, amount * times + _altered(price, amount, times))
            sums[kind.currency] = sums.get(kind.currency, ZERO) + paid * count
    for unit, amount in sums.items():
        yield Taking(offering, count, rounded(amount, unit), unit)


def _altered(price: OrderPrice, amount: Decimal, times: Decimal) -> Decimal:
    """Return what discounts, below zero, and surcharges make of a price that is paid some times.

    Of 30 a month for twelve, 10 percent less for three of them are -9.
    """
    found = ZERO
    for one in price.price_alteration:
        held = one.price.duty_free_amount or one.price.tax_included_amount
        percentage = one.price.percentage
        each = amount * percentage / 100 if percentage is not None else ZERO
        if percentage is None and held is not None:
            each = held.amount
        sign = 1 if "surcharge" in one.price_type.lower() else -1
        length = one.application_duration
        found += sign * abs(each) * (min(times, Decimal(length)) if length else times)
    return found


def months_begun(start: datetime, end: datetime) -> int:
    """Return how many months begin from an instant to another, at least one.

    From 15 January to 15 March two, to 16 March three.
    """
    number = 1
    while number < MONTHS_MAX and months_later(start, number) < end:
        number += 1
    return number


def _plain(value: Decimal) -> Decimal:
    """Return a number as it was meant: 30, not 30.0000."""
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()
