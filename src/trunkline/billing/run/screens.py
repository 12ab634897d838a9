"""Screens of bill runs and of the accounts in them."""

from __future__ import annotations

from trunkline.billing.run.bill_run import BillRun, BillRunEntry
from trunkline.screens.screen import Declared, Section, screen

screen(
    BillRun,
    Declared(
        columns=("name", "kind", "cutOff", "state", "startedBy", "approvedBy", "issuedAt"),
        filters=("state", "kind", "cutOff"),
        sort="-cutOff",
        form=(
            Section("Bill run", ("name", "kind", "cutOff", "billingCycleSpecification")),
            Section("Accounts", ("billingAccount",), folded=True),
            Section("Looked at first", ("check", "amountMin"), folded=True),
        ),
        facts=("state", "kind", "cutOff", "billingCycleSpecification", "startedBy", "approvedBy"),
        search=("name",),
        advice="Bills all accounts that no other system bills, or those of a cycle.",
    ),
)
screen(
    BillRunEntry,
    Declared(
        columns=(
            "billingAccount.name",
            "billRun",
            "state",
            "amountDue",
            "difference",
            "heldFor",
            "reason",
        ),
        filters=("billRun", "state", "billingAccount"),
        facts=("billRun", "billingAccount", "state", "customerBill", "amountDue", "difference"),
        found=False,
    ),
)
