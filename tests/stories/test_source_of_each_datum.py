"""One view of a customer: every value now, with who brought it, from where and when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ACCOUNT, CUSTOMER, PARTY, Operator, Record
from tests.support.program import Client
from tests.web.browser import Browser, words_of
from trunkline.identity.clients import create_client
from trunkline.kernel.actor import EVERY_CLASS, Grant, system

VIEW = "/api/care/v1/customer"
ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
JOBS = "/api/workspace/v1/jobs"
PATCH = {"Content-Type": "application/merge-patch+json"}


def machine(operator: Operator, name: str) -> Client:
    """Return the API as another system calls it, by client credentials."""
    site = operator.site
    made = create_client(
        site.services, by=system("tests"), client_id=name, name=name, roles=["administrator"]
    )
    body = f"grant_type=client_credentials&client_id={name}&client_secret={made.secret}"
    answer = site.app.simulate_post(
        "/oauth/token", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    return Client(site.app, answer.json["access_token"])


def view(client: Any, ident: str) -> list[Record]:
    answer = client.get(f"{VIEW}/{ident}/view")
    assert answer.status_code == 200, answer.json
    found: list[Record] = answer.json["record"]
    return found


def data(records: list[Record], part: str) -> dict[str, Record]:
    """Return the values of the one record that is this part, by path."""
    (found,) = (one for one in records if one["part"] == part)
    return {one["path"]: one for one in found["datum"]}


def leaves(value: Any) -> int:
    if isinstance(value, (dict, list)):
        return sum(leaves(one) for one in (value.values() if isinstance(value, dict) else value))
    return 1


@pytest.mark.accepts("TAM-CI-01")
def test_each_value_tells_who_brought_it_and_when(operator: Operator) -> None:
    """A customer's name by hand, its account by another system, its party by import: one answer
    has every value of now with its source, who, and the time of the change that brought it."""
    rows = [{"givenName": "Grace", "familyName": "Origin"}]
    asked = {"kind": "import", "resource": "Individual", "rows": rows}
    assert operator.staff.post(JOBS, asked).status_code == 201
    operator.settle()
    (person,) = operator.find(f"{PARTY}/individual", familyName="Origin")
    body = {"name": "Grace Origin", "engagedParty": {"id": person["id"]}, "status": "active",
            "contactMedium": [{"mediumType": "email",
                               "characteristic": {"emailAddress": "old@example.com"}}]}  # fmt: skip
    customer = operator.make(CUSTOMER, body)
    operator.site.move_clock(3600)
    biller = machine(operator, "billing-engine")
    account = {"name": "Billed elsewhere", "state": "active",
               "relatedParty": [{"id": customer["id"], "role": "customer"}]}  # fmt: skip
    made = biller.post("/tmf-api/accountManagement/v4/billingAccount", account)
    assert made.status_code == 201, made.json
    paths = f"{CUSTOMER}/{customer['id']}"
    media = [*body["contactMedium"], {"mediumType": "phone",
             "characteristic": {"phoneNumber": "+4930123456"}}]  # fmt: skip
    assert biller.patch(paths, {"contactMedium": media}, headers=PATCH).status_code == 200
    operator.site.move_clock(3600)
    care = operator.site.user("origin-care", roles=["administrator"])
    named = {"name": "Rear Admiral", "contactMedium": media[1:]}
    assert care.patch(paths, named, headers=PATCH).status_code == 200

    found = view(operator.staff, customer["id"])
    assert [one["part"] for one in found] == ["customer", "party", "account"]
    own = data(found, "customer")
    told = {path: (own[path]["source"], own[path]["by"], own[path]["channel"])
            for path in ("name", "status", "contactMedium[0].mediumType")}  # fmt: skip
    assert told == {
        "name": ("person", "Origin-Care", "api"),
        "status": ("person", "Admin", "api"),
        "contactMedium[0].mediumType": ("system", "billing-engine", "api"),
    }
    times = [own[path]["at"] for path in ("status", "contactMedium[0].mediumType", "name")]
    assert times == sorted(set(times))
    assert own["name"]["value"] == "Rear Admiral"
    party = data(found, "party")
    assert (party["familyName"]["source"], party["familyName"]["by"]) == ("import", "Admin")
    assert data(found, "account")["name"]["source"] == "system"
    for one, path in zip(found, (CUSTOMER, f"{PARTY}/individual"), strict=False):
        whole = operator.read(path, one["id"])
        assert all(each.get("at") and each["by"] for each in one["datum"])
        known = {each["path"].partition(".")[0].partition("[")[0] for each in one["datum"]}
        assert known >= {name for name, value in whole.items() if value not in ({}, [])} - {
            "id", "href", "key"}  # fmt: skip


@pytest.mark.accepts("TAM-CI-01")
def test_a_merge_is_a_source_of_its_own(operator: Operator, browser: Browser) -> None:
    """What a customer took over from the one merged into it came by the merge, in the name of who
    asked for it; the customer's page shows source and time beside each value."""
    keeps, goes = operator.ada(), operator.ada()
    assert operator.staff.patch(
        f"{CUSTOMER}/{goes.id}", {"lineOfBusiness": "retail"}, headers=PATCH
    ).json
    operator.make("/api/party/v1/merge", {"survivor": {"id": keeps.id}, "loser": {"id": goes.id}})
    operator.settle()
    own = data(view(operator.staff, keeps.id), "customer")
    assert (own["lineOfBusiness"]["source"], own["lineOfBusiness"]["by"]) == ("merge", "Admin")
    assert own["name"]["source"] == "person"
    page = browser.get(f"/customer/{keeps.id}/sources")
    assert page.status_code == 200, words_of(page.text)
    assert "Line of business" in words_of(page.text)
    assert "Merge" in words_of(page.text)


