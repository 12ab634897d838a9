"""Duplicates on pages: told while somebody types, decided in a queue, merged side by side."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
OURS = "/api/party/v1"
NEW = "/r/individual/new"
SIGN_IN = ("begin", "set local", "commit", "rollback", "select number from generation")
CHECK = "/duplicates/check/Individual"


def medium(**said: str) -> dict[str, Any]:
    return {"mediumType": "email", "characteristic": said}


def person(site: Site, given: str, family: str, mail: str, born: str) -> dict[str, Any]:
    body = {"givenName": given, "familyName": family, "birthDate": f"{born}T00:00:00Z",
            "contactMedium": [medium(emailAddress=mail)]}  # fmt: skip
    made: dict[str, Any] = site.admin.post(PARTY, body).json
    return made


def customer(site: Site, given: str, mail: str) -> dict[str, Any]:
    party = person(site, given, "Lamarr", mail, "1914-11-09")
    role = {"name": f"{given} Lamarr", "engagedParty": {"id": party["id"]}}
    made: dict[str, Any] = site.admin.post(CUSTOMER, role).json
    return made


def typed(given: str, family: str, mail: str) -> dict[str, str]:
    place = "contactMedium[0]"
    return {"f:givenName": given, "f:familyName": family, f"n:{place}": "",
            "l:contactMedium": "1", f"o:{place}.characteristic": "1",
            f"f:{place}.characteristic.emailAddress": mail}  # fmt: skip


@pytest.mark.accepts("FND-09")
def test_possible_duplicates_are_told_while_typing_and_overridden_with_a_note(
    site: Site, admin: Browser
) -> None:
    """The form of a new person asks for them with what is typed: score, reasons, links to open
    the record and to go on with it. Without a note it is not saved; with one it is, and the note
    stands in the audit of the pair, which is decided."""
    there = person(site, "Hedwig", "Kiesler", "hedy@example.com", "1914-11-09")
    site.work()
    form = source_of(admin.get(NEW))
    assert f'hx-post="{CHECK}"' in form
    told = admin.post(CHECK, typed("Hedwik", "Kiesler", "hedy@example.com"))
    said, html = words_of(told.text), source_of(told)
    assert there["key"] in said
    assert re.search(r"\d\d %", said), said
    assert "Same e-mail address" in said
    assert "Similar name" in said
    assert f'href="/r/individual/{there["key"]}"' in html
    assert f"engagedParty.id={there['id']}" in html
    assert words_of(admin.post(CHECK, typed("Bertha", "Benz", "b@example.com")).text) == ""

    before = site.rows("select count(*) from individual")
    refused = admin.post(NEW, typed("Hedwik", "Kiesler", "hedy@example.com"))
    assert refused.status_code == 409
    assert there["key"] in refused.text
    assert site.rows("select count(*) from individual") == before
    note = "mother and daughter share a mailbox"
    body = typed("Hedwik", "Kiesler", "hedy@example.com") | {"duplicate-note": note}
    assert admin.post(NEW, body).status_code == 303
    site.work()
    query = f"first.id={there['id']}"
    (pair,) = site.admin.get(f"{OURS}/duplicatePair", query_string=query).json
    assert (pair["state"], pair["note"]) == ("notDuplicate", note)
    path = f"/r/duplicatePair/{pair['key']}?tab=history"
    history = words_of(admin.get(path).text)
    assert note in history
    assert "Admin" in history


def test_the_check_needs_three_statements(site: Site, admin: Browser) -> None:
    """After sign-in, with candidates and without."""
    person(site, "Mary", "Anning", "mary@example.com", "1799-05-21")
    site.work()
    admin.post(CHECK, typed("Mary", "Aning", "mary@example.com"))
    with counted() as statements:
        answer = admin.post(CHECK, typed("Mary", "Aning", "mary@example.com"))
    assert "Anning" in answer.text
    assert len(domain(statements)) <= 3, statements


def test_pages_need_three_statements(site: Site, admin: Browser) -> None:
    """Each page and fragment after sign-in: the queue, a pair, both side by side."""
    first = customer(site, "Lise", "lise@example.com")
    second = customer(site, "Liese", "lise@example.com")
    site.work()
    query = f"first.id={first['id']}"
    (pair,) = site.admin.get(f"{OURS}/duplicatePair", query_string=query).json
    asked = f"kind=Customer&survivor={first['key']}&loser={second['key']}"
    for address in ("/duplicates", f"/duplicates/{pair['key']}/peek", f"/duplicates/merge?{asked}",
                    f"/duplicates/merge?kind=Customer&survivor={first['key']}"):  # fmt: skip
        admin.get(address)
        with counted() as statements:
            assert admin.get(address).status_code == 200
        assert len(domain(statements)) <= 3, (address, statements)


def domain(statements: Any) -> list[str]:
    return [one for one in statements if not one.lower().startswith(SIGN_IN)]


def test_a_pair_is_merged_side_by_side_and_taken_apart(site: Site, admin: Browser) -> None:
    """From the queue to the two records, whose values are chosen, to the merge and back."""
    first = customer(site, "Hedy", "lamarr@example.com")
    second = customer(site, "Heddy", "lamarr@example.com")
    site.work()
    queue = source_of(admin.get("/duplicates"))
    assert "Hedy Lamarr and Heddy Lamarr" in words_of(queue)
    assert "Same e-mail address" in queue
    query = f"first.id={first['id']}"
    (pair,) = site.admin.get(f"{OURS}/duplicatePair", query_string=query).json
    page = source_of(admin.get(f"/duplicates/{pair['key']}"))
    (link,) = re.findall(r'href="(/duplicates/merge\?[^"]+)"', page)
    chosen = source_of(admin.get(link.replace("&amp;", "&")))
    assert 'name="take:name"' in chosen
    assert "E-mail lamarr@example.com" in words_of(page)  # the kind as the register has it
    form = {"kind": "Customer", "survivor": first["id"], "loser": second["id"],
            "take:name": "loser", "party:givenName": "loser",
            "note": "called about it"}  # fmt: skip
    assert 'name="party:givenName"' in chosen
    made = admin.post("/duplicates/merge", form)
    assert made.status_code == 303
    place = made.headers["Location"]
    assert "Being merged" in admin.get(place).text
    site.work()
    done = admin.get(place)
    assert "Take it back" in done.text
    assert site.admin.get(f"{CUSTOMER}/{second['key']}").json["name"] == "Heddy Lamarr"
    assert site.admin.get(f"{CUSTOMER}/{second['key']}").json["id"] == first["id"]
    person = first["engagedParty"]["id"]
    names = site.admin.get(f"/tmf-api/party/v4/individual/{person}").json
    assert names["givenName"] == "Heddy"
    decided = site.admin.get(f"{OURS}/duplicatePair/{pair['id']}").json
    assert decided["state"] == "merged"
    assert admin.post(place, {}).status_code == 303
    site.work()
    assert "Taken apart again" in admin.get(place).text
    assert site.admin.get(f"{CUSTOMER}/{first['key']}").json["name"] == "Hedy Lamarr"
    again = site.admin.get(f"{CUSTOMER}/{second['id']}").json
    assert (again["id"], again["key"]) == (second["id"], second["key"])
    assert site.admin.get(f"{OURS}/duplicatePair/{pair['id']}").json["state"] == "notDuplicate"


def test_deciding_in_the_queue(site: Site, admin: Browser) -> None:
    """Later, open again, and not the same with a reason; each is in its tab then."""
    first = customer(site, "Emmi", "emmi@example.com")
    customer(site, "Emmy", "emmi@example.com")
    site.work()
    query = f"first.id={first['id']}"
    pair = site.admin.get(f"{OURS}/duplicatePair", query_string=query).json[0]
    place = f"/duplicates/{pair['key']}"
    admin.get(place)
    for verb, state, more in (("later", "later", {}), ("open", "open", {}),
                              ("deny", "notDuplicate", {"note": "twins"})):  # fmt: skip
        answer = admin.post(place, {"verb": verb, "sure": "yes", **more})
        assert answer.status_code == 303, answer.text
        found = site.admin.get(f"{OURS}/duplicatePair/{pair['id']}").json
        assert found["state"] == state
    assert "Emmi Lamarr and Emmy Lamarr" in words_of(admin.get("/duplicates?tab=done").text)
