"""Screens of requests for quotes."""

from __future__ import annotations

from trunkline.sales.quote_request.quote_request import QuoteRequest
from trunkline.screens.screen import Declared, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    QuoteRequest,
    Declared(
        columns=("description", CUSTOMER, "state", "requiredByDate", "budget", "quote.id"),
        filters=("state", "relatedParty", "requiredByDate", "creationDate"),
        sort="-creationDate",
        form=(
            Section("Request", ("description", "relatedParty", "requiredByDate", "budget",
                                "billingAccount")),
            Section("Lines", ("quoteItem", "shoppingCart")),
            Section("More", ("note",), folded=True),
        ),
        facts=("state", "customerStatus", "requiredByDate", "budget", "quote"),
        search=("description",),
    ),
)  # fmt: skip
