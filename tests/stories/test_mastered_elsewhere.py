"""Records whose master is another system: what it changes shows at once, or they are stale."""

from __future__ import annotations

import pytest

from tests.stories.test_source_of_each_datum import PATCH, machine
from tests.support.operator import ACCOUNT, CUSTOMER, PARTY, Operator, codes
from tests.support.program import Client
from tests.web.browser import Browser, words_of
from trunkline.documents.grant import Reach
from trunkline.kernel.actor import EVERY_CLASS, Grant

MASTERS = "/api/masters/v1/masterSystem"


@pytest.mark.accepts("CIM-13")
def test_a_change_elsewhere_shows_or_the_record_is_stale(
    operator: Operator, browser: Browser
) -> None:
    """What the billing system changes by its client is read in the next request, alone, in a list
    and on the page. When it is not heard from in time its accounts are stale, with since when,
    others are not; one that it writes is not, and none is when it says that it told everything."""
    ada = operator.ada()
    biller = machine(operator, "nightly-billing")
    operator.make(MASTERS, {
        "code": "BillMaster", "name": "Billing of the group", "heardWithinSeconds": 60,
        "client": "nightly-billing",
    })  # fmt: skip
    owner = [{"id": ada.id, "role": "customer"}]
    made = [
        operator.make(ACCOUNT, {"name": f"Elsewhere {n}", "state": "active", "relatedParty": owner,
                                "billingSystem": "billmaster"})["id"]
        for n in (1, 2)
    ]  # fmt: skip
    one, other = made
    told = biller.patch(f"{ACCOUNT}/{one}", {"name": "Renamed there"}, headers=PATCH)
    assert told.status_code == 200, told.json
    assert operator.read(ACCOUNT, one)["name"] == "Renamed there"
    (listed,) = operator.find(ACCOUNT, id=one)
    assert listed["name"] == "Renamed there"
    assert "Renamed there" in words_of(browser.get(f"/r/billingAccount/{one}").text)
    assert "staleSince" not in listed

    operator.site.move_clock(61)
    for ident in made:
        found = operator.read(ACCOUNT, ident)
        assert found["staleSystem"] == "Billing of the group"
        assert found["staleSince"].endswith("Z")
    page = words_of(browser.get(f"/r/billingAccount/{one}").text)
    assert "Stale: Billing of the group was not heard from in time." in page
    assert "staleSince" not in operator.read(ACCOUNT, ada.account)
    both = operator.find(ACCOUNT, id=f"{one},{ada.account}")
    assert {row.get("staleSystem") for row in both} == {
        "Billing of the group", None,
    }  # fmt: skip
    assert biller.patch(f"{ACCOUNT}/{one}", {"name": "Again"}, headers=PATCH).status_code == 200
    assert "staleSince" not in operator.read(ACCOUNT, one)
    assert "staleSince" in operator.read(ACCOUNT, other)
    answer = biller.post(f"{MASTERS}/BillMaster/heard", {})
    assert answer.status_code == 200, answer.json
    assert "staleSince" not in operator.read(ACCOUNT, other)


@pytest.mark.accepts("CIM-13")
def test_customers_and_people_have_masters_too(operator: Operator, browser: Browser) -> None:
    """A customer and a person that a system has named by its type of reference are stale on their
    pages when it is silent; nobody can write that flag, and a code is taken once."""
    ada = operator.ada()
    body = {"code": "groupCrm", "heardWithinSeconds": 30}
    operator.make(MASTERS, body)
    again = operator.staff.post(MASTERS, body | {"code": "GROUPCRM"})
    assert codes(again) == {("conflictName", "code")}
    for path, ident in ((CUSTOMER, ada.id), (f"{PARTY}/individual", ada.party)):
        named = {"externalReference": [{"id": f"G-{ident[-12:]}",
                                        "externalReferenceType": "groupCrm"}],
                 "staleSince": "2020-01-01T00:00:00Z"}  # fmt: skip
        answer = operator.staff.patch(f"{path}/{ident}", named, headers=PATCH)
        assert answer.status_code == 200, answer.json
        assert "staleSince" not in answer.json
        operator.site.move_clock(31)
        assert operator.read(path, ident)["staleSystem"] == "groupCrm"
        operator.site.move_clock(-31)
    operator.site.move_clock(31)
    assert "Stale: groupCrm" in words_of(browser.get(f"/customer/{ada.id}").text)
    assert operator.site.unentitled().post(f"{MASTERS}/groupCrm/heard").status_code == 403


