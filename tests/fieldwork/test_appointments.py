"""Appointments: who searches finds what is free, and nobody is promised what another one has."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.fieldwork.conftest import APPOINTMENT, OWN, SEARCH, WORK_ORDER, Field, at
from tests.support.operator import ORDER, codes
from tests.support.operator import OWN as ORDERING

SALES = "/api/sales/v1"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"


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
    around = {"startDateTime": some["endDateTime"], "endDateTime": some["startDateTime"]}
    asks = {"relatedEntity": [{"id": survey, "role": "for", "@referredType": "WorkType"}]}
    refused = visits.staff.post(SEARCH, {**asks, "requestedTimeSlot": [{"validFor": around}]})
    ends_first = "requestedTimeSlot[0].validFor.endDateTime"
    assert codes(refused) == {("periodEndsBeforeStart", ends_first)}
    for edge in (
        {"endDateTime": "9999-12-31T23:59:59Z"},
        {"startDateTime": "9999-12-31T00:00:00Z"},
    ):
        assert visits.operator.make(SEARCH, {**asks, "requestedTimeSlot": [{"validFor": edge}]})
    hours = [{"day": "monday", "startHour": "08:00", "endHour": "17:00"}]
    berlin = {"name": "Berlin", "timeZone": "Europe/Berlin", "workingHours": hours}
    calendar = visits.operator.make(f"{ORDERING}/workingCalendar", berlin)["id"]
    visits.team("East", skill=["fibre"], area=[{"city": "Ost"}], calendar={"id": calendar})
    last = [{"validFor": {"startDateTime": "9999-12-31T23:30:00Z"}}]  # the next year there
    east = {"role": "visit", "city": "Ost"}
    assert visits.slots(fibre, "WorkType", relatedPlace=east)
    assert not visits.slots(fibre, "WorkType", relatedPlace=east, requestedTimeSlot=last)
    never = {"startDateTime": "2031-01-01T03:00:00Z", "endDateTime": "2031-01-01T04:00:00Z"}
    taken = visits.staff.post(APPOINTMENT, {"validFor": never})
    assert (taken.status_code, codes(taken)) == (409, {("conflictSlotTaken", "validFor")})


def test_customers_move_visits_until_the_day_before_and_dispatch_later(visits: Field) -> None:
    """Less than the cut-off before it begins, an agent is refused with the moment until when it
    could be; the dispatcher can."""
    _, order = visits.ordered("Survey")
    slots = visits.slots(visits.work(order)["id"])
    first, last = slots[0], slots[-1]
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
        begun = {"state": "inProgress"}
        visits.staff.patch(f"{WORK_ORDER}/{visits.work(order)['id']}", begun)
        back = {**slots[1]["validFor"], "reason": "is well again"}
        at_work = agent.post(address, back)
        assert (at_work.status_code, codes(at_work)) == (409, {("conflictBegun", "validFor")})
    finally:
        with site.services.database.app.connection() as connection:
            connection.execute("update clock set offset_s = 0")
    held = visits.operator.read(APPOINTMENT, booked["id"])
    assert (held["statusReason"], held["validFor"]) == ("is ill", last["validFor"])


def test_a_time_chosen_with_the_order_is_kept_for_it(visits: Field) -> None:
    """Chosen before the order is sent, it is reserved; with the order it becomes the visit's, and
    one that nobody ordered with lapses."""
    slot, other, third, *_ = visits.at_once()
    entity = [{"id": visits.types["survey"], "role": "for", "@referredType": "WorkType"}]
    place = {"role": "visit", "city": "Nordhaven"}
    ada, eve = visits.operator.ada(), visits.operator.ada()
    as_party = [{"id": ada.party, "role": "customer", "@referredType": "Individual"}]
    chosen, idle, by_hand = (
        visits.operator.make(
            APPOINTMENT,
            {"validFor": one["validFor"], "relatedEntity": entity, "relatedPlace": place,
             **more},
        )
        for one, more in ((slot, {}), (other, {}), (third, {"relatedParty": as_party}))
    )  # fmt: skip
    visits.operator.settle()
    said = visits.staff.patch(f"{APPOINTMENT}/{by_hand['id']}", {"status": "confirmed"})
    assert said.status_code == 200, said.json
    asked = {**ada.add("1", "Survey"), "appointment": {"id": idle["id"]}}
    named = [{"id": ada.id, "role": "customer", "@referredType": "Customer"}]
    account = {"id": ada.account}
    quote = visits.operator.make(QUOTE, {
        "relatedParty": named, "billingAccount": [account], "quoteItem": [
            {**asked, "appointment": [asked["appointment"]]},
            {**asked, "id": "2", "quantity": 2, "appointment": [{"id": by_hand["id"]}]},
        ]})  # fmt: skip
    cart = visits.operator.make(
        CART, {"relatedParty": named, "billingAccount": account, "cartItem": [asked]}
    )
    for verb in ("present", "accept", "complete"):
        done = visits.staff.post(f"{SALES}/quote/{quote['key']}/{verb}", {"name": "Ada"})
        assert done.status_code == 200, (verb, done.json)
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
    held = {one["id"]: visits.operator.read(APPOINTMENT, one["id"])
            for one in (chosen, idle, by_hand)}  # fmt: skip
    states = [one["status"] for one in held.values()]
    assert states == ["confirmed", "cancelled", "confirmed"]
    assert held[chosen["id"]]["workOrder"]["id"] == work["id"]
    foreign = eve.refused({**eve.add("1", "Survey"), "appointment": {"id": by_hand["id"]}})
    assert "is not for this customer" in foreign.json["message"]
    for part in ({"quoteItem": [{"id": "2", "quantity": 1}]}, {}):  # the second one without a time
        sold = visits.staff.post(f"{SALES}/quote/{quote['key']}/order", part)
        assert sold.status_code == 200, sold.json
    bought = visits.staff.post(f"{SALES}/shoppingCart/{cart['id']}/checkOut", {})
    assert bought.status_code == 201, bought.json
    for one, why in ((chosen, "is that of another visit"), (idle, "is cancelled")):
        again = ada.refused({**ada.add("1", "Survey"), "appointment": {"id": one["id"]}})
        assert codes(again) == {("conflictSlotTaken", "productOrderItem[0].appointment.id")}
        assert why in again.json["message"]


def test_the_time_of_an_order_that_is_sent_back_is_free_again_in_a_while(visits: Field) -> None:
    """It was kept as long as the order waited to be agreed to; sent back, nobody comes then unless
    it is handed in again soon."""
    operator, half_an_hour = visits.operator, 31 * 60
    looked_at = {"name": "Look", "effect": "approval", "condition": "true"}
    policy = operator.make(f"{ORDERING}/orderPolicy", looked_at)
    entity = [{"id": visits.types["survey"], "role": "for", "@referredType": "WorkType"}]
    place = {"role": "visit", "city": "Nordhaven"}
    body = {"validFor": visits.at_once()[0]["validFor"], "relatedEntity": entity,
            "relatedPlace": place}  # fmt: skip
    chosen, seen = operator.make(APPOINTMENT, body), []
    _, order = visits.ordered("Survey", appointment={"id": chosen["id"]})
    try:
        for _ in range(2):
            operator.site.move_clock(half_an_hour)
            operator.hurry()
            seen.append(operator.read(APPOINTMENT, chosen["id"])["status"])
            operator.staff.post(f"{ORDERING}/productOrder/{order.id}/reject", {"comment": "No"})
            operator.settle()
    finally:
        operator.site.move_clock(-2 * half_an_hour)
        operator.staff.delete(f"{ORDERING}/orderPolicy/{policy['id']}")
    assert (order.state, seen) == ("rejected", ["confirmed", "cancelled"])


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
