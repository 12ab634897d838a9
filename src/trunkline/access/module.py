"""The access module: user roles and permissions, and the topics of events, as resources."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("access")
MODULE = Module(
    name="access",
    package="trunkline.access",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.access.role",
        "trunkline.access.topic",
        "trunkline.access.authority",
        "trunkline.access.screens",
        "trunkline.access.governance_screens",
    ),
)
