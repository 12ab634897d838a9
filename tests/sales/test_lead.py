"""Leads: whose they are, how they move, how promising they are, and what they are not for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.overrides import offering_on_sale
from tests.support.program import Site

LEADS = "/tmf-api/sales/v4/salesLead"
TABLES = "/api/ordering/v1/decisionTable"


def lead(site: Site, **said: Any) -> dict[str, Any]:
    answer = site.admin.post(LEADS, {"familyName": "Lovelace", **said})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def moved(site: Site, key: str, status: str, **said: Any) -> Any:
    return site.admin.patch(f"{LEADS}/{key}", {"status": status, **said})


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


@pytest.mark.accepts("LEAD-01")
def test_a_last_name_is_enough(site: Site) -> None:
    """A lead needs a last name and nothing else; it gets a number and is new."""
    made = lead(site)
    assert made["key"].startswith("LEAD")
    assert (made["stage"], made["status"], made["name"]) == ("new", "acknowledged", "Lovelace")
    assert site.admin.get(f"{LEADS}/{made['key']}").json["id"] == made["id"]
    nobody = site.admin.post(LEADS, {"companyName": "Analytical Engines", "givenName": "Ada"})
    assert nobody.status_code == 400
    assert ("familyName", "required") in codes(nobody)


@pytest.mark.accepts("LEAD-02")
@pytest.mark.parametrize("way, refused", [
    ((), "accepted"),
    (("inProgress",), "acknowledged"),
    (("pending",), "acknowledged"),
    (("pending", "inProgress"), "acknowledged"),
])  # fmt: skip
def test_leads_move_as_the_table_says(site: Site, way: tuple[str, ...], refused: str) -> None:
    """A lead goes from new to contacted, nurtured and back, never to new again, and is given up
    with a reason of the register only; `other` is said in words, and then it rests."""
    key = lead(site)["key"]
    for status in way:
        assert moved(site, key, status).status_code == 200
    answer = moved(site, key, refused)
    assert answer.status_code == 409
    assert answer.json["code"] == "lifecycleMove"
    assert codes(moved(site, key, "rejected")) == {("closeReason", "reasonMissing")}
    assert codes(moved(site, key, "rejected", closeReason="moon")) == {
        ("closeReason", "notInRegister")
    }
    other = moved(site, key, "rejected", closeReason="other")
    assert codes(other) == {("otherReason", "reasonMissing")}
    ended = moved(site, key, "rejected", closeReason="other", otherReason="left for the moon").json
    assert (ended["stage"], ended["status"]) == ("disqualified", "rejected")
    assert ended["closedDate"]
    for status in ("acknowledged", "inProgress", "pending", "accepted"):
        assert moved(site, key, status).status_code == 409
    answer = site.admin.patch(f"{LEADS}/{key}", {"familyName": "Byron"})
    assert codes(answer) == {("familyName", "leadEnded")}


def test_a_reason_in_the_standards_words_is_a_reason(site: Site) -> None:
    """A client of the standard, which has statusChangeReason only, gives a lead up by that."""
    key = lead(site)["key"]
    ended = moved(site, key, "rejected", statusChangeReason="moved abroad").json
    assert (ended["closeReason"], ended["otherReason"]) == ("other", "moved abroad")


def test_a_lead_has_at_most_a_hundred_lines(site: Site) -> None:
    """More than 100 lines are refused, and a line without an offering; one is meant by default."""
    offering = {"id": offering_on_sale(site.admin)}
    lines = [{"productOffering": offering}] * 101
    answer = site.admin.post(LEADS, {"familyName": "Lovelace", "salesLeadItem": lines})
    assert codes(answer) == {("salesLeadItem", "tooMany")}
    answer = site.admin.post(LEADS, {"familyName": "Lovelace", "salesLeadItem": lines * 3})
    assert codes(answer) == {("salesLeadItem", "tooMany")}
    made = lead(site, salesLeadItem=lines[:2])
    assert [one["quantity"] for one in made["salesLeadItem"]] == [1, 1]
    assert [one["id"] for one in made["salesLeadItem"]] == ["1", "2"]
    empty = site.admin.post(LEADS, {"familyName": "Lovelace", "salesLeadItem": [{}]})
    assert empty.status_code == 400
    assert "salesLeadItem[0].productOffering" in {path for path, _ in codes(empty)}


def test_bad_addresses_are_refused(site: Site) -> None:
    """An e-mail address or a number that nobody can have is refused at its field."""
    for name, value, code in (
        ("emailAddress", "ada", "badEmailAddress"), ("phoneNumber", "+1", "badPhoneNumber"),
    ):  # fmt: skip
        medium = {"mediumType": "email", "characteristic": {name: value}}
        answer = site.admin.post(LEADS, {"familyName": "Byron", "prospectContact": [medium]})
        assert codes(answer) == {(f"prospectContact[0].characteristic.{name}", code)}


@pytest.mark.accepts("LEAD-08")
def test_leads_are_scored_by_tables(site: Site) -> None:
    """Score and rating come of the operator's tables, with the moment and the row that said it;
    they are found anew when the lead changes, and for all open leads when a table changes."""
    before = lead(site, source="tradeShow")
    assert "score" not in before
    ended = lead(site, source="tradeShow")
    moved(site, ended["key"], "rejected", closeReason="noInterest")
    score = table(site, "Scores", "leadScore", {"tradeShow": "80", "press": "20"})
    rating = site.admin.post(TABLES, {
        "name": "Ratings", "purpose": "leadRating", "isOn": True,
        "row": [{"condition": "input.score > 50", "result": "hot"}, {"result": "cold"}],
    })  # fmt: skip
    assert rating.status_code == 201, rating.json
    site.work()
    found = site.admin.get(f"{LEADS}/{before['key']}").json
    assert (found["score"], found["rating"]) == (80, "hot")
    assert found["scoring"]["scoreRule"] == "Scores, row 1"
    assert found["scoring"]["ratingRule"] == "Ratings, row 1"
    assert found["scoring"]["at"]
    assert "score" not in site.admin.get(f"{LEADS}/{ended['key']}").json
    changed = site.admin.patch(f"{LEADS}/{before['key']}", {"source": "press"}).json
    assert (changed["score"], changed["rating"]) == (20, "cold")
    assert changed["scoring"]["scoreRule"] == "Scores, row 2"
    by_hand = site.admin.patch(f"{LEADS}/{before['key']}", {"rating": "warm"}).json
    assert (by_hand["rating"], by_hand["scoring"]["ratingRule"]) == ("warm", "by hand")
    rows = [{"cell": [{"input": "source", "value": ["press"]}], "result": "55"}]
    assert site.admin.patch(f"{TABLES}/{score}", {"row": rows}).status_code == 200
    site.work()
    again = site.admin.get(f"{LEADS}/{before['key']}").json
    assert (again["score"], again["rating"]) == (55, "hot")
    wrong = site.admin.patch(f"{TABLES}/{score}", {"row": [{"result": "very"}]})
    assert codes(wrong) == {("row[0].result", "badValue")}


def table(site: Site, name: str, purpose: str, results: dict[str, str]) -> str:
    rows = [
        {"cell": [{"input": "source", "value": [source]}], "result": result}
        for source, result in results.items()
    ]
    body = {"name": name, "purpose": purpose, "isOn": True, "row": rows}
    answer = site.admin.post(TABLES, body)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


@pytest.mark.accepts("LEAD-12")
def test_the_standards_interface_has_the_same_leads(site: Site) -> None:
    """A lead that was written down in our words is a salesLead of TMF699 with its name, status,
    dates, contact, offering and party; one of the standard's words alone is a lead on our board,
    and either moves by the standard's status."""
    offering = {"id": offering_on_sale(site.admin)}
    reached = [{"mediumType": "email", "characteristic": {"emailAddress": "mary@example.com"}}]
    ours = lead(
        site,
        givenName="Mary",
        prospectContact=reached,
        salesLeadItem=[{"productOffering": offering}],
        source="press",
    )
    told = site.admin.get(f"{LEADS}?id={ours['id']}").json[0]
    assert (told["name"], told["status"]) == ("Mary Lovelace", "acknowledged")
    assert told["href"].endswith(f"{LEADS}/{ours['id']}")
    assert {"creationDate", "statusChangeDate"} <= set(told)
    assert told["productOffering"]["id"] == offering["id"]
    assert told["prospectContact"] == reached
    theirs = site.admin.post(LEADS, {
        "name": "Fibre for the mill", "rating": "warm", "priority": "high", "type": "newBusiness",
        "estimatedRevenue": {"unit": "EUR", "value": 900}, "productOffering": offering,
    })  # fmt: skip
    assert theirs.status_code == 201, theirs.json
    assert theirs.json["stage"] == "new"
    assert theirs.json["salesLeadItem"][0]["productOffering"]["id"] == offering["id"]
    for key in (ours["key"], theirs.json["key"]):
        assert moved(site, key, "inProgress").json["stage"] == "contacted"
    found = site.admin.get(f"{LEADS}?status=inProgress&fields=status").json
    assert {ours["id"], theirs.json["id"]} <= {one["id"] for one in found}
