"""How people are reached: numbers and addresses that work, and only as they wish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.operator import ACCOUNT, CUSTOMER, PARTY, Customer, Operator, Record, codes
from tests.web.browser import Browser, words_of
from trunkline.matching.values import merged_values
from trunkline.party.individual import Individual

MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
INDIVIDUAL = f"{PARTY}/individual"
ORGANIZATION = f"{PARTY}/organization"
REFUSED = {("contactNotWanted", "receiver[0].party")}


def medium(kind: str, **said: str) -> Record:
    return {"mediumType": kind, "characteristic": said}


def message(operator: Operator, whom: str, how: str = "email", **more: Any) -> Any:
    """Try to tell somebody something."""
    body = {"content": "Hello", "messageType": how, "sender": {"name": "Care"},
            "receiver": [{"party": {"id": whom, "role": "customer"}}], **more}  # fmt: skip
    return operator.staff.post(MESSAGE, body)


def wishes(operator: Operator, ada: Customer, **said: Any) -> None:
    answer = operator.staff.patch(f"{INDIVIDUAL}/{ada.party}", {"contactPreference": said})
    assert answer.status_code == 200, answer.json


@pytest.mark.accepts("TAM-CI-03")
def test_nothing_goes_out_that_somebody_does_not_want(operator: Operator) -> None:
    """Ada permits e-mail and letters only: a short message and a call are refused and the ways
    left are named, whether she is told as a person, as a customer or in a role. Offers reach her
    only with her wish, and those made from what her services tell only with her permission. What
    was taken before she changed her mind is not begun to be sent."""
    ada = operator.ada()
    role = {"name": "Contact", "engagedParty": {"id": ada.party, "role": "contact"}}
    roles = operator.make("/tmf-api/partyRoleManagement/v4/partyRole", role)["id"]
    assert message(operator, ada.id, "sms").status_code == 201
    wishes(operator, ada, permittedChannel=["email", "letter"])
    for whom in (ada.id, ada.party, roles):
        for how in ("sms", "SMS", "phone", "app"):
            refused = message(operator, whom, how)
            assert (refused.status_code, codes(refused)) == (400, REFUSED), (whom, how)
            assert "email, letter" in refused.json["message"]
        assert message(operator, whom, "E-Mail").status_code == 201
    offer = {"purpose": "marketing"}
    assert message(operator, ada.id, **offer).status_code == 201
    uses = {**offer, "usesProprietaryInformation": True}
    assert codes(message(operator, ada.id, **uses)) == REFUSED
    wishes(operator, ada, proprietaryInformation=True)
    assert message(operator, ada.id, **uses).status_code == 201
    wishes(operator, ada, doNotSolicit=True)
    assert codes(message(operator, ada.id, **offer)) == REFUSED
    waiting = message(operator, ada.id).json["id"]
    assert operator.staff.patch(f"{CUSTOMER}/{ada.id}", {
        "contactPreference": {"doNotContact": True}}).status_code == 200  # fmt: skip
    assert codes(message(operator, ada.id)) == REFUSED
    begin = operator.staff.patch(f"{MESSAGE}/{waiting}", {"state": "inProgress"})
    assert codes(begin) == REFUSED
    assert operator.staff.patch(f"{MESSAGE}/{waiting}", {"state": "cancelled"}).status_code == 200
    unknown = {"content": "Buy", "messageType": "email", "sender": {}, **offer,
               "receiver": [{"email": "somebody@example.com"}]}  # fmt: skip
    assert codes(operator.staff.post(MESSAGE, unknown)) == {("missing", "receiver[0].party")}


@pytest.mark.accepts("TAM-CI-03")
def test_an_address_alone_is_somebodys(operator: Operator) -> None:
    """A message to an address that names nobody is held against the wishes of who has it: of a
    person, of the customer that the person is, of who plays a role and of a lead, however the
    address is written, in the same moment in which it is entered; and again when it is sent."""
    address, number = "Countess.Ada@Engines.example", "+49 30 7654321"

    def sent(how: str = "email", **to: Any) -> Any:
        body = {"content": "Hello", "messageType": how, "sender": {"name": "Care"}}
        return operator.staff.post(MESSAGE, {**body, "receiver": [to]})

    assert sent(email=address).status_code == 201, "nobody's yet"
    ada = operator.ada()
    media = [medium("email", emailAddress=address), medium("phone", phoneNumber=number)]
    ended = {**medium("email", emailAddress="before@engines.example"),
             "validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}  # fmt: skip
    reached = {"contactMedium": [*media, ended]}
    assert operator.staff.patch(f"{INDIVIDUAL}/{ada.party}", reached).status_code == 200
    waiting = sent(email=address).json["id"]
    wishes(operator, ada, doNotContact=True)
    by_mail, by_phone = {("contactNotWanted", "receiver[0].email")}, {
        ("contactNotWanted", "receiver[0].phoneNumber")}  # fmt: skip
    for one in (address, address.lower(), address.upper()):
        assert codes(sent(email=one)) == by_mail, one
    for one in (number, "004930 7654321", "+49 (0)30 765 43 21", "030 7654321", "030-7654321"):
        assert codes(sent("sms", phoneNumber=one)) == by_phone, one
    begin = operator.staff.patch(f"{MESSAGE}/{waiting}", {"state": "inProgress"})
    assert codes(begin) == by_mail
    assert sent(email="before@engines.example").status_code == 201, "it is not hers any more"
    assert sent(phoneNumber=number, email="other@example.com").status_code == 201, "by mail only"
    bob = operator.company()
    other = {"party": {"id": bob.id, "role": "customer"}, "email": address}
    assert codes(sent(**other)) == by_mail, "nor in the name of another party"
    wishes(operator, ada, doNotContact=False)
    assert sent(email=address).status_code == 201
    wish = {"contactPreference": {"permittedChannel": ["letter"]}}
    assert operator.staff.patch(f"{CUSTOMER}/{ada.id}", wish).status_code == 200
    assert codes(sent(email=address)) == by_mail, "as a customer she wants letters"
    role = {"name": "Buyer", "engagedParty": {"id": ada.party, "role": "contact"},
            "contactMedium": [medium("email", emailAddress="buyer@engines.example")]}  # fmt: skip
    operator.make("/tmf-api/partyRoleManagement/v4/partyRole", role)
    assert codes(sent(email="buyer@engines.example")) == by_mail
    mail = [medium("email", emailAddress="lead@engines.example")]
    operator.make("/tmf-api/sales/v4/salesLead", {
        "name": "Fibre", "doNotEmail": True, "prospectContact": mail})  # fmt: skip
    assert codes(sent(email="lead@engines.example")) == by_mail


@pytest.mark.accepts("TAM-CI-03")
def test_ada_is_not_called_who_wants_no_calls(operator: Operator, browser: Browser) -> None:
    """A call that she does not want is refused by the interface and on the page, whoever of her is
    named; one about a fault is not, nor one for a reason that the operator allows from then on.
    Her own calls and what was noted before stay."""
    ada, at = operator.ada(), "/tmf-api/partyInteraction/v4/partyInteraction"

    def called(whom: str, reason: str = "order", **more: Any) -> Any:
        body = {"reason": reason, "direction": "outbound", "channel": [{"id": "phone"}],
                "interactionDate": {"startDateTime": "2026-01-01T00:00:00Z"},
                "relatedParty": [{"id": whom, "role": "customer"}], **more}  # fmt: skip
        return operator.staff.post(at, body)

    before = called(ada.id).json["id"]
    wishes(operator, ada, permittedChannel=["email"])
    unwanted = {("contactNotWanted", "relatedParty[0]")}
    for whom in (ada.id, ada.party):
        refused = called(whom)
        assert (refused.status_code, codes(refused)) == (400, unwanted)
        assert "by phone; use one of: email" in refused.json["message"]
        assert codes(called(whom, channel=[{"id": "7", "name": "Voice"}])) == unwanted
        assert called(whom, channel=[{"id": "email"}]).status_code == 201
        assert called(whom, direction="inbound").status_code == 201
        assert called(whom, "fault").status_code == 201
    offered = {"interactionItem": [{"reason": "order"}]}
    assert codes(called(ada.id, "fault", **offered)) == unwanted, "and an offer beside it"
    wishes(operator, ada, permittedChannel=["phone"], doNotSolicit=True)
    assert codes(called(ada.id, "marketing")) == unwanted
    assert called(ada.id).status_code == 201
    wishes(operator, ada, doNotContact=True)
    assert codes(called(ada.party, channel=[{"id": "letter"}])) == unwanted
    known = operator.staff.patch(f"{at}/{before}", {"wrapUpCode": "promised"})
    assert known.status_code == 200
    assert codes(operator.staff.patch(f"{at}/{before}", {"reason": "move"})) == unwanted
    said = {"reason": "move", "direction": "outbound", "channel": "phone", "then": "save"}
    page = browser.post(f"/customer/{ada.id}/contact", said)
    assert page.status_code == 400
    assert "does not want to be contacted" in page.text
    found = operator.find("/api/governance/v1/register", code="contactAlwaysAllowed")
    kept = {"register": {"id": found[0]["id"]}, "code": "move", "name": "Move"}
    operator.make("/api/governance/v1/registerValue", kept)
    assert browser.post(f"/customer/{ada.id}/contact", said).status_code == 303


def test_staff_tells_ada_by_a_way_that_she_permits(operator: Operator, browser: Browser) -> None:
    """What is written to her from the fallouts goes by letter, and not at all once she wants
    nothing."""
    ada = operator.ada()
    operator.network.behave(fail=[{"kind": "business", "specification": "Fibre Access",
                                   "code": "noFreePort", "message": "none"}])  # fmt: skip
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    (stuck,) = order.fallouts()
    said = {"verb": "tell", "sure": "yes", "left": stuck["id"], "back": "/fallout",
            "subject": "Delay", "message": "It takes longer"}  # fmt: skip
    wishes(operator, ada, permittedChannel=["letter"])

    def told() -> list[Record]:
        return operator.find(MESSAGE, receiver__party__id=ada.id)

    assert browser.get("/fallout").status_code == 200
    browser.post("/fallout", said)
    assert [one["messageType"] for one in told()] == ["letter"]
    wishes(operator, ada, doNotContact=True)
    refused = words_of(browser.post("/fallout", said).text)
    assert "not want to be contacted" in refused
    assert len(told()) == 1


def test_numbers_are_kept_in_one_form_and_checked(operator: Operator) -> None:
    """However a number is typed, it is kept internationally; one that no country has and an
    address that is none are refused at the field, on persons, companies, customers and accounts.
    What stood there before is not asked about when something else changes."""
    person = {"givenName": "Grace", "familyName": "Hopper", "contactMedium": [
        medium("phone", phoneNumber="+49 (0)30 / 123 45-67"),
        medium("mobile", phoneNumber="0664 1234567", country="AT"),
        medium("fax", faxNumber="+1 202-555-0143")]}  # fmt: skip
    made = operator.make(INDIVIDUAL, person)
    kept = [one["characteristic"] for one in made["contactMedium"]]
    assert [one.get("phoneNumber") or one["faxNumber"] for one in kept] == [
        "+49301234567", "+436641234567", "+12025550143",
    ]  # fmt: skip
    found = operator.find(INDIVIDUAL, contactMedium__characteristic__phoneNumber="%2B436641234567")
    assert made["id"] in {one["id"] for one in found}
    ada = operator.ada()
    for path, wrapped in (
        (f"{INDIVIDUAL}/{made['id']}", False),
        (f"{ORGANIZATION}/{operator.company().party}", False),
        (f"{CUSTOMER}/{ada.id}", False),
        (f"{ACCOUNT}/{ada.account}", True),
    ):
        for said, code, name in (
            ({"phoneNumber": "030 1234567"}, "badPhoneNumber", "phoneNumber"),
            ({"phoneNumber": "+49 1"}, "badPhoneNumber", "phoneNumber"),
            ({"faxNumber": "call me"}, "badPhoneNumber", "faxNumber"),
            ({"emailAddress": "ada@example"}, "badEmailAddress", "emailAddress"),
            ({"emailAddress": "ada example.com"}, "badEmailAddress", "emailAddress"),
        ):
            media = {"contactMedium": [medium("phone", **said)]}
            since = {"startDateTime": "2026-01-01T00:00:00Z"}
            body = media if not wrapped else {
                "contact": [{"contactType": "primary", "validFor": since, **media}]
            }  # fmt: skip
            answer = operator.staff.patch(path, body)
            start = "contact[0]." if wrapped else ""
            where = f"{start}contactMedium[0].characteristic.{name}"
            assert (answer.status_code, codes(answer)) == (400, {(code, where)}), (path, said)
    old = made["contactMedium"][0] | {"characteristic": {"phoneNumber": "12"}}
    with operator.site.services.database.app.connection() as connection:
        connection.execute(
            "update individual set doc = jsonb_set(doc::jsonb, '{contactMedium,0}', %s::jsonb)"
            "::json where id = %s",
            [json.dumps(old), made["id"]],
        )
    assert operator.staff.patch(f"{INDIVIDUAL}/{made['id']}", {"title": "Dr"}).status_code == 200


def test_a_number_is_one_that_its_numbering_plan_has(operator: Operator) -> None:
    """A number of the right length that the plan does not have is refused, until the operator
    keeps its range."""

    def sent(number: str) -> Any:
        person = {"givenName": "Grace", "familyName": "Hopper"}
        media = [medium("phone", phoneNumber=number)]
        return operator.staff.post(INDIVIDUAL, {**person, "contactMedium": media})

    assert sent("+44 20 7946 0018").status_code == 201
    assert sent("+44 1632 960123").status_code == 201, "its range is shipped for examples"
    unknown = sent("+44 1632 961123")
    assert codes(unknown) == {("badPhoneNumber", "contactMedium[0].characteristic.phoneNumber")}, (
        unknown.json
    )
    found = operator.find("/api/governance/v1/register", code="phoneRange")
    kept = {"register": {"id": found[0]["id"]}, "code": "441632961", "name": "Opened lately"}
    operator.make("/api/governance/v1/registerValue", kept)
    assert sent("+44 1632 961123").status_code == 201


def test_one_medium_of_a_kind_is_preferred(operator: Operator) -> None:
    """A second mark on a phone is refused and names the first; another kind has a mark of its
    own, and one that begins when the other ends may have it too. Of two persons that are merged
    the survivor keeps its mark."""

    def phone(number: str, **more: Any) -> dict[str, Any]:
        return {**medium("phone", phoneNumber=number), "preferred": True, **more}

    mail = {**medium("email", emailAddress="grace@example.com"), "preferred": True}
    grace = {"givenName": "Grace", "familyName": "Hopper"}
    one, two = phone("+49 30 1234567"), phone("+49 30 1234568")
    refused = operator.staff.post(INDIVIDUAL, {**grace, "contactMedium": [one, mail, two]})
    assert codes(refused) == {("twoPreferred", "contactMedium[2].preferred")}
    assert "contactMedium[0]" in refused.json["fault"][0]["message"]
    day = "2030-01-01T00:00:00Z"
    before = phone("+49 30 1234567", validFor={"endDateTime": day})
    after = phone("+49 30 1234568", validFor={"startDateTime": day})
    made = operator.make(INDIVIDUAL, {**grace, "contactMedium": [before, mail, after]})
    both = operator.staff.patch(f"{INDIVIDUAL}/{made['id']}", {"contactMedium": [one, two]})
    assert codes(both) == {("twoPreferred", "contactMedium[1].preferred")}
    assert operator.staff.patch(
        f"{INDIVIDUAL}/{made['id']}", {"contactMedium": [one, two | {"preferred": False}]}
    ).status_code == 200  # fmt: skip
    merged = merged_values(
        Individual.resource, {"contactMedium": [one]}, {"contactMedium": [two, mail]}, {}
    )
    assert [each["preferred"] for each in merged["contactMedium"]] == [True, False, True]


@pytest.mark.parametrize(
    ("path", "one", "scheme"),
    [
        (INDIVIDUAL, ("nationalId", "CZ", "9001011206", "9001011207"), "RČ of CZ"),
        (INDIVIDUAL, ("national id", "it", "RSSMRA80A01H501U", "RSSMRA80A01H501X"), "Fiscale"),
        (INDIVIDUAL, ("nationalId", "DE", "36574261809", "36574261800"), "IdNr of DE"),
        (ORGANIZATION, ("vat", None, "ATU13585627", "ATU13585626"), "UID of AT"),
        (ORGANIZATION, ("companyId", "FR", "552008443", "552008444"), "SIREN of FR"),
        (ORGANIZATION, ("taxId", "DE", "DE136695976", "DE136695978"), "Ust ID Nr of DE"),
        (ORGANIZATION, ("companyId", "US", "91-1144442", "07-1144442"), "EIN of US"),
    ],
)
def test_official_numbers_are_checked_by_their_country(
    operator: Operator, path: str, one: tuple[str, str | None, str, str], scheme: str
) -> None:
    """A wrong number is refused by the name of its scheme; one of a scheme that is not known here
    is kept as it is."""
    kind, country, right, wrong = one
    is_person = path == INDIVIDUAL
    name = "individualIdentification" if is_person else "organizationIdentification"
    base = {"givenName": "Jana", "familyName": "N"} if is_person else {"tradingName": "Nord"}

    def sent(number: str, kind: str = kind, country: str | None = country) -> Any:
        own = {"identificationType": kind, "identificationId": number}
        if country:
            own["country"] = country
        return operator.staff.post(path, {**base, name: [own]})

    assert sent(right).status_code == 201, sent(right).json
    refused = sent(wrong)
    where = {("badIdentification", f"{name}[0].identificationId")}
    assert (refused.status_code, codes(refused)) == (400, where)
    assert scheme in refused.json["message"]
    for other in (("passport", country), (kind, "ZZ"), ("loyaltyCard", None)):
        assert sent(wrong if other[1] != "ZZ" else "12", *other).status_code == 201, other
