"""A partner is named on lead, opportunity, quote and order, and sees its own customers alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import CUSTOMER, ORDER, Customer, Operator, Record
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.kernel.actor import EVERY_CLASS, Grant

LEAD = "/tmf-api/sales/v4/salesLead"
OPPORTUNITY = "/api/sales/v1/salesOpportunity"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
KINDS = ("SalesLead", "SalesOpportunity", "Quote", "ProductOrder", "Customer")


def served(operator: Operator, partner: Customer) -> dict[str, str]:
    """Return a customer of a partner, and a lead, an opportunity, a quote and an order that name
    the partner, for a customer who does not."""
    ada = operator.ada()
    role = {"id": partner.party, "role": "partner", "@referredType": "Organization"}
    answer = operator.staff.patch(f"{CUSTOMER}/{ada.id}", {"relatedParty": [role]})
    assert answer.status_code == 200, answer.json
    buyer = operator.ada()
    bare = {"id": buyer.id, "role": "customer", "@referredType": "Customer"}
    parties = [bare, role]
    fibre = {"productOffering": {"id": operator.offerings["Fibre Home"]}}
    item = buyer.add("1", "Fibre 1G", downloadSpeed=1000, uploadSpeed=500, installation="self")
    order: Record = {"billingAccount": {"id": buyer.account}, "productOrderItem": [item]}
    return {
        CUSTOMER: ada.id,
        LEAD: operator.make(LEAD, {"familyName": "Lovelace", "relatedParty": [role]})["id"],
        OPPORTUNITY: operator.make(OPPORTUNITY, {
            "name": "Mill", "relatedParty": parties, "salesOpportunityItem": [fibre]})["id"],
        QUOTE: operator.make(QUOTE, {
            "relatedParty": parties, "quoteItem": [{"id": "1", "action": "add", **item}]})["id"],
        ORDER: operator.make(ORDER, {**order, "relatedParty": parties})["id"],
    }  # fmt: skip


def seen(client: Any, path: str) -> set[str]:
    answer = client.get(path, query_string="limit=1000")
    assert answer.status_code in (200, 206), answer.json
    return {one["id"] for one in answer.json}


@pytest.mark.accepts("FND-12")
def test_a_partner_sees_its_own_sales_alone(operator: Operator) -> None:
    """Two partners, each named on a customer, a lead, an opportunity, a quote and an order: each
    lists its own and no other's, and reads none of the other's by id. So does a dealer with the
    role as it is shipped, who makes leads and opportunities as well, in the own name alone."""
    north, south = operator.company("North"), operator.company("South")
    held = {one.party: served(operator, one) for one in (north, south)}
    nobodys = operator.ada()
    grants = {f"{kind}:read": Grant("partner", EVERY_CLASS) for kind in KINDS}
    operator.site.role("sales-partner", grants)
    ensure_roles(operator.site.services)
    for name, own, other, role in (
        ("n", north, south, "sales-partner"), ("s", south, north, "sales-partner"),
        ("dealer", north, south, "partner"),
    ):  # fmt: skip
        client = operator.site.user(
            f"partner-{name}", roles=[role], party=own.party, partner=own.party,
            scopes=tuple(ROLES[role].permissions if role in ROLES else grants),
        )  # fmt: skip
        for path, ident in held[own.party].items():
            theirs = held[other.party][path]
            listed = seen(client, path)
            assert ident in listed, path
            assert not {theirs, nobodys.id} & listed, path
            told = client.get(f"{path}/{ident}").json
            if path != CUSTOMER:
                roles = {one["role"]: one["id"] for one in told["relatedParty"]}
                assert roles["partner"] == own.party
            assert client.get(f"{path}/{theirs}").status_code == 404
    whose = {"id": held[north.party][CUSTOMER], "role": "customer", "@referredType": "Customer"}
    for path, body in ((LEAD, {"familyName": "Noether"}), (OPPORTUNITY, {"name": "Works"})):
        for partner in (north, south):
            role = {"id": partner.party, "role": "partner", "@referredType": "Organization"}
            answer = client.post(path, {**body, "relatedParty": [whose, role]})
            assert answer.status_code == (201 if partner is north else 400), answer.json
            if partner is north:
                assert answer.json["id"] in seen(client, path)
    assert client.post(LEAD, {"familyName": "Nobody’s"}).status_code == 403
