"""Who may be there twice: told before a record is made, and queued when it was made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
OURS = "/api/party/v1"


def medium(**said: str) -> dict[str, Any]:
    return {"mediumType": "any", "characteristic": said}


def somebody(given: str, family: str, *media: dict[str, Any], born: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"givenName": given, "familyName": family, "contactMedium": list(media)}
    return body | ({"birthDate": f"{born}T00:00:00Z"} if born else {})


HOME = medium(street1="Hauptstraße 12", postCode="10115", city="Berlin", country="DE")
GRETE = somebody("Grete", "Müller", medium(emailAddress="grete.m@example.com"),
                 medium(phoneNumber="+49 30 1234567"), HOME, born="1981-03-07")  # fmt: skip
FAULTS = {
    "another letter": somebody("Grete", "Mülller", HOME, born="1981-03-07"),
    "letters turned": somebody("Grtee", "Mueller", HOME, born="1981-03-07"),
    "names swapped": somebody("Mueller", "Grete", HOME, born="1981-03-07"),
    "by ear": somebody("Greete", "Miller", medium(phoneNumber="030/1234567"), HOME),
    "moved house": somebody("Grete", "Müller", medium(emailAddress="Grete.M@example.com")),
    "old phone, title": somebody(
        "Dr. Grete", "MUELLER", medium(phoneNumber="+49 171 5550001"), HOME, born="1981-03-07"
    ),  # fmt: skip
    "initial": somebody("G.", "Mueller", medium(emailAddress="grete.m@example.com"), HOME),
}
OTHERS = {
    "husband": somebody("Heinz", "Müller", medium(phoneNumber="+49 30 1234567"), HOME,
                        born="1979-11-02"),
    "twin": somebody("Anna", "Müller", HOME, born="1981-03-07"),
    "namesake": somebody("Grete", "Müller", born="1955-05-05"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_second_entry_is_told_before_it_is_made(site: Site, fault: str) -> None:
    """With a score and reasons, likeliest first; nothing is stored by asking."""
    first = _grete(site)
    before = site.rows("select count(*) from individual")
    asked = {"@type": "Individual", "record": FAULTS[fault]}
    answer = site.admin.post(f"{OURS}/possibleDuplicates", asked)
    assert answer.status_code == 200, answer.json
    assert [one["record"]["id"] for one in answer.json] == [first]
    assert answer.json[0]["score"] >= 0.8
    assert answer.json[0]["reason"]
    assert site.rows("select count(*) from individual") == before


@pytest.mark.parametrize("other", OTHERS)
def test_who_only_looks_alike_is_not_told(site: Site, other: str) -> None:
    """Members of a household and namesakes are somebody else."""
    _grete(site)
    asked = {"@type": "Individual", "record": OTHERS[other]}
    assert site.admin.post(f"{OURS}/possibleDuplicates", asked).json == []


HINTS = {
    "mail, another name": (
        somebody("Paula", "Schulz", medium(emailAddress="grete.m@example.com")), "sameEmail"),
    "phone, another name": (
        somebody("Paula", "Schulz", medium(phoneNumber="+49 30 1234567")), "samePhone"),
    "mail and given name": (
        somebody("Grete", "Schulz", medium(emailAddress="grete.m@example.com")), "sameEmail"),
    "day and month swapped": (somebody("Grete", "Müller", born="1981-07-03"), "similarBirthDate"),
}  # fmt: skip


@pytest.mark.parametrize("hint", HINTS)
def test_one_thing_alone_hints_at_who_is_there(site: Site, hint: str) -> None:
    """It is told with its reason before a record is made, likely or not, and nothing is queued by
    it: that takes more."""
    first = _grete(site)
    body, reason = HINTS[hint]
    asked = {"@type": "Individual", "record": body}
    answer = site.admin.post(f"{OURS}/possibleDuplicates", asked).json
    assert [one["record"]["id"] for one in answer] == [first]
    assert reason in answer[0]["reason"]
    assert answer[0]["score"] < 0.8


def _grete(site: Site) -> str:
    """Return the id of the one Grete of this database."""
    found = site.rows("select id::text from individual where p_family_name = 'Müller'")
    if not found:
        site.admin.post(f"{PARTY}/individual", GRETE)
        site.work()
        found = site.rows("select id::text from individual where p_family_name = 'Müller'")
    return str(found[0][0])


def test_two_clerks_who_make_the_same_customer_find_each_other_in_the_queue(site: Site) -> None:
    """Neither is refused, since nothing settles it; one pair of the two customers is queued, with
    reasons, and none of their persons. The key under which they are found tells nobody a name."""
    admin = site.admin
    keys = []
    for given in ("Konrad", "Conrad"):
        body = somebody(given, "Zuse", medium(emailAddress="k.zuse@example.com"),
                        born="1910-06-22")  # fmt: skip
        party = admin.post(f"{PARTY}/individual", body).json["id"]
        role = {"name": f"{given} Zuse", "engagedParty": {"id": party}}
        keys.append(admin.post(CUSTOMER, role).json["id"])
    site.work()
    pairs = admin.get(f"{OURS}/duplicatePair", query_string="state=open").json
    own = [one for one in pairs if {one["first"]["id"], one["second"]["id"]} & set(keys)]
    assert len(pairs) == len(own) == 1, pairs
    assert own[0]["kind"] == "Customer"
    assert own[0]["score"] > 0.9
    assert {"sameEmail", "sameBirthDate", "similarName"} <= set(own[0]["reason"])
    stored = site.rows("select key::text from match_key where record = %s", keys[0])
    assert stored
    assert all(one.lstrip("-").isdigit() for (one,) in stored)


def test_a_pair_is_denied_with_a_note_that_the_audit_keeps(site: Site) -> None:
    """A pair that is said to be two is not queued again; without a note that is refused."""
    admin = site.admin
    ids = [
        admin.post(f"{PARTY}/individual", somebody("Emmy", name, medium(
            emailAddress="noether@example.com"), born="1982-03-23")).json["id"]
        for name in ("Noether", "Nöther")
    ]  # fmt: skip
    site.work()
    (pair,) = admin.get(f"{OURS}/duplicatePair", query_string=f"first.id={ids[0]}").json
    merge_patch = {"Content-Type": "application/merge-patch+json"}
    path = f"{OURS}/duplicatePair/{pair['id']}"
    silent = admin.patch(path, {"state": "notDuplicate"}, headers=merge_patch)
    assert silent.status_code == 400
    assert silent.json["code"] == "noteMissing"
    said = {"state": "notDuplicate", "note": "aunt and niece, both were here"}
    assert admin.patch(path, said, headers=merge_patch).status_code == 200
    phone = [medium(emailAddress="noether@example.com"), medium(phoneNumber="+4930111222333")]
    admin.patch(f"{PARTY}/individual/{ids[0]}", {"contactMedium": phone}, headers=merge_patch)
    site.work()
    (again,) = admin.get(f"{OURS}/duplicatePair", query_string=f"first.id={ids[0]}").json
    assert again["state"] == "notDuplicate"
    assert site.rows("select count(*) from audit where subject = %s", pair["id"]) == [(2,)]
    twice = {"first": {"id": ids[1]}, "second": {"id": ids[0]}}
    assert admin.post(f"{OURS}/duplicatePair", twice).json["code"] == "conflictPair"


@pytest.mark.parametrize("kind", ["Individual", "Nothing"])
def test_a_pair_of_what_is_not_there_is_refused(site: Site, kind: str) -> None:
    """The references that lead nowhere are named, each by its path."""
    body = {one: {"id": f"no-{one}", "@referredType": kind} for one in ("first", "second")}
    answer = site.admin.post(f"{OURS}/duplicatePair", body)
    assert answer.status_code == 400, answer.json
    assert {one["path"] for one in answer.json["fault"]} >= {"first.id", "second.id"}


def test_only_who_may_ask_is_told_and_only_of_whom_they_see(site: Site) -> None:
    """Without the permission 403; a dealer is told of nobody else's customers."""
    _grete(site)
    asked = {"@type": "Individual", "record": GRETE}
    role = site.role("clerk", {"TMF632:read": Grant("all", EVERY_CLASS)})
    clerk = site.user("clerk", roles=[role], scopes=("TMF632:read",))
    assert clerk.post(f"{OURS}/possibleDuplicates", asked).status_code == 403
    dealer = site.admin.post(f"{PARTY}/organization", {"tradingName": "Dealer"}).json["id"]
    role = site.role("dealer", {"TMF632:read": Grant("partner", EVERY_CLASS),
                                "matching:check": Grant("partner", EVERY_CLASS)})  # fmt: skip
    scopes = ("TMF632:read", "matching:check")
    client = site.user("dealer", roles=[role], party=dealer, partner=dealer, scopes=scopes)
    assert client.post(f"{OURS}/possibleDuplicates", asked).json == []
    blind = site.role("blind", {"TMF632:read": Grant("all", frozenset({"public"})),
                                "matching:check": Grant("all", frozenset({"public"}))})  # fmt: skip
    client = site.user("blind", roles=[blind], scopes=scopes)
    assert client.post(f"{OURS}/possibleDuplicates", asked).status_code == 403
