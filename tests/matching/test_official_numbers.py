"""A person or a company whose official number is there already is refused, and offered instead."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def person(number: str, kind: str = "nationalIdentityCard", **more: Any) -> dict[str, Any]:
    paper = {"identificationType": kind, "identificationId": number}
    return {"givenName": "Ada", "familyName": "Lovelace", "individualIdentification": [paper],
            **more}  # fmt: skip


def company(number: str, kind: str, authority: str | None = None) -> dict[str, Any]:
    paper = {"identificationType": kind, "identificationId": number, "issuingAuthority": authority}
    return {"tradingName": "Analytical Engines", "organizationIdentification": [paper]}


@pytest.mark.accepts("TSM-13")
def test_a_number_that_is_there_is_refused_and_its_customer_offered(site: Site) -> None:
    """National id and company id: the second person or company with one is refused with 409, which
    says who has it, with the address of the record and of the customer; as is a change to it."""
    admin = site.admin
    for path, body, again in (
        ("individual", person("L 01-X99"), person("l01x99", "national id")),
        ("organization", company("HRB 4711", "companyRegistration"),
         company("hrb-4711", "company register number")),
    ):  # fmt: skip
        first = admin.post(f"{PARTY}/{path}", body).json
        role = {"name": "The first", "engagedParty": {"id": first["id"]}}
        customer = admin.post(CUSTOMER, role).json
        refused = admin.post(f"{PARTY}/{path}", again)
        assert refused.status_code == 409
        assert refused.json["code"] == "conflictDuplicate"
        assert refused.json["existing"]["id"] == first["id"]
        assert refused.json["existing"]["customer"][0]["key"] == customer["key"]
        assert customer["key"] in refused.json["message"]
        assert admin.get(refused.json["referenceError"]).json["id"] == first["id"]
        listed = next(one for one in again if one.endswith("Identification"))
        assert refused.json["fault"][0]["path"] == f"{listed}[0].identificationId"
        other = admin.post(f"{PARTY}/{path}", {**again, listed: []}).json
        changed = admin.patch(
            f"{PARTY}/{path}/{other['id']}", {listed: again[listed]},
            headers={"Content-Type": "application/merge-patch+json"},
        )  # fmt: skip
        assert changed.status_code == 409
        same = admin.patch(
            f"{PARTY}/{path}/{first['id']}", {listed: body[listed]},
            headers={"Content-Type": "application/merge-patch+json"},
        )  # fmt: skip
        assert same.status_code == 200


def test_another_sort_or_country_is_another_number(site: Site) -> None:
    """The same letters on another paper, or from another country, are somebody else's."""
    admin = site.admin
    for body in (company("A-777-B", "vatId", "DE"), company("A-777-B", "vatId", "FR"),
                 company("A-777-B", "companyId", "DE"), company("A-777-B", "badge")):  # fmt: skip
        assert admin.post(f"{PARTY}/organization", body).status_code == 201
    assert admin.post(f"{PARTY}/organization", company("A777B", "vat")).status_code == 409
    listed = "organizationIdentification"

    def sent(kind: str, number: str, country: str | None = None) -> int:
        own = {"identificationType": kind, "identificationId": number}
        body = {"tradingName": "Nord", listed: [own | ({"country": country} if country else {})]}
        return int(admin.post(f"{PARTY}/organization", body).status_code)

    assert [sent("companyId", "45274649", one) for one in ("CZ", "SK", "CZ")] == [201, 201, 409]
    assert [sent("IČO", "27082440"), sent("company id", "270 82 440", "CZ")] == [201, 409]
    vat = ("DE136695976", None), ("136695976", "DE"), ("DE 136 695 976", "DE"), ("136695976", None)
    assert [sent("vat", *one) for one in vat] == [201, 409, 409, 409]
    assert sent("vat", "136695976", "US") == 201


def test_a_birth_number_is_somebodys_own(site: Site) -> None:
    """It is a national number by another name."""
    own = person("9001011206") | {"givenName": "Jana"}
    kinds = ("birthNumber", "nationalId", "rodné číslo")
    bodies = [{**own, "individualIdentification": [
        {"identificationType": one, "identificationId": "900101/1206", "country": "CZ"}]}
        for one in kinds]  # fmt: skip
    answers = [site.admin.post(f"{PARTY}/individual", one).status_code for one in bodies]
    assert answers == [201, 409, 409]


def test_who_may_not_see_the_record_learns_only_that_it_is(site: Site) -> None:
    """A dealer is refused as well, without name, key or address of the other's customer."""
    first = site.admin.post(f"{PARTY}/individual", person("P-55501")).json
    dealer = site.admin.post(f"{PARTY}/organization", {"tradingName": "Dealer"}).json["id"]
    role = site.role("dealer", {"TMF632:create": Grant("partner", EVERY_CLASS),
                                "TMF632:read": Grant("partner", EVERY_CLASS)})  # fmt: skip
    client = site.user("dealer", roles=[role], party=dealer, partner=dealer,
                       scopes=("TMF632:create", "TMF632:read"))  # fmt: skip
    refused = client.post(f"{PARTY}/individual", person("P55501"))
    assert refused.status_code == 409
    assert "existing" not in refused.json
    assert "referenceError" not in refused.json
    assert first["key"] not in refused.text
    assert "Ada" not in refused.text


def test_of_two_clerks_at_once_one_wins(site: Site) -> None:
    """Six clerks enter the same person at the same moment: one record, five refusals."""
    admin = site.admin
    ready = threading.Barrier(6)
    answers: list[int] = []

    def enter(client: Client) -> None:
        ready.wait()
        answers.append(client.post(f"{PARTY}/individual", person("RACE-2026")).status_code)

    threads = [threading.Thread(target=enter, args=(admin,)) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [201] + [409] * 5
