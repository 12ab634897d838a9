"""Deciding about a run: another person than who started it agrees; then it is issued, or ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from trunkline.billing.api import RUN
from trunkline.billing.bill.customer_bill import DRAFTS, CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.bill.totals import currency_faults
from trunkline.billing.run.bill_run import BillCheck, BillRun, BillRunEntry
from trunkline.billing.run.preparing import BY
from trunkline.billing.run.running import (
    begin_canceling,
    begin_issuing,
    begin_preparing,
    entries_of,
    figures_of,
    is_stalled,
    must_run,
)
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.program import as_program

CHANGE_PERCENT = 50
STATES_OF_DRAFT = frozenset({"state", "lastUpdate"})


@enrich(BillRun)
def note_who_starts(work: Work, new: BillRun) -> None:
    """Say who starts a run, and which checks it has where it says none."""
    new.started_by, new.started_by_id = work.actor.name, work.actor.id
    new.asked_by_id = work.actor.id
    if "check" not in new.raw:
        new.check = [BillCheck(kind="change", percent=CHANGE_PERCENT), BillCheck(kind="zero")]
    new.name = new.name or f"Bills of {new.cut_off or work.now:%Y-%m}"


@rule(BillRun)
def run_can_be_made(work: Work, old: BillRun | None, new: BillRun) -> Iterator[Fault]:
    """Refuse a run by who may not run bills, and one that bills what has not come yet."""
    if old is not None:
        return
    if work.actor.kind != "system":
        must_run(work.actor)
    if new.cut_off is not None and new.cut_off > work.now:
        yield Fault("cutOff", "inTheFuture", "bills are made of what is so by now; not later")
    yield from currency_faults([("amountMin", new.amount_min)], None)
    known = work.many(BillingAccount, [one.id for one in new.billing_account])
    for index, one in enumerate(new.billing_account):
        account = known.get(one.id)
        if account is not None and account.billing_system:
            message = f"{account.key} is billed by {account.billing_system}; leave it out"
            yield Fault(f"billingAccount[{index}]", "conflictBilledElsewhere", message)


def approve(work: Work, ident: str, note: str) -> BillRun:
    """Agree to the drafts of a run as they are.

    Refuses (403) who started it, and (409) a run that is not looked at, or only tried.
    """
    held = _held(work, ident, "review")
    if held.kind == "trial":
        raise Conflict("conflictTrial", f"{held.key} is a trial; start a normal run to bill")
    _must_be_another(work, held)
    return _moved(work, held, "approved", note=note)


def issue(work: Work, ident: str) -> BillRun:
    """Issue the drafts of an approved run that are not on hold, in the background.

    Where that has stopped in the middle whoever may run bills goes on with it.
    """
    held = _held(work, ident, "approved", "issuing")
    if held.state == "issuing":
        return _again(work, held, begin_issuing)
    return _moved(work, held, "issuing")


def cancel(work: Work, ident: str) -> BillRun:
    """Give a run up: its drafts are removed, what was to be charged stays open.

    Refuses (409) a run of which something is issued: what remains is held, or issued, too.
    """
    held = _held(work, ident, "preparing", "review", "approved", "canceled")
    if held.state == "canceled":
        return _again(work, held, begin_canceling)
    if figures_of(work, held.id).issued:
        message = f"{held.key} has issued bills, which stay; take one back by a credit note"
        raise Conflict("conflictIssued", message)
    return _moved(work, held, "canceled")


def retry(work: Work, ident: str) -> BillRun:
    """Try the parked accounts of a run again, in the background; or go on where it has stopped."""
    held = _held(work, ident, "preparing", "review")
    if held.state == "preparing":
        return _again(work, held, begin_preparing)
    if not figures_of(work, held.id).parked:
        raise Conflict("conflictNothingParked", f"no account of {held.key} is parked")
    return _moved(work, held, "preparing")


def let_go(work: Work, ident: str, entries: Sequence[str]) -> int:
    """Take drafts of a run off their hold, so that they are issued with it; return how many.

    Refuses (403) who started it, and (400) where none is named.
    """
    held = _held(work, ident, "review", "approved")
    _must_be_another(work, held)
    found = work.many(BillRunEntry, entries).values()
    bills = [
        one.customer_bill.id for one in found
        if one.bill_run.id == held.id and one.customer_bill is not None
    ]  # fmt: skip
    if not bills:
        raise Invalid.of([Fault("entry", "required", "choose a bill that is on hold")])
    let = 0
    for bill in sorted(bills):
        with work.edit(CustomerBill, bill, verb="read") as draft:
            if draft.state == "onHold":
                draft.state = "new"
                let += 1
    return let


def _held(work: Work, ident: str, *states: str) -> BillRun:
    must_run(work.actor)
    held = work.lock(BillRun, ident, verb="read")
    if held.state not in states:
        raise Conflict("conflictState", f"{held.key} is {held.state}, not {' or '.join(states)}")
    return held


def _again(work: Work, run: BillRun, begin: Callable[[Work, BillRun], None]) -> BillRun:
    """Go on with what has stopped, as a job of who asks now; refuses (409) what is at work."""
    if run.state == "canceled" and not entries_of(work, run.id, "drafted"):
        raise Conflict("conflictState", f"{run.key} is {run.state}; it is over")
    if not is_stalled(work.services, run):
        raise Conflict("conflictState", f"{run.key} is {run.state}; it is at work")
    with work.edit(BillRun, run.id, verb="read") as held:
        held.asked_by_id, held.job, held.problem = work.actor.id, None, None
    begin(as_program(work, BY), held)
    return held


def _must_be_another(work: Work, held: BillRun) -> None:
    if held.started_by_id == work.actor.id:
        raise Forbidden("fourEyes", "you have started it; another person has to decide")


def _moved(work: Work, run: BillRun, state: str, *, note: str | None = None) -> BillRun:
    with work.edit(BillRun, run.id, verb="read") as held:
        held.state, held.asked_by_id = state, work.actor.id
        held.job, held.problem = None, None
        if state == "approved":
            held.approved_by, held.approved_by_id = work.actor.name, work.actor.id
            held.approved_at, held.approval_note = work.now, (note or "").strip() or None
    return held


# --- what is drafted ------------------------------------------------------------------------


@rule(CustomerBill)
def draft_of_a_run_is_the_runs(
    work: Work, old: CustomerBill | None, new: CustomerBill
) -> Iterator[Fault]:
    """Refuse to change or issue a draft of a run by hand, and to let it go by who started that."""
    if old is None or old.bill_run is None or not old.is_draft or work.actor.kind == "system":
        return
    names = {one for one in {*old.raw, *new.raw} if old.raw.get(one) != new.raw.get(one)}
    if names - STATES_OF_DRAFT or new.state not in DRAFTS:
        message = f"{old.key} is a draft of a bill run, which issues it; hold it, or let it go"
        yield Fault("state", "conflictBillRun", message)
    elif old.state == "onHold" and new.state == "new":
        work.actor.must_have(RUN)
        run = work.get(BillRun, old.bill_run.id)
        if run is not None and run.started_by_id == work.actor.id:
            raise Forbidden("fourEyes", "you have started the run; another has to let it go")


@rule(CustomerBill, deleting=True)
def draft_of_a_run_stays(work: Work, old: CustomerBill) -> Iterator[Fault]:
    """Refuse to remove a draft of a run by hand."""
    if old.bill_run is not None and work.actor.kind != "system":
        yield Fault("billRun", "conflictBillRun", f"{old.key} goes when its run is canceled")


@rule(AppliedCustomerBillingRate)
def charge_of_ours_stays_as_it_is(
    work: Work, old: AppliedCustomerBillingRate | None, new: AppliedCustomerBillingRate
) -> Iterator[Fault]:
    """Refuse to change by hand what was reckoned, and to put a line on a draft of a run."""
    if work.actor.kind == "system":
        return
    if old is not None and old.charge_group is not None and old.raw != new.raw:
        yield Fault("chargeGroup", "conflictReckoned", f"{old.key} is reckoned; put a credit down")
    for one in (old, new):
        bill = work.get(CustomerBill, one.bill.id) if one is not None and one.bill else None
        if bill is not None and bill.bill_run is not None:
            yield Fault("bill", "conflictBillRun", f"{bill.key} is made by a bill run")
            return


@rule(AppliedCustomerBillingRate, deleting=True)
def charge_of_ours_is_kept(work: Work, old: AppliedCustomerBillingRate) -> Iterator[Fault]:
    """Refuse to remove by hand what was reckoned; what is not charged so would be forgotten."""
    if old.charge_group is not None and work.actor.kind != "system":
        yield Fault("chargeGroup", "conflictReckoned", f"{old.key} is reckoned and stays")
