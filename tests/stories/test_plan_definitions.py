"""A new service's plan is said as data, picked by a table, and carried out version by version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.operator import (
    CUSTOMER,
    OWN,
    Operator,
    Order,
    Record,
    codes,
    values,
)
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import (
    ALARM,
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
    tell,
)
from trunkline.documents.shape import parse_instant


def test_a_new_service_is_defined_sold_and_delivered(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Survey, reservation, the panel's own word, activation and test run in sequence; guards are
    not needed here, and the step says why. Values flow on from step to step and to the service;
    each step says by which definition, version and row it is done."""
    offering = service("Alarm")
    plan = published(operator, "alarm", *ALARM)
    picked(operator, row("alarm", specification="Alarm", action="add"))
    outside.script = {"warehouse": [says(200, number="R-7")], "probe": [says(200, ok=True)]}
    order = ordered(operator, operator.ada(), offering)
    assert states(order) == {
        "survey": "ready",
        "sensors": "pending",
        "guards": "pending",
        "connected": "pending",
        "switchOn": "pending",
        "test": "pending",
    }
    survey = by_item(order)["survey"]
    assert survey["origin"] | {"item": ""} == {
        "definition": plan["id"],
        "key": plan["key"],
        "code": "alarm",
        "name": "Alarm",
        "version": plan["planVersion"],
        "reason": "Plans, row 1",
        "tableVersion": 1,
        "item": "",
    }
    for found in ({}, {"doors": ""}):
        refused = report(operator, survey, **found)
        assert codes(refused) == {("characteristicMissing", "characteristic.doors")}, refused.json
    early = f"panel-{order.key}"
    assert tell(operator, f"e1-{order.id}", early, serial="P-1") == "kept"
    assert tell(operator, f"e1-{order.id}", early, serial="P-1") == "repeated"
    other = {"id": f"e1-{order.id}", "type": "panelSeen", "correlation": "panel-of-another"}
    taken = operator.staff.post(f"{OWN}/event", other)
    assert (taken.status_code, taken.json["code"]) == (409, "conflictEventId")
    assert report(operator, survey, doors=3).status_code == 200
    operator.settle()
    assert set(states(order).values()) == {"completed", "skipped"}, order.plan
    assert "line.characteristic.zone == 'red'" in by_item(order)["guards"]["reason"]
    assert order.state == "completed"
    assert outside.received[0][1] == {
        "system": "warehouse",
        "method": "POST",
        "path": f"/reservation/{order.key}",
        "body": {"sensors": 6, "zone": "green"},
    }
    (made,) = order.services.values()
    assert made["state"] == "active"
    brought = {name: value for name, value in values(made).items() if name != "networkReference"}
    assert brought == {"doors": 3, "reservation": "R-7", "panel": "P-1"}
    assert len(operator.commands()) == 1


