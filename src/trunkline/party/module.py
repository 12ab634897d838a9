"""The party module: who we deal with, in which roles, and on which accounts."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module
from trunkline.shared.operating_models import RETAIL

works_in("party", kinds={"CommunicationMessage": (RETAIL,)})
MODULE = Module(
    name="party",
    package="trunkline.party",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.party.individual",
        "trunkline.party.organization",
        "trunkline.party.partner",
        "trunkline.party.role",
        "trunkline.party.customer",
        "trunkline.party.code",
        "trunkline.party.organization_path",
        "trunkline.party.reachable",
        "trunkline.party.identification",
        "trunkline.party.billing_cycle",
        "trunkline.party.bill_format",
        "trunkline.party.account",
        "trunkline.party.outside_names",
        "trunkline.party.communication_message",
        "trunkline.party.mail.sending",
        "trunkline.party.preference",
        "trunkline.party.acting",
        "trunkline.party.own_hand",
        "trunkline.party.registers",
        "trunkline.party.screens",
        "trunkline.party.import_columns",
        "trunkline.party.status_checks",
        "trunkline.party.profiles",
        "trunkline.party.spheres",
        "trunkline.party.master_system",
    ),
)
