"""What is kept of tickets and problems as they move, and when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.assurance.conftest import CALENDAR, HOUR, MINUTE, OWN, PROBLEM, TICKET, Desk
from tests.assurance.test_hands import codes
from tests.support.program import Site
from trunkline.documents.shape import parse_instant
from trunkline.leases import queue

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture
def real_time(site: Site) -> Iterator[None]:
    """Let the program wait by the machine's clock, as it does for an operator."""
    object.__setattr__(site.services, "test_clock", False)
    yield
    object.__setattr__(site.services, "test_clock", True)


def looks(site: Site, kind: str, ident: str) -> list[timedelta]:
    """Return in how long a record is looked at, by each piece of work, in their order."""
    rows = site.rows(
        "select run_at - clock_timestamp() from work where kind = %s and subject = %s order by id",
        kind,
        ident,
    )
    return [one for (one,) in rows]


@pytest.mark.usefixtures("real_time")
def test_a_moment_that_comes_sooner_is_not_waited_for(desk: Desk, site: Site) -> None:
    """A ticket due in ten days that becomes due in minutes is looked at within those: no piece
    of work for a later day stands in front. The same holds for a request."""
    desk.type(
        "sooner", warnPercent=99,
        target=[{"severity": "critical", "resolutionMinutes": 20},
                {"resolutionMinutes": 10 * 24 * 60}],
    )  # fmt: skip
    ada = desk.operator.ada()
    made = desk.ticket("sooner", ada)
    desk.operator.settle()
    (far,) = looks(site, "assurance.watch", made["id"])
    assert far > timedelta(minutes=30)
    desk.staff.patch(f"{TICKET}/{made['id']}", {"severity": "critical"})
    desk.operator.settle()
    (near,) = looks(site, "assurance.watch", made["id"])
    assert near <= timedelta(minutes=20)
    with site.services.database.app.connection() as connection:
        connection.execute(
            "update work set run_at = clock_timestamp() where subject = %s", [made["id"]]
        )
        claimed = queue.claim(connection, lane="reaction", worker="w", limit=100, lease_s=1)
        assert made["id"] in {one.subject for one in claimed}
        connection.rollback()

    kind = desk.operator.make(
        "/api/care/v1/requestType", {"name": f"Soon {desk.day}", "targetProcess": "information"}
    )
    now = parse_instant(desk.read(made)["creationDate"])
    body = {"requestType": {"id": kind["id"]}, "dueDate": (now + timedelta(days=9)).isoformat(),
            "relatedParty": [{"id": ada.id, "role": "customer",
                              "@referredType": "Customer"}]}  # fmt: skip
    asked = desk.operator.make("/api/care/v1/customerRequest", body)
    desk.operator.settle()
    sooner = {"dueDate": (now + timedelta(minutes=20)).isoformat()}
    path = f"/api/care/v1/customerRequest/{asked['id']}"
    answer = desk.staff.patch(path, sooner)
    assert answer.status_code == 200, answer.json
    desk.operator.settle()
    (near,) = looks(site, "care.deadline", asked["id"])
    assert near <= timedelta(minutes=21)


def test_a_changed_calendar_and_type_reach_their_tickets(desk: Desk) -> None:
    """Another calendar moves the due date; days to confirm given later close what is resolved; a
    default that no longer holds takes its due date along."""
    week = [{"day": "monday", "startHour": "00:00", "endHour": "01:00"}]
    calendar = desk.operator.make(
        CALENDAR, {"name": f"C{desk.day}", "timeZone": "UTC", "workingHours": week}
    )
    desk.type("week", workingCalendar={"id": calendar["id"]}, target=[{"resolutionMinutes": 600}])
    ada = desk.operator.ada()
    made = desk.ticket("week", ada)
    desk.operator.settle()
    all_day = [{"day": one, "startHour": "00:00", "endHour": "24:00"} for one in DAYS]
    desk.staff.patch(f"{CALENDAR}/{calendar['id']}", {"workingHours": all_day})
    desk.operator.hurry()
    due = parse_instant(desk.read(made)["dueDate"]) - parse_instant(made["creationDate"])
    assert abs(due.total_seconds() - 600 * MINUTE) < 5

    kind = desk.type("confirm")
    over = desk.ticket("confirm", ada)
    desk.moved(over, "resolved")
    desk.operator.settle()
    desk.staff.patch(f"{OWN}/ticketType/{kind['id']}", {"confirmDays": 1})
    default = desk.type("rest", isDefault=True, target=[{"resolutionMinutes": 60}])
    plain = desk.ticket("nobody-described-it", ada)
    assert "dueDate" in plain
    desk.operator.hurry()
    desk.staff.patch(f"{OWN}/ticketType/{default['id']}", {"lifecycleStatus": "retired"})
    desk.operator.hurry()
    assert "dueDate" not in desk.read(plain)
    desk.later(25 * HOUR)
    assert desk.read(over)["status"] == "closed"


