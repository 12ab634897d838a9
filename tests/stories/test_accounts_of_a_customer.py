"""Accounts: what a customer has several of, what several customers share, and who bills them."""

from __future__ import annotations

import pytest

from tests.support.operator import ACCOUNT, ADDRESS, Customer, Operator, Record, codes
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ensure_roles
from trunkline.kernel.work import as_system
from trunkline.party.account import BillingAccount
from trunkline.workspace.import_fields import guessed
from trunkline.workspace.import_job import importable

TMF666 = ACCOUNT.rpartition("/")[0]
AGREEMENT = "/tmf-api/agreementManagement/v4/agreement"
IN_2026 = {"startDateTime": "2026-01-01T00:00:00.000Z", "endDateTime": "2026-12-31T00:00:00.000Z"}
FROM_2026 = {"startDateTime": "2026-01-01T00:00:00.000Z"}
LANE = {"streetName": "Mill Lane", "streetNr": "7", "city": "Nordhaven"}


def account(
    operator: Operator, name: str, *customers: Customer, path: str = ACCOUNT, **more: object
) -> Record:
    """Open an account of one or more customers."""
    parties = [{"id": one.id, "role": "customer"} for one in customers]
    return operator.make(path, {"name": name, "state": "active", "relatedParty": parties, **more})


def names(operator: Operator, **filters: str) -> set[str]:
    return {one["name"] for one in operator.find(ACCOUNT, **filters)}


def place(ident: str, role: str) -> Record:
    return {"id": ident, "@referredType": "GeographicAddress", "role": role}


def billing(operator: Operator) -> Record:
    """Return how an account is billed: in which cycle and format, by which media, until when."""
    cycle = {"name": "Monthly", "billingPeriod": "month", "frequency": "1",
             "billingDateShift": 15, "paymentDueDateOffset": 30}  # fmt: skip
    known = f"{TMF666}/billingCycleSpecification"
    chosen = {"id": operator.make(known, cycle)["id"], "isRef": True}
    shown = operator.make(f"{TMF666}/billFormat", {"name": "Detailed"})["id"]
    media = [
        {"id": operator.make(f"{TMF666}/billPresentationMedia", {"name": one})["id"], "name": one,
         "isRef": True}
        for one in ("E-mail", "Post")
    ]  # fmt: skip
    return {
        "cycleSpecification": chosen | {"name": "Monthly"},
        "format": {"id": shown, "name": "Detailed", "isRef": True},
        "presentationMedia": media,
    }


@pytest.mark.accepts("FND-07")
def test_several_accounts_of_one_customer_and_one_of_several(operator: Operator) -> None:
    """A group has an account for its money at large, each of two companies one below it in its own
    currency, and both share one more, on which either may order. The monthly bill goes to Mill
    Lane and is due after thirty days."""
    north, south = operator.company("Nordhaven"), operator.company("Eastmere")
    group = account(operator, "Group", north, currency="EUR")
    below = [{"relationshipType": "parent", "account": {"id": group["id"]}, "validFor": FROM_2026}]
    letter = {"mediumType": "postalAddress", "characteristic": {"street1": "Mill Lane 7"}}
    bill_to = {"contactType": "billTo", "contactMedium": [letter], "validFor": FROM_2026}
    own = account(
        operator, "Nordhaven", north, currency="EUR", accountRelationship=below,
        billStructure=billing(operator), contact=[bill_to],
    )  # fmt: skip
    account(operator, "Eastmere", south, currency="USD", accountRelationship=below)
    shared = account(operator, "Shared", north, south)

    kept = operator.read(ACCOUNT, own["key"])
    assert kept["contact"] == [bill_to]
    cycle_id = kept["billStructure"]["cycleSpecification"]["id"]
    cycle = operator.read(f"{TMF666}/billingCycleSpecification", cycle_id)
    assert (cycle["billingPeriod"], cycle["paymentDueDateOffset"]) == ("month", 30)

    main = {"Analytical Engines, main account"}
    assert names(operator, relatedParty__id=north.id) == main | {"Group", "Nordhaven", "Shared"}
    assert names(operator, relatedParty__id=south.id) == main | {"Eastmere", "Shared"}
    assert names(operator, accountRelationship__account__id=group["id"]) == {
        "Nordhaven", "Eastmere",
    }  # fmt: skip
    assert names(operator, currency="USD", relatedParty__id=south.id) == {"Eastmere"}
    for one in (north, south):
        item = one.add("1", "Wholesale Access")
        assert one.orders(item, billingAccount={"id": shared["id"]}).state == "acknowledged"
    foreign = south.refused(south.add("1", "Wholesale Access"), billingAccount={"id": own["id"]})
    assert codes(foreign) == {("billingAccountForeign", "billingAccount.id")}


