"""A consumer who has left is erased: her words stand nowhere but where the law wants them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.canaries import NUMBER, STEM, found_in, word
from tests.support.operator import (
    ACCOUNT,
    ADDRESS,
    CUSTOMER,
    PARTY,
    SITE,
    Customer,
    Operator,
    Record,
    codes,
)
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ROLES
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.privacy.stores import Erasing, Store, stores
from trunkline.workspace.drafts import keep_draft
from trunkline.workspace.search_index import catch_up

OWN = "/api/privacy/v1"
REQUEST = f"{OWN}/erasureRequest"
BILL = "/tmf-api/customerBillManagement/v4/customerBill"
RATE = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
PAYMENT = "/tmf-api/payment/v4/payment"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
MERGE = "/api/party/v1/merge"
WORKSPACE = "/api/workspace/v1"
PATCH = {"Content-Type": "application/merge-patch+json"}
NAME = f"{word('given')} {word('family')}"
DAY = 86_400
PAPER = base64.b64encode(f"Bill for {NAME}".encode()).decode()
DELIVERED = (
    "insert into delivery (id, at, subscription, event_id, subject, attempt, outcome, error, "
    "duration_ms, state) select gen_random_uuid(), now(), gen_random_uuid(), gen_random_uuid(), "
    "id, 1, 'refused', %s, 5, 'dead' from individual where id = %s"
)
"""What a listener said of a message about her, as the log of deliveries keeps it."""
KEPT = {
    "erasure_kept.sealed": {f"{STEM}{one}" for one in
                            ("city", "code", "family", "given", "line", "street", "title")},
    "applied_customer_billing_rate.doc": {f"{STEM}line"},
    "record.label": {f"{STEM}line"},
}  # fmt: skip
"""What the law wants kept: the name and the address that belong on bills, under a key of its own,
and the words of a bill's line as it was issued."""


class Killed(BaseException):
    """Ends the worker where it is."""


def killed(_at: Erasing) -> int:
    raise Killed


def changed(operator: Operator, path: str, ident: str, **said: Any) -> Record:
    answer = operator.staff.patch(f"{path}/{ident}", said, headers=PATCH)
    assert answer.status_code == 200, answer.json
    found: Record = answer.json
    return found


def person(operator: Operator, given: str, family: str) -> Customer:
    """Somebody with a canary in every field that a person can type."""
    staff = operator.staff
    medium = {
        "mediumType": "email",
        "preferred": True,
        "characteristic": {"emailAddress": f"{word('mail')}@example.org"},
    }
    post = {
        "mediumType": "postal",
        "characteristic": {
            "street1": f"{word('street')} 5",
            "city": word("city"),
            "postCode": word("code"),
        },
    }
    phone = {"mediumType": "phone", "characteristic": {"phoneNumber": f"+49 {NUMBER}"}}
    party = operator.make(f"{PARTY}/individual", {
        "givenName": given, "familyName": family, "title": word("title"),
        "placeOfBirth": word("birth"), "contactMedium": [medium, post, phone],
        "individualIdentification": [{"identificationId": f"{word('paper')}{family}",
                                      "identificationType": "passport"}],
        "partyCharacteristic": [{"name": "hobby", "value": word("hobby")}],
        "externalReference": [{"name": f"{word('outside')}{family}",
                               "externalReferenceType": "crm"}],
        word("undeclared"): word("free"),
        "nick": word("nick"),
    })["id"]  # fmt: skip
    ident = operator.make(CUSTOMER, {
        "name": f"{given} {family}", "status": "active", "engagedParty": {"id": party},
        "characteristic": [{"name": "wish", "value": word("wish")}], "contactMedium": [medium],
    })["id"]  # fmt: skip
    owner = [{"id": ident, "role": "customer"}]
    account = operator.make(ACCOUNT, {"name": f"{given} {family}, {word('account')}",
                                      "state": "active", "relatedParty": owner})["id"]  # fmt: skip
    address = operator.make(ADDRESS, {"streetName": word("lane"), "city": word("town"),
                                      "country": "DE"})["id"]  # fmt: skip
    site = operator.make(SITE, {
        "name": word("home"), "status": "active", "relatedParty": owner,
        "description": word("door"),
        "place": [{"id": address, "@referredType": "GeographicAddress"}],
    })["id"]  # fmt: skip
    del staff
    return Customer(operator, ident, party, account, [site])


