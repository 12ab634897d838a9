"""What an order has passed: the lines past a point of no return, by what its steps are made of."""

from __future__ import annotations

from typing import Any

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.content import content_of
from trunkline.ordering.revision.no_return import Passed, passed_lines
from trunkline.ordering.revision.setting import setting_of


def passed_of(work: Work, order: ProductOrder) -> dict[str, Passed]:
    """Return by line how an order is past a point of no return at present."""
    plan = plan_store.read(work, order.id)
    return passed_in(order, plan, specifications_of(work, plan)) if plan is not None else {}


def passed_in(order: ProductOrder, plan: Plan, catalog: CatalogSnapshot) -> dict[str, Passed]:
    """Return by line how an order is past a point of no return, by its plan; reads nothing."""
    asked = ProductOrder.wrap({**order.raw, **content_of(order)})
    return passed_lines(plan, lines_of(asked), lambda item: setting_of(item, catalog))


def specifications_of(work: Work, plan: Plan) -> CatalogSnapshot:
    """Return the specifications of a plan's steps, read at once."""
    wanted = array_of({one.specification for one in plan if one.specification is not None})
    selects = [
        f"select '{layer}', {ROW} from {kind.resource.table} t where t.id = any(%(ids)s::uuid[])"  # noqa: S608
        for layer, kind in SPECIFICATIONS.items()
    ]
    found: dict[str, dict[str, Any]] = {layer: {} for layer in SPECIFICATIONS}
    rows = work.connection.execute(" union all ".join(selects), {"ids": wanted}).fetchall()
    for layer, *row in rows:
        one = document_of(SPECIFICATIONS[layer], row)
        found[layer][one.id] = one
    return CatalogSnapshot(
        product_specifications=found["product"],
        service_specifications=found["service"],
        resource_specifications=found["resource"],
    )
