"""The catalog moves on while orders run: each goes on by the plan that it began with."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from tests.stories.changing import items_of, revised, with_values
from tests.stories.test_broken_down import LIVE, buy, sell
from tests.support.operator import (
    OFFERING,
    SERVICE_SPECIFICATION,
    Operator,
    Record,
    codes,
    step_name,
)
from tests.support.outside import ScriptedOutside
from tests.support.plans import (
    DEFINITION,
    TABLE,
    by_item,
    item,
    ordered,
    picked,
    published,
    report,
    row,
    states,
)
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction
from trunkline.ordering.design.decision_table import DecisionTable
from trunkline.ordering.design.definition import PlanDefinition


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


@pytest.mark.accepts("ORC-08")
@pytest.mark.parametrize("moves", ["version", "table"])
def test_a_change_reaches_the_steps_of_the_plan_that_an_order_began_by(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str], moves: str
) -> None:
    """The warehouse has reserved for zone green. Meanwhile the plan gets other items, or the table
    names another plan; led to zone red, the order goes on by its own version and asks there again,
    and takes nothing over from the other one."""
    name = f"Sluice by {moves}"
    offering, code = service(name), f"sluice-{moves}"

    def reserving(ident: str) -> tuple[Record, Record]:
        body = {"zone": "${line.characteristic.zone}", "for": ident}
        call = {"system": "warehouse", "isRepeatable": True,
                "request": {"path": "/reservation", "body": body}}  # fmt: skip
        return item(ident, "callout", callout=call), item(f"check{ident}", "manual", ident)

    first = published(operator, code, *reserving("gate"))
    table = picked(operator, row(code, specification=name))
    order = ordered(operator, operator.ada(), offering, "green")
    if moves == "version":
        drafted = operator.staff.post(f"{DEFINITION}/{first['id']}/newVersion").json
        for change in ({"item": list(reserving("door"))}, {"lifecycleStatus": "published"}):
            answer = operator.staff.patch(f"{DEFINITION}/{drafted['id']}", change)
            assert answer.status_code == 200, answer.json
    else:
        published(operator, f"{code}-other", *reserving("door"))
        other = {"row": [row(f"{code}-other", specification=name)]}
        assert operator.staff.patch(f"{TABLE}/{table['id']}", other).status_code == 200
    revised(operator, order, [with_values(one, zone="red") for one in items_of(order)])
    asked = [request["body"] for _, request, _ in outside.received]
    assert asked == [{"zone": "green", "for": "gate"}, {"zone": "red", "for": "gate"}]
    assert {**states(order)} == {"gate": "completed", "checkgate": "ready"}
    assert {one["origin"]["version"] for one in by_item(order).values()} == {1}
    assert report(operator, by_item(order)["checkgate"]).status_code == 200
    operator.settle()
    assert order.state == "completed"


@pytest.mark.parametrize("is_table_first", [True, False])
def test_a_plan_is_not_retired_while_a_table_comes_to_pick_it(
    operator: Operator, is_table_first: bool
) -> None:
    """Who comes second waits for the first, and is refused: no table is left without its plan."""
    code = f"moat-{is_table_first}".lower()
    plan = published(operator, code, item("dig", "milestone"))
    body = {"name": code, "isOn": True, "row": [row(code, specification="Moat")]}
    address, retired = f"{DEFINITION}/{plan['id']}", {"lifecycleStatus": "retired"}
    answers: list[Any] = []

    def second() -> None:
        staff = operator.staff
        answers.append(staff.patch(address, retired) if is_table_first else staff.post(TABLE, body))

    other = Thread(target=second)
    with transaction(operator.site.services, system("tests")) as work:
        if is_table_first:
            work.add(DecisionTable.wrap(body))
        else:
            with work.edit(PlanDefinition, plan["id"]) as edited:
                edited.raw.update(retired)
        other.start()
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and wait_event = 'advisory'"
        )
        operator.wait_until(lambda: bool(answers) or operator.site.rows(waiting) == [(1,)])
    other.join(10)
    expected = (
        ("conflictPicked", "lifecycleStatus")
        if is_table_first
        else ("definitionNotPublished", "row[0].result")
    )
    assert codes(answers[0]) == {expected}
