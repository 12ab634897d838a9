"""Ada calls, writes and asks: every contact is kept, and what it led to can be followed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.operator import CUSTOMER, ORDER, PARTY, PRODUCT, Customer, Operator, codes
from tests.support.program import Client
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.workspace.search_index import catch_up

INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
DOCUMENT = "/tmf-api/document/v4/document"
CARE = "/api/care/v1"
ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
TASKS = "/api/workspace/v1/tasks"
DAY = 86_400
REASON = {"reason": "orderStatus", "channel": "phone"}


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    """The usual roles are there."""
    ensure_roles(operator.site.services)


@pytest.fixture
def agent(operator: Operator) -> Client:
    """Grace of the care team."""
    scopes = tuple(ROLES["care"].permissions)
    return operator.site.user("grace", roles=["care"], scopes=scopes)


def at_home(operator: Operator, ada: Customer) -> Client:
    """Return Ada in the portal."""
    scopes = tuple(ROLES["self_service"].permissions)
    return operator.site.user(
        f"ada-{ada.id[-6:]}", roles=["self_service"], party=ada.party, scopes=scopes
    )


def logged(agent: Client, ada: Customer, **more: Any) -> dict[str, Any]:
    answer = agent.post(f"{CARE}/contact", {"customer": ada.id, **REASON, **more})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def phone(number: str) -> dict[str, Any]:
    return {"mediumType": "phone", "characteristic": {"phoneNumber": number}}


def request_type(operator: Operator, name: str, **more: Any) -> str:
    body = {"name": name, "targetProcess": "information", **more}
    return str(operator.make(f"{CARE}/requestType", body)["id"])


def parties(ada: Customer) -> list[dict[str, str]]:
    return [{"id": ada.id, "role": "customer", "@referredType": "Customer"}]


def test_a_contact_is_logged_with_what_it_was_about(operator: Operator, agent: Client) -> None:
    """Grace takes a call about an order, promises to call back by Friday and closes it with a
    wrap-up code. The interface shows all of it, the order is found from the contact and the
    contact from the order."""
    ada = operator.ada()
    order = operator.make(
        ORDER,
        {"relatedParty": parties(ada), "billingAccount": {"id": ada.account}, "state": "pending",
         "productOrderItem": [{"id": "1", "action": "add", "quantity": 1,
                               "productOffering": {"id": operator.offerings["Fibre 1G"]}}]},
    )  # fmt: skip
    made = logged(
        agent, ada, note="Wants to know when the technician comes.", wrapUpCode="promised",
        relatedEntity=[{"id": order["key"]}],
        followUp={"title": "Call Ada about the technician", "due": "2026-12-04"},
    )  # fmt: skip
    found = agent.get(f"{INTERACTION}/{made['interaction']['id']}").json
    assert (found["status"], found["wrapUpCode"]) == ("completed", "promised")
    assert found["agent"]["name"] == "Grace"
    assert found["channel"] == [{"id": "phone", "name": "Phone"}]
    assert found["note"][0]["text"] == "Wants to know when the technician comes."
    assert {"startDateTime", "endDateTime"} <= found["interactionDate"].keys() | {"endDateTime"}
    assert found["interactionItem"][0]["item"]["id"] == order["id"]
    about_order = f"interactionItem.item.id={order['id']}"
    listed = agent.get(INTERACTION, query_string=about_order).json
    assert [one["id"] for one in listed] == [found["id"]]

    tasks = agent.get(TASKS, params={"record": ada.id, "type": "Customer"}).json
    assert [(one["title"], one["due"]) for one in tasks] == [
        ("Call Ada about the technician", "2026-12-04")
    ]
    assert found["followUp"][0]["id"] == tasks[0]["id"]


def test_a_contact_under_way_ends_only_with_a_wrap_up(operator: Operator, agent: Client) -> None:
    """Without a code the contact stays open; who completes it must say how it ended."""
    made = logged(agent, operator.ada())["interaction"]
    path = f"{INTERACTION}/{made['id']}"
    assert agent.get(path).json["status"] == "inProgress"
    refused = agent.patch(path, {"status": "completed"})
    assert codes(refused) == {("wrapUpMissing", "wrapUpCode")}
    ended = agent.patch(path, {"status": "completed", "wrapUpCode": "resolved"})
    assert ended.status_code == 200
    assert ended.json["statusChangeDate"] > ended.json["creationDate"]


def test_an_order_taken_in_a_contact_names_it(operator: Operator, agent: Client) -> None:
    """An order that is sent with its contact is found from there, and a wrong contact refused."""
    ada = operator.ada()
    contact = logged(agent, ada)["interaction"]
    body = {
        "relatedParty": parties(ada), "billingAccount": {"id": ada.account}, "state": "pending",
        "interaction": {"id": contact["key"]},
        "productOrderItem": [{"id": "1", "action": "add", "quantity": 1,
                              "productOffering": {"id": operator.offerings["Fibre 1G"]}}],
    }  # fmt: skip
    order = agent.post(ORDER, body)
    assert order.status_code == 201, order.json
    listed = agent.get(
        ORDER, query_string=f"interaction.id={contact['id']}&internalState=draft"
    ).json
    assert [one["id"] for one in listed] == [order.json["id"]]
    wrong = agent.post(ORDER, body | {"interaction": {"id": ada.id}})
    assert codes(wrong) == {("wrongReferenceType", "interaction.id")}


@pytest.mark.accepts("CIM-01")
def test_an_unknown_caller_becomes_a_prospect(operator: Operator, agent: Client) -> None:
    """Nobody has the number. Grace asks for a name: a person, a prospect and the begun contact
    are there at once, and the next call from the number finds them, however it is written."""
    number = "+49 40 8899776"
    assert agent.get(f"{CARE}/caller", params={"number": number}).json == []
    nothing = agent.post(f"{CARE}/caller", {"familyName": " "})
    assert codes(nothing) == {("required", "familyName"), ("required", "number")}
    answer = agent.post(f"{CARE}/caller", {"familyName": "Byron", "number": number})
    assert answer.status_code == 201, answer.json
    customer = agent.get(f"{CUSTOMER}/{answer.json['customer']['id']}").json
    assert (customer["name"], customer["status"]) == ("Byron", "prospect")
    contact = agent.get(f"{INTERACTION}/{answer.json['interaction']['id']}").json
    assert contact["status"] == "open"
    assert contact["relatedParty"][0]["id"] == customer["id"]
    catch_up(operator.site.services)
    for written in ("+49408899776", "040 8899776", "0049 40 88 99 776"):
        found = agent.get(f"{CARE}/caller", params={"number": written}).json
        assert [one["id"] for one in found] == [customer["id"]], written
    assert agent.get(f"{CARE}/caller", params={"number": "8899776123"}).json == []


def test_a_caller_is_found_by_mail_and_key(operator: Operator, agent: Client) -> None:
    """The address of the person leads to the customer that the person is; so does the key."""
    ada = operator.ada()
    medium = {"mediumType": "email", "characteristic": {"emailAddress": "Ada.L@example.com"}}
    operator.staff.patch(f"{PARTY}/individual/{ada.party}", {"contactMedium": [medium]})
    catch_up(operator.site.services)
    key = operator.read(CUSTOMER, ada.id)["key"]
    for asked in ({"email": "ada.l@example.com"}, {"key": key.lower()}):
        found = agent.get(f"{CARE}/caller", params=asked).json
        assert [one["key"] for one in found] == [key], asked
    assert agent.get(f"{CARE}/caller", params={"email": "da.l@example.com"}).json == []


@pytest.mark.accepts("CIM-01")
def test_who_calls_for_a_company_and_from_a_line_of_ours_is_known(
    operator: Operator, agent: Client
) -> None:
    """The technician whom a company named calls from a number of her own, which stands on her role
    there or on herself; Ada from a line that she has of us. Who has no role there any more, and a
    line that was given up, lead to nobody."""
    mill, ada = operator.company(), operator.ada()
    staff = operator.staff

    def contact(number: str, *, on_person: str = "", **more: Any) -> str:
        person = operator.make(f"{PARTY}/individual", {
            "givenName": "Grace", "familyName": "Hopper",
            "contactMedium": [phone(on_person)] if on_person else [],
        })  # fmt: skip
        return str(operator.make(ROLE, {
            "name": "Technician", "roleType": "technical", "engagedParty": {"id": person["id"]},
            "relatedParty": [{"id": mill.id, "role": "customer", "@referredType": "Customer"}],
            "contactMedium": [phone(number)] if number else [], **more,
        })["id"])  # fmt: skip

    def line(number: str, **more: Any) -> None:
        operator.make(PRODUCT, {
            "name": "Mobile", "status": "active", "relatedParty": parties(ada),
            "productCharacteristic": [{"name": "msisdn", "value": number}], **more,
        })  # fmt: skip

    def callers(number: str) -> list[str]:
        answer = agent.get(f"{CARE}/caller", params={"number": number})
        return [one["id"] for one in answer.json]

    role = contact("+49 30 5769001")
    contact("", on_person="+49 30 5769002")
    line("4915112345603")
    line("4915112345604", status="terminated")
    catch_up(operator.site.services)
    assert callers("030 5769001") == [mill.id]
    assert callers("030 5769002") == [mill.id]
    assert callers("0151 12345603") == [ada.id]
    assert callers("0151 12345604") == []
    assert staff.patch(f"{ROLE}/{role}", {"status": "terminated"}).status_code == 200
    assert callers("030 5769001") == []


@pytest.mark.accepts("CIM-03", "CIM-04", "CIM-06")
def test_a_request_is_tracked_on_every_channel(operator: Operator, agent: Client) -> None:
    """Types say where a request leads, who handles it and by when. What Ada asks for on the
    phone and what she asks for in the portal have a number, a status and a history that both
    see; Grace takes it on, and it is followed to its end."""
    ada = operator.ada()
    processes = ("order", "ticket", "dispute", "information", "complaint")
    kinds = {
        one: request_type(
            operator, f"{one} please", targetProcess=one, handledBy="care", dueDays=3,
            selfService=True,
        )
        for one in processes
    }  # fmt: skip
    listed = agent.get(f"{CARE}/requestType", query_string="limit=100").json
    assert set(processes) <= {one["targetProcess"] for one in listed}

    by_phone = logged(
        agent, ada, customerRequest={"requestType": {"id": kinds["dispute"]},
                                     "description": "The bill of March is too high."},
    )  # fmt: skip
    ident = by_phone["customerRequest"]["id"]
    home = at_home(operator, ada)
    seen = home.get(f"{CARE}/customerRequest/{ident}").json
    theirs = agent.get(f"{CARE}/customerRequest/{ident}").json
    for name in ("key", "status", "history", "dueDate"):
        assert seen[name] == theirs[name]
    assert seen["targetProcess"] == "dispute"
    assert theirs["handledBy"] == "care"
    assert theirs["interaction"]["id"] == by_phone["interaction"]["id"]

    in_portal = home.post(
        f"{CARE}/customerRequest", {"requestType": {"id": kinds["complaint"]}, "channel": "portal"}
    )
    assert in_portal.status_code == 201, in_portal.json
    mine = [one["key"] for one in home.get(f"{CARE}/customerRequest").json]
    assert set(mine) == {seen["key"], in_portal.json["key"]}

    queue = agent.get(f"{CARE}/customerRequest", query_string="handledBy=care&status=acknowledged")
    assert {seen["key"], in_portal.json["key"]} <= {one["key"] for one in queue.json}
    taken = agent.post(f"{CARE}/customerRequest/{ident}/assign", {"login": "me"}).json
    assert (taken["status"], taken["assignee"]["name"]) == ("inProgress", "Grace")
    path = f"{CARE}/customerRequest/{ident}"
    agent.patch(path, {"status": "completed", "statusReason": "Credited", "resolution": "Credited"})
    ended = home.get(path).json
    assert [one["status"] for one in ended["history"]] == [
        "acknowledged", "inProgress", "completed",
    ]  # fmt: skip
    assert ended["completionDate"] >= ended["history"][1]["date"]


def test_requests_are_nobody_elses(operator: Operator, agent: Client) -> None:
    """A neighbour neither reads nor changes what Ada asked for, nor decides what is the staff's."""
    ada, neighbour = operator.ada(), operator.ada()
    kind = request_type(operator, "Copy of a bill", selfService=True, dueDays=1, handledBy="care")
    body = {"requestType": {"id": kind}, "relatedParty": parties(ada)}
    made = at_home(operator, ada).post(f"{CARE}/customerRequest", body).json
    path = f"{CARE}/customerRequest/{made['id']}"
    other = at_home(operator, neighbour)
    assert other.get(path).status_code == 404
    assert other.patch(path, {"status": "cancelled"}).status_code == 404
    foreign = other.post(f"{CARE}/customerRequest", body)
    assert codes(foreign) == {("danglingReference", "relatedParty[0].id")}
    own = at_home(operator, ada)
    for patch in ({"status": "completed"}, {"dueDate": "2030-01-01T00:00:00Z"},
                  {"resolution": "pay me"}):  # fmt: skip
        refused = own.patch(path, patch)
        assert {one["code"] for one in refused.json["fault"]} == {"notYours"}, patch
    later = body | {"dueDate": "2030-01-01T00:00:00Z", "handledBy": "sales"}
    refused = own.post(f"{CARE}/customerRequest", later)
    assert codes(refused) == {("notYours", "dueDate"), ("notYours", "handledBy")}
    assert own.patch(path, {"status": "cancelled"}).json["status"] == "cancelled"
    again = agent.post(f"{path}/assign", {"login": "me"})
    assert again.json["code"] == "conflictRequestEnded"


