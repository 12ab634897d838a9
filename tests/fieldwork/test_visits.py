"""Visits: a technician comes when the customer has time, and the order goes on with the report."""

from __future__ import annotations

import pytest

from tests.fieldwork.conftest import APPOINTMENT, OWN, WORK_ORDER, Field
from tests.support.operator import FALLOUT, RESOURCE, codes, values
from tests.support.pages import browser_of
from tests.support.plans import item, picked, published, row
from tests.web.browser import source_of
from trunkline.access.standard import ROLES

TASK = "/api/ordering/v1/task"
INDIVIDUAL = "/tmf-api/party/v4/individual"


@pytest.mark.accepts("ORC-12", "ACT-04")
def test_ada_is_visited_when_she_has_time_and_her_order_goes_on(visits: Field) -> None:
    """The order makes a work order by table, with skills, minutes and parts, and waits for it.
    Ada picks a time, and another one with a reason; she is told of both, and the step is planned
    for it. The report brings the serial number to her device and closes everything."""
    ada, order = visits.visited()
    work = visits.work(order)
    assert (work["state"], work["skill"], work["durationMinutes"]) == (
        "acknowledged", ["fibre"], 120
    )  # fmt: skip
    assert (work["chosenBy"], work["part"][0]["name"]) == ("Work, row 1", "Optical Terminal")
    assert work["serviceOrder"]["id"] == order.service_orders["On-site Installation"]["id"]
    assert (visits.step(order)["state"], order.state) == ("waiting", "inProgress")
    refused = visits.staff.patch(
        f"/tmf-api/serviceOrdering/v4/serviceOrder/{work['serviceOrder']['id']}",
        {"state": "completed"},
    )
    assert refused.status_code in (400, 409)

    first, second, *_ = visits.slots(work["id"])
    booked = visits.book(work, first)
    assert booked.status_code == 201, booked.json
    visits.operator.settle()
    appointment = visits.operator.read(APPOINTMENT, booked.json["id"])
    assert (appointment["status"], appointment["team"]["id"]) == (
        "confirmed", visits.teams["North"]
    )  # fmt: skip
    assert visits.work(order)["startDate"] == first["validFor"]["startDateTime"]
    step = visits.step(order)
    assert (step["plannedAt"], step["dueAt"]) == (
        first["validFor"]["startDateTime"], first["validFor"]["endDateTime"]
    )  # fmt: skip
    move = {**second["validFor"], "reason": "Ada is at work in the morning"}
    address = f"{OWN}/appointment/{appointment['id']}/reschedule"
    assert visits.staff.post(address, move).status_code == 200
    visits.operator.settle()
    assert visits.step(order)["plannedAt"] == second["validFor"]["startDateTime"]
    told = visits.messages(ada)
    assert len(told) == 2
    assert "is now on" in told[1]

    missing = visits.report(work, characteristic=[{"name": "socket", "value": "hall"}])
    assert codes(missing) == {("serialNumberMissing", "device")}
    device = {"name": "Optical Terminal", "serialNumber": "TRNK0042"}
    assert codes(visits.report(work, device=[device])) == {
        ("characteristicMissing", "characteristic.socket")
    }  # fmt: skip
    done = visits.report(
        work, "doneWithRemarks", remarks="drilled through the wall", device=[device],
        characteristic=[{"name": "socket", "value": "hall"}],
    )  # fmt: skip
    assert done.status_code == 200, done.json
    assert order.state == "completed", order.steps
    held = visits.work(order)
    assert (held["state"], held["result"]["reportedBy"]) == ("completed", "Admin")
    ident = held["result"]["device"][0]["resource"]["id"]
    assert visits.operator.read(RESOURCE, ident)["serialNumber"] == "TRNK0042"
    assert ident in {one["id"] for one in order.resources.values()}
    assert values(order.services["On-site Installation"])["socket"] == "hall"
    assert visits.operator.read(APPOINTMENT, appointment["id"])["status"] == "completed"


