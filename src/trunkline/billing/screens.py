"""Screens of bills, payments and what asks for them."""

from __future__ import annotations

from trunkline.access.authority import AuthorityLimit
from trunkline.billing.api import ADJUST, APPROVE
from trunkline.billing.bill.customer_bill import UNPAID, CustomerBill
from trunkline.billing.bill.on_demand import CustomerBillOnDemand
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.correction.correction import Correction
from trunkline.billing.dunning.case import DunningCase
from trunkline.billing.dunning.hold import DunningHold
from trunkline.billing.dunning.policy import DunningPolicy
from trunkline.billing.dunning.schedule import DunningSchedule
from trunkline.billing.payment.payment import RECEIVED, Payment, Refund
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

MONEY = ("totalAmount", "amount", "taxAmount")

screen(
    CustomerBill,
    Declared(
        columns=(
            "billNo",
            "billingAccount.name",
            "category",
            "state",
            "billDate",
            "paymentDueDate",
            "amountDue",
            "remainingAmount",
        ),
        filters=("billNo", "state", "category", "billingAccount", "billDate", "paymentDueDate"),
        sort="-billDate",
        form=(
            Section(
                "Bill",
                (
                    "billNo",
                    "billingAccount",
                    "category",
                    "runType",
                    "billDate",
                    "paymentDueDate",
                    "billingPeriod",
                    "nextBillDate",
                ),
            ),
            Section(
                "Amounts",
                (
                    "taxExcludedAmount",
                    "taxItem",
                    "taxIncludedAmount",
                    "roundingAmount",
                    "amountDue",
                ),
            ),
            Section("Corrects", ("corrects", "correctionReason"), folded=True),
            Section(
                "More",
                ("relatedParty", "financialAccount", "paymentMethod", "billDocument"),
                folded=True,
            ),
        ),
        facts=(
            "state",
            "amountDue",
            "remainingAmount",
            "paymentDueDate",
            "billingAccount",
            "issuedTo",
        ),
        panels=(
            Panel(
                "Lines",
                "AppliedCustomerBillingRate",
                "bill.id",
                ("name", "periodCoverage", "product", "taxExcludedAmount", "taxIncludedAmount"),
                50,
            ),
            Panel(
                "Credit notes",
                "CustomerBill",
                "corrects.id",
                ("billNo", "state", "amountDue", "billDate"),
            ),
        ),
        actions=(
            Action("pdf", "PDF", address="/bills/{key}/pdf", verb="read"),
            Action(
                "correct",
                "Credit",
                address="/bills/{key}/correct",
                verb="read",
                hotkey="do",
                makes="Correction",
                within=(*UNPAID, "settled"),
                permission=ADJUST,
            ),
            Action(
                "plan",
                "Payment plan",
                address="/bills/{key}/plan",
                verb="read",
                makes="PaymentPlan",
                within=UNPAID,
            ),
            Action("release", "Release", "validated"),
            Action("hold", "Hold", "onHold"),
        ),
        search=("billNo", "issuedTo.name"),
        numbers=("billNo",),
    ),
)
screen(
    AppliedCustomerBillingRate,
    Declared(
        columns=(
            "name",
            "type",
            "bill",
            "periodCoverage",
            "taxExcludedAmount",
            "taxIncludedAmount",
        ),
        filters=("bill", "isBilled", "date"),
        form=(
            Section(
                "Line",
                (
                    "name",
                    "description",
                    "type",
                    "bill",
                    "billingAccount",
                    "isBilled",
                    "product",
                    "periodCoverage",
                ),
            ),
            Section("Amounts", ("taxExcludedAmount", "appliedTax", "taxIncludedAmount")),
            Section("More", ("date", "characteristic"), folded=True),
        ),
        facts=("bill", "taxIncludedAmount", "periodCoverage", "product"),
        found=False,
    ),
)
screen(
    CustomerBillOnDemand,
    Declared(
        form=(Section("Wanted", ("name", "description", "billingAccount", "relatedParty")),),
        facts=("state", "billingAccount", "customerBill"),
        found=False,
    ),
)
screen(
    Payment,
    Declared(
        columns=(
            "correlatorId",
            "account.name",
            "totalAmount",
            "unallocatedAmount",
            "paymentDate",
            "status",
        ),
        filters=("correlatorId", "status", "account", "paymentDate"),
        sort="-paymentDate",
        form=(
            Section(
                "Payment",
                (
                    "account",
                    "totalAmount",
                    "paymentMethod",
                    "paymentDate",
                    "correlatorId",
                    "channel",
                ),
            ),
            Section("What it is for", ("paymentItem",)),
            Section(
                "More",
                ("name", "description", "payer", "amount", "taxAmount", "authorizationCode"),
                folded=True,
            ),
        ),
        facts=("status", "totalAmount", "unallocatedAmount", "account", "paymentDate"),
        panels=(
            Panel(
                "Bills that it pays",
                "CustomerBill",
                "appliedPayment.payment.id",
                ("billNo", "state", "amountDue", "remainingAmount", "paymentDueDate"),
            ),
            Panel("Refunds", "Refund", "payment.id", ("status", "totalAmount", "refundDate")),
        ),
        actions=(
            Action(
                "refund",
                "Refund",
                address="/payments/{key}/refund",
                verb="read",
                hotkey="do",
                makes="Correction",
                within=RECEIVED,
                permission=ADJUST,
            ),
        ),
        search=("payer.name", "name"),
        numbers=("correlatorId",),
    ),
)
screen(
    Refund,
    Declared(
        columns=("correlatorId", "account.name", "totalAmount", "refundDate", "status"),
        filters=("correlatorId", "status", "account", "payment", "refundDate"),
        form=(
            Section("Refund", ("account", "payment", "totalAmount", "paymentMethod",
                               "refundDate", "correlatorId")),
            Section("More", ("name", "description", "requestor", "channel", "amount",
                             "taxAmount", "authorizationCode"), folded=True),
        ),
        facts=("status", "totalAmount", "account", "payment", "refundDate"),
        numbers=("correlatorId",),
    ),
)  # fmt: skip
screen(
    DunningCase,
    Declared(
        columns=(
            "billingAccount.name",
            "state",
            "daysOverdue",
            "overdue",
            "holdReason",
            "nextStepAt",
        ),
        filters=("state", "billingAccount", "daysOverdue"),
        sort="-daysOverdue",
        facts=(
            "state",
            "daysOverdue",
            "overdue",
            "billingAccount",
            "nextStepAt",
            "holdReason",
            "paymentPlan",
        ),
    ),
)
screen(
    DunningPolicy,
    Declared(
        columns=("code", "name", "isActive", "priority"),
        form=(
            Section(
                "Policy",
                (
                    "code",
                    "name",
                    "isActive",
                    "priority",
                    "customerType",
                    "amountMin",
                    "daysAfterDispute",
                ),
            ),
            Section("Steps", ("step",)),
            Section("Payment plans", ("paymentPlan",), folded=True),
        ),
        facts=("code", "isActive", "priority"),
        panels=(
            Panel(
                "Cases",
                "DunningCase",
                "dunningPolicy.id",
                ("billingAccount", "state", "daysOverdue", "overdue"),
            ),
        ),
    ),
)
screen(
    DunningSchedule,
    Declared(
        form=(Section("Schedule", ("name", "isOn", "timeOfDay", "weekDay")),),
        facts=("isOn", "timeOfDay", "weekDay", "runBy", "lastRunAt", "lastProblem"),
        found=False,
    ),
)
screen(
    DunningHold,
    Declared(
        form=(
            Section(
                "Hold",
                (
                    "billingAccount",
                    "reason",
                    "customerBill",
                    "disputedAmount",
                    "promisedAmount",
                    "validFor",
                    "outcome",
                    "note",
                ),
            ),
        ),
        facts=("billingAccount", "reason", "customerBill", "validFor", "outcome", "dueAgainDate"),
    ),
)
screen(
    Correction,
    Declared(
        columns=("kind", "billingAccount.name", "amount", "reason", "state", "requestedBy"),
        filters=("state", "kind", "billingAccount"),
        form=(
            Section(
                "Correction",
                ("kind", "billingAccount", "customerBill", "payment", "amount", "reason", "note"),
            ),
        ),
        facts=("state", "kind", "amount", "reason", "requestedBy", "decidedBy"),
        actions=(
            Action(
                "decide",
                "Decide",
                address="/corrections/{key}/decide",
                verb="read",
                hotkey="do",
                within=("requested",),
                permission=APPROVE,
            ),
        ),
    ),
)
screen(
    AuthorityLimit,
    Declared(
        form=(Section("Limit", ("role", "kind", "limit")),),
        facts=("role", "kind", "limit"),
        found=False,
    ),
)  # fmt: skip