@pytest.mark.accepts("CIM-05")
def test_a_customer_completes_allowed_requests_alone(operator: Operator) -> None:
    """What only has to be known is done the moment Ada asks for it, nobody of the staff touches
    it; a type that is not for self-service, not for the portal or retired is refused."""
    ada = operator.ada()
    home = at_home(operator, ada)

    def ask(kind: str, channel: str = "portal") -> Any:
        body = {"requestType": {"id": kind}, "channel": channel, "relatedParty": parties(ada)}
        return home.post(f"{CARE}/customerRequest", body)

    alone = request_type(operator, "Where is my nearest shop", selfService=True, doneAtOnce=True)
    done = ask(alone)
    assert done.json["status"] == "completed", done.json
    assert {name for name, _, _ in operator.audit(done.json["id"])} == {
        f"ada-{ada.id[-6:]}".title()
    }
    assert codes(ask(request_type(operator, "Waive a fee"))) == {
        ("notSelfService", "requestType.id")
    }
    shop = request_type(operator, "New card", selfService=True, channel=["shop"])
    assert codes(ask(shop)) == {("channelNotAllowed", "channel")}
    retired = request_type(operator, "Fax a bill", selfService=True)
    operator.staff.patch(f"{CARE}/requestType/{retired}", {"lifecycleStatus": "retired"})
    assert codes(ask(retired)) == {("typeRetired", "requestType.id")}


