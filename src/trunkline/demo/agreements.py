"""Agreements of the demonstration operator: one that is ordered by, and one to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from trunkline.contract.agreement.agreement import Agreement
from trunkline.contract.agreement.dates import move_by_dates
from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import create

LEVELS: list[Json] = [
    {"name": "Availability", "metric": "availability", "target": 99.9, "unit": "percent"},
    {"name": "Repair", "metric": "resolution", "target": 6, "unit": "hours"},
]


def add_agreements(
    services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]
) -> None:
    """Store two agreements with companies, and an order by the one that is active."""
    companies = [one for one in people if one.kind == "company"]
    mobile, fibre = catalog.offerings["Mobile M"], catalog.offerings["Fibre 1G"]
    with as_system(services, "demo") as work:
        first = _agreement(
            work, companies[0], "Mobile frame agreement", begun=120, lasts=730,
            agreementItem=[
                {"id": "1", "productOffering": [{"id": mobile}],
                 "priceAdjustment": [{"priceType": "recurring", "percentage": -20}],
                 "itemTerm": [{"name": "24 months",
                               "duration": {"amount": 24, "units": "month"}}]},
                {"id": "2", "productOffering": [{"id": fibre}],
                 "priceAdjustment": [{"percentage": -10}]},
            ],
            commitment=[
                {"id": "1", "name": "Mobile lines", "commitmentType": "volume", "committed": 50,
                 "productOffering": [{"id": mobile}]},
                {"id": "2", "name": "Revenue", "commitmentType": "revenue", "committed": 25000,
                 "unit": "EUR"},
            ],
            serviceLevel=LEVELS,
        )  # fmt: skip
        move_by_dates(work, first.id)
        _agreement(
            work, companies[1 % len(companies)], "Fibre for all branches", begun=-20, lasts=365,
            agreementItem=[{"id": "1", "productOffering": [{"id": fibre}],
                            "priceAdjustment": [{"priceType": "recurring", "percentage": -15}]}],
        )  # fmt: skip
    with as_system(services, "demo") as work:
        _order(work, catalog, companies[0])


def _agreement(
    work: Work, one: DemoCustomer, name: str, *, begun: int, lasts: int, **more: Json
) -> Agreement:
    """Store an approved agreement that began so many days ago."""
    start = work.now - timedelta(days=begun)
    end = start + timedelta(days=lasts)
    period = {"startDateTime": format_instant(start), "endDateTime": format_instant(end)}
    return work.add(Agreement.wrap({
        "name": name, "agreementType": "commercial", "internalState": "pendingActivation",
        "status": "approved", "agreementPeriod": period,
        "engagedParty": [{"id": one.id, "role": "customer", "@referredType": "Customer"}],
        **more,
    }))  # fmt: skip


def _order(work: Work, catalog: DemoCatalog, one: DemoCustomer) -> None:
    line = orders.item(catalog, "1", "Mobile M", None) | {"quantity": 12}
    create(work, ProductOrder.resource, {
        "relatedParty": [{"id": one.id, "role": "customer", "@referredType": "Customer"}],
        "billingAccount": {"id": one.billing_account}, "productOrderItem": [line],
        "description": "Mobile lines by the frame agreement",
    })  # fmt: skip
