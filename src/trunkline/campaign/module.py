"""The campaign module: whom we address with what, and what came of it."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module
from trunkline.shared.operating_models import RETAIL

declare_verbs("campaign", "target", "report")
works_in("campaign", RETAIL)
MODULE = Module(
    name="campaign",
    package="trunkline.campaign",
    imports=(
        "trunkline.campaign.marketing_campaign",
        "trunkline.campaign.campaign_wave",
        "trunkline.campaign.party_campaign",
        "trunkline.campaign.contact_frequency",
        "trunkline.campaign.registers",
        "trunkline.campaign.entering",
        "trunkline.campaign.targeting",
        "trunkline.campaign.sending",
        "trunkline.campaign.outcomes",
        "trunkline.campaign.customer_signal",
        "trunkline.campaign.recommending.next_action",
        "trunkline.campaign.bounds",
        "trunkline.campaign.recommending.recommendation",
        "trunkline.campaign.recommending.answering",
        "trunkline.campaign.timeline",
        "trunkline.campaign.screens",
    ),
)
