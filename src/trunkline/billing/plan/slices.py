"""Slices: which part of which bill an instalment of a plan pays. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.billing.plan.payment_plan import Instalment

ZERO = Decimal(0)


@dataclass(frozen=True)
class Slice:
    """A part of a bill that is paid with an instalment, and when that is due."""

    due: datetime
    bill: str
    amount: Decimal


def slices_of(
    instalments: Sequence[Instalment], bills: Sequence[tuple[str, Decimal]]
) -> Iterator[Slice]:
    """Yield what is open of the bills of a plan in its parts: the first bill goes with the first.

    `bills` are given with what is open of each. The slices come to all of that: what is more than
    the instalments say goes with the last one.
    """
    positive = [(ident, amount) for ident, amount in bills if amount > ZERO]
    left = sum((amount for _, amount in positive), ZERO)
    paid = max(sum((one.amount.amount for one in instalments), ZERO) - left, ZERO)
    waiting = iter(positive)
    bill, of_bill = "", ZERO
    for index, one in enumerate(instalments):
        covered = min(paid, one.amount.amount)
        paid -= covered
        of_part = left if index == len(instalments) - 1 else one.amount.amount - covered
        while of_part > ZERO and left > ZERO:
            if of_bill == ZERO:
                bill, of_bill = next(waiting)
            taken = min(of_bill, of_part)
            yield Slice(one.due_date, bill, taken)
            of_bill, of_part, left = of_bill - taken, of_part - taken, left - taken
