"""Customers are taken on in one request: by variant, by the same rules, all of it or nothing."""

from __future__ import annotations

from itertools import count as count_from
from pathlib import Path
from typing import Any

import pytest

from tests.governance.test_profiles import codes, turn
from tests.support.operator import ACCOUNT, CUSTOMER, PARTY
from tests.support.program import Site
from trunkline.adapters.company_file import CompanyFile
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.onboarding.company_register import use_register

__all__ = ["turn"]
ONBOARD = "/api/onboarding/v1/customer"
VARIANTS = "/api/onboarding/v1/variant"
COMPANY = "/api/onboarding/v1/company"
HOUSE = {"streetName": "High Street", "streetNr": "1", "postcode": "1010", "city": "Vienna",
         "country": "AT"}  # fmt: skip
ADA = {"givenName": "Ada", "familyName": "Lovelace"}
MILL = {"tradingName": "Mill & Co", "country": "AT", "companyId": "FN 122119m"}
NUMBERS = count_from(200_001)


def a_firm(**more: str) -> dict[str, str]:
    """Return a company with a number that no other one has."""
    return MILL | {"companyId": f"FN {next(NUMBERS)}a"} | more


def taken_on(site: Site, **said: Any) -> dict[str, Any]:
    answer = site.admin.post(ONBOARD, said)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def count(site: Site) -> list[int]:
    kinds = ("individual", "organization", "geographic_address", "customer", "party_role")
    return [site.rows(f"select count(*) from {one}")[0][0] for one in kinds]


def test_a_consumer_has_everything_from_one_request(site: Site) -> None:
    made = taken_on(
        site, variant="consumer", status="active", address=HOUSE, account={"currency": "EUR"},
        person=ADA | {"birthDate": "1990-12-10", "email": "ada@example.org",
                      "phone": "01 2345678"},
    )  # fmt: skip
    customer = site.admin.get(f"{CUSTOMER}/{made['customer']['id']}").json
    assert customer["status"] == "active"
    assert customer["customerType"] == "consumer"
    assert customer["name"] == "Ada Lovelace"
    assert customer["place"][0]["id"] == made["address"]["id"]
    person = site.admin.get(f"{PARTY}/individual/{customer['engagedParty']['id']}").json
    assert person["birthDate"].startswith("1990-12-10")
    email, phone = person["contactMedium"]
    assert (email["mediumType"], phone["characteristic"]["phoneNumber"]) == ("email", "+4312345678")
    account = site.admin.get(f"{ACCOUNT}/{made['account']['id']}").json
    assert account["relatedParty"][0]["id"] == customer["id"]


def test_each_variant_asks_for_its_own(site: Site) -> None:
    """What is missing is named in the words of the form, for all parts at once."""
    refused = site.admin.post(ONBOARD, {"variant": "consumer", "person": {"givenName": "Ada"}})
    assert codes(refused) == {
        f"address.{one}": "missing" for one in ("streetName", "postcode", "city", "country")
    } | {"person.familyName": "missing"}
    abroad = {"variant": "foreignConsumer", "person": ADA, "address": HOUSE}
    assert codes(site.admin.post(ONBOARD, abroad)) == {"person.nationality": "missing"}
    firm = {"variant": "company", "company": {"tradingName": "Mill"}, "person": ADA,
            "address": HOUSE}  # fmt: skip
    assert codes(site.admin.post(ONBOARD, firm)) == {
        "company.country": "missing", "company.companyId": "missing",
    }  # fmt: skip
    odd = {"variant": "company", "hobby": {}, "person": ADA | {"shoes": "42"}, "address": "here"}
    assert {"hobby", "person.shoes", "address"} <= set(codes(site.admin.post(ONBOARD, odd)))
    assert codes(site.admin.post(ONBOARD, {"variant": "ghost"})) == {"variant": "badValue"}


def test_a_company_is_given_somebody_to_talk_to(site: Site) -> None:
    made = taken_on(site, variant="company", company=MILL, person=ADA, address=HOUSE,
                    status="active")  # fmt: skip
    roles = site.admin.get(
        "/tmf-api/partyRoleManagement/v4/partyRole",
        query_string=f"relatedParty.id={made['customer']['id']}",
    ).json
    assert [one["engagedParty"]["id"] for one in roles] == [made["contact"]["id"]]
    assert roles[0]["roleType"] == "primary"
    organization = site.admin.get(f"{PARTY}/organization/{made['party']['id']}").json
    assert organization["organizationIdentification"][0]["identificationId"] == MILL["companyId"]


def test_a_number_that_somebody_has_leads_there(site: Site) -> None:
    firm = a_firm()
    said: dict[str, Any] = {"variant": "company", "company": firm, "person": ADA, "address": HOUSE}
    made = taken_on(site, **said)
    again = site.admin.post(ONBOARD, said)
    assert again.status_code == 409
    assert made["party"]["key"] in again.json["message"]
    assert "company.companyId" in codes(again)
    offered = again.json["existing"]
    assert offered["id"] == made["party"]["id"]
    assert [one["id"] for one in offered["customer"]] == [made["customer"]["id"]]


