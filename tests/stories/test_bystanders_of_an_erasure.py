"""When a person is erased, nothing of anybody else is: namesakes, families, next holders."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.stories.test_a_person_is_erased import (
    OWN,
    PATCH,
    PAYMENT,
    REQUEST,
    TICKET,
    changed,
)
from tests.support.operator import ACCOUNT, CUSTOMER, PARTY, RESOURCE, Operator, codes
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.work import transaction
from trunkline.party.individual import Individual
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.stores import Erasing, Store, stores

SERVICE = "/tmf-api/serviceInventory/v4/service"
MAIL, PHONE, NUMBER, STREET = (
    "schmidt@example.org",
    "+49 30 5550123",
    "49305550123",
    "Main Street 5",
)
LANE, GIVEN_BACK = "Harbour Lane 7", "+49 40 7770456"
"""Where she alone lives, and a number of hers that is in the pool and not yet another's."""
STREET_DOWN = f"All lines by {LANE}"
PAIR = "/api/party/v1/duplicatePair"
POOL_VALUE = (
    "insert into pool_value (space, value, pool, position, state, customer, changed_at, changed_by)"
    " select 'told', %s, id, 1, 'assigned', id, now(), 'Anna Schmidtke' from customer where id = %s"
)


def made(operator: Operator, given: str, family: str, mail: str, **more: Any) -> tuple[str, str]:
    """A person who is a customer with an account; return the ids of both and note the rest."""
    media = [
        {"mediumType": "email", "characteristic": {"emailAddress": mail}},
        {"mediumType": "postal", "characteristic": {"street1": STREET, "city": "Nordhaven"}},
    ]
    party = operator.make(f"{PARTY}/individual", {
        "givenName": given, "familyName": family, "contactMedium": media, **more,
    })["id"]  # fmt: skip
    ident = operator.make(CUSTOMER, {
        "name": f"{given} {family}", "status": "active", "engagedParty": {"id": party},
        "contactMedium": media, "characteristic": [{"name": "Direct debit", "value": "yes"}],
    })["id"]  # fmt: skip
    return party, ident


def spec(operator: Operator) -> str:
    """Return the id of a service specification."""
    path = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
    return str(operator.find(path, limit="1")[0]["id"])


def told(operator: Operator, idents: list[str]) -> list[Any]:
    """Return all that is kept of records, as it is stored: documents, labels, history, numbers."""
    found: list[Any] = []
    kinds = operator.site.rows("select distinct type from record where id = any(%s::uuid[]) "
                               "order by type", idents)  # fmt: skip
    for kind in (operator.site.services.registry[name] for (name,) in kinds):
        found += operator.site.rows(
            f"select id::text, version, doc::text from {kind.table} where id = any(%s::uuid[]) "
            "order by id", idents,
        )  # fmt: skip
    for sql in (
        "select id::text, label, owner::text from record where id = any(%s::uuid[]) order by id",
        "select subject::text, changes, actor_name from audit where subject = any(%s::uuid[]) "
        "order by subject, id",
        "select subject::text, payload from event where subject = any(%s::uuid[]) "
        "order by subject, id",
        "select value, changed_by, customer::text from pool_value where customer = any(%s::uuid[]) "
        "order by value",
    ):
        found += operator.site.rows(sql, idents)
    return found


def bystanders(operator: Operator, hers: dict[str, str]) -> list[str]:
    """Return the ids of records of others who share words with her, or things."""
    found: list[str] = []
    people = [
        ("Anna", "Schmidt", MAIL), ("Joanna", "Schmidt", "jo.schmidt@example.org"),
        ("Anna", "Schmidtke", "ke@example.org"), ("Anna", "Schmidt-Meier", "hy@example.org"),
    ]  # fmt: skip
    for given, family, mail in people:
        party, ident = made(operator, given, family, mail)
        owner = [{"id": ident, "role": "customer", "name": f"{given} {family}"}]
        account = operator.make(ACCOUNT, {
            "name": f"{given} {family}, {STREET}", "state": "active", "relatedParty": owner,
        })["id"]  # fmt: skip
        paid = operator.make(PAYMENT, {
            "account": {"id": account}, "paymentMethod": {"name": "Direct debit"},
            "totalAmount": {"unit": "EUR", "value": 5}, "description": f"by {mail} to Sam Seller",
        })["id"]  # fmt: skip
        number = operator.make(RESOURCE, {
            "name": f"Line {len(found)}", "value": NUMBER, "relatedParty": owner,
            "resourceCharacteristic": [{"name": "number", "value": PHONE}],
        })["id"]  # fmt: skip
        found += [party, ident, account, paid, number]
    with operator.site.services.database.app.connection() as connection:
        for value in (NUMBER, GIVEN_BACK.lstrip("+").replace(" ", "")):
            connection.execute(POOL_VALUE, [value, found[6]])
    service = operator.make(SERVICE, {
        "name": "Direct debit", "state": "active", "serviceType": "CFS",
            "serviceSpecification": {"id": spec(operator)},
            "relatedParty": [{"id": found[1], "role": "customer"}],
    })["id"]  # fmt: skip
    port = operator.make(RESOURCE, {
        "name": "Shared port", "description": "feeds the street",
        "resourceRelationship": [{"relationshipType": "feeds", "resource": {"id": hers["device"]}}],
    })["id"]  # fmt: skip
    fault = operator.make(TICKET, {
        "name": "Main Street is down", "description": STREET_DOWN,
        "severity": "major", "ticketType": "fault",
        "relatedEntity": [{"id": one, "@referredType": "Service", "role": "affected", "name": "A"}
                          for one in (hers["service"], service)],
    })["id"]  # fmt: skip
    return [*found, service, port, fault]


