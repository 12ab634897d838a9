"""Parts of orders put on hold and released, and orders that go before others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ordering.dated import (
    ORDER,
    OWN,
    SERVICE_ORDER,
    VISIT,
    make,
    moment,
    plan_of,
    step,
    visited,
)
from tests.ordering.scripted import Shop
from tests.support.program import Site


def hold(site: Site, order: str, **part: str) -> Any:
    return site.admin.post(f"{OWN}/productOrder/{order}/hold", part)


def resume(site: Site, order: str, **part: str) -> Any:
    return site.admin.post(f"{OWN}/productOrder/{order}/resume", part)


@pytest.mark.accepts("ORC-14")
def test_a_task_a_line_and_a_domain_order_stand_still(shop: Shop, site: Site) -> None:
    """What is on hold is not begun, reported or ended; what others do goes on. Released, it is
    begun, and due later by as long as it stood still."""
    order, task = shop.visit()
    report = f"{OWN}/task/{task}/complete"
    assert hold(site, order, step=task).status_code == 400
    assert hold(site, order, step=task, reason="keys are missing").status_code == 200
    refused = site.admin.post(report, {"evidence": "done"})
    assert (refused.status_code, refused.json["code"]) == (409, "conflictOnHold")
    assert "keys are missing" in refused.json["message"]
    assert hold(site, order, step=task, reason="again").status_code == 409
    due = moment(step(shop, order, VISIT)["dueAt"])
    site.move_clock(3600)
    assert not step(shop, order, VISIT)["isLate"]
    assert resume(site, order, step=task).status_code == 200
    assert moment(step(shop, order, VISIT)["dueAt"]) - due >= timedelta(hours=1)
    assert resume(site, order, step=task).json["code"] == "conflictNotOnHold"

    assert hold(site, order, item="1", reason="Ada is away").status_code == 200
    item = shop.read(order)["productOrderItem"][0]
    assert (item["state"], item["internalState"]) == ("held", "onHold")
    assert site.admin.post(report, {"evidence": "done"}).status_code == 409
    assert resume(site, order, item="1").status_code == 200
    assert shop.read(order)["productOrderItem"][0]["state"] == "inProgress"

    waits = [
        one for one in plan_of(shop, order) if one["state"] == "pending" and "serviceOrder" in one
    ]
    later, own = waits[0], waits[0]["serviceOrder"]
    assert hold(site, order, serviceOrder=own, reason="no parts").status_code == 200
    inner = site.admin.get(f"{SERVICE_ORDER}/{own}").json
    assert inner["state"] == "held"
    assert site.admin.post(report, {"evidence": "done"}).status_code == 200
    site.work()
    assert shop.read(order)["state"] == "inProgress"
    states = {one["id"]: one["state"] for one in plan_of(shop, order)}
    assert states[later["id"]] == "pending"
    assert resume(site, order, serviceOrder=own).status_code == 200
    site.work()
    assert shop.read(order)["state"] == "completed"
    assert site.admin.get(f"{SERVICE_ORDER}/{own}").json["state"] == "completed"
    assert hold(site, order, item="1", reason="late").json["code"] == "conflictEnded"
    assert hold(site, order, item="77", reason="none").status_code == 404
    assert site.unentitled().post(f"{OWN}/productOrder/{order}/hold", {
        "item": "1", "reason": "no"}).status_code == 403  # fmt: skip


def test_an_inner_order_is_held_by_its_state_too(shop: Shop, site: Site) -> None:
    """Who sets a service order of a product order to held stops its task, by TMF641 alone."""
    order, task = shop.visit()
    own = step(shop, order, VISIT)["serviceOrder"]
    held = site.admin.patch(f"{SERVICE_ORDER}/{own}", {"state": "held", "stateReason": "no van"})
    assert held.status_code == 200, held.json
    site.work()
    refused = site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "done"})
    assert (refused.status_code, "no van" in refused.json["message"]) == (409, True), refused.json
    assert site.admin.patch(f"{SERVICE_ORDER}/{own}", {"state": "inProgress"}).status_code == 200
    site.work()
    done = site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "done"})
    assert done.status_code == 200, done.json
    site.work()
    assert shop.read(order)["state"] == "completed"


@pytest.mark.accepts("JEO-07")
def test_priority_follows_the_formula_until_somebody_says_why_not(shop: Shop, site: Site) -> None:
    """(100 x 3 + 20 x 1) / 4 = 80 is critical; who changes it by hand says why. A factor that does
    not hold does not count, and without factors nothing is computed."""
    segment = make(site, "priorityFactor", name="Segment", weight=3, rank=[
        {"condition": "customer.customerSegment == 'enterprise'", "rank": 100},
        {"rank": 40}])  # fmt: skip
    channel = make(site, "priorityFactor", name="Category", weight=1, rank=[
        {"condition": "order.category == 'residential'", "rank": 20}])  # fmt: skip
    customer = f"/tmf-api/customerManagement/v4/customer/{shop.customer}"
    assert site.admin.patch(customer, {"customerSegment": "enterprise"}).status_code == 200
    read = shop.read(shop.order(shop.fibre(), category="residential"))
    assert (read["priorityScore"], read["priority"]) == (80, "0")
    assert read["productOrderItem"][0]["priority"] == "0"
    assert site.admin.patch(customer, {"customerSegment": "mass"}).status_code == 200
    plain = shop.read(shop.order(shop.fibre()))
    assert (plain["priorityScore"], plain["priority"]) == (40, "2")
    address = f"{ORDER}/{plain['id']}"
    refused = site.admin.patch(address, {"priority": "0"})
    assert [(one["code"], one["path"]) for one in refused.json["fault"]] == [
        ("reasonMissing", "priority")
    ]
    why = {"priority": "0", "note": [{"text": "hospital"}]}
    assert site.admin.patch(address, why).json["priority"] == "0"
    for made in (segment, channel):
        assert site.admin.delete(f"{OWN}/priorityFactor/{made['id']}").status_code == 204
    assert "priorityScore" not in shop.read(shop.order(shop.fibre()))


def test_an_expedited_order_goes_first_with_a_reason(shop: Shop, site: Site) -> None:
    """Without a reason nothing happens; with it the order, its lines and its service orders have
    the highest priority, and the note says who and why."""
    order = visited(shop)
    address = f"{OWN}/productOrder/{order}/expedite"
    assert site.admin.post(address, {}).status_code == 400
    assert site.unentitled().post(address, {"reason": "x"}).status_code == 403
    assert site.admin.post(address, {"reason": "the mayor lives there"}).status_code == 200
    read = shop.read(order)
    assert (read["priority"], read["productOrderItem"][0]["priority"]) == ("0", "0")
    assert read["note"][-1]["text"] == "the mayor lives there"
    ((open_orders,),) = site.rows(
        "select count(*) from service_order where doc ->> 'state' in ('pending', 'inProgress') "
        "and doc ->> 'priority' = '0' and doc -> 'productOrder' ->> 'id' = %s", order,
    )  # fmt: skip
    assert open_orders > 0
