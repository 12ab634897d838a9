"""Merging people, organizations and customers: values chosen, parts, refusals, rights."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.matching import merging, moving

PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
MERGE = "/api/party/v1/merge"
PATCH = {"Content-Type": "application/merge-patch+json"}


def make(site: Site, path: str, **body: Any) -> dict[str, Any]:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


def merge(site: Site, survivor: str, loser: str, **more: Any) -> dict[str, Any]:
    made = make(site, MERGE, survivor={"id": survivor}, loser={"id": loser}, **more)
    site.work()
    found: dict[str, Any] = site.admin.get(f"{MERGE}/{made['id']}").json
    return found


def undo(site: Site, ident: str) -> dict[str, Any]:
    assert site.admin.patch(f"{MERGE}/{ident}", {"state": "undoing"}, headers=PATCH).json
    site.work()
    assert site.rows("select kind, error from work") == []
    found: dict[str, Any] = site.admin.get(f"{MERGE}/{ident}").json
    return found


def medium(mail: str) -> dict[str, Any]:
    return {"mediumType": "email", "characteristic": {"emailAddress": mail}}


def test_values_are_kept_as_chosen(site: Site) -> None:
    """Lists are joined, what only one says is kept, and what was chosen is taken from that one; the
    same official number on both, from before, is no obstacle. Taken back, all is as before."""
    paper = {"identificationType": "passport", "identificationId": "C01X"}
    one = make(site, f"{PARTY}/individual", givenName="Ada", familyName="Byron", gender="female",
               contactMedium=[medium("ada@example.com")])  # fmt: skip
    other = make(site, f"{PARTY}/individual", givenName="Augusta", familyName="Lovelace",
                 contactMedium=[medium("ada@example.com"), medium("a.l@example.com")],
                 nationality="British", individualIdentification=[paper])  # fmt: skip
    before = site.admin.get(f"{PARTY}/individual/{one['id']}").json
    choice = [{"path": "familyName", "take": "loser"}, {"path": "gender", "take": "survivor"}]
    done = merge(site, one["id"], other["id"], choice=choice)
    assert done["state"] == "done", done
    found = site.admin.get(f"{PARTY}/individual/{other['key']}").json
    assert (found["id"], found["givenName"], found["familyName"]) == (
        one["id"], "Ada", "Lovelace",
    )  # fmt: skip
    assert found["nationality"] == "British"
    mails = [each["characteristic"]["emailAddress"] for each in found["contactMedium"]]
    assert mails == ["ada@example.com", "a.l@example.com"]
    assert found["individualIdentification"] == [paper]
    assert undo(site, done["id"])["state"] == "undone"
    assert site.admin.get(f"{PARTY}/individual/{one['id']}").json == before
    assert site.admin.get(f"{PARTY}/individual/{other['id']}").json == other


@pytest.mark.accepts("FND-10")
def test_codes_of_both_lead_to_the_survivor(site: Site) -> None:
    """A code that only the one that goes has is the survivor's; of two the survivor's own stays,
    or the one that was chosen, and the other one still finds it. Taken back, each has its own."""

    def customer(code: str | None) -> dict[str, Any]:
        known = {"externalReferenceType": "ERP", "name": f"ERP-{code}"}
        named = {"tradingName": "Mill", "isLegalEntity": True, "code": code and f"{code}-ORG",
                 "externalReference": [known]}  # fmt: skip
        party = make(site, f"{PARTY}/organization", **named)
        return make(site, CUSTOMER, name="Mill", code=code, engagedParty={"id": party["id"]})

    def called(name: str) -> tuple[str, str | None]:
        found = site.admin.get(f"{CUSTOMER}/{name}").json
        return found["id"], found.get("code")

    other = [{"path": "code", "take": "loser"}]
    for own, theirs, choice, kept in (
        (None, "SOUTH-1", [], "SOUTH-1"),
        ("NORTH-2", "SOUTH-2", [], "NORTH-2"),
        ("NORTH-3", "SOUTH-3", other, "SOUTH-3"),
    ):
        one, twin = customer(own), customer(theirs)
        done = merge(site, one["id"], twin["id"], choice=choice, keepParties=bool(own))
        assert (done["state"], done.get("message")) == ("done", None)
        lead = [site.admin.get(f"{PARTY}/organization/ERP-{each}").json["id"]
                for each in (own, theirs)]  # fmt: skip
        assert (lead[0] == lead[1]) is not bool(own)
        for name in filter(None, (own, theirs, twin["id"], twin["key"])):
            assert called(name) == (one["id"], kept), (own, name)
        codes = {"code": f"{kept}-NOW"} if kept == "SOUTH-3" else {}
        if codes:
            assert site.admin.patch(f"{CUSTOMER}/{one['id']}", codes).status_code == 200
        assert undo(site, done["id"])["state"] == "undone"
        assert called(theirs) == (twin["id"], theirs)
        assert called(one["id"]) == (one["id"], codes.get("code", own))
        assert called(own) == (one["id"], own) if own and not codes else True
        for name in (f"{theirs}-ORG", f"ERP-{theirs}"):
            org = site.admin.get(f"{PARTY}/organization/{name}").json
            assert org["id"] == twin["engagedParty"]["id"], name
            assert len(org["externalReference"]) == 1


@pytest.mark.accepts("FND-10", "TAM-CI-02")
def test_companies_of_a_group_are_merged(site: Site) -> None:
    """A company with a code, a parent and companies below it is merged with its customer: what is
    below follows, with its path. A company is merged with the one above it, whichever stays, and
    never comes to lie above itself. Taken back, all is as before."""
    org = f"{PARTY}/organization"

    def company(code: str | None, parent: str | None = None) -> dict[str, Any]:
        above = {"relationshipType": "parent", "organization": {"id": parent}}
        more = {"organizationParentRelationship": above} if parent else {}
        return make(site, org, tradingName="Mill", isLegalEntity=True, code=code, **more)

    def read(one: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = site.admin.get(f"{org}/{one['id']}").json
        return found

    def above(one: dict[str, Any]) -> str | None:
        told = read(one).get("organizationParentRelationship")
        return told["organization"]["id"] if told else None

    top, plain = company("TOP"), company(None)
    mid = company("MID", top["id"])
    low = company("LOW", mid["id"])
    one, twin = (make(site, CUSTOMER, name="Mill", engagedParty={"id": each["id"]})
                 for each in (plain, mid))  # fmt: skip
    site.work()
    before = [read(each) for each in (plain, mid, low)]
    done = merge(site, one["id"], twin["id"])
    assert (done["state"], done.get("message")) == ("done", None)
    assert read(mid)["id"] == plain["id"]
    assert (above(plain), above(low)) == (top["id"], plain["id"])
    assert [read(each)["hierarchyPath"] for each in (plain, low)] == ["TOP/MID", "TOP/MID/LOW"]
    assert undo(site, done["id"])["state"] == "undone"
    assert [read(each) for each in (plain, mid, low)] == before

    for survivor, loser in ((mid, top), (top, low)):
        done = merge(site, survivor["id"], loser["id"])
        assert done["state"] == "done", done
        assert above(survivor) is None
        left = next(each for each in (top, mid, low) if each not in (survivor, loser))
        assert above(left) == survivor["id"]
        assert undo(site, done["id"])["state"] == "undone"
        assert (above(top), above(mid), above(low)) == (None, top["id"], mid["id"])
        paths = [read(each)["hierarchyPath"] for each in (top, mid, low)]
        assert paths == ["TOP", "TOP/MID", "TOP/MID/LOW"]
    refused = merge(site, low["id"], top["id"])
    assert (refused["state"], "other way round" in refused["message"]) == ("failed", True)


def test_values_of_the_parties_are_kept_as_chosen(site: Site) -> None:
    """Of two customers the persons become one with them, by choices of their own; taken back, all
    is as before. A choice of what is not there, not merged or not theirs to change is refused."""

    def customer(given: str, family: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        body = {"givenName": given, "familyName": family, **more}
        person = make(site, f"{PARTY}/individual", **body)
        named = {"id": person["id"], "@referredType": "Individual"}
        return make(site, CUSTOMER, name=f"{given} {family}", engagedParty=named), person

    one, ada = customer("Ada", "Byron", gender="female", contactMedium=[medium("a@example.com")])
    other, twin = customer("Augusta", "Lovelace", contactMedium=[medium("b@example.com")])
    choice = [{"path": "familyName", "take": "loser"}, {"path": "contactMedium", "take": "loser"}]
    done = merge(site, one["id"], other["id"], partyChoice=choice)
    assert done["state"] == "done", done
    found = site.admin.get(f"{PARTY}/individual/{twin['key']}").json
    assert (found["id"], found["givenName"], found["familyName"]) == (
        ada["id"], "Ada", "Lovelace",
    )  # fmt: skip
    mails = [each["characteristic"]["emailAddress"] for each in found["contactMedium"]]
    assert mails == ["b@example.com"]
    assert undo(site, done["id"])["state"] == "undone"
    again = site.admin.get(f"{PARTY}/individual/{ada['id']}").json
    assert (again["familyName"], again["contactMedium"]) == ("Byron", ada["contactMedium"])
    assert site.admin.get(f"{PARTY}/individual/{twin['id']}").json["familyName"] == "Lovelace"

    pair = {"survivor": {"id": one["id"]}, "loser": {"id": other["id"]}}
    grants = {f"{kind}:{verb}": Grant("all", EVERY_CLASS) for kind, verb in (
        ("Customer", "read"), ("Customer", "update"), ("PartyMerge", "create"),
        ("Individual", "read"),
    )}  # fmt: skip
    clerk = site.user("merger", roles=[site.role("merger", grants)], scopes=tuple(grants))
    assert clerk.post(MERGE, {**pair, "partyChoice": choice}).status_code == 403
    for said, code in (
        ({"partyChoice": [{"path": "mood", "take": "loser"}]}, "badValue"),
        ({"partyChoice": [{"path": "givenName", "take": "both"}]}, "badValue"),
        ({"partyChoice": choice, "keepParties": True}, "notApplicable"),
    ):
        refused = site.admin.post(MERGE, {**pair, **said})
        assert [each["code"] for each in refused.json["fault"]] == [code], said


def test_what_was_changed_since_stays(site: Site) -> None:
    """A value that somebody corrected after the merge is not overwritten by taking it back, and an
    account that was given to somebody else meanwhile is named as one that stays."""
    one = make(site, f"{PARTY}/organization", tradingName="Engines")
    other = make(site, f"{PARTY}/organization", tradingName="Engines Ltd", name="Engines Limited")
    third = make(site, f"{PARTY}/organization", tradingName="Wheels")
    owner = [{"id": other["id"], "role": "owner"}]
    accounts = [make(site, ACCOUNT, name=name, relatedParty=owner) for name in ("first", "second")]
    done = merge(site, one["id"], other["id"])
    assert done["moved"] == 2
    site.admin.patch(f"{PARTY}/organization/{one['id']}", {"name": "The Engines"}, headers=PATCH)
    given = {"relatedParty": [{"id": third["id"], "role": "owner"}]}
    site.admin.patch(f"{ACCOUNT}/{accounts[1]['id']}", given, headers=PATCH)
    ended = undo(site, done["id"])
    assert [each["key"] for each in ended["stayed"]] == [accounts[1]["key"]]
    assert site.admin.get(f"{PARTY}/organization/{one['id']}").json["name"] == "The Engines"
    owners = [site.admin.get(f"{ACCOUNT}/{each['id']}").json["relatedParty"][0]["id"]
              for each in accounts]  # fmt: skip
    assert owners == [other["id"], third["id"]]


def test_a_large_customer_moves_in_parts_and_a_kill_loses_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More records than go at once follow in several transactions; a process that ends between or
    in the middle of two of them leaves nothing behind, neither on the way nor on the way back."""
    for module in (moving, merging):
        monkeypatch.setattr(module, "AT_ONCE", 4)
    monkeypatch.setattr("trunkline.matching.unmerging.AT_ONCE", 4)
    one = make(site, f"{PARTY}/organization", tradingName="Large")
    other = make(site, f"{PARTY}/organization", tradingName="Larger")
    owner = [{"id": other["id"], "role": "owner"}]
    for number in range(11):
        make(site, ACCOUNT, name=f"account {number}", relatedParty=owner)
    steps = {"count": 0}
    hold = merging.queue.finish

    def dying(*values: Any) -> bool:
        steps["count"] += 1
        if steps["count"] in (2, 4, 7):
            raise ConnectionError("killed")
        return hold(*values)

    monkeypatch.setattr(merging.queue, "finish", dying)
    made = make(site, MERGE, survivor={"id": one["id"]}, loser={"id": other["id"]})
    for state in ("done", "undone"):
        for _ in range(60):
            with site.services.database.app.connection() as connection:
                connection.execute("update work set run_at = now(), lease_until = null")
            site.work()
            found = site.admin.get(f"{MERGE}/{made['id']}").json
            if found["state"] == state:
                break
        assert found["state"] == state
        holder = one["id"] if state == "done" else other["id"]
        owned = site.rows(
            "select count(*), min(owner::text) from billing_account where doc::text like %s",
            f"%{holder}%",
        )
        assert owned == [(11, holder)]
        site.admin.patch(f"{MERGE}/{made['id']}", {"state": "undoing"}, headers=PATCH)
    assert steps["count"] > 7
    assert found["moved"] == 11


