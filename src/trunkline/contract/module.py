"""The contract module: what a customer agreed to, until when, and what it entitles to."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

declare_verbs("contract", "useEntitlement", "waiveFee")
works_in("contract")
MODULE = Module(
    name="contract",
    package="trunkline.contract",
    imports=(
        "trunkline.contract.agreement.agreement",
        "trunkline.contract.agreement.agreement_specification",
        "trunkline.contract.agreement.price_list",
        "trunkline.contract.agreement.rules",
        "trunkline.contract.agreement.dates",
        "trunkline.contract.agreement.commitment",
        "trunkline.contract.agreement.agreed_prices",
        "trunkline.contract.agreement.promised",
        "trunkline.contract.agreement.shown",
        "trunkline.contract.agreement.outside_names",
        "trunkline.contract.agreement.screens",
        "trunkline.contract.service.contract",
        "trunkline.contract.service.service_contract",
        "trunkline.contract.service.definition",
        "trunkline.contract.service.entitlement",
        "trunkline.contract.service.outside_names",
        "trunkline.contract.service.rules",
        "trunkline.contract.service.settling",
        "trunkline.contract.service.timers",
        "trunkline.contract.service.from_order",
        "trunkline.contract.service.following",
        "trunkline.contract.service.later_order",
        "trunkline.contract.service.ending_products",
        "trunkline.contract.service.handing_over",
        "trunkline.contract.service.job",
        "trunkline.contract.service.screens",
    ),
)
