"""An outside field service: work orders are sent there at its pace, and it tells what became."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fieldwork.conftest import OWN, SEARCH, WORK_ORDER, Field
from tests.support.operator import CANCEL, FALLOUT, Order
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import SYSTEM, TABLE, row
from trunkline.ordering.command import Unavailable
from trunkline.ordering.design.calling import use_outside

LISTENER = f"{OWN}/listener/workOrderStateChangeEvent"


@pytest.fixture(scope="module")
def contracted(opened: Field) -> Field:
    """Roof work is done by a contractor who has a system of its own."""
    operator = opened.operator
    operator.make(SYSTEM, {"code": "roofers", "name": "Roofers", "url": "http://roofers.example"})
    opened.type("roof", outsideSystem="roofers")
    opened.sell("Antenna")
    operator.make(TABLE, {"name": "Roof work", "purpose": "workOrder", "isOn": True,
                          "row": [row("roof", specification="Antenna Visit")]})  # fmt: skip
    return opened


@pytest.fixture
def outside(visits: Field, contracted: Field) -> ScriptedOutside:
    _ = contracted
    found = ScriptedOutside()
    use_outside(visits.operator.site.services, found)
    return found


def told(visits: Field, order: Order, **more: Any) -> Any:
    """Let the contractor tell something of the work order of an order."""
    work = {"id": "R-1", "externalId": visits.work(order)["id"]} | more
    answer = visits.staff.post(LISTENER, {"event": {"workOrder": work}})
    visits.operator.settle()
    return answer


@pytest.mark.accepts("ORC-12")
def test_a_contractor_agrees_a_time_and_reports(visits: Field, outside: ScriptedOutside) -> None:
    """The work order is sent once, its number kept; the agreed time becomes the appointment and
    plans the step, a later one moves both; the report completes the order; saying it
    twice changes nothing."""
    outside.script = {"roofers": [says(201, id="R-1", state="acknowledged")]}
    _, order = visits.ordered("Antenna")
    (sent,) = outside.received
    assert (sent[0], sent[1]["path"]) == (
        "roofers", "/tmf-api/workOrderManagement/v4/workOrder"
    )  # fmt: skip
    assert sent[1]["body"]["workOrderItem"][0]["work"]["name"] == "Antenna"
    work = visits.work(order)
    assert (work["externalId"], work["state"]) == ("R-1", "pending")
    when = {
        "startDate": "2031-04-01T08:00:00.000Z",
        "expectedCompletionDate": "2031-04-01T10:00:00.000Z",
    }
    assert told(visits, order, state="inProgress", **when).status_code == 200
    assert visits.step(order)["plannedAt"] == when["startDate"]
    assert visits.work(order)["appointment"]["id"]
    later = {"startDate": "2031-04-03T08:00:00.000Z",
             "expectedCompletionDate": "2031-04-03T10:00:00.000Z"}  # fmt: skip
    assert told(visits, order, **later).status_code == 200
    assert visits.step(order)["plannedAt"] == later["startDate"]
    strange: list[dict[str, Any]] = [
        {"state": ["completed"]}, {"state": "completed", "result": {"outcome": ["done"]}},
        {"state": "completed", "result": {"device": 5}}, {"startDate": "0001-01-01T00:00:00+05:00"},
    ]  # fmt: skip
    assert [told(visits, order, **one).status_code for one in strange] == [400] * len(strange)
    done = {"state": "completed", "note": {"text": "on the south side"}}
    assert told(visits, order, **done).json["state"] == "completed"
    assert told(visits, order, **done).status_code == 200
    assert order.state == "completed"
    late = told(visits, order, state="inProgress")
    assert (late.status_code, late.json["code"]) == (409, "conflictState")
    nobody = visits.staff.post(LISTENER, {"event": {"workOrder": {"id": "R-9"}}})
    assert nobody.status_code == 404
    assert len(outside.received) == 1


def test_a_contractor_who_cannot_or_is_away(visits: Field, outside: ScriptedOutside) -> None:
    """What does not get through is sent again under the same key; what is refused, or not
    possible there, is fallout with the reason; called off here, it is called off there."""

    def away(_request: Any) -> Any:
        raise Unavailable("http503", "the roofers are away")

    outside.script = {"roofers": [away, says(201, id="R-1")]}
    _, order = visits.ordered("Antenna")
    assert visits.work(order)["state"] == "acknowledged"
    visits.operator.hurry()
    assert visits.work(order)["externalId"] == "R-1"
    assert len({key for _, _, key in outside.received}) == 1
    told(visits, order, state="failed", result={"reason": "noAccess", "remarks": "the roof is wet"})
    (fallout,) = visits.operator.find(FALLOUT, productOrder__id=order.id)
    assert fallout["cause"]["code"] == "noAccess"

    outside.script = {"roofers": [says(422, message="too high")]}
    _, other = visits.ordered("Antenna")
    (fallout,) = visits.operator.find(FALLOUT, productOrder__id=other.id)
    assert (fallout["cause"]["code"], visits.work(other)["state"]) == ("http422", "rejected")

    outside.script = {"roofers": [says(201, id="R-2")]}
    _, third = visits.ordered("Antenna")
    third.cancel()
    visits.operator.settle()
    last = outside.received[-1][1]
    assert (last["path"].rpartition("/")[2], last["body"]["workOrder"]) == (
        "cancelWorkOrder", {"id": "R-2"}
    )  # fmt: skip


def test_a_number_that_two_contractors_give_is_nobodys(
    visits: Field, outside: ScriptedOutside
) -> None:
    """Told of by their number alone neither work order moves; by ours it is the right one."""
    operator = visits.operator
    if "paint" not in visits.types:
        operator.make(SYSTEM, {"code": "painters", "name": "Painters", "url": "http://p.example"})
        visits.type("paint", outsideSystem="painters")
        visits.sell("Painting")
        operator.make(TABLE, {"name": "Paint", "purpose": "workOrder", "isOn": True,
                              "row": [row("paint", specification="Painting Visit")]})  # fmt: skip
    outside.script = {"roofers": [says(201, id="1001")], "painters": [says(201, id="1001")]}
    orders = [visits.ordered(one)[1] for one in ("Antenna", "Painting")]
    alone = {"event": {"workOrder": {"id": "1001", "state": "inProgress"}}}
    answer = visits.staff.post(LISTENER, alone)
    assert (answer.status_code, answer.json["code"]) == (409, "conflictExternalId")
    assert told(visits, orders[1], id="1001", state="inProgress").status_code == 200
    assert [visits.work(one)["state"] for one in orders] == ["pending", "inProgress"]


def test_what_happens_while_the_answer_is_on_its_way(
    visits: Field, outside: ScriptedOutside
) -> None:
    """A contractor who tells the end before he answers is still known by his number; a work order
    that is called off before he answers is called off there too."""
    listed: list[Any] = []

    def tells_first(request: Any) -> Any:
        work = {"id": "R-7", "externalId": request["body"]["externalId"], "state": "completed"}
        listed.append(visits.staff.post(LISTENER, {"event": {"workOrder": work}}))
        return says(201, id="R-7")(request)

    outside.script = {"roofers": [tells_first]}
    _, order = visits.ordered("Antenna")
    assert listed[0].status_code == 200
    assert (visits.work(order)["state"], visits.work(order)["externalId"]) == ("completed", "R-7")
    assert order.state == "completed"

    def called_off_first(request: Any) -> Any:
        ident = request["body"]["externalId"]
        about = visits.operator.read(WORK_ORDER, ident)["productOrder"]
        visits.operator.make(CANCEL, {"productOrder": {"id": about["id"]}})
        visits.operator.settle()
        return says(201, id="R-8")(request)

    outside.script = {"roofers": [called_off_first]}
    _, other = visits.ordered("Antenna")
    visits.operator.settle()
    assert visits.work(other)["state"] == "cancelled"
    last = outside.received[-1][1]
    assert (last["path"].rpartition("/")[2], last["body"].get("workOrder")) == (
        "cancelWorkOrder", {"id": "R-8"}
    )  # fmt: skip


def test_times_are_asked_of_whoever_keeps_the_calendar(
    visits: Field, outside: ScriptedOutside
) -> None:
    """A search for roof work is answered by the contractor, not by our teams; where it says
    nothing in three tries the search says so."""
    period = {"startDateTime": "2031-04-01T08:00:00.000Z",
              "endDateTime": "2031-04-01T12:00:00.000Z"}  # fmt: skip
    slot = {"id": "s1", "validFor": period}
    outside.script = {"roofers": [says(201, availableTimeSlot=[slot])]}
    kind = {"id": visits.types["roof"], "role": "workType", "@referredType": "WorkType"}
    about = {"relatedEntity": [kind]}
    asked = visits.operator.make(SEARCH, {**about, "requestedTimeSlot": [{"validFor": period}]})
    assert (asked["status"], asked.get("availableTimeSlot")) == ("inProgress", None)
    visits.operator.settle()
    found = visits.operator.read(SEARCH, asked["id"])
    assert (found["status"], found["availableTimeSlot"]) == ("done", [slot])
    ((code, request, key),) = outside.received
    assert (code, request["path"], key) == ("roofers", SEARCH, asked["id"])
    assert request["body"]["relatedEntity"][0]["id"] == "roof"
    assert request["body"]["requestedTimeSlot"] == [{"validFor": period}]
    odd = [says(503), says(201, availableTimeSlot=[{"validFor": "soon"}]), says(500)]
    outside.script = {"roofers": odd}
    again = visits.operator.make(SEARCH, about)
    for _ in range(3):
        visits.operator.hurry()
    silent = visits.operator.read(SEARCH, again["id"])
    assert (silent["status"], silent["searchResult"]) == (
        "terminatedWithError", "roofers does not say: it answered 500"
    )  # fmt: skip
