"""A group of companies of the demonstration operator: two regions with their companies below."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.demo.people import DemoCustomer
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.party.organization import Organization

NAME = "Nordwind"
REGIONS = ("North", "South")
COMPANIES_MAX = 5


def add_group(services: Services, people: Sequence[DemoCustomer]) -> None:
    """Store a group, its regions, and below these some of the companies, by turns."""
    companies = [one for one in people if one.kind == "company"][:COMPANIES_MAX]
    with as_system(services, "demo") as work:
        top = _part(work, f"{NAME} Group", None)
        regions = [_part(work, f"{NAME} {one}", top) for one in REGIONS]
        for number, one in enumerate(companies):
            with work.edit(Organization, one.party) as company:
                company.raw["organizationParentRelationship"] = _below(regions[number % 2])


def _part(work: Work, name: str, parent: Organization | None) -> Organization:
    said = {"organizationParentRelationship": _below(parent)} if parent is not None else {}
    return work.add(
        Organization.wrap(
            {
                "name": name,
                "tradingName": name,
                "organizationType": "company",
                "isLegalEntity": True,
                "status": "validated",
                **said,
            }
        )  # fmt: skip
    )


def _below(parent: Organization) -> dict[str, Json]:
    """Return how an organization says that it is a part of another."""
    return {"relationshipType": "parent", "organization": {"id": parent.id, "name": parent.name}}
