"""How messages to the system that bills are listed and shown."""

from __future__ import annotations

from trunkline.inventory.billing_feed.billing_message import BillingMessage
from trunkline.screens.screen import Declared, Section, screen

screen(
    BillingMessage,
    Declared(
        columns=("product", "kind", "state", "sequence", "tries", "sentAt"),
        filters=("state", "kind", "product"),
        form=(
            Section("Message", ("product", "kind", "sequence", "told")),
            Section("What came of it", ("state", "sentAt", "tries", "code", "problem")),
        ),
        facts=("state", "kind", "product", "sentAt", "problem"),
        found=False,
    ),
)
