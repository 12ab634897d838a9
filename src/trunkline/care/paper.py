"""Documents (TMF667): papers about any record, with every version of their files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.care.api import TMF667
from trunkline.care.related import RECORD_TARGETS
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Named, format_instant, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import ConstraintRef, Reference
from trunkline.workspace.attachments import content_faults

PaperStatus: TypeAlias = Literal[
    "created", "reviewed", "approved", "published", "archived", "deleted"
]
MOVES = {
    "created": ("reviewed", "approved", "published", "archived", "deleted"),
    "reviewed": ("created", "approved", "published", "archived", "deleted"),
    "approved": ("published", "archived", "deleted"),
    "published": ("archived", "deleted"),
    "archived": ("published", "deleted"),
    "deleted": (),
}


class PaperEntity(Extensible, targets=RECORD_TARGETS):
    """A record that a document is about, and in which role."""

    id: str
    href: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    role: str
    referred_type: str | None = None


class PaperCategoryRef(Reference):
    """A heading under which documents are filed."""

    version: str | None = None


class PaperRef(Reference, targets=("PaperDocument",)):
    """A reference to another document."""

    name: Annotated[str | None, PERSONAL] = None


class PaperExternalIdentifier(Extensible):
    """What another system calls a document."""

    id: str
    href: str | None = None
    external_identifier_type: str | None = None
    owner: str | None = None


class PaperSpecificationRefOrValue(Extensible, targets=("PaperSpecification",)):
    """The kind of a document, by reference or by value."""

    id: str | None = None
    href: str | None = None
    name: str | None = None
    description: str | None = None
    is_bundle: bool | None = None
    version: str | None = None
    referred_type: str | None = None


class PaperCharacteristicRelationship(Extensible):
    """How a characteristic of documents hangs together with another one."""

    characteristic_specification_id: str | None = None
    name: str | None = None
    parent_specification_href: str | None = None
    parent_specification_id: str | None = None
    relationship_type: str | None = None
    valid_for: TimePeriod | None = None


class PaperCharacteristic(Extensible):
    """A characteristic that documents of a kind have."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    configurable: bool | None = None
    extensible: bool | None = None
    is_unique: bool | None = None
    min_cardinality: int | None = None
    max_cardinality: int | None = None
    regex: str | None = None
    value_type: str | None = None
    valid_for: TimePeriod | None = None
    char_spec_relationship: list[PaperCharacteristicRelationship] = many()
    value_schema_location: Annotated[str | None, Named("@valueSchemaLocation")] = None


class PaperEntityRelationship(Extensible):
    """Which kinds of records documents of a kind are about."""

    id: str
    href: str | None = None
    name: str | None = None
    relationship_type: str
    role: str | None = None
    valid_for: TimePeriod | None = None
    referred_type: str | None = None


class PaperSchema(Extensible):
    """Where the schema of documents of a kind lies."""

    type_: str
    schema_location: str


@resource(
    api=TMF667,
    path="documentSpecification",
    prefix="DSP",
    type_name="DocumentSpecification",
    title="Document type",
    required=("name",),
    lifecycle=Lifecycle(attribute="lifecycle_status", initial="created", moves=MOVES,
                        starts=tuple(MOVES)),
    promote=(Promoted("name"), Promoted("lifecycleStatus")),
    columns=("key", "name", "version", "lifecycleStatus"),
)  # fmt: skip
class PaperSpecification(Extensible, Document):
    """A kind of document."""

    name: str | None = None
    description: str | None = None
    version: str | None = None
    is_bundle: bool | None = None
    last_update: datetime | None = None
    lifecycle_status: PaperStatus | None = None
    valid_for: TimePeriod | None = None
    attachment: list[AttachmentRefOrValue] = many()
    constraint: list[ConstraintRef] = many()
    entity_spec_relationship: list[PaperEntityRelationship] = many()
    related_party: list[RelatedParty] = many()
    spec_characteristic: list[PaperCharacteristic] = many()
    target_entity_schema: PaperSchema | None = None


@resource(
    api=TMF667,
    path="document",
    prefix="DOC",
    type_name="Document",
    title="Document",
    required=("name",),
    lifecycle=Lifecycle(attribute="status", initial="created", moves=MOVES, starts=tuple(MOVES)),
    defaults={"creation_date": format_instant, "last_update": format_instant},
    events={"changed": "DocumentChangeEvent", "state_changed": "DocumentChangeEvent"},
    promote=(
        Promoted("name"),
        Promoted("documentType"),
        Promoted("status"),
        Promoted("creationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    columns=("key", "name", "documentType", "version", "status", "lastUpdate"),
)
class PaperDocument(Extensible, Document):
    """A document. Its files are kept sealed; `attachment` lists them, the newest first.

    The file of an earlier version has an end in its `validFor`.
    """

    name: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None
    document_type: str | None = None
    version: str | None = None
    status: PaperStatus | None = None
    creation_date: datetime | None = None
    last_update: datetime | None = None
    attachment: Annotated[list[AttachmentRefOrValue], PERSONAL] = many()
    category: list[PaperCategoryRef] = many()
    characteristic: list[Characteristic] = many()
    document: list[PaperRef] = many()
    document_specification: PaperSpecificationRefOrValue | None = None
    external_identifier: list[PaperExternalIdentifier] = many()
    related_entity: list[PaperEntity] = many()
    related_party: list[RelatedParty] = many()


rule(PaperSpecification, PaperDocument)(periods_are_ordered)


@rule(PaperDocument)
def a_content_is_a_file_that_is_kept(
    work: Work, old: PaperDocument | None, new: PaperDocument
) -> Iterator[Fault]:
    """Refuse as an attachment's content what would not be kept as a file of the document."""
    known = {one.content for one in old.attachment} if old is not None else set()
    for at, one in enumerate(new.attachment):
        if one.content and one.content not in known:
            path = f"attachment[{at}].content"
            yield from content_faults(work.services, path, one.name or "", one.content)


characteristics_in(PaperDocument, "characteristic")
