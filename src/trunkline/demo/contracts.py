"""Contracts of the demonstration operator at several points of life, and what they entitle to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.definition import EntitlementDefinition
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.verifying import Question, Use, verify
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system

BUSINESS_CARE: dict[str, Json] = {
    "code": "business-care", "name": "Business care",
    "description": "Someone on the phone within an hour, and ten visits a year.",
    "coverageKind": "coverageAndUsage", "unit": "visit", "totalUnits": 10, "termMonths": 12,
    "issueType": ["fault", "installation"], "channel": ["phone", "portal"],
    "serviceLevel": [
        {"name": "Response", "metric": "response", "target": 1, "unit": "hours"},
        {"name": "Repair", "metric": "resolution", "target": 8, "unit": "hours"},
    ],
}  # fmt: skip
ROUTER_WARRANTY: dict[str, Json] = {
    "code": "router-warranty", "name": "Equipment warranty",
    "description": "Broken equipment is replaced.", "coverageKind": "coverage", "casesAllowed": 3,
    "termMonths": 24, "issueType": ["fault"],
}  # fmt: skip
TERMS = (
    # days that it has run, days that it will run, how it goes on
    (340, 25, "auto"),
    (200, 530, "manual"),
    (60, 305, "auto"),
    (290, 75, "manual"),
)


def add_contracts(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Say what brings which help, and store contracts of companies at several points of life."""
    companies = [one for one in people if one.kind == "company"]
    with as_system(services, "demo") as work:
        care = _definition(work, BUSINESS_CARE, catalog.offerings["SD-WAN Site"])
        _definition(work, ROUTER_WARRANTY, catalog.offerings["Fibre 1G"])
        for one, terms in zip(companies[: len(TERMS)], TERMS, strict=False):
            _contract(work, one, terms, care)


def _definition(work: Work, body: dict[str, Json], offering: str) -> EntitlementDefinition:
    raw = load(encode(body)) | {"productOffering": [{"id": offering}]}
    return work.add(EntitlementDefinition.wrap(raw))


def _contract(
    work: Work, one: DemoCustomer, terms: tuple[int, int, str], care: EntitlementDefinition
) -> None:
    """Store a contract over what a company has, with what serves it."""
    run, ahead, kind = terms
    products = work.find(Product, {"relatedParty.id": one.id, "status": "active"}, limit=6)
    if not products:
        return
    if kind == "manual" and len(products) > 1:
        _older(work, one, products.pop())
    start, end = work.now - timedelta(days=run), work.now + timedelta(days=ahead)
    party = {"id": one.id, "role": "customer", "@referredType": "Customer"}
    period = {"startDateTime": format_instant(start), "endDateTime": format_instant(end)}
    rule = {"kind": "declining", "amount": {"value": 1200, "unit": "EUR"}}
    contract = work.add(Contract.wrap({
        "name": f"Frame contract {start:%Y}", "state": "active", "relatedParty": [party],
        "billingAccount": {"id": one.billing_account}, "validFor": period,
        "termMonths": 12, "renewal": {"kind": kind, "termMonths": 12}, "terminationRule": rule,
        "contractLine": [_line(product) for product in products],
    }))  # fmt: skip
    served = work.add(ServiceContract.wrap({
        "name": "Service of all sites", "state": "active", "relatedParty": [load(encode(party))],
        "billingAccount": {"id": one.billing_account}, "validFor": load(encode(period)),
        "contract": {"id": contract.id, "@referredType": "Contract"}, "endsWithContract": True,
        "contractLine": [_line(product) for product in products],
    }))  # fmt: skip
    _entitle(work, one, served, products, care, end)


def _older(work: Work, one: DemoCustomer, product: Product) -> None:
    """Store the contract of a company's first site, which may go on in the one of all others."""
    start, end = work.now - timedelta(days=700), work.now + timedelta(days=20)
    party = {"id": one.id, "role": "customer", "@referredType": "Customer"}
    work.add(Contract.wrap({
        "name": f"First site {start:%Y}", "state": "active", "relatedParty": [party],
        "billingAccount": {"id": one.billing_account}, "termMonths": 24,
        "validFor": {"startDateTime": format_instant(start), "endDateTime": format_instant(end)},
        "renewal": {"kind": "manual"}, "contractLine": [_line(product)],
    }))  # fmt: skip


def _line(product: Product) -> dict[str, Json]:
    raw: dict[str, Json] = {
        "quantity": 1, "product": {"id": product.id, "@referredType": "Product"},
    }  # fmt: skip
    if product.raw.get("productOffering"):
        raw["productOffering"] = load(encode(product.raw["productOffering"]))
    if product.raw.get("productPrice"):
        raw["price"] = load(encode(product.raw["productPrice"]))
    return raw


def _entitle(
    work: Work, one: DemoCustomer, served: ServiceContract, products: Sequence[Product],
    care: EntitlementDefinition, end: datetime,
) -> None:  # fmt: skip
    """Give a company its right to be helped, of which some was used."""
    names = ("name", "coverageKind", "unit", "totalUnits", "issueType", "channel", "serviceLevel")
    raw: dict[str, Json] = load(encode({name: care.raw[name] for name in names}))
    raw |= {
        "state": "active",
        "definition": {"id": care.id, "@referredType": "EntitlementDefinition"},
        "serviceContract": {"id": served.id, "@referredType": "ServiceContract"},
        "relatedParty": load(encode(served.raw["relatedParty"])),
        "product": [{"id": each.id, "@referredType": "Product"} for each in products],
        "validFor": {
            "startDateTime": format_instant(work.now - timedelta(days=30)),
            "endDateTime": format_instant(end),
        },
    }
    work.add(Entitlement.wrap(raw))
    for number in range(1, 4):
        asked = Question(customer=one.id, product=products[0].id, issue_type="fault",
                         channel="phone")  # fmt: skip
        verify(work, asked, Use(f"visit {number}", Decimal(2)))
