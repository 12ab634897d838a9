"""Appointments: who searches finds what is free, and nobody is promised what another one has."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.fieldwork.conftest import APPOINTMENT, OWN, SEARCH, WORK_ORDER, Field, at
from tests.support.operator import ORDER, codes


def test_thirty_two_askers_get_the_last_visits_once(visits: Field) -> None:
    """Two visits are left of a morning; of thirty-two who ask at the same time two get one, the
    others hear that it is taken, and a search offers it no more."""
    slot = visits.at_once()[-1]
    assert slot["free"] == 2
    body = {
        "validFor": slot["validFor"],
        "relatedEntity": [
            {"id": visits.types["survey"], "role": "for", "@referredType": "WorkType"}
        ],
        "relatedPlace": {"role": "visit", "city": "Nordhaven"},
    }
    with ThreadPoolExecutor(8) as askers:
        answers = list(askers.map(lambda _: visits.staff.post(APPOINTMENT, body), range(32)))
    assert Counter(one.status_code for one in answers) == {201: 2, 409: 30}
    refused = next(one for one in answers if one.status_code == 409)
    assert codes(refused) == {("conflictSlotTaken", "validFor")}
    assert slot["validFor"] not in [one["validFor"] for one in visits.at_once()]
    rows = visits.operator.site.rows(
        "select count(*) from promised_visits(%s, %s, null)",
        slot["validFor"]["startDateTime"], slot["validFor"]["endDateTime"],
    )  # fmt: skip
    assert rows == [(2,)]


def test_a_search_knows_places_skills_and_periods(visits: Field) -> None:
    """Only a team with the skill that goes there is offered, within what was asked for."""
    fibre, survey = visits.types["install"], visits.types["survey"]
    south = {"role": "visit", "city": "Südhaven"}
    assert {one["team"]["name"] for one in visits.slots(fibre, "WorkType", relatedPlace=south)} == {
        "South"
    }
    nowhere = visits.operator.make(SEARCH, {
        "relatedPlace": south,
        "relatedEntity": [{"id": survey, "role": "for", "@referredType": "WorkType"}]})  # fmt: skip
    assert (nowhere["status"], nowhere["searchResult"]) == ("done", "no team can do this there")
    some = visits.at_once()[3]["validFor"]
    asked = [{"validFor": some}]
    found = visits.slots(
        survey, "WorkType", relatedPlace={"role": "visit", "city": "nordhaven"},
        requestedTimeSlot=asked,
    )  # fmt: skip
    assert [one["validFor"] for one in found] == [some]
    never = {"startDateTime": "2031-01-01T03:00:00Z", "endDateTime": "2031-01-01T04:00:00Z"}
    taken = visits.staff.post(APPOINTMENT, {"validFor": never})
    assert (taken.status_code, codes(taken)) == (409, {("conflictSlotTaken", "validFor")})


def test_customers_move_visits_until_the_day_before_and_dispatch_later(visits: Field) -> None:
    """Less than the cut-off before it begins, an agent is refused with the moment until when it
    could be; the dispatcher can."""
    _, order = visits.ordered("Survey")
    first, *_, last = visits.slots(visits.work(order)["id"])
    booked = visits.book(visits.work(order), first).json
    visits.operator.settle()
    site = visits.operator.site
    agent = site.user("fieldagent", roles=["care"], scopes=("TMF646:update",))
    dispatcher = site.user("fielddispatch", roles=["dispatcher"],
                           scopes=("TMF646:update", "fieldwork:dispatch"))  # fmt: skip
    address = f"{OWN}/appointment/{booked['id']}/reschedule"
    begins = at(first["validFor"]["startDateTime"])
    now = at(visits.operator.read(WORK_ORDER, visits.work(order)["id"])["orderDate"])
    site.move_clock(int((begins - now - timedelta(hours=3)).total_seconds()))
    try:
        body = {**last["validFor"], "reason": "is ill"}
        late = agent.post(address, body)
        assert (late.status_code, codes(late)) == (409, {("conflictTooLate", "validFor")})
        assert agent.post(f"{OWN}/appointment/{booked['id']}/cancel", {"reason": "x"}).json[
            "status"
        ] in (409, "409")  # fmt: skip
        assert agent.post(address, {"reason": "no time"}).status_code == 400
        assert dispatcher.post(address, body).status_code == 200
    finally:
        with site.services.database.app.connection() as connection:
            connection.execute("update clock set offset_s = 0")
    held = visits.operator.read(APPOINTMENT, booked["id"])
    assert (held["statusReason"], held["validFor"]) == ("is ill", last["validFor"])


def test_a_time_chosen_with_the_order_is_kept_for_it(visits: Field) -> None:
    """Chosen before the order is sent, it is reserved; with the order it becomes the visit's, and
    one that nobody ordered with lapses."""
    slot, other, *_ = visits.at_once()
    entity = [{"id": visits.types["survey"], "role": "for", "@referredType": "WorkType"}]
    place = {"role": "visit", "city": "Nordhaven"}
    chosen, idle = (
        visits.operator.make(
            APPOINTMENT,
            {"validFor": one["validFor"], "relatedEntity": entity, "relatedPlace": place},
        )
        for one in (slot, other)
    )
    assert chosen["status"] == "initialized"
    assert chosen["reservedUntil"]
    _, order = visits.ordered("Survey", appointment={"id": chosen["id"]})
    work = visits.work(order)
    assert work["appointment"]["id"] == chosen["id"]
    assert visits.step(order)["plannedAt"] == slot["validFor"]["startDateTime"]
    visits.operator.site.move_clock(31 * 60)
    try:
        visits.operator.hurry()
    finally:
        visits.operator.site.move_clock(-31 * 60)
    held = {one: visits.operator.read(APPOINTMENT, one) for one in (chosen["id"], idle["id"])}
    assert [one["status"] for one in held.values()] == ["confirmed", "cancelled"]
    assert held[chosen["id"]]["workOrder"]["id"] == work["id"]


def test_a_time_chosen_for_a_bundle_is_that_of_its_part(visits: Field) -> None:
    """The part that somebody comes for takes the time that its bundle was ordered with."""
    entity = [{"id": visits.types["install"], "role": "for", "@referredType": "WorkType"}]
    place = {"role": "visit", "city": "Nordhaven"}
    slot = visits.slots(visits.types["install"], "WorkType", relatedPlace=place)[-1]
    chosen = visits.operator.make(
        APPOINTMENT,
        {"validFor": slot["validFor"], "relatedEntity": entity, "relatedPlace": place},
    )
    ada = visits.operator.ada()
    part = ada.fibre("1.1", installation="technician")
    bundle = {**ada.add("1", "Fibre Home"), "productOrderItem": [part],
              "appointment": {"id": chosen["id"]}}  # fmt: skip
    order = ada.orders(bundle)
    visits.operator.settle()
    assert visits.work(order)["appointment"]["id"] == chosen["id"]


def test_other_dates_of_the_order_move_its_visit(visits: Field) -> None:
    """The order is wished for later while the visit is booked: it moves to the first free time
    from then on, Ada is told, and the step is planned for it."""
    ada, order = visits.ordered("Survey")
    work = visits.work(order)
    slots = visits.slots(work["id"])
    booked = visits.book(work, slots[0]).json
    visits.operator.settle()
    later = slots[-1]["validFor"]["startDateTime"]
    answer = visits.staff.patch(f"{ORDER}/{order.id}", {"requestedStartDate": later})
    assert answer.status_code == 200, answer.json
    visits.operator.settle()
    held = visits.operator.read(APPOINTMENT, booked["id"])
    assert held["validFor"]["startDateTime"] == later
    assert visits.step(order)["plannedAt"] == later
    assert "is now on" in visits.messages(ada)[-1]
