"""The term of a renewal: from when until when, for how long, and whether it is early or late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from trunkline.contract.service.consolidating import first_day
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.lasting import day_faults, month_faults
from trunkline.contract.service.notices import NOTICE_DAYS, notice_days
from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.ordering.macd.commitment import months_between, months_later
from trunkline.shared.period import end_of

Kind: TypeAlias = Literal["early", "onTime", "late"]


@dataclass(frozen=True)
class Wanted:
    """How somebody wants a contract renewed: from when and for how long, both may be left out.

    `also` are the other contracts that it takes in, by id or key.
    """

    start: datetime | None = None
    term_months: int | None = None
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Term:
    """From when until when a renewed contract runs, for how many months, and how it came."""

    start: datetime
    end: datetime
    months: int
    kind: Kind


def with_first_day(
    former: Contract, others: Sequence[Contract], wanted: Wanted, now: datetime
) -> Wanted:
    """Return what is wanted with the day on which contracts go on in one if nobody says it.

    That is where the first of them ends, so that none is served for a time by nothing.
    """
    first, end = first_day(former, others), end_of(former.valid_for)
    is_said = wanted.start is not None or not others
    if is_said or first is None or end is None or not now < first < end:
        return wanted
    return replace(wanted, start=first)


def term_of(contract: Contract, wanted: Wanted, now: datetime, *, is_renewed: bool) -> Term:
    """Return the term of a renewed contract. Pure; refuses what does not fit.

    It begins where the former one ends; after that, now. It is early where it begins before that
    end, or is asked for before the customer would be told of the end, and late where it begins
    after that end.
    """
    period = contract.valid_for
    first = period.start_date_time if period is not None else None
    last = period.end_date_time if period is not None else None
    if contract.state not in ("active", "suspended", "expired"):
        message = f"{contract.key} is {contract.state}; what is in force or expired is renewed"
        raise Conflict("conflictState", message)
    if is_renewed:
        raise Conflict("conflictRenewed", f"{contract.key} is renewed already; renew the new one")
    if last is None:
        raise Conflict("conflictNoEnd", f"{contract.key} has no end; there is nothing to renew")
    is_over = last <= now
    start = wanted.start or (now if is_over else last)
    if start < last and (is_over or start < now or (first is not None and start <= first)):
        where = f"from {last:%Y-%m-%d} on" if is_over else "from now on"
        refuse([Fault("startDateTime", "startPast", f"a renewal begins {where}; name such a day")])
    faults = [*day_faults("startDateTime", wanted.start)]
    faults += month_faults("termMonths", wanted.term_months)
    if faults:
        refuse(faults)
    renewal = contract.renewal
    told = (renewal.term_months if renewal is not None else None) or contract.term_months
    usual = told or (months_between(first, last) if first else 0)
    months = usual if wanted.term_months is None else wanted.term_months
    if months < 1:
        refuse([Fault("termMonths", "termMissing", "say for how many months it is renewed")])
    window = timedelta(days=max(notice_days(contract) or NOTICE_DAYS))
    is_early = start < last or last - now > window
    kind: Kind = "late" if is_over or start > last else "early" if is_early else "onTime"
    return Term(start, months_later(start, months), months, kind)