def lives(operator: Operator, her: Customer) -> str:
    """Let things happen: orders, tickets, messages, bills, notes, files, jobs; return a product."""
    staff = operator.staff
    who = [{"id": her.id, "role": "customer", "@referredType": "Customer", "name": NAME}]
    order = her.orders(
        her.fibre(), note=[{"text": word("ordernote"), "author": word("author")}],
        description=word("ordered"), externalId=word("external"),
    )  # fmt: skip
    operator.settle()
    assert order.state == "completed", order.steps
    product = str(order.product()["id"])
    operator.make(INTERACTION, {
        "direction": "inbound", "reason": "information",
        "channel": [{"id": "phone", "name": "Phone"}], "description": word("said"),
        "note": [{"text": word("heard")}], "relatedParty": who, "status": "completed",
        "interactionDate": {"startDateTime": "2026-11-20T10:00:00Z"},
    })  # fmt: skip
    ticket = operator.make(TICKET, {
        "name": word("trouble"), "description": word("broken"), "severity": "minor",
        "ticketType": "fault", "relatedParty": who, "note": [{"text": word("ticketnote")}],
    })  # fmt: skip
    for status in ("inProgress", "resolved", "closed"):
        changed(operator, TICKET, ticket["id"], status=status)
    operator.make(MESSAGE, {
        "subject": word("subject"), "content": f"Dear {NAME}, {word('content')}",
        "messageType": "letter",
        "sender": {"name": "Shop"}, "receiver": [{"party": {"id": her.id}, "name": NAME}],
    })  # fmt: skip
    record = {"id": her.id, "@referredType": "Customer"}
    for address, body in (
        ("notes", {"record": record, "text": word("staffnote")}),
        ("tasks", {"record": record, "title": word("task")}),
        ("tasks", {"title": f"call {NAME} {word('never')[:0]}back"}),
        ("attachments", {"record": record, "name": f"{word('file')}.txt",
                         "content": base64.b64encode(word("inside").encode()).decode()}),
    ):  # fmt: skip
        answer = staff.post(f"{WORKSPACE}/{address}", body)
        assert answer.status_code in (200, 201), (address, answer.json)
    return product


def pays(operator: Operator, her: Customer) -> str:
    """Let her be billed and pay it; return the bill."""
    account = {"id": her.account}
    amount = {"unit": "EUR", "value": 60}
    line = {"name": word("line"), "type": "appliedBillingCharge", "isBilled": False,
            "billingAccount": account, "description": f"for {NAME}",
            "taxExcludedAmount": amount}  # fmt: skip
    operator.make(RATE, line)
    bill = operator.make(BILL, {
        "billNo": "ERASED-1", "state": "sent", "billingAccount": account, "category": "normal",
        "billDate": "2026-11-01T00:00:00Z", "taxIncludedAmount": amount,
        "relatedParty": [{"id": her.id, "role": "customer", "name": NAME}],
        "billDocument": [{"name": f"Bill of {NAME}", "attachmentType": "bill",
                          "mimeType": "text/plain", "content": PAPER}],
    })["id"]  # fmt: skip
    operator.settle()
    operator.make(PAYMENT, {"account": account, "paymentMethod": {"name": "Transfer"},
                            "totalAmount": amount, "description": f"paid by {NAME}"})  # fmt: skip
    operator.settle()
    return str(bill)


