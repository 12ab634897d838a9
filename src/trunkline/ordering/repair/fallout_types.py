"""Fallout types: what kinds of trouble fallout is sorted by, which the operator keeps."""

from __future__ import annotations

from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.ordering.fallout import Fallout

REGISTER = "falloutType"

ship(
    ShippedRegister(
        REGISTER, "Fallout type", {"de": "Art der Störung", "ar": "نوع التعثر"},
        (
            ShippedValue("provisioningFailure", "Provisioning failure",
                         {"de": "Bereitstellung fehlgeschlagen", "ar": "فشل التزويد"}, "red"),
            ShippedValue("inventoryAllocationFailure", "Inventory allocation failure",
                         {"de": "Zuteilung fehlgeschlagen", "ar": "فشل تخصيص المخزون"}, "amber"),
            ShippedValue("billingIssue", "Billing issue",
                         {"de": "Abrechnungsproblem", "ar": "مشكلة في الفوترة"}, "violet"),
            ShippedValue("custom", "Other", {"de": "Sonstiges", "ar": "أخرى"}, "grey"),
        ),
        "What kind of trouble a step of an order has; people choose it where they raise fallout.",
    )
)  # fmt: skip
bind(Fallout, "falloutType", REGISTER)
