"""Organizations (TMF632): companies, public bodies and their parts, in a hierarchy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, Limits, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.api import TMF632
from trunkline.party.credit import PartyCreditProfile
from trunkline.party.tax import TaxExemptionCertificate
from trunkline.shared.archivable import ARCHIVED_COLUMN, SET_BY_ARCHIVE, Archivable
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.code import CODE
from trunkline.shared.contact import ContactMedium, ContactPreference
from trunkline.shared.extensible import Extensible
from trunkline.shared.hierarchy import ancestors, keep_others_out
from trunkline.shared.party_reference import OrganizationRef, RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import ExternalReference, TagRef

ORGANIZATION_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="initialized",
    moves={
        "initialized": ("validated", "closed"),
        "validated": ("closed",),
        "closed": (),
    },
    starts=("validated",),
)


class OtherNameOrganization(Extensible):
    """A name that an organization bears beside the present one, or bore."""

    name: str | None = None
    name_type: str | None = None
    trading_name: str | None = None
    valid_for: TimePeriod | None = None


class OrganizationIdentification(Extensible):
    """An official number of an organization, such as that in a register of companies.

    `country` (ISO 3166, ours) says whose scheme it is.
    """

    identification_id: str | None = None
    identification_type: str | None = None
    country: str | None = None
    issuing_authority: str | None = None
    issuing_date: datetime | None = None
    attachment: AttachmentRefOrValue | None = None
    valid_for: TimePeriod | None = None


class OrganizationParentRelationship(Extensible):
    """The organization above, and in which sense."""

    relationship_type: str | None = None
    organization: OrganizationRef | None = None


class OrganizationChildRelationship(Extensible):
    """An organization below, and in which sense."""

    relationship_type: str | None = None
    organization: OrganizationRef | None = None


@resource(
    api=TMF632,
    path="organization",
    prefix="ORG",
    required=("trading_name",),
    lifecycle=ORGANIZATION_LIFECYCLE,
    server_sets=("hierarchy_path", *SET_BY_ARCHIVE),
    promote=(
        Promoted("tradingName"),
        Promoted("name"),
        Promoted("status"),
        Promoted("code"),
        Promoted("hierarchyPath"),
        ARCHIVED_COLUMN,
    ),
    owner_is_self=True,
    partner=("relatedParty[partner]",),
    live_name=True,
    label=("tradingName",),
    columns=("key", "tradingName", "name", "organizationType", "status"),
)
class Organization(Extensible, Archivable, Document):
    """A company, a public body, or a part of one.

    Ours: `code`, the key that people give it, and `hierarchy_path`, the codes from the top down
    to it, joined by `/`; where there is no code, the number stands for it.
    """

    code: Annotated[str | None, Limits(pattern=CODE)] = None
    hierarchy_path: str | None = None
    legal_form: str | None = None
    industry: str | None = None
    name: str | None = None
    name_type: str | None = None
    trading_name: str | None = None
    organization_type: str | None = None
    is_head_office: bool | None = None
    is_legal_entity: bool | None = None
    exists_during: TimePeriod | None = None
    status: Literal["initialized", "validated", "closed"] | None = None
    contact_medium: Annotated[list[ContactMedium], PERSONAL] = many()
    contact_preference: Annotated[ContactPreference | None, PERSONAL] = None
    credit_rating: Annotated[list[PartyCreditProfile], SENSITIVE] = many()
    external_reference: list[ExternalReference] = many()
    organization_child_relationship: list[OrganizationChildRelationship] = many()
    organization_identification: list[OrganizationIdentification] = many()
    organization_parent_relationship: OrganizationParentRelationship | None = None
    other_name: list[OtherNameOrganization] = many()
    party_characteristic: Annotated[list[Characteristic], PERSONAL] = many()
    related_party: list[RelatedParty] = many()
    tag: list[TagRef] = many()
    tax_exemption_certificate: list[TaxExemptionCertificate] = many()


characteristics_in(Organization, "party_characteristic")
rule(Organization)(periods_are_ordered)


@rule(Organization)
def organization_is_not_above_itself(
    work: Work, old: Organization | None, new: Organization
) -> Iterator[Fault]:
    """Refuse a parent or a child that closes a circle of organizations."""
    if _place(old) != _place(new):
        keep_others_out(work, Organization)
    parent = parent_ids(new)
    listed = ids_that_list(work, new, new.id)
    above = ancestors([*parent, *listed], partial(_ids_above, work, new))
    if parent and new.id in above:
        yield Fault(
            "organizationParentRelationship.organization.id",
            "organizationCycle",
            "is the organization itself or lies below it; name an organization outside of it",
        )
    for index, child in enumerate(new.organization_child_relationship):
        if child.organization and child.organization.id in {new.id, *above}:
            yield Fault(
                f"organizationChildRelationship[{index}].organization.id",
                "organizationCycle",
                "is the organization itself or lies above it; name an organization below it",
            )


def above(work: Work, organization: Organization) -> set[str]:
    """Return the ids of all organizations above one, that one's among them in a circle only."""
    first = [*parent_ids(organization), *ids_that_list(work, organization, organization.id)]
    return ancestors(first, partial(_ids_above, work, organization))


def _place(organization: Organization | None) -> tuple[list[str], list[str]]:
    """Return the ids that an organization names above itself, and those that it names below."""
    if organization is None:
        return [], []
    below = organization.organization_child_relationship
    children = [one.organization.id for one in below if one.organization]
    return parent_ids(organization), children


def parent_ids(organization: Organization) -> list[str]:
    """Return the id of the parent that an organization names, in a list; empty without one."""
    relationship = organization.organization_parent_relationship
    above = relationship.organization if relationship else None
    return [above.id] if above else []


def _ids_above(work: Work, written: Organization, organization_id: str) -> list[str]:
    organization = work.get(Organization, organization_id)
    own = parent_ids(organization) if organization else []
    return [*own, *ids_that_list(work, written, organization_id)]


def ids_that_list(work: Work, written: Organization, organization_id: str) -> list[str]:
    """Return who lists an organization as a child, save the one being written.

    What that one listed before may just be taken off its list.
    """
    path = "organizationChildRelationship.organization.id"
    found = work.find(Organization, {path: organization_id})
    return [one.id for one in found if one.id != written.id]
