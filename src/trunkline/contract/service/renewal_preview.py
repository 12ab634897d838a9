"""Renewal previews: what renewing contracts would give, made for a trial and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.contract.service import renewing
from trunkline.contract.service.consolidating import Span, joining_faults
from trunkline.contract.service.contract import Contract, ContractLine
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.job import try_out
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.renewal_term import Wanted, term_of, with_first_day
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.worth import line_amounts, monthly
from trunkline.documents.errors import Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.shared.money import Money, rounded
from trunkline.shared.period import TimePeriod

OTHERS_MAX = 50
"""So many other contracts of a customer are offered to be taken in."""


@dataclass(frozen=True)
class GoesOn:
    """A former contract as it would stand: what of it goes on, and which dates it had before."""

    contract: Contract
    dates: TimePeriod | None
    lines: int
    service_contracts: int
    entitlements: int


@dataclass(frozen=True)
class Outlook:
    """The contract that would follow, what it costs by the month, and those that go on in it."""

    contract: Contract
    monthly: Sequence[Money]
    formers: Sequence[GoesOn]


def preview_renewal(work: Work, ident: str, wanted: Wanted) -> Outlook:
    """Return what renewing would give; nothing stays written. It refuses what renewing refuses."""
    work.actor.must(Contract.resource, "create")
    work.actor.must(Contract.resource, "update")

    def look(trial: Work) -> Outlook:
        made = renewing.renew(trial, ident, wanted)
        known = trial.many(Contract, renewing.formers_of(made))
        formers = [known[one] for one in renewing.formers_of(made)]
        first, rest = formers[0], formers[1:]
        prefixes = tuple(f"{one.key}-" for one in rest)
        own = sum(not str(line.id).startswith(prefixes) for line in made.contract_line)
        counts = [own] + [
            sum(str(line.id).startswith(f"{one.key}-") for line in made.contract_line)
            for one in rest
        ]
        found = [
            _goes_on(trial, one, count) for one, count in zip((first, *rest), counts, strict=True)
        ]
        return Outlook(made, monthly_totals(made.contract_line), found)

    return try_out(work, look)


def _goes_on(work: Work, one: Contract, lines: int) -> GoesOn:
    served = work.find(ServiceContract, {"contract.id": one.id})
    renewed = [each for each in served if each.renewed_by is not None]
    followers = [each.renewed_by.id for each in renewed if each.renewed_by is not None]
    rights = work.find(Entitlement, {"serviceContract.id": followers}) if followers else []
    moved = work.find(ServiceContract, {"formerContract.id": one.id})
    dates = one.dates_before_renewal or one.valid_for
    return GoesOn(one, dates, lines, len(renewed) + len(moved), len(rights))


def monthly_totals(lines: Sequence[ContractLine]) -> list[Money]:
    """Return what lines come to in a month, by currency."""
    amounts = line_amounts([one for one in lines if one.state not in FINAL])
    units = sorted({unit for unit, period in amounts if period is not None})
    return [Money(unit=one, value=rounded(monthly(amounts, one), one)) for one in units]


@dataclass(frozen=True)
class Candidate:
    """Another contract of the customer, and why it cannot be taken in (empty where it can)."""

    contract: Contract
    why: str


def candidates(work: Work, former: Contract, wanted: Wanted) -> list[Candidate]:
    """Return the other contracts of a customer that are in force, each with what stands against
    taking it in by itself."""
    customer = customer_of(former.related_party)
    if customer is None:
        return []
    named = {"relatedParty.id": customer, "state": ["active", "suspended"]}
    found = work.find(Contract, named, limit=OTHERS_MAX)
    others = [one for one in found if one.id != former.id and not renewing.is_followed(work, one)]
    return [Candidate(one, _why_not(work, former, one, wanted)) for one in others]


def _why_not(work: Work, former: Contract, one: Contract, wanted: Wanted) -> str:
    asked = with_first_day(former, [one], wanted, work.now)
    try:
        term = term_of(former, asked, work.now, is_renewed=False)
    except Refusal as refusal:
        return refusal.told
    faults = joining_faults(former, [one], Span(term.start, term.end))
    return next((fault.message for fault in faults), "")
