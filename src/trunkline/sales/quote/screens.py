"""Screens of quotes."""

from __future__ import annotations

from trunkline.sales.quote.quote import Quote
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    Quote,
    Declared(
        columns=("description", CUSTOMER, "internalState", "monthlyTotal", "oneTimeTotal",
                 "validFor.endDateTime"),
        filters=("internalState", "isActive", "relatedParty", "quoteDate", "validFor",
                 "opportunity", "externalId"),
        sort="-quoteDate",
        form=(
            Section("Offer", ("description", "relatedParty", "billingAccount", "validFor",
                              "termMonths", "expectedFulfillmentStartDate")),
            Section("Lines", ("quoteItem",)),
            Section("Where it comes from", ("opportunity", "agreement", "externalId", "category",
                                            "channel", "productOfferingQualification"),
                    folded=True),
            Section("More", ("contactMedium", "authorization", "note",
                             "requestedQuoteCompletionDate", "expectedQuoteCompletionDate",
                             "instantSyncQuote"), folded=True),
        ),
        facts=("internalState", "monthlyTotal", "oneTimeTotal", "validFor", "revision"),
        panels=(
            Panel("Orders", "ProductOrder", "quote.id", ("state", "orderDate")),
            Panel("Contracts", "Contract", "quote.id", ("name", "state", "validFor")),
        ),
        actions=(
            Action("availability", "Check availability", address="/availability/Quote/{key}",
                   verb="read", makes="ProductOfferingQualification"),
        ),
        search=("description", "externalId"),
        numbers=("externalId",),
    ),
)  # fmt: skip