def test_nothing_of_anybody_else_is_lost(operator: Operator) -> None:
    """Documents, labels, history and numbers of others are the same to the byte."""
    seller = operator.make(f"{PARTY}/individual", {"givenName": "Sam", "familyName": "Seller"})[
        "id"
    ]
    by = [{"id": seller, "role": "seller", "name": "Sam Seller"}]
    media = [
        {"mediumType": "phone", "characteristic": {"phoneNumber": PHONE}},
        {"mediumType": "phone", "characteristic": {"phoneNumber": GIVEN_BACK}},
        {"mediumType": "postal", "characteristic": {"street1": LANE, "city": "Nordhaven"}},
    ]
    party, anna = made(operator, "Anna", "Schmidt", MAIL, relatedParty=by)
    changed(operator, f"{PARTY}/individual", party, contactMedium=media)
    own = [{"id": anna, "role": "customer"}, *by]
    hers = {
        "service": operator.make(SERVICE, {
            "name": "Access", "state": "terminated", "serviceType": "CFS",
            "serviceSpecification": {"id": spec(operator)}, "relatedParty": own,
        })["id"],
        "device": operator.make(RESOURCE, {
            "name": "Box", "resourceStatus": "available", "relatedParty": own,
        })["id"],
    }  # fmt: skip
    account = operator.make(ACCOUNT, {
        "name": "Anna Schmidt", "state": "active", "relatedParty": own,
    })["id"]  # fmt: skip
    paid = operator.make(PAYMENT, {
        "account": {"id": account}, "paymentMethod": {"name": "Direct debit"},
        "totalAmount": {"unit": "EUR", "value": 5}, "description": f"by {MAIL}",
    })["id"]  # fmt: skip
    changed(operator, ACCOUNT, account, state="closed")
    others = [seller, *bystanders(operator, hers)]
    operator.settle()
    changed(operator, CUSTOMER, anna, status="terminated")
    operator.settle()
    before = told(operator, others)
    asked = operator.make(REQUEST, {"person": {"id": anna}, "ground": "asked"})
    address = f"{REQUEST}/{asked['id']}"
    for one in operator.staff.get(f"{address}/check").json["inTheWay"]:
        assert one["record"]["@referredType"] == "DuplicatePair", one
        changed(operator, PAIR, one["record"]["id"], state="notDuplicate", note="two")
    changed(operator, REQUEST, asked["id"], state="checked")
    officer = operator.site.user("officer", roles=["administrator"])
    assert officer.patch(address, {"state": "approved"}, headers=PATCH).status_code == 200
    operator.hurry()
    assert operator.staff.get(address).json["state"] == "done"
    after = told(operator, others)
    assert len(before) > 3 * len(others)
    assert [one for one in zip(before, after, strict=True) if one[0] != one[1]] == []
    assert "Anna" not in str(operator.read(f"{PARTY}/individual", party))
    assert operator.read(TICKET, others[-1])["description"] == STREET_DOWN
    assert [MAIL in operator.read(PAYMENT, one)["description"] for one in (paid, others[4])] == [
        False, True
    ]  # fmt: skip
    assert "Anna" not in str(operator.read(CUSTOMER, anna))


def asked_for(operator: Operator, family: str) -> tuple[str, str, str]:
    """A customer who has left and whose erasure is checked; the person, the customer, where."""
    party, ident = made(operator, "Mia", family, f"{family}@example.org")
    operator.settle()
    changed(operator, CUSTOMER, ident, status="terminated")
    operator.settle()
    asked = operator.make(REQUEST, {"person": {"id": ident}, "ground": "asked"})
    address = f"{REQUEST}/{asked['id']}"
    for one in operator.staff.get(f"{address}/check").json["inTheWay"]:
        changed(operator, PAIR, one["record"]["id"], state="notDuplicate", note="two")
    changed(operator, REQUEST, asked["id"], state="checked")
    return party, ident, address


