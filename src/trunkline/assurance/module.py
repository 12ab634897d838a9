"""The assurance module: what is broken, who works on it, by when, and what it gives back."""

from __future__ import annotations

from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module

works_in("assurance")
MODULE = Module(
    name="assurance",
    package="trunkline.assurance",
    imports=(
        "trunkline.assurance.ticket.ticket_type",
        "trunkline.assurance.ticket.ticket",
        "trunkline.assurance.ticket.keeping",
        "trunkline.assurance.ticket.checks",
        "trunkline.assurance.ticket.watching",
        "trunkline.assurance.ticket.opening",
        "trunkline.assurance.ticket.screens",
        "trunkline.assurance.problem.problem",
        "trunkline.assurance.problem.outages",
        "trunkline.assurance.problem.noticing",
        "trunkline.assurance.problem.screens",
        "trunkline.assurance.credit.policy",
        "trunkline.assurance.credit.service_credit",
        "trunkline.assurance.credit.proposing",
        "trunkline.assurance.credit.deciding",
        "trunkline.assurance.credit.screens",
        "trunkline.assurance.outside_names",
        "trunkline.assurance.registers",
        "trunkline.assurance.packaged",
    ),
)
