"""Running: a look at every account with overdue money, as a job; twice in a day does no harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from trunkline.billing.account.standing import today
from trunkline.billing.api import RUN
from trunkline.billing.bill.customer_bill import CustomerBill, CustomerBillRef
from trunkline.billing.dunning.acting import act, resume
from trunkline.billing.dunning.case import OPEN, DunningCase, DunningPolicyRef
from trunkline.billing.dunning.hold import DunningHold, holds_of
from trunkline.billing.dunning.policy import DunningPolicy, policy_for
from trunkline.billing.dunning.stepping import Overdue, is_enough, next_due, overdue_of
from trunkline.billing.payment.payment import Payment
from trunkline.billing.payment.settling import (
    MANY,
    allocate_payment,
    as_program,
    hold_account,
    unpaid_bills,
)
from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.shared.money import Money
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, work_off

Owed = TypeVar("Owed", CustomerBill, DunningHold)
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
order by 1
"""


def begin_run(services: Services, actor: Actor) -> str:
    """Begin to look at all accounts with overdue money or an open case; return the job's id."""
    lines = [(ident, None, None) for ident in accounts_to_ask(services, actor)]
    return start(services, actor, kind=KIND, resource=BillingAccount.resource.name, title=TITLE,
                 asked={}, lines=lines)  # fmt: skip


def accounts_to_ask(services: Services, actor: Actor) -> list[str]:
    """Return the ids of the accounts with overdue money or an open case."""
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
        held.hold_reason = reason
        _follow(held, policy, _strategy_of(account))
        step, held.next_step_at = next_due(held.step, held.done, overdue.days, work.now)
        if step is not None and reason is None:
            held.done = [*held.done, act(asker, work, held, account, step)]
            _, held.next_step_at = next_due(held.step, held.done, overdue.days, work.now)
        is_done = step is not None and reason is None
    return held, is_done


@dataclass(frozen=True)
class Seen:
    """What is so of an account: `policy` asks for what is overdue, None where nothing does.

    `reason` says why nobody is asked for it now.
    """

    account: BillingAccount
    case: DunningCase | None
    policy: DunningPolicy | None
    overdue: Overdue
    reason: str | None


def seen_of(work: Work, account_id: str) -> Seen | None:
    """Return what is so of an account, None where there is none; writes nothing."""
    return seen_together(work, [account_id]).get(account_id)


def seen_together(work: Work, idents: Sequence[str]) -> dict[str, Seen]:
    """Return what is so of accounts, by id; as many statements for many as for one."""
    accounts = work.many(BillingAccount, idents)
    cases = open_cases(work, [*accounts])
    holds = _by_account(holds_of(work, [*accounts]))
    unpaid = _by_account(unpaid_bills(work, [*accounts]))
    policies = _policies_of(work, accounts, cases)
    found: dict[str, Seen] = {}
    for ident, account in accounts.items():
        held = holds.get(ident, [])
        disputed = {one.customer_bill.id for one in held if one.customer_bill is not None}
        overdue = overdue_of(unpaid.get(ident, []), today(work), besides=disputed)
        policy = policies[ident]
        if policy is not None and not is_enough(overdue, _least(account, policy)):
            policy = None
        whole = next((one.reason for one in held if one.customer_bill is None), None)
        reason = whole or _pause_of(work, account)
        found[ident] = Seen(account, cases.get(ident), policy, overdue, reason)
    return found


def _by_account(records: Iterable[Owed]) -> dict[str, list[Owed]]:
    found: dict[str, list[Owed]] = {}
    for one in records:
        account = one.billing_account
        if account is not None:
            found.setdefault(account.id, []).append(one)
    return found


def ahead_of(asker: Work, idents: Sequence[str]) -> dict[str, tuple[Seen, str]]:
    """Return what is so of accounts and what a run would do about each now; writes nothing.

    That is the action of a step, `close`, `held` or `wait`; an account with neither money to ask
    for nor a case is not in it.
    """
    asker.actor.must_have(RUN)
    work = as_program(asker, BY)
    return {
        ident: (seen, _next_of(work, seen))
        for ident, seen in seen_together(work, idents).items()
        if seen.policy is not None or seen.case is not None
    }


