"""Versions: how a running order was asked for over time, and what is other between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.comparison import Difference, differences
from trunkline.ordering.revision.content import ITEMS, content_of, header_of
from trunkline.ordering.revision.order_revision import OrderRevision


@dataclass(frozen=True)
class Version:
    """An order as it was asked for, and the revision that made it so; None for the first."""

    number: int
    content: dict[str, Json]
    revision: OrderRevision | None = None


def revisions_of(work: Work, order: str) -> list[OrderRevision]:
    """Return all revisions of an order, the oldest first, whatever became of them."""
    found = work.find(OrderRevision, {"productOrder.id": order})
    return sorted(found, key=lambda one: one.key)


def versions_of(order: ProductOrder, revisions: Sequence[OrderRevision]) -> list[Version]:
    """Return the versions of an order from all its revisions, the first one first."""
    applied = [one for one in revisions if one.state == "applied"]
    applied.sort(key=lambda one: one.order_version or 0)
    if not applied:
        return [Version(1, content_of(order))]
    first: dict[str, Json] = applied[0].raw.get("former") or {}
    later = [Version(one.order_version or 0, _content(one), one) for one in applied]
    return [Version(1, first), *later]


def compared(versions: Sequence[Version], older: int, newer: int) -> list[Difference]:
    """Return what is other in a newer version; refuses (404) one that there is not."""
    by_number = {one.number: one for one in versions}
    for number in (older, newer):
        if number not in by_number:
            known = ", ".join(str(one) for one in sorted(by_number))
            raise NotFound("notFound", f"there is no version {number}; there are {known}")
    return differences(by_number[older].content, by_number[newer].content)


def _content(revision: OrderRevision) -> dict[str, Json]:
    return {**header_of(revision.raw), ITEMS: revision.raw.get(ITEMS) or []}