def test_a_visit_in_vain_is_fallout_and_gets_another_one(visits: Field) -> None:
    """Without a reason it is refused; with it the order stands in the queue by that reason, and
    trying again makes another work order."""
    _, order = visits.visited()
    work = visits.work(order)
    assert codes(visits.report(work, "notPossible")) == {("reasonMissing", "reason")}
    assert visits.report(work, "notPossible", reason="notHome", remarks="rang twice").json[
        "state"
    ] == "failed"  # fmt: skip
    (fallout,) = visits.operator.find(FALLOUT, productOrder__id=order.id)
    assert (fallout["cause"]["code"], fallout["state"]) == ("notHome", "open")
    assert "rang twice" in fallout["cause"]["message"]
    again = visits.staff.post(f"{FALLOUT}/{fallout['id']}/retry", {})
    assert again.status_code == 200, again.json
    visits.operator.settle()
    other = visits.work(order)
    assert (other["id"] != work["id"], other["state"]) == (True, "acknowledged")
    assert visits.report(
        other, device=[{"name": "Optical Terminal", "serialNumber": "TRNK0043"}],
        characteristic=[{"name": "socket", "value": "hall"}],
    ).status_code == 200  # fmt: skip
    assert order.state == "completed"


def test_who_calls_an_order_off_calls_off_its_visit(visits: Field) -> None:
    """What a specification says is done on a visit needs no plan. Called off, the work order and
    the appointment are cancelled, Ada is told, and the time is free again."""
    ada, order = visits.ordered("Survey")
    work = visits.work(order)
    assert (work["workType"]["name"], work["skill"]) == ("Survey", ["copper"])
    slot = visits.slots(work["id"])[0]
    before = {one["validFor"]["startDateTime"]: one["free"] for one in visits.at_once()}
    booked = visits.book(work, slot).json
    visits.operator.settle()
    when = slot["validFor"]["startDateTime"]
    taken = {one["validFor"]["startDateTime"]: one["free"] for one in visits.at_once()}
    assert taken.get(when, 0) == before[when] - 1
    order.cancel()
    visits.operator.settle()
    assert order.state == "cancelled"
    held = visits.work(order)
    assert (held["state"], bool(held["cancellationReason"])) == ("cancelled", True)
    assert visits.operator.read(APPOINTMENT, booked["id"])["status"] == "cancelled"
    assert "called off" in visits.messages(ada)[-1]
    free = {one["validFor"]["startDateTime"]: one["free"] for one in visits.at_once()}
    assert free == before


def test_what_was_done_on_a_visit_is_taken_back_on_another_one(visits: Field) -> None:
    """An order of two visits is called off after the first: that one gets a work order of the
    type that takes it back, the other one is cancelled, and the order is over with the report."""
    ada = visits.operator.ada()
    order = ada.orders(ada.add("1", "Survey"), ada.add("2", "Survey"))
    visits.operator.settle()
    orders = visits.operator.find(WORK_ORDER, productOrder__id=order.id)
    done, left = sorted(orders, key=lambda one: one["key"])
    assert visits.report(done).json["state"] == "completed"
    order.cancel()
    visits.operator.settle()
    back = visits.work(order)
    assert (back["workType"]["name"], back["workOrderItem"][0]["action"]) == ("Removal", "delete")
    assert visits.operator.read(WORK_ORDER, left["id"])["state"] == "cancelled"
    assert order.state != "cancelled"
    assert visits.report(back).json["state"] == "completed"
    assert order.state == "cancelled"


