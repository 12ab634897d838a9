"""The screens of service level credits and of their policies."""

from __future__ import annotations

from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.credit.service_credit import ServiceCredit
from trunkline.screens.screen import Declared, Panel, Section, screen

screen(
    ServiceCredit,
    Declared(
        columns=("serviceProblem", "customer", "product", "taxIncludedAmount", "state"),
        filters=("state", "serviceProblem", "billingAccount"),
        facts=("state", "serviceProblem", "customer", "product", "billingAccount", "amount",
               "taxIncludedAmount", "explanation", "policy", "decidedBy", "decidedAt", "rate"),
    ),
)  # fmt: skip
screen(
    ServiceCreditPolicy,
    Declared(
        columns=("code", "name", "percentPerHour", "percentMax", "isActive", "priority"),
        form=(
            Section("Policy", ("code", "name", "description", "isActive", "priority")),
            Section("Whom it is for", ("levelName", "metric", "category",
                                      "excludedReason")),
            Section("What it gives", ("hoursFree", "percentPerHour", "percentMax")),
        ),
        facts=("code", "isActive", "priority", "metric", "hoursFree", "percentPerHour",
               "percentMax"),
        panels=(
            Panel("Credits", "ServiceCredit", "policy.id",
                  ("serviceProblem", "customer", "taxIncludedAmount", "state")),
        ),
    ),
)  # fmt: skip
