"""Words: what outside systems call the states of orders, and what these mean to us. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from trunkline.ordering.command import AnswerKind

MEANINGS: Final[Mapping[str, AnswerKind]] = {
    "fulfilled": "done",
    "pending": "pending",
    "error": "failed",
}
"""What a state of theirs may mean, in the words of our outbound states."""

TMF_WORDS: Final[Mapping[str, AnswerKind]] = {
    "completed": "done",
    "failed": "failed",
    "rejected": "failed",
    "cancelled": "failed",
    "partial": "failed",
    "acknowledged": "pending",
    "pending": "pending",
    "held": "pending",
    "inProgress": "pending",
    "assessingCancellation": "pending",
    "pendingCancellation": "pending",
}
"""What the states of TM Forum's orders mean; what a system says of its own comes first."""


@dataclass(frozen=True)
class Words:
    """What the states of a system's orders and of their items mean."""

    order: Mapping[str, AnswerKind] = field(default_factory=dict)
    item: Mapping[str, AnswerKind] = field(default_factory=dict)

    def meaning(self, order: object, item: object) -> AnswerKind:
        """Return what the states of an order and of its item mean together.

        What an item has come to counts, else what the order has. ValueError for unknown states.
        """
        of_item = self.item.get(str(item)) or TMF_WORDS.get(str(item))
        of_order = self.order.get(str(order)) or TMF_WORDS.get(str(order))
        if of_item is not None and of_item != "pending":
            return of_item
        if of_order is None:
            raise ValueError(f"{order} is no state that is known of an order there")
        return of_order
