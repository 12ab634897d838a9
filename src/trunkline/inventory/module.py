"""The inventory module: what each customer has, and what realizes it in the network."""

from trunkline.kernel.module import Module

MODULE = Module(
    name="inventory",
    package="trunkline.inventory",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.inventory.product",
        "trunkline.inventory.service",
        "trunkline.inventory.resource",
        "trunkline.inventory.screens",
    ),
)
