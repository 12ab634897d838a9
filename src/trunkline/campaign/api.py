"""The interface of campaigns; the TM Forum publishes none."""

from __future__ import annotations

from trunkline.kernel.resource import Api

CAMPAIGN = Api(
    "campaign", "Campaigns, their waves and what came of them", "1.0.0", "/api/campaign/v1"
)
TARGET, REPORT = "campaign:target", "campaign:report"
"""What may be done beside the verbs of records: fill a wave with targets, read the figures."""
