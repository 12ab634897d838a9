"""Dates: an agreement becomes active on its first day, with its price list, and then expires."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from trunkline.contract.agreement.agreement import Agreement, PriceListRef, customer_ref
from trunkline.contract.agreement.commitment import count_commitments
from trunkline.contract.agreement.price_list import PriceList, lines_of_list
from trunkline.documents.patch import copied
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.progress import CALL_LANE
from trunkline.party.customer import Customer
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import AgreementRef
from trunkline.workspace.timer import leased, rest

DATES = "contract.agreementDates"
WAITING = ("pendingActivation", "active")


@on(event(Agreement, "created"), event(Agreement, "changed"), event(Agreement, "state_changed"))
def watch_agreement(work: Work, agreement: Agreement) -> None:
    """Let an agreement become active on its first day and expire after its last one."""
    if agreement.internal_state in WAITING:
        once = f"{DATES} {agreement.id}"
        work.schedule(NewWork(DATES, agreement.id, lane=CALL_LANE, once=once))


@on(event(Agreement, "state_changed").to("canceled", "superseded", "expired"))
def retire_price_lists(work: Work, agreement: Agreement) -> None:
    """End the price lists of an agreement that has ended, from that moment on."""
    end_lists(work, work.find(PriceList, {"agreement.id": agreement.id, "state": "published"}))


@handler(DATES)
def follow_dates(services: Services, row: Row) -> None:
    """Activate or end an agreement whose day has come; look again while that lies ahead."""
    with leased(services, row) as work:
        agreement = work.get(Agreement, row.subject)
        if agreement is not None:
            agreement = move_by_dates(work, agreement.id)
        due = _next(agreement) if agreement is not None else None
        if due is None:
            queue.finish(work.connection, row)
            return
        rest(work, row, pause_s=max(0.0, (due - work.now).total_seconds()))


def move_by_dates(work: Work, ident: str) -> Agreement:
    """Bring an agreement into the state that it has by the business clock, and return it."""
    seen = work.get(Agreement, ident)
    if seen is not None and seen.family != ident:  # whoever counts orders locks the first, too
        work.lock(Agreement, seen.family)
    agreement = work.lock(Agreement, ident)
    start, end = _dates(agreement)
    if agreement.internal_state == "pendingActivation" and start is not None and start <= work.now:
        activate(work, agreement)
    if agreement.internal_state == "active" and end is not None and end <= work.now:
        expire(work, agreement)
    return agreement


def activate(work: Work, agreement: Agreement) -> None:
    """Publish the price list of an agreement; the version before it is superseded."""
    former = agreement.former_version
    if former is not None:
        held = work.lock(Agreement, former.id)
        if held.internal_state == "active":
            _move(work, held, "superseded")
        end_lists(work, work.find(PriceList, {"agreement.id": held.id, "state": "published"}))
    made = _list_of(work, agreement)
    work.add(made)
    before = copied(agreement.raw)
    agreement.price_list = PriceListRef(
        id=made.id, name=made.name, referred_type=PriceList.resource.type_name
    )
    agreement.internal_state = "active"
    count_commitments(work, agreement)
    work.save(agreement, before)


def expire(work: Work, agreement: Agreement) -> None:
    """End an agreement whose last day has passed: its price list, and what it still owes."""
    end_lists(work, work.find(PriceList, {"agreement.id": agreement.id, "state": "published"}))
    _move(work, agreement, "expired")


def end_lists(work: Work, lists: Iterable[PriceList]) -> None:
    """Retire price lists; one that would be valid for longer ends now."""
    for one in lists:
        with work.edit(PriceList, one.id) as held:
            end = held.valid_for.end_date_time
            if end is None or end > work.now:
                held.valid_for.end_date_time = work.now
            held.state = "retired"


def _list_of(work: Work, agreement: Agreement) -> PriceList:
    start, end = _dates(agreement)
    assert start is not None, "no agreement is activated without its first day"
    found = customer_ref(agreement)
    assert found is not None, "no agreement is without the one it is made with"
    named = found[1]
    customer = work.get(Customer, named.id)
    party = customer.engaged_party if customer is not None else named
    first = work.get(Agreement, agreement.family)
    since = _dates(first)[0] if first is not None else None
    made = PriceList(
        name=f"{agreement.name} {agreement.version or ''}".strip()[:200],
        agreement=AgreementRef(id=agreement.id, name=agreement.name),
        party=RelatedParty(id=party.id, name=party.name, referred_type=party.referred_type),
        valid_for=TimePeriod(start_date_time=start, end_date_time=end),
        agreed_since=since or start,
        only_agreed=agreement.only_agreed,
        line=lines_of_list(work, agreement),
    )
    if agreement.service_level:
        made.service_level = copied([one.raw for one in agreement.service_level])
    return made


def _move(work: Work, agreement: Agreement, state: str) -> None:
    before = copied(agreement.raw)
    agreement.internal_state = state  # type: ignore[assignment]
    agreement.completion_date = TimePeriod(
        start_date_time=_dates(agreement)[0], end_date_time=work.now
    )
    count_commitments(work, agreement)
    work.save(agreement, before)


def _dates(agreement: Agreement) -> tuple[datetime | None, datetime | None]:
    held = agreement.agreement_period or TimePeriod()
    return held.start_date_time, held.end_date_time


def _next(agreement: Agreement) -> datetime | None:
    """Return when an agreement moves next by itself; None where it does not any more."""
    start, end = _dates(agreement)
    if agreement.internal_state == "pendingActivation":
        return start
    return end if agreement.internal_state == "active" else None
