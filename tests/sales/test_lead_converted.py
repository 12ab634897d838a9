"""Leads converted: to whom, with what, nothing lost, and once only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.support.overrides import ACCOUNT, active_customer, made, offering_on_sale
from tests.support.program import Site
from trunkline.documents.errors import Forbidden
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant
from trunkline.kernel.work import Work, transaction
from trunkline.sales.cart.check_out import cart_of, check_out
from trunkline.sales.cart.told_prices import tell_anew
from trunkline.sales.lead.converting import Conversion, convert
from trunkline.sales.lead.touching import Letter, Touch, touch, write_to
from trunkline.sales.quote.revising import revise
from trunkline.sales.quote.to_order import order_quote

LEADS = "/tmf-api/sales/v4/salesLead"
SALES = "/api/sales/v1"
PARTY = "/tmf-api/party/v4"
MESSAGES = "/tmf-api/communicationManagement/v4/communicationMessage"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
ROLES = "/tmf-api/partyRoleManagement/v4/partyRole"
ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
INTERACTIONS = "/tmf-api/partyInteractionManagement/v4/partyInteraction"
WORKSPACE = "/api/workspace/v1"


@pytest.fixture(scope="module")
def offering(site: Site) -> str:
    return offering_on_sale(site.admin)


def lead(site: Site, **said: Any) -> str:
    answer = site.admin.post(LEADS, {"familyName": "Noether", "givenName": "Emmy", **said})
    assert answer.status_code == 201, answer.json
    return str(answer.json["key"])


def converted(site: Site, key: str, **said: Any) -> dict[str, Any]:
    answer = site.admin.post(f"{SALES}/salesLead/{key}/convert", said)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


@pytest.mark.accepts("LEAD-06")
def test_lines_stand_on_the_opportunity(site: Site, offering: str) -> None:
    """Lines name offerings and quantities; converted, they stand on the opportunity, where they
    are wanted at the place of the lead."""
    place = made(site.admin, ADDRESS, {"streetName": "Bunsenstraße", "streetNr": "3",
                                       "postcode": "37073", "city": "Göttingen",
                                       "country": "DE"})  # fmt: skip
    key = lead(
        site, givenName="Emma", familyName="Lines",
        place=[{"id": place, "role": "installation", "@referredType": "GeographicAddress"}],
        salesLeadItem=[{"productOffering": {"id": offering}, "quantity": 3},
                       {"productOffering": {"id": offering}}],
    )  # fmt: skip
    found = converted(site, key)
    sale = site.admin.get(f"{SALES}/salesOpportunity/{found['opportunity']['id']}").json
    lines = sale["salesOpportunityItem"]
    assert [(one["productOffering"]["id"], one["quantity"]) for one in lines] == [
        (offering, 3), (offering, 1),
    ]  # fmt: skip
    assert {one["product"]["place"][0]["id"] for one in lines} == {place}
    assert sale["salesLead"]["id"] == site.admin.get(f"{LEADS}/{key}").json["id"]
    customer = site.admin.get(f"{CUSTOMERS}/{found['customer']['id']}").json
    assert customer["place"][0] | {"id": place} == customer["place"][0]


@pytest.mark.accepts("LEAD-04", "TSM-09")
@pytest.mark.parametrize("is_company", [True, False])
@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("has_sale", [True, False])
def test_a_lead_becomes_a_customer(
    site: Site, is_company: bool, is_known: bool, has_sale: bool
) -> None:
    """A lead is converted to a company with a contact or to a consumer, to a new one or one that
    there is, with or without an opportunity. Its persons stay the same records and point at both,
    but who only brought it; notes, tasks, files and contacts go along; none is converted twice."""
    name = f"Case{is_company:d}{is_known:d}{has_sale:d}"
    person = made(site.admin, f"{PARTY}/individual", {"givenName": "Emmy", "familyName": name})
    others = {
        role: made(site.admin, f"{PARTY}/individual", {"givenName": role, "familyName": name})
        for role in ("decisionMaker", "technical", "referrer")
    }
    said: dict[str, Any] = {"familyName": name, "relatedParty": [
        {"id": one, "role": role, "@referredType": "Individual"}
        for role, one in (("contact", person), *others.items())]}  # fmt: skip
    if is_company:
        said["companyName"] = f"{name} Works"
    key = lead(site, **said)
    ident = site.admin.get(f"{LEADS}/{key}").json["id"]
    beside(site, key)
    asked: dict[str, Any] = {"opportunity": has_sale}
    if is_known:
        asked["customer"] = active_customer(site.admin) if is_company else consumer(site, person)
        owner = {"id": asked["customer"], "role": "customer"}
        asked["account"] = made(site.admin, ACCOUNT, {"name": name, "relatedParty": [owner]})
    else:
        asked["newAccount"] = {"name": f"Account of {name}"}
    found = converted(site, key, **asked)
    assert ("opportunity" in found) is has_sale
    assert found["contact"]["id"] == person
    customer = site.admin.get(f"{CUSTOMERS}/{found['customer']['id']}").json
    if is_known:
        assert customer["id"] == asked["customer"]
    elif is_company:
        assert customer["customerType"] == "company"
        assert customer["engagedParty"]["@referredType"] == "Organization"
    else:
        assert (customer["customerType"], customer["engagedParty"]["id"]) == ("consumer", person)
    (role,) = site.admin.get(f"{ROLES}?engagedParty.id={person}").json
    assert [one["id"] for one in role["relatedParty"]] == [customer["id"]]
    assert [one["id"] for one in role["salesLead"]] == [ident]
    for told, other in others.items():
        pointing = site.admin.get(f"{ROLES}?engagedParty.id={other}").json
        assert [
            (one.get("roleType"), one["relatedParty"][0]["id"], one["salesLead"][0]["id"])
            for one in pointing
        ] == [("technical" if told == "technical" else None, customer["id"], ident)][
            told == "referrer" :
        ]
    after = site.admin.get(f"{LEADS}/{key}").json
    assert (after["stage"], after["status"]) == ("qualified", "accepted")
    assert {(one["role"], one["id"]) for one in after["relatedParty"]} == {
        ("customer", customer["id"]), ("contact", person), *others.items(),
    }  # fmt: skip
    assert after["billingAccount"]["id"] == found["account"]["id"]
    went_along(site, found["opportunity" if has_sale else "customer"])
    assert site.admin.get(f"{INTERACTIONS}?relatedParty.id={customer['id']}").json
    again = site.admin.post(f"{SALES}/salesLead/{key}/convert", asked)
    assert (again.status_code, again.json["code"]) == (409, "conflictLeadEnded")
    assert site.admin.patch(f"{LEADS}/{key}", {"title": "Dr"}).status_code == 400


def beside(site: Site, key: str) -> None:
    """Write a note, a task and a contact about a lead."""
    about = {"id": key, "@referredType": "SalesLead"}
    note = site.admin.post(f"{WORKSPACE}/notes", {"record": about, "text": "met at the fair"})
    assert note.status_code == 201, note.json
    task = site.admin.post(f"{WORKSPACE}/tasks", {"record": about, "title": "call back"})
    assert task.status_code == 201, task.json
    contact = site.admin.post(f"{SALES}/salesLead/{key}/contact", {"channel": "phone"})
    assert contact.status_code == 201, contact.json


def went_along(site: Site, now: dict[str, Any]) -> None:
    """Find the note and the task at what the lead has become."""
    where = f"record={now['id']}&type={now['@referredType']}"
    for kind, name, text in (("notes", "text", "met at the fair"), ("tasks", "title", "call back")):
        answer = site.admin.get(f"{WORKSPACE}/{kind}?{where}")
        assert answer.status_code == 200, answer.json
        assert text in {one[name] for one in answer.json}


def consumer(site: Site, person: str) -> str:
    named = {"id": person, "@referredType": "Individual"}
    return made(site.admin, CUSTOMERS, {"name": "Emmy", "engagedParty": named})


@pytest.mark.accepts("LEAD-05")
def test_whom_we_know_already_is_not_made_again(site: Site) -> None:
    """Who would be made and may be known already is named with the likeness and the reasons, and
    nothing is made; a note on why it is somebody else is kept with the pair."""
    reached = [{"mediumType": "email", "characteristic": {"emailAddress": "sonja@example.com"}}]
    known = {"givenName": "Sonja", "familyName": "Kowalewskaja", "contactMedium": reached}
    person = site.admin.post(f"{PARTY}/individual", known).json
    site.work()
    key = lead(site, givenName="Sonja", familyName="Kowalewskaja", prospectContact=reached)
    refused = site.admin.post(f"{SALES}/salesLead/{key}/convert", {})
    assert (refused.status_code, refused.json["code"]) == (409, "conflictPossible")
    (told,) = refused.json["fault"]
    assert person["key"] in told["message"]
    assert "same e-mail address" in told["message"]
    assert site.admin.get(f"{LEADS}/{key}").json["stage"] == "new"
    assert len(site.admin.get(f"{PARTY}/individual?familyName=Kowalewskaja").json) == 1
    found = converted(site, key, apart="her niece of the same name")
    pairs = site.admin.get(f"/api/party/v1/duplicatePair?second.id={found['contact']['id']}").json
    assert [(one["state"], one["note"]) for one in pairs] == [
        ("notDuplicate", "her niece of the same name")
    ]


def test_what_a_person_lacks_is_asked_for(site: Site) -> None:
    """A lead of a last name alone needs a given name to become a person, and gets it then."""
    key = str(site.admin.post(LEADS, {"familyName": "Onlylast"}).json["key"])
    refused = site.admin.post(f"{SALES}/salesLead/{key}/convert", {})
    assert codes(refused) == {("person.givenName", "missing")}
    found = converted(site, key, person={"givenName": "Olga"}, opportunity=False)
    assert "opportunity" not in found


@pytest.mark.accepts("LEAD-10")
def test_wishes_block_what_they_are_about(site: Site) -> None:
    """Who must not be called is neither called nor sent text messages, who must not be mailed gets
    no e-mail, who must not be shared goes to no partner; the wishes stay with the person."""
    reached = [{"mediumType": "email", "characteristic": {
        "emailAddress": "lise@example.com", "phoneNumber": "+4930123456"}}]  # fmt: skip
    free = lead(site, givenName="Lise", familyName="Free", prospectContact=reached)
    bound = lead(site, givenName="Lise", familyName="Bound", prospectContact=reached,
                 doNotCall=True, doNotEmail=True, doNotShare=True)  # fmt: skip
    for key, expected in ((free, 201), (bound, 400)):
        base = f"{SALES}/salesLead/{key}"
        for channel in ("phone", "sms", "email"):
            answer = site.admin.post(f"{base}/contact", {"channel": channel})
            assert answer.status_code == expected, (key, channel, answer.json)
        for channel in ("sms", "email"):
            letter = {"channel": channel, "content": "We have fibre now."}
            answer = site.admin.post(f"{base}/message", letter)
            assert answer.status_code == expected, (key, channel, answer.json)
            sent = {"messageType": channel, "content": "Fibre.", "sender": {"name": "Sales"},
                    "receiver": [{"id": key, "email": "lise@example.com"}]}  # fmt: skip
            answer = site.admin.post(MESSAGES, sent)
            assert answer.status_code == expected, (key, channel, answer.json)
        partner = made(site.admin, f"{PARTY}/organization", {"tradingName": f"Dealer of {key}"})
        shared = {"relatedParty": [{"id": partner, "role": "partner"}]}
        answer = site.admin.patch(f"{LEADS}/{key}", shared)
        assert answer.status_code == (200 if key == free else 400), answer.json
    letter = site.admin.post(f"{SALES}/salesLead/{bound}/contact", {"channel": "letter"})
    assert letter.status_code == 201
    inbound = {"channel": "phone", "direction": "inbound"}
    assert site.admin.post(f"{SALES}/salesLead/{bound}/contact", inbound).status_code == 201
    person = converted(site, bound, apart="a case of ours")["contact"]["id"]
    wishes = site.admin.get(f"{PARTY}/individual/{person}").json["contactPreference"]
    assert wishes["permittedChannel"] == ["letter", "app"]
    sent["messageType"], sent["receiver"] = "email", [{"id": person, "email": "lise@example.com"}]
    refused = site.admin.post(MESSAGES, sent)
    assert codes(refused) == {("receiver[0].id", "contactNotWanted")}


@pytest.mark.accepts("LEAD-07")
def test_leads_are_given_to_people(site: Site) -> None:
    """Several leads are given to somebody at once; what is still to be done goes along if wanted.
    Somebody who may not work on leads gets none, and one that has ended is not given."""
    keys = [lead(site, givenName="Ada", familyName=f"Given{one}") for one in range(3)]
    for key in keys[:2]:
        beside(site, key)
    rep = site.user("given.rep", roles=["administrator"])
    address = f"{SALES}/salesLead/assign"
    answer = site.admin.post(address, {"record": keys[:1], "login": "given.rep"})
    assert (answer.status_code, answer.json["tasks"]) == (200, 0)
    answer = site.admin.post(address, {"record": keys, "login": "given.rep", "moveTasks": True})
    assert (answer.status_code, answer.json["tasks"]) == (200, 2)
    assert {site.admin.get(f"{LEADS}/{one}").json["assignee"]["name"] for one in keys} == {
        "Given.Rep"
    }
    assert len(rep.get(f"{WORKSPACE}/tasks?mine=open").json) == 2
    site.unentitled()
    refused = site.admin.post(address, {"record": keys, "login": "bob"})
    assert codes(refused) == {("login", "notAssignable")}
    gone = {"status": "rejected", "closeReason": "noInterest"}
    assert site.admin.patch(f"{LEADS}/{keys[0]}", gone).status_code == 200
    refused = site.admin.post(address, {"record": keys, "login": "me"})
    assert (refused.status_code, refused.json["code"]) == (409, "conflictEnded")
    assert site.admin.get(f"{LEADS}/{keys[1]}").json["assignee"]["name"] == "Given.Rep"


def test_nothing_is_done_without_the_right_to(site: Site) -> None:
    """What is done with leads, quotes and carts asks for the right to it wherever it is called."""
    everything = {"*:create": Grant()}
    somebody = Actor(id=str(UUID(int=7)), name="Nobody special", kind="user", grants=everything)
    acts: list[Callable[[Work], object]] = [
        lambda work: convert(work, "LEAD1", Conversion()),
        lambda work: touch(work, "LEAD1", Touch("phone")),
        lambda work: write_to(work, "LEAD1", Letter("email", "Hello")),
        lambda work: check_out(work, "CART1"),
        lambda work: cart_of(work, "CART1"),
        lambda work: tell_anew(work, "CART1"),
        lambda work: revise(work, "QT1"),
        lambda work: order_quote(work, "QT1"),
    ]
    for act in acts:
        with transaction(site.services, somebody) as work, pytest.raises(Forbidden):
            act(work)


def test_who_sees_no_names_writes_to_nobody_and_reads_none(site: Site) -> None:
    """Who sees nothing personal writes to no lead, and the chain calls a lead by its key."""
    sees = Grant("all", frozenset({"public", "internal"}))
    site.role("counter", {"*:read": sees, "*:create": Grant("all", EVERY_CLASS)})
    counter = site.user("counts.only", roles=["counter"], scopes=("*:read", "*:create"))
    reached = [{"mediumType": "email", "characteristic": {"emailAddress": "kay@example.com"}}]
    key = lead(site, givenName="Kay", familyName="Unseen", prospectContact=reached)
    letter = {"channel": "email", "content": "Hello"}
    assert counter.post(f"{SALES}/salesLead/{key}/message", letter).status_code == 403
    sale = converted(site, key)["opportunity"]["id"]
    chain = counter.get(f"{SALES}/chain/SalesOpportunity/{sale}").json
    assert [one["name"] for one in chain["previous"]] == [key]


def test_only_whose_sale_it_is_becomes_the_customer(site: Site) -> None:
    """Who told us of a lead is neither its person nor its company; a known customer stays one."""
    friend = made(site.admin, f"{PARTY}/individual", {"givenName": "Max", "familyName": "Friend"})
    firm = made(site.admin, f"{PARTY}/organization", {"tradingName": "Tip Agency"})
    parties = [{"id": friend, "role": "referrer", "@referredType": "Individual"},
               {"id": firm, "role": "referrer", "@referredType": "Organization"}]  # fmt: skip
    key = lead(site, familyName="Told", companyName="Told Works", relatedParty=parties)
    found = converted(site, key)
    assert found["contact"]["id"] != friend
    customer = site.admin.get(f"{CUSTOMERS}/{found['customer']['id']}").json
    assert customer["engagedParty"]["id"] != firm
    held = active_customer(site.admin)
    named = [{"id": held, "role": "customer", "@referredType": "Customer"}]
    again = lead(site, familyName="Held", relatedParty=named)
    assert converted(site, again)["customer"]["id"] == held


def test_what_is_no_text_is_no_name(site: Site) -> None:
    """A name that is a number is refused where it stands."""
    key = lead(site, familyName="Typed")
    answer = site.admin.post(f"{SALES}/salesLead/{key}/convert", {"person": {"familyName": 5}})
    assert (answer.status_code, codes(answer)) == (400, {("person.familyName", "badType")})