@pytest.mark.accepts("TAM-BA-01")
def test_how_an_account_is_billed_is_kept_with_it(operator: Operator) -> None:
    """In which cycle, currency, format and language, by which media, exempt from which tax, paid
    how, billed together with what; who holds it, who pays and who gets the bill. All is kept, can
    be changed, and finds the account again."""
    ada, grace = operator.company("Nordhaven"), operator.ada()
    said: Record = {
        "currency": "EUR",
        "language": "de-AT",
        "invoicingGroup": "head office",
        "billStructure": billing(operator),
        "defaultPaymentMethod": {"id": "SEPA-7", "name": "Direct debit"},
        "taxExemption": [
            {"issuingJurisdiction": "AT", "certificateNumber": "U1", "validFor": FROM_2026}
        ],
    }
    parties = {"customer": ada.id, "holder": ada.party, "payer": grace.party, "receiver": ada.party}
    said["relatedParty"] = [{"id": ident, "role": role} for role, ident in parties.items()]
    made = operator.make(ACCOUNT, {"name": "Office", "state": "active", **said})

    kept = operator.read(ACCOUNT, made["id"])
    for one in ("currency", "language", "invoicingGroup", "taxExemption"):
        assert kept[one] == said[one]
    assert {one["role"]: one["id"] for one in kept["relatedParty"]} == parties
    structure = kept["billStructure"]
    assert (structure["cycleSpecification"]["name"], structure["format"]["name"]) == (
        "Monthly", "Detailed",
    )  # fmt: skip
    assert [one["name"] for one in structure["presentationMedia"]] == ["E-mail", "Post"]
    assert kept["defaultPaymentMethod"] == {"id": "SEPA-7", "name": "Direct debit"}

    wishes = {
        "currency": "EUR", "language": "de-AT", "invoicingGroup": "head%20office",
        "taxExemption__issuingJurisdiction": "AT", "defaultPaymentMethod__id": "SEPA-7",
        "billStructure__format__name": "Detailed", "billStructure__presentationMedia__name": "Post",
        "billStructure__cycleSpecification__id": structure["cycleSpecification"]["id"],
    }  # fmt: skip
    for one, value in wishes.items():
        assert names(operator, relatedParty__id=grace.party, **{one: value}) == {"Office"}, one
    changed = {"language": "sl", "invoicingGroup": "branches", "currency": "USD"}
    assert operator.staff.patch(f"{ACCOUNT}/{made['id']}", changed).status_code == 200
    assert names(operator, relatedParty__id=grace.party, language="de-AT") == set()
    assert names(operator, relatedParty__id=grace.party, language="sl") == {"Office"}


