"""The screen of payment plans."""

from __future__ import annotations

from trunkline.billing.api import APPROVE
from trunkline.billing.plan.payment_plan import OPEN, PaymentPlan
from trunkline.screens.screen import Action, Declared, Section, screen

screen(
    PaymentPlan,
    Declared(
        columns=("billingAccount.name", "state", "debt", "numberOfInstalments", "firstDueDate"),
        filters=("state", "billingAccount"),
        form=(
            Section("Payment plan", ("billingAccount", "customerBill", "numberOfInstalments",
                                     "firstDueDate", "note")),
        ),
        facts=("state", "debt", "billingAccount", "activeSince", "endedAt", "endReason"),
        actions=(
            Action("decide", "Decide", address="/payment-plans/{key}/decide", verb="read",
                   hotkey="do", within=("requested",), permission=APPROVE),
            Action("end", "End the plan", address="/payment-plans/{key}/end", verb="read",
                   makes="PaymentPlan", within=OPEN),
        ),
        inner=(("instalment", ("dueDate", "amount", "paid", "state")),),
    ),
)  # fmt: skip
