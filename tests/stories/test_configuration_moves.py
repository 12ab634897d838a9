"""What one installation has decided goes over into another: shown, chosen, tried, taken in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.operator import codes
from tests.support.program import Client, Site, open_site
from trunkline.kernel.actor import EVERY_CLASS, Grant

GOVERNANCE = "/api/governance/v1"
PACKAGE = f"{GOVERNANCE}/package"
Item = tuple[str, str]


@pytest.fixture
def test_system(cluster: str, template: str) -> Iterator[Site]:
    """Where the configuration is made."""
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture
def live_system(cluster: str, template: str) -> Iterator[Site]:
    """Where it is to go."""
    with open_site(cluster, template) as site:
        yield site


def make(client: Client, name: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{GOVERNANCE}/{name}", body)
    assert answer.status_code == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


def decide(site: Site) -> dict[str, str]:
    """Decide on a register, an attribute that uses it, a role, a rule and a view; return ids."""
    admin = site.admin
    register = make(admin, "register", {"code": "churnRisk", "name": "Churn risk"})
    values = {
        code: make(admin, "registerValue", {
            "register": {"id": register["id"]}, "code": code, "name": code.title(),
            "position": place, "validFor": {"startDateTime": "2026-01-01T00:00:00Z"},
        })
        for place, code in enumerate(("low", "high"))
    }  # fmt: skip
    make(admin, "extraAttribute", {
        "recordType": "Customer", "name": "churnRisk", "kind": "choice", "register": "churnRisk",
        "section": "Care", "position": 1,
    })  # fmt: skip
    make(admin, "profile", {"code": "cautious", "name": "Cautious", "needed": [
        {"appliesTo": "Customer", "attribute": "churnRisk"},
    ]})  # fmt: skip
    site.role("retention", {"Customer:read": Grant("all", EVERY_CLASS)})
    rule = make(admin, "statusRule", {
        "appliesTo": "Customer", "toStatus": "terminated", "name": "Leaving",
        "requiredAttribute": ["churnRisk"], "role": ["retention"],
    })  # fmt: skip
    keeper = site.user("keeper", roles=["administrator", "retention"])
    view = {"resource": "Customer", "name": "At risk", "state": "churnRisk=high"}
    shared = keeper.post("/api/workspace/v1/views", view | {"role": "retention"})
    assert shared.status_code == 201, shared.json
    make_others(admin)
    return {"high": values["high"]["id"], "rule": rule["id"]}


def make_others(admin: Client) -> None:
    """Decide on what customers ask for, what is filed, how one is verified, and what is said.

    And on a flow with a form for who carries it out.
    """
    for path, body in (
        ("/api/care/v1/requestType",
         {"name": "Win back", "targetProcess": "complaint", "handledBy": "retention",
          "dueDays": 2}),
        ("/tmf-api/document/v4/documentSpecification",
         {"name": "Letter of notice", "lifecycleStatus": "published"}),
        ("/api/care/v1/verificationMethod", {"name": "Call back", "validMinutes": 30}),
        ("/api/ordering/v1/planDefinition", {"code": "winBack", "name": "Win back", "item": [
            {"id": "call", "title": "Call", "kind": "manual", "role": "retention",
             "form": [{"name": "offer", "title": "What was offered", "valueType": "string"}]}]}),
        ("/api/sales/v1/salesCycle", {"code": "winBack", "name": "Win back", "stage": [
            {"code": "asked", "name": "Asked", "kind": "open", "probability": 20},
            {"code": "back", "name": "Back", "kind": "won", "probability": 100},
            {"code": "gone", "name": "Gone", "kind": "lost", "probability": 0}]}),
        ("/api/billing/v1/authorityLimit",
         {"role": "retention", "kind": "refund", "limit": {"unit": "EUR", "value": 25}}),
        ("/api/masters/v1/masterSystem", {"code": "groupCrm", "heardWithinSeconds": 60}),
        ("/api/ordering/v1/workingCalendar",
         {"name": "Early shift", "timeZone": "Europe/Vienna", "workingHours": [
             {"day": "monday", "startHour": "06:00", "endHour": "14:00"}]}),
    ):  # fmt: skip
        answer = admin.post(path, body)
        assert answer.status_code == 201, answer.json
    (calendar,) = admin.get("/api/ordering/v1/workingCalendar?name=Early shift").json
    body = {"code": "leaving", "name": "Leaving", "workingCalendar": {"id": calendar["id"]}}
    assert admin.post("/api/assurance/v1/ticketType", body).status_code == 201
    (kind,) = admin.get("/api/care/v1/requestType?name=Win back").json
    retired = admin.patch(f"/api/care/v1/requestType/{kind['id']}", {"lifecycleStatus": "retired"})
    assert retired.status_code == 200
    text = {
        "title": "Please stay",
        "subject": "We would like to keep you",
        "content": "Dear {name}",
    }
    kept = admin.call("PUT", "/api/workspace/v1/messageText/stay", text, params={"language": "de"})
    assert kept.status_code == 200, kept.json


def differing(site: Site, package: dict[str, Any]) -> dict[Item, str]:
    """Return the items of a package that are not the same here, with how they are."""
    answer = site.admin.post(f"{PACKAGE}/difference", package)
    assert answer.status_code == 200, answer.json
    return {
        (one["section"], one["key"]): one["state"]
        for one in answer.json["item"]
        if one["state"] != "same"
    }


def taken(site: Site, package: dict[str, Any], **more: Any) -> dict[Item, str]:
    """Take a package in; return what became of the items that were not the same."""
    answer = site.admin.post(f"{PACKAGE}/import", {"package": package, **more})
    assert answer.status_code == 200, answer.json
    return {
        (one["section"], one["key"]): one["state"]
        for one in answer.json["item"]
        if one["state"] != "same"
    }


NEW = {
    ("registers", "churnRisk"), ("registerValues", "churnRisk/low"),
    ("registerValues", "churnRisk/high"), ("extraAttributes", "Customer/churnRisk"),
    ("roles", "retention"), ("profiles", "cautious"), ("statusRules", "Customer/Leaving"),
    ("savedViews", "Customer/at-risk"), ("messageTexts", "stay/de"),
    ("requestTypes", "Win back"), ("documentTypes", "Letter of notice"),
    ("verificationMethods", "Call back"), ("planDefinitions", "winBack"),
    ("salesCycles", "winBack"), ("authorityLimits", "retention/refund/EUR"),
    ("masterSystems", "groupCrm"), ("workingCalendars", "Early shift"), ("ticketTypes", "leaving"),
}  # fmt: skip


@pytest.mark.accepts("NFR-11")
@pytest.mark.accepts("TSM-18")
def test_what_was_decided_goes_over_and_a_second_time_nothing_changes(
    test_system: Site, live_system: Site
) -> None:
    """Registers, attributes with their place in forms, what forms ask for, rules for states, flows
    and more: the difference names what is new, changed and only here; a trial writes nothing; taken
    in, everything works at once under ids of its own; a second time nothing is left to do."""
    here = decide(test_system)
    make(live_system.admin, "register", {"code": "mood", "name": "Mood"})
    package = test_system.admin.get(PACKAGE).json
    found = differing(live_system, package)
    assert {one for one, state in found.items() if state == "added"} == NEW
    assert found[("registers", "mood")] == "here"

    assert taken(live_system, package, dryRun=True) == dict.fromkeys(NEW, "created")
    assert differing(live_system, package) == found
    assert taken(live_system, package) == dict.fromkeys(NEW, "created")
    assert differing(live_system, package) == {("registers", "mood"): "here"}
    assert taken(live_system, package) == {}

    (flow,) = live_system.admin.get("/api/ordering/v1/planDefinition?code=winBack").json
    assert flow["item"][0]["form"][0]["name"] == "offer"
    (calendar,) = live_system.admin.get("/api/ordering/v1/workingCalendar?name=Early shift").json
    (kind,) = live_system.admin.get("/api/assurance/v1/ticketType?code=leaving").json
    assert kind["workingCalendar"]["id"] == calendar["id"]
    (placed,) = live_system.admin.get(f"{GOVERNANCE}/extraAttribute?name=churnRisk").json
    assert (placed["section"], placed["position"]) == ("Care", 1)
    rule = live_system.admin.get(f"{GOVERNANCE}/statusRule").json[0]
    assert rule["id"] != here["rule"]
    who, action = live_system.rows(
        "select actor_name, action from audit where subject = %s", rule["id"]
    )[0]
    assert (who, action) == ("Admin", "create")


def test_a_change_is_told_field_by_field_and_taken_by_choice(
    test_system: Site, live_system: Site
) -> None:
    """What was changed goes over as that change; what is not chosen stays as it is."""
    here = decide(test_system)
    taken(live_system, test_system.admin.get(PACKAGE).json)
    admin = test_system.admin
    value = f"{GOVERNANCE}/registerValue/{here['high']}"
    until = {"validFor": {"endDateTime": "2026-12-31T00:00:00Z", "startDateTime": None}}
    assert admin.patch(value, {"name": "Very high", **until}).status_code == 200
    rule = f"{GOVERNANCE}/statusRule/{here['rule']}"
    assert admin.patch(rule, {"role": None, "description": "asked by care"}).status_code == 200
    package = admin.get(PACKAGE, query_string="section=registerValues,statusRules").json
    assert set(package["section"]) == {"registerValues", "statusRules"}

    answer = live_system.admin.post(f"{PACKAGE}/difference", package).json["item"]
    changed = {one["key"]: one["change"] for one in answer if one["state"] == "changed"}
    told = {one["path"]: (one.get("here"), one.get("package")) for one in changed["churnRisk/high"]}
    assert told == {
        "name": ("High", "Very high"),
        "validFor.endDateTime": (None, "2026-12-31T00:00:00.000Z"),
        "validFor.startDateTime": ("2026-01-01T00:00:00.000Z", None),
    }
    assert {one["path"] for one in changed["Customer/Leaving"]} == {"role[0]", "description"}

    chosen = ["registerValues/churnRisk/high"]
    assert taken(live_system, package, choose=chosen) == {
        ("registerValues", "churnRisk/high"): "changed"
    }
    assert differing(live_system, package) == {("statusRules", "Customer/Leaving"): "changed"}
    assert taken(live_system, package) == {("statusRules", "Customer/Leaving"): "changed"}
    assert "role" not in live_system.admin.get(f"{GOVERNANCE}/statusRule").json[0]


def test_all_that_was_chosen_is_taken_in_or_nothing(test_system: Site, live_system: Site) -> None:
    """A rule whose role is not there is refused with its reason, and nothing else is written."""
    decide(test_system)
    package = test_system.admin.get(PACKAGE).json
    without = [f"{section}/{key}" for section, key in NEW if section not in {"roles", "savedViews"}]
    tried = taken(live_system, package, choose=without, dryRun=True)
    assert tried[("statusRules", "Customer/Leaving")] == "refused"
    assert tried[("registers", "churnRisk")] == "created"
    refused = live_system.admin.post(f"{PACKAGE}/import", {"package": package, "choose": without})
    assert codes(refused) == {
        ("roleUnknown", "statusRules/Customer/Leaving.role[0]"),
        ("roleUnknown", "requestTypes/Win back.handledBy"),
        ("unknownRole", "authorityLimits/retention/refund/EUR.role"),
    }
    assert {
        one for one, state in differing(live_system, package).items() if state == "added"
    } == NEW


def test_a_file_that_is_no_package_is_refused(live_system: Site) -> None:
    """Another format, a later version, an item without a key, one that is there twice."""
    admin = live_system.admin
    package = admin.get(PACKAGE).json
    for sent in ({}, {**package, "format": "else"}, {**package, "version": 99}):
        assert admin.post(f"{PACKAGE}/difference", sent).status_code == 400
    twice = {"registers": [{"code": "a", "name": "A"}, {"code": "a", "name": "B"}, {"name": "C"}]}
    refused = admin.post(f"{PACKAGE}/difference", {**package, "section": twice})
    assert {one["path"] for one in refused.json["fault"]} == {
        "section.registers[1]", "section.registers[2]",
    }  # fmt: skip
    later = {**package, "section": {"moods": []}}
    assert admin.post(f"{PACKAGE}/difference", later).json["unknownSection"] == ["moods"]


def test_who_may_not_gets_403_and_nobody_gains_rights(test_system: Site, live_system: Site) -> None:
    """A package gives nobody a role that permits more than they hold who take it in."""
    test_system.role("mighty", {"*:*": Grant("all", EVERY_CLASS)})
    package = test_system.admin.get(PACKAGE, query_string="section=roles").json
    assert live_system.unentitled().get(PACKAGE).status_code == 403
    assert (
        live_system.unentitled().post(f"{PACKAGE}/import", {"package": package}).status_code == 403
    )
    everything = {
        one: Grant("all", EVERY_CLASS)
        for one in ("governance:import", "identity:administer", "Customer:read")
    }
    live_system.role("mover", everything)
    mover = live_system.user("mover", roles=["mover"], scopes=tuple(everything))
    body = {"package": package, "choose": ["roles/mighty"]}
    refused = mover.post(f"{PACKAGE}/import", body)
    assert codes(refused) == {("notHeld", "roles/mighty")}
