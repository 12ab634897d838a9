"""Preparing a run: the bill of each account is drafted, one transaction each, as a job.

Charges, draft and entry of an account are written together or not at all, so a process that is
killed leaves no account half done. What cannot be billed is parked with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from trunkline.billing.bill.customer_bill import BillRunRef, CustomerBill, CustomerBillRef
from trunkline.billing.bill.explaining import bill_before
from trunkline.billing.payment.settling import hold_account
from trunkline.billing.run.bill_run import MADE, BillCheck, BillRun, BillRunEntry, EntryState
from trunkline.billing.run.composing import (
    CANNOT_BE_BILLED,
    Composed,
    composed,
    drafted,
    put_charges_down,
    reason_of,
)
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Meta
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.program import as_program
from trunkline.workspace.many import Outcome

BY = "bill run"
ENTRIES = uuid5(NAMESPACE_URL, "trunkline/billing/run")
ZERO, HUNDRED = Decimal(0), Decimal(100)


def bill_account(asker: Work, run_id: str, account_id: str) -> Outcome:
    """Draft the bill of an account for a run, or park it; return what became of it.

    What is written is written by the program; the asker's name stands in the audit of the job.
    """
    work = as_program(asker, BY)
    # Held, so that a run is not given up while a draft of it is on its way.
    run = work.lock(BillRun, run_id)
    account = work.get(BillingAccount, account_id)
    if account is None or run.state != "preparing":
        return "same", account_id, None, None, None
    hold_account(work, account.id)
    entry_id = str(uuid5(ENTRIES, f"{run.id}/{account.id}"))
    before = work.get(BillRunEntry, entry_id)
    if before is not None and before.state != "parked":
        return "same", before.id, before.key, before.meta.version, None
    try:
        with asker.connection.transaction():
            made = _billed(work, run, account)
            made = _kept(work, entry_id, made) if made is not None else None
    except CANNOT_BE_BILLED as problem:
        # One account that cannot be billed must not keep the others from their bills.
        made = _entry(run, account, "parked")
        made.reason = reason_of(problem)
        made = _kept(work, entry_id, made)
    if made is None:
        return "same", account.id, account.key, None, None
    detail: Json = {"state": made.state, "reason": made.reason or made.carried_for}
    is_new = before is None
    return "created" if is_new else "changed", made.id, made.key, made.meta.version, detail


def _entry(run: BillRun, account: BillingAccount, state: EntryState) -> BillRunEntry:
    return BillRunEntry(
        bill_run=BillRunRef(id=run.id, referred_type="BillRun"),
        billing_account=BillingAccountRef(id=account.id, referred_type="BillingAccount"),
        state=state,
    )


def _kept(work: Work, ident: str, entry: BillRunEntry) -> BillRunEntry:
    """Write an entry under its id, over the one that was parked before."""
    if work.get(BillRunEntry, ident) is None:
        object.__setattr__(entry, "meta", Meta(ident))
        return work.add(entry)
    with work.edit(BillRunEntry, ident) as held:
        for name in [one for one in held.raw if one not in ("id", "href", "key")]:
            if name not in entry.raw and name != "@type":
                del held.raw[name]
        held.raw.update(entry.raw)
    return held


def _billed(work: Work, run: BillRun, account: BillingAccount) -> BillRunEntry | None:
    """Draft the bill of an account; return its entry, None where there is nothing to bill."""
    assert run.cut_off is not None
    found = composed(work, account, run.cut_off)
    place: dict[str, Json] = {
        "billingAccount.id": account.id, "periodKey": found.period_key
    }  # fmt: skip
    earlier = work.find(BillRunEntry, place)
    made = [one for one in earlier if one.state in MADE and one.bill_run.id != run.id]
    left = {one.bill_run.id for one in made if one.state == "drafted"}
    stopped = [one for one in work.many(BillRun, left).values() if one.state == "canceled"]
    if stopped:
        message = f"{stopped[0].key} was given up and its draft is there still; give it up again"
        raise Conflict("conflictBillRun", message)
    if made:
        return None
    verdict = found.verdict(run.amount_min)
    if verdict == "nothing":
        return None
    entry = _figures(run, account, found)
    if run.kind == "trial":
        entry.state = "tried"
        _compare(work, run, entry, _unwritten(found))
        entry.carried_for = verdict if verdict != "bill" else None
        return entry
    if verdict != "bill":
        put_charges_down(work, found)
        entry.state, entry.carried_for = "carried", verdict
        return entry
    gone = sum(1 for one in earlier if one.state == "canceled")
    key = f"{account.id}/{found.period_key}/{gone}"
    bill = drafted(work, found, key=key, category="normal", run=run.id)
    entry.customer_bill = CustomerBillRef(id=bill.id, referred_type="CustomerBill")
    _compare(work, run, entry, bill)
    if entry.held_for:
        with work.edit(CustomerBill, bill.id) as held:
            held.state = "onHold"
    return entry


def _figures(run: BillRun, account: BillingAccount, found: Composed) -> BillRunEntry:
    totals = found.totals
    assert totals is not None
    entry = _entry(run, account, "drafted")
    entry.period, entry.period_key = found.period, found.period_key
    entry.lines = len(found.lines)
    entry.tax_excluded_amount = Money.of(totals.net, totals.unit)
    entry.amount_due = Money.of(totals.gross, totals.unit)
    return entry


def _unwritten(found: Composed) -> CustomerBill:
    """Return a bill that says as much as comparing it with the one before takes."""
    totals = found.totals
    assert totals is not None
    bill = CustomerBill(
        category="normal",
        bill_date=found.period.end_date_time,
        billing_account=BillingAccountRef(id=found.reckoned.account.id),
        amount_due=Money.of(totals.gross, totals.unit),
        state="validated",
    )
    object.__setattr__(bill, "meta", Meta("ffffffff-ffff-ffff-ffff-ffffffffffff"))
    return bill


def _compare(work: Work, run: BillRun, entry: BillRunEntry, bill: CustomerBill) -> None:
    """Say how a bill differs from the one before, and which checks put it on hold."""
    latest = _bill_before(work, bill)
    now = bill.amount_due.amount if bill.amount_due is not None else ZERO
    unit = (bill.amount_due.unit if bill.amount_due is not None else None) or ""
    before = latest.amount_due.amount if latest is not None and latest.amount_due else None
    if before is not None:
        entry.amount_before = Money.of(before, unit)
        entry.difference = Money.of(now - before, unit)
    entry.held_for = held_for(run.check, now=now, before=before)


def _bill_before(work: Work, bill: CustomerBill) -> CustomerBill | None:
    view = CustomerBill.wrap({**bill.raw, "state": "validated"})
    object.__setattr__(view, "meta", bill.meta)
    return bill_before(work, view)


def held_for(checks: Sequence[BillCheck], *, now: Decimal, before: Decimal | None) -> list[str]:
    """Return which checks put a bill on hold. Pure."""
    found: list[str] = []
    for one in checks:
        is_held = {
            "firstBill": before is None,
            "zero": now == ZERO,
            "change": before is not None and _is_beyond(now, before, one.percent),
        }[one.kind]
        if is_held and one.kind not in found:
            found.append(one.kind)
    return found


def _is_beyond(now: Decimal, before: Decimal, percent: int | None) -> bool:
    return abs(now - before) * HUNDRED > before * (percent if percent is not None else 0)
