"""Allocation: which money pays which bill, by what was said first and by age then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass
class OpenBill:
    """What is open of a bill, or of a part of it that is due at another time, in its currency.

    They are given with the one due first first.
    """

    id: str
    unit: str
    open: Decimal


@dataclass
class Credit:
    """What is left of a payment or a credit note, and how much of it is meant for which bill."""

    id: str
    unit: str
    left: Decimal
    meant: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """That so much of a credit pays a bill."""

    bill: str
    credit: str
    amount: Decimal


def allocated(bills: Sequence[OpenBill], credits: Sequence[Credit]) -> list[Part]:
    """Return what pays what, and take it off what is open and what is left.

    First every credit goes to the bills that it is meant for, up to the amount that was said;
    then what is left goes to the oldest bill, in the order of the credits. Currencies never mix.
    """
    by_id: dict[str, list[OpenBill]] = {}
    for bill in bills:
        by_id.setdefault(bill.id, []).append(bill)
    parts: list[Part] = []
    for credit in credits:
        for ident, most in credit.meant.items():
            for bill in by_id.get(ident, ()):
                most -= _pay(bill, credit, most, parts)
    for credit in credits:
        for bill in bills:
            _pay(bill, credit, credit.left, parts)
    return joined(parts)


def _pay(bill: OpenBill, credit: Credit, most: Decimal, parts: list[Part]) -> Decimal:
    amount = min(bill.open, credit.left, most) if bill.unit == credit.unit else ZERO
    if amount > ZERO:
        bill.open -= amount
        credit.left -= amount
        parts.append(Part(bill.id, credit.id, amount))
    return amount


def joined(parts: Iterable[Part]) -> list[Part]:
    """Return the parts with those of one bill and one credit added up, in their order."""
    found: dict[tuple[str, str], Decimal] = {}
    for one in parts:
        key = one.bill, one.credit
        found[key] = found.get(key, ZERO) + one.amount
    return [Part(bill, credit, amount) for (bill, credit), amount in found.items()]


def freed(applied: Sequence[Decimal], too_much: Decimal) -> list[Decimal]:
    """Return what stays of amounts when so much is taken back, from the last one on."""
    kept: list[Decimal] = []
    for amount in reversed(applied):
        taken = min(amount, too_much)
        too_much -= taken
        kept.append(amount - taken)
    return kept[::-1]