def test_who_may_report_and_who_may_see(visits: Field) -> None:
    """Reporting needs its permission (403); a work order out of reach is not there (404). Nor is
    one done by its state alone, or with one number for two devices."""
    _, order = visits.visited()
    work = visits.work(order)
    device = {"name": "Optical Terminal", "serialNumber": "TRNK0043"}
    twice = visits.report(work, device=[device, device])
    assert ("conflictTwice", "device[1].serialNumber") in codes(twice)
    patched = visits.staff.patch(f"{WORK_ORDER}/{work['id']}", {"state": "completed"})
    missing = ("serialNumberMissing", "characteristicMissing")
    assert codes(patched) == {(code, "state") for code in missing}
    site = visits.operator.site
    reader = site.user("fieldreader", roles=["auditor"], scopes=("*:read",))
    address = f"{OWN}/workOrder/{work['id']}/report"
    assert reader.post(address, {"outcome": "done"}).status_code == 403
    assert site.stranger().get(f"{WORK_ORDER}/{work['id']}").status_code == 404
    assert site.stranger().post(address, {"outcome": "done"}).status_code == 404
    assert visits.work(order)["state"] == "acknowledged"


def test_technicians_report_the_tasks_that_are_theirs(visits: Field) -> None:
    """Of three tasks by hand Rudi, who has nothing but the role of technicians, sees and reports
    the one of his role; that of nobody in particular he is refused until he has a visit to make
    for its order, that of the clerk until it is given to him. To give tasks to others is none of
    his business."""
    operator, site = visits.operator, visits.operator.site
    published(
        operator, "hut", item("dig", "manual", role="technician"), item("sign", "manual"),
        item("seal", "manual", role="clerk"),
    )  # fmt: skip
    visits.sell("Hut")
    picked(operator, row("hut", specification="Hut Visit"))
    ada, order = visits.ordered("Hut")
    task = {one["origin"]["item"]: f"{TASK}/{one['id']}" for one in order.plan["item"]
            if one["kind"] == "manual"}  # fmt: skip
    assert len(task) == 3
    rudi_is = operator.make(INDIVIDUAL, {"givenName": "Rudi", "familyName": "Rest"})["id"]
    may = tuple(ROLES["technician"].permissions)
    rudi = site.user("rudi", roles=["technician"], party=rudi_is, scopes=may)
    done = {"evidence": "photo 4"}

    def listed() -> set[str]:
        mine = {f"{TASK}/{one['id']}" for one in rudi.get(TASK).json}
        return {name for name, address in task.items() if address in mine}

    assert listed() == {"dig"}
    page = browser_of(site, "rudi")
    queue = source_of(page.get("/tasks"))
    shown = {name for name, one in task.items() if one.rpartition("/")[2] in queue}
    assert shown == {"dig"}
    assert page.get(f"/tasks/{task['sign'].rpartition('/')[2]}").status_code == 403
    refused = [rudi.post(f"{task['sign']}/claim").status_code,
               rudi.post(f"{task['sign']}/complete", done).status_code]  # fmt: skip
    given = rudi.post(f"{task['dig']}/assign", {"login": "rudi"}).status_code
    assert (refused, given) == ([403, 403], 403)
    assert rudi.post(f"{task['dig']}/complete", done).status_code == 200
    visit = operator.make(WORK_ORDER, {
        "description": "Look at the hut", "productOrder": {"id": order.id},
        "relatedParty": [{"id": ada.id, "role": "customer", "@referredType": "Customer"},
                         {"id": rudi_is, "role": "technician", "@referredType": "Individual"}],
        "workOrderItem": [{"id": "1", "action": "add"}],
    })  # fmt: skip
    operator.settle()
    assert listed() == {"sign"}
    assert rudi.post(f"{task['seal']}/complete", done).status_code == 403
    assigned = operator.staff.post(f"{task['seal']}/assign", {"login": "rudi"})
    assert assigned.status_code == 200, assigned.json
    assert listed() == {"sign", "seal"}
    assert rudi.post(f"{task['sign']}/complete", done).status_code == 200
    assert rudi.post(f"{task['seal']}/complete", done).status_code == 200
    assert visits.report(operator.read(WORK_ORDER, visit["id"])).status_code == 200
    operator.settle()
    assert order.state == "completed"