def test_steps_that_must_be_done_are_not_got_round(desk: Desk) -> None:
    """They are not taken out of the list, nor left undone in a ticket that begins as closed; who
    did one and when is not for anybody to say."""
    desk.type("steps", checklist=[{"title": "Tested", "isMandatory": True}, {"title": "Called"}])
    made = desk.ticket("steps", desk.operator.ada())
    refused = desk.moved(made, "resolved", checklist=[])
    assert codes(refused) == {("checklist", "stepMissing")}
    free = [{"title": "Tested", "isMandatory": False}]
    assert codes(desk.moved(made, "resolved", checklist=free)) == {("checklist", "stepMissing")}
    body = {"ticketType": desk.code("steps"), "severity": "minor", "description": "x"}
    refused = desk.staff.post(TICKET, {**body, "status": "closed"})
    assert codes(refused) == {("checklist[0].isDone", "checklistOpen")}
    done = [one | {"isDone": one["title"] == "Tested"} for one in made["checklist"]]
    path = f"{TICKET}/{made['id']}"
    forged = [done[0] | {"doneBy": "Boss", "doneAt": "2020-01-01T00:00:00Z"}, done[1]]
    refused = desk.staff.patch(path, {"checklist": forged})
    assert codes(refused) == {("checklist[0].doneAt", "readOnly")}
    held = desk.staff.patch(path, {"checklist": done}).json["checklist"]
    forged = [held[0] | {"doneBy": "Boss"}, held[1]]
    refused = desk.staff.patch(path, {"checklist": forged})
    assert codes(refused) == {("checklist[0].doneAt", "readOnly")}
    assert desk.moved(made, "resolved", checklist=held).status_code == 200


def test_another_type_brings_its_queue_and_steps(desk: Desk) -> None:
    """Triage: a ticket of another type is in that type's queue with its steps, unless somebody says
    another queue with it."""
    desk.type("network", handledBy="fallout", checklist=[{"title": "Traced"}])
    ada = desk.operator.ada()
    made, other = desk.ticket("any", ada), desk.ticket("any", ada)
    retyped = {"ticketType": desk.code("network")}
    found = desk.staff.patch(f"{TICKET}/{made['id']}", retyped).json
    assert found["handledBy"] == "fallout"
    assert [one["title"] for one in found["checklist"]] == ["Traced"]
    found = desk.staff.patch(f"{TICKET}/{other['id']}", {**retyped, "handledBy": "care"}).json
    assert found["handledBy"] == "care"
    away = {"percent": 90, "role": "nobodys"}
    for method, path, sent, where in (
        ("PATCH", f"{TICKET}/{other['id']}", {"handledBy": "nobodys"}, "handledBy"),
        ("POST", TICKET, {**retyped, "severity": "minor", "description": "x",
                          "handledBy": "nobodys"}, "handledBy"),
        ("POST", f"{OWN}/ticketType", {"code": "n", "name": "N", "escalation": [away]},
         "escalation[0].role"),
        ("POST", "/api/care/v1/requestType", {"name": "N", "targetProcess": "order",
                                              "handledBy": "nobodys"}, "handledBy"),
    ):  # fmt: skip
        refused = desk.staff.call(method, path, sent)
        assert codes(refused) == {(where, "roleUnknown")}
        assert "care, care_lead" in refused.json["message"], "the roles that there are"


def test_a_reason_belongs_to_its_move(desk: Desk) -> None:
    """Why a ticket waited is not why it went on; nor does a problem end for the reason it was
    held."""
    ada = desk.operator.ada()
    made = desk.ticket("any", ada)
    desk.moved(made, "pending", statusChangeReason="asked for a picture")
    moved = desk.moved(made, "inProgress").json
    assert "changeReason" not in moved["statusChange"][-1]
    assert "statusChangeReason" not in moved
    problem = desk.problem(ada, affectedNumberOfServices=500)
    path = f"{PROBLEM}/{problem['id']}"
    desk.staff.patch(path, {"status": "held", "statusChangeReason": "waits for parts"})
    record = [{"description": "resolved"}]
    found = desk.staff.patch(path, {"status": "resolved", "trackingRecord": record}).json
    assert "statusChangeReason" not in found
    assert found["affectedNumberOfServices"] == 500
    assert "resolutionDate" in found


def test_what_is_merged_stays_closed(desk: Desk) -> None:
    """A merged ticket is opened again only by taking it out of the other one, so that nothing is
    taken along twice."""
    ada = desk.operator.ada()
    kept, merged = desk.ticket("any", ada), desk.ticket("any", ada, note=[{"text": "n"}])
    assert desk.act(merged, "merge", into=kept["key"]).status_code == 200
    assert codes(desk.moved(merged, "inProgress")) == {("status", "isMerged")}
    assert [one["text"] for one in desk.read(kept)["note"]] == ["n"]
    assert desk.act(merged, "unmerge").json["duplicate"]["status"] == "inProgress"


def test_only_linked_tickets_are_resolved_with_a_problem(desk: Desk) -> None:
    """A ticket that there is not, or that is not linked, is named as the fault; whom a problem hits
    is counted past the last page, too."""
    ada = desk.operator.ada()
    problem, loose = desk.problem(ada), desk.ticket("any", ada)
    linked = desk.ticket("any", ada)
    path = f"{OWN}/serviceProblem/{problem['id']}"
    desk.staff.post(f"{path}/link", {"troubleTicket": [linked["key"]]})
    desk.staff.patch(f"{PROBLEM}/{problem['id']}", {"status": "resolved"})
    for wrong in ("TT999999", loose["key"]):
        refused: Any = desk.staff.post(
            f"{path}/resolveTicket", {"troubleTicket": [linked["key"], wrong]}
        )
        assert codes(refused) == {("troubleTicket[1]", "danglingReference")}
    assert desk.read(linked)["status"] == "acknowledged"
    for query in ("offset=0", "offset=5", "limit=0"):
        answer = desk.staff.get(f"{path}/affected", query_string=query)
        assert answer.headers["X-Total-Count"] == "1"
