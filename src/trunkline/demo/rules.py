"""The demonstration operator's status rules: a customer ends when nothing is left."""

from __future__ import annotations

from trunkline.documents.shape import Json
from trunkline.governance.status_rule import StatusRule
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system

RULES: tuple[dict[str, Json], ...] = (
    {
        "name": "A customer ends when nothing is left",
        "appliesTo": "Customer",
        "fromStatus": ["prospect", "active", "suspended"],
        "toStatus": "terminated",
        "check": ["noActiveProducts", "noOpenOrders"],
        "requiredAttribute": ["statusReason"],
        "description": "Products are disconnected by orders; say why the customer leaves.",
    },
    {
        "name": "An account closes when nothing is owed",
        "appliesTo": "BillingAccount",
        "fromStatus": ["defined", "active", "suspended"],
        "toStatus": "closed",
        "check": ["noOpenBalance", "noActiveProducts"],
    },
)


def add_rules(services: Services) -> None:
    """Say the rules."""
    with as_system(services, "demo") as work:
        work.add(*(StatusRule.wrap(dict(one)) for one in RULES))