def test_what_an_account_says_is_checked(operator: Operator) -> None:
    """No currency and no language that there cannot be, and no amount in another currency."""
    ada = operator.ada()
    limit = {"unit": "USD", "value": 100}
    balance = {"balanceType": "open", "amount": limit, "validFor": FROM_2026}
    for said, fault in (
        ({"currency": "euro"}, ("badValue", "currency")),
        ({"language": "German"}, ("badValue", "language")),
        ({"currency": "EUR", "creditLimit": limit}, ("currencyMismatch", "creditLimit.unit")),
        ({"currency": "EUR", "accountBalance": [balance]},
         ("currencyMismatch", "accountBalance[0].amount.unit")),
        ({"validFor": {**IN_2026, "endDateTime": "2025-01-01T00:00:00.000Z"}},
         ("periodEndsBeforeStart", "validFor.endDateTime")),
    ):  # fmt: skip
        answer = operator.staff.patch(f"{ACCOUNT}/{ada.account}", said)
        assert (answer.status_code, codes(answer)) == (400, {fault})
    answer = operator.staff.patch(f"{ACCOUNT}/{ada.account}", {"creditLimit": limit})
    assert answer.status_code == 200
    answer = operator.staff.patch(f"{ACCOUNT}/{ada.account}", {"currency": "EUR"})
    assert codes(answer) == {("currencyMismatch", "creditLimit.unit")}


def test_how_ada_is_billed_is_not_for_ada_to_say(operator: Operator) -> None:
    """In the portal she changes the language of her bills, not who bills her and in what money."""
    ensure_roles(operator.site.services)
    ada = operator.ada()
    portal = operator.site.user(
        "ada-pays", roles=["self_service"], party=ada.party, scopes=("TMF666:update",)
    )
    address = f"{ACCOUNT}/{ada.account}"
    assert portal.patch(address, {"language": "sl"}).status_code == 200
    for name in ("billingSystem", "externalId", "currency", "invoicingGroup"):
        refused = portal.patch(address, {name: "EUR"})
        assert (refused.status_code, codes(refused)) == (400, {("notYours", name)})


@pytest.mark.accepts("FND-08")
def test_accounts_of_two_billing_systems_stand_side_by_side(
    operator: Operator, browser: Browser
) -> None:
    """Ada's fixed line is billed by one system and her mobile by another: each account names its
    system and its number there, her page shows both, and either is found by its system."""
    ada = operator.ada()
    account(operator, "Fixed", ada, billingSystem="ICOMS", externalId="0077-4")
    account(operator, "Mobile", ada, billingSystem="Convergent 5", externalId="A-1")
    page = words_of(browser.get(f"/customer/{ada.id}/panel/accounts").text)
    for one in ("Fixed ICOMS", "Mobile Convergent 5"):
        assert one in page, page
    assert names(operator, relatedParty__id=ada.id) == {
        "Ada Lovelace, main account", "Fixed", "Mobile",
    }  # fmt: skip
    mine = {"relatedParty__id": ada.id}
    assert names(operator, billingSystem="ICOMS", **mine) == {"Fixed"}
    assert names(operator, billingSystem="Convergent 5", externalId="A-1", **mine) == {"Mobile"}


