"""The field work module: what is done on visits, when somebody comes, and what came of it."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("fieldwork")
MODULE = Module(
    name="fieldwork",
    package="trunkline.fieldwork",
    imports=(
        "trunkline.fieldwork.registers",
        "trunkline.fieldwork.work_type",
        "trunkline.fieldwork.field_team",
        "trunkline.fieldwork.work_order",
        "trunkline.fieldwork.appointment",
        "trunkline.fieldwork.outside_names",
        "trunkline.fieldwork.booking",
        "trunkline.fieldwork.choosing",
        "trunkline.fieldwork.outside",
        "trunkline.fieldwork.outside_slots",
        "trunkline.fieldwork.visit",
        "trunkline.fieldwork.reporting",
        "trunkline.fieldwork.own_work",
        "trunkline.fieldwork.by_hand",
        "trunkline.fieldwork.following",
        "trunkline.fieldwork.chosen_time",
        "trunkline.fieldwork.moving",
        "trunkline.fieldwork.screens",
    ),
)
