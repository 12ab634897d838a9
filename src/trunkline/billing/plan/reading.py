"""Reading: the payment plans of accounts."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.billing.plan.payment_plan import OPEN, PaymentPlan
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.screens.read_ahead import sought

MANY = 10_000
KNOWN = (*OPEN, "broken")
"""The states of plans that say something about how a debt is asked for."""


def plans_of(
    work: Work, accounts: Sequence[str], states: Sequence[str] = KNOWN
) -> list[PaymentPlan]:
    """Return the plans of accounts in some states, the oldest first."""
    if not accounts:
        return []
    found = sought(work, PaymentPlan, plans_on(accounts, states), limit=MANY)
    return sorted(found, key=lambda one: one.id)


def plans_on(accounts: Sequence[str], states: Sequence[str] = KNOWN) -> dict[str, Json]:
    """Return what is said by the plans of accounts in some states."""
    return {"billingAccount.id": [*accounts], "state": [*states]}
