"""Totals: whether the amounts of a bill add up, to the last digit and in one currency. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

from trunkline.billing.bill.customer_bill import CustomerBill, TaxTold
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.documents.errors import Fault
from trunkline.shared.money import Money

Named = tuple[str, Money | None]


def amounts_of(bill: CustomerBill) -> list[Named]:
    """Return every amount that a bill says, with its path."""
    return [
        ("amountDue", bill.amount_due),
        ("taxExcludedAmount", bill.tax_excluded_amount),
        ("taxIncludedAmount", bill.tax_included_amount),
        ("roundingAmount", bill.rounding_amount),
        *_taxes("taxItem", bill.tax_item),
    ]


def line_amounts_of(line: AppliedCustomerBillingRate) -> list[Named]:
    """Return every amount that a line of a bill says, with its path."""
    return [
        ("taxExcludedAmount", line.tax_excluded_amount),
        ("taxIncludedAmount", line.tax_included_amount),
        *_taxes("appliedTax", line.applied_tax),
    ]


def _taxes(name: str, taxes: Sequence[TaxTold]) -> list[Named]:
    return [(f"{name}[{index}].taxAmount", one.tax_amount) for index, one in enumerate(taxes)]


def currency_faults(
    amounts: Sequence[Named], currency: str | None, *, of_line: bool = False
) -> Iterator[Fault]:
    """Yield what is wrong with the currencies: one for all, that of the account where it has one.

    An amount without a value or a currency is none. Only a line may be of less than the smallest
    coin: what is used is counted so, and added up on the bill.
    """
    wanted = currency or next((one.unit for _, one in amounts if one and one.unit), None)
    whose = "of the account" if currency else "of the other amounts"
    for path, one in amounts:
        if one is None:
            continue
        if one.value is None:
            yield Fault(f"{path}.value", "required", "say how much")
        if not one.unit:
            yield Fault(f"{path}.unit", "required", "say in which currency, such as EUR")
        elif one.unit != wanted:
            message = f"must be {wanted}, the currency {whose}"
            yield Fault(f"{path}.unit", "currencyMismatch", message)
        elif one.unit not in _currencies():
            message = f"{one.unit} is no currency; send the code of one, such as EUR"
            yield Fault(f"{path}.unit", "unknownCurrency", message)
        elif not of_line and not _is_in_coins(one):
            message = f"must have at most {get_currency_precision(one.unit)} decimals"
            yield Fault(f"{path}.value", "tooManyDecimals", message)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _is_in_coins(one: Money) -> bool:
    """Tell whether an amount has no more decimals than its currency."""
    exponent = one.amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= get_currency_precision(one.unit or "")


def total_faults(bill: CustomerBill) -> Iterator[Fault]:
    """Yield where net and taxes do not make the total, or the total not what is due."""
    net, gross, due = bill.tax_excluded_amount, bill.tax_included_amount, bill.amount_due
    yield from _gross_faults(net, gross, bill.tax_item, "taxItem")
    rounding = bill.rounding_amount.amount if bill.rounding_amount else Decimal(0)
    if gross is not None and due is not None and gross.amount + rounding != due.amount:
        wanted = gross.amount + rounding
        message = (
            f"must be {wanted}, the total with the rounding; what is rounded "
            "off stands in roundingAmount, and what older bills left open stays on them"
        )
        yield Fault("amountDue", "totalMismatch", message)
    for path, one in (("amountDue", due), ("taxIncludedAmount", gross)):
        if one is not None and one.amount < 0:
            message = "must not be below zero; what is given back is a creditNote"
            yield Fault(path, "belowZero", message)


def line_total_faults(line: AppliedCustomerBillingRate) -> Iterator[Fault]:
    """Yield where net and taxes of a line do not make its total."""
    yield from _gross_faults(
        line.tax_excluded_amount, line.tax_included_amount, line.applied_tax, "appliedTax"
    )


def _gross_faults(
    net: Money | None, gross: Money | None, taxes: Sequence[TaxTold], name: str
) -> Iterator[Fault]:
    if net is None or gross is None:
        return
    tax = sum((one.tax_amount.amount for one in taxes if one.tax_amount), Decimal(0))
    if net.amount + tax != gross.amount:
        message = (
            f"must be {net.amount + tax}: taxExcludedAmount {net.amount} and the taxes of "
            f"{name}, {tax}; correct one of them"
        )
        yield Fault("taxIncludedAmount", "totalMismatch", message)


def sum_faults(bill: CustomerBill, lines: Sequence[AppliedCustomerBillingRate]) -> Iterator[Fault]:
    """Yield where the lines of a bill do not make its totals; a bill may come without lines."""
    if not lines:
        return
    for path, said, told in (
        ("taxExcludedAmount", bill.tax_excluded_amount, [one.tax_excluded_amount for one in lines]),
        ("taxIncludedAmount", bill.tax_included_amount, [one.tax_included_amount for one in lines]),
    ):
        if said is None or all(one is None for one in told):
            continue
        strange = next((one.unit for one in told if one and one.unit != said.unit), None)
        if strange is not None:
            message = f"a line is in {strange}; all lines of a bill are in {said.unit}"
            yield Fault(f"{path}.unit", "currencyMismatch", message)
            continue
        found = sum((one.amount for one in told if one is not None), Decimal(0))
        if found != said.amount:
            message = f"must be {found}, the sum of its {len(lines)} lines; correct one of them"
            yield Fault(path, "totalMismatch", message)
