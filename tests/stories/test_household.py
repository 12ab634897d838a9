"""A household: consumers who live together, who speaks for them, and who has moved out."""

from __future__ import annotations

import pytest

from tests.support.operator import CUSTOMER, PARTY, Operator, Record
from tests.web.browser import Browser, words_of

ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
MOVED_IN = "2024-03-01T00:00:00.000Z"
MOVED_OUT = "2026-06-30T00:00:00.000Z"


def person(operator: Operator, name: str) -> str:
    """A consumer: a person who is a customer."""
    body = {"givenName": name, "familyName": "Lovelace", "birthDate": "1990-12-10T00:00:00Z"}
    ident: str = operator.make(f"{PARTY}/individual", body)["id"]
    operator.make(CUSTOMER, {"name": f"{name} Lovelace", "engagedParty": {"id": ident}})
    return ident


def join(operator: Operator, household: str, member: str, role: str) -> Record:
    """Make a person a member of a household."""
    return operator.make(
        ROLE,
        {
            "name": role,
            "engagedParty": {"id": member},
            "relatedParty": [{"id": household, "role": "household"}],
            "validFor": {"startDateTime": MOVED_IN},
        },
    )


@pytest.mark.accepts("FND-04")
def test_members_come_and_go_and_the_household_remembers(
    operator: Operator, browser: Browser
) -> None:
    """Three consumers become a household with a head. One moves out at a date: today's members
    are two, the former one is still listed with the dates, and everybody's page says so."""
    home = {"tradingName": "Lovelace household", "organizationType": "household"}
    household = operator.make(f"{PARTY}/organization", home)
    ada, byron, annabella = (person(operator, name) for name in ("Ada", "Byron", "Annabella"))
    head = join(operator, household["id"], ada, "household head")
    son = join(operator, household["id"], byron, "son")
    join(operator, household["id"], annabella, "daughter")

    def members(**more: str) -> set[str]:
        found = operator.find(ROLE, relatedParty__id=household["id"], **more)
        return {one["engagedParty"]["name"] for one in found}

    everybody = {"Ada Lovelace", "Byron Lovelace", "Annabella Lovelace"}
    assert members(status="active") == everybody
    assert members(name="household head") == {"Ada Lovelace"}

    left = {"validFor": {"endDateTime": MOVED_OUT}, "status": "terminated"}
    answer = operator.staff.patch(f"{ROLE}/{son['id']}", left)
    assert answer.status_code == 200, answer.json
    assert answer.json["validFor"] == {"startDateTime": MOVED_IN, "endDateTime": MOVED_OUT}
    assert members(status="active") == everybody - {"Byron Lovelace"}
    assert members(validFor__endDateTime__lt="2026-07-01") == {"Byron Lovelace"}
    assert members() == everybody
    early = {"validFor": {"startDateTime": MOVED_IN, "endDateTime": "2020-01-01T00:00:00Z"}}
    assert operator.staff.patch(f"{ROLE}/{head['id']}", early).status_code == 400

    told = words_of(browser.get(f"/r/organization/{household['key']}?tab=used-by").text)
    for one in ("household head", "son", "daughter"):
        assert one in told, told
    former = words_of(browser.get(f"/r/partyRole/{son['key']}").text)
    for one in ("Byron Lovelace", "Lovelace household", "Terminated", "2024", "2026"):
        assert one in former, former