def worked_on(operator: Operator, her: Customer) -> None:
    """Let the staff work with her: jobs with files, a draft, a view, a sign-in of her own."""
    site, staff = operator.site, operator.staff
    columns = ["key", "familyName"]
    for wanted in ("csv", "xlsx"):
        answer = staff.post(f"{WORKSPACE}/jobs", {
            "kind": "export", "resource": "Individual", "query": f"familyName={word('family')}",
            "columns": columns, "format": wanted,
        })  # fmt: skip
        assert answer.status_code in (200, 201, 202), answer.json
    answer = staff.post(f"{WORKSPACE}/jobs", {
        "kind": "import", "resource": "Individual", "title": f"Import of {NAME}",
        "rows": [{"givenName": "Bea", "familyName": "Other", "location": f"with {NAME}"}],
    })  # fmt: skip
    assert answer.status_code in (200, 201, 202), answer.json
    operator.settle()
    ((admin,),) = site.rows("select principal::text from user_account where login = 'admin'")
    keep_draft(site.services, principal=admin, place=f"Customer:{her.id}",
               fields={"name": [word("draft")]}, version=1)  # fmt: skip
    site.role("self_service", {"portal:visit": Grant("own")})
    site.user(
        word("login").lower(), roles=["self_service"], party=her.party, scopes=("portal:visit",)
    )


def had_all(opened: Operator) -> Customer:
    """Somebody who has had all that a customer can have, twice over."""
    nick = {"recordType": "Individual", "name": "nick", "kind": "text", "isIndexed": True}
    opened.make("/api/governance/v1/extraAttribute", nick)
    ada, twin = (person(opened, word("given"), word(one)) for one in ("family", "older"))
    product = lives(opened, ada)
    pays(opened, ada)
    worked_on(opened, ada)
    opened.make(MERGE, {"survivor": {"id": ada.id}, "loser": {"id": twin.id}})
    opened.settle()
    ada.orders(ada.change("1", "delete", product))
    opened.settle()
    for account in (ada.account, twin.account):
        changed(opened, ACCOUNT, account, state="closed")
    return ada


def approved(operator: Operator, her: Customer, browser: Browser) -> str:
    """Ask for her erasure, bring to its end what stands in the way, and let another approve."""
    site, staff = operator.site, operator.staff
    hold = operator.make(f"{OWN}/legalHold", {"person": {"id": her.party}, "reference": "Court 7"})
    asked = operator.make(REQUEST, {"person": {"id": her.id}, "ground": "asked"})
    address = f"{REQUEST}/{asked['id']}"
    checked = staff.get(f"{address}/check").json
    told = {(one["record"]["@referredType"], one["says"]) for one in checked["inTheWay"]}
    assert told >= {("Customer", "active"), ("LegalHold", "inForce")}
    page = words_of(browser.get(f"/erasure/{asked['key']}").text)
    assert "End the customer first." in page
    assert "It is checked" not in page
    refused = staff.patch(address, {"state": "checked"}, headers=PATCH)
    assert codes(refused) == {("conflictInTheWay", "state")}

    changed(operator, f"{OWN}/legalHold", hold["id"], until="2026-01-01T00:00:00Z")
    changed(operator, CUSTOMER, her.id, status="terminated")
    for one in operator.find(MESSAGE, state="initial"):
        changed(operator, MESSAGE, one["id"], state="completed")
    operator.settle()
    catch_up(site.services)
    with site.services.database.app.connection() as connection:
        connection.execute(DELIVERED, [word("answered"), her.party])
    planted = {one for words in found_in(site).values() for one in words}
    assert len(planted) > 40  # each word that was typed is there before
    assert staff.get(f"{address}/check").json["inTheWay"] == []
    changed(operator, REQUEST, asked["id"], state="checked")
    own = staff.patch(address, {"state": "approved"}, headers=PATCH)
    assert codes(own) == {("fourEyes", "state")}
    officer = site.user("officer", roles=["administrator"])
    assert officer.patch(address, {"state": "approved"}, headers=PATCH).status_code == 200
    return address


def seen_on_pages(browser: Browser, operator: Operator, done: Record, her: Customer) -> None:
    """The request tells what was done, its kept part the name, the customer that she is erased."""
    page = words_of(browser.get(f"/erasure/{done['key']}").text)
    assert "The person is erased." in page
    assert "1 Nov 2036" in page
    assert NAME not in page
    assert NAME in words_of(browser.get(f"/erasure/{done['key']}/kept").text)
    key = operator.read(CUSTOMER, her.id)["key"]
    told = words_of(browser.get(f"/customer/{key}").text)
    assert "This person is erased." in told
    assert "Erase …" not in told


