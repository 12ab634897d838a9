"""Renewing: a contract goes on in a new one, early, on time or late, with what serves it.

It may take other contracts of the customer in (`contract/service/consolidating.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from trunkline.contract.service.consolidating import (
    Span,
    join_terms,
    joining_faults,
    line_taken_in,
    named_others,
)
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.definition import EntitlementDefinition
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.freeing import give_renewal_up
from trunkline.contract.service.lasting import FINAL, by_date
from trunkline.contract.service.renewal_term import Term, Wanted, term_of, with_first_day
from trunkline.contract.service.rules import ByProgram
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.worth import renewed_value
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering.macd.commitment import months_later
from trunkline.shared.period import TimePeriod, end_of
from trunkline.shared.reference import ContractRef

KEPT = ("name", "description", "relatedParty", "billingAccount", "agreement", "renewal",
        "terminationRule", "serviceLevel", "place", "endsWithContract")  # fmt: skip
KEPT_ENTITLEMENT = ("name", "description", "definition", "billingAccount", "relatedParty",
                    "product", "coverageKind", "unit", "totalUnits", "casesAllowed", "issueType",
                    "channel", "serviceLevel", "endsWithContract")  # fmt: skip
OF_A_LINE = ("state", "isHeld", "validFor", "datesBeforeRenewal", "quoteItem", "orderItem",
             "action")  # fmt: skip


def is_followed(work: Work, former: Contract | ServiceContract) -> bool:
    """Tell whether something is renewed already, by what has not been cancelled since."""
    if former.renewed_by is None:
        return False
    found = work.get(type(former), former.renewed_by.id)
    return found is not None and found.state != "cancelled"


def renew(work: Work, ident: str, wanted: Wanted | None = None) -> Contract:
    """Renew a contract at once, with its lines and what serves it; return the new one."""
    former, others, term = agreed_renewal(work, ident, wanted or Wanted())
    return _renewed(work, former, term, others)


def agreed_renewal(work: Work, ident: str, wanted: Wanted) -> tuple[Contract, list[Contract], Term]:
    """Return what is to be renewed, locked, what it takes in, and the term; refuses what does not
    fit, at the attributes of what was asked for."""
    held = work.get(Contract, ident) or work.lock(Contract, ident)
    named = named_others(work, held, wanted.also)
    for one in (held, *named):
        if one.renewed_by is not None and not is_followed(work, one):
            _free(work, one)
    locked = {one: work.lock(Contract, one) for one in sorted({held.id, *(x.id for x in named)})}
    former, others = locked[held.id], [locked[one.id] for one in named]
    wanted = with_first_day(former, others, wanted, work.now)
    term = term_of(former, wanted, work.now, is_renewed=is_followed(work, former))
    faults = list(joining_faults(former, others, Span(term.start, term.end)))
    faults += [
        Fault(f"consolidates[{index}]", "conflictRenewed", f"{one.key} is renewed already")
        for index, one in enumerate(others) if is_followed(work, one)
    ]  # fmt: skip
    refuse(faults)
    return former, others, term


def _free(work: Work, former: Contract) -> None:
    """Bring a contract back to what it was before a renewal that has been cancelled meanwhile."""
    assert former.renewed_by is not None
    made = work.get(Contract, former.renewed_by.id)
    if made is not None and made.began_at is None:
        with renewal(work):
            give_renewal_up(work, made)


def _renewed(work: Work, former: Contract, term: Term, others: Sequence[Contract] = ()) -> Contract:
    with renewal(work):
        made = begin_renewal(work, former, term, others)
        for one in (former, *others):
            take_lines(work, made.id, one.id, None)
        return finish_renewal(work, made.id)


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


def begin_renewal(
    work: Work, former: Contract, term: Term, others: Sequence[Contract] = ()
) -> Contract:
    """Make the contract that follows others, as a draft without lines, and link all of them."""
    raw = _kept(former.raw, KEPT)
    join_terms(raw, others)
    raw["termMonths"] = term.months
    raw["validFor"] = _period(term.start, term.end)
    raw["renewedFrom"] = {"id": former.id, "@referredType": "Contract"}
    root = former.root_contract.id if former.root_contract is not None else former.id
    raw["rootContract"] = {"id": root, "@referredType": "Contract"}
    raw["renewalKind"] = term.kind
    if others:
        raw["consolidates"] = [{"id": one.id, "@referredType": "Contract"} for one in others]
    made = Contract.wrap(raw)
    work.add(made)
    for one in (former, *others):
        with work.edit(Contract, one.id) as held:
            held.renewed_by = ContractRef(id=made.id)
    return made


def formers_of(made: Contract) -> list[str]:
    """Return the ids of the contracts that go on in one, the one that was renewed first."""
    first = [made.renewed_from.id] if made.renewed_from is not None else []
    return [*first, *(one.id for one in made.consolidates)]


def take_lines(work: Work, ident: str, former_id: str, lines: Collection[str] | None) -> None:
    """Take lines of the former contract over that have not ended otherwise than with it."""
    former = work.get(Contract, former_id)
    assert former is not None
    with work.edit(Contract, ident) as made:
        found = [
            line for line in _lines_on(former, made)
            if lines is None or line.get("id") in lines
        ]  # fmt: skip
        if former.id in {one.id for one in made.consolidates}:
            found = [line_taken_in(line, former, made) for line in found]
        known = {one.get("id") for one in made.raw.get("contractLine") or ()}
        fresh = [one for one in copied(found) if one.get("id") not in known]
        if fresh:
            made.raw["contractLine"] = [*(made.raw.get("contractLine") or ()), *fresh]


def finish_renewal(work: Work, ident: str) -> Contract:
    """Renew what serves the former contracts, end these where the new one begins, and let it run.

    What rests goes on resting. What has not begun is not begun by this; it waits under the new one.
    """
    held = work.lock(Contract, ident)
    known = work.many(Contract, formers_of(held))
    formers = [known[one] for one in formers_of(held) if one in known]
    units = [one.contract_value.unit for one in formers if one.contract_value is not None]
    with work.edit(Contract, ident) as made:
        made.begins_by_itself = True
        if any(one.state == "suspended" for one in formers):
            made.state = "suspended"
        elif by_date(made.valid_for, work.now) == "active":
            made.state = "active"
        if units and units[0]:
            months = made.term_months or 0
            made.contract_value = renewed_value(made.contract_line, units[0], _begin(made), months)
    for one in formers:
        _renew_service(work, made, one)
    return made


def _renew_service(work: Work, made: Contract, former: Contract) -> None:
    """Renew what serves a contract under the one that follows it, and end the former one."""
    start = _begin(made)
    for one in work.find(ServiceContract, {"contract.id": former.id}):
        is_begun = one.began_at is not None or one.renewed_from is not None
        is_over = one.state == "cancelled" or _ended_before(
            end_of(one.valid_for), end_of(former.valid_for), start
        )
        if is_begun and not is_over and not is_followed(work, one):
            _renew_service_contract(work, made, one)
        elif not is_begun and one.state == "draft":  # its order is under way
            with work.edit(ServiceContract, one.id) as held:
                held.contract = ContractRef(id=made.id)
                held.former_contract = ContractRef(id=former.id)
    _end_at(work, Contract, former.id, start)


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
    raw["contractLine"] = list(_lines_on(former, contract))
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
        held.dates_before_renewal = TimePeriod.wrap(copied(held.valid_for.raw))
        held.valid_for.end_date_time = at
        for line in held.raw.get("contractLine") or ():
            period = line.get("validFor") or {}
            if period.get("endDateTime") and period["endDateTime"] > format_instant(at):
                line["datesBeforeRenewal"] = copied(period)
                period["endDateTime"] = format_instant(at)


def _begin(contract: Contract | ServiceContract) -> datetime:
    period = contract.valid_for
    if period is None or period.start_date_time is None:
        raise ValueError(f"{contract.key} was renewed without a start")
    return period.start_date_time


def _ended_before(end: datetime | None, above: datetime | None, start: datetime) -> bool:
    """Tell whether something ended by itself, before what it belongs to and what follows that."""
    return end is not None and end <= start and (above is None or end < above)


def _lines_on(
    former: Contract | ServiceContract, made: Contract | ServiceContract
) -> Iterator[dict[str, Json]]:
    """Yield the lines that go on; one with an end of its own within the new term keeps that."""
    start, last, above = _begin(made), end_of(made.valid_for), end_of(former.valid_for)
    for line in former.contract_line:
        end = end_of(line.valid_for)
        if line.state == "cancelled" or _ended_before(end, above, start):
            continue
        kept = {name: value for name, value in line.raw.items() if name not in OF_A_LINE}
        is_own = end is not None and start < end and (above is None or end < above)
        if end is not None and is_own and (last is None or end < last):
            kept["validFor"] = {"endDateTime": format_instant(end)}
        found: dict[str, Json] = copied(kept)
        yield found


def _kept(raw: dict[str, Json], names: Collection[str]) -> dict[str, Json]:
    found: dict[str, Json] = copied({name: raw[name] for name in names if name in raw})
    return found


def _period(start: datetime, end: datetime) -> dict[str, Json]:
    return {"startDateTime": format_instant(start), "endDateTime": format_instant(end)}