def test_narrow_readers_are_told_as_well(operator: Operator) -> None:
    """A customer's own reader and a partner's get records that name a master, declared or not, are
    told that one is stale, and write them; what its system writes in time is not stale for them."""
    ada, site = operator.ada(), operator.site
    company = operator.company("Narrow mill")
    biller = machine(operator, "narrow-billing")
    own = _narrow(operator, "narrow-own", "own", ada.party)
    partner = _narrow(operator, "narrow-partner", "partner", company.party)
    for who, client in ((ada, own), (company, partner)):
        crm = {"id": f"N-{who.id[-12:]}", "externalReferenceType": "ÖldCrm"}
        named = {"externalReference": [crm]}
        for path, ident, said in ((CUSTOMER, who.id, named),
                                  (ACCOUNT, who.account, {"billingSystem": "Narrow"})):  # fmt: skip
            assert operator.staff.patch(f"{path}/{ident}", said, headers=PATCH).status_code == 200
            assert client.get(f"{path}/{ident}").status_code == 200
            assert client.get(path).status_code == 200
    operator.make(MASTERS, {"code": "narrow", "heardWithinSeconds": 60,
                            "client": "narrow-billing"})  # fmt: skip
    operator.make(MASTERS, {"code": "öldCRM", "heardWithinSeconds": 60})
    site.move_clock(61)
    for who, client in ((ada, own), (company, partner)):
        assert client.get(f"{CUSTOMER}/{who.id}").json["staleSystem"] == "öldCRM"
        (listed,) = client.get(ACCOUNT, query_string=f"id={who.account}").json
        assert listed["staleSystem"] == "narrow"
        again = client.patch(f"{CUSTOMER}/{who.id}", {"name": "Anew"}, headers=PATCH)
        assert (again.status_code, again.json["staleSystem"]) == (200, "öldCRM")
        opened = operator.staff.get(f"{CUSTOMER}/{who.id}", params={"expand": "accounts"}).json
        assert {one.get("staleSystem") for one in opened["accounts"]} == {"narrow"}
        seen = client.get(f"/api/care/v1/customer/{who.id}/view").json["record"]
        told_of = {one["part"]: one.get("staleSystem") for one in seen}
        assert (told_of["customer"], told_of["account"]) == ("öldCRM", "narrow")
    told = biller.patch(f"{ACCOUNT}/{ada.account}", {"name": "In time"}, headers=PATCH)
    assert told.status_code == 200, told.json
    assert "staleSince" not in own.get(f"{ACCOUNT}/{ada.account}").json
    assert "staleSince" in partner.get(f"{ACCOUNT}/{company.account}").json


def test_the_flag_is_nobodys_to_write_and_counts_from_what_was_told(operator: Operator) -> None:
    """A JSON patch leaves no flag; what was told up to an hour ago is stale where it is due every
    minute, and nobody tells the future."""
    account, staff = operator.ada().account, operator.staff
    steps = [{"op": "add", "path": "/staleSystem", "value": "me"},
             {"op": "add", "path": "/staleSince", "value": "2020-01-01T00:00:00Z"},
             {"op": "add", "path": "/billingSystem", "value": "hourly"}]  # fmt: skip
    patched = staff.patch(
        f"{ACCOUNT}/{account}", steps, headers={"Content-Type": "application/json-patch+json"}
    )
    assert patched.status_code == 200, patched.json
    assert "staleSystem" not in patched.json
    assert operator.read(ACCOUNT, account)["billingSystem"] == "hourly"
    operator.make(MASTERS, {"code": "hourly", "heardWithinSeconds": 60})
    operator.site.move_clock(7200)
    now = staff.post(f"{MASTERS}/hourly/heard", {}).json["heardAt"]
    assert "staleSince" not in operator.read(ACCOUNT, account)
    fresh = staff.get(f"{ACCOUNT}/{account}").headers["ETag"]
    early = staff.post(f"{MASTERS}/hourly/heard", {"toldUntil": f"{int(now[:4]) - 1}{now[4:]}"})
    assert early.status_code == 200, early.json
    assert operator.read(ACCOUNT, account)["staleSystem"] == "hourly"
    stale = staff.get(f"{ACCOUNT}/{account}").headers["ETag"]
    assert stale != fresh
    known = staff.get(f"{ACCOUNT}/{account}", headers={"If-None-Match": fresh})
    assert (known.status_code, known.json["staleSystem"]) == (200, "hourly")
    written = staff.patch(f"{ACCOUNT}/{account}", {"name": "Renamed"},
                          headers=PATCH | {"If-Match": stale})  # fmt: skip
    assert written.status_code == 200, written.json
    late = staff.post(f"{MASTERS}/hourly/heard", {"toldUntil": f"{int(now[:4]) + 1}{now[4:]}"})
    assert codes(late) == {("inFuture", "toldUntil")}


def _narrow(operator: Operator, name: str, reach: Reach, party: str) -> Client:
    """Return who reads and changes customers and reads accounts within a reach."""
    grant = Grant(reach, EVERY_CLASS)
    grants = dict.fromkeys(("Customer:read", "Customer:update", "BillingAccount:read",
                            "Individual:read", "Organization:read"), grant)  # fmt: skip
    operator.site.role(name, grants)
    partner = party if reach == "partner" else None
    return operator.site.user(name, roles=[name], party=party, partner=partner,
                              scopes=tuple(grants))  # fmt: skip
