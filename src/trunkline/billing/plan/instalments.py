"""Instalments: a debt in parts, when each is due, and what is paid of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal

from trunkline.billing.account.standing import days_late
from trunkline.billing.plan.payment_plan import Instalment, InstalmentState
from trunkline.billing.plan.terms import PlanInterval
from trunkline.ordering.macd.commitment import months_later
from trunkline.shared.money import digits_of

ZERO = Decimal(0)
WEEKS: Mapping[PlanInterval, int] = {"week": 1, "twoWeeks": 2}


def parts_of(debt: Decimal, count: int, unit: str) -> list[Decimal]:
    """Return a debt in so many parts that are alike; the first one has what is left over.

    They are of whole coins but for the first, and add up to the debt exactly: 100 in three is
    33.34, 33.33 and 33.33.
    """
    coin = Decimal(1).scaleb(-digits_of(unit))
    part = (debt / count).quantize(coin, ROUND_DOWN)
    return [debt - part * (count - 1), *[part] * (count - 1)]


def due_dates(first: datetime, count: int, interval: PlanInterval) -> list[datetime]:
    """Return when so many instalments are due; by months it is the same day, or the last one."""
    if interval == "month":
        return [months_later(first, number) for number in range(count)]
    return [first + timedelta(weeks=WEEKS[interval] * number) for number in range(count)]


def next_interval(now: datetime, interval: PlanInterval) -> datetime:
    """Return the beginning of the day an interval ahead, by the days of the zone of `now`."""
    day = datetime.combine(now.date(), time(), now.tzinfo)
    return due_dates(day, 2, interval)[1]


@dataclass(frozen=True)
class Stands:
    """How an instalment stands: how much of it is paid, what that makes of it, what of it waits
    since it is disputed."""

    paid: Decimal
    state: InstalmentState
    waits: Decimal = ZERO


def standing_of(
    instalments: Sequence[Instalment], open_debt: Decimal, now: datetime, *, grace_days: int,
    disputed: Decimal = ZERO,
) -> list[Stands]:  # fmt: skip
    """Return how instalments stand by what is open of the debt: what is due first is paid first.

    One is missed when something is open of it more than `grace_days` after its day, by the days
    of the zone of `now`. So much of the open debt as is `disputed` is not paid, and not missed.
    """
    left = max(sum((one.amount.amount for one in instalments), ZERO) - open_debt, ZERO)
    found = []
    for one in instalments:
        paid = min(left, one.amount.amount)
        left -= paid
        waits = min(disputed, one.amount.amount - paid)
        disputed -= waits
        state: InstalmentState = "paid"
        if paid < one.amount.amount:
            is_late = days_late(one.due_date, now) > grace_days
            state = "missed" if is_late and paid + waits < one.amount.amount else "open"
        found.append(Stands(paid, state, waits))
    return found