def _next_of(work: Work, seen: Seen) -> str:
    if seen.policy is None:
        return "close"
    if seen.reason is not None:
        return "held"
    steps, case = seen.policy.step, seen.case
    if case is not None and _follows(case, seen.policy):
        steps = case.step
    step, _ = next_due(steps, case.done if case is not None else [], seen.overdue.days, work.now)
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


def open_case(work: Work, account: str) -> DunningCase | None:
    """Return the case of an account that is not closed, None where there is none."""
    return open_cases(work, [account]).get(account)


def open_cases(work: Work, accounts: Sequence[str]) -> dict[str, DunningCase]:
    """Return the newest case that is not closed of each account that has one, by its id."""
    wanted: dict[str, Json] = {"billingAccount.id": [*accounts], "state": list(OPEN)}
    found = work.find(DunningCase, wanted, limit=MANY) if accounts else []
    return {one.billing_account.id: one for one in reversed(found)}


def cure(work: Work, case: DunningCase, overdue: Overdue) -> bool:
    """End a case whose money came in: what was suspended is resumed; tell whether that moved it."""
    with work.edit(DunningCase, case.id) as held:
        before = held.state
        _tell(held, overdue)
        held.looked_at, held.next_step_at, held.hold_reason = work.now, None, None
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
    made = DunningCase(billing_account=whose, dunning_policy=ref, strategy=_strategy_of(account))
    _tell(made, overdue)
    return work.add(made)


def _tell(case: DunningCase, overdue: Overdue) -> None:
    case.overdue = [Money.of(amount, unit) for unit, amount in sorted(overdue.amounts.items())]
    case.days_overdue = overdue.days
    case.customer_bill = [
        CustomerBillRef(id=one, referred_type="CustomerBill") for one in overdue.bills
    ]


def _policies_of(
    work: Work, accounts: Mapping[str, BillingAccount], cases: Mapping[str, DunningCase]
) -> dict[str, DunningPolicy | None]:
    """Return the policy that each account is under.

    That of its case stays until that is closed, unless the account has another strategy meanwhile.
    """
    kept = {
        ident: case.dunning_policy.id
        for ident, case in cases.items()
        if case.dunning_policy is not None and case.strategy == _strategy_of(accounts[ident])
    }
    known = work.many(DunningPolicy, kept.values())
    found: dict[str, DunningPolicy | None] = {ident: known.get(kept[ident]) for ident in kept}
    free = {ident: one for ident, one in accounts.items() if ident not in kept}
    if free:
        policies, kinds = work.find(DunningPolicy, {}, limit=MANY), _kinds_of(work, free)
        for ident, account in free.items():
            found[ident] = policy_for(policies, _strategy_of(account), kinds.get(ident))
    return found


def _strategy_of(account: BillingAccount) -> str | None:
    said = account.debt_collection
    return (said.strategy or None) if said is not None else None


def _kinds_of(work: Work, accounts: Mapping[str, BillingAccount]) -> dict[str, str | None]:
    """Return of which kind the customer of each account is that has one."""
    named = {party.id for one in accounts.values() for party in one.related_party}
    customers = work.many(Customer, named)
    return {
        ident: customers[party.id].customer_type
        for ident, one in accounts.items()
        for party in reversed(one.related_party)
        if party.id in customers
    }


def _least(account: BillingAccount, policy: DunningPolicy) -> dict[str, Decimal]:
    found = {one.unit: one.amount for one in policy.amount_min if one.unit}
    said = account.debt_collection.amount_min if account.debt_collection is not None else None
    if said is not None and said.unit:
        found[said.unit] = said.amount
    return found


def _pause_of(work: Work, account: BillingAccount) -> str | None:
    said = account.debt_collection
    if said is None or said.paused_for is None or not said.paused_for.contains(work.now):
        return None
    return said.pause_reason or "paused"
