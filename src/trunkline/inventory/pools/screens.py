"""Screens of pools: how they are listed and asked for."""

from __future__ import annotations

from trunkline.inventory.pools.pool import ResourcePool
from trunkline.screens.screen import Declared, Panel, Section, screen

screen(
    ResourcePool,
    Declared(
        columns=("name", "poolType", "status", "warnBelow", "quarantineDays"),
        filters=("poolType", "status", "name"),
        form=(
            Section("Pool", ("name", "poolType", "characteristic", "description")),
            Section("Rules", ("quarantineDays", "reservationMinutes", "warnBelow", "informed")),
            Section("Where values are unique", ("space",), folded=True),
        ),
        facts=("status", "poolType", "characteristic", "quarantineDays", "reservationMinutes",
               "warnBelow"),
        panels=(
            Panel("Specifications that take from it", "ResourceSpecification", "resourcePool.id",
                  ("name", "category", "lifecycleStatus")),
        ),
        search=("name",),
    ),
)  # fmt: skip
