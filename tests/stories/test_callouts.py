"""What a plan's callouts do: errors told apart, tests, undoing, and systems that are left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.operator import (
    FALLOUT,
    ORDER,
    Operator,
    Order,
    values,
)
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import (
    ALARM,
    SYSTEM,
    by_item,
    item,
    ordered,
    picked,
    published,
    report,
    row,
    states,
)
from trunkline.documents.shape import format_instant
from trunkline.ordering.capture.asking_credit import CREDIT
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.given import pause_for

RESERVE = item(
    "reserve", "callout", retry={"technical": [0, 0, 0], "unknown": [0]},
    callout={
        "system": "warehouse", "isRepeatable": True, "timeoutSeconds": 3,
        "request": {"path": "/reservation", "body": {"zone": "${line.characteristic.zone}"}},
        "undoRequest": {"method": "DELETE", "path": "/reservation/${order.key}"},
        "successWhen": "response.status == 200 && has(response.body.number)",
        "businessErrorWhen": "response.status == 200 && has(response.body.refused)",
        "errorCode": "response.body.refused",
        "mapping": [{"characteristic": "reservation", "expression": "response.body.number"}]},
)  # fmt: skip


def test_a_callout_tells_errors_apart(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Away three times and lost once, it is tried again under its key as often as its item says;
    refused, it is fallout at once with the words of the other side, is repaired there and sent
    again under another key with the new value; the value that comes back is the service's."""
    offering = service("Camera")
    published(operator, "camera", RESERVE)
    picked(operator, row("camera", specification="Camera"))

    def away(_request: Any) -> Any:
        raise Unavailable("notConnected", "nobody is there")

    def lost(_request: Any) -> Any:
        raise OutcomeUnknown("noAnswer", "the answer was lost")

    outside.script = {
        "warehouse": [away, says(503, queue=7), says(503), lost, says(200, refused="noSensor")]
    }
    order = ordered(operator, operator.ada(), offering, zone="west")
    operator.hurry()
    (fallout,) = order.fallouts()
    assert (fallout["cause"]["kind"], fallout["cause"]["code"]) == ("business", "noSensor")
    assert fallout["cause"]["system"] == "warehouse"
    kinds = [(one["kind"], one["code"]) for one in fallout["attempt"]]
    away_for_now = ("technical", "http503")
    assert kinds == [("technical", "notConnected"), away_for_now, away_for_now,
                     ("unknown", "noAnswer"), ("business", "noSensor")]  # fmt: skip
    answers = [one.get("answer") for one in fallout["attempt"]]
    assert answers[:4] == [None, {"status": 503, "body": {"queue": 7}}, {"status": 503}, None]
    assert len({key for _, _, key in outside.received}) == 1
    outside.script = {"warehouse": [says(200, number="R-9")]}
    fixed = {"characteristic": [{"name": "zone", "value": "east"}]}
    answer = operator.staff.post(f"{FALLOUT}/{fallout['id']}/fixAndRetry", fixed)
    assert answer.status_code == 200, answer.json
    operator.settle()
    assert order.state == "completed"
    assert values(next(iter(order.services.values())))["reservation"] == "R-9"
    assert len({key for _, _, key in outside.received}) == 2


