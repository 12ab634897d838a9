"""Attackers with a narrow right: a portal customer, a dealer's client, a token for one thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest

from tests.access.hub_site import PARTY, HubSite, listening, open_hub
from tests.ordering.scripted import Shop
from tests.support.program import Client, Site
from tests.support.samples import address, create
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry

INDIVIDUAL = f"{PARTY}/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
EVENT = "/tmf-api/event/v4/event"
PERMISSION = "/rolesAndPermissions/v4/permission"
UNOWNED = ("BillFormat", "BillPresentationMedia", "BillingCycleSpecification")
LANE = {"streetName": "Secret Lane", "streetNr": "7", "postcode": "1234", "city": "Nordhaven"}


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    ensure_roles(site.services)
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture(scope="module")
def ada(hub: HubSite) -> tuple[Client, str, str]:
    """Ada in the portal: her client, her party and her customer."""
    admin = hub.site.admin
    party = admin.post(INDIVIDUAL, {"givenName": "Ada", "familyName": "Lovelace"}).json["id"]
    role = {"name": "Ada", "status": "active", "engagedParty": {"id": party}}
    customer = admin.post(CUSTOMER, role).json["id"]
    scopes = tuple(ROLES["self_service"].permissions)
    client = hub.site.user("ada", roles=["self_service"], party=party, scopes=scopes)
    return client, party, customer


def made(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json.get("fault", [])}


def test_the_register_of_addresses_is_no_ones_to_browse(
    hub: HubSite, ada: tuple[Client, str, str]
) -> None:
    """Neither lists, keys, events nor the names in references tell a customer of others' homes."""
    client, party, customer = ada
    admin = hub.site.admin
    grants = {"TMF673:read": Grant("own"), "TMF674:read": Grant("own")}
    former = hub.site.user("former", roles=[hub.site.role("former", grants)], party=party,
                           scopes=tuple(grants))  # fmt: skip
    other = made(admin, ADDRESS, LANE)
    for path in (ADDRESS, f"{ADDRESS}/{other['id']}", f"{ADDRESS}/{other['key']}"):
        assert [one.get(path).status_code for one in (client, former)] == [403, 403]
    for one in (client, former):
        assert one.get(EVENT, query_string=f"subject={other['id']}").json == []
    related = [{"id": customer, "role": "customer"}]
    site = made(admin, SITE, {"name": "Home", "status": "active", "relatedParty": related})
    dealer = client_of(hub, "partner")
    bob = made(dealer, INDIVIDUAL, {"givenName": "Bob", "familyName": "Doe"})["id"]
    for ident in (other["key"], other["id"]):
        place = [{"id": ident, "@referredType": "GeographicAddress"}]
        moved = client.patch(f"{SITE}/{site['id']}", {"place": place})
        assert moved.status_code == 400
        assert "Secret" not in moved.text
        entered = dealer.post(SITE, {"name": "x", "relatedParty": [{"id": bob}], "place": place})
        assert entered.status_code == (400 if ident == other["key"] else 201), entered.json
        assert "Secret" not in entered.text


@pytest.mark.parametrize("name", UNOWNED)
def test_what_is_the_operators_is_not_written_by_who_may_write_own_records(
    hub: HubSite, ada: tuple[Client, str, str], name: str
) -> None:
    """The right to change one's accounts is none to change how everybody's bills look."""
    path = address(registry[name])
    found = create(registry[name], hub.site.admin)
    assert ada[0].get(f"{path}/{found['id']}").status_code == 200
    assert ada[0].patch(f"{path}/{found['id']}", {"description": "x"}).status_code == 403
    dealer = client_of(hub, "partner")
    assert dealer.post(path, {"name": "mine"}).status_code == 403
    assert dealer.patch(f"{path}/{found['id']}", {"description": "x"}).status_code == 403


def client_of(hub: HubSite, role: str) -> Client:
    scopes = tuple(ROLES[role].permissions)
    body = {"tradingName": "Dealer", "isLegalEntity": True}
    if f"the-{role}" not in hub.site._clients:
        party = made(hub.site.admin, f"{PARTY}/organization", body)["id"]
        hub.site.user(f"the-{role}", roles=[role], party=party, partner=party, scopes=scopes)
    return hub.site._clients[f"the-{role}"]