def seen_by_billing(operator: Operator, browser: Browser, done: Record) -> None:
    """Who runs the bills opens the page of what is kept, and that stands in the access log."""
    site = operator.site
    site.role("billing", dict(ROLES["billing"].permissions))
    site.user("biller", roles=["billing"], scopes=("privacy:readKept",))
    biller = Browser(browser.app)
    assert biller.sign_in("biller").status_code == 303
    page = biller.get(f"/erasure/{done['key']}/kept")
    assert (page.status_code, NAME in words_of(page.text)) == (200, True)
    rows = site.rows("select actor_name from access_log where action = 'readKept' "
                     "and subject = %s", done["id"])  # fmt: skip
    assert ("Biller",) in rows


def written_meanwhile(operator: Operator, her: Customer) -> Store:
    """The store that comes last, and a record of hers that is written just before it is asked."""
    last = stores()[max(stores())]
    made: list[Record] = []

    def forget(at: Erasing) -> int:
        if not made:
            owner = [{"id": her.id, "role": "customer"}]
            said = {"name": word("meanwhile"), "state": "active", "relatedParty": owner}
            made.append(operator.make(ACCOUNT, said))
        return last.forget(at)

    return Store(forget, last.is_told)


@pytest.mark.accepts("TAM-PD-04")
@pytest.mark.scenario(19)
def test_a_consumer_who_has_left_is_erased(
    operator: Operator, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that she or anybody else has typed of her is left in any column of any table, though
    the worker is killed on the way: bills and payments stay, without her name but for who may read
    it. What stands in the way is told first, another person approves, the log says what was done,
    and when the time of the bills is over, they are without her, too."""
    site, staff, her = operator.site, operator.staff, had_all(operator)
    address = approved(operator, her, browser)
    last = max(stores())
    monkeypatch.setitem(stores(), last, Store(killed, is_told=False))
    with pytest.raises(Killed):
        operator.settle()
    assert staff.get(address).json["state"] == "running"
    monkeypatch.undo()
    monkeypatch.setitem(stores(), last, written_meanwhile(operator, her))
    operator.hurry()
    done = staff.get(address).json
    assert done["state"] == "done", site.rows("select kind, error from work")

    assert found_in(site) == KEPT
    outcome = {one["kind"]: one for one in done["outcome"]}
    assert (outcome["CustomerBill"]["kept"], outcome["Files"]["deleted"]) == (1, 1)
    assert outcome["CustomerBill"]["keptUntil"].startswith("2036")
    assert ("Officer", "erasure", "update") in operator.audit(done["id"])
    seen_on_pages(browser, operator, done, her)
    (bill,) = operator.find(BILL, billNo="ERASED-1")
    assert bill["taxIncludedAmount"] == {"unit": "EUR", "value": 60}
    assert NAME not in str(bill)
    assert PAPER not in str(bill)
    for text in (NAME, word("mail"), NUMBER, word("home")):
        assert staff.get(f"{WORKSPACE}/search", params={"q": text}).json == []
    assert staff.patch(address, {"state": "approved"}, headers=PATCH).status_code in (400, 409)
    again = staff.post(REQUEST, {"person": {"id": her.party}, "ground": "asked"})
    assert codes(again) == {("conflictErasure", "person.id")}
    kept = staff.get(f"{address}/kept").json
    assert NAME in str(kept)
    assert PAPER in str(kept)
    seen_by_billing(operator, browser, done)
    site.role("blind", {"*:read": Grant("all", EVERY_CLASS)})
    blind = site.user("blind", roles=["blind"], scopes=("*:read",))
    assert blind.get(f"{address}/kept").status_code == 403

    site.move_clock(11 * 366 * DAY)
    operator.hurry()
    assert found_in(site) == {}
    assert staff.get(f"{address}/kept").json == []
    assert operator.find(BILL, billNo="ERASED-1")[0]["taxIncludedAmount"]["value"] == 60