def test_self_service_is_limited_by_the_day(operator: Operator) -> None:
    """Twice a day is the policy: of five at once two are taken, one more is refused, the next day
    it is taken again."""
    ada = operator.ada()
    kind = request_type(operator, "Reset the router", selfService=True, dailyLimit=2)
    home = at_home(operator, ada)
    body = {"requestType": {"id": kind}, "relatedParty": parties(ada)}
    with ThreadPoolExecutor(5) as at_once:
        sent = [at_once.submit(home.post, f"{CARE}/customerRequest", body) for _ in range(5)]
        assert sorted(one.result().status_code for one in sent) == [201, 201, 400, 400, 400]
    assert codes(home.post(f"{CARE}/customerRequest", body)) == {
        ("tooManyRequests", "requestType.id")
    }
    operator.site.move_clock(DAY + 60)
    assert home.post(f"{CARE}/customerRequest", body).status_code == 201


def test_a_customer_is_verified_for_a_while(operator: Operator, agent: Client) -> None:
    """Two methods are required: with the first alone Ada is not verified, with both she is until
    the shorter one ends. Who may not verify is refused, and she cannot verify herself."""
    ada = operator.ada()
    methods = {
        name: operator.make(
            f"{CARE}/verificationMethod",
            {"name": name, "validMinutes": minutes, "isRequired": True},
        )["id"]
        for name, minutes in (("Phone password", 30), ("Paper seen", 600))
    }
    standing: Callable[[], Any] = lambda: agent.get(f"{CARE}/customer/{ada.id}/verification").json  # noqa: E731
    assert standing()["isVerified"] is False

    def verify(who: Client, name: str) -> Any:
        body = {"customer": {"id": ada.id}, "method": {"id": methods[name]}}
        return who.post(f"{CARE}/identityVerification", body)

    assert verify(at_home(operator, ada), "Phone password").status_code == 403
    first = verify(agent, "Phone password")
    assert first.status_code == 201, first.json
    assert first.json["verifiedBy"]["name"] == "Grace"
    assert standing()["missing"] == ["Paper seen"]
    verify(agent, "Paper seen")
    now = standing()
    assert (now["isVerified"], now["validUntil"]) == (True, first.json["validUntil"])
    operator.site.move_clock(31 * 60)
    assert standing() == {"isVerified": False, "method": ["Paper seen"],
                          "missing": ["Phone password"]}  # fmt: skip
    for ident in methods.values():
        operator.staff.patch(f"{CARE}/verificationMethod/{ident}", {"lifecycleStatus": "retired"})
    assert codes(verify(agent, "Paper seen")) == {("methodRetired", "method.id")}


