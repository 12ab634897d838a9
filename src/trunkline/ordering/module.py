"""The ordering module: what is ordered, how it breaks down, and how far it has come."""

from trunkline.kernel.module import Module

MODULE = Module(
    name="ordering",
    package="trunkline.ordering",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.ordering.product_order",
        "trunkline.ordering.cancel_product_order",
        "trunkline.ordering.service_order",
        "trunkline.ordering.cancel_service_order",
        "trunkline.ordering.resource_order",
        "trunkline.ordering.cancel_resource_order",
        "trunkline.ordering.condition_rules",
        "trunkline.ordering.intake",
        "trunkline.ordering.intake_rules",
        "trunkline.ordering.retroactive",
        "trunkline.ordering.own_prices",
        "trunkline.ordering.item_change",
        "trunkline.ordering.domain_item_rules",
        "trunkline.ordering.fallout",
        "trunkline.ordering.fallout_job",
        "trunkline.ordering.start",
        "trunkline.ordering.progress",
        "trunkline.ordering.activation",
        "trunkline.ordering.timer",
        "trunkline.ordering.cancellation",
        "trunkline.ordering.standalone",
        "trunkline.ordering.screens",
    ),
)
