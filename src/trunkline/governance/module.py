"""Governance: what the operator decides about kinds of records while the program runs."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("governance")
MODULE = Module(
    name="governance",
    package="trunkline.governance",
    imports=(
        "trunkline.governance.register",
        "trunkline.governance.register_rules",
        "trunkline.governance.bindings",
        "trunkline.governance.extra_attribute",
        "trunkline.governance.extra_rules",
        "trunkline.governance.extra_values",
        "trunkline.governance.required_texts",
        "trunkline.governance.characteristics",
        "trunkline.governance.status_rule",
        "trunkline.governance.status_rule_rules",
        "trunkline.governance.status_moves",
        "trunkline.governance.profile",
        "trunkline.governance.profile_rules",
        "trunkline.governance.spheres.sphere",
        "trunkline.governance.spheres.rules",
        "trunkline.governance.spheres.filling",
        "trunkline.governance.packaged_records",
        "trunkline.governance.keys.key_pattern",
        "trunkline.governance.keys.numbering",
    ),
)
