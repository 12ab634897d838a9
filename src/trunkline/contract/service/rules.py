"""Rules of contracts and entitlements: what is changed in which state, and how dates fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from trunkline.contract.api import WAIVE
from trunkline.contract.service.contract import Contract, ContractDetails
from trunkline.contract.service.definition import unit_faults
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.lasting import (
    FINAL,
    NOTICE_DAYS_MAX,
    by_date,
    day_faults,
    lies_within,
    month_faults,
)
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.documents.errors import Fault, Forbidden
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.termination_rule import termination_rule_faults

Lasting: TypeAlias = Contract | ServiceContract | Entitlement
# What stays as it was agreed once it is in force; lists may grow, and ends may move.
FIXED: Mapping[str, Sequence[str]] = {
    "Contract": ("relatedParty", "billingAccount", "quote", "termMonths", "contractValue",
                 "terminationRule"),
    "ServiceContract": ("relatedParty", "billingAccount", "contract", "place"),
    "Entitlement": ("relatedParty", "billingAccount", "serviceContract", "coverageKind", "unit",
                    "totalUnits", "casesAllowed"),
}  # fmt: skip
GROWS: Mapping[str, Sequence[str]] = {
    "Contract": ("serviceLevel",),
    "ServiceContract": ("serviceLevel",),
    "Entitlement": ("product", "issueType", "channel", "serviceLevel"),
}
# What is not added later, either: without it nothing of the kind was agreed.
CLOSED = ("termMonths", "contractValue", "terminationRule")
# What the program itself writes into a line while the contract is in force.
CHARGED = "endChargedBy"  # written when the contract is cancelled, maybe after the line was
MOVING = ("state", "isHeld", "validFor", "datesBeforeRenewal", "product", CHARGED)

rule(Contract, ServiceContract, Entitlement)(periods_are_ordered)


class ByProgram:
    """The mark in `work.kept` that the program writes what somebody asked it to do as a whole."""


def is_by_program(work: Work) -> bool:
    """Tell whether the program itself writes, not somebody by hand."""
    return work.actor.kind == "system" or ByProgram in work.kept


@rule(Contract, ServiceContract, Entitlement)
def state_says_what_is_changed(work: Work, old: Lasting | None, new: Lasting) -> Iterator[Fault]:
    """Refuse what its state does not let be changed: nothing is fixed in a draft, all at the end.

    In force, or suspended, the start and what was agreed stay, the end may become a later day than
    today, and lines and coverage may be added.
    """
    if old is None or is_by_program(work):
        return
    if old.state == "draft":
        yield from _renewal_start_faults(old, new)
        return
    if old.state in FINAL:
        changed = _changed(old, new)
        if changed:
            message = f"{old.key} is {old.state} and is only read; make a new one or renew it"
            yield Fault(changed[0], "conflictReadOnly", message)
        return
    yield from _agreed_faults(old, new)
    yield from _end_faults(work, old, new)
    if not isinstance(new, Entitlement) and not isinstance(old, Entitlement):
        yield from _line_faults(work, old, new)


def _renewal_start_faults(old: Lasting, new: Lasting) -> Iterator[Fault]:
    """Refuse another first day of what follows something that was cut short for this one."""
    before, after = old.valid_for or TimePeriod(), new.valid_for or TimePeriod()
    if old.renewed_from is not None and before.start_date_time != after.start_date_time:
        message = "begins where the former one ends; cancel this renewal and renew for another day"
        yield Fault("validFor.startDateTime", "conflictStartFixed", message)


def _changed(old: Document, new: Document) -> list[str]:
    return _changed_values(old.raw, new.raw)


def _changed_values(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[str]:
    return [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]


def _agreed_faults(old: Lasting, new: Lasting) -> Iterator[Fault]:
    kind = new.resource.name
    for name in FIXED[kind]:
        if (old.raw.get(name) is not None or name in CLOSED) and old.raw.get(name) != new.raw.get(
            name
        ):
            message = f"was agreed on; {new.key} is {old.state}, so only a draft changes it"
            yield Fault(name, "conflictAgreed", message)
    for name in GROWS[kind]:
        after = new.raw.get(name) or []
        if any(one not in after for one in old.raw.get(name) or ()):
            message = f"{new.key} is {old.state}; more may be added, what is there stays"
            yield Fault(name, "conflictAgreed", message)
        elif kind == "Entitlement" and after and not old.raw.get(name) and name != "serviceLevel":
            message = f"{new.key} covers all of these; what is covered may only grow"
            yield Fault(name, "conflictAgreed", message)


def _end_faults(work: Work, old: Lasting, new: Lasting) -> Iterator[Fault]:
    before, after = old.valid_for or TimePeriod(), new.valid_for or TimePeriod()
    if before.start_date_time != after.start_date_time:
        message = f"is fixed since {new.key} is {old.state}; only a draft begins on another day"
        yield Fault("validFor.startDateTime", "conflictStartFixed", message)
    yield from _ahead_faults(work, before, after, "validFor.endDateTime")


def _ahead_faults(
    work: Work, before: TimePeriod | None, after: TimePeriod | None, path: str
) -> Iterator[Fault]:
    former = before.end_date_time if before is not None else None
    end = after.end_date_time if after is not None else None
    if end != former and end is not None and end.date() <= work.now.date():
        yield Fault(path, "endNotAhead", "must be a later day than today; cancel it to end it now")


def _line_faults(work: Work, old: ContractDetails, new: ContractDetails) -> Iterator[Fault]:
    former = {str(one.id): one.valid_for for one in old.contract_line}
    for number, one in enumerate(new.contract_line):
        path = f"contractLine[{number}].validFor.endDateTime"
        yield from _ahead_faults(work, former.get(str(one.id)), one.valid_for, path)
    whole = (old.raw.get("validFor") or {}).get("startDateTime")
    after = {str(one.get("id")): (place, one) for place, one in _lines(new)}
    for _, line in _lines(old):
        place, kept = after.get(str(line.get("id")), ("contractLine", None))
        if kept is None:
            message = f"line {line.get('id')} was agreed on; end it with validFor.endDateTime"
            yield Fault(place, "conflictAgreed", message)
            continue
        if _said(kept) != _said(line):
            message = "was agreed on; in force only its end moves, and lines may be added"
            yield Fault(place, "conflictAgreed", message)
        changed = [name for name in _changed_values(line, kept) if name != CHARGED]
        if line.get("state") in FINAL and changed:
            message = f"line {line.get('id')} is {line['state']} and is only read; add another"
            yield Fault(place, "conflictReadOnly", message)
            continue
        start = (line.get("validFor") or {}).get("startDateTime") or whole
        if ((kept.get("validFor") or {}).get("startDateTime") or whole) != start:
            message = "is fixed; only a draft begins on another day"
            yield Fault(f"{place}.validFor.startDateTime", "conflictStartFixed", message)
        if line.get("product") and kept.get("product") != line.get("product"):
            message = "is what this line became; add a line for another product"
            yield Fault(f"{place}.product", "conflictAgreed", message)


def _lines(document: ContractDetails) -> Iterator[tuple[str, dict[str, Json]]]:
    for number, line in enumerate(document.raw.get("contractLine") or ()):
        yield f"contractLine[{number}]", line


def _said(line: Mapping[str, Any]) -> dict[str, Json]:
    return {name: value for name, value in line.items() if name not in MOVING}


@rule(Contract, ServiceContract)
def lines_are_sound(
    _work: Work, _old: ContractDetails | None, new: Contract | ServiceContract
) -> Iterator[Fault]:
    """Refuse two lines with one id, and lines that reach beyond the dates of their contract."""
    seen: set[str] = set()
    for number, line in enumerate(new.contract_line):
        path = f"contractLine[{number}]"
        if line.id in seen:
            yield Fault(f"{path}.id", "duplicateItem", f"{line.id} is another line's id")
        seen.add(str(line.id))
        if not lies_within(line.valid_for, new.valid_for):
            message = "must lie within validFor of the contract; move the line's or the contract's"
            yield Fault(f"{path}.validFor", "outsideContract", message)
        yield from termination_rule_faults(line.termination_rule, f"{path}.terminationRule")
    if isinstance(new, Contract):
        yield from termination_rule_faults(new.termination_rule, "terminationRule")
        if new.renewal is not None and new.renewal.kind == "auto":
            yield from _renewal_faults(new)


@rule(Contract, ServiceContract, Entitlement)
def numbers_can_be_counted_with(_work: Work, _old: Lasting | None, new: Lasting) -> Iterator[Fault]:
    """Refuse terms, notices and dates that lead beyond the calendar."""
    period = new.valid_for or TimePeriod()
    yield from day_faults("validFor.startDateTime", period.start_date_time)
    yield from day_faults("validFor.endDateTime", period.end_date_time)
    if not isinstance(new, Entitlement):
        for number, line in enumerate(new.contract_line):
            held, path = line.valid_for or TimePeriod(), f"contractLine[{number}].validFor"
            yield from day_faults(f"{path}.startDateTime", held.start_date_time)
            yield from day_faults(f"{path}.endDateTime", held.end_date_time)
    if isinstance(new, Contract):
        yield from month_faults("termMonths", new.term_months)
        if new.renewal is not None:
            yield from month_faults("renewal.termMonths", new.renewal.term_months)
            for number, days in enumerate(new.renewal.notice_days):
                if days > NOTICE_DAYS_MAX:
                    message = f"takes a whole number up to {NOTICE_DAYS_MAX}"
                    yield Fault(f"renewal.noticeDays[{number}]", "badNumber", message)


def _renewal_faults(new: Contract) -> Iterator[Fault]:
    if new.valid_for is None or new.valid_for.end_date_time is None:
        message = "a contract that is renewed by itself needs an end; say when it ends"
        yield Fault("validFor.endDateTime", "endMissing", message)
    renewal = new.renewal
    if renewal is not None and not renewal.term_months and not new.term_months:
        message = "say for how many months it is renewed, here or in termMonths"
        yield Fault("renewal.termMonths", "termMissing", message)


@rule(ServiceContract, Entitlement)
def somebody_has_it(
    _work: Work, _old: Document | None, new: ServiceContract | Entitlement
) -> Iterator[Fault]:
    """Refuse one that is nobody's, and units or a start that are missing."""
    above = new.contract if isinstance(new, ServiceContract) else new.service_contract
    if not new.related_party and new.billing_account is None and above is None:
        message = "name the customer in relatedParty, or an account in billingAccount"
        yield Fault("relatedParty", "customerMissing", message)
    if isinstance(new, Entitlement):
        yield from unit_faults(new.coverage_kind, new.total_units)
        if new.valid_for is not None and new.valid_for.start_date_time is None:
            yield Fault("validFor.startDateTime", "missing", "say from when it holds")


