"""Seeing: what is so of accounts with overdue money, before anything is done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from trunkline.billing.account.standing import days_late, today
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.dunning.case import OPEN, DunningCase
from trunkline.billing.dunning.hold import MANY as HOLDS_MANY
from trunkline.billing.dunning.hold import DunningHold, Spared, holds_of, holds_on, spared_by
from trunkline.billing.dunning.policy import DunningPolicy, policy_for
from trunkline.billing.dunning.stepping import Broken, Overdue, is_enough, overdue_of
from trunkline.billing.payment.settling import MANY, unpaid_bills, unpaid_of
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.billing.plan.reading import MANY as PLANS_MANY
from trunkline.billing.plan.reading import plans_of, plans_on
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.screens.read_ahead import held_among, sought

Owed = TypeVar("Owed", CustomerBill, DunningHold, PaymentPlan)
PLANNED = "paymentPlan"
"""The reason of a case that waits since its debt is in a payment plan."""


@dataclass(frozen=True)
class Seen:
    """What is so of an account: `policy` asks for what is overdue, None where nothing does.

    `reason` says why nobody is asked for it now, `plan` is the payment plan that keeps all of it
    from being asked for. `broken` tells of a plan over it that was not kept.
    """

    account: BillingAccount
    case: DunningCase | None
    policy: DunningPolicy | None
    overdue: Overdue
    reason: str | None
    plan: PaymentPlan | None = None
    broken: Broken | None = None


def seen_of(work: Work, account_id: str) -> Seen | None:
    """Return what is so of an account, None where there is none; writes nothing."""
    return seen_together(work, [account_id]).get(account_id)


def seen_together(work: Work, idents: Sequence[str]) -> dict[str, Seen]:
    """Return what is so of accounts, by id; as many statements for many as for one."""
    accounts = held_among(work, BillingAccount, idents)
    cases = open_cases(work, [*accounts])
    holds = _by_account(holds_of(work, [*accounts]))
    unpaid = _by_account(unpaid_bills(work, [*accounts]))
    plans = _by_account(plans_of(work, [*accounts]))
    policies = policies_of(work, accounts, cases)
    found: dict[str, Seen] = {}
    for ident, account in accounts.items():
        owed = _Owed(unpaid.get(ident, []), holds.get(ident, []), plans.get(ident, []))
        policy = policies[ident]
        least = _least(account, policy) if policy is not None else {}
        overdue, plan = owed.overdue(today(work)), None
        if not is_enough(overdue, least):
            # What a plan covers keeps its case where it stands, though nobody is asked for it.
            overdue, plan = owed.in_all(today(work)), next(iter(owed.active), None)
            if plan is None or not is_enough(overdue, least):
                policy, plan, overdue = None, None, owed.overdue(today(work))
        whole = next((one.reason for one in owed.holds if _is_whole(one, work.now)), None)
        reason = whole or _pause_of(work, account) or (PLANNED if plan is not None else None)
        case = cases.get(ident)
        found[ident] = Seen(account, case, policy, overdue, reason, plan, owed.broken(overdue))
    return found


def _is_whole(hold: DunningHold, now: datetime) -> bool:
    """Tell whether a hold keeps its whole account from being asked; one denied, up to its day."""
    again = hold.due_again_date
    return hold.customer_bill is None and (again is None or days_late(again, now) == 0)


@dataclass(frozen=True)
class _Owed:
    """What is open of an account, and what keeps it from being asked for."""

    bills: Sequence[CustomerBill]
    holds: Sequence[DunningHold]
    plans: Sequence[PaymentPlan]

    @property
    def active(self) -> list[PaymentPlan]:
        """The plans that keep their bills from being asked for."""
        return [one for one in self.plans if one.state == "active"]

    def overdue(self, now: datetime) -> Overdue:
        """Return what is overdue and not in a plan."""
        planned = {ident for one in self.active for ident in one.bills}
        return overdue_of(self.bills, now, besides=planned, spared=self._spared())

    def in_all(self, now: datetime) -> Overdue:
        """Return what is overdue with what is in a plan."""
        return overdue_of(self.bills, now, spared=self._spared())

    def _spared(self) -> dict[str, list[Spared]]:
        found: dict[str, list[Spared]] = {}
        bills = {one.id: one for one in self.bills}
        for one in self.holds:
            bill = bills.get(one.customer_bill.id) if one.customer_bill is not None else None
            if bill is not None:
                found.setdefault(bill.id, []).append(spared_by(one, bill))
        return found

    def broken(self, overdue: Overdue) -> Broken | None:
        """Return the latest plan over something overdue that was not kept."""
        found = [
            Broken(one.ended_at, bool(one.terms and one.terms.suspends_when_broken))
            for one in self.plans
            if one.state == "broken" and one.ended_at is not None
            and set(one.bills) & set(overdue.bills)
        ]  # fmt: skip
        return max(found, key=lambda one: one.at, default=None)


def _by_account(records: Iterable[Owed]) -> dict[str, list[Owed]]:
    found: dict[str, list[Owed]] = {}
    for one in records:
        account = one.billing_account
        if account is not None:
            found.setdefault(account.id, []).append(one)
    return found


def open_case(work: Work, account: str) -> DunningCase | None:
    """Return the case of an account that is not closed, None where there is none."""
    return open_cases(work, [account]).get(account)


def open_cases(work: Work, accounts: Sequence[str]) -> dict[str, DunningCase]:
    """Return the newest case that is not closed of each account that has one, by its id."""
    found = sought(work, DunningCase, cases_of(accounts), limit=MANY) if accounts else []
    return {one.billing_account.id: one for one in reversed(found)}


def cases_of(accounts: Sequence[str]) -> dict[str, Json]:
    """Return what is said by the cases of accounts that are not closed."""
    return {"billingAccount.id": [*accounts], "state": list(OPEN)}


def searches_of(accounts: Sequence[str]) -> list[tuple[type[Document], dict[str, Json], int]]:
    """Return what is searched to see accounts: each kind, what it says, and how many there are.

    A page that reads that ahead, and the accounts, sees them without a statement for each.
    """
    return [
        (DunningCase, cases_of(accounts), MANY),
        (DunningHold, holds_on(accounts), HOLDS_MANY),
        (CustomerBill, unpaid_of(accounts), MANY),
        (PaymentPlan, plans_on(accounts), PLANS_MANY),
        (DunningPolicy, {}, MANY),
    ]


def policy_of(work: Work, account_id: str) -> DunningPolicy | None:
    """Return the policy that an account is under, None where it is under none."""
    accounts = work.many(BillingAccount, [account_id])
    return policies_of(work, accounts, open_cases(work, [*accounts])).get(account_id)


def policies_of(
    work: Work, accounts: Mapping[str, BillingAccount], cases: Mapping[str, DunningCase]
) -> dict[str, DunningPolicy | None]:
    """Return the policy that each account is under.

    That of its case stays until that is closed, unless the account has another strategy meanwhile.
    """
    kept = {
        ident: case.dunning_policy.id
        for ident, case in cases.items()
        if case.dunning_policy is not None and case.strategy == strategy_of(accounts[ident])
    }
    policies = sought(work, DunningPolicy, {}, limit=MANY)
    known = {one.id: one for one in policies}
    found: dict[str, DunningPolicy | None] = {ident: known.get(kept[ident]) for ident in kept}
    free = {ident: one for ident, one in accounts.items() if ident not in kept}
    if free:
        kinds = _kinds_of(work, free)
        for ident, account in free.items():
            found[ident] = policy_for(policies, strategy_of(account), kinds.get(ident))
    return found


def strategy_of(account: BillingAccount) -> str | None:
    """Return the code of the policy that an account names, None where it names none."""
    said = account.debt_collection
    return (said.strategy or None) if said is not None else None


def _kinds_of(work: Work, accounts: Mapping[str, BillingAccount]) -> dict[str, str | None]:
    """Return of which kind the customer of each account is that has one."""
    named = {party.id for one in accounts.values() for party in one.related_party}
    customers = held_among(work, Customer, named)
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
