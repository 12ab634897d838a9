"""The interface for leads in plain words: what it takes, what it leaves out, what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import CUSTOMER, PARTY
from tests.support.overrides import made, offering_on_sale
from tests.support.overrides_above import marketing_campaign
from tests.support.program import Site

LEAD = "/api/sales/v1/salesLead"
STANDARD = "/tmf-api/sales/v4/salesLead"


def customer(site: Site) -> tuple[str, str]:
    """Return a customer and its party."""
    body = {"givenName": "Mary", "familyName": "Somerville"}
    party = site.admin.post(f"{PARTY}/individual", body).json["id"]
    made = site.admin.post(CUSTOMER, {"name": "Mary", "engagedParty": {"id": party}})
    return made.json["id"], party


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return {(one["path"], one["code"]) for one in answer.json.get("fault", [])}


@pytest.mark.accepts("LEAD-11")
def test_a_lead_in_plain_words_is_taken(site: Site) -> None:
    """A last name makes a lead with a number in stage new; lines have quantity 1 unless said; what
    nobody knows is left out; it is read back, changed in part, and is the standard's lead."""
    made = site.admin.post(LEAD, {"lastName": "Lovelace"})
    assert made.status_code == 201, made.json
    assert (made.json["stage"], made.json["lastName"]) == ("new", "Lovelace")
    assert made.json["number"].startswith("LEAD")
    offering = offering_on_sale(site.admin)
    said = {
        "lastName": "Byron", "firstName": "Ada", "company": "Mill", "email": "ada@example.com",
        "phone": "+49 30 123456", "stage": "contacted", "favouriteColour": "green",
        "campaign": "no-such-campaign", "account": "no-such-customer",
        "lineItem": [{"productOffering": offering}, {"productOffering": {"id": offering},
                                                     "quantity": 3}],
    }  # fmt: skip
    full = site.admin.post(LEAD, said)
    assert full.status_code == 201, full.json
    told = full.json
    assert (told["stage"], told["email"], told["phone"]) == (
        "contacted", "ada@example.com", "+49 30 123456",
    )  # fmt: skip
    assert [one["quantity"] for one in told["salesLeadItem"]] == [1, 3]
    assert not {"favouriteColour", "campaign", "marketingCampaign"} & told.keys()
    assert not told.get("relatedParty")
    path = f"{LEAD}/{told['id']}"
    changed = site.admin.patch(path, {"company": "Water mill", "phone": "+49 30 654321",
                                      "contact": "nobody", "nonsense": 1})  # fmt: skip
    assert changed.status_code == 200, changed.json
    now = site.admin.get(path).json
    assert (now["company"], now["phone"], now["email"], now["lastName"]) == (
        "Water mill", "+49 30 654321", "ada@example.com", "Byron",
    )  # fmt: skip
    standard = site.admin.get(f"{STANDARD}/{told['id']}").json
    assert (standard["companyName"], standard["familyName"]) == ("Water mill", "Byron")
    assert "lastName" not in standard
    assert site.admin.patch(path, {"stage": "nurturing"}).json["status"] == "pending"


@pytest.mark.accepts("LEAD-11")
def test_an_account_and_a_consumer_at_once_name_nobody(site: Site) -> None:
    """One of both is who the lead is of, with the contact; given both, neither counts, nor does
    the contact."""
    (company, _), (person, party) = customer(site), customer(site)
    one = site.admin.post(LEAD, {"lastName": "Mill", "account": company, "contact": party})
    roles = {each["role"]: each["id"] for each in one.json["relatedParty"]}
    assert roles == {"customer": company, "contact": party}
    both = {"lastName": "Both", "account": company, "consumer": {"id": person}, "contact": party}
    answer = site.admin.post(LEAD, both)
    assert answer.status_code == 201, answer.json
    assert not answer.json.get("relatedParty")


@pytest.mark.accepts("LEAD-11")
def test_what_must_be_right_is_refused(site: Site) -> None:
    """No body, no last name, a bad address, a line without a known offering, more than 100 lines:
    400 with code, field and message; no right 403, none such 404; nothing of it is stored."""
    offering = offering_on_sale(site.admin)
    before = site.admin.get(LEAD, query_string="limit=1").headers["X-Total-Count"]
    lines = [{"productOffering": offering}] * 101
    last = {"lastName": "Byron"}
    for body, found in (
        ({}, ("lastName", "required")),
        ({"firstName": "Ada"}, ("lastName", "required")),
        (last | {"email": "ada"}, ("email", "badEmailAddress")),
        (last | {"phone": "+1"}, ("phone", "badPhoneNumber")),
        (last | {"lineItem": lines}, ("salesLeadItem", "tooMany")),
        (last | {"stage": "moon"}, ("stage", "badValue")),
    ):
        assert found in faults(site.admin.post(LEAD, body)), body
    for wrong in ({}, {"productOffering": "no-such-offering"}):
        told = faults(site.admin.post(LEAD, last | {"lineItem": [wrong]}))
        assert any(path.startswith("salesLeadItem[0].productOffering") for path, _ in told)
    assert site.admin.post(LEAD).status_code == 400
    made = site.admin.post(LEAD, last).json
    assert site.admin.patch(f"{LEAD}/{made['id']}", {}).status_code == 400
    assert faults(site.admin.patch(f"{LEAD}/{made['id']}", {"email": "ada"})) == {
        ("email", "badEmailAddress")
    }
    assert site.admin.get(f"{LEAD}/LEAD999999").status_code == 404
    assert site.unentitled().get(LEAD).status_code == 403
    assert site.unentitled().post(LEAD, last).status_code == 403
    after = site.admin.get(LEAD, query_string="limit=1").headers["X-Total-Count"]
    assert int(after) == int(before) + 1