def test_what_is_hidden_is_not_told_there(operator: Operator) -> None:
    """Who may not see a value sees neither it nor its source; who may read no customers gets 403,
    and parts that may not be read are left out."""
    ada = operator.ada()
    site = operator.site
    site.role("origin-masked", {"*:read": Grant("all", frozenset({"public", "internal"}))})
    masked = site.user("origin-masked", roles=["origin-masked"], scopes=("*:read",))
    shown = {one["path"] for part in view(masked, ada.id) for one in part["datum"]}
    assert "familyName" not in shown
    assert "status" in shown
    site.role("origin-customers", {"Customer:read": Grant("all", EVERY_CLASS)})
    only = site.user("origin-customers", roles=["origin-customers"], scopes=("Customer:read",))
    assert [one["part"] for one in view(only, ada.id)] == ["customer"]
    assert site.unentitled().get(f"{VIEW}/{ada.id}/view").status_code == 403
    assert operator.staff.get(f"{VIEW}/CUS999999/view").status_code == 404


def test_customers_are_not_told_who_works_here(operator: Operator) -> None:
    """A customer, and a partner, reads its own view with sources and times, but without names."""
    ada, mill, site = operator.ada(), operator.company("View mill"), operator.site
    grants = {"Customer:read": Grant("own", EVERY_CLASS)}
    site.role("view-own", grants)
    own = site.user("view-own", roles=["view-own"], party=ada.party, scopes=tuple(grants))
    theirs = {"Customer:read": Grant("partner", EVERY_CLASS)}
    site.role("view-partner", theirs)
    partner = site.user("view-partner", roles=["view-partner"], party=mill.party,
                        partner=mill.party, scopes=tuple(theirs))  # fmt: skip
    for client, who in ((own, ada), (partner, mill)):
        (record,) = view(client, who.id)
        name = next(one for one in record["datum"] if one["path"] == "name")
        assert (name["source"], name["by"], "at" in name) == ("person", "", True)


def test_the_view_says_that_there_is_more(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a customer has more accounts than are told in one view, that is said."""
    ada = operator.ada()
    owner = [{"id": ada.id, "role": "customer"}]
    operator.make(ACCOUNT, {"name": "Second", "state": "active", "relatedParty": owner})
    whole = operator.staff.get(f"{VIEW}/{ada.id}/view").json
    assert "more" not in whole
    monkeypatch.setattr("trunkline.care.customer_view.EACH_MAX", 1)
    cut = operator.staff.get(f"{VIEW}/{ada.id}/view").json
    assert cut["more"] == ["account"]
    assert [one["part"] for one in cut["record"]].count("account") == 1
