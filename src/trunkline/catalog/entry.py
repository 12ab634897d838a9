"""Catalog entries: what all catalogs, categories, offerings and specifications have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from trunkline.catalog.characteristic import CharacteristicSpecificationBase
from trunkline.catalog.fulfilment_terms import FulfilmentTerms
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Classified, Json, Limits, format_instant, many
from trunkline.governance.register import Translation
from trunkline.governance.registers import called, described
from trunkline.kernel.resource import Document, Promoted
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, start_of

E = TypeVar("E", bound=Document)
T = TypeVar("T")

DRAFT = ("In study", "In design", "In test")
LIVE = ("Active", "Launched")
ENDED = ("Retired", "Obsolete")
REJECTED = "Rejected"

CATALOG_LIFECYCLE = Lifecycle(
    attribute="lifecycle_status",
    initial="In study",
    moves={
        "In study": ("In design", "In test", *LIVE, REJECTED),
        "In design": ("In study", "In test", *LIVE, REJECTED),
        "In test": ("In study", "In design", *LIVE, REJECTED),
        "Active": ("Launched", DRAFT[1], "Retired"),
        "Launched": ("Active", DRAFT[1], "Retired"),
        "Retired": ("Obsolete",),
        "Obsolete": (),
        REJECTED: (),
    },
    starts=(*DRAFT[1:], *LIVE),
)
"""Drafts move freely and go live in one step; what was live only retires (TMF620 v4).

What is live and has not begun becomes a draft again: a rule refuses that for everything else.
"""

DEFAULTS: dict[str, Callable[[datetime], Json]] = {"last_update": format_instant}
PROMOTED = (Promoted("lifecycleStatus"), Promoted("name"), Promoted("externalId"))
COLUMNS = ("key", "name", "version", "lifecycleStatus", "lastUpdate")


def settle(entries: Iterable[Document]) -> None:
    """Say of entries that nobody changes them any more, as of those in a snapshot."""
    for one in entries:
        object.__setattr__(one, "worked_out", {})


def once(entry: E, work_out: Callable[[E], T]) -> T:
    """Return what a function makes of an entry; of one that is settled it is worked out once.

    The function looks at nothing else, and nobody changes what it returns.
    """
    kept: dict[Callable[[E], T], T] | None = entry.__dict__.get("worked_out")
    if kept is None:
        return work_out(entry)
    if work_out not in kept:
        kept[work_out] = work_out(entry)
    return kept[work_out]


class CatalogEntry(Extensible, Document):
    """What every entry says; `external_id` is our extension: its code across installations."""

    name: str
    description: str | None = None
    version: str | None = None
    lifecycle_status: str | None = None
    last_update: datetime | None = None
    valid_for: TimePeriod | None = None
    external_id: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether the entry may be used for something new."""
        return self.lifecycle_status in LIVE

    @property
    def is_frozen(self) -> bool:
        """Whether the entry takes only small edits: it is or was live."""
        return self.lifecycle_status in LIVE or self.lifecycle_status in ENDED

    def is_valid(self, at: datetime) -> bool:
        """Return whether the instant lies in the entry's validity; without one it always does."""
        return self.valid_for is None or self.valid_for.contains(at)


class TranslatedEntry(CatalogEntry):
    """An entry that customers read; `translation` is ours: what it is called in other languages."""

    translation: list[Translation] = many()

    def name_in(self, language: str, plain: str | None = None) -> str:
        """Return its name in a language, where that has none the plain one, else its own."""
        return called({**self.raw, "name": plain}, self.name).within(language)

    def description_in(self, language: str) -> str:
        """Return its description in a language, its own where that has none."""
        return described(self.raw, self.description or "").within(language)


def is_to_come(entry: CatalogEntry, now: datetime) -> bool:
    """Return whether an entry is live, but from a moment on that is still to come."""
    start = start_of(entry.valid_for)
    return entry.is_live and start is not None and start > now


class CatalogAttachment(AttachmentRefOrValue, targets=("Attachment",)):
    """A picture or document of what is on sale: for whoever sees the entry, nothing of a person."""

    content: str | None = None
    description: str | None = None
    name: str | None = None
    url: str | None = None


class Specification(CatalogEntry):
    """What the specifications of all three layers say.

    Our extension: `installation_required`, `location_specific`, `transient` for a thing that is
    done once and changes no more, and `fulfilment`: what is wrong in that is refused when the
    specification goes live, a draft may be unfinished.
    """

    is_bundle: bool | None = None
    attachment: list[CatalogAttachment] = many()
    related_party: list[RelatedParty] = many()
    installation_required: bool | None = None
    location_specific: bool | None = None
    transient: bool | None = None
    fulfilment: Annotated[FulfilmentTerms | None, Limits(is_open=True), Classified("internal")] = (
        None
    )

    @property
    def characteristics(self) -> Sequence[CharacteristicSpecificationBase]:
        """The characteristics; each layer publishes them under its own name."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it is made of")
