"""The care module: contacts with customers, what they ask for, and who they turn out to be."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.governance.operating_models import EVERY, works_in
from trunkline.kernel.module import Module
from trunkline.shared.operating_models import RETAIL

declare_verbs("care", "watch")
declare_verbs("archive", "read", "restore")
works_in("care", RETAIL, kinds=dict.fromkeys(("PaperSpecification", "PaperDocument", "Tag"), EVERY))
MODULE = Module(
    name="care",
    package="trunkline.care",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.care.interaction",
        "trunkline.care.request_type",
        "trunkline.care.request",
        "trunkline.care.verification",
        "trunkline.care.paper",
        "trunkline.care.outside_names",
        "trunkline.care.tag",
        "trunkline.care.packaged",
        "trunkline.care.registers",
        "trunkline.care.wanted",
        "trunkline.care.screens",
        "trunkline.care.timeline",
        "trunkline.care.watching.repeats",
        "trunkline.care.watching.deadline",
        "trunkline.care.archive.retention_rule",
        "trunkline.care.archive.retention_run",
        "trunkline.care.archive.putting_away",
        "trunkline.care.archive.carrying_out",
        "trunkline.care.archive.new_business",
        "trunkline.care.archive.in_the_way",
    ),
)