@pytest.mark.accepts("TSM-06", "TSM-08")
def test_an_account_has_dates_places_and_people_of_its_own(operator: Operator) -> None:
    """Ada has three accounts, each with its own dates, kind, way of paying, places and persons in
    charge. One address is where the line of the first is, and where the bills of the second go."""
    ada, grace = operator.ada(), operator.ada()
    home, office = (operator.make(ADDRESS, LANE | {"streetNr": nr})["id"] for nr in ("7", "9"))
    person = {"id": grace.party, "role": "responsible for payment"}
    contact = {
        "contactType": "primary",
        "contactName": "Grace",
        "partyRoleType": "bookkeeper",
        "relatedParty": {"id": grace.party, "role": "contact"},
        "validFor": IN_2026,
    }
    line = account(
        operator,
        "Line",
        ada,
        validFor=IN_2026,
        accountType="residential",
        paymentStatus="inArrears",
        place=[place(home, "service"), place(office, "billing")],
    )
    shop = account(
        operator,
        "Shop",
        ada,
        validFor=FROM_2026,
        accountType="business",
        paymentStatus="paid",
        place=[place(home, "billing"), place(office, "shipping")],
        contact=[contact],
    )
    parties = [*shop["relatedParty"], person]
    answer = operator.staff.patch(f"{ACCOUNT}/{shop['id']}", {"relatedParty": parties})
    assert answer.status_code == 200, answer.json

    first, second = (operator.read(ACCOUNT, one["id"]) for one in (line, shop))
    assert (first["validFor"], second["validFor"]) == (IN_2026, FROM_2026)
    for one, wanted in ((first, ("residential", "inArrears")), (second, ("business", "paid"))):
        assert (one["accountType"], one["paymentStatus"]) == wanted
    assert [one["role"] for one in second["relatedParty"]] == ["customer", person["role"]]
    assert second["contact"][0]["partyRoleType"] == "bookkeeper"

    def role_of(found: Record, address: str) -> set[str]:
        return {one["role"] for one in found["place"] if one["id"] == address}

    assert (role_of(first, home), role_of(second, home)) == ({"service"}, {"billing"})
    assert (role_of(first, office), role_of(second, office)) == ({"billing"}, {"shipping"})
    assert names(operator, place__id=home) == {"Line", "Shop"}
    assert len(operator.find(ACCOUNT, relatedParty__id=ada.id)) == 3
    nowhere = {"place": [place("GAD999999", "service")]}
    refused = operator.staff.patch(f"{ACCOUNT}/{line['id']}", nowhere)
    assert refused.status_code == 400
    assert {path for _, path in codes(refused)} == {"place[0].id"}


def test_accounts_are_kept_apart_by_contract_line_of_business_and_cost_centre(
    operator: Operator, browser: Browser
) -> None:
    """A company has an account per contract, line of business and cost centre, and one that is
    settled with a partner's: declared, found by each, asked for in the form; a line of business
    that nobody has and a contract that is none are refused."""
    mill = operator.company()
    owner = [{"id": mill.id, "role": "customer", "@referredType": "Customer"}]
    agreement = operator.make(AGREEMENT, {
        "name": "Frame", "agreementType": "commercial", "status": "inProcess",
        "engagedParty": owner, "agreementPeriod": IN_2026,
        "agreementItem": [{"productOffering": [{"id": operator.offerings["Fibre 1G"]}]}],
    })["id"]  # fmt: skip
    settled = account(operator, "Settled", mill, path=f"{TMF666}/settlementAccount")["id"]
    account(operator, "Mill retail", mill, lineOfBusiness="retail", costCentre="CC-4711",
            agreement=[{"id": agreement}], settlementAccount={"id": settled})  # fmt: skip
    account(operator, "Mill wholesale", mill, lineOfBusiness="wholesale", costCentre="CC-4712")
    for filters in (
        {"lineOfBusiness": "retail"},
        {"costCentre": "CC-4711"},
        {"agreement__id": agreement},
        {"settlementAccount__id": settled},
    ):
        assert names(operator, **filters) & {"Mill retail", "Mill wholesale"} == {"Mill retail"}
    body = {"name": "Wrong", "relatedParty": owner}
    unknown = operator.staff.post(ACCOUNT, {**body, "lineOfBusiness": "barter"})
    assert codes(unknown) == {("notInRegister", "lineOfBusiness")}
    nothing = operator.staff.post(ACCOUNT, {**body, "contract": {"id": agreement}})
    assert {path for _, path in codes(nothing)} == {"contract.id"}
    form = browser.get("/r/billingAccount/new").text
    for path in ("contract", "lineOfBusiness", "costCentre", "settlementAccount"):
        assert f'"f:{path}' in form, path
    assert "Billed for" in words_of(form)
    assert 'value="add:agreement"' in form
    head = ["Account", "Kunde", "Kostenstelle", "Geschäftsfeld"]
    with as_system(operator.site.services, "import") as work:
        fields = importable(work, BillingAccount.resource)
    assert [*guessed(BillingAccount.resource, head, fields, {}).values()] == [
        "name", "relatedParty", "costCentre", "lineOfBusiness",
    ]  # fmt: skip
