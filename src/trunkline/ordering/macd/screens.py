"""Screens of what happens to installed products: offers to stay, and hand-overs."""

from __future__ import annotations

from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.ordering.macd.save_offer import SaveOffer
from trunkline.screens.screen import Declared, Section, screen

screen(
    SaveOffer,
    Declared(
        columns=("name", "reason", "instead", "discountPercent", "discountMonths", "position",
                 "isActive"),
        form=(
            Section("Offer", ("name", "text", "position", "isActive")),
            Section("For whom", ("reason", "productOffering", "condition")),
            Section("What it gives", ("instead", "discountPercent", "discountMonths")),
        ),
        facts=("isActive", "reason", "instead", "discountPercent", "discountMonths"),
        search=("name", "text"),
    ),
)  # fmt: skip
screen(
    OwnershipTransfer,
    Declared(
        columns=("product", "fromCustomer", "toCustomer", "state", "validUntil"),
        filters=("state", "fromCustomer", "toCustomer", "validUntil"),
        form=(
            Section("What passes on", ("product", "reason", "deposit")),
            Section("From whom to whom", ("fromCustomer", "toCustomer", "billingAccount")),
            Section("When", ("requestedStartDate", "validUntil")),
        ),
        facts=("state", "fromCustomer", "toCustomer", "validUntil", "productOrder"),
        search=("reason",),
    ),
)  # fmt: skip