def test_a_wholesaler_needs_little(site: Site) -> None:
    made = taken_on(site, variant="wholesale", company={"tradingName": "Carrier One"})
    assert set(made) == {"customer", "party"}
    customer = site.admin.get(f"{CUSTOMER}/{made['customer']['id']}").json
    assert customer["lineOfBusiness"] == "wholesale"


def test_what_a_rule_refuses_leaves_nothing(site: Site) -> None:
    """A number that its country cannot have given: told under its field, and nothing is made."""
    before = count(site)
    wrong = MILL | {"companyId": "nonsense"}
    refused = site.admin.post(
        ONBOARD,
        {"variant": "company", "company": wrong, "person": ADA | {"email": "nowhere"},
         "address": HOUSE},
    )  # fmt: skip
    assert refused.status_code == 400
    assert {path.partition(".")[0] for path in codes(refused)} == {"company", "person"}
    assert count(site) == before


def test_a_request_sent_twice_takes_one_customer_on(site: Site) -> None:
    body = {"variant": "consumer", "person": ADA | {"familyName": "Twice"}, "address": HOUSE}
    headers = {"Idempotency-Key": "onboard-twice"}
    first, second = (site.admin.post(ONBOARD, body, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    before = site.rows("select count(*) from individual where p_family_name = 'Twice'")
    assert before[0][0] == 1


def test_who_may_not_make_an_account_makes_nothing(site: Site) -> None:
    may = {f"{one}:{verb}": Grant("all", EVERY_CLASS)
           for one in ("Customer", "Individual", "GeographicAddress")
           for verb in ("create", "read", "update")}  # fmt: skip
    site.role("taker", may)
    taker = site.user("taker", roles=["taker"], scopes=tuple(may))
    before = count(site)
    said = {"variant": "consumer", "person": ADA, "address": HOUSE}
    assert taker.post(ONBOARD, said | {"account": {"currency": "EUR"}}).status_code == 403
    assert count(site) == before
    assert taker.post(ONBOARD, said).status_code == 201


@pytest.mark.accepts("TSM-11")
def test_what_is_asked_for_changes_with_the_choice(site: Site, turn: Any) -> None:
    """By the form's own interface, and by the rules of the records wherever they are written."""
    listed = {one["variant"]: set(one["needed"]) for one in site.admin.get(VARIANTS).json}
    assert "person.nationality" in listed["foreignConsumer"] - listed["consumer"]
    assert {"company.tradingName", "company.companyId"} <= listed["company"]
    turn("retail")
    assert {one["variant"] for one in site.admin.get(VARIANTS).json} == {
        "consumer", "foreignConsumer", "company",
    }  # fmt: skip
    profile = next(
        one for one in site.admin.get("/api/governance/v1/profile").json if one["code"] == "retail"
    )
    firm = {"variant": "company", "person": ADA, "address": HOUSE, "status": "active"}
    assert site.admin.post(ONBOARD, firm | {"company": a_firm()}).status_code == 201
    path = f"/api/governance/v1/profile/{profile['id']}"
    taxed = {"appliesTo": "Customer", "check": "hasTaxNumber",
             "condition": "record.customerType == 'company'"}  # fmt: skip
    site.admin.patch(path, {"check": [*profile["check"], taxed]})
    refused = site.admin.post(ONBOARD, firm | {"company": a_firm()})
    assert "noNumber" in codes(refused).values()
    wrong = site.admin.post(ONBOARD, firm | {"company": a_firm(taxId="ATU1")})
    assert codes(wrong) == {"company.taxId": "badIdentification"}
    taxable = firm | {"company": a_firm(taxId="ATU13585627")}
    assert site.admin.post(ONBOARD, taxable).status_code == 201
    site.admin.patch(path, {"check": profile["check"]})


@pytest.mark.accepts("TSM-14")
def test_a_company_is_filled_in_from_a_register_if_there_is_one(site: Site, tmp_path: Path) -> None:
    """Of a file that may change; without one the answer says so, and everything else works."""
    asked = "country=AT&companyId=FN%20122119m"
    assert site.admin.get(COMPANY, query_string=asked).json["code"] == "noRegister"
    file = tmp_path / "companies.csv"
    file.write_text("country,companyId,name,city\nAT,FN122119M,Mill & Co,Vienna\n")
    use_register(site.services, CompanyFile(file))
    try:
        found = site.admin.get(COMPANY, query_string=asked).json
        assert (found["name"], found["city"]) == ("Mill & Co", "Vienna")
        none = site.admin.get(COMPANY, query_string="country=DE&companyId=HRB%201")
        assert none.status_code == 404
        missing = site.admin.get(COMPANY, query_string="country=AT")
        assert codes(missing) == {"companyId": "missing"}
        file.unlink()
        away = site.admin.get(COMPANY, query_string=asked)
        assert (away.status_code, away.json["code"]) == (503, "registerAway")
    finally:
        site.services.extra.pop("company_register")
    taken_on(site, variant="company", company=a_firm(), person=ADA, address=HOUSE)
