"""Agreement specifications (TMF651): the kinds of agreements that an operator makes."""

from __future__ import annotations

from datetime import datetime

from trunkline.contract.api import TMF651
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Json, format_instant, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.catalog_reference import CategoryRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import Reference

SPECIFICATION_LIFECYCLE = Lifecycle(
    attribute="lifecycle_status",
    initial="In design",
    moves={
        "In design": ("Active",),
        "Active": ("Retired",),
        "Retired": ("Active",),
    },
    starts=("Active",),
)


class AgreementSpecCharacteristicValue(Extensible):
    """A value that a characteristic of agreements may have."""

    default: bool | None = None
    unit_of_measure: str | None = None
    value_from: str | None = None
    value_to: str | None = None
    value_type: str | None = None
    valid_for: TimePeriod | None = None
    value: Json = None


class AgreementSpecCharacteristic(Extensible):
    """Something that agreements of a kind say, each in its own way."""

    name: str | None = None
    description: str | None = None
    configurable: bool | None = None
    value_type: str | None = None
    spec_characteristic_value: list[AgreementSpecCharacteristicValue] = many()
    valid_for: TimePeriod | None = None


class AgreementSpecificationRelationship(Reference, targets=("AgreementSpecification",)):
    """How one kind of agreement hangs together with another."""

    relationship_type: str | None = None
    valid_for: TimePeriod | None = None


@resource(
    api=TMF651,
    path="agreementSpecification",
    prefix="AGS",
    required=("attachment",),
    lifecycle=SPECIFICATION_LIFECYCLE,
    defaults={"last_update": format_instant},
    promote=(Promoted("lifecycleStatus"), Promoted("name")),
    columns=("key", "name", "version", "lifecycleStatus"),
)
class AgreementSpecification(Extensible, Document):
    """A kind of agreement: what its agreements say, with the papers that belong to it."""

    name: str
    description: str | None = None
    version: str | None = None
    is_bundle: bool | None = None
    last_update: datetime | None = None
    lifecycle_status: str | None = None
    attachment: list[AttachmentRefOrValue] = many()
    related_party: list[RelatedParty] = many()
    service_category: CategoryRef | None = None
    specification_characteristic: list[AgreementSpecCharacteristic] = many()
    specification_relationship: list[AgreementSpecificationRelationship] = many()
    valid_for: TimePeriod | None = None


rule(AgreementSpecification)(periods_are_ordered)
