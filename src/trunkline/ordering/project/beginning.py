"""Beginning: an order that is large enough becomes a project, and stays one when it is changed."""

from __future__ import annotations

from trunkline.kernel.work import Work
from trunkline.ordering.capture.policies import project_of
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.project.path import lay, stretches
from trunkline.ordering.project.phase import OrderProject
from trunkline.ordering.project.reaching import tell_next
from trunkline.ordering.revision.content import GONE


def begin_project(work: Work, order: ProductOrder, plan: Plan) -> None:
    """Give an order the phases of the project that a policy makes of it; none where none does."""
    policy = project_of(work, order)
    if policy is None:
        order.project = None
        return
    order.project = OrderProject.wrap({
        "name": policy.name, "policy": policy.key, "per": policy.per,
        "phase": [dict(one.raw) for one in policy.phases],
    })  # fmt: skip
    found = stretches(order, policy.per)
    lay(plan, order.project, found, work.services.chance.uuid)
    for one in found:
        tell_next(order, one.items, order.project.phase[0].name)


def follow_change(work: Work, order: ProductOrder, plan: Plan) -> None:
    """Bring the phases of an order that was changed to the lines that it has now."""
    if order.project is None:
        return
    items = [one for _, one in placed_product_items(order.product_order_item)]
    gone = {one.id for one in items if one.internal_state in GONE}
    found = stretches(order, order.project.per, gone)
    lay(plan, order.project, found, work.services.chance.uuid)
    new = {one.id for one in items if one.milestone is None} - gone
    for one in found:
        tell_next(order, one.items & new, order.project.phase[0].name)