def test_nobody_gives_oneself_standing_or_money(hub: HubSite, ada: tuple[Client, str, str]) -> None:
    """A customer changes how to be reached, not what the operator decides or has found out."""
    client, party, customer = ada
    mail = {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}
    assert client.patch(f"{INDIVIDUAL}/{party}", {"contactMedium": [mail]}).status_code == 200
    exempt = [{"taxDefinition": [{"name": "VAT"}]}]
    related = [{"id": customer, "role": "customer"}]
    account = made(hub.site.admin, ACCOUNT, {"name": "main", "relatedParty": related})["id"]
    balance = [{"balanceType": "due", "amount": {"unit": "EUR", "value": -9}, "validFor": {}}]
    for path, name, value in (
        (f"{INDIVIDUAL}/{party}", "status", "validated"),
        (f"{INDIVIDUAL}/{party}", "taxExemptionCertificate", exempt),
        (f"{CUSTOMER}/{customer}", "status", "suspended"),
        (f"{ACCOUNT}/{account}", "state", "active"),
        (f"{ACCOUNT}/{account}", "accountBalance", balance),
        (f"{ACCOUNT}/{account}", "paymentStatus", "paid"),
    ):
        answer = client.patch(path, {name: value})
        assert codes(answer) == {(name, "notYours")}, answer.json
    dealer = client_of(hub, "partner")
    person = made(dealer, INDIVIDUAL, {"givenName": "Bob", "familyName": "Doe"})["id"]
    entered = {"name": "x", "relatedParty": [{"id": person, "role": "owner"}]}
    assert codes(dealer.post(ACCOUNT, {**entered, "accountBalance": balance})) == {
        ("accountBalance", "notYours")
    }
    limit = {"unit": "EUR", "value": 9}
    refused = dealer.post(ACCOUNT, {**entered, "creditLimit": limit})
    assert {code for _, code in codes(refused)} == {"hiddenValue"}
    assert dealer.post(ACCOUNT, {**entered, "state": "active"}).status_code == 201


@pytest.mark.parametrize("has", [False, True])
def test_a_hidden_value_is_not_set_and_its_absence_not_told(
    hub: HubSite, ada: tuple[Client, str, str], has: bool
) -> None:
    """What a patch on a hidden attribute is told is the same whether there is one or not."""
    client, _, customer = ada
    body: dict[str, Any] = {"name": "main", "relatedParty": [{"id": customer, "role": "customer"}]}
    if has:
        body["creditLimit"] = {"unit": "EUR", "value": 500}
    account = made(hub.site.admin, ACCOUNT, body)["id"]
    operations = {"Content-Type": "application/json-patch+json"}
    for value in (None, {"unit": "EUR", "value": 100_000}):
        answer = client.patch(f"{ACCOUNT}/{account}", {"creditLimit": value})
        assert codes(answer) == {("creditLimit", "hiddenValue")}, answer.json
    for operation in ({"op": "remove"}, {"op": "add", "value": 1}):
        answer = client.patch(
            f"{ACCOUNT}/{account}", [{**operation, "path": "/creditLimit"}], headers=operations
        )
        assert codes(answer) == {("creditLimit", "hiddenValue")}, answer.json
    kept = hub.site.admin.get(f"{ACCOUNT}/{account}").json
    assert kept.get("creditLimit") == body.get("creditLimit")


def test_the_mark_of_an_answer_tells_no_hidden_name(
    hub: HubSite, ada: tuple[Client, str, str]
) -> None:
    """An ETag is a sum of what shows, so a hidden name cannot be guessed and tried against it."""
    _, party, customer = ada
    hub.site.role("plain", {"TMF629:read": Grant("all", frozenset({"public", "internal"}))})
    plain = hub.site.user("plain", roles=["plain"], scopes=("TMF629:read",))
    first = plain.get(f"{CUSTOMER}/{customer}")
    piece = f'"id":"{party}","name":"Ada Lovelace"'.encode()
    for tried in ([piece], [piece, b"internal", b"public"]):
        assert not first.headers["ETag"].endswith(f'-{crc32(b"|".join(tried)):08x}"')
    renamed = hub.site.admin.patch(f"{INDIVIDUAL}/{party}", {"familyName": "King"})
    assert renamed.status_code == 200
    assert plain.get(f"{CUSTOMER}/{customer}").headers["ETag"] == first.headers["ETag"]
    shown = hub.site.admin.get(f"{CUSTOMER}/{customer}")
    hub.site.admin.patch(f"{INDIVIDUAL}/{party}", {"familyName": "Lovelace"})
    assert hub.site.admin.get(f"{CUSTOMER}/{customer}").headers["ETag"] != shown.headers["ETag"]


