"""The portal of the demonstration operator: an order of Ada's on its way, policies, terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import place
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.sales.self_care.policy import SelfCarePolicy
from trunkline.sales.self_care.terms import TermsOfSale

FIBRE = ("Fibre 100M", "Fibre 500M", "Fibre 1G", "Fibre 10G")
SOON = timedelta(days=2)
TERMS = """What you order is delivered to the address that you named.
You pay each month, in advance, by the account that you chose.
You may end it with a notice of one month, unless a longer term was agreed.
Within 14 days you may take your order back without saying why."""


def add_portal(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store what the first consumer and the first company find in the portal."""
    ada = next(one for one in people if one.kind == "consumer")
    company = next(one for one in people if one.kind == "company")
    wished = format_instant(services.now() + SOON)
    visited = orders.item(catalog, "1", "Fibre 500M", ada.sites[0], installation="technician")
    joined = orders.item(catalog, "1", "Fibre 1G", company.sites[0], installation="technician")
    place(services, [
        orders.order(ada, [visited], requestedCompletionDate=wished),
        orders.order(company, [joined], requestedCompletionDate=wished),
    ])  # fmt: skip
    with as_system(services, "demo") as work:
        work.add(TermsOfSale.wrap({"name": "General terms", "version": "2026-1", "text": TERMS}))
        lines = [{"id": catalog.offerings[name], "name": name} for name in FIBRE]
        work.add(
            *(
                SelfCarePolicy.wrap(one)
                for one in (
                    {"name": "Plans are changed once a month", "action": ["modify"],
                     "productOffering": lines, "mustConfirm": True, "timesMax": 1,
                     "withinDays": 30, "monthlyRiseMax": {"unit": "EUR", "value": 60}},
                    {"name": "Wholesale lines are changed by account managers", "isAllowed": False,
                     "productOffering": [{"id": catalog.offerings["Wholesale Access"]}]},
                    {"name": "An end is confirmed", "action": ["delete"], "mustConfirm": True},
                )
            )
        )  # fmt: skip
