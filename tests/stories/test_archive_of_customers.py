"""Customers that have ended go into the archive by a rule, and come back when they are needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import (
    ACCOUNT,
    CUSTOMER,
    ORDER,
    PARTY,
    Customer,
    Operator,
    Record,
    codes,
)
from tests.web.browser import Browser, words_of
from trunkline.care.archive.open_things import RESTING
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.workspace.search_index import catch_up

CARE = "/api/care/v1"
DAY = 86_400
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
BILL = "/tmf-api/customerBillManagement/v4/customerBill"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
PAIR = f"{DuplicatePair.resource.api.base}/{DuplicatePair.resource.path}"
PATCH = {"Content-Type": "application/merge-patch+json"}


def ended(operator: Operator, who: Customer, *, with_account: bool = True) -> None:
    """End a customer, and with it the account."""
    if with_account:
        operator.staff.patch(f"{ACCOUNT}/{who.account}", {"state": "closed"}, headers=PATCH)
    answer = operator.staff.patch(f"{CUSTOMER}/{who.id}", {"status": "terminated"}, headers=PATCH)
    assert answer.status_code == 200, answer.json


def runs(operator: Operator, rule: Record) -> list[Record]:
    return operator.find(f"{CARE}/retentionRun", **{"retentionRule.id": rule["id"]})


def stayed_of(operator: Operator, rule: Record, ident: str) -> list[str]:
    """Return why a customer stayed in sight."""
    stayed = [one for run in runs(operator, rule) for one in run.get("stayed") or ()]
    return [one["reason"] for one in stayed if one["id"] == ident]


def told_apart(operator: Operator) -> None:
    """Decide that no customers which look alike are one."""
    operator.settle()
    for pair in operator.find(PAIR, state="open"):
        said = {"state": "notDuplicate", "note": "two people"}
        done = operator.staff.patch(f"{PAIR}/{pair['id']}", said, headers=PATCH)
        assert done.status_code == 200, done.json


def listed(client: Any, path: str, ident: str, more: str = "") -> bool:
    answer = client.get(path, query_string=f"id={ident}{more}")
    assert answer.status_code == 200, answer.json
    return bool(answer.json)


def found(operator: Operator, text: str) -> list[str]:
    """Return the keys of the customers that the search box finds."""
    catch_up(operator.site.services)
    answer = operator.staff.get("/api/workspace/v1/search", params={"q": text, "kind": "Customer"})
    assert answer.status_code == 200, answer.text
    return [one["key"] for one in answer.json]


@pytest.mark.accepts("TAM-CI-04")
def test_ended_customers_are_archived_by_a_rule(operator: Operator, browser: Browser) -> None:
    """A rule archives who ended long enough ago: a preview says so first; then customer and person
    are out of lists and search, read with a right only, and unchanged until they are restored.
    Who has something open, or ended later, stays; the run reports each with its reason."""
    old, busy, later = operator.ada(), operator.ada(), operator.ada()
    ended(operator, old)
    ended(operator, busy, with_account=False)
    operator.site.move_clock(20 * DAY)
    ended(operator, later)
    operator.site.move_clock(11 * DAY)
    body = {"name": "Thirty days", "days": 30, "isOn": False}
    rule = operator.make(f"{CARE}/retentionRule", body)
    assert rule["state"] == ["terminated"]
    refused = operator.staff.post(f"{CARE}/retentionRun", {"retentionRule": {"id": rule["id"]}})
    assert codes(refused) == {("ruleOff", "retentionRule")}
    seen = operator.make(
        f"{CARE}/retentionRun", {"retentionRule": {"id": rule["id"]}, "isPreview": True}
    )
    operator.settle()
    told = operator.read(f"{CARE}/retentionRun", seen["id"])
    assert told["state"] == "done"
    assert old.id in {one["id"] for one in told["taken"]}
    (kept,) = (one for one in told["stayed"] if one["id"] == busy.id)
    assert "is active" in kept["reason"]
    assert later.id not in str(told)
    assert listed(operator.staff, CUSTOMER, old.id)
    key = operator.read(CUSTOMER, old.id)["key"]
    assert found(operator, key) == [key]

    assert operator.staff.patch(f"{CARE}/retentionRule/{rule['id']}", {"isOn": True}).json["isOn"]
    operator.settle()
    (run,) = (one for one in runs(operator, rule) if not one["isPreview"])
    assert (run["state"], run["archived"] >= 1, run["kept"] >= 1) == ("done", True, True)
    for path, ident in ((CUSTOMER, old.id), (f"{PARTY}/individual", old.party)):
        assert not listed(operator.staff, path, ident)
        assert listed(operator.staff, path, ident, "&isArchived=true")
        assert operator.read(path, ident)["isArchived"] is True
    for who in (busy, later):
        assert listed(operator.staff, CUSTOMER, who.id)
        assert "isArchived" not in operator.read(CUSTOMER, who.id)
    assert ("care.retentionRun", "worker", "update") in operator.audit(old.id)
    resting = operator.staff.patch(f"{CUSTOMER}/{old.id}", {"name": "Ada King"}, headers=PATCH)
    assert codes(resting) == {("archived", "isArchived")}
    assert found(operator, key) == []
    assert key not in words_of(browser.get(f"/r/customer?key={key}").text.partition("<tbody")[2])


@pytest.mark.accepts("TAM-CI-04")
def test_the_archive_is_read_and_left_by_right(operator: Operator) -> None:
    """Who may not read the archive gets 403 for one in it and for asking by it; restored, the
    customer is in sight again, and the days of the rule begin anew."""
    ada = operator.ada()
    ended(operator, ada)
    operator.site.move_clock(8 * DAY)
    rule = operator.make(f"{CARE}/retentionRule", {"name": "A week", "days": 7})
    operator.settle()
    site = operator.site
    site.role("archive-blind", {"*:read": Grant("all", EVERY_CLASS)})
    blind = site.user("archive-blind", roles=["archive-blind"], scopes=("*:read",))
    denied = blind.get(f"{CUSTOMER}/{ada.id}")
    assert (denied.status_code, denied.json["code"]) == (403, "archived")
    assert blind.get(CUSTOMER, query_string="isArchived=true").status_code == 403
    assert not listed(blind, CUSTOMER, ada.id)
    assert blind.post(f"{CARE}/customer/{ada.id}/restore").status_code == 403
    back = operator.staff.post(f"{CARE}/customer/{ada.id}/restore")
    assert back.status_code == 200, back.json
    assert operator.staff.post(f"{CARE}/customer/{ada.id}/restore").status_code == 409
    assert listed(blind, CUSTOMER, ada.id)
    assert listed(blind, f"{PARTY}/individual", ada.party)
    operator.site.move_clock(2 * DAY)
    operator.hurry()
    assert len(runs(operator, rule)) == 2
    assert listed(blind, CUSTOMER, ada.id)
    operator.site.move_clock(6 * DAY)
    operator.hurry()
    assert not listed(blind, CUSTOMER, ada.id)
    off = operator.staff.patch(f"{CARE}/retentionRule/{rule['id']}", {"isOn": False})
    assert off.status_code == 200
    operator.site.move_clock(2 * DAY)
    operator.hurry()
    assert len(runs(operator, rule)) == 3


def test_a_rule_is_about_what_has_ended(operator: Operator) -> None:
    """A rule over active customers, or over none, is refused at its field; a run that is stopped
    stays so and goes on when it is told to."""
    for state in (["active"], []):
        body = {"name": "Wrong", "days": 3, "state": state}
        answer = operator.staff.post(f"{CARE}/retentionRule", body)
        assert codes(answer) == {("notEnded", "state")}
    rule = operator.make(f"{CARE}/retentionRule", {"name": "Later", "days": 3, "isOn": False})
    path = f"{CARE}/retentionRun"
    run = operator.make(path, {"retentionRule": {"id": rule["id"]}, "isPreview": True})
    assert operator.staff.patch(f"{path}/{run['id']}", {"state": "stopped"}).status_code == 200
    operator.settle()
    stopped = operator.read(path, run["id"])
    assert (stopped["state"], stopped.get("lookedAt")) == ("stopped", None)
    assert operator.staff.patch(f"{path}/{run['id']}", {"state": "running"}).status_code == 200
    operator.settle()
    assert operator.read(path, run["id"])["state"] == "done"


def test_what_rests_keeps_nobody_in_sight(operator: Operator) -> None:
    """A closed ticket, a settled bill with its payment, a completed interaction, an accepted quote
    and a pair that was decided are over, though somebody could open some of them again."""
    registry = operator.site.services.registry
    for kind, states in RESTING.items():
        lifecycle = registry[kind].lifecycle
        assert lifecycle is not None, kind
        assert states <= lifecycle.moves.keys() - lifecycle.final, kind
    staff, closed, paid, talked, quoted = operator.staff, *(operator.ada() for _ in range(4))
    told_apart(operator)
    ticket = operator.make(TICKET, {
        "name": "Slow", "description": "Slow", "severity": "high", "ticketType": "fault",
        "relatedParty": [{"id": closed.id, "role": "customer", "@referredType": "Customer"}],
    })  # fmt: skip
    for status in ("inProgress", "resolved", "closed"):
        moved = staff.patch(f"{TICKET}/{ticket['id']}", {"status": status}, headers=PATCH)
        assert moved.status_code == 200, moved.json
    bill = operator.make(BILL, {
        "billNo": "INV-REST", "state": "sent", "billingAccount": {"id": paid.account},
        "taxIncludedAmount": {"unit": "EUR", "value": 10},
    })  # fmt: skip
    payment = operator.make("/tmf-api/payment/v4/payment", {
        "account": {"id": paid.account}, "paymentMethod": {"name": "Transfer"},
        "totalAmount": {"unit": "EUR", "value": 10},
        "paymentItem": [{"amount": {"unit": "EUR", "value": 10}, "item": {
            "id": bill["id"], "@referredType": "CustomerBill"}}],
    })  # fmt: skip
    talk = operator.make(INTERACTION, {
        "description": "Rang", "reason": "other", "direction": "inbound",
        "channel": [{"id": "phone", "name": "phone"}],
        "interactionDate": {"startDateTime": "2026-01-01T00:00:00Z"},
        "relatedParty": [{"id": talked.id, "role": "customer", "@referredType": "Customer"}],
    })  # fmt: skip
    over = staff.patch(
        f"{INTERACTION}/{talk['id']}",
        {"status": "completed", "wrapUpCode": "resolved"},
        headers=PATCH,
    )
    assert over.status_code == 200, over.json
    quote = operator.make("/tmf-api/quoteManagement/v4/quote", {
        "relatedParty": [{"id": quoted.id, "role": "customer", "@referredType": "Customer"}],
        "quoteItem": [quoted.voice("1")],
    })  # fmt: skip
    for verb in ("present", "accept"):
        answer = staff.post(f"/api/sales/v1/quote/{quote['key']}/{verb}", {})
        assert answer.status_code == 200, answer.json
    operator.settle()
    assert operator.read(BILL, bill["id"])["state"] == "settled"
    assert operator.read("/tmf-api/payment/v4/payment", payment["id"])["status"] == "done"
    for who in (closed, paid, talked, quoted):
        ended(operator, who)
    operator.site.move_clock(8 * DAY)
    rule = operator.make(f"{CARE}/retentionRule", {"name": "A week of rest", "days": 7})
    operator.settle()
    for who in (closed, paid, talked, quoted):
        assert operator.read(CUSTOMER, who.id).get("isArchived"), stayed_of(operator, rule, who.id)


def test_a_person_still_in_use_stays_in_sight(operator: Operator) -> None:
    """Who signs in here, plays a role that goes on or is another customer is not archived with the
    customer that ended, nor is a ticket of who is two ended customers forgotten."""
    role, signs, twice, alone = (operator.ada() for _ in range(4))
    operator.make("/tmf-api/partyRoleManagement/v4/partyRole", {
        "name": "technician", "status": "active", "engagedParty": {"id": role.party},
    })  # fmt: skip
    grants = {"Customer:read": Grant("own", EVERY_CLASS)}
    operator.site.role("archive-portal", grants)
    operator.site.user("archive-portal", roles=["archive-portal"], party=signs.party,
                       scopes=tuple(grants))  # fmt: skip
    person = {"engagedParty": {"id": twice.party}, "status": "active"}
    other = operator.make(CUSTOMER, person | {"name": "Second hat"})
    told_apart(operator)
    for who in (role, signs, twice, alone):
        ended(operator, who)
    operator.site.move_clock(8 * DAY)
    rule = operator.make(f"{CARE}/retentionRule", {"name": "A week of use", "days": 7})
    operator.settle()
    for who in (role, signs, twice, alone):
        assert operator.read(CUSTOMER, who.id).get("isArchived"), stayed_of(operator, rule, who.id)
        kept = operator.read(f"{PARTY}/individual", who.party).get("isArchived")
        assert kept is (True if who is alone else None)
    assert "isArchived" not in operator.read(CUSTOMER, other["id"])


def test_archived_customers_are_shown_and_served_by_right_only(operator: Operator) -> None:
    """Neither the view nor an empty change nor what hangs on others shows who is archived to those
    without the right; no order and no ticket begins with them until they are restored."""
    ada, staff, site = operator.ada(), operator.staff, operator.site
    ended(operator, ada)
    site.move_clock(8 * DAY)
    operator.make(f"{CARE}/retentionRule", {"name": "A week of walls", "days": 7})
    operator.settle()
    site.role("archive-walled", {"*:read": Grant("all", EVERY_CLASS),
                                 "Customer:update": Grant("all", EVERY_CLASS)})  # fmt: skip
    blind = site.user("archive-walled", roles=["archive-walled"],
                      scopes=("*:read", "Customer:update"))  # fmt: skip
    assert blind.get(f"{CARE}/customer/{ada.id}/view").status_code == 403
    assert staff.get(f"{CARE}/customer/{ada.id}/view").status_code == 200
    for body in ({}, {"status": "terminated"}):
        answer = blind.patch(f"{CUSTOMER}/{ada.id}", body, headers=PATCH)
        assert (answer.status_code, answer.json["code"]) == (403, "archived")
    again = {"name": "Ada again", "status": "active", "engagedParty": {"id": ada.party}}
    hat = operator.make(CUSTOMER, again)["id"]
    for client, name in ((blind, None), (staff, ada.party)):
        answer = client.get(f"{CUSTOMER}/{hat}", params={"expand": "primaryPerson"})
        assert answer.status_code == 200, answer.json
        assert (answer.json["primaryPerson"] or {}).get("id") == name
    named = [{"id": ada.id, "role": "customer", "@referredType": "Customer"}]
    ticket = {"name": "Slow", "description": "Slow", "severity": "high", "ticketType": "fault",
              "relatedParty": named}  # fmt: skip
    line = {"action": "add", "productOffering": {"id": operator.offerings["Fibre Home"]}}
    order = {"relatedParty": named, "productOrderItem": [{"id": "1", **line}]}
    for path, body in ((TICKET, ticket), (ORDER, order)):
        assert ("archived", "relatedParty") in codes(staff.post(path, body))
    assert staff.post(f"{CARE}/customer/{ada.id}/restore").status_code == 200
    assert staff.post(TICKET, ticket).status_code == 201
