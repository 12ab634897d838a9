"""Conditional reading: what has not changed is not sent again, and nothing stale is kept."""

from __future__ import annotations

from tests.support.program import Site

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def test_what_is_unchanged_is_not_sent_again(site: Site) -> None:
    """304 with the same mark and no body; the whole record once it has changed."""
    made = site.admin.post(PARTY, {"givenName": "Ada", "familyName": "Byron"})
    address = f"{PARTY}/{made.json['id']}"
    mark = made.headers["ETag"]
    for told in (mark, f"W/{mark}", f'"7", {mark}', "*"):
        answer = site.admin.get(address, headers={"If-None-Match": told})
        assert (answer.status_code, answer.text, answer.headers["ETag"]) == (304, "", mark)
    assert site.admin.get(address, headers={"If-None-Match": '"7"'}).status_code == 200
    site.admin.patch(address, {"familyName": "Lovelace"})
    answer = site.admin.get(address, headers={"If-None-Match": mark})
    assert (answer.status_code, answer.json["familyName"]) == (200, "Lovelace")


def test_a_name_from_another_record_is_never_stale(site: Site) -> None:
    """The mark covers the names that an answer takes from other records."""
    party = site.admin.post(PARTY, {"givenName": "Ada", "familyName": "Byron"}).json
    sent = {"name": "Ada", "engagedParty": {"id": party["id"]}}
    made = site.admin.post(CUSTOMER, sent).json
    address = f"{CUSTOMER}/{made['id']}"
    mark = site.admin.get(address).headers["ETag"]
    assert site.admin.get(address, headers={"If-None-Match": mark}).status_code == 304
    site.admin.patch(f"{PARTY}/{party['id']}", {"familyName": "Lovelace"})
    answer = site.admin.get(address, headers={"If-None-Match": mark})
    assert answer.status_code == 200
    assert answer.json["engagedParty"]["name"] == "Ada Lovelace"
    changed = site.admin.patch(address, {"name": "Ada L"}, headers={"If-Match": mark})
    assert changed.status_code == 200, "the version in the mark is what a change is based on"
    stale = site.admin.patch(address, {"name": "Ada B"}, headers={"If-Match": mark})
    assert stale.status_code == 412
