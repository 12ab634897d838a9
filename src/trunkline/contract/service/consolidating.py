"""Consolidating: a renewal takes other contracts of the customer in, from one day and to one end.

What they hold goes on in the new contract at its price; nothing of it is served twice or in
between not at all, so what would leave a gap is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from trunkline.contract.agreement.service_level import AgreedServiceLevel, is_as_good
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.worth import line_amounts
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.shared.period import end_of, start_of

PATH = "consolidates"
ID_MAX = 40
"""So long is the id of a line at most."""


@dataclass(frozen=True)
class Span:
    """From when until when a renewal runs."""

    start: datetime
    end: datetime


def named_others(work: Work, former: Contract, also: Sequence[str]) -> list[Contract]:
    """Return the contracts to be taken in, read; refuses (400) one that cannot be found."""
    found: list[Contract] = []
    faults: list[Fault] = []
    for index, ident in enumerate(also):
        one = work.get(Contract, ident)
        path = f"{PATH}[{index}]"
        if one is None:
            message = f"there is no contract {ident}; name another contract of the customer"
            faults.append(Fault(path, "notFound", message))
        elif one.id == former.id or one.id in {each.id for each in found}:
            message = f"{one.key} is there already; name each contract once"
            faults.append(Fault(path, "duplicateItem", message))
        else:
            found.append(one)
    refuse(faults)
    return found


def first_day(former: Contract, others: Iterable[Contract]) -> datetime | None:
    """Return when contracts go on in one if nobody says: where the first of them ends."""
    ends = [end_of(one.valid_for) for one in (former, *others)]
    return min((one for one in ends if one is not None), default=None)


def joining_faults(former: Contract, others: Sequence[Contract], span: Span) -> Iterator[Fault]:
    """Yield why contracts cannot go on in the renewal of one of them. Pure."""
    covered = dict.fromkeys(_products(former), former.key)
    units, customer = {*_units(former)}, customer_of(former.related_party)
    for index, one in enumerate(others):
        path = f"{PATH}[{index}]"
        if customer is None or customer_of(one.related_party) != customer:
            message = f"{one.key} is another customer's; only contracts of one customer are joined"
            yield Fault(path, "conflictCustomer", message)
            continue
        yield from _date_faults(former, one, span, path)
        more = _units(one) - units
        if units and more:
            message = (
                f"{one.key} is in {', '.join(sorted(more))} and {former.key} in "
                f"{', '.join(sorted(units))}; renew it by itself"
            )
            yield Fault(path, "conflictCurrency", message)
        units |= more
        for ident, name in _products(one).items():
            if ident in covered:
                message = (
                    f"{name} is covered by {covered[ident]} already; end its line in one of them"
                )
                yield Fault(path, "conflictDoubleCover", message)
            covered[ident] = one.key


def _date_faults(former: Contract, one: Contract, span: Span, path: str) -> Iterator[Fault]:
    start, end = start_of(one.valid_for), end_of(one.valid_for)
    rests = {"suspended": one.key, "active": former.key}
    if one.state in FINAL or one.state == "draft":
        message = f"{one.key} is {one.state}; what is in force is taken in, renew it by itself"
        yield Fault(path, "conflictState", message)
    elif (one.state == "suspended") != (former.state == "suspended"):
        message = f"{rests[str(one.state)]} is suspended and the other is not; resume it first"
        yield Fault(path, "conflictState", message)
    elif end is None:
        message = f"{one.key} has no end, and would get one; say when it ends first, or leave it"
        yield Fault(path, "conflictNoEnd", message)
    elif end < span.start:
        message = (
            f"{one.key} ends on {end:%Y-%m-%d}, before {span.start:%Y-%m-%d}, which leaves a gap; "
            "let the renewal begin by then"
        )
        yield Fault(path, "conflictGap", message)
    elif start is not None and start >= span.start:
        message = f"{one.key} begins only on {start:%Y-%m-%d}; let the renewal begin later"
        yield Fault(path, "conflictNotBegun", message)
    elif end > span.end:
        message = (
            f"{one.key} runs until {end:%Y-%m-%d}, longer than the renewal until "
            f"{span.end:%Y-%m-%d}; renew for more months"
        )
        yield Fault(path, "conflictShorter", message)


def _products(one: Contract) -> Mapping[str, str]:
    """Return the products that the live lines of a contract cover, with what they are called."""
    return {
        line.product.id: line.product.name or line.product.id
        for line in one.contract_line
        if line.product is not None and line.state not in FINAL
    }


def _units(one: Contract) -> set[str]:
    """Return the currencies in which a contract says what it costs."""
    live = [line for line in one.contract_line if line.state not in FINAL]
    found = {unit for unit, _ in line_amounts(live)}
    if one.contract_value is not None and one.contract_value.unit:
        found.add(one.contract_value.unit)
    return found


def join_terms(raw: dict[str, Json], others: Iterable[Contract]) -> None:
    """Add to a renewed contract what others say of their own: agreements and service levels.

    Of two levels about one thing the better stays promised; what ends and how it is renewed is as
    the contract says that is renewed.
    """
    for one in others:
        known = {each.get("id") for each in raw.get("agreement") or ()}
        fresh = [each for each in one.raw.get("agreement") or () if each.get("id") not in known]
        if fresh:
            raw["agreement"] = [*(raw.get("agreement") or ()), *copied(fresh)]
        levels = list(raw.get("serviceLevel") or ())
        for level in copied(one.raw.get("serviceLevel") or []):
            place = next(
                (at for at, each in enumerate(levels)
                 if str(each.get("metric")).lower() == str(level.get("metric")).lower()), None,
            )  # fmt: skip
            if place is None:
                levels.append(level)
            elif is_as_good(AgreedServiceLevel.wrap(level), AgreedServiceLevel.wrap(levels[place])):
                levels[place] = level
        if levels:
            raw["serviceLevel"] = levels


def line_taken_in(line: dict[str, Json], former: Contract, made: Contract) -> dict[str, Json]:
    """Return a line as it stands in the contract that takes its own one in.

    Its id names where it comes from; it is charged to the account to which it was charged.
    """
    told = {**line, "id": name_of(former.key, str(line.get("id")))}
    if line.get("parentLine"):
        told["parentLine"] = name_of(former.key, str(line["parentLine"]))
    account, other = former.raw.get("billingAccount"), made.raw.get("billingAccount") or {}
    if account and not line.get("billingAccount") and account.get("id") != other.get("id"):
        told["billingAccount"] = copied(account)
    return told


def name_of(key: str, ident: str) -> str:
    """Return the id of a line of another contract: the same however often one asks."""
    told = f"{key}-{ident}"
    return told if len(told) <= ID_MAX else f"{key}-{sha256(ident.encode()).hexdigest()[:12]}"
