"""Running: a look at every account with overdue money, as a job; twice in a day does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trunkline.billing.api import RUN
from trunkline.billing.bill.customer_bill import CustomerBill, CustomerBillRef
from trunkline.billing.dunning.acting import act, resume
from trunkline.billing.dunning.case import OPEN, DunningCase, DunningPolicyRef
from trunkline.billing.dunning.policy import DunningPolicy, DunningStep
from trunkline.billing.dunning.seeing import (
    PLANNED,
    Seen,
    open_case,
    seen_of,
    seen_together,
    strategy_of,
)
from trunkline.billing.dunning.stepping import Overdue, next_due
from trunkline.billing.payment.payment import Payment
from trunkline.billing.payment.settling import allocate_payment, hold_account
from trunkline.billing.plan.following import follow_plans
from trunkline.billing.plan.payment_plan import PaymentPlan, PaymentPlanRef
from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.program import as_program
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, work_off

KIND = "dunning"
TITLE = "Ask for overdue money"
BY = "dunning"
ACCOUNTS = """
select f.target::text as account from customer_bill b
join billing_reference f on f.source = b.id and f.path = 'billingAccount'
where b.p_state in ('validated', 'sent', 'partiallyPaid') and b.p_payment_due_date < %s
union
select f.target::text from dunning_case c
join billing_reference f on f.source = c.id and f.path = 'billingAccount'
where c.p_state in ('open', 'resuming')
union
select f.target::text from payment_plan p
join billing_reference f on f.source = p.id and f.path = 'billingAccount'
where p.p_state = 'active'
order by 1
"""


def begin_run(services: Services, actor: Actor) -> str:
    """Begin to look at all accounts with overdue money, an open case or a plan that is active;
    return the job's id."""
    lines = [(ident, None, None) for ident in accounts_to_ask(services, actor)]
    return start(services, actor, kind=KIND, resource=BillingAccount.resource.name, title=TITLE,
                 asked={}, lines=lines)  # fmt: skip


def accounts_to_ask(services: Services, actor: Actor) -> list[str]:
    """Return the ids of the accounts with overdue money, an open case or an active plan."""
    _must(actor)
    with services.database.app.connection() as connection:
        rows = connection.execute(ACCOUNTS, [services.now()]).fetchall()
    return [ident for (ident,) in rows]


def _must(actor: Actor) -> None:
    if actor.must_have(RUN).reach != "all":
        raise Forbidden("notAllowed", f"{RUN} over everything is needed here")


@job_kind(KIND)
def dunning_piece(at: At) -> bool:
    """Look at the next accounts."""
    _must(at.actor)

    def look(work: Work, line: Line) -> Outcome:
        case, is_new = look_at(work, line.record or "")
        if case is None:
            return "same", line.record, None, None, None
        detail = {"state": case.state, "done": len(case.done)}
        return "changed" if is_new else "same", line.record, case.key, None, detail

    return work_off(at, look)


def look_at(asker: Work, account_id: str) -> tuple[DunningCase | None, bool]:
    """Bring the case of an account to what is so now; return it, and whether anything was done.

    What follows is written by the program; the asker's name stands in the audit of the job.
    """
    work = as_program(asker, BY)
    hold_account(work, account_id)
    follow_plans(work, account_id)
    seen = seen_of(work, account_id)
    if seen is None:
        return None, False
    account, case, policy, overdue, reason = (
        seen.account, seen.case, seen.policy, seen.overdue, seen.reason
    )  # fmt: skip
    if policy is None:
        return (case, cure(work, case, overdue)) if case is not None else (None, False)
    if case is None:
        case = _new_case(work, account, policy, overdue)
    with work.edit(DunningCase, case.id) as held:
        if held.state == "resuming":
            held.state = "open"
        _tell(held, overdue)
        held.looked_at = work.now
        held.hold_reason, held.payment_plan = reason, _named(seen.plan)
        _follow(held, policy, strategy_of(account))
        step, held.next_step_at = _due(held, seen, work.now)
        if step is not None and reason is None:
            held.done = [*held.done, act(asker, work, held, account, step)]
            _, held.next_step_at = _due(held, seen, work.now)
        is_done = step is not None and reason is None
    return held, is_done


def _due(
    case: DunningCase, seen: Seen, now: datetime
) -> tuple[DunningStep | None, datetime | None]:
    return next_due(case.step, case.done, seen.overdue.days, now, seen.broken)


def _named(plan: PaymentPlan | None) -> PaymentPlanRef | None:
    return PaymentPlanRef(id=plan.id, referred_type="PaymentPlan") if plan is not None else None


