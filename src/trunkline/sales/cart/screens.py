"""Screens of shopping carts."""

from __future__ import annotations

from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    ShoppingCart,
    Declared(
        columns=("description", CUSTOMER, "status", "validFor.endDateTime", "productOrder"),
        filters=("status", "validFor.endDateTime", "relatedParty", "productOrder"),
        form=(
            Section("For whom", ("relatedParty", "description", "billingAccount")),
            Section("What is wanted", ("cartItem",)),
            Section("More", ("requestedStartDate", "channel", "validFor", "note",
                             "contactMedium", "interaction"), folded=True),
        ),
        facts=("status", "validFor.endDateTime", "productOrder"),
        panels=(
            Panel("Availability", "ProductOfferingQualification", "checkedFor.id",
                  ("qualificationResult", "state", "expirationDate")),
        ),
        actions=(
            Action("open", "Open the cart", address="/cart/{key}", verb="read"),
            Action("availability", "Check availability", address="/availability/ShoppingCart/{key}",
                   verb="read", makes="ProductOfferingQualification"),
        ),
    ),
)  # fmt: skip