def test_another_officer_goes_on_with_what_has_stopped(
    operator: Operator, browser: Browser
) -> None:
    """When who approved an erasure loses the right, the page says so and asks no more for how far
    it is; whoever answers for erasures goes on with it, by the interface and on the page."""
    site, staff = operator.site, operator.staff
    may = {"*:*": Grant("all", EVERY_CLASS)}
    leaver = site.user("leaver", roles=[site.role("leaving", may)])
    _, _, address = asked_for(operator, "Brook")
    assert staff.post(f"{address}/goOn", {}).json["code"] == "conflictState"
    approval = leaver.patch(address, {"state": "approved"}, headers=PATCH)
    assert approval.status_code == 200, approval.json
    site.role("leaving", {"*:read": Grant("all", EVERY_CLASS)})
    operator.settle()
    page = browser.get(f"/erasure/{approval.json['key']}")
    assert "It has stopped." in words_of(page.text)
    assert "Leaver has no permission privacy:erase" in words_of(page.text)
    assert 'hx-trigger="load' not in page.text
    assert leaver.post(f"{address}/goOn", {}).status_code == 403

    taken = staff.post(f"{address}/goOn", {})
    assert (taken.status_code, taken.json["state"]) == (200, "approved")
    assert staff.post(f"{address}/goOn", {}).json["code"] == "conflictState"
    assert 'hx-trigger="load' in browser.get(f"/erasure/{approval.json['key']}").text
    with site.services.database.app.connection() as connection:
        connection.execute("update job set state = 'stopped' where kind = 'erasure' "
                           "and state in ('waiting', 'running')")  # fmt: skip
    operator.settle()
    assert staff.get(address).json["state"] == "approved"
    browser.get(f"/erasure/{approval.json['key']}")
    went = browser.post(f"/erasure/{approval.json['key']}", {"step": "goOn"})
    assert went.status_code == 303
    operator.hurry()
    done = staff.get(address).json
    assert done["state"] == "done"
    assert ("Admin", "erasure", "update") in operator.audit(done["id"])
    over = staff.post(f"{address}/goOn", {})
    assert (over.status_code, over.json["code"]) == (409, "conflictState")


def test_nobody_writes_to_who_is_being_erased(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once an erasure has begun, no hold is made and nobody writes to the person or the customer;
    what others write to a record that was done already is taken out of it again, and counted
    once."""
    staff, site = operator.staff, operator.site
    party, ident, address = asked_for(operator, "Heath")
    owner = [{"id": ident, "role": "customer"}]
    account = operator.make(ACCOUNT, {
        "name": "Heath", "state": "active", "relatedParty": owner,
    })["id"]  # fmt: skip
    changed(operator, ACCOUNT, account, state="closed")
    officer = site.user("officer", roles=["administrator"])
    approval = officer.patch(address, {"state": "approved"}, headers=PATCH)
    assert approval.status_code == 200, approval.json
    hold = {"person": {"id": party}, "reference": "Court 9"}
    refused = staff.post(f"{OWN}/legalHold", hold)
    assert codes(refused) == {("conflictErasure", "person.id")}
    assert f"the erasure {approval.json['key']} has begun" in refused.text
    last = stores()[max(stores())]
    written: list[str] = []

    def forget(at: Erasing) -> int:
        if not written:
            written.append(account)
            changed(operator, ACCOUNT, account, description="Mia called")
            program = transaction(site.services, system("tests"))
            with program as work, work.edit(Individual, party) as her:
                her.raw["placeOfBirth"] = "Heathtown"
        return last.forget(at)

    monkeypatch.setitem(stores(), max(stores()), Store(forget, last.is_told))
    operator.hurry()
    done = staff.get(address).json
    assert (done["state"], written) == ("done", [account])
    assert "Mia" not in str(operator.read(ACCOUNT, account))
    assert "Heathtown" not in str(operator.read(f"{PARTY}/individual", party))
    outcome = {one["kind"]: one for one in done["outcome"]}
    assert [outcome[one]["pseudonymised"] for one in ("BillingAccount", "Individual")] == [1, 1]
    for path in (f"{PARTY}/individual/{party}", f"{CUSTOMER}/{ident}"):
        again = staff.patch(path, {"nick": "Mia"}, headers=PATCH)
        assert f"is erased by {done['key']}" in again.text, again.text


def test_one_of_two_requests_at_once_is_refused(operator: Operator) -> None:
    """A request waits for another one about the same person, and is refused when that is there."""
    party, ident = made(operator, "Noa", "Field", "field@example.org")
    answers: list[Any] = []
    said = {"person": {"id": party}, "ground": "asked"}
    second = threading.Thread(target=lambda: answers.append(operator.staff.post(REQUEST, said)))
    with transaction(operator.site.services, system("tests")) as work:
        work.add(ErasureRequest.wrap({"person": {"id": ident}, "ground": "asked"}))
        second.start()
        waits = "select 1 from pg_locks where not granted"
        operator.wait_until(lambda: bool(answers or operator.site.rows(waits)))
    second.join()
    assert codes(answers[0]) == {("conflictErasure", "person.id")}