def test_a_missing_value_is_fallout_before_anything_is_sent(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """The template says what it lacks; the value put in, the step is put together and sent."""
    offering = service("Radar")
    call = {"system": "warehouse", "request": {"path": "/unit/${item.unit}"}}
    published(operator, "radar", item("fetch", "callout", callout=call))
    picked(operator, row("radar", specification="Radar"))
    order = ordered(operator, operator.ada(), offering)
    (fallout,) = order.fallouts()
    assert (fallout["cause"]["code"], outside.received) == ("templateFailed", [])
    fixed = {"characteristic": [{"name": "unit", "value": "U-1"}]}
    answer = operator.staff.post(f"{FALLOUT}/{fallout['id']}/fixAndRetry", fixed)
    assert answer.status_code == 200, answer.json
    operator.settle()
    assert order.state == "completed"
    assert [one["path"] for _, one, _ in outside.received] == ["/unit/U-1"]


@pytest.mark.accepts("ACT-08")
def test_a_failed_test_after_activation_is_fallout(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """The network has activated the service; the test finds it bad. So neither service nor order
    is done: the step waits in the queue, and tested again with success both are."""
    offering = service("Tunnel")
    published(operator, "tunnel", item("activate", "activation"), {
        **ALARM[-1], "after": [{"item": "activate"}]})  # fmt: skip
    picked(operator, row("tunnel", specification="Tunnel"))
    outside.script = {"probe": [says(200, ok=False)]}
    order = ordered(operator, operator.ada(), offering)
    assert len(operator.commands()) == 1
    (fallout,) = order.fallouts()
    assert (fallout["cause"]["code"], fallout["state"]) == ("testFailed", "open")
    (tested,) = order.services.values()
    assert (order.state, tested["state"]) == ("inProgress", "designed")
    outside.script = {"probe": [says(200, ok=True)]}
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    (tested,) = order.services.values()
    assert (order.state, tested["state"]) == ("completed", "active")
    assert len(operator.commands()) == 1


def test_what_a_plan_did_is_undone_as_it_says(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Called off while somebody works: the reservation is given back by its own request, what says
    that nothing is to be undone is left, and what has not begun never happens."""
    offering = service("Crane")
    left = item("look", "manual", compensation={"onCancel": "nothing"})
    published(operator, "crane", left, RESERVE, item("build", "manual", "reserve", "look"))
    picked(operator, row("crane", specification="Crane"))
    outside.script = {"warehouse": [says(200, number="R-1")]}
    order = ordered(operator, operator.ada(), offering)
    assert report(operator, by_item(order)["look"]).status_code == 200
    operator.settle()
    assert states(order) == {"look": "completed", "reserve": "completed", "build": "ready"}
    assert order.cancel()["cancellationResult"] == "canceled"
    assert order.state == "cancelled"
    asked = [(one["method"], one["path"]) for _, one, _ in outside.received]
    assert asked == [("POST", "/reservation"), ("DELETE", f"/reservation/{order.key}")]


def test_the_network_is_left_alone_while_it_is_closed(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Its hours are said like those of any other system; orders without a plan of their own keep
    to them as well. Where they are taken away, what waits goes on at once."""
    _ = outside
    times = {"startDateTime": "2000-01-01T00:00:00Z", "endDateTime": "2100-01-01T00:00:00Z"}
    made = operator.make(SYSTEM, {"code": "network", "name": "Network", "maintenance": [times]})
    one = f"{SYSTEM}/{made['id']}"
    order = ordered(operator, operator.ada(), service("Post"))
    operator.hurry()
    assert (operator.commands(), order.state) == ([], "inProgress")
    assert operator.staff.patch(one, {"maintenance": []}).status_code == 200
    operator.hurry()
    assert (len(operator.commands()), order.state) == (1, "completed")
    assert operator.staff.patch(one, {"maintenance": [times]}).status_code == 200
    operator.settle()
    later = ordered(operator, operator.ada(), service("Post"))
    operator.hurry()
    assert later.state == "inProgress"
    assert operator.staff.delete(one).status_code == 204
    operator.settle()
    assert later.state == "completed"


@pytest.mark.accepts("ORC-15")
def test_a_system_is_left_alone_while_it_is_closed_and_not_called_too_often(
    operator: Operator,
    outside: ScriptedOutside,
    service: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """During its maintenance nothing is sent, and no try is lost by that; afterwards the steps are
    sent one by one, no more a minute than the system takes: the second goes out a minute after
    the first, the third a minute after that. Others are called meanwhile."""
    offering = service("Beacon")
    published(operator, "beacon", RESERVE, item("probe", "callout", callout={
        "system": "probe", "request": {"path": "/"}}))  # fmt: skip
    picked(operator, row("beacon", specification="Beacon"))
    (system,) = operator.find(SYSTEM, code="warehouse")
    times = {"startDateTime": "2000-01-01T00:00:00Z", "endDateTime": "2100-01-01T00:00:00Z"}
    one = f"{SYSTEM}/{system['id']}"
    assert operator.staff.patch(one, {"maintenance": [times]}).status_code == 200
    orders = [ordered(operator, operator.ada(), offering) for _ in range(3)]
    operator.hurry()
    assert [code for code, _, _ in outside.received] == ["probe"] * 3
    assert {by_item(order)["reserve"]["state"] for order in orders} == {"ready"}
    assert {by_item(order)["reserve"]["attempt"] for order in orders} == {0}
    outside.received.clear()
    outside.script = {"warehouse": [says(200, number=f"R-{number}") for number in range(9)]}
    paced = {"maintenance": [], "callsPerMinute": 1}
    assert operator.staff.patch(one, paced).status_code == 200
    now = operator.site.services.machine_now
    for minutes in range(3):
        later = timedelta(seconds=61 * minutes)
        at = partial(lambda after: now() + after, later)
        monkeypatch.setattr(operator.site.services, "machine_now", at)
        for _ in range(3):  # in vain but for the first time, however often it is looked at
            operator.hurry()
        assert len(outside.received) == minutes + 1
    assert [order.state for order in orders] == ["completed"] * 3
    assert len({key for _, _, key in outside.received}) == 3


def test_places_are_given_up_while_a_system_is_closed_and_when_its_pace_changes(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """The steps that had a place go out one by one after a maintenance as well, not all at once;
    with a faster pace nobody waits for the place that he had at the slow one."""
    offering = service("Lamp")
    published(operator, "lamp", RESERVE)
    picked(operator, row("lamp", specification="Lamp"))
    outside.script = {"warehouse": [says(200, number=f"R-{number}") for number in range(9)]}
    (system,) = operator.find(SYSTEM, code="warehouse")
    one = f"{SYSTEM}/{system['id']}"
    operator.settle()
    now = datetime.now(UTC)
    starts, ends = (format_instant(now + timedelta(hours=one)) for one in (1, 2))
    window = {"startDateTime": starts, "endDateTime": ends}
    paced = operator.staff.patch(one, {"callsPerMinute": 1, "maintenance": [window]})
    assert paced.status_code == 200
    operator.settle()
    orders = [ordered(operator, operator.ada(), offering) for _ in range(4)]
    operator.hurry()
    assert len(outside.received) == 1
    operator.site.move_clock(5400)
    operator.hurry()
    with operator.site.services.database.app.connection() as connection:
        connection.execute("update outside_place set call_at = call_at - interval '1 hour'")
        connection.execute("update outside_pace set next_at = next_at - interval '1 hour'")
    operator.site.move_clock(3600)
    for _ in range(3):
        operator.hurry()
    assert len(outside.received) == 2
    assert operator.staff.patch(one, {"callsPerMinute": 60000}).status_code == 200
    operator.wait_until(lambda: [one.state for one in orders] == ["completed"] * 4)
    assert len(outside.received) == 4
    assert operator.staff.patch(one, {"callsPerMinute": 1}).status_code == 200
    operator.settle()
    ((left_s,),) = operator.site.rows(
        "select extract(epoch from next_at - clock_timestamp())::float from outside_pace "
        "where system = 'warehouse'"
    )
    assert left_s <= 60


def free_calls(operator: Operator) -> None:
    """Let nobody have called any system yet, and nobody wait."""
    with operator.site.services.database.app.connection() as connection:
        connection.execute("delete from outside_pace")
        connection.execute("delete from outside_place")


def test_after_a_standstill_steps_go_out_one_by_one(
    operator: Operator,
    outside: ScriptedOutside,
    service: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody worked for an hour, in which the places of all steps went by: they take new ones, so
    that the system is not called more often than it may be."""
    free_calls(operator)
    offering = service("Lantern")
    published(operator, "lantern", RESERVE)
    picked(operator, row("lantern", specification="Lantern"))
    outside.script = {"warehouse": [says(200, number=f"R-{number}") for number in range(9)]}
    (system,) = operator.find(SYSTEM, code="warehouse")
    paced = operator.staff.patch(f"{SYSTEM}/{system['id']}", {"callsPerMinute": 1})
    assert paced.status_code == 200
    operator.settle()
    for _ in range(4):
        ordered(operator, operator.ada(), offering)
    operator.hurry()
    assert len(outside.received) == 1
    now = operator.site.services.machine_now
    monkeypatch.setattr(
        operator.site.services, "machine_now", lambda: now() + timedelta(seconds=3600)
    )
    operator.hurry()
    operator.hurry()
    assert len(outside.received) == 2


def test_what_waits_beside_steps_lines_up_for_the_free_calls(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six calls a minute: each piece of work that has to wait is sent to a free call of its own,
    ten seconds apart, so that not all of them look at every one. It keeps that whoever comes and
    however often it is looked at: the first comes first. A faster pace gives all of them others."""
    free_calls(operator)
    if not operator.find(SYSTEM, code=CREDIT):
        operator.make(SYSTEM, {"code": CREDIT, "name": "Credit check", "callsPerMinute": 6})
    services = operator.site.services
    waiting = [services.chance.uuid() for _ in range(5)]

    def calls() -> list[int]:
        return [round(pause_for(services, CREDIT, one) / 10) for one in waiting]

    assert calls() == [0, 1, 2, 3, 4]
    waiting[0] = services.chance.uuid()
    assert calls() == calls() == [5, 1, 2, 3, 4]
    now = services.machine_now()
    monkeypatch.setattr(services, "machine_now", lambda: now + timedelta(seconds=11))
    assert calls() == [4, 0, 1, 2, 3]
    (system,) = operator.find(SYSTEM, code=CREDIT)
    faster = operator.staff.patch(f"{SYSTEM}/{system['id']}", {"callsPerMinute": 60})
    assert faster.status_code == 200, faster.json
    operator.settle()
    left = [pause_for(services, CREDIT, one) for one in waiting]
    assert max(left) < 8, left


def test_the_more_urgent_order_is_called_for_first(
    operator: Operator,
    outside: ScriptedOutside,
    service: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One call a minute, and six orders wait. Who has waited for seventeen hours goes before the
    most urgent one, then it goes by priority; one that is raised while it waits goes by its new
    one, one that says none stands in the middle, and one that is called off leaves its place."""
    free_calls(operator)
    offering = service("Siren")
    published(operator, "siren", RESERVE)
    picked(operator, row("siren", specification="Siren"))
    outside.script = {"warehouse": [says(200, number=f"R-{number}") for number in range(9)]}
    (system,) = operator.find(SYSTEM, code="warehouse")
    paced = operator.staff.patch(f"{SYSTEM}/{system['id']}", {"callsPerMinute": 1})
    assert paced.status_code == 200, paced.json
    operator.settle()
    real = operator.site.services.machine_now

    def clock(**later: float) -> None:
        at = partial(lambda after: real() + after, timedelta(**later))
        monkeypatch.setattr(operator.site.services, "machine_now", at)

    ada = operator.ada()

    def orders(zone: str, **more: Any) -> Order:
        product = {"productCharacteristic": [{"name": "zone", "value": zone}]}
        made = ada.orders({"id": "1", "action": "add", "productOffering": {"id": offering},
                           "product": product}, **more)  # fmt: skip
        operator.settle()
        return made

    clock(hours=-17)
    for zone in ("first", "old"):
        orders(zone, priority="4")
    clock()
    orders("low", priority="4")
    raised = orders("raised", priority="4")
    orders("plain")
    orders("urgent", priority="0")
    gone = orders("gone", priority="0")
    gone.cancel()
    assert not operator.site.rows("select 1 from outside_place where root = %s", gone.id)
    more_urgent = operator.staff.patch(f"{ORDER}/{raised.id}", {"priority": "1"})
    assert more_urgent.status_code == 200, more_urgent.json
    operator.settle()
    for minutes in range(6):
        clock(seconds=61 * minutes)
        for _ in range(3):
            operator.hurry()
    zones = [request["body"]["zone"] for _, request, _ in outside.received]
    assert zones == ["first", "old", "urgent", "raised", "plain", "low"]
    assert operator.site.rows("select 1 from outside_place") == []