@pytest.mark.accepts("LEAD-11")
def test_leads_come_in_pages(site: Site) -> None:
    """Part of the leads is 206 with range and total, all are 200; attributes are picked, filters
    by plain names hold and those that nobody knows are left out; limit goes up to 10,000."""
    for name in ("Page", "Page", "Page", "Other"):
        assert site.admin.post(LEAD, {"lastName": name}).status_code == 201
    part = site.admin.get(LEAD, query_string="lastName=Page&limit=2&offset=0&nonsense=1")
    assert (part.status_code, len(part.json)) == (206, 2)
    assert part.headers["Content-Range"] == "items 0-1/3"
    assert part.headers["X-Total-Count"] == "3"
    assert f"{LEAD}?" in part.headers["Link"]
    whole = site.admin.get(LEAD, query_string="lastName=Page&limit=10000&fields=lastName,no")
    assert (whole.status_code, len(whole.json)) == (200, 3)
    assert {name for one in whole.json for name in one} <= {"id", "href", "lastName"}
    rest = site.admin.get(LEAD, query_string="lastName=Page&limit=2&offset=2")
    assert (rest.status_code, rest.headers["Content-Range"]) == (206, "items 2-2/3")
    assert "limit=10000" in site.admin.get(LEAD, query_string="limit=99999").headers["Link"]


def test_what_is_there_is_not_lost_to_what_is_wrong(site: Site) -> None:
    """A reference to nobody, or one that is none, leaves the good one where it was; one way of
    reaching somebody is changed alone; what asks for no lead is not asked for all of them."""
    (mill, _), (_, person) = customer(site), customer(site)
    spring = made(site.admin, "/api/campaign/v1/marketingCampaign", marketing_campaign(site.admin))
    reached = [{"mediumType": "email", "preferred": True, "characteristic": {
        "emailAddress": "both@example.com", "phoneNumber": "+49 30 999111"}}]  # fmt: skip
    lead = site.admin.post(LEAD, {
        "lastName": "Keeper", "account": mill, "contact": person, "campaign": spring,
        "prospectContact": reached,
    })  # fmt: skip
    assert lead.status_code == 201, lead.json
    path = f"{LEAD}/{lead.json['id']}"
    named = [{"id": "nobody", "role": "customer", "@referredType": "Customer"}]
    for wrong in (
        {"account": "nobody"}, {"consumer": {"id": 5}}, {"contact": mill}, {"campaign": {}},
        {"campaign": 5}, {"campaign": []}, {"campaign": {"id": 5}}, {"relatedParty": named},
        {"relatedParty": 5}, {"assignee": {"id": "nobody"}}, {"campaign": "nobody"},
    ):  # fmt: skip
        answer = site.admin.patch(path, wrong)
        assert answer.status_code == 200, (wrong, answer.json)
        now = site.admin.get(path).json
        roles = {one["role"]: one["id"] for one in now["relatedParty"]}
        assert roles == {"customer": mill, "contact": person}, wrong
        assert now["campaign"]["id"] == spring, wrong
        wrote = site.admin.post(LEAD, {"lastName": "Written"} | wrong)
        assert wrote.status_code == 201, (wrong, wrote.json)
    for name, value in (
        ("email", "both@example.com"), ("phone", "%2B49 30 999111"), ("account", mill),
        ("contact", person), ("campaign", spring),
    ):  # fmt: skip
        (found,) = site.admin.get(LEAD, query_string=f"{name}={value}").json
        assert found["id"] == lead.json["id"]
        assert site.admin.get(LEAD, query_string=f"{name}=nobody").json == []
    now = site.admin.patch(path, {"email": "new@example.com"}).json
    assert (now["email"], now["phone"]) == ("new@example.com", "+49 30 999111")
    assert now["prospectContact"][0]["preferred"] is True
    now = site.admin.patch(path, {"email": None}).json
    assert ("email" in now, now["phone"]) == (False, "+49 30 999111")