@pytest.mark.accepts("ORC-01")
def test_what_cannot_work_is_not_published_and_what_is_published_stays(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """A draft may hold anything; publishing it names every circle, every item that is never
    reached, unknown names and texts that do not parse, each at its place. Once it is published it
    is not changed or removed any more: the next version is drafted from it and compared."""
    broken = (
        item(
            "a",
            "manual",
            "b",
            role="crew",
            durationMinutes=30,
            pointOfNoReturn="hard",
            compensation={"onChange": "redo"},
            retry={"technical": [5, 60, 86_401], "business": [600] * 16},
            sla={"minutes": 60, "warnPercent": 50, "escalateTo": "nobodys"},
        ),
        item("b", "milestone", "a"),
        item("c", "timer", "b", delaySeconds=5),
        item("d", "callout", callout={"system": "nobody", "request": {"path": "/${oops("}}),
        item("e", "manual", condition="line.id =="),
    )
    made = operator.make(DEFINITION, {"code": "broken", "name": "Broken", "item": list(broken)})
    expected = {
        ("itemCircle", "item[0].after"),
        ("itemCircle", "item[1].after"),
        ("itemUnreachable", "item[2].after"),
        ("roleUnknown", "item[0].sla.escalateTo"),
        ("badValue", "item[0].retry.technical[2]"),
        ("tooMany", "item[0].retry.business"),
        ("systemUnknown", "item[3].callout.system"),
        ("templateInvalid", "item[3].callout.request.path"),
        ("conditionInvalid", "item[4].condition"),
    }
    one = f"{DEFINITION}/{made['id']}"
    assert codes(operator.staff.post(f"{one}/check")) == expected
    assert codes(operator.staff.patch(one, {"lifecycleStatus": "published"})) == expected
    agreed = {"minutes": 60, "warnPercent": 50, "breachLevel": "critical"}
    sound = [
        item("a", "manual", role="crew", durationMinutes=30, sla=agreed),
        item("b", "milestone", "a"),
    ]
    assert operator.staff.patch(one, {"item": sound}).status_code == 200
    assert operator.staff.patch(one, {"lifecycleStatus": "published"}).status_code == 200
    assert codes(operator.staff.patch(one, {"item": []})) == {("conflictPublished", "item")}
    assert operator.staff.delete(one).status_code == 409
    drafted = operator.staff.post(f"{one}/newVersion")
    assert (drafted.status_code, drafted.json["planVersion"]) == (200, 2), drafted.json
    assert operator.staff.post(f"{one}/newVersion").status_code == 409
    second = f"{DEFINITION}/{drafted.json['id']}"
    sound[0]["durationMinutes"] = 45
    assert operator.staff.patch(second, {"item": sound}).status_code == 200
    found = operator.read(f"{second}/compare/{made['id']}")["difference"]
    assert found == [{"item": "a", "attribute": "durationMinutes", "before": 30, "after": 45}]
    assert operator.staff.patch(second, {"lifecycleStatus": "published"}).status_code == 200
    operator.settle()
    assert operator.read(DEFINITION, made["id"])["lifecycleStatus"] == "retired"
    reader = operator.site.user("planner", roles=["auditor"], scopes=("*:read",))
    assert reader.post(DEFINITION, {"code": "mine", "name": "Mine"}).status_code == 403


@pytest.mark.accepts("JEO-01")
def test_an_order_is_expected_by_the_longest_way_through_its_plan(
    operator: Operator, service: Callable[..., str]
) -> None:
    """An hour, two after that, half an hour beside: the order is expected in three hours."""
    offering = service("Doorbell")
    published(
        operator, "doorbell", item("drill", "manual", durationMinutes=60),
        item("mount", "manual", "drill", durationMinutes=120),
        item("name", "manual", durationMinutes=30),
        item("switchOn", "activation", "mount", "name"),
    )  # fmt: skip
    picked(operator, row("doorbell", specification="Doorbell"))
    order = ordered(operator, operator.ada(), offering)
    begun = parse_instant(by_item(order)["drill"]["startedAt"])
    ends = {parse_instant(one["plannedEnd"]) for one in order.plan["item"] if not one.get("origin")}
    assert ends == {begun + timedelta(minutes=180)}


@pytest.mark.accepts("ORC-02")
def test_the_table_picks_the_plan(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """By specification, category, what is done with it and the customer's segment; what no row is
    for goes by its specification alone. The table has to decide its examples as they say."""
    offering = service("Lift")
    for code in ("lift", "lift-gold", "lift-end"):
        published(operator, code, item(code.replace("-", ""), "milestone"))
    rows = (
        row("lift-gold", specification="Lift", action="add", customerSegment="premium"),
        row("lift", specification="Lift", action="add"),
        row("lift-end", specification="Lift", action="delete"),
    )
    case = {
        "name": "gold",
        "expected": "lift",
        "given": {"specification": "Lift", "action": "add", "customerSegment": "premium"},
    }
    wrong = {"name": "Plans", "isOn": True, "row": list(rows), "testCase": [case]}
    assert codes(operator.staff.post(TABLE, wrong)) == {("testCaseFails", "testCase[0]")}
    table = picked(operator, *rows, testCase=[{**case, "expected": "lift-gold"}])
    asked = {"given": {"specification": "Lift", "action": "delete"}}
    decided = operator.staff.post(f"{TABLE}/{table['id']}/evaluate", asked).json
    assert decided == {"result": "lift-end", "row": 2, "fault": []}
    draft = operator.make(DEFINITION, {"code": "lift-new", "name": "Lift", "item": []})
    idle = {"name": "Plans", "isOn": True, "row": [row("lift-new", specification="Lift")]}
    assert codes(operator.staff.post(TABLE, idle)) == {("definitionNotPublished", "row[0].result")}
    assert operator.staff.post(TABLE, {**idle, "isOn": False}).status_code == 201
    assert operator.staff.delete(f"{DEFINITION}/{draft['id']}").status_code == 204
    (gold_plan,) = operator.find(DEFINITION, code="lift-gold")
    retired = operator.staff.patch(
        f"{DEFINITION}/{gold_plan['id']}", {"lifecycleStatus": "retired"}
    )
    assert (retired.status_code, codes(retired)) == (409, {("conflictPicked", "lifecycleStatus")})
    ada, grace = operator.ada(), operator.ada()
    gold = operator.staff.patch(f"{CUSTOMER}/{grace.id}", {"customerSegment": "premium"})
    assert gold.status_code == 200, gold.json
    plain, golden = (ordered(operator, one, offering) for one in (ada, grace))
    assert list(states(plain)) == ["lift"]
    assert list(states(golden)) == ["liftgold"]
    ending = ada.orders(ada.change("1", "delete", plain.product()["id"]))
    operator.settle()
    assert (list(states(ending)), ending.state) == (["liftend"], "completed")
    safe = picked(operator, row("lift", category="Safety"), position=1)
    exempt = ordered(operator, ada, service("Hatch", category="Safety"))
    assert by_item(exempt)["lift"]["origin"]["reason"] == f"{safe['name']}, row 1"
    other = ordered(operator, ada, service("Ramp"))
    assert (states(other), other.state) == ({}, "completed")


@pytest.mark.accepts("ORC-08")
def test_a_running_order_keeps_its_version(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """What is published meanwhile holds for the orders that begin after it."""
    offering = service("Bell")
    first = published(operator, "bell", item("ring", "manual"))
    picked(operator, row("bell", specification="Bell"))
    running = ordered(operator, operator.ada(), offering)
    drafted = operator.staff.post(f"{DEFINITION}/{first['id']}/newVersion").json
    changed = {"item": [item("ring", "manual"), item("listen", "manual", "ring")]}
    assert operator.staff.patch(f"{DEFINITION}/{drafted['id']}", changed).status_code == 200
    live = {"lifecycleStatus": "published"}
    assert operator.staff.patch(f"{DEFINITION}/{drafted['id']}", live).status_code == 200
    operator.settle()
    later = ordered(operator, operator.ada(), offering)
    assert [list(states(one)) for one in (running, later)] == [["ring"], ["ring", "listen"]]
    assert by_item(running)["ring"]["origin"]["version"] == 1
    assert report(operator, by_item(running)["ring"]).status_code == 200
    operator.settle()
    assert running.state == "completed"
    assert by_item(later)["listen"]["origin"]["version"] == 2


@pytest.mark.accepts("ORC-16")
def test_a_step_is_left_out_where_its_condition_does_not_hold(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """What is asked is what is known when the step's turn comes: also what a person has reported
    before. The reason stands at the step that was left out, and the order goes on without it."""
    offering = service("Gate")
    published(
        operator,
        "gate",
        item("look", "manual", form=[{"name": "doors", "valueType": "number"}]),
        item("ladder", "manual", "look", condition="item.doors > 4"),
        item("guards", "manual", "look", condition="line.characteristic.zone == 'red'"),
        item("key", "manual", "look", condition="item.missing == 1"),
    )
    picked(operator, row("gate", specification="Gate"))
    ada = operator.ada()
    order = ordered(operator, ada, offering, zone="red")
    assert report(operator, by_item(order)["look"], doors=2).status_code == 200
    operator.settle()
    assert states(order) == {
        "look": "completed",
        "ladder": "skipped",
        "guards": "ready",
        "key": "skipped",
    }
    assert "item.doors > 4" in by_item(order)["ladder"]["reason"]
    assert "missing has no value" in by_item(order)["key"]["reason"]
    assert report(operator, by_item(order)["guards"], panel="x").status_code == 200
    operator.settle()
    assert order.state == "completed"


@pytest.mark.accepts("ORC-07")
def test_a_step_waits_for_another_order(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """The antenna is aligned only when the mast of the other order has been put up, also where
    that order is sent in but not yet begun, or has an end of its own; the rest goes on meanwhile.
    Without an order that it is related to nothing is waited for."""
    mast, antenna = service("Mast"), service("Antenna")
    published(operator, "mast", item("erect", "manual"), item("paint", "manual", "erect"))
    after = [{"scope": "relatedOrder", "specification": "Mast", "item": "erect"}]
    published(operator, "antenna", item("pack", "manual"), item("align", "manual", after=after))
    picked(operator, row("mast", specification="Mast"), row("antenna", specification="Antenna"))
    ada = operator.ada()

    def antenna_after(other: str) -> Order:
        line = {"id": "1", "action": "add", "productOffering": {"id": antenna}}
        related = [{"id": other, "relationshipType": "relatesTo"}]
        return ada.orders(line, orderRelationship=related)

    first = ada.orders({"id": "1", "action": "add", "productOffering": {"id": mast}})
    second = antenna_after(first.id)
    by_key = antenna_after(first.key)
    operator.settle()
    operator.hurry()
    for order in (second, by_key):
        assert (states(order)["pack"], states(order)["align"]) == ("ready", "pending")
    wait = next(one for one in second.plan["item"] if one["kind"] == "event")
    assert wait["reason"] == "waits for Mast: erect of the related orders"
    assert report(operator, by_item(first)["erect"]).status_code == 200
    operator.settle()
    assert states(first)["paint"] == "ready"
    assert {states(order)["align"] for order in (second, by_key)} == {"ready"}
    late = "2100-01-01T00:00:00Z"
    far = ada.orders(
        {"id": "1", "action": "add", "productOffering": {"id": mast}}, requestedStartDate=late
    )
    third = antenna_after(far.id)
    alone = ordered(operator, ada, antenna)
    assert states(alone)["align"] == "ready"
    operator.hurry()
    assert states(third)["align"] == "pending"
    assert far.cancel()["cancellationResult"] == "canceled"
    operator.hurry()
    assert states(third)["align"] == "ready"


def test_every_step_of_a_plan_says_why(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Each step names its definition, the version that the order began with, the row that picked
    it and what that was given, though a newer version is in force; so do the steps that take back
    what was done, and those of a canceled order. What is waited for is called by its title."""
    offering = service("Watch")
    plan = published(operator, "watch", *ALARM)
    picked(operator, row("watch", specification="Watch", action="add"), name="Watching")
    outside.script = {"warehouse": [says(200, number="R-8"), says(200)]}
    order = ordered(operator, operator.ada(), offering)
    version = plan["planVersion"]
    drafted = operator.staff.post(f"{DEFINITION}/{plan['id']}/newVersion").json
    operator.staff.patch(f"{DEFINITION}/{drafted['id']}", {"lifecycleStatus": "published"})
    assert report(operator, by_item(order)["survey"], doors=3).status_code == 200
    operator.settle()
    connected = why(operator, order, by_item(order)["switchOn"])
    assert connected["state"][0]["text"] == "pending: waits for Connected, Guards" or (
        connected["state"][0]["text"] == "pending: waits for Connected"
    )

    (number,) = [one for one in why(operator, order, by_item(order)["sensors"])["value"]
                 if one["name"] == "reservation"]  # fmt: skip
    assert number["text"] == "read from the answer by response.body.number"
    assert (number["rule"], number["version"], number["given"]) == (
        "plan definition Watch", str(version), "R-8",
    )  # fmt: skip

    def all_told() -> None:
        for step in order.plan["item"]:
            found = why(operator, order, step)
            texts = [one["text"] for listed in found.values() for one in listed]
            assert not [one for one in texts if "present catalog" in one or "changed since" in one]
            assert found["state"][0]["given"] == step["state"]
            if step["layer"] == "order":
                continue
            assert found["part"][0]["text"], step
            if "item" in step.get("origin", {}):
                assert found["rule"][0]["rule"] == "plan definition Watch"
                assert found["rule"][-1]["version"] == str(version)
                assert "Watching, row 1 (version 1)" in found["rule"][0]["text"]
                if step.get("undoes") is None:
                    assert found["part"][0]["given"]["facts"]["record"]["name"] == "Watch"

    all_told()
    (condition,) = [one for one in why(operator, order, by_item(order)["guards"])["rule"]
                    if one.get("name") == "condition"]  # fmt: skip
    assert "line.characteristic.zone == 'red'" in condition["text"]
    assert condition["given"]["facts"]["line"]["characteristic"] == {"zone": "green"}
    order.cancel()
    operator.settle()
    assert order.state == "cancelled"
    back = [one for one in order.plan["item"] if one.get("undoes")]
    assert back
    assert why(operator, order, back[0])["part"][0]["text"].startswith("takes back Sensors")
    all_told()


def why(operator: Operator, order: Order, step: Record) -> dict[str, list[Record]]:
    """Return what is told of a step, by what it is about."""
    path = f"{OWN}/productOrder/{order.id}/explanation?step={step['id']}"
    found: dict[str, list[Record]] = {}
    for one in operator.read(path):
        found.setdefault(one["about"], []).append(one)
    return found
