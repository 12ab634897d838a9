"""Screens of opportunities and of the cycles that they go through."""

from __future__ import annotations

from trunkline.sales.opportunity.cycle import SalesCycle
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.screens.screen import Action, Declared, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    SalesOpportunity,
    Declared(
        columns=("name", CUSTOMER, "stage", "amount", "expectedCloseDate", "assignee.name"),
        filters=("status", "stage", "salesCycle", "forecastCategory", "assignee.name",
                 "expectedCloseDate", "relatedParty"),
        sort="expectedCloseDate",
        form=(
            Section("The sale", ("name", "relatedParty", "billingAccount", "salesCycle",
                                 "expectedCloseDate")),
            Section("What it is about", ("salesOpportunityItem", "estimatedRevenue", "currency",
                                         "place", "product")),
            Section("How likely", ("stage", "probability", "forecastCategory", "competitor")),
            Section("How it ended", ("closeReason", "lostTo", "outcomeNote"), folded=True),
            Section("More", ("description", "dealType", "routeToMarket", "source", "channel",
                             "marketingCampaign", "handledBy", "teamMember", "primaryQuote",
                             "syncsQuote", "note"), folded=True),
        ),
        facts=("status", "stage", "probability", "amount", "weightedAmount",
               "expectedCloseDate", "salesLead", "primaryQuote"),
        actions=(
            Action("availability", "Check availability",
                   address="/availability/SalesOpportunity/{key}", verb="read",
                   makes="ProductOfferingQualification"),
            Action("work", "Open the sale", address="/opportunities/{key}", verb="read"),
        ),
        search=("name",),
        inner=(("salesOpportunityItem", ("productOffering", "quantity", "term", "price")),),
    ),
)  # fmt: skip
screen(
    SalesCycle,
    Declared(
        form=(Section("Cycle", ("name", "code", "description", "stage")),),
        facts=("code",),
    ),
)