def ahead_of(work: Work, idents: Sequence[str]) -> dict[str, tuple[Seen, str]]:
    """Return what is so of accounts and what a run would do about each now; writes nothing.

    That is the action of a step, `close`, `held`, `plan` or `wait`; an account with neither money
    to ask for nor a case is not in it. `work` is the program's own.
    """
    return {
        ident: (seen, _next_of(work, seen))
        for ident, seen in seen_together(work, idents).items()
        if seen.policy is not None or seen.case is not None
    }


def _next_of(work: Work, seen: Seen) -> str:
    if seen.policy is None:
        return "close"
    if seen.reason is not None:
        return "plan" if seen.reason == PLANNED else "held"
    steps, case = seen.policy.step, seen.case
    if case is not None and _follows(case, seen.policy):
        steps = case.step
    done = case.done if case is not None else []
    step, _ = next_due(steps, done, seen.overdue.days, work.now, seen.broken)
    return step.action if step is not None else "wait"


def _follow(case: DunningCase, policy: DunningPolicy, strategy: str | None) -> None:
    """Keep the steps of a policy on its case, from the beginning or from a new strategy on."""
    case.strategy = strategy
    if not _follows(case, policy):
        case.dunning_policy = DunningPolicyRef(id=policy.id, referred_type="DunningPolicy")
        case.step = policy.step


def _follows(case: DunningCase, policy: DunningPolicy) -> bool:
    """Tell whether a case keeps the steps of a policy already."""
    held = case.dunning_policy
    return held is not None and held.id == policy.id and bool(case.step)


def cure(work: Work, case: DunningCase, overdue: Overdue) -> bool:
    """End a case whose money came in: what was suspended is resumed; tell whether that moved it."""
    with work.edit(DunningCase, case.id) as held:
        before = held.state
        _tell(held, overdue)
        held.looked_at, held.next_step_at, held.hold_reason = work.now, None, None
        held.payment_plan = None
        if resume(work, held):
            held.state, held.closed_at = "closed", work.now
        else:
            held.state = "resuming"
        return held.state != before


@on(event(CustomerBill, "state_changed").to("partiallyPaid", "settled"))
def stop_asking(work: Work, bill: CustomerBill) -> None:
    """End the dunning of an account whose overdue money came in, and resume what was suspended."""
    _stop_asking(work, bill.account)


@on(event(Payment, "created"), event(Payment, "state_changed"))
def stop_asking_who_pays(work: Work, payment: Payment) -> None:
    """End the dunning of an account by money that leaves too little open, though no bill is paid.

    The money is brought to the bills first, whichever of the two is called first.
    """
    allocate_payment(work, payment)
    _stop_asking(work, payment.account.id)


def _stop_asking(work: Work, account_id: str) -> None:
    hold_account(work, account_id)
    follow_plans(work, account_id)
    if open_case(work, account_id) is None:
        return
    seen = seen_of(work, account_id)
    if seen is not None and seen.case is not None and seen.policy is None:
        cure(work, seen.case, seen.overdue)


@on(event(Product, "state_changed").to("suspended"))
def resume_what_was_late(work: Work, product: Product) -> None:
    """Resume a product whose debt was paid before its suspension had come through."""
    # Also open ones: a payment that is just now being brought in makes them `resuming`, which is
    # seen once the account is held.
    wanted: dict[str, Json] = {"state": [*OPEN], "suspended.product.id": product.id}
    for case in work.find(DunningCase, wanted):
        hold_account(work, case.billing_account.id)
        with work.edit(DunningCase, case.id) as held:
            if held.state == "resuming" and resume(work, held):
                held.state, held.closed_at = "closed", work.now


def _new_case(
    work: Work, account: BillingAccount, policy: DunningPolicy, overdue: Overdue
) -> DunningCase:
    ref = DunningPolicyRef(id=policy.id, referred_type="DunningPolicy")
    whose = BillingAccountRef(id=account.id, referred_type="BillingAccount")
    made = DunningCase(billing_account=whose, dunning_policy=ref, strategy=strategy_of(account))
    _tell(made, overdue)
    return work.add(made)


def _tell(case: DunningCase, overdue: Overdue) -> None:
    case.overdue = [Money.of(amount, unit) for unit, amount in sorted(overdue.amounts.items())]
    case.days_overdue = overdue.days
    case.customer_bill = [
        CustomerBillRef(id=one, referred_type="CustomerBill") for one in overdue.bills
    ]
