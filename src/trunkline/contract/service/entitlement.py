"""Entitlements: which help a customer has a right to, for what, until when and how much of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.contract.api import CONTRACT
from trunkline.contract.service.definition import EntitlementDefinitionRef
from trunkline.contract.service.lasting import LASTING, State
from trunkline.contract.service.service_contract import ServiceContractRef
from trunkline.contract.service.service_level import ServiceLevel
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.note import Note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import EntityRef, ProductRef, Reference

Coverage: TypeAlias = Literal["coverage", "coverageAndUsage"]
CODE = Limits(length_max=60)


class EntitlementRef(Reference, targets=("Entitlement",)):
    """A reference to an entitlement."""


@resource(
    api=CONTRACT,
    path="entitlement",
    prefix="ENT",
    required=("name", "valid_for"),
    lifecycle=LASTING,
    server_sets=("used_units", "remaining_units", "used_cases", "suspended_with", "renewed_from",
                 "began_at", "ended_at", "dates_before_renewal"),
    immutable=("definition",),
    defaults={"coverage_kind": lambda _now: "coverage"},
    promote=(
        Promoted("state"),
        Promoted("externalId"),
        Promoted("validFor.endDateTime", "instant"),
        Promoted("serviceContract.id"),
    ),
    owner=("relatedParty[customer]", "relatedParty", "billingAccount", "serviceContract"),
    columns=("key", "name", "state", "coverageKind", "remainingUnits", "validFor"),
)  # fmt: skip
class Entitlement(Extensible, Document):
    """A right to be helped with some products, or with all that a customer has.

    Without `issue_type` it covers every kind of issue, without `channel` every channel, without
    `product` everything that the customer or the account has. With `coverageAndUsage` it has units
    that are used up; `cases_allowed` limits how many cases it covers. `suspended_with` says whether
    it rests with its products or with its contract, and so comes back with these; one of several
    products rests when all of them do, and helps with each until then. With
    `ends_with_contract` it ends when its service contract does, whenever that is by then.
    `dates_before_renewal` are those that the renewal of its contract has cut short.
    """

    external_id: str | None = None
    name: Annotated[str | None, Limits(length_max=200)] = None
    description: Annotated[str | None, Limits(length_max=2000)] = None
    state: State | None = None
    state_reason: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    suspended_with: Literal["product", "contract"] | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    ends_with_contract: bool | None = None
    definition: EntitlementDefinitionRef | None = None
    service_contract: ServiceContractRef | None = None
    billing_account: BillingAccountRef | None = None
    related_party: list[RelatedParty] = many()
    product: list[ProductRef] = many()
    valid_for: TimePeriod | None = None
    dates_before_renewal: TimePeriod | None = None
    coverage_kind: Coverage | None = None
    unit: Annotated[str | None, CODE] = None
    total_units: Annotated[Decimal | None, Limits(minimum=0)] = None
    used_units: Decimal | None = None
    remaining_units: Decimal | None = None
    cases_allowed: Annotated[int | None, Limits(minimum=0)] = None
    used_cases: int | None = None
    issue_type: list[Annotated[str, CODE]] = many()
    channel: list[Annotated[str, CODE]] = many()
    service_level: list[ServiceLevel] = many()
    renewed_from: EntitlementRef | None = None
    note: list[Note] = many()


class UsedFor(EntityRef):
    """The record that an entitlement was used for, such as a ticket."""


@resource(
    api=CONTRACT,
    path="entitlementUse",
    prefix="ENU",
    operations=("list", "retrieve"),
    promote=(Promoted("entitlement.id"), Promoted("reference"), Promoted("usedAt", "instant")),
    owner=("entitlement",),
    root="entitlement",
    label=("reference",),
    columns=("key", "reference", "units", "issueType", "usedAt"),
)
class EntitlementUse(Extensible, Document):
    """That an entitlement was used: for which case, when, and how many units.

    There is one for each case and entitlement: the same case does not use it twice.
    """

    entitlement: EntitlementRef
    reference: Annotated[str, Limits(length_max=120)]
    units: Annotated[Decimal, Limits(minimum=0)]
    issue_type: Annotated[str | None, CODE] = None
    channel: Annotated[str | None, CODE] = None
    product: ProductRef | None = None
    used_at: datetime | None = None
    used_by: Annotated[str | None, PERSONAL] = None
    about: UsedFor | None = None
