"""A care manager's morning: who is late, who was told, who calls again and again, and why."""

from __future__ import annotations

from typing import Any

import falcon.testing
import pytest

from tests.support.at_portal import at_portal, read
from tests.support.operator import PARTY, Customer, Operator
from tests.support.program import Client
from tests.web.browser import source_of, words_of
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.documents.shape import parse_instant

CARE = "/api/care/v1"
MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
NOTIFICATIONS = "/api/workspace/v1/notification"
HOUR = 3600


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    """The usual roles are there."""
    ensure_roles(operator.site.services)


@pytest.fixture
def agent(operator: Operator) -> Client:
    """Grace of the care team."""
    scopes = tuple(ROLES["care"].permissions)
    return operator.site.user("grace", roles=["care"], scopes=scopes)


@pytest.fixture
def lead(operator: Operator) -> Client:
    """Linus, who watches over the care team."""
    scopes = tuple(ROLES["care_lead"].permissions)
    return operator.site.user("linus", roles=["care_lead"], scopes=scopes)


def request_of(operator: Operator, ada: Customer, **kind: Any) -> str:
    """Return the address of a request of Ada's, of a type of its own."""
    body = {"name": "Refund", "targetProcess": "dispute", "handledBy": "care", "dueDays": 2,
            "warnHours": 6, **kind}  # fmt: skip
    made = operator.make(f"{CARE}/requestType", body)
    parties = [{"id": ada.id, "role": "customer", "@referredType": "Customer"}]
    found = operator.make(
        f"{CARE}/customerRequest", {"requestType": {"id": made["id"]}, "relatedParty": parties}
    )
    return f"{CARE}/customerRequest/{found['id']}"


def told(client: Client, key: str = "") -> list[str]:
    """Return what somebody was told, of one record where its key is named."""
    return [one["text"] for one in client.get(NOTIFICATIONS).json if key in one["text"]]


def messages(operator: Operator, ada: Customer) -> list[dict[str, Any]]:
    found = operator.find(MESSAGE, receiver__party__id=ada.id)
    return sorted(found, key=lambda one: one["key"])


def later(operator: Operator, seconds: int) -> None:
    operator.site.move_clock(seconds)
    operator.hurry()


@pytest.mark.accepts("CIM-10")
def test_each_request_has_a_deadline_and_warns_before_it(operator: Operator, agent: Client) -> None:
    """The type says two days and a warning six hours before; then all of the team are told, once.
    Who has taken a request on is told alone; a day that is moved moves the warning; while the
    customer is waited for, and after the end, nobody is."""
    ada = operator.ada()
    address = request_of(operator, ada)
    operator.settle()
    made = operator.read(address)
    assert made["warningDate"] < made["dueDate"]
    assert told(agent, made["key"]) == []
    later(operator, 43 * HOUR)
    assert "warnedAt" in operator.read(address)
    assert told(agent, made["key"]) == [f"{made['key']} is to be done soon."]
    operator.hurry()
    assert len(told(agent, made["key"])) == 1

    other = request_of(operator, ada, name="Moved", warnHours=None)
    operator.site.user("heinz", roles=["care"], scopes=("workspace:own",))
    agent.post(f"{other}/assign", {"login": "heinz"})
    heinz = operator.site.user("heinz", roles=["care"])
    found = operator.read(other)
    key, soon = found["key"], f"{found['key']} is to be done soon."
    assert "warningDate" not in found
    day = f"{int(found['dueDate'][:4]) + 1}-06-01T00:00:00Z"
    moved = operator.staff.patch(other, {"dueDate": day, "warnHours": 24}).json
    assert moved["warningDate"] == day.replace("06-01", "05-31").replace("Z", ".000Z")
    left = parse_instant(day) - parse_instant(found["history"][-1]["date"])
    later(operator, int(left.total_seconds()) - 30 * HOUR)
    assert soon not in told(heinz)
    operator.staff.patch(other, {"status": "pending"})
    later(operator, 10 * HOUR)
    assert soon not in told(heinz)
    operator.staff.patch(other, {"status": "inProgress"})
    operator.hurry()
    assert soon in told(heinz)
    assert all(key not in one for one in told(agent))


