"""Taking customers on in the browser: the choice, the form, what is wrong, who is alike."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.governance.test_profiles import codes, turn
from tests.support.operator import CUSTOMER, PARTY
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.adapters.company_file import CompanyFile
from trunkline.onboarding.company_register import use_register

__all__ = ["turn"]
HOUSE = {"address.streetName": "Ring", "address.streetNr": "1", "address.postcode": "1010",
         "address.city": "Vienna", "address.country": "AT"}  # fmt: skip
PAUL = {"person.givenName": "Paul", "person.familyName": "Onboarding"}


@pytest.fixture
def register(site: Site, tmp_path: Path) -> Iterator[Path]:
    """A register of companies in a file."""
    file = tmp_path / "companies.csv"
    file.write_text(
        "country,companyId,name,streetName,streetNr,postcode,city\n"
        "AT,FN 300100a,Registered Mill,Mill Lane,7,4020,Linz\n"
    )
    use_register(site.services, CompanyFile(file))
    yield file
    site.services.extra.pop("company_register")


def needed(page: str) -> set[str]:
    """Return the names of the fields that a form marks as needed."""
    found = set()
    for tag in page.split("<")[1:]:
        if tag.startswith(("input", "select")) and "aria-required" in tag:
            found.add(tag.partition('name="')[2].partition('"')[0])
    return found


def test_the_choice_changes_what_is_needed(admin: Browser) -> None:
    choice = unescape(admin.get("/onboard").text)
    assert all(f"/onboard/{one}" in choice for one in ("consumer", "foreignConsumer", "company"))
    forms = {one: needed(admin.get(f"/onboard/{one}").text)
             for one in ("consumer", "foreignConsumer", "company", "wholesale")}  # fmt: skip
    assert forms["foreignConsumer"] - forms["consumer"] == {"person.nationality"}
    assert {"company.tradingName", "company.companyId"} <= forms["company"]
    assert forms["wholesale"] == {"company.tradingName"}
    assert admin.get("/onboard/ghost").status_code == 404


@pytest.mark.accepts("TSM-12")
def test_a_customer_is_not_active_without_person_and_address(
    site: Site, admin: Browser, turn: Any
) -> None:
    """The form keeps what was typed and says what is missing; once it is there the customer is
    active with both. By the interface the same customer is refused alike."""
    turn("retail")
    admin.get("/onboard/consumer")
    half = admin.post("/onboard/consumer", PAUL | {"status": "active"})
    assert half.status_code == 400
    assert 'value="Onboarding"' in half.text
    assert words_of(half.text).count("is needed; fill it in") == 4
    done = admin.post("/onboard/consumer", PAUL | HOUSE | {"status": "active"})
    assert done.status_code == 303, words_of(done.text)
    key = done.headers["location"].partition("?")[0].rpartition("/")[2]
    made = site.admin.get(f"{CUSTOMER}/{key}").json
    assert made["status"] == "active"
    assert made["place"]
    party = site.admin.post(f"{PARTY}/organization", {"tradingName": "Nobody Known"}).json
    bare = {"name": "Nobody", "customerType": "household", "status": "active",
            "engagedParty": {"id": party["id"]}}  # fmt: skip
    refused = site.admin.post(CUSTOMER, bare)
    assert set(codes(refused).values()) == {"noPerson", "noAddress"}
    waiting = site.admin.post(CUSTOMER, bare | {"status": "prospect"})
    assert waiting.status_code == 201
    path = f"{CUSTOMER}/{waiting.json['id']}"
    assert site.admin.patch(path, {"status": "active"}).status_code == 400


def test_somebody_alike_is_shown_and_a_note_goes_on(site: Site, admin: Browser) -> None:
    before = PAUL | HOUSE | {"person.familyName": "Zwilling", "person.birthDate": "1990-02-03"}
    admin.get("/onboard/consumer")
    assert admin.post("/onboard/consumer", before).status_code == 303
    site.work()
    again = admin.post("/onboard/consumer", before)
    assert again.status_code == 200
    assert "may be there already" in again.text
    assert 'value="Zwilling"' in again.text
    count = "select count(*) from individual where p_family_name = 'Zwilling'"
    assert site.rows(count) == [(1,)]
    told = admin.post("/onboard/consumer", before | {"duplicate-note": "his twin"})
    assert told.status_code == 303, words_of(told.text)
    assert site.rows(count) == [(2,)]


def test_the_register_fills_in_and_does_not_take_away(admin: Browser, register: Path) -> None:
    form = admin.get("/onboard/company").text
    assert "Fill in from the register" in form
    asked = {"company.country": "AT", "company.companyId": "FN300100a", "step": "fill"}
    filled = admin.post("/onboard/company", asked | {"person.email": "me@example.org"})
    assert filled.status_code == 200
    for text in ("Registered Mill", "Mill Lane", "4020", "me@example.org"):
        assert f'value="{text}"' in filled.text
    unknown = admin.post("/onboard/company", asked | {"company.companyId": "FN1z"})
    assert "The register has no such company." in words_of(unknown.text)
    register.unlink()
    away = admin.post("/onboard/company", asked)
    assert "The register did not answer." in words_of(away.text)
