"""Overrides: bodies for resources that the smallest one does not satisfy."""

from __future__ import annotations

from typing import Any

from tests.support.program import Client
from tests.support.samples import override

CATALOG = "/tmf-api/productCatalogManagement/v4"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"


def made(client: Client, path: str, body: dict[str, Any]) -> str:
    """Create a record and return its id."""
    answer = client.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    return str(answer.json["id"])


def active_customer(client: Client) -> str:
    """Return a customer that may order: a person of its own in an active role."""
    person = made(
        client, "/tmf-api/party/v4/individual", {"givenName": "Ada", "familyName": "Lovelace"}
    )
    role = {"name": "Ada at home", "status": "active", "engagedParty": {"id": person}}
    return made(client, "/tmf-api/customerManagement/v4/customer", role)


def offering_on_sale(client: Client) -> str:
    """Return an offering that is sold by itself, with a monthly price in force."""
    price = {
        "name": "Fibre 1G monthly",
        "lifecycleStatus": "Active",
        "priceType": "recurring",
        "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1,
        "price": {"unit": "EUR", "value": 49.90},
    }
    specification = {"name": "Internet access", "lifecycleStatus": "Active"}
    offering = {
        "name": "Fibre 1G",
        "lifecycleStatus": "Active",
        "isSellable": True,
        "productSpecification": {
            "id": made(client, f"{CATALOG}/productSpecification", specification)
        },
        "productOfferingPrice": [{"id": made(client, f"{CATALOG}/productOfferingPrice", price)}],
    }
    return made(client, f"{CATALOG}/productOffering", offering)


@override("ProductOrder")
def product_order(client: Client) -> dict[str, Any]:
    """One item that adds an offering on sale, for an active customer with an account."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    account = {"name": "Ada's account", "state": "active", "relatedParty": [customer]}
    offering = {"id": offering_on_sale(client)}
    item = {"id": "1", "action": "add", "quantity": 1, "productOffering": offering}
    return {
        "relatedParty": [customer],
        "billingAccount": {"id": made(client, ACCOUNT, account)},
        "productOrderItem": [item],
    }


@override("CommunicationMessage")
def communication_message(client: Client) -> dict[str, Any]:
    """A message to somebody; without a party it would be nobody's."""
    somebody = {"givenName": "Ada", "familyName": "Lovelace"}
    person = made(client, "/tmf-api/party/v4/individual", somebody)
    return {
        "content": "Your line is ready.",
        "messageType": "email",
        "sender": {"name": "Meridian"},
        "receiver": [{"party": {"id": person, "role": "customer"}}],
    }