@pytest.mark.accepts("CIM-11")
def test_the_customer_is_told_of_a_delay(operator: Operator, agent: Client) -> None:
    """The deadline passes: Ada gets one message in her language, the team is told, too. A later
    day that is promised instead is told with its date. Who does not want to be contacted gets no
    message, and the request says so; nor does one whose request is done in time."""
    ada = operator.ada()
    german = [{"languageCode": "de", "isFavouriteLanguage": True}]
    operator.staff.patch(f"{PARTY}/individual/{ada.party}", {"languageAbility": german})
    address = request_of(operator, ada)
    done = request_of(operator, ada, name="In time")
    operator.settle()
    operator.staff.patch(done, {"status": "completed", "resolution": "Paid back"})
    later(operator, 49 * HOUR)
    operator.hurry()
    request = operator.read(address)
    assert "delayedAt" in request
    (late,) = messages(operator, ada)
    assert late["subject"] == f"Ihr Anliegen {request['key']} dauert länger"
    assert late["receiver"][0]["party"]["id"] == ada.id
    assert f"{request['key']} is late." in told(agent)

    day = "2031-05-06T00:00:00Z"
    operator.staff.patch(address, {"dueDate": day})
    operator.hurry()
    moved = messages(operator, ada)[-1]
    assert moved["subject"] == f"Ihr Anliegen {request['key']} dauert bis 2031-05-06"
    operator.hurry()
    assert len(messages(operator, ada)) == 2
    assert "delayNote" not in operator.read(address)

    wish = {"contactPreference": {"doNotContact": True}}
    silent = operator.ada()
    answer = operator.staff.patch(f"{PARTY}/individual/{silent.party}", wish)
    assert answer.status_code == 200, answer.json
    theirs = request_of(operator, silent, name="Quiet")
    operator.settle()
    later(operator, 49 * HOUR)
    operator.hurry()
    assert messages(operator, silent) == []
    assert "does not want to be contacted" in operator.read(theirs)["delayNote"]


@pytest.mark.accepts("CIM-08")
def test_repeated_contacts_raise_an_alarm(operator: Operator, agent: Client, lead: Client) -> None:
    """The third contact of Ada for one reason within two weeks tells Linus; contacts for other
    reasons, of ours, of others and of long ago do not count. The operator may want it sooner."""
    ada, neighbour = operator.ada(), operator.ada()

    def calls(who: Customer, reason: str = "fault", **more: Any) -> dict[str, Any]:
        body = {"customer": who.id, "reason": reason, "wrapUpCode": "resolved", **more}
        made = agent.post(f"{CARE}/contact", body)
        assert made.status_code == 201, made.json
        return operator.read(INTERACTION, made.json["interaction"]["id"])

    assert "repeatNumber" not in calls(ada)
    later(operator, 15 * 24 * HOUR)
    assert "repeatNumber" not in calls(ada)
    for other in (calls(ada, "bill"), calls(neighbour), calls(ada, direction="outbound")):
        assert "repeatNumber" not in other
    second = calls(ada)
    assert (second["repeatNumber"], second.get("repeatAlarm")) == (2, None)
    key = operator.read("/tmf-api/customerManagement/v4/customer", ada.id)["key"]
    operator.hurry()
    assert told(lead, key) == []
    third = calls(ada)
    assert (third["repeatNumber"], third["repeatAlarm"]) == (3, True)
    operator.hurry()
    assert told(lead, key) == [f"{key} turns to us again: contact 3 for the same reason."]
    assert all(key not in one for one in told(agent))

    person = {"reason": "fault", "channel": [{"id": "phone"}], "description": "Dark again",
              "direction": "inbound", "interactionDate": {"startDateTime": second["creationDate"]},
              "relatedParty": [{"id": ada.party, "role": "customer"}]}  # fmt: skip
    fourth = operator.make(INTERACTION, person)
    assert (fourth["repeatNumber"], fourth["repeatAlarm"]) == (4, True), "she, as a person"
    assert calls(ada)["repeatNumber"] == 5
    operator.hurry()
    assert sorted(told(lead, key)) == [
        f"{key} turns to us again: contact {n} for the same reason." for n in (3, 4, 5)
    ]

    (reason,) = operator.find("/api/governance/v1/registerValue", code="move")
    sooner = [{"name": "repeatCount", "value": 2}, {"name": "repeatDays", "value": 30}]
    changed = operator.staff.patch(
        f"/api/governance/v1/registerValue/{reason['id']}", {"attribute": sooner}
    )
    assert changed.status_code == 200, changed.json
    calls(ada, "move")
    assert calls(ada, "move")["repeatAlarm"] is True
    operator.hurry()
    assert len(told(lead, key)) == 4


