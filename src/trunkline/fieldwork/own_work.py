"""Own work: the orders for which somebody has a visit to make, whose tasks are theirs to report."""

from __future__ import annotations

from trunkline.fieldwork.work_order import LIFECYCLE, WorkOrder
from trunkline.kernel.work import Work
from trunkline.ordering.own_task import own_orders

VISITS_MAX = 1000
OPEN = sorted(set(LIFECYCLE.moves) - LIFECYCLE.final)
ORDERS = "select distinct root from plan_item where id = any(%s::uuid[])"


@own_orders
def orders_with_visits(work: Work) -> list[str]:
    """Return the orders that wait for open work orders which name who asks among their parties."""
    party = work.actor.party
    if party is None or work.actor.grant(WorkOrder.resource, "update") is None:
        return []
    wanted = {"relatedParty.id": party, "state": OPEN}
    named = work.find(WorkOrder, wanted, limit=VISITS_MAX)
    steps = [one.plan_item_id for one in named if one.plan_item_id]
    rows = work.connection.execute(ORDERS, [steps]).fetchall() if steps else []
    return [str(root) for (root,) in rows]
