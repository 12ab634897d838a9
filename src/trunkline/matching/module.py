"""The matching module: who may be in the data twice, and two records made one."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("matching")
MODULE = Module(
    name="matching",
    package="trunkline.matching",
    imports=(
        "trunkline.matching.known_numbers",
        "trunkline.matching.duplicate_pair",
        "trunkline.matching.party_merge",
        "trunkline.matching.following",
        "trunkline.matching.find_job",
        "trunkline.matching.merging",
        "trunkline.matching.screens",
    ),
)
