"""The customer's page: the seven groups of what an operator keeps of a customer, on one page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.support.overrides import offering_on_sale
from tests.support.program import Site
from tests.web.browser import Browser, words_of

PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
PRODUCT = "/tmf-api/productInventory/v4/product"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
CONTACT = "/tmf-api/partyInteraction/v4/partyInteraction"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PART = {"HX-Request": "true"}
Record = dict[str, Any]


def made(site: Site, path: str, body: Record) -> Record:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    found: Record = answer.json
    return found


@pytest.fixture(scope="module")
def company(site: Site) -> Record:
    """A company within a group, with parts of its own and a past as well as a present."""
    group = made(site, f"{PARTY}/organization", {"tradingName": "Seven Group"})["id"]

    def below(name: str, above: str) -> str:
        parent = {"organization": {"id": above}, "relationshipType": "parent"}
        body = {"tradingName": name, "organizationParentRelationship": parent}
        return str(made(site, f"{PARTY}/organization", body)["id"])

    party = below("Seven Mills", group)
    below("Seven Mills South", party)
    media = [
        {"mediumType": "email", "characteristic": {"emailAddress": "mills@example.org"}},
        {"mediumType": "postalAddress",
         "characteristic": {"street1": "Mill Lane 7", "postCode": "01234", "city": "Nordhaven"}},
    ]  # fmt: skip
    body = {"name": "Seven Mills Ltd", "status": "active", "engagedParty": {"id": party}}
    customer = made(site, CUSTOMER, {**body, "contactMedium": media})
    whose = [{"id": customer["id"], "role": "customer", "@referredType": "Customer"}]
    for system in ("oldbill", "newbill"):
        account = made(site, ACCOUNT, {"name": f"Account in {system}", "state": "active",
                                       "billingSystem": system, "relatedParty": whose})  # fmt: skip
    made(site, PRODUCT, {"name": "Leased line 7", "status": "active", "relatedParty": whose})
    for name, ends in (("Slow since noon", False), ("No light in May", True)):
        body = {"name": name, "description": name, "severity": "minor", "ticketType": "noService",
                "relatedParty": whose}  # fmt: skip
        ticket = made(site, TICKET, body)
        for status in ("inProgress", "resolved", "closed") if ends else ():
            said = {"status": status, "statusChangeReason": "repaired"}
            answer = site.admin.patch(f"{TICKET}/{ticket['id']}", said)
            assert answer.status_code == 200, answer.json
    contact = made(site, CONTACT, {
        "direction": "inbound", "reason": "information", "status": "completed",
        "channel": [{"id": "phone"}], "relatedParty": whose, "description": "About the seven",
        "interactionDate": {"startDateTime": "2026-02-01T09:00:00Z"},
    })  # fmt: skip
    orders = [_order(site, customer, account["id"], ends) for ends in (False, True)]
    return customer | {"orders": orders, "contact": contact["key"]}


def _order(site: Site, customer: Record, account: str, ends: bool) -> str:
    """Return the number of an order that goes on, or of one that was called off."""
    line = {"id": "1", "action": "add", "productOffering": {"id": offering_on_sale(site.admin)}}
    whose = [{"id": customer["id"], "role": "customer", "@referredType": "Customer"}]
    body = {"relatedParty": whose, "billingAccount": {"id": account}, "productOrderItem": [line]}
    order = made(site, ORDER, {**body, "requestedStartDate": "2036-01-01T00:00:00Z"})
    if ends:
        body = {"productOrder": {"id": order["id"]}, "cancellationReason": "changed our mind"}
        made(site, "/tmf-api/productOrderingManagement/v4/cancelProductOrder", body)
        site.work()
    return str(order["key"])


@pytest.mark.accepts("C360-02")
def test_the_page_shows_all_seven_groups(admin: Browser, company: Record) -> None:
    """Name, address and contact data; the hierarchy; products and services; billing accounts of
    several billing systems; orders, tickets and interactions, those of now and of before."""
    answer = admin.get(f"/customer/{company['key']}")
    assert answer.status_code == 200
    page = unescape(answer.text)
    parts = re.findall(r'hx-get="([^"]+)" hx-trigger="load', page)
    shown = [words_of(page)]
    for one in dict.fromkeys(parts):
        part = admin.get(one, **PART)
        assert part.status_code == 200, one
        shown.append(words_of(part.text))
    whole = " ".join(shown)
    groups = {
        "name, address, contact": ("Seven Mills Ltd", "Mill Lane 7", "mills@example.org"),
        "hierarchy": ("Seven Group", "Seven Mills South"),
        "products and services": ("Leased line 7",),
        "billing accounts": ("Account in oldbill", "Account in newbill"),
        "orders": tuple(company["orders"]),
        "tickets": ("Slow since noon", "No light in May"),
        "interactions": (company["contact"],),
    }
    missing = {
        group: [one for one in values if one not in whole] for group, values in groups.items()
    }
    assert missing == {group: [] for group in groups}
