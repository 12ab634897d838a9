"""An exchange of the demonstration operator that was without power, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from trunkline.assurance.credit.deciding import approve, reject
from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.credit.service_credit import ServiceCredit
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import ROUNDS_MAX
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.worker.steps import run_until_idle

POLICIES: Sequence[Mapping[str, Json]] = (
    {"code": "repair-in-time", "name": "Repair in time", "levelName": ["Repair"],
     "metric": "resolution", "percentPerHour": 5, "percentMax": 50, "isActive": True,
     "description": "For each hour that has begun after the promised ones."},
    {"code": "long-outage", "name": "Long outages", "hoursFree": 12, "percentPerHour": 1,
     "percentMax": 25, "isActive": True, "category": ["outage"],
     "description": "For all who were promised nothing else."},
)  # fmt: skip
HIT, LASTED, AGO = 8, timedelta(hours=14, minutes=20), timedelta(days=4)


def add_service_credits(
    services: Services,
    at: Callable[[Services, datetime], Services],
    people: Sequence[DemoCustomer],
) -> None:
    """Store the policies and a problem that is over; two of its credits are decided."""
    companies = [one for one in people if one.kind == "company"][: HIT // 2]
    hit = [*companies, *[one for one in people if one.kind == "consumer"][: HIT // 2]]
    begun = services.now() - AGO
    with as_system(at(services, begun), "demo") as work:
        work.add(*(ServiceCreditPolicy.wrap(load(encode(dict(one)))) for one in POLICIES))
        held = work.find(
            Product, {"relatedParty.id": [one.id for one in hit], "status": "active"}, limit=40
        )
        lines = sorted({ref.id for one in held for ref in one.realizing_service})
        problem = work.add(ServiceProblem.wrap({
            "name": "Exchange without power", "category": "outage", "priority": 1,
            "description": "The exchange at the station was without power through the night.",
            "reason": "Power supply", "status": "inProgress",
            "originatorParty": {"id": hit[0].party},
            "affectedService": [{"id": one} for one in lines],
        }))  # fmt: skip
    over = at(services, begun + LASTED)
    with as_system(over, "demo") as work, work.edit(ServiceProblem, problem.id) as held_problem:
        held_problem.raw["status"] = "resolved"
        held_problem.status_change_reason = "a second power supply was put in"
    run_until_idle(over, rounds=ROUNDS_MAX)
    with as_system(over, "demo") as work:
        proposed = work.find(ServiceCredit, {"serviceProblem.id": problem.id, "state": "proposed"})
        for one, decide, note in zip(proposed, (approve, reject), ("", "was away"), strict=False):
            decide(work, one.id, note)
