"""Mary asks for fibre at a fair and gets it, and nobody has typed anything twice.

Her name, her address and what she wants are written down once, on the lead. What the customer, the
sale, the quote, the order and the product say of them is what the lead said.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import (
    ADDRESS,
    CUSTOMER,
    ORDER,
    PARTY,
    PRODUCT,
    Operator,
    Record,
)

LEAD = "/tmf-api/sales/v4/salesLead"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
SALES = "/api/sales/v1"
OPPORTUNITY = f"{SALES}/salesOpportunity"


def done(operator: Operator, path: str, body: Record | None = None) -> Record:
    """Have something done and return what came of it."""
    answer = operator.staff.post(f"{SALES}/{path}", body or {})
    assert answer.status_code in (200, 201), (path, answer.json)
    found: Record = answer.json
    return found


@pytest.mark.accepts("E2E-01")
def test_mary_is_a_lead_and_gets_her_line(operator: Operator) -> None:
    """From a lead to an active product each step takes over what the one before it said, and from
    each record one gets to the ones before and after it."""
    mill = operator.make(ADDRESS, {"streetName": "Mill Lane", "streetNr": "7",
                                   "postcode": "10117", "city": "Nordhaven",
                                   "country": "DE"})["id"]  # fmt: skip
    mary = operator.make(LEAD, {
        "familyName": "Somerville-Lead", "givenName": "Mary", "source": "tradeShow",
        "prospectContact": [{"mediumType": "email", "characteristic": {
            "emailAddress": "mary.lead@example.com"}}],
        "place": [{"id": mill, "role": "installation", "@referredType": "GeographicAddress"}],
        "salesLeadItem": [{"productOffering": {"id": operator.offerings["Fibre 500M"]}},
                          {"productOffering": {"id": operator.offerings["Voice Flat"]}}],
    })  # fmt: skip
    done(operator, f"salesLead/{mary['key']}/contact", {"channel": "email", "note": "asked back"})

    made = done(
        operator, f"salesLead/{mary['key']}/convert", {"newAccount": {}, "status": "active"}
    )
    person = operator.read(f"{PARTY}/individual", made["contact"]["id"])
    assert (person["givenName"], person["familyName"]) == ("Mary", "Somerville-Lead")
    assert person["contactMedium"][0]["characteristic"]["emailAddress"] == "mary.lead@example.com"
    customer = operator.read(CUSTOMER, made["customer"]["id"])
    assert (customer["status"], customer["place"][0]["id"]) == ("active", mill)
    sale = operator.read(OPPORTUNITY, made["opportunity"]["id"])
    assert sale["relatedParty"][0]["id"] == customer["id"]
    assert sale["billingAccount"]["id"] == made["account"]["id"]

    quote = done(operator, f"salesOpportunity/{sale['key']}/quote")
    offered = operator.read(QUOTE, quote["id"])
    for step in ("present", "accept", "complete"):
        done(operator, f"quote/{quote['key']}/{step}")
    order = done(operator, f"quote/{quote['key']}/order")
    operator.settle()

    ordered = operator.read(ORDER, order["id"])
    assert ordered["state"] == "completed", ordered
    assert ordered["billingAccount"]["id"] == made["account"]["id"]
    assert {one["id"] for one in ordered["relatedParty"]} >= {customer["id"]}
    products = [operator.read(PRODUCT, one["product"]["id"]) for one in ordered["productOrderItem"]]
    assert {one["status"] for one in products} == {"active"}
    assert {one["place"][0]["id"] for one in products} == {mill}
    assert [prices(one["productPrice"]) for one in products] == [
        prices(one["quoteItemPrice"]) for one in offered["quoteItem"]
    ]
    assert {one["relatedParty"][0]["id"] for one in products} == {customer["id"]}
    walked(operator, ("SalesLead", mary["id"]), ("SalesOpportunity", sale["id"]),
           ("Quote", quote["id"]), ("ProductOrder", ordered["id"]),
           ("Product", products[0]["id"]))  # fmt: skip
    domain = {
        one["@referredType"] for one in chain(operator, "ProductOrder", ordered["id"])["next"]
    }
    assert {"ServiceOrder", "Product"} <= domain


def prices(listed: list[Record]) -> list[tuple[str, Any]]:
    """Return what prices come to, whatever else is said of them."""
    return sorted((one["priceType"], one["price"]["dutyFreeAmount"]["value"]) for one in listed)


def chain(operator: Operator, kind: str, ident: str) -> dict[str, list[Record]]:
    return operator.read(f"{SALES}/chain/{kind}", ident)


def walked(operator: Operator, *records: tuple[str, str]) -> None:
    """Walk a chain of records forwards and back."""
    for (kind, ident), (later, following) in zip(records, records[1:], strict=False):
        after = chain(operator, kind, ident)["next"]
        assert (later, following) in {(one["@referredType"], one["id"]) for one in after}, kind
        before = chain(operator, later, following)["previous"]
        assert (kind, ident) in {(one["@referredType"], one["id"]) for one in before}, later
