"""The geography module: addresses, sites and locations, and whether an address is right."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("geography")
MODULE = Module(
    name="geography",
    package="trunkline.geography",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.geography.location",
        "trunkline.geography.address",
        "trunkline.geography.country",
        "trunkline.geography.validation",
        "trunkline.geography.asking_register",
        "trunkline.geography.site",
        "trunkline.geography.screens",
        "trunkline.geography.import_columns",
    ),
)
