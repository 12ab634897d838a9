"""Screens of leads."""

from __future__ import annotations

from trunkline.sales.lead.lead import SalesLead
from trunkline.screens.screen import Action, Declared, ManyPage, Panel, Section, screen

screen(
    SalesLead,
    Declared(
        columns=("name", "companyName", "stage", "rating", "score", "assignee.name",
                 "creationDate"),
        filters=("stage", "rating", "source", "assignee.name", "handledBy", "creationDate",
                 "relatedParty"),
        sort="-creationDate",
        form=(
            Section("Who", ("familyName", "givenName", "title", "companyName", "industry")),
            Section("How to reach them", ("prospectContact", "place", "doNotCall", "doNotEmail",
                                          "doNotShare")),
            Section("What they may buy", ("salesLeadItem", "estimatedRevenue", "description")),
            Section("How promising", ("source", "type", "rating", "score", "priority")),
            Section("Who works on it", ("handledBy", "relatedParty")),
            Section("More", ("name", "website", "marketingCampaign", "channel", "category",
                             "marketSegment", "referredDate", "validFor", "note"), folded=True),
        ),
        facts=("stage", "companyName", "rating", "score", "source", "assignee.name",
               "estimatedRevenue", "salesOpportunity", "closeReason"),
        panels=(
            Panel("Opportunities", "SalesOpportunity", "salesLead.id",
                  ("name", "stage", "amount", "expectedCloseDate")),
        ),
        actions=(
            Action("availability", "Check availability", address="/availability/SalesLead/{key}",
                   verb="read", makes="ProductOfferingQualification"),
            Action("convert", "Convert", address="/leads/{key}/convert", hotkey="do"),
            Action("contacted", "Contacted", "inProgress"),
            Action("nurture", "Nurture", "pending"),
            Action("disqualify", "Give up", address="/leads/{key}/give-up"),
        ),
        search=("name", "companyName", "familyName", "givenName"),
        numbers=("prospectContact.characteristic.emailAddress",
                 "prospectContact.characteristic.phoneNumber"),
        inner=(("salesLeadItem", ("productOffering", "quantity", "priceEstimate")),),
        many=(ManyPage("Assign leads", "/leads/assign", "SalesLead"),),
    ),
)  # fmt: skip
