"""Choosing: people say which ones of several go, where an order asks for fewer of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.documents.errors import Conflict, NotFound
from trunkline.documents.patch import copied
from trunkline.kernel.work import Work
from trunkline.ordering import decomposition, installed, order_catalog, plan_store
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.fallout_actions import retry
from trunkline.ordering.node import UNCHOSEN, Choice
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.quantity.choice import ITEMS, with_left_out
from trunkline.ordering.revision import verbs
from trunkline.ordering.revision.order_revision import OrderRevision

Chosen = Mapping[str, Sequence[str]]
"""By the id of an item the ones that go: records, or keys of steps."""


def choices_of(work: Work, order: ProductOrder) -> tuple[Choice, ...]:
    """Return what somebody has to choose from before an order, or its change, can go on."""
    held = verbs.open_revision_of(work, order.id)
    if held is not None:
        return verbs.preview(work, held).choices if held.state == "open" else ()
    return first_choices(work, order, plan_store.read(work, order.id))


def first_choices(work: Work, order: ProductOrder, plan: Plan | None) -> tuple[Choice, ...]:
    """Return what has to be chosen before an order that is not broken down yet can be."""
    if order.internal_state != "inProgress" or verbs.is_broken_down(plan):
        return ()
    catalog = order_catalog.load(work, order)
    held_base = installed.load(work, order, catalog, holds=False)
    return decomposition.plan(order, catalog, held_base).choices


def choose(work: Work, ident: str, chosen: Chosen) -> ProductOrder:
    """Say which ones go: the open change of an order is handed in, or its fallout tried again.

    Refuses (409) where nothing is asked, and (400) a choice that does not come to the number that
    is wanted; all stays as it was then.
    """
    work.actor.must_have(verbs.REVISE)
    order = work.lock(ProductOrder, ident)
    held = verbs.open_revision_of(work, order.id)
    if held is not None and held.state == "open":
        _into(work, work.lock(OrderRevision, held.id), chosen)
        verbs.submit(work, held.id)
        return order
    asked = _asking(work, order)
    if not asked:
        raise Conflict("conflictNothingAsked", f"{order.key} asks nobody which ones go")
    _into(work, order, chosen)
    retry(work, asked)
    return work.lock(ProductOrder, order.id)


def _into(work: Work, held: ProductOrder | OrderRevision, chosen: Chosen) -> None:
    """Write a choice into the items of an order or a revision."""
    before = dict(held.raw)
    items, left = with_left_out(copied(held.raw[ITEMS]), chosen)
    if left:
        raise NotFound("notFound", f"{held.key} has no item {', '.join(sorted(left))}")
    held.raw[ITEMS] = items
    work.save(held, before)


def _asking(work: Work, order: ProductOrder) -> list[str]:
    found = work.find(Fallout, {"productOrder.id": order.id})
    return [one.id for one in found if one.state not in CLOSED and one.cause.code == UNCHOSEN]
