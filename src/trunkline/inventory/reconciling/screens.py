"""How differences to outside inventories are listed and shown."""

from __future__ import annotations

from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.screens.screen import Action, Declared, ManyPage, Section, screen

ADDRESS = "/reconciliation/correct"

screen(
    InventoryDifference,
    Declared(
        columns=("name", "differenceKind", "attribute", "ours", "theirs", "system", "firstSeenAt",
                 "status"),
        filters=("status", "differenceKind", "system", "recordKind", "name", "firstSeenAt"),
        sort="-firstSeenAt",
        form=(
            Section("Difference", ("name", "differenceKind", "attribute", "ours", "theirs",
                                   "system", "externalId", "record")),
            Section("What was decided", ("status", "reason", "decidedBy", "decidedAt",
                                         "ignoredUntil", "correctingOrder")),
            Section("When it was seen", ("firstSeenAt", "lastSeenAt", "closedAt")),
        ),
        facts=("status", "differenceKind", "ours", "theirs", "system", "firstSeenAt"),
        actions=(Action("correct", "Do something about it", address=f"{ADDRESS}?about={{id}}"),),
        search=("name",),
        found=False,
        many=(ManyPage("Do something about them …", ADDRESS, "InventoryDifference"),),
    ),
)  # fmt: skip