def test_a_document_keeps_its_versions(operator: Operator, agent: Client) -> None:
    """A contract is filed twice: both files can be fetched, the newer one is the current one. What
    is no document is refused, and who has nothing to do with it finds nothing."""
    ada = operator.ada()
    paper = agent.post(
        DOCUMENT,
        {"name": "Contract", "documentType": "contract", "relatedParty": parties(ada),
         "relatedEntity": [{"id": ada.id, "role": "subject", "@referredType": "Customer"}]},
    )  # fmt: skip
    assert paper.status_code == 201, paper.json
    ident = paper.json["id"]

    def file(content: bytes, name: str = "contract.pdf") -> Any:
        body = {"name": name, "content": base64.b64encode(content).decode()}
        return agent.post(f"{CARE}/document/{ident}/file", body)

    assert [file(b"%PDF-1.7 one").json["version"], file(b"%PDF-1.7 two").json["version"]] == [
        "1", "2",
    ]  # fmt: skip
    kept = agent.get(f"{DOCUMENT}/{ident}").json
    assert kept["version"] == "2"
    newer, older = kept["attachment"]
    assert (newer["version"], older["version"]) == ("2", "1")
    assert "endDateTime" not in newer["validFor"]
    assert "endDateTime" in older["validFor"]
    contents = [agent.get(one["url"]) for one in (newer, older)]
    assert [one.content for one in contents] == [b"%PDF-1.7 two", b"%PDF-1.7 one"]
    assert contents[0].headers["X-Content-Type-Options"] == "nosniff"
    assert contents[0].headers["Content-Disposition"].startswith("attachment")
    assert codes(file(b"MZ\x90\x00\x03", "contract.pdf")) == {("fileKindRefused", "content")}
    agent.patch(f"{DOCUMENT}/{ident}", {"status": "archived"})
    assert file(b"%PDF-1.7 three").json["code"] == "conflictArchived"
    assert at_home(operator, ada).get(f"{DOCUMENT}/{ident}").status_code == 403
