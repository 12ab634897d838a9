"""Leads and opportunities of the demonstration operator, one at each step that people meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.design.decision_table import DecisionTable
from trunkline.rest.writing import change, create
from trunkline.sales.lead.converting import Conversion, convert
from trunkline.sales.lead.lead import SalesLead
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.opportunity.quoting import quote_of

MERGE = "application/merge-patch+json"
HOT, COLD = ("partnerReferral", "tradeShow"), ("boughtList", "press")
LEADS: tuple[tuple[str, str, str, str, str, int, str], ...] = (
    ("Noa", "Feld", "Feld Bakeries", "tradeShow", "acknowledged", 3, "SD-WAN Network"),
    ("Timo", "Arent", "", "inboundWeb", "acknowledged", 1, "Fibre Home"),
    ("Lucía", "Ramos", "", "boughtList", "acknowledged", 1, "Mobile M"),
    ("Hanna", "Vogt", "Vogt & Sons", "partnerReferral", "inProgress", 12, "Mobile M"),
    ("Omar", "Saleh", "", "inboundPhone", "inProgress", 1, "Fibre Home"),
    ("Petra", "Novak", "Novak Logistics", "press", "pending", 40, "Mobile M"),
    ("Elif", "Demir", "Demir Clinics", "employeeReferral", "pending", 2, "SD-WAN Network"),
)
"""Given name, family name, company, source, status, quantity and offering."""


def add_leads(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store leads on the board, some converted and given up, and sales in several stages."""
    with as_system(services, "demo") as work:
        _add_tables(work)
        made = [_lead(work, catalog, *one) for one in LEADS]
        lost = _lead(
            work, catalog, "Greta", "Sand", "", "billboard", "acknowledged", 1, "Fibre Home"
        )
        gone = {"status": "rejected", "closeReason": "noCoverage"}
        change(work, work.lock(SalesLead, lost.id), gone, MERGE)
        won = _lead(
            work,
            catalog,
            "Samir",
            "Haddou",
            "Haddou Foods",
            "partnerReferral",
            "inProgress",
            6,
            "Mobile M",
        )
        expected = {"expectedCloseDate": format_instant(work.now + timedelta(days=21))}
        said = Conversion(
            new_account={},
            status="active",
            apart="new to us",
            opportunity={"name": "Mobile plans for Haddou Foods", **expected},
        )
        sale = convert(work, won.id, said).opportunity
        if sale is not None:
            quote_of(work, sale.id)
            change(work, work.lock(SalesOpportunity, sale.id), {"stage": "propose"}, MERGE)
        companies = [one for one in people if one.kind == "company"]
        _sales(work, catalog, companies)
        for one in made[:2]:
            note = {"text": "Met at the fair; wants to hear from us.", "author": "Sasha Lind"}
            change(work, work.lock(SalesLead, one.id), {"note": [note]}, MERGE)


def _lead(
    work: Work, catalog: DemoCatalog, given: str, family: str, company: str, source: str,
    status: str, quantity: int, offering: str,
) -> SalesLead:  # fmt: skip
    address = f"{family.lower()}@example.com"
    body: dict[str, Any] = {
        "givenName": given, "familyName": family, "source": source, "type": "newBusiness",
        "prospectContact": [
            {"mediumType": "email", "characteristic": {"emailAddress": address}}
        ],
        "salesLeadItem": [
            {"productOffering": {"id": catalog.offerings[offering]}, "quantity": quantity,
             "priceEstimate": {"unit": "EUR", "value": 240 if quantity > 1 else 480}}
        ],
    }  # fmt: skip
    if company:
        body["companyName"] = company
    made = create(work, SalesLead.resource, body)
    assert isinstance(made, SalesLead)
    if status != "acknowledged":
        change(work, work.lock(SalesLead, made.id), {"status": status}, MERGE)
    return made


def _sales(work: Work, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store a renewal under way, one that was won and one that was lost."""
    ends: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("Renewal of the mobile plans", "renewal", {}),
        ("More sites", "upSell", {"stage": "closedWon", "closeReason": "relationship"}),
        ("Telephony for the branch", "newCustomer",
         {"stage": "closedLost", "closeReason": "price", "lostTo": "Zephyr Telecom"}),
    )  # fmt: skip
    for (name, cycle, end), one in zip(ends, people, strict=False):
        line = {"productOffering": {"id": catalog.offerings["Mobile M"]}, "quantity": 8,
                "term": 24}  # fmt: skip
        body = {
            "name": name, "salesCycle": cycle, "salesOpportunityItem": [line],
            "relatedParty": [{"id": one.id, "role": "customer", "@referredType": "Customer"}],
            "expectedCloseDate": format_instant(work.now + timedelta(days=35)),
        }  # fmt: skip
        made = create(work, SalesOpportunity.resource, body)
        if end:
            change(work, work.lock(SalesOpportunity, made.id), {**end}, MERGE)


def _add_tables(work: Work) -> None:
    """Say how leads are scored and rated."""
    score = [_row("source", HOT, "80"), _row("source", COLD, "25"), {"result": "50"}]
    rating = [
        {"condition": "input.score >= 80 && input.lines > 0", "result": "hot"},
        {"condition": "input.score >= 50", "result": "warm"}, {"result": "cold"},
    ]  # fmt: skip
    for name, purpose, rows in (
        ("Lead scores", "leadScore", score), ("Lead ratings", "leadRating", rating),
    ):  # fmt: skip
        body = {"name": name, "purpose": purpose, "isOn": True, "row": rows}
        create(work, DecisionTable.resource, body)


def _row(name: str, values: Sequence[str], result: str) -> dict[str, Any]:
    return {"cell": [{"input": name, "value": list(values)}], "result": result}
