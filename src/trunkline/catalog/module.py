"""The catalog's face: what is sold, what it consists of, and what realizes it."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("catalog")
MODULE = Module(
    name="catalog",
    package="trunkline.catalog",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.catalog.catalog",
        "trunkline.catalog.category",
        "trunkline.catalog.offering",
        "trunkline.catalog.price",
        "trunkline.catalog.product_specification",
        "trunkline.catalog.service_catalog",
        "trunkline.catalog.service_specification",
        "trunkline.catalog.resource_catalog",
        "trunkline.catalog.resource_specification",
        "trunkline.catalog.entry_rules",
        "trunkline.catalog.code_names",
        "trunkline.catalog.specification_rules",
        "trunkline.catalog.offering_rules",
        "trunkline.catalog.offering_terms",
        "trunkline.catalog.category_rules",
        "trunkline.catalog.removal",
        "trunkline.catalog.job",
        "trunkline.catalog.fetching",
        "trunkline.catalog.transfer",
        "trunkline.catalog.repricing",
        "trunkline.catalog.screens",
        "trunkline.catalog.foreseen_values",
    ),
)