def test_a_token_for_one_thing_holds_no_listeners(hub: HubSite) -> None:
    """A stolen token that may not subscribe learns no callback, ends none and gets no secret."""
    admin = hub.site.admin
    own = hub.subscribe(admin, PARTY)
    made(admin, INDIVIDUAL, {"givenName": "Zoe", "familyName": "Doe"})
    hub.deliver()
    stolen, heard = (token(hub, one) for one in (["TMF632:read"], ["TMF632:subscribe"]))
    paths = (f"{PARTY}/hub", f"{PARTY}/hub/{own['id']}", "/api/hub/v1/delivery")
    (line,) = admin.get("/api/hub/v1/delivery", query_string=f"subscription={own['id']}").json
    again = f"/api/hub/v1/delivery/{line['id']}/redeliver"
    rotate = f"/api/hub/v1/subscription/{own['id']}/rotate-secret"
    assert [stolen.get(one).status_code for one in paths] == [403, 403, 200]
    assert stolen.get(paths[2]).json == []
    assert [stolen.post(one).status_code for one in (again, rotate)] == [404, 403]
    assert stolen.delete(paths[1]).status_code == 403
    elsewhere = token(hub, ["TMF620:subscribe"])
    assert elsewhere.get("/api/hub/v1/delivery").json == []
    assert elsewhere.post(again).status_code == 404
    assert elsewhere.post(rotate).status_code == 403
    assert [heard.get(one).status_code for one in paths] == [200] * 3
    assert [one["id"] for one in heard.get(paths[2]).json] == [line["id"]]
    assert heard.post(rotate).status_code == 200
    assert heard.delete(paths[1]).status_code == 204
    hub.clear()


def token(hub: HubSite, scopes: list[str]) -> Client:
    """Return the administrator by a narrower token."""
    from datetime import timedelta

    from trunkline.identity.personal_tokens import create_personal_token
    from trunkline.kernel.actor import system

    ((owner,),) = hub.site.rows("select principal::text from user_account where login = 'admin'")
    new = create_personal_token(
        hub.site.services, by=system("tests"), owner=owner, name="t", scopes=scopes,
        lasts=timedelta(days=1),
    )  # fmt: skip
    return Client(hub.site.app, new.token)


def test_permissions_name_people_to_who_may_see_personal_values_only(hub: HubSite) -> None:
    """Neither a list, a filter nor one permission tells the auditor how a user is called."""
    auditor = hub.site.user("auditor", roles=["auditor"], scopes=("*:read",))
    whole = hub.site.admin.get(PERMISSION).json
    assert all(one["user"]["name"] for one in whole)
    listed = auditor.get(PERMISSION).json
    assert [one["id"] for one in listed] == [one["id"] for one in whole]
    for one in (*listed, auditor.get(f"{PERMISSION}/{whole[0]['id']}").json):
        assert "name" not in one["user"]
        assert "name" not in one.get("granter", {})
        assert "assetUserRole" in one
    assert auditor.get(PERMISSION, query_string="user.name=Admin").status_code == 400
    path = f"{PERMISSION}/{whole[0]['id']}"
    mark = auditor.get(path).headers["ETag"]
    hub.write("update principal set name = 'Somebody' where id = %s", whole[0]["id"])
    assert auditor.get(path).headers["ETag"] == mark
    hub.write("update principal set name = %s where id = %s", whole[0]["user"]["name"],
              whole[0]["id"])  # fmt: skip
    assert len(hub.site.admin.get(PERMISSION, query_string="user.name=Admin").json) == 1


def test_a_customer_pays_what_the_catalog_asks(hub: HubSite) -> None:
    """A price of the customer's own making is refused; echoed or left out it is the catalog's."""
    shop = Shop.open(hub.site)
    customer = hub.site.admin.get(f"{CUSTOMER}/{shop.customer}").json
    scopes = tuple(ROLES["self_service"].permissions)
    client = hub.site.user("buyer", roles=["self_service"], scopes=scopes,
                           party=customer["engagedParty"]["id"])  # fmt: skip
    path = "/tmf-api/productOrderingManagement/v4/productOrder"
    item = shop.fibre()
    body = {"relatedParty": [{"id": shop.customer, "role": "customer"}],
            "billingAccount": {"id": shop.account},
            "productOrderItem": [item]}  # fmt: skip
    cheap = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": 0}}}  # fmt: skip
    for own in ({"itemPrice": [cheap]}, {"product": {**item["product"], "productPrice": [cheap]}}):
        answer = client.post(path, {**body, "productOrderItem": [{**item, **own}]})
        assert {code for _, code in codes(answer)} == {"priceNotYours"}, answer.json
    first = client.post(path, body)
    assert first.status_code == 201, first.json
    asked = first.json["productOrderItem"][0]["itemPrice"]
    assert asked
    echoed = client.post(path, {**body, "productOrderItem": [{**item, "itemPrice": asked}]})
    assert echoed.status_code == 201, echoed.json
    free = {**body, "productOrderItem": [{**item, "itemPrice": [cheap]}]}
    assert hub.site.admin.post(path, free).status_code == 201
