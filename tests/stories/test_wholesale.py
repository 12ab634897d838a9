"""A wholesale partner orders by API alone, and sees what is its own and nothing else."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.operator import (
    ACCOUNT,
    ADDRESS,
    CUSTOMER,
    ORDER,
    OWN,
    PARTY,
    PRODUCT,
    SITE,
    Customer,
    Operator,
    Order,
    Record,
)
from tests.support.program import Client
from trunkline.access.standard import ensure_roles
from trunkline.identity.clients import create_client
from trunkline.kernel.actor import system


def partner(operator: Operator, name: str) -> tuple[Client, Customer]:
    """Return a partner's API client, by client credentials, and the partner as a customer."""
    services = operator.site.services
    ensure_roles(services)
    who = operator.company("Exchange")
    by = system("tests")
    made = create_client(
        services, by=by, client_id=name, name=name, roles=["partner"], party=who.party,
        partner=who.party,
    )  # fmt: skip
    app = operator.site.app
    basic = base64.b64encode(f"{name}:{made.secret}".encode()).decode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = app.simulate_post(
        "/oauth/token",
        body="grant_type=client_credentials",
        headers={"Authorization": f"Basic {basic}", **form},
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["token_type"] == "Bearer"
    wrong = app.simulate_post(
        "/oauth/token",
        body=f"grant_type=client_credentials&client_id={name}&client_secret=guessed",
        headers=form,
    )
    assert (wrong.status_code, wrong.json["error"]) == (401, "invalid_client")
    return Client(app, answer.json["access_token"]), who


def ids(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.json
    return {one["id"] for one in answer.json}


@pytest.mark.scenario(17)
def test_lines_are_ordered_and_followed_by_api_alone(operator: Operator) -> None:
    """From the token to the active line, without a hand of the operator's staff."""
    client, nordnet = partner(operator, "nordnet")
    line = nordnet.add("1", "Wholesale Access", downloadSpeed=500, handover="regional")
    body = nordnet.body(line, externalId="NN-4711")
    sent = client.post(ORDER, body, headers={"Idempotency-Key": "nn-4711"})
    assert sent.status_code == 201, sent.json
    operator.settle()
    followed = client.get(f"{ORDER}/{sent.json['id']}").json
    assert (followed["state"], followed["externalId"]) == ("completed", "NN-4711")
    (mine,) = client.get(PRODUCT, query_string="status=active").json
    assert mine["name"] == "Wholesale Access"
    assert mine["productOrderItem"][0]["productOrderId"] == followed["id"]
    assert operator.in_network() == {"Wholesale Line": ["active"]}
    assert operator.audit(followed["id"])[0] == ("nordnet", "api", "create")


@pytest.mark.scenario(17)
def test_a_partner_sees_its_own_customers_and_nobody_elses(operator: Operator) -> None:
    """Lists, single records, counts and references: another's records are not there."""
    first, nordnet = partner(operator, "northnet")
    second, southnet = partner(operator, "southnet")
    ada = operator.ada()
    own = nordnet.has(nordnet.add("1", "Wholesale Access"))
    theirs = southnet.has(southnet.add("1", "Wholesale Access"))
    retail = ada.has(ada.fibre("1"))
    for client, order, who in ((first, own, nordnet), (second, theirs, southnet)):
        assert ids(client.get(ORDER)) == {order.id}
        assert ids(client.get(PRODUCT)) == {order.product()["id"]}
        assert ids(client.get(CUSTOMER)) == {who.id}
        assert ids(client.get(ACCOUNT)) == {who.account}
    for path, ident in (
        (ORDER, theirs.id), (ORDER, retail.key), (PRODUCT, retail.product()["id"]),
        (CUSTOMER, ada.id), (f"{PARTY}/individual", ada.party),
    ):  # fmt: skip
        assert first.get(f"{path}/{ident}").status_code == 404
    count = first.get(ORDER, query_string="limit=1").headers["x-total-count"]
    assert count == "1"
    refused = first.post(ORDER, southnet.body(southnet.add("1", "Wholesale Access")))
    assert refused.status_code in (400, 403, 404)
    refused = first.patch(f"{ORDER}/{own.id}", {"priority": "1"})
    assert refused.status_code == 403
    assert first.post(f"{OWN}/simulate", nordnet.body(nordnet.add("1", "Wholesale Access"))
                      ).status_code == 403  # fmt: skip


def test_an_end_customers_order_through_a_partner_is_seen_by_that_partner(
    operator: Operator,
) -> None:
    """An order that names the partner is the partner's to follow, with its product."""
    client, dealer = partner(operator, "dealer")
    other, _ = partner(operator, "another")
    ada = operator.ada()
    parties = [
        {"id": ada.id, "role": "customer"},
        {"id": dealer.party, "role": "partner", "@referredType": "Organization"},
    ]
    order: Order = ada.orders(ada.fibre("1"), relatedParty=parties)
    operator.settle()
    assert order.state == "completed"
    assert order.id in ids(client.get(ORDER))
    assert order.product()["id"] in ids(client.get(PRODUCT))
    assert order.id not in ids(other.get(ORDER))


def made(client: Client, path: str, body: Record) -> Record:
    """Create a record as a partner; it must be taken."""
    answer = client.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    record: Record = answer.json
    return record


def brought_by(client: Client, operator: Operator, family: str) -> Customer:
    """Return a customer whom a partner enters by itself: person, role, account and home."""
    person = made(client, f"{PARTY}/individual", {"givenName": "Grace", "familyName": family})
    role = {"name": f"Grace {family}", "status": "active", "engagedParty": {"id": person["id"]}}
    customer = made(client, CUSTOMER, role)["id"]
    owner = [{"id": customer, "role": "customer"}]
    account = {"name": family, "state": "active", "relatedParty": owner}
    ident = made(client, ACCOUNT, account)["id"]
    address = operator.make(ADDRESS, {"streetName": "Mill Lane", "city": "Nordhaven"})["id"]
    home = {"name": "Home", "status": "active", "relatedParty": owner,
            "place": [{"id": address, "@referredType": "GeographicAddress"}]}  # fmt: skip
    return Customer(operator, customer, person["id"], ident, [made(client, SITE, home)["id"]])


def test_a_partner_brings_customers_of_its_own(operator: Operator) -> None:
    """Entered by the partner, they are the partner's with all that follows, and nobody else's."""
    client, dealer = partner(operator, "reseller")
    other, _ = partner(operator, "rival")
    grace = brought_by(client, operator, "Hopper")
    theirs = brought_by(other, operator, "Murray")
    person = client.get(f"{PARTY}/individual/{grace.party}").json
    assert [(one["id"], one["role"]) for one in person["relatedParty"]] == [
        (dealer.party, "partner")
    ]
    sent = made(client, ORDER, grace.body(grace.fibre("1")))
    operator.settle()
    assert client.get(f"{ORDER}/{sent['id']}").json["state"] == "completed"
    product = Order(operator, sent["id"]).product()["id"]
    assert ids(client.get(ORDER)) == {sent["id"]}
    assert ids(client.get(PRODUCT)) == {product}
    assert ids(client.get(CUSTOMER)) == {dealer.id, grace.id}
    assert ids(client.get(ACCOUNT)) == {dealer.account, grace.account}
    assert ids(client.get(f"{PARTY}/individual")) == {grace.party}
    for path, ident in (
        (f"{PARTY}/individual", grace.party), (CUSTOMER, grace.id), (ACCOUNT, grace.account),
        (SITE, grace.places[0]), (ORDER, sent["id"]), (PRODUCT, product),
    ):  # fmt: skip
        assert client.get(f"{path}/{ident}").status_code == 200
        assert other.get(f"{path}/{ident}").status_code == 404
    refused = client.post(ORDER, theirs.body(theirs.fibre("1")))
    assert (refused.status_code, refused.json["code"]) == (400, "danglingReference")
    taken = client.post(CUSTOMER, {"name": "x", "engagedParty": {"id": theirs.party}})
    assert taken.status_code == 400


def test_a_partner_neither_takes_nor_gives_away_a_customer(operator: Operator) -> None:
    """Whose customer it is stays: no other partner is named, none is named away."""
    client, dealer = partner(operator, "keeper")
    _, rival = partner(operator, "taker")
    grace = brought_by(client, operator, "Hopper")
    path = f"{PARTY}/individual/{grace.party}"
    for parties in ([], [{"id": rival.party, "role": "partner"}]):
        answer = client.patch(path, {"relatedParty": parties})
        assert answer.status_code in (400, 403), answer.json
    named = {"id": rival.party, "role": "partner", "@referredType": "Organization"}
    body = {"givenName": "Grace", "familyName": "Hopper", "relatedParty": [named]}
    assert client.post(f"{PARTY}/individual", body).status_code == 400
    assert client.get(path).json["relatedParty"][0]["id"] == dealer.party
    by_staff = operator.make(f"{PARTY}/individual", {"givenName": "Ada", "familyName": "King"})
    assert "relatedParty" not in by_staff


def test_who_serves_a_customer_later_orders_for_it(operator: Operator) -> None:
    """A customer with account, site and product is given to a partner: it orders there, and
    changes what is there; the orders from before stay the staff's. Given to another one, by the
    party or by the customer, or taken back, the former partner meets nothing of it any more."""
    client, dealer = partner(operator, "successor")
    other, rival = partner(operator, "contender")
    mary = operator.ada()
    had = mary.has(mary.fibre("1", 500))
    standing = [(CUSTOMER, mary.id), (ACCOUNT, mary.account), (SITE, mary.places[0]),
                (PRODUCT, had.product()["id"])]  # fmt: skip
    party = f"{PARTY}/individual/{mary.party}"

    def served(path: str, who: Customer | None) -> None:
        named = {"id": who.party, "role": "partner", "@referredType": "Organization"} if who else {}
        answer = operator.staff.patch(path, {"relatedParty": [named] if who else []})
        assert answer.status_code == 200, answer.json
        operator.settle()

    def meets(who: Client) -> list[bool]:
        return [who.get(f"{path}/{ident}").status_code == 200 for path, ident in standing]

    for path, who, reached in (
        (party, dealer, (True, False)),
        (f"{CUSTOMER}/{mary.id}", rival, (False, True)),
        (f"{CUSTOMER}/{mary.id}", None, (True, False)),
    ):
        served(path, who)
        assert [meets(client), meets(other)] == [[one] * 4 for one in reached], path
    assert client.get(f"{ORDER}/{had.id}").status_code == 404
    sent = made(client, ORDER, mary.body(mary.faster(had.product()["id"], 1000)))
    assert other.post(ORDER, mary.body(mary.fibre("1"))).status_code == 400
    operator.settle()
    assert client.get(f"{ORDER}/{sent['id']}").json["state"] == "completed"
    served(party, None)
    assert not any([*meets(client), *meets(other)])
