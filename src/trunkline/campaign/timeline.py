"""Campaigns on timelines: when somebody was addressed, by which way, and what came of it."""

from __future__ import annotations

from trunkline.screens.timeline import Family, Happens, happens

happens(
    Happens(
        "PartyCampaign", Family("campaign", "Campaigns", "send", 60),
        at="outcomeDate contactedDate",
        channel="channel", told={"name": "marketingCampaign.name", "agent": "agent"},
    ),
)  # fmt: skip
