"""Agreeing: what a payment plan would be under the terms of its account, and who agrees to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from trunkline.billing.account.standing import today
from trunkline.billing.api import APPROVE
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.dunning.hold import disputed_of, holds_of
from trunkline.billing.dunning.policy import DunningPolicy
from trunkline.billing.dunning.seeing import policy_of
from trunkline.billing.payment.settling import hold_account
from trunkline.billing.plan.instalments import due_dates, next_interval, parts_of
from trunkline.billing.plan.payment_plan import OPEN, Instalment, PaymentPlan
from trunkline.billing.plan.reading import MANY, plans_of
from trunkline.billing.plan.terms import PlanTerms
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.shared.money import Money
from trunkline.shared.program import as_program

ZERO = Decimal(0)
BY = "payment plans"
NOT_KEPT = ("broken", "canceled")


@dataclass
class Proposal:
    """What a plan comes to: its debt, terms and instalments, and all that speaks against it."""

    unit: str = ""
    debt: Decimal = ZERO
    terms: PlanTerms | None = None
    instalments: list[Instalment] = field(default_factory=list)
    needs_approval: bool = False
    faults: list[Fault] = field(default_factory=list)


def proposed(asker: Work, plan: PaymentPlan, *, besides: str = "") -> Proposal:
    """Return what a plan comes to now, and write nothing; the account's money is held.

    `besides` is the plan itself, where it is there already.
    """
    work = as_program(asker, BY)
    hold_account(work, plan.billing_account.id)
    found = Proposal()
    others = [one for one in plans_of(work, [plan.billing_account.id], OPEN) if one.id != besides]
    bills = _bills(work, plan, others, found)
    if found.faults:
        return found
    found.unit = next(iter(bills)).remaining_amount.unit or ""  # type: ignore[union-attr]
    found.debt = sum((one.remaining_amount.amount for one in bills if one.remaining_amount), ZERO)
    policy = policy_of(work, plan.billing_account.id)
    offered = policy.payment_plan if policy is not None else ()
    terms = next((one for one in offered if one.currency == found.unit), None)
    if terms is None:
        message = f"its policy offers no payment plans in {found.unit}; add terms to the policy"
        found.faults.append(Fault("billingAccount", "notOffered", message))
        return found
    found.terms = terms
    found.faults += _own_hand_faults(asker, work, plan, terms)
    _divide(work, plan, found, terms)
    elsewhere = sum((one.debt.amount for one in others
                     if one.debt is not None and one.debt.unit == found.unit), ZERO)  # fmt: skip
    found.faults += _limit_faults(found, terms, found.debt + elsewhere)
    above = terms.approve_above
    found.needs_approval = above is not None and found.debt + elsewhere > above.amount
    return found


def _bills(
    work: Work, plan: PaymentPlan, others: Sequence[PaymentPlan], found: Proposal
) -> list[CustomerBill]:
    """Return the bills of a plan; what speaks against one of them is added to the faults."""
    known = work.many(CustomerBill, plan.bills)
    holds = holds_of(work, [plan.billing_account.id])
    bills: list[CustomerBill] = []
    for index, ident in enumerate(plan.bills):
        path, bill = f"customerBill[{index}]", known.get(ident)
        if bill is None:
            found.faults.append(Fault(path, "notFound", "there is no such bill"))
            continue
        if bill in bills:
            found.faults.append(Fault(path, "conflictTwice", f"{bill.key} is named twice"))
        taken = next((one for one in others if ident in one.bills), None)
        found.faults += _bill_faults(path, plan, bill, bills, taken)
        if disputed_of(bill, holds) > ZERO:
            message = f"{bill.key} is disputed; decide about that first, and credit what is upheld"
            found.faults.append(Fault(path, "conflictDisputed", message))
        bills.append(bill)
    return bills


def _bill_faults(
    path: str, plan: PaymentPlan, bill: CustomerBill, before: Sequence[CustomerBill],
    taken: PaymentPlan | None,
) -> Iterator[Fault]:  # fmt: skip
    """Yield why a bill cannot be in a plan; `taken` is another plan that it is in already."""
    left = bill.remaining_amount
    first = before[0].remaining_amount if before else left
    if bill.account != plan.billing_account.id:
        yield Fault(path, "otherAccount", f"{bill.key} is a bill of another account")
    elif not bill.is_owed or left is None or left.amount <= ZERO:
        yield Fault(path, "conflictNotOwed", f"nothing is open of {bill.key}")
    elif first is not None and first.unit != left.unit:
        message = f"{bill.key} is in {left.unit}; make a plan of its own"
        yield Fault(path, "currencyMismatch", message)
    elif taken is not None:
        message = f"{bill.key} is in {taken.key} already, which is {taken.state}"
        yield Fault(path, "conflictPlanned", message)


def _divide(work: Work, plan: PaymentPlan, found: Proposal, terms: PlanTerms) -> None:
    """Put the debt into instalments, and say what is wrong with their days."""
    now, interval = today(work), terms.interval or "month"
    earliest = datetime.combine(now.date(), time(), now.tzinfo)
    latest = next_interval(now, interval)
    # At the edge of time a day of another zone is none: only one between is brought to this zone.
    asked, first = plan.first_due_date or latest, latest
    count = plan.number_of_instalments
    if asked < earliest:
        found.faults.append(Fault("firstDueDate", "tooEarly", "must not lie in the past"))
    elif asked >= latest + timedelta(days=1):
        message = f"must be {latest:%Y-%m-%d} at the latest"
        found.faults.append(Fault("firstDueDate", "tooLate", message))
    else:
        first = datetime.combine(asked.astimezone(now.tzinfo).date(), time(), now.tzinfo)
    dates = due_dates(first, count, interval)
    found.instalments = [
        Instalment(due_date=due, amount=Money(unit=found.unit, value=part), state="open")
        for due, part in zip(dates, parts_of(found.debt, count, found.unit), strict=True)
    ]
    if terms.days_max is not None and (dates[-1].date() - now.date()).days > terms.days_max:
        message = f"the last one must be due within {terms.days_max} days; take fewer"
        found.faults.append(Fault("numberOfInstalments", "tooLong", message))


def _limit_faults(found: Proposal, terms: PlanTerms, in_all: Decimal) -> Iterator[Fault]:
    """Yield what of a plan lies outside its terms; the most is what an account has in all plans."""
    if found.instalments and len(found.instalments) > terms.instalments_max:
        message = f"must be at most {terms.instalments_max}"
        yield Fault("numberOfInstalments", "tooMany", message)
    if terms.debt_min is not None and found.debt < terms.debt_min.amount:
        message = f"there are plans from {_told(terms.debt_min)} on; this is {found.debt:f}"
        yield Fault("customerBill", "tooLittle", message)
    if terms.debt_max is not None and in_all > terms.debt_max.amount:
        message = f"there are plans up to {_told(terms.debt_max)} in all; this is {in_all:f}"
        yield Fault("customerBill", "tooMuch", message)
    least = terms.instalment_min.amount if terms.instalment_min is not None else ZERO
    smallest = min((one.amount.amount for one in found.instalments), default=ZERO)
    if smallest < least or smallest <= ZERO:
        message = (
            f"an instalment would be {smallest:f}, less than {least:f} {found.unit}; take fewer"
        )
        yield Fault("numberOfInstalments", "instalmentTooSmall", message)


def _own_hand_faults(
    asker: Work, work: Work, plan: PaymentPlan, terms: PlanTerms
) -> Iterator[Fault]:
    """Yield why a customer may not make a plan alone: the terms, or one that was not kept.

    One that was ended after it had begun counts as well: else a plan would be ended each time
    before it breaks, and the debt be put off for ever.
    """
    grant = asker.actor.grant(PaymentPlan.resource, "create")
    if grant is None or grant.reach != "own":
        return
    if not terms.self_care:
        yield Fault("billingAccount", "notOffered", "ask our staff for a payment plan")
    before = plans_of(work, [plan.billing_account.id], NOT_KEPT)
    not_kept = [one for one in before if one.state == "broken" or one.active_since is not None]
    for index, ident in enumerate(plan.bills):
        former = next((one for one in not_kept if ident in one.bills), None)
        if former is not None:
            message = f"{former.key} was not kept; ask our staff for another plan"
            if former.state == "canceled":
                message = f"{former.key} was ended unpaid; ask our staff for another plan"
            yield Fault(f"customerBill[{index}]", "conflictBroken", message)


def offered_alone(asker: Work) -> set[str]:
    """Return the currencies in which some customers make plans by their own hand."""
    policies = as_program(asker, BY).find(DunningPolicy, {}, limit=MANY)
    return {
        one.currency
        for policy in policies
        if policy.is_active is not False
        for one in policy.payment_plan
        if one.self_care
    }


def _told(amount: Money) -> str:
    return f"{amount.amount:f} {amount.unit}"


@enrich(PaymentPlan)
def complete_plan(work: Work, new: PaymentPlan) -> None:
    """Say who asks for a plan, what it comes to, and that it begins where nobody has to agree."""
    new.requested_by, new.requested_by_id = work.actor.name, work.actor.id
    new.requested_at = work.now
    found = proposed(work, new, besides=new.id)
    if found.faults or found.terms is None:
        return
    _take_over(new, found)
    if not found.needs_approval:
        new.state, new.active_since = "active", work.now


@rule(PaymentPlan)
def plan_keeps_to_its_terms(
    work: Work, old: PaymentPlan | None, new: PaymentPlan
) -> Iterator[Fault]:
    """Refuse a plan over what is not owed, is disputed or in another plan, or outside the terms."""
    if old is None:
        yield from proposed(work, new, besides=new.id).faults


def _take_over(plan: PaymentPlan, found: Proposal) -> None:
    plan.terms, plan.instalment = found.terms, found.instalments
    plan.debt = Money(unit=found.unit, value=found.debt)
    plan.first_due_date = found.instalments[0].due_date


def approve(work: Work, ident: str, note: str) -> PaymentPlan:
    """Agree to a plan that waits; it is over what is open by now.

    Refuses (403) who asked for it, and (400) a plan that the terms do not allow any more.
    """
    held = _waiting(work, ident)
    found = proposed(work, held, besides=held.id)
    refuse(found.faults)
    with work.edit(PaymentPlan, held.id, verb="read") as plan:
        _take_over(plan, found)
        plan.state, plan.active_since = "active", work.now
        _note_decision(work, plan, note)
    return plan


def reject(work: Work, ident: str, note: str) -> PaymentPlan:
    """Refuse a plan that waits, with the reason."""
    held = _waiting(work, ident)
    if not note.strip():
        raise Invalid.of([Fault("note", "required", "say why it is not agreed to")])
    with work.edit(PaymentPlan, held.id, verb="read") as plan:
        plan.state, plan.ended_at = "rejected", work.now
        _note_decision(work, plan, note)
    return plan


def cancel(work: Work, ident: str, reason: str) -> PaymentPlan:
    """End a plan that is open, with the reason; what is not paid is asked for again."""
    work.actor.must(PaymentPlan.resource, "create")
    held = _held(work, ident)
    if held.state not in OPEN:
        raise Conflict("conflictEnded", f"{held.key} is {held.state} already")
    if not reason.strip():
        raise Invalid.of([Fault("note", "required", "say why it ends")])
    with work.edit(PaymentPlan, held.id, verb="create") as plan:
        plan.state, plan.ended_at, plan.end_reason = "canceled", work.now, reason.strip()
    return plan


def _waiting(work: Work, ident: str) -> PaymentPlan:
    work.actor.must_have(APPROVE)
    held = _held(work, ident)
    if held.state != "requested":
        raise Conflict("conflictDecided", f"{held.key} is {held.state} already")
    if held.requested_by_id == work.actor.id:
        message = "you have asked for it; another person has to decide"
        raise Forbidden("fourEyes", message)
    return held


def _held(work: Work, ident: str) -> PaymentPlan:
    """Return a plan whose account's money is held: that comes before the plan itself."""
    found = work.get(PaymentPlan, ident)
    if found is None:
        raise NotFound("notFound", f"there is no payment plan {ident}")
    hold_account(work, found.billing_account.id)
    return work.lock(PaymentPlan, found.id, verb="read")


def _note_decision(work: Work, held: PaymentPlan, note: str) -> None:
    held.decided_by, held.decided_at = work.actor.name, work.now
    held.decision_note = note.strip() or None