def figures(client: Client, what: str, **asked: str) -> Any:
    answer = client.get(f"{CARE}/figures/{what}", params=asked)
    assert answer.status_code == 200, answer.json
    return answer.json


@pytest.mark.accepts("CIM-07")
def test_figures_of_contacts(operator: Operator, agent: Client, lead: Client) -> None:
    """By reason, channel, day and hour: how many, how many repeats, how many settled at once."""
    operator.site.move_clock(200 * 24 * HOUR)
    ada, bob = operator.ada(), operator.ada()
    for who, reason, channel, wrap_up in (
        (ada, "fault", "phone", "resolved"),  # not settled: she comes again
        (ada, "fault", "chat", "resolved"),  # a repeat
        (ada, "bill", "phone", "resolved"),  # settled at once
        (bob, "fault", "phone", "forwarded"),  # a first contact, not settled
        (bob, "bill", "phone", "ordered"),  # settled at once
    ):
        body = {"customer": who.id, "reason": reason, "channel": channel, "wrapUpCode": wrap_up}
        assert agent.post(f"{CARE}/contact", body).status_code == 201
        operator.site.move_clock(HOUR)
    ours = {"customer": ada.id, "reason": "fault", "direction": "outbound"}
    assert agent.post(f"{CARE}/contact", ours).status_code == 201

    found = figures(lead, "contact")
    counted = ("count", "repeat", "settledAtOnce", "firstContactResolution")
    assert tuple(found["total"][one] for one in counted) == (5, 1, 2, 50)
    by_reason = {one["value"]: tuple(one[name] for name in counted) for one in found["reason"]}
    assert by_reason == {"fault": (3, 1, 0, 0), "bill": (2, 0, 2, 100)}
    by_channel = {one["value"]: one["count"] for one in found["channel"]}
    assert by_channel == {"phone": 4, "chat": 1}
    assert sum(one["count"] for one in found["day"]) == 5
    assert len(found["hour"]) == 5
    far = figures(lead, "contact", timeZone="Asia/Kolkata")
    assert [one["value"] for one in far["hour"]] != [one["value"] for one in found["hour"]]
    assert figures(lead, "contact", to="2020-02-01T00:00:00Z")["total"]["count"] == 0

    wrong = lead.get(f"{CARE}/figures/contact", params={"withinDays": "0", "timeZone": "Mars"})
    assert wrong.status_code == 400
    assert agent.get(f"{CARE}/figures/contact").status_code == 403
    assert agent.get(f"{CARE}/figures/request").status_code == 403


def test_figures_of_requests(operator: Operator, lead: Client) -> None:
    """Of each role: what is open, late and soon due, and what was done in time."""
    ada = operator.ada()
    role = {"handledBy": "billing"}
    addresses = [request_of(operator, ada, name=f"Number {n}", **role) for n in range(4)]
    operator.staff.patch(addresses[0], {"status": "completed", "resolution": "Done"})
    later(operator, 43 * HOUR)
    (one,) = (one for one in figures(lead, "request") if one["handledBy"] == "billing")
    assert (one["open"], one["soonDue"], one["overdue"]) == (3, 3, 0)
    later(operator, 10 * HOUR)
    operator.staff.patch(addresses[1], {"status": "completed", "resolution": "Late"})
    (one,) = (one for one in figures(lead, "request") if one["handledBy"] == "billing")
    assert (one["open"], one["soonDue"], one["overdue"]) == (2, 0, 2)
    assert (one["done"], one["doneInTime"], one["inTimeShare"]) == (2, 1, 50)


