"""A survey is made by hand: it waits in a list, is given to somebody and reported with results."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stories.test_broken_down import LIVE, buy, sell
from tests.support.operator import (
    FALLOUT,
    OWN,
    SERVICE_SPECIFICATION,
    Operator,
    Order,
    codes,
    values,
)
from tests.support.outside import ScriptedOutside
from tests.support.pages import browser_of
from tests.support.plans import TABLE, by_item, item, ordered, picked, published, report, row
from tests.web.browser import source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant

TASK = f"{OWN}/task"
MAY_REPORT = {"ordering:completeTask": Grant("all", EVERY_CLASS)}


def survey(operator: Operator) -> Order:
    """Return an order that waits for a survey, which has to say how long the cable is."""
    asked = [
        {"name": "cableLength", "valueType": "integer", "configurable": True, "minCardinality": 1,
         "maxCardinality": 1, "characteristicValueSpecification": [
             {"valueFrom": 1, "valueTo": 90}]},
        {"name": "remark", "valueType": "string", "configurable": True, "minCardinality": 0},
    ]  # fmt: skip
    by_hand = {"kind": "manual", "title": "Survey the building", "role": "survey",
               "durationMinutes": 90}  # fmt: skip
    made = operator.make(
        SERVICE_SPECIFICATION,
        {"name": "Survey", "specCharacteristic": asked, "fulfilment": by_hand, **LIVE},
    )
    order = buy(operator, sell(operator, "In-house cabling", serviceSpecification=[made]))
    operator.settle()
    return order


@pytest.mark.accepts("ORC-06")
def test_a_survey_waits_for_who_makes_it_and_is_reported_in_full(operator: Operator) -> None:
    """It stands in the list with its due date and its form. The crew takes it on, the dispatcher
    gives it to Grace, in whose list it is then. Without the length of the cable, or with one that
    no cable has, it stays open, whichever way it is reported; with it the order goes on."""
    order = survey(operator)
    task = order.step("Survey")["id"]
    site = operator.site
    site.role("surveyor", MAY_REPORT)
    crew, grace = (
        site.user(login, roles=["surveyor"], scopes=tuple(MAY_REPORT))
        for login in ("rosa", "grace-h")
    )
    listed = {one["id"]: one for one in crew.get(f"{TASK}?role=survey").json}
    assert (listed[task]["title"], listed[task]["order"]["id"]) == ("Survey the building", order.id)
    assert listed[task]["dueAt"] > listed[task]["startedAt"]
    page = browser_of(site, "grace-h")
    queue = source_of(page.get('/tasks?by=role&group=["survey"]'))
    assert f'href="/tasks/{task}"' in queue
    assert task not in source_of(page.get("/tasks?tab=mine"))
    form = page.get(f"/tasks/{task}")
    assert "Cable length required" in words_of(form.text)
    assert "Due" in words_of(form.text)

    assert crew.post(f"{TASK}/{task}/claim").status_code == 200
    assert task not in source_of(page.get("/tasks?tab=mine"))
    given = operator.staff.post(f"{TASK}/{task}/assign", {"login": "grace-h"})
    assert (given.status_code, given.json["claimedBy"]["name"]) == (200, "Grace-H"), given.json
    assert task in source_of(page.get("/tasks?tab=mine"))
    assert [one["id"] for one in crew.get(f"{TASK}?claimedBy=me").json] == []
    assert [one["id"] for one in grace.get(f"{TASK}?claimedBy=me").json] == [task]

    address = f"{TASK}/{task}/complete"
    missing = {("characteristicMissing", "characteristic.cableLength")}
    assert codes(grace.post(address, {"evidence": "photo 7"})) == missing
    blank = {"evidence": "photo 7", "characteristic": [{"name": "cableLength", "value": " "}]}
    assert codes(grace.post(address, blank)) == missing
    long = {"characteristic": [{"name": "cableLength", "value": 400}]}
    refused = grace.post(address, long)
    assert codes(refused) == {("characteristicValue", "characteristic.cableLength")}
    page.get(f"/tasks/{task}")
    answer = page.post(f"/tasks/{task}", {"name": "cableLength", "value": "", "note": "photo 7"})
    assert answer.status_code == 400
    assert "cableLength is missing" in words_of(answer.text)
    assert order.steps["Survey"] == "ready"

    answer = page.post(f"/tasks/{task}", {"name": "cableLength", "value": "35", "note": "photo 7"})
    assert answer.status_code == 303, words_of(answer.text)
    operator.settle()
    assert order.state == "completed"
    assert values(order.services["Survey"]) == {"cableLength": 35}
    done = order.step("Survey")["answer"]
    assert (done["by"], done["evidence"]) == ("Grace-H", "photo 7")
    assert crew.get(f"{TASK}?order={order.id}").json == []
    said = {"characteristic": [{"name": "cableLength", "value": 35}], "evidence": "photo 7"}
    assert grace.post(address, said).status_code == 200  # once more the same
    other = {"characteristic": [{"name": "cableLength", "value": 30}], "evidence": "photo 8"}
    late = grace.post(address, other)
    assert (late.status_code, late.json["code"]) == (409, "conflictTaskState")


def test_a_survey_put_aside_and_done_by_hand_brings_its_results_too(operator: Operator) -> None:
    """Raised as fallout it cannot be closed with evidence alone: what it has to say is asked for
    there as well, and stands with the service."""
    missing = {("characteristicMissing", "characteristic.cableLength")}
    other = survey(operator)
    stopped = operator.staff.post(
        f"{OWN}/step/{other.step('Survey')['id']}/raiseFallout",
        {"falloutType": "custom", "reason": "nobody opens"},
    )
    by_hand = f"{FALLOUT}/{stopped.json['id']}/completeByHand"
    assert codes(operator.staff.post(by_hand, {"evidence": "photo 8"})) == missing
    assert other.steps["Survey"] == "fallout"
    said = {"evidence": "photo 8", "characteristic": [{"name": "cableLength", "value": 7}]}
    assert operator.staff.post(by_hand, said).status_code == 200
    operator.settle()
    assert (other.state, values(other.services["Survey"])) == ("completed", {"cableLength": 7})


def test_a_task_is_given_only_to_who_may_report_it(operator: Operator) -> None:
    """Nobody of that name, and somebody without the permission, are refused alike; what is done is
    given to nobody, and who may not report tasks gives none away."""
    order = survey(operator)
    task = order.step("Survey")["id"]
    operator.site.user("onlooker", roles=["auditor"], scopes=("*:read",))
    for login in ("nobody-at-all", "onlooker"):
        answer = operator.staff.post(f"{TASK}/{task}/assign", {"login": login})
        assert (answer.status_code, codes(answer)) == (400, {("notAssignable", "login")})
    onlooker = operator.site.user("onlooker", roles=["auditor"])
    assert onlooker.post(f"{TASK}/{task}/assign", {"login": "admin"}).status_code == 403
    report = {"characteristic": [{"name": "cableLength", "value": 5}]}
    assert operator.staff.post(f"{TASK}/{task}/complete", report).status_code == 200
    late = operator.staff.post(f"{TASK}/{task}/assign", {"login": "admin"})
    assert (late.status_code, late.json["code"]) == (409, "conflictTaskState")


@pytest.mark.accepts("TAM-CO-03")
def test_what_needs_people_lies_in_one_pool_until_somebody_takes_it(operator: Operator) -> None:
    """Tasks of all orders lie together, those of a role apart, soonest due first. Who takes one
    has it to oneself: it leaves the pool, and nobody else can take it; given back, it is there
    again for the next one, and what is done is gone for good."""
    orders = [survey(operator) for _ in range(2)]
    first, second = (one.step("Survey")["id"] for one in orders)
    ada = operator.ada()
    visited = ada.orders(ada.fibre("1", installation="technician"))
    operator.settle()
    visit = visited.step("On-site Installation")["id"]
    site = operator.site
    site.role("surveyor", MAY_REPORT)
    rosa, grace = (
        site.user(login, roles=["surveyor"], scopes=tuple(MAY_REPORT))
        for login in ("rosa", "grace-h")
    )

    def pool(role: str = "") -> list[str]:
        query = "claimedBy=nobody&limit=1000" + (f"&role={role}" if role else "")
        listed = rosa.get(TASK, query_string=query).json
        due = [one.get("dueAt", "9999") for one in listed]  # without a date: last
        assert due == sorted(due)
        return [one["id"] for one in listed if one["id"] in {first, second, visit}]

    assert set(pool()) == {first, second, visit}
    assert pool("survey") == [first, second]
    assert rosa.post(f"{TASK}/{first}/claim").status_code == 200
    assert pool("survey") == [second]
    taken = grace.post(f"{TASK}/{first}/claim")
    assert (taken.status_code, taken.json["code"]) == (409, "conflictTaskClaimed")
    assert "Rosa" in taken.json["message"]
    assert rosa.post(f"{TASK}/{first}/release").status_code == 200
    assert pool("survey") == [first, second]
    assert grace.post(f"{TASK}/{first}/claim").status_code == 200
    report = {"characteristic": [{"name": "cableLength", "value": 5}]}
    assert grace.post(f"{TASK}/{first}/complete", report).status_code == 200
    assert pool("survey") == [second]
    assert grace.get(f"{TASK}?claimedBy=me").json == []


def test_what_a_form_offers_can_be_reported(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Numbers and yes or no are chosen as such, and as texts on the page; others are refused."""
    offering = service("Valve")
    form = [
        {"name": "bar", "valueType": "number", "choice": ["1", "2.5"], "isRequired": True},
        {"name": "tight", "valueType": "boolean", "choice": ["true"], "isRequired": True},
    ]
    published(operator, "valve", item("test", "manual", form=form))
    picked(operator, row("valve", specification="Valve"))
    first, second = (ordered(operator, operator.ada(), offering) for _ in range(2))
    task = by_item(first)["test"]
    for bar, code in (("1", "characteristicType"), (3, "characteristicValue")):
        refused = report(operator, task, bar=bar, tight=True)
        assert codes(refused) == {(code, "characteristic.bar")}
    assert report(operator, task, bar=2.5, tight=True).status_code == 200
    operator.staff.get(TABLE)
    typed = {"name": ["bar", "tight"], "value": ["2.5", "true"], "note": "seen"}
    address = f"/tasks/{by_item(second)['test']['id']}"
    page = browser_of(operator.site, "admin")
    page.get(address)
    assert page.post(address, typed).status_code == 303
    operator.settle()
    for order in (first, second):
        (made,) = order.services.values()
        assert (order.state, values(made)) == ("completed", {"bar": 2.5, "tight": True})
