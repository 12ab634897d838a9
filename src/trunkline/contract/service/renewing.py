"""Renewing: a contract goes on in a new one, early, on time or late, with what serves it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.definition import EntitlementDefinition
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.lasting import FINAL, by_date, day_faults, month_faults
from trunkline.contract.service.notices import NOTICE_DAYS, notice_days
from trunkline.contract.service.rules import ByProgram
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.macd.commitment import months_between, months_later
from trunkline.shared.period import TimePeriod, end_of
from trunkline.shared.reference import ContractRef

Kind: TypeAlias = Literal["early", "onTime", "late"]
KEPT = ("name", "description", "relatedParty", "billingAccount", "agreement", "renewal",
        "terminationRule", "serviceLevel", "place", "endsWithContract")  # fmt: skip
KEPT_ENTITLEMENT = ("name", "description", "definition", "billingAccount", "relatedParty",
                    "product", "coverageKind", "unit", "totalUnits", "casesAllowed", "issueType",
                    "channel", "serviceLevel", "endsWithContract")  # fmt: skip
OF_A_LINE = ("state", "isHeld", "validFor", "quoteItem", "orderItem", "action")


@dataclass(frozen=True)
class Wanted:
    """How somebody wants a contract renewed: from when and for how long, both may be left out."""

    start: datetime | None = None
    term_months: int | None = None


@dataclass(frozen=True)
class Term:
    """From when until when a renewed contract runs, for how many months, and how it came."""

    start: datetime
    end: datetime
    months: int
    kind: Kind


def is_followed(work: Work, former: Contract | ServiceContract) -> bool:
    """Tell whether something is renewed already, by what has not been cancelled since."""
    if former.renewed_by is None:
        return False
    found = work.get(type(former), former.renewed_by.id)
    return found is not None and found.state != "cancelled"


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


def renew(work: Work, ident: str, wanted: Wanted | None = None) -> Contract:
    """Renew a contract at once, with its lines and what serves it; return the new one."""
    former = work.lock(Contract, ident)
    is_renewed = is_followed(work, former)
    term = term_of(former, wanted or Wanted(), work.now, is_renewed=is_renewed)
    return _renewed(work, former, term)


def _renewed(work: Work, former: Contract, term: Term) -> Contract:
    with renewal(work):
        made = begin_renewal(work, former, term)
        take_lines(work, made.id, former.id, None)
        return finish_renewal(work, made.id, former.id)


@contextmanager
def renewal(work: Work) -> Iterator[None]:
    """Let what is written in a block count as written by the program, for who asked for it."""
    work.kept[ByProgram] = True
    try:
        yield
    finally:
        work.kept.pop(ByProgram, None)


def renew_by_itself(work: Work, contract: Contract) -> None:
    """Renew a contract on its last day where it goes on by itself.

    One whose whole term went by while nobody looked is still a draft then; it goes on as well, and
    so does each that follows, until one is in force.
    """
    if _own_term(contract, work.now) is not None:
        former = work.lock(Contract, contract.id)
        term = _own_term(former, work.now)  # somebody may have renewed it by hand meanwhile
        if term is not None:
            _renewed(work, former, term)


def _own_term(contract: Contract, now: datetime) -> Term | None:
    """Return the term for which a contract goes on by itself now, None where it does not."""
    end, renewal = end_of(contract.valid_for), contract.renewal
    if renewal is None or renewal.kind != "auto" or end is None or end > now:
        return None
    is_waiting = contract.state == "draft" and bool(contract.begins_by_itself)
    if not (is_waiting or contract.state in ("active", "suspended")):
        return None
    months = renewal.term_months or contract.term_months
    if not months or contract.renewed_by is not None:
        return None
    return Term(end, months_later(end, months), months, "onTime")


def begin_renewal(work: Work, former: Contract, term: Term) -> Contract:
    """Make the contract that follows another one, as a draft without lines, and link both."""
    raw = _kept(former.raw, KEPT)
    raw["termMonths"] = term.months
    raw["validFor"] = _period(term.start, term.end)
    raw["renewedFrom"] = {"id": former.id, "@referredType": "Contract"}
    root = former.root_contract.id if former.root_contract is not None else former.id
    raw["rootContract"] = {"id": root, "@referredType": "Contract"}
    raw["renewalKind"] = term.kind
    made = Contract.wrap(raw)
    work.add(made)
    with work.edit(Contract, former.id) as held:
        held.renewed_by = ContractRef(id=made.id)
    return made


def take_lines(work: Work, ident: str, former_id: str, lines: Collection[str] | None) -> None:
    """Take lines of the former contract over that have not ended otherwise than with it."""
    former = work.get(Contract, former_id)
    assert former is not None
    with work.edit(Contract, ident) as made:
        found = [
            line for line in _lines_on(former, _begin(made))
            if lines is None or line.get("id") in lines
        ]  # fmt: skip
        known = {one.get("id") for one in made.raw.get("contractLine") or ()}
        fresh = [one for one in copied(found) if one.get("id") not in known]
        if fresh:
            made.raw["contractLine"] = [*(made.raw.get("contractLine") or ()), *fresh]


def finish_renewal(work: Work, ident: str, former_id: str) -> Contract:
    """Renew what serves a contract, end the former one where the new one begins, and let it run.

    What rests goes on resting. What has not begun is not begun by this; it waits under the new one.
    """
    former = work.get(Contract, former_id)
    assert former is not None
    with work.edit(Contract, ident) as made:
        start = _begin(made)
        made.begins_by_itself = True
        if former.state == "suspended":
            made.state = "suspended"
        elif by_date(made.valid_for, work.now) == "active":
            made.state = "active"
    for one in work.find(ServiceContract, {"contract.id": former_id}):
        is_begun = one.began_at is not None or one.renewed_from is not None
        is_over = one.state == "cancelled" or _ended_before(
            end_of(one.valid_for), end_of(former.valid_for), start
        )
        if is_begun and not is_over and not is_followed(work, one):
            _renew_service_contract(work, made, one)
        elif not is_begun and one.state == "draft":  # its order is under way
            with work.edit(ServiceContract, one.id) as held:
                held.contract = ContractRef(id=made.id)
    _end_at(work, Contract, former_id, start)
    return made


def _renew_service_contract(work: Work, contract: Contract, former: ServiceContract) -> None:
    raw = _kept(former.raw, KEPT)
    raw["contract"] = {"id": contract.id, "@referredType": "Contract"}
    raw["validFor"] = copied(contract.raw["validFor"])
    raw["renewedFrom"] = {"id": former.id, "@referredType": "ServiceContract"}
    root = former.root_contract.id if former.root_contract is not None else former.id
    raw["rootContract"] = {"id": root, "@referredType": "ServiceContract"}
    raw["beginsByItself"] = True
    raw["state"] = "active" if contract.state == "active" else "draft"
    start = _begin(contract)
    raw["contractLine"] = list(_lines_on(former, start))
    made = ServiceContract.wrap(raw)
    work.add(made)
    _rest_as(work, made, former)
    for one in work.find(Entitlement, {"serviceContract.id": former.id}):
        is_begun = one.began_at is not None or one.renewed_from is not None
        is_over = one.state == "cancelled" or _ended_before(
            end_of(one.valid_for), end_of(former.valid_for), start
        )
        if is_begun and not is_over:
            _renew_entitlement(work, made, one)
            _end_at(work, Entitlement, one.id, start)
    with work.edit(ServiceContract, former.id) as held:
        held.raw["renewedBy"] = {"id": made.id, "@referredType": "ServiceContract"}
    _end_at(work, ServiceContract, former.id, start)


def _renew_entitlement(work: Work, contract: ServiceContract, former: Entitlement) -> None:
    raw = _kept(former.raw, KEPT_ENTITLEMENT)
    raw["serviceContract"] = {"id": contract.id, "@referredType": "ServiceContract"}
    raw["validFor"] = copied(contract.raw["validFor"])
    reference, start, end = former.definition, _begin(contract), end_of(contract.valid_for)
    definition = work.get(EntitlementDefinition, reference.id) if reference is not None else None
    if definition is not None and definition.term_months:
        own = months_later(start, definition.term_months)
        raw["validFor"] = _period(start, min(own, end) if end is not None else own)
    raw["renewedFrom"] = {"id": former.id, "@referredType": "Entitlement"}
    if contract.state == "active":
        raw["state"] = by_date(TimePeriod.wrap(raw["validFor"]), work.now)
    made = Entitlement.wrap(raw)
    work.add(made)
    _rest_as(work, made, former)


def _rest_as(
    work: Work, made: ServiceContract | Entitlement, former: ServiceContract | Entitlement
) -> None:
    """Let what follows something that rests rest as well, with the same that it rests with."""
    if former.state == "suspended":
        with work.edit(type(made), made.id) as held:
            held.state = "suspended"
            if former.suspended_with is not None:
                held.raw["suspendedWith"] = former.suspended_with


def _end_at(
    work: Work, kind: type[Contract | ServiceContract | Entitlement], ident: str, at: datetime
) -> None:
    """Let something end where what follows it begins, if it does not end before."""
    with work.edit(kind, ident) as held:
        end = end_of(held.valid_for)
        if held.state in FINAL or (end is not None and end <= at):
            return
        assert held.valid_for is not None
        held.valid_for.end_date_time = at
        for line in held.raw.get("contractLine") or ():
            period = line.get("validFor") or {}
            if period.get("endDateTime") and period["endDateTime"] > format_instant(at):
                period["endDateTime"] = format_instant(at)


def _begin(contract: Contract | ServiceContract) -> datetime:
    period = contract.valid_for
    if period is None or period.start_date_time is None:
        raise ValueError(f"{contract.key} was renewed without a start")
    return period.start_date_time


def _ended_before(end: datetime | None, above: datetime | None, start: datetime) -> bool:
    """Tell whether something ended by itself, before what it belongs to and what follows that."""
    return end is not None and end <= start and (above is None or end < above)


def _lines_on(former: Contract | ServiceContract, start: datetime) -> Iterator[dict[str, Json]]:
    """Yield the lines that go on; one with an end of its own that lies ahead keeps that."""
    above = end_of(former.valid_for)
    for line in former.contract_line:
        end = end_of(line.valid_for)
        if line.state == "cancelled" or _ended_before(end, above, start):
            continue
        kept = {name: value for name, value in line.raw.items() if name not in OF_A_LINE}
        if end is not None and start < end and (above is None or end < above):
            kept["validFor"] = {"endDateTime": format_instant(end)}
        found: dict[str, Json] = copied(kept)
        yield found


def _kept(raw: dict[str, Json], names: Collection[str]) -> dict[str, Json]:
    found: dict[str, Json] = copied({name: raw[name] for name in names if name in raw})
    return found


def _period(start: datetime, end: datetime) -> dict[str, Json]:
    return {"startDateTime": format_instant(start), "endDateTime": format_instant(end)}
