"""Tickets: kept as they move, counted by a calendar, escalated, merged, and closed in time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assurance.conftest import CALENDAR, HOUR, MINUTE, NOTIFICATIONS, OWN, TICKET, Desk, about
from trunkline.access.standard import ROLES
from trunkline.documents.shape import parse_instant

ALL_DAY = [
    {"day": one, "startHour": "00:00", "endHour": "24:00"}
    for one in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
]


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


def told(client: Any, key: str) -> list[str]:
    return [one["text"] for one in client.get(NOTIFICATIONS).json if key in one["text"]]


def test_a_ticket_keeps_its_history(desk: Desk) -> None:
    """Each state stands in the history with time and reason; what is closed may be opened again."""
    made = desk.ticket("anything", desk.operator.ada())
    assert made["key"].startswith("TT")
    assert (made["status"], made["name"]) == ("acknowledged", "No light")
    desk.moved(made, "inProgress")
    desk.moved(made, "pending", statusChangeReason="asked for a picture")
    assert desk.moved(made, "closed").status_code == 409
    desk.moved(made, "resolved", statusChangeReason="new box")
    found = desk.read(made)
    assert [one["status"] for one in found["statusChange"]] == [
        "acknowledged", "inProgress", "pending", "resolved"]  # fmt: skip
    assert found["statusChange"][2]["changeReason"] == "asked for a picture"
    assert found["resolutionDate"] == found["statusChange"][3]["changeDate"]
    desk.moved(made, "closed")
    again = desk.moved(made, "inProgress", statusChangeReason="dark again").json
    assert "resolutionDate" not in again
    desk.moved(made, "cancelled")
    assert desk.moved(made, "inProgress").status_code == 409
    forged = [{"status": "closed"}]
    assert desk.staff.patch(f"{TICKET}/{made['id']}", {"statusChange": forged}).status_code == 400


def test_a_type_is_data(desk: Desk) -> None:
    """An administrator describes a type; its tickets get queue, steps and due date from it, and are
    not resolved before its steps are done. A retired one takes no new tickets."""
    kind = desk.type(
        "line-down", target=[
            {"severity": "critical", "resolutionMinutes": 60},
            {"resolutionMinutes": 240},
        ],
        checklist=[{"title": "Line tested", "isMandatory": True}, {"title": "Called back"}],
    )  # fmt: skip
    made = desk.ticket("line-down", desk.operator.ada())
    assert made["handledBy"] == "care"
    left = parse_instant(made["dueDate"]) - parse_instant(made["creationDate"])
    assert abs(left.total_seconds() - 240 * MINUTE) < 5
    worse = desk.staff.patch(f"{TICKET}/{made['id']}", {"severity": "critical"}).json
    left = parse_instant(worse["dueDate"]) - parse_instant(made["creationDate"])
    assert abs(left.total_seconds() - 60 * MINUTE) < 5
    assert codes(desk.moved(made, "resolved")) == {("checklist[0].isDone", "checklistOpen")}
    steps = [one | {"isDone": one["title"] == "Line tested"} for one in made["checklist"]]
    done = desk.staff.patch(f"{TICKET}/{made['id']}", {"checklist": steps}).json
    assert done["checklist"][0]["doneBy"]
    assert "doneAt" not in done["checklist"][1]
    assert desk.moved(made, "resolved").status_code == 200
    retired = desk.staff.patch(f"{OWN}/ticketType/{kind['id']}", {"lifecycleStatus": "retired"})
    assert retired.status_code == 200
    body = {"ticketType": desk.code("line-down"), "severity": "minor", "description": "x"}
    assert codes(desk.staff.post(TICKET, body)) == {("ticketType", "typeRetired")}
    twice = desk.staff.post(f"{OWN}/ticketType", {"code": desk.code("line-down"), "name": "Again"})
    assert codes(twice) == {("code", "conflictCode")}


@pytest.mark.accepts("TAM-PR-05")
def test_the_clock_counts_hours_of_work_and_stands_while_the_customer_is_waited_for(
    desk: Desk,
) -> None:
    """The clock runs by the type's calendar, stops in its pauses, says each stretch that counted,
    warns the team, writes down the breach, and goes by another target as soon as the type does."""
    calendar = desk.operator.make(
        CALENDAR, {"name": "Every day", "timeZone": "UTC", "workingHours": ALL_DAY}
    )
    kind = desk.type(
        "clocked", workingCalendar={"id": calendar["id"]}, warnPercent=50,
        target=[{"resolutionMinutes": 240}],
    )  # fmt: skip
    grace = desk.agent("grace")
    made = desk.ticket("clocked", desk.operator.ada())
    desk.operator.settle()
    first = desk.clock(made)
    assert (first["standing"], first["calendar"], first["targetSeconds"]) == (
        "running", "Every day", 4 * HOUR)  # fmt: skip
    desk.later(HOUR)
    desk.moved(made, "pending")
    desk.later(30 * HOUR)
    waiting = desk.clock(made)
    assert (waiting["standing"], waiting["isBreached"]) == ("paused", False)
    assert HOUR <= waiting["elapsedSeconds"] < HOUR + 60
    assert "dueDate" not in waiting
    assert "dueDate" not in desk.read(made)
    assert told(grace, made["key"]) == []
    desk.moved(made, "inProgress")
    due = parse_instant(desk.read(made)["dueDate"])
    assert abs((due - parse_instant(first["dueDate"])).total_seconds() - 30 * HOUR) < 60
    desk.later(2 * HOUR)
    assert told(grace, made["key"]) == [f"{made['key']} is to be done soon."]
    desk.later(2 * HOUR)
    found, clock = desk.read(made), desk.clock(made)
    assert found["breachedAt"] == clock["breachedAt"] == clock["dueDate"]
    assert f"{made['key']} is late." in told(grace, made["key"])
    assert [one["isCounted"] for one in clock["interval"]] == [True, False, True]
    counted = sum(one["elapsedSeconds"] for one in clock["interval"])
    assert abs(counted - clock["elapsedSeconds"]) <= 3

    more = {"target": [{"resolutionMinutes": 100 * 60}]}
    assert desk.staff.patch(f"{OWN}/ticketType/{kind['id']}", more).status_code == 200
    desk.operator.hurry()
    assert desk.clock(made)["isBreached"] is False
    assert "breachedAt" not in desk.read(made)


@pytest.mark.accepts("TAM-CA-03")
def test_trouble_that_takes_too_long_goes_up(desk: Desk) -> None:
    """It comes to the queue of its type. After half of the time its manager is told, near its end
    who has it, after all of it the breach is noted and the ticket is another team's; by
    hand it goes up at once with a reason, and no further than the type has steps."""
    desk.type(
        "steps", target=[{"resolutionMinutes": 60}], warnPercent=90,
        escalation=[{"percent": 50, "role": "care_lead"},
                    {"percent": 100, "role": "fallout", "takesOver": True}],
    )  # fmt: skip
    lead = desk.agent("linus", "care_lead")
    made = desk.ticket("steps", desk.operator.ada())
    assert made["handledBy"] == "care"
    desk.act(made, "assign", login="me")
    desk.later(31 * MINUTE)
    assert desk.read(made)["escalationLevel"] == 1
    assert told(lead, made["key"]) == [f"{made['key']} was escalated: step 1."]
    desk.later(29 * MINUTE)
    assert "warnedAt" in desk.read(made)
    desk.later(2 * MINUTE)
    found = desk.read(made)
    assert "breachedAt" in found
    assert (found["escalationLevel"], found["handledBy"]) == (2, "fallout")
    assert "assignee" not in found
    assert desk.act(made, "escalate", reason="too slow").status_code == 409
    other = desk.ticket("steps", desk.operator.ada())
    assert desk.act(other, "escalate", reason=" ").status_code == 400
    assert desk.act(other, "escalate", reason="the mayor calls").json["escalationLevel"] == 1
    assert desk.read(other)["note"][-1]["text"] == "the mayor calls"


@pytest.mark.accepts("TAM-PR-04")
def test_a_resolved_ticket_is_confirmed_opened_again_or_closed_in_time(desk: Desk) -> None:
    """The customer confirms and it is closed, or opens it again and it goes on; whoever says
    nothing for the days that the type gives has confirmed."""
    desk.type("confirmed", confirmDays=3)
    ada, bob = desk.operator.ada(), desk.operator.ada()
    client = desk.operator.site.user(
        f"portal{desk.day}", roles=["self_service"], party=ada.party,
        scopes=tuple(ROLES["self_service"].permissions),
    )  # fmt: skip
    body = {"ticketType": desk.code("confirmed"), "severity": "minor", "description": "No light"}
    answer = client.post(TICKET, body)
    assert answer.status_code == 201, answer.json
    mine = answer.json
    assert [one["role"] for one in mine["relatedParty"]] == ["customer"]
    path = f"{TICKET}/{mine['id']}"
    assert codes(client.patch(path, {"status": "resolved"})) == {("status", "notYours")}
    assert codes(client.patch(path, {"severity": "critical"})) == {("severity", "notYours")}
    desk.moved(mine, "resolved")
    assert client.patch(path, {"status": "inProgress", "statusChangeReason": "no"}).json[
        "status"] == "inProgress"  # fmt: skip
    desk.moved(mine, "resolved")
    assert client.patch(path, {"status": "closed"}).json["status"] == "closed"
    theirs = desk.ticket("confirmed", bob)
    assert client.get(f"{TICKET}/{theirs['id']}").status_code == 404
    desk.moved(theirs, "resolved")
    desk.later(71 * HOUR)
    assert desk.read(theirs)["status"] == "resolved"
    desk.later(2 * HOUR)
    found = desk.read(theirs)
    assert found["status"] == "closed"
    assert "3 days" in found["statusChange"][-1]["changeReason"]


@pytest.mark.accepts("TAM-PR-08")
def test_doubles_are_found_merged_and_taken_apart(desk: Desk) -> None:
    """A second ticket of a customer about the same names the first at once; merged it is closed,
    its notes go along once, and taken apart all is as before. Others' tickets are no doubles."""
    ada, bob = desk.operator.ada(), desk.operator.ada()
    product = desk.operator.make(
        "/tmf-api/productInventory/v4/product",
        {"name": "Line", "status": "active", "relatedParty": [
            {"id": ada.id, "role": "customer", "@referredType": "Customer"}]},
    )  # fmt: skip
    subject = {"relatedEntity": [about(product, "Product")]}
    first = desk.ticket("speed", ada, **subject)
    second = desk.ticket("dark", ada, note=[{"text": "since noon"}], **subject)
    assert [one["id"] for one in second["possibleDuplicate"]] == [first["id"]]
    third = desk.ticket("speed", ada)
    assert [one["id"] for one in third["possibleDuplicate"]] == [first["id"]]
    other = desk.ticket("speed", bob)
    assert "possibleDuplicate" not in other
    listed = desk.operator.read(f"{OWN}/troubleTicket/{first['id']}/duplicate")
    assert {one["key"] for one in listed} == {second["key"], third["key"]}

    assert desk.act(second, "merge", into=other["key"]).status_code == 409
    assert desk.act(second, "merge", into=second["key"]).status_code == 409
    assert desk.act(second, "merge", into=first["key"]).status_code == 200
    kept, gone = desk.read(first), desk.read(second)
    assert (gone["status"], gone["mergedInto"]["id"]) == ("closed", first["id"])
    assert [one["text"] for one in kept["note"]] == ["since noon"]
    assert desk.act(second, "merge", into=first["key"]).status_code == 409
    assert desk.act(second, "unmerge").status_code == 200
    kept, gone = desk.read(first), desk.read(second)
    assert "note" not in kept or kept["note"] == []
    assert not kept.get("troubleTicketRelationship")
    assert (gone["status"], gone["note"][0]["text"]) == ("inProgress", "since noon")
    assert "mergedInto" not in gone


