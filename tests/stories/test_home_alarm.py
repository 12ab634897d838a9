"""A service whose plan is data is sold, delivered, changed, and called off half way."""

from __future__ import annotations

from typing import Any

from tests.support.operator import Operator, Order, values
from tests.support.outside import ScriptedOutside
from tests.support.plans import by_item, report, states, tell
from trunkline.catalog.offering import ProductOffering
from trunkline.demo.plans import NAME, add_plans
from trunkline.kernel.work import as_system

WORK_ORDER = "/tmf-api/workOrderManagement/v4/workOrder"
VISITS = "/api/fieldwork/v1/workOrder"


def test_the_demonstrations_alarm_lives_by_its_plan(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """Somebody looks at the home, fits the sensors, and the panel is heard of before the line is
    switched on; guards are signed with only where they watch. The installed alarm is changed and
    ends as its specification says; one that is called off half way leaves nothing behind."""
    _ = outside
    add_plans(operator.site.services)
    with as_system(operator.site.services, "tests") as work:
        (offering,) = work.find(ProductOffering, {"name": NAME})
    ada = operator.ada()

    def wanted(watched: str) -> Order:
        product: dict[str, Any] = {
            "productCharacteristic": [{"name": "watched", "value": watched}],
            "place": [{"id": ada.places[0], "role": "installation",
                       "@referredType": "GeographicSite"}],
        }  # fmt: skip
        item = {"id": "1", "action": "add", "productOffering": {"id": offering.id}}
        order = ada.orders(item | {"product": product})
        operator.settle()
        return order

    order = wanted("no")
    assert report(operator, by_item(order)["survey"], doors=2).status_code == 200
    operator.settle()
    assert states(order)["guards"] == "skipped"
    (visit,) = operator.find(WORK_ORDER, productOrder__id=order.id)
    fitted = operator.staff.post(f"{VISITS}/{visit['id']}/report", {"outcome": "done"})
    assert fitted.status_code == 200, fitted.json
    operator.settle()
    assert operator.commands() == []
    assert tell(operator, f"seen {order.id}", order.key, serial="P-77") == "released"
    operator.settle()
    assert order.state == "completed"
    made = values(order.services["Alarm Line"])
    assert (made["doors"], made["panel"]) == (2, "P-77")
    assert order.product()["status"] == "active"

    changed = ada.orders(ada.change("1", "modify", order.product()["id"], watched="yes"))
    operator.settle()
    assert changed.state == "completed"
    assert values(changed.product())["watched"] == "yes"

    second = wanted("yes")
    assert report(operator, by_item(second)["survey"], doors=1).status_code == 200
    operator.settle()
    assert (states(second)["guards"], states(second)["fit"]) == ("ready", "waiting")
    assert second.cancel()["cancellationResult"] == "canceled"
    assert second.state == "cancelled"
    (called_off,) = operator.find(WORK_ORDER, productOrder__id=second.id)
    assert called_off["state"] == "cancelled"
    assert second.services["Alarm Line"]["state"] == "terminated"

    ended = ada.orders(ada.change("1", "delete", order.product()["id"]))
    operator.settle()
    assert (ended.state, order.product()["status"]) == ("completed", "terminated")
