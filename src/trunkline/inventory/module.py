"""The inventory module: what each customer has, and what realizes it in the network."""

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("inventory")
MODULE = Module(
    name="inventory",
    package="trunkline.inventory",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.inventory.product",
        "trunkline.inventory.service",
        "trunkline.inventory.resource",
        "trunkline.inventory.outside_names",
        "trunkline.inventory.reconciling.difference",
        "trunkline.inventory.reconciling.screens",
        "trunkline.inventory.billing_feed.billing_message",
        "trunkline.inventory.billing_feed.telling",
        "trunkline.inventory.billing_feed.screens",
        "trunkline.inventory.pools.pool",
        "trunkline.inventory.pools.once",
        "trunkline.inventory.pools.timer",
        "trunkline.inventory.pools.screens",
        "trunkline.inventory.screens",
        "trunkline.inventory.status_checks",
        "trunkline.inventory.forgetting",
    ),
)
