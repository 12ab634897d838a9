"""Differences: what an outside inventory says otherwise than ours, and what was decided of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.inventory.api import INVENTORY
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import Reference

DifferenceKind: TypeAlias = Literal[
    "missingHere", "missingThere", "ambiguous", "identifier", "state", "characteristic", "place",
    "owner",
]  # fmt: skip
DifferenceStatus: TypeAlias = Literal["open", "ignored", "corrected", "sent", "ordered", "closed"]
_DECISIONS = ("ignored", "corrected", "sent", "ordered")


class InstalledRef(Reference, targets=("Service", "Resource")):
    """A reference to a service or a resource."""


class OrderedRef(Reference, targets=("ServiceOrder", "ResourceOrder")):
    """A reference to the order that a correction was made by."""


@resource(
    api=INVENTORY,
    path="inventoryDifference",
    prefix="DIF",
    operations=("list", "retrieve"),
    lifecycle=Lifecycle(
        attribute="status",
        initial="open",
        moves={
            "open": (*_DECISIONS, "closed"),
            "ignored": ("open", "corrected", "sent", "ordered", "closed"),
            # A decision that has not helped leads back.
            "corrected": ("open", "closed"),
            "sent": ("open", "closed"),
            "ordered": ("open", "closed"),
            "closed": (),
        },
        on_request=frozenset(),
    ),
    promote=(
        Promoted("status"),
        Promoted("system"),
        Promoted("differenceKind"),
        Promoted("recordKind"),
        Promoted("subject"),
        Promoted("comparison"),
        Promoted("firstSeenAt", "instant"),
    ),
    owner=("relatedParty[customer]",),
    label=("name",),
    columns=("key", "name", "system", "differenceKind", "attribute", "ours", "theirs", "status"),
)
class InventoryDifference(Extensible, Document):
    """One thing that an outside inventory says otherwise, or does not know, or knows alone.

    `system` is the code of the outside inventory, `subject` what the difference is about: the id
    of ours, or theirs where there is none here. `detail` is what theirs says in full where `theirs`
    is only its name. `comparison` is the job that has seen it last.
    """

    system: Annotated[str, Limits(length_max=80)]
    record_kind: Literal["Service", "Resource"]
    difference_kind: DifferenceKind
    subject: str
    name: Annotated[str | None, PERSONAL] = None
    record: InstalledRef | None = None
    external_id: str | None = None
    attribute: str | None = None
    ours: Annotated[Any, PERSONAL] = None
    theirs: Annotated[Any, PERSONAL] = None
    detail: Annotated[Any, PERSONAL] = None
    status: DifferenceStatus | None = None
    first_seen_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None = None
    comparison: str
    reason: Annotated[str | None, PERSONAL] = None
    decided_at: datetime | None = None
    decided_by: Annotated[str | None, PERSONAL] = None
    ignored_until: datetime | None = None
    correcting_order: OrderedRef | None = None
    related_party: list[RelatedParty] = many()
