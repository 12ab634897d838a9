"""The qualification module: what can be had where, by whom, until when, and what else can."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module
from trunkline.shared.operating_models import RETAIL

works_in("qualification", kinds={"ProductOfferingQualification": (RETAIL,)})
MODULE = Module(
    name="qualification",
    package="trunkline.qualification",
    imports=(
        "trunkline.shared.elsewhere",
        "trunkline.qualification.coverage_area",
        "trunkline.qualification.check_service",
        "trunkline.qualification.query_service",
        "trunkline.qualification.outside_names",
        "trunkline.qualification.check_offering",
        "trunkline.qualification.service_answer",
        "trunkline.qualification.query_answer",
        "trunkline.qualification.offering_answer",
        "trunkline.qualification.outside",
        "trunkline.qualification.holding",
        "trunkline.qualification.order_rule",
        "trunkline.qualification.many",
        "trunkline.qualification.screens",
    ),
)
