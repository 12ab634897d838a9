"""Early ends: what cancelling a contract before its end costs, by the rules that it carries. Pure.

It is counted as the fee for ending a product before the end of its commitment is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.contract.service.contract import Contract, ContractLine
from trunkline.contract.service.lasting import FINAL
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering.macd.commitment import MONTHS, early_ends
from trunkline.ordering.macd.item_parts import TerminationFee
from trunkline.shared.money import Money
from trunkline.shared.period import TimePeriod
from trunkline.shared.termination_rule import TerminationRule

BY_PRICE = ("remainingMonths", "percent")
PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class ChargedByOrder:
    """The order that ends what a line covers, and the currency of what it charges for that."""

    order: str
    order_key: str
    unit: str


def fee_of(
    contract: Contract, at: datetime, also: Collection[str] = (),
    charged: Mapping[str, ChargedByOrder] | None = None,
) -> TerminationFee | None:  # fmt: skip
    """Return what ending a contract at a moment costs and why, None where it costs nothing.

    Lines with a rule of their own are counted by it, the others together by the contract's. What
    has ended before costs nothing more; lines whose end is `charged` by an order are left to that,
    which is said. `also` are the ids of lines that ended with the contract just before, and so
    still count. Refuses (400) a fee in several currencies, if it is due.
    """
    elsewhere = charged or {}
    copies = _copies(contract.contract_line)
    left = {ident: one for ident, one in copies.items() if ident not in elsewhere}
    ends = list(early_ends(_bound(contract, also, left), at))
    units = sorted({str(one.fee.unit) for one in ends})
    if len(units) > 1 and not contract.fee_waiver_reason:
        message = f"comes to {' and '.join(units)}; a fee is charged in one currency only"
        refuse([Fault("terminationRule", "currenciesMixed", message)])
    units = units or sorted({one.unit for one in elsewhere.values()})
    if not units:
        return None
    ends = [one for one in ends if one.fee.unit == units[0]]
    lines = [one for one in contract.contract_line if str(one.id) in elsewhere]
    return TerminationFee(
        amount=Money.of(sum((one.fee.amount for one in ends), Decimal(0)), units[0]),
        is_waived=bool(contract.fee_waiver_reason),
        explanation=[
            *(one.explanation for one in ends),
            *(f"{_named(one)}: charged by order {elsewhere[str(one.id)].order_key}, which ends it"
              for one in lines),
        ],
    )  # fmt: skip


def is_bound_alone(contract: Contract, line: ContractLine) -> bool:
    """Tell whether a line counts by itself: by a rule of its own, or as a share of the contract's.

    A sum for the contract as a whole has no share for a line; it is due when that is cancelled.
    """
    rule = contract.termination_rule
    return line.termination_rule is not None or (rule is not None and rule.kind in BY_PRICE)


def bound_by_line(contract: Contract, line: ContractLine) -> Iterator[Product]:
    """Yield what binds the product of a line alone: its own rule, or a share of the contract's."""
    rule, period = line.termination_rule, line.valid_for or contract.valid_for
    if rule is None:
        rule, period = contract.termination_rule, contract.valid_for
    if rule is not None and is_bound_alone(contract, line):
        name = f"{contract.key}, {_named(line)}"
        yield from _as_products(name, [line], rule, period, _copies(contract.contract_line))


def settled(contract: Contract, line: ContractLine) -> Iterator[Product]:
    """Yield what leaves nothing to charge for a line that ended as its contract was cancelled.

    The fee for that, also one that was waived, was for the months up to the end of the contract.
    """
    fee = contract.termination_fee
    if fee is not None and fee.amount is not None and line.state == "cancelled":
        nothing = {"value": 0, "unit": fee.amount.unit}
        rule = TerminationRule.wrap({"kind": "fixed", "amount": nothing})
        name = f"{contract.key}, charged when it was cancelled"
        yield from _as_products(name, [], rule, contract.valid_for, {})


def _copies(lines: Sequence[ContractLine]) -> dict[str, int]:
    """Return how often there is each line: its own quantity for each of those it lies in."""
    known = {str(one.id): one for one in lines}
    found: dict[str, int] = {}
    for ident, line in known.items():
        number, seen = 1, {ident}
        current: ContractLine | None = line
        while current is not None:
            number *= 1 if current.quantity is None else current.quantity
            above = str(current.parent_line)
            current = known.get(above) if above not in seen else None
            seen.add(above)
        found[ident] = number
    return found


def _bound(
    contract: Contract, also: Collection[str], copies: Mapping[str, int]
) -> Iterator[Product]:
    """Yield what is bound by a rule as a product with a term, which the fee is counted of.

    `copies` holds how often there is each line that counts.
    """
    live = [
        one for one in contract.contract_line
        if str(one.id) in copies and (one.state not in FINAL or one.id in also)
    ]  # fmt: skip
    for line in live:
        if line.termination_rule is not None:
            period = line.valid_for or contract.valid_for
            yield from _as_products(_named(line), [line], line.termination_rule, period, copies)
    rest = [one for one in live if one.termination_rule is None]
    if contract.termination_rule is not None:
        name = contract.name or contract.key
        yield from _as_products(name, rest, contract.termination_rule, contract.valid_for, copies)


def _as_products(
    name: str, lines: Sequence[ContractLine], rule: TerminationRule, period: TimePeriod | None,
    copies: Mapping[str, int],
) -> Iterator[Product]:  # fmt: skip
    """Yield what a rule binds: one product, or one for each currency where prices make the fee."""
    prices = [price for line in lines for price in _prices(line, copies[str(line.id)])]
    term: dict[str, Json] = {"name": "contract", "terminationRule": copied(rule.raw)}
    if period is not None:
        term["validFor"] = copied(period.raw)
    units = {_unit(one) for one in prices} if rule.kind in BY_PRICE else set()
    for unit in sorted(units) if len(units) > 1 else [None]:
        kept = [one for one in prices if unit is None or _unit(one) == unit]
        yield Product.wrap({"name": name, "productTerm": [term], "productPrice": kept})


def _named(line: ContractLine) -> str:
    offering = line.product_offering.name if line.product_offering is not None else None
    return offering or f"line {line.id}"


def _unit(price: Mapping[str, Json]) -> str:
    amounts = price.get("price") or {}
    amount = amounts.get("dutyFreeAmount") or amounts.get("taxIncludedAmount") or {}
    return str(amount.get("unit") or "")


def _prices(line: ContractLine, count: int) -> Iterator[dict[str, Json]]:
    """Yield the prices of a line for as many as there are of it, each of a period by the month."""
    for price in copied([one.raw for one in line.price]):
        months = MONTHS.get(str(price.get("recurringChargePeriod") or "").lower(), 1)
        if months > 1:
            price["recurringChargePeriod"] = "month"
        for name in ("dutyFreeAmount", "taxIncludedAmount"):
            amount = (price.get("price") or {}).get(name)
            if amount and amount.get("value") is not None:
                value = Decimal(str(amount["value"])) * count
                amount["value"] = value if months == 1 else (value / months).quantize(PLACES)
        yield price