def test_a_merge_that_cannot_be_is_refused_or_says_why(site: Site) -> None:
    """With itself, of two kinds, of one that is at work, and by who may not change the kind."""
    ada, eve = (
        make(site, f"{PARTY}/individual", givenName=name, familyName="Doe") for name in "AE"
    )
    firm = make(site, f"{PARTY}/organization", tradingName="Doe")
    for survivor, loser, code in ((ada, ada, "sameRecord"), (ada, firm, "otherKind")):
        body = {"survivor": {"id": survivor["id"]}, "loser": {"id": loser["id"]}}
        assert site.admin.post(MERGE, body).json["code"] == code
    body = {"survivor": {"id": ada["id"]}, "loser": {"id": eve["id"]}}
    wrong = [{"path": "engagedParty", "take": "loser"}, {"path": "gender", "take": "both"}]
    assert len(site.admin.post(MERGE, body | {"choice": wrong}).json["fault"]) == 2
    scopes = ("matching:create", "matching:read", "TMF632:read")
    role = site.role("reader", {one: Grant("all", EVERY_CLASS) for one in scopes})
    reader = site.user("reader", roles=[role], scopes=scopes)
    assert reader.post(MERGE, body).status_code == 403
    assert site.unentitled().post(MERGE, body).status_code == 403
    assert site.stranger().post(MERGE, body).status_code == 403
    assert site.admin.post(MERGE, body).status_code == 201
    assert site.admin.post(MERGE, body).json["code"] == "conflictMerging"
    site.work()


def test_merges_follow_each_other(site: Site) -> None:
    """Who was merged into somebody who is merged as well is found at the last one, by every former
    id and key; taken back in turn, each is where it was."""
    first, second, third = (
        make(site, f"{PARTY}/individual", givenName=name, familyName="Chain") for name in "ABC"
    )
    earlier = merge(site, second["id"], first["id"])
    later = merge(site, third["id"], second["id"])
    for name in (first["id"], first["key"], second["id"], second["key"]):
        assert site.admin.get(f"{PARTY}/individual/{name}").json["id"] == third["id"]
    assert undo(site, later["id"])["state"] == "undone"
    assert site.admin.get(f"{PARTY}/individual/{second['key']}").json["id"] == second["id"]
    assert undo(site, earlier["id"])["state"] == "undone"
    for one in (first, second, third):
        assert site.admin.get(f"{PARTY}/individual/{one['id']}").json == one
