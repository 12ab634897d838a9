"""Decomposition: from the items of an order to the products, services and resources they take.

The rules and worked examples are in docs/algorithms/decomposition.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.ordering.dependency import connect_lines, in_order
from trunkline.ordering.ending import add_endings, add_pauses
from trunkline.ordering.growth import Growth
from trunkline.ordering.installed import Installed
from trunkline.ordering.line_product import connect_wholes, grow_line
from trunkline.ordering.moved_parts import told_of_wholes
from trunkline.ordering.node import Decomposition
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.relocation import take_along_last
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shared_part import grow_shared
from trunkline.ordering.standalone_line import RootOrder, every_line

NODES_MAX = 50_000
ITEMS: Mapping[type[RootOrder], str] = {
    ProductOrder: "productOrderItem",
    ServiceOrder: "serviceOrderItem",
    ResourceOrder: "orderItem",
}
"""Where the items of an order stand in it."""


def plan(order: RootOrder, catalog: CatalogSnapshot, installed: Installed) -> Decomposition:
    """Return the steps that an order takes; the same input always gives an equal result.

    An order of products begins at these, one of services or resources that stands by itself a
    layer lower. The sequence of the items does not count.
    """
    lines = every_line(order)
    growth = Growth(lines, catalog, installed)
    for line in lines.values():
        grow_line(growth, line)
    grow_shared(growth)
    connect_wholes(growth)
    take_along_last(growth)
    add_endings(growth)
    add_pauses(growth, "suspend")
    add_pauses(growth, "resume")
    faults = [
        *growth.faults,
        *growth.unknown_choices(),
        *connect_lines(lines, growth.drafts, growth.asked),
    ]
    if faults and isinstance(order, ProductOrder):
        faults = [*told_of_wholes(faults, lines_of(order), installed.products)]
    if len(growth.drafts) > NODES_MAX:
        message = f"the order takes {len(growth.drafts)} steps, more than {NODES_MAX}; split it"
        return Decomposition(faults=(Fault(ITEMS[type(order)], "tooManySteps", message),))
    return Decomposition(
        nodes=tuple(draft.node() for draft in in_order(growth.drafts)),
        faults=tuple(faults),
        deferred=tuple(growth.deferred),
        copies=tuple(growth.copies.values()),
        choices=tuple(growth.choices),
    )