def test_parents_and_children(desk: Desk) -> None:
    """A ticket has one parent, is not its own, and does not stand above it."""
    ada = desk.operator.ada()
    above, below = desk.ticket("x", ada), desk.ticket("y", ada)
    parent = {"id": above["id"], "relationshipType": "parent"}
    path = f"{TICKET}/{below['id']}"
    assert desk.staff.patch(path, {"troubleTicketRelationship": [parent]}).status_code == 200
    itself = [{"id": below["id"], "relationshipType": "parent"}]
    refused = desk.staff.patch(path, {"troubleTicketRelationship": itself})
    assert ("troubleTicketRelationship[0].id", "relatedToItself") in codes(refused)
    two = [parent, {"id": desk.ticket("z", ada)["id"], "relationshipType": "parent"}]
    refused = desk.staff.patch(path, {"troubleTicketRelationship": two})
    assert ("troubleTicketRelationship", "twoParents") in codes(refused)
    circle = [{"id": below["id"], "relationshipType": "parent"}]
    refused = desk.staff.patch(f"{TICKET}/{above['id']}", {"troubleTicketRelationship": circle})
    assert ("troubleTicketRelationship", "cycle") in codes(refused)
    one, other = desk.ticket("x", ada), desk.ticket("y", ada)
    for ticket, child, status in ((one, other, 200), (other, one, 400)):
        relation = [{"id": child["id"], "relationshipType": "child"}]
        answer = desk.staff.patch(
            f"{TICKET}/{ticket['id']}", {"troubleTicketRelationship": relation}
        )
        assert answer.status_code == status
