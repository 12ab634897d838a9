"""The billing module: bills and payments as a customer and an agent see them."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module
from trunkline.shared.operating_models import RETAIL

declare_verbs("billing", "receive", "takePayment", "run", "adjust", "approve", "refund")
works_in(
    "billing",
    kinds=dict.fromkeys(
        ("DunningPolicy", "DunningHold", "DunningCase", "DunningSchedule", "PaymentPlan"),
        (RETAIL,),
    ),
)
MODULE = Module(
    name="billing",
    package="trunkline.billing",
    imports=(
        "trunkline.billing.bill.customer_bill",
        "trunkline.billing.bill.rate",
        "trunkline.billing.bill.on_demand",
        "trunkline.billing.bill.rules",
        "trunkline.billing.bill.issuing",
        "trunkline.billing.payment.payment",
        "trunkline.billing.payment.settling",
        "trunkline.billing.payment.rules",
        "trunkline.billing.charging.fees",
        "trunkline.billing.account.transferring",
        "trunkline.billing.outside_names",
        "trunkline.billing.correction.correction",
        "trunkline.billing.correction.deciding",
        "trunkline.billing.plan.payment_plan",
        "trunkline.billing.plan.agreeing",
        "trunkline.billing.plan.following",
        "trunkline.billing.dunning.policy",
        "trunkline.billing.dunning.hold",
        "trunkline.billing.dunning.dispute",
        "trunkline.billing.dunning.case",
        "trunkline.billing.dunning.running",
        "trunkline.billing.dunning.schedule",
        "trunkline.billing.run.bill_run",
        "trunkline.billing.run.running",
        "trunkline.billing.run.deciding",
        "trunkline.billing.run.on_demand",
        "trunkline.billing.run.screens",
        "trunkline.billing.screens",
        "trunkline.billing.plan.screens",
        "trunkline.billing.timeline",
        "trunkline.billing.keeping",
    ),
)