@rule(Contract, ServiceContract, Entitlement)
def moves_fit_the_dates(work: Work, old: Lasting | None, new: Lasting) -> Iterator[Fault]:
    """Refuse to bring into force what has not begun or is over, and to cancel without a reason."""
    if (old is not None and old.state == new.state) or is_by_program(work):
        return
    rests_with = old.suspended_with if isinstance(old, ServiceContract | Entitlement) else None
    if old is not None and rests_with is not None and new.state in ("active", "draft"):
        message = f"{old.key} rests with its {rests_with}; resume that, it comes along"
        yield Fault("state", "conflictRests", message)
    if new.state == "active":
        dated = by_date(new.valid_for, work.now)
        if dated == "expired":
            message = "is over; renew it, or make it end later"
            yield Fault("validFor.endDateTime", "conflictExpired", message)
        elif dated == "draft":
            message = "lies ahead; it comes into force then, or let it begin earlier"
            yield Fault("validFor.startDateTime", "conflictNotBegun", message)
    if new.state == "cancelled" and not (new.state_reason or "").strip():
        yield Fault("stateReason", "reasonMissing", "say why it is cancelled")


@rule(Contract)
def who_waives_a_fee_may(work: Work, old: Contract | None, new: Contract) -> Iterator[Fault]:
    """Refuse to waive the fee for an early end without the permission."""
    former = old.fee_waiver_reason if old is not None else None
    if new.fee_waiver_reason and new.fee_waiver_reason != former and work.actor.may(WAIVE) is None:
        raise Forbidden("notAllowed", f"it takes the permission {WAIVE} to waive a fee")
    yield from ()


@rule(Contract, ServiceContract, Entitlement, deleting=True)
def only_drafts_are_removed(_work: Work, old: Lasting) -> Iterator[Fault]:
    """Refuse to remove what was in force."""
    if old.state != "draft":
        message = f"{old.key} is {old.state}; only a draft is removed, cancel it instead"
        yield Fault("state", "conflictNotDraft", message)
