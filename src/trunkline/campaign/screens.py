"""Screens of campaigns."""

from __future__ import annotations

from trunkline.campaign.campaign_wave import CampaignWave, CampaignWaveDefinition
from trunkline.campaign.customer_signal import CustomerSignal
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.campaign.recommending.next_action import ActionAnswer, NextAction
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

TARGETS = ("customer", "salesLead", "state", "exclusionText", "contactedDate", "outcomeDate")

screen(
    MarketingCampaign,
    Declared(
        columns=("code", "name", "campaignType", "status", "validFor"),
        filters=("status", "campaignType", "handledBy"),
        form=(
            Section("Campaign", ("code", "name", "campaignType", "status", "validFor",
                                 "description")),
            Section("What is offered", ("campaignLine",)),
            Section("Who answers for it", ("handledBy", "cost")),
            Section("Signals", ("signalKind", "signalMinimum"), folded=True),
            Section("More", ("characteristic", "note"), folded=True),
        ),
        facts=("status", "campaignType", "validFor", "handledBy", "cost", "signalKind"),
        panels=(
            Panel("Waves", "CampaignWave", "marketingCampaign.id",
                  ("name", "channel", "plannedDate", "state")),
            Panel("Wave definitions", "CampaignWaveDefinition", "marketingCampaign.id",
                  ("name", "channel", "repeatDays")),
            Panel("Targets", "PartyCampaign", "marketingCampaign.id", TARGETS),
            Panel("Leads", "SalesLead", "marketingCampaign.id", ("name", "stage", "rating")),
        ),
        actions=(
            Action("figures", "Figures", address="/campaigns/{key}", verb="read"),
            Action("run", "Start", "running"),
            Action("pause", "Pause", "paused"),
            Action("finish", "Finish", "finished", danger=True),
        ),
        search=("name", "code"),
        inner=(("campaignLine", ("productOffering", "message", "price")),),
    ),
)  # fmt: skip
screen(
    CampaignWaveDefinition,
    Declared(
        form=(
            Section("Wave definition", ("marketingCampaign", "name", "channel", "repeatDays")),
            Section("What is written", ("subject", "content")),
            Section("To whom", ("audience", "audienceFilter", "exclusionFilter",
                                "controlPercent")),
        ),
        panels=(
            Panel("Waves", "CampaignWave", "waveDefinition.id",
                  ("name", "plannedDate", "state")),
        ),
    ),
)  # fmt: skip
screen(
    CampaignWave,
    Declared(
        filters=("state", "marketingCampaign", "plannedDate"),
        sort="-plannedDate",
        form=(
            Section("Wave", ("marketingCampaign", "waveDefinition", "name", "channel",
                             "plannedDate")),
            Section("What is written", ("subject", "content")),
            Section("To whom", ("audience", "audienceFilter", "exclusionFilter",
                                "controlPercent")),
        ),
        facts=("state", "channel", "plannedDate", "startedDate", "finishedDate", "audience"),
        panels=(Panel("Targets", "PartyCampaign", "campaignWave.id", TARGETS),),
        actions=(
            Action("targets", "Targets and figures", address="/campaigns/waves/{key}", verb="read"),
            Action("run", "Start", "running"),
            Action("pause", "Pause", "paused"),
            Action("stop", "Stop", "cancelled", danger=True),
        ),
        search=("name",),
    ),
)  # fmt: skip
screen(
    PartyCampaign,
    Declared(
        filters=("state", "campaignWave", "marketingCampaign", "customer", "salesLead",
                 "targetGroup", "exclusionReason", "contactedDate"),
        facts=("state", "customer", "salesLead", "marketingCampaign", "campaignWave",
               "targetGroup", "contactedDate", "outcomeDate", "outcomeChannel", "agent",
               "resultingLead", "productOrder", "revenue", "exclusionText"),
        form=(
            Section("Target", ("campaignWave", "customer", "salesLead")),
            Section("What came of it", ("state", "outcomeChannel", "outcomeNote")),
        ),
        actions=(
            Action("responded", "Answered", "responded"),
            Action("accepted", "Accepted", "accepted", hotkey="do"),
            Action("refused", "Refused", "refused"),
            Action("unreachable", "Not reached", "unreachable"),
        ),
    ),
)  # fmt: skip
screen(
    CustomerSignal,
    Declared(filters=("kind", "customer", "creationDate"), sort="-creationDate"),
)
screen(
    NextAction,
    Declared(
        form=(
            Section("What is proposed", ("name", "productOffering", "reason", "priority")),
            Section("To whom", ("customerFilter", "signalKind", "signalDays")),
            Section("For how long", ("validFor", "restDays")),
        ),
        panels=(
            Panel("Answers", "ActionAnswer", "nextAction.id",
                  ("customer", "answer", "answerDate", "agent")),
        ),
        search=("name",),
    ),
)  # fmt: skip
screen(ActionAnswer, Declared(filters=("answer", "customer", "nextAction", "answerDate")))
