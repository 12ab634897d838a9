"""Registers of assurance: how grave trouble is; codes of other systems are taken as well."""

from __future__ import annotations

from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.problem.problem import PLANNED, ServiceProblem
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.governance.bindings import bind
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.kernel.work import Work

SEVERITY, CATEGORY = "ticketSeverity", "problemCategory"
SEVERITIES = {"critical": "Critical", "major": "Major", "minor": "Minor"}


ship(
    ShippedRegister(
        SEVERITY,
        "Severity of tickets",
        {"de": "Schwere von Störungen", "ar": "خطورة التذاكر"},
        (
            worded("critical", "Critical", "Kritisch", "حرج", "red"),
            worded("major", "Major", "Schwer", "كبير", "amber"),
            worded("minor", "Minor", "Leicht", "بسيط", "grey"),
        ),
        "How much a customer is hindered.",
    ),
    ShippedRegister(
        CATEGORY,
        "Category of problems",
        {"de": "Art von Problemen", "ar": "فئة المشكلات"},
        (
            worded("outage", "Outage", "Ausfall", "انقطاع", "red"),
            worded("degradation", "Degradation", "Beeinträchtigung", "تدهور", "amber"),
            worded(PLANNED, "Planned work", "Geplante Arbeit", "أعمال مخططة", "grey"),
        ),
        "What kind of problem the network has.",
    ),
)
bind(TroubleTicket, "severity", SEVERITY, is_open=True)
bind(ServiceProblem, "category", CATEGORY, is_open=True)
bind(ServiceCreditPolicy, "category", CATEGORY, is_open=True)


def severities(work: Work, language: str) -> list[tuple[str, str]]:
    """Return how grave trouble may be, codes with their names in the register's order."""
    known = registers(work).get(SEVERITY)
    if known is None:
        return [*SEVERITIES.items()]
    return [(one.code, one.called.within(language)) for one in known.chosen(work.now)]