@pytest.mark.accepts("CIM-06")
def test_a_request_is_worked_on_by_whose_queue_it_is_in(operator: Operator, agent: Client) -> None:
    """What is about bills goes to those who see to bills: they find it in their queue, take it and
    end it, as the sales team does with what is for them."""
    ada = operator.ada()
    for role in ("billing", "sales"):
        path = request_of(operator, ada, name=f"For {role}")
        assert agent.patch(path, {"handledBy": role}).status_code == 200
        scopes = tuple(ROLES[role].permissions)
        theirs = operator.site.user(f"of-{role}", roles=[role], scopes=scopes)
        queue = theirs.get(f"{CARE}/customerRequest", query_string=f"handledBy={role}").json
        assert path.rpartition("/")[2] in [one["id"] for one in queue]
        kind = queue[0]["requestType"]["id"]
        assert theirs.get(f"{CARE}/requestType/{kind}").json["dueDays"] == 2
        taken = theirs.post(f"{path}/assign", {"login": "me"})
        assert (taken.status_code, taken.json.get("status")) == (200, "inProgress"), taken.json
        assert theirs.patch(path, {"status": "completed", "resolution": "Done"}).status_code == 200


@pytest.mark.accepts("CIM-04", "CIM-05")
def test_ada_asks_and_follows_at_the_portal(
    operator: Operator, agent: Client, pages: falcon.testing.TestClient
) -> None:
    """The portal offers what she may ask for there and nothing else; what she asked for has its
    number, status, day and history, whoever took it, and is hers. She calls it off herself."""
    ada, neighbour = operator.ada(), operator.ada()

    def kind(name: str, **more: Any) -> str:
        body = {"name": name, "targetProcess": "dispute", "handledBy": "care", **more}
        return str(operator.make(f"{CARE}/requestType", body)["id"])

    card = kind("New card", selfService=True, dailyLimit=1, dueDays=2, description="Sent by post")
    closed = [kind("Waive a fee"), kind("Fax a bill", selfService=True, channel=["shop"])]
    taken = request_of(operator, ada, name="Taken by phone", warnHours=None)
    theirs = operator.read(request_of(operator, neighbour, name="Of the neighbour"))["key"]
    browser = at_portal(ada, pages)
    asked = read(browser, "/my/requests/new")
    assert "New card" in asked
    assert "Sent by post" in asked
    assert "answered within 2 days" in asked
    assert "Waive a fee" not in asked
    assert "Fax a bill" not in asked
    for one in (*closed, ""):
        refused = browser.post("/my/requests/new", {"type": one, "text": "Please"})
        assert refused.status_code == 400
        assert "choose what you ask for" in words_of(refused.text)
    sent = browser.post("/my/requests/new", {"type": card, "text": "<b>The old one</b> broke"})
    assert sent.status_code == 303, words_of(sent.text)
    page = source_of(browser.get(sent.headers["location"]))
    key = sent.headers["location"].partition("?")[0].rpartition("/")[2]
    assert key in words_of(page)
    assert "Received" in words_of(page)
    assert "&lt;b&gt;The old one" in page
    (made,) = operator.find(f"{CARE}/customerRequest", key=key)
    assert (made["channel"], made["handledBy"]) == ("portal", "care")
    assert made["relatedParty"][0]["id"] == ada.party
    again = browser.post("/my/requests/new", {"type": card})
    assert "1 times a day; try again tomorrow" in words_of(again.text)

    listed = read(browser, "/my/requests")
    assert {key, "phone"} <= set(listed.split())
    assert theirs not in listed
    assert browser.get(f"/my/requests/{theirs}").status_code == 404
    assert browser.post(f"/my/requests/{theirs}", {"word": "cancel"}).status_code == 404
    agent.post(f"{taken}/assign", {"login": "me"})
    later = {"dueDate": "2031-05-04T12:00:00Z"}
    assert operator.staff.patch(taken, later).status_code == 200
    seen = read(browser, f"/my/requests/{operator.read(taken)['key']}")
    for one in ("Being worked on", "4 May 2031", "It takes longer than planned"):
        assert one in seen
    done = {"status": "completed", "statusReason": "Refunded", "resolution": "5 EUR back"}
    assert operator.staff.patch(taken, done).status_code == 200
    seen = read(browser, f"/my/requests/{operator.read(taken)['key']}")
    assert "Refunded" in seen.partition("5 EUR back")[2]
    late = browser.post(f"/my/requests/{operator.read(taken)['key']}", {"word": "cancel"})
    assert late.status_code in (400, 409)
    browser.get(f"/my/requests/{key}")
    assert browser.post(f"/my/requests/{key}", {"word": "cancel"}).status_code == 303
    assert operator.read(f"{CARE}/customerRequest/{made['id']}")["status"] == "cancelled"
