"""Checks of the party module that the operator may ask before a record moves on."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.governance.status_checks import check, left_over
from trunkline.kernel.work import Work
from trunkline.party.account import ACCOUNT_TYPES, AnyAccount, BillingAccount
from trunkline.party.customer import Customer, names_of

OPEN_ACCOUNT = ("defined", "active", "suspended")


@check("noOpenAccounts", Customer, title="No billing account is open")
def no_open_accounts(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find billing accounts of a customer that are not closed."""
    found = left_over(
        work, BillingAccount, "relatedParty", names_of(customer.id, customer.raw), OPEN_ACCOUNT
    )
    if found:
        yield Fault("status", "openAccounts", f"{found} must be closed first")


@check("noOpenBalance", *ACCOUNT_TYPES, title="Nothing is owed")
def no_open_balance(_work: Work, account: AnyAccount) -> Iterator[Fault]:
    """Find what an account still owes."""
    for one in account.account_balance:
        value = one.amount.amount
        if value > 0:
            message = f"{value} {one.amount.unit} is still owed ({one.balance_type}); settle it"
            yield Fault("state", "openBalance", message)
