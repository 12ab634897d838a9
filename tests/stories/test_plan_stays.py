"""The catalog moves on while orders run: each goes on by the plan that it began with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.test_broken_down import LIVE, buy, sell
from tests.support.operator import (
    OFFERING,
    SERVICE_SPECIFICATION,
    Operator,
    Record,
    codes,
    step_name,
)


def cabling(operator: Operator, version: str, *below: str, **fulfilment: object) -> str:
    """Define a version of how cabling is done; return its specification."""
    relations: list[Record] = [{"id": one, "relationshipType": "realisedAs"} for one in below]
    body = {"name": "Cabling", "version": version, "fulfilment": fulfilment, **LIVE,
            "serviceSpecRelationship": relations}  # fmt: skip
    return str(operator.make(SERVICE_SPECIFICATION, body)["id"])


FORECAST = {
    "plannedStart", "plannedEnd", "estimatedStart", "estimatedEnd", "isLate", "isCritical",
}  # fmt: skip
"""What a plan tells of the time to come; it moves with the clock."""


def kept(plan: Any) -> Any:
    """Return a plan without what it forecasts."""
    if isinstance(plan, list):
        return [kept(one) for one in plan]
    if isinstance(plan, dict):
        return {name: kept(one) for name, one in plan.items() if name not in FORECAST}
    return plan


@pytest.mark.accepts("ORC-08")
def test_a_running_order_keeps_its_plan(operator: Operator) -> None:
    """While an order waits for its cabler a new version of the work comes, which has an inspection
    and another crew, and the old one is retired; it cannot be rewritten either. The order still
    has its steps, each naming the version that it was made from, and ends by them; the next order
    is done in the new way."""
    first = cabling(operator, "1.0", kind="manual", title="Lay the cable", role="cabling")
    old = sell(operator, "Cabling", serviceSpecification=[{"id": first}])
    running = buy(operator, old)
    operator.settle()
    before = kept(running.plan)
    assert running.step("Cabling")["state"] == "ready"

    rewritten = {"fulfilment": {"kind": "automatic"}}
    refused = operator.staff.patch(f"{SERVICE_SPECIFICATION}/{first}", rewritten)
    assert (refused.status_code, codes(refused)) == (409, {("conflictFrozen", "fulfilment")})
    inspection = operator.make(
        SERVICE_SPECIFICATION,
        {"name": "Inspection", "fulfilment": {"kind": "manual", "role": "inspector"}, **LIVE},
    )["id"]
    second = cabling(operator, "2.0", inspection, kind="manual", title="Lay it", role="partner")
    new = sell(operator, "Cabling", serviceSpecification=[{"id": second}])
    for path, ident in ((OFFERING, old), (SERVICE_SPECIFICATION, first)):
        retired = operator.staff.patch(f"{path}/{ident}", {"lifecycleStatus": "Retired"})
        assert retired.status_code == 200, retired.json
    operator.settle()
    assert kept(running.plan) == before
    service = running.service_orders["Cabling"]["serviceOrderItem"][0]["service"]
    assert service["serviceSpecification"]["id"] == first

    later = buy(operator, new)
    operator.settle()
    assert later.steps["Inspection"] == "ready"
    assert (later.step("Cabling")["role"], later.steps["Cabling"]) == ("partner", "pending")
    task = running.step("Cabling")
    assert (task["title"], task["role"]) == ("Lay the cable", "cabling")
    report = f"/api/ordering/v1/task/{task['id']}/complete"
    assert operator.staff.post(report, {"evidence": "photo 1"}).status_code == 200
    operator.settle()
    assert running.state == "completed"
    assert running.steps.keys() == {step_name(one) for one in before["item"]}
    assert later.state == "inProgress"
