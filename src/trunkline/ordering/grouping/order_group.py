"""Order groups: orders that are to be done together by a common date."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.jeopardy.levels import Level
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import ProductOrderRef

GroupState: TypeAlias = Literal["open", "inProgress", "completed", "partial", "canceled"]
GROUP_STATES: tuple[GroupState, ...] = ("open", "inProgress", "completed", "partial", "canceled")

# A group is where its orders are; one that takes in another order goes on again.
GROUP_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="open",
    moves={one: tuple(each for each in GROUP_STATES if each != one) for one in GROUP_STATES},
    on_request=frozenset(),
)


@resource(
    api=ORDERING,
    path="orderGroup",
    prefix="OGR",
    lifecycle=GROUP_LIFECYCLE,
    server_sets=("jeopardy_level", "threatened_by"),
    promote=(
        Promoted("state"),
        Promoted("jeopardyLevel"),
        Promoted("requestedCompletionDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    label=("name",),
    columns=("key", "name", "state", "requestedCompletionDate", "jeopardyLevel"),
)
class OrderGroup(Extensible, Document):
    """Orders with a common due date: set here once, it is the requested completion of each.

    The group's state is told from its orders; its jeopardy is that of the order that is in the
    greatest danger, and `threatened_by` are those that are in any.
    """

    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    state: GroupState | None = None
    requested_completion_date: datetime | None = None
    jeopardy_level: Level | None = None
    product_order: list[ProductOrderRef] = many()
    threatened_by: list[ProductOrderRef] = many()
    related_party: list[RelatedParty] = many()
