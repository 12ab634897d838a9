"""Apart: an order that runs, broken down as if it had just been sent in with some content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering import installed, order_catalog
from trunkline.ordering.decomposition import plan as break_down
from trunkline.ordering.design.picking import designed
from trunkline.ordering.installed import Installed
from trunkline.ordering.node import Decomposition, Node
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.before import before_order
from trunkline.ordering.revision.content import ITEMS, content_of, picture
from trunkline.ordering.revision.kept_design import with_kept_designs
from trunkline.ordering.standalone_line import DomainOrder


@dataclass(frozen=True)
class Apart:
    """An order as it would be sent in, and what it is broken down into by the present catalog.

    `dangling` are the references that lead nowhere; `nodes` name the plan definitions by which
    they are carried out: what runs by that which it began by.
    """

    order: ProductOrder
    dangling: Sequence[Fault]
    catalog: CatalogSnapshot
    held: Installed
    found: Decomposition
    nodes: tuple[Node, ...]


def taken_apart(work: Work, order: ProductOrder, content: dict[str, Json], plan: Plan) -> Apart:
    """Return an order broken down anew without what its own plan has done; nothing is written."""
    copy = as_order(order, content)
    dangling = work.settle_references(copy)
    catalog = order_catalog.load(work, copy)
    held = before_order(installed.load(work, copy, catalog, holds=False), plan)
    found = break_down(copy, catalog, held)
    nodes = designed(work, copy, catalog, found.nodes)
    nodes = with_kept_designs(work, plan, found.nodes, nodes)
    return Apart(copy, dangling, catalog, held, found, nodes)


def nodes_asked(
    work: Work, order: ProductOrder, content: dict[str, Json], plan: Plan
) -> tuple[Node, ...]:
    """Return only the parts of a stored order with a content that it has, or had, as stored.

    Its references stand already, and what its parts cost is not asked.
    """
    copy = as_order(order, content)
    catalog = order_catalog.load_unpriced(work, copy)
    held = before_order(installed.load(work, copy, catalog, holds=False), plan)
    return designed(work, copy, catalog, break_down(copy, catalog, held).nodes)


def nodes_alone(work: Work, order: DomainOrder, plan: Plan) -> tuple[Node, ...]:
    """Return the same of an order by itself, which asks for what it asked for at first."""
    catalog = order_catalog.load_for(work, order)
    held = before_order(installed.load(work, order, catalog, holds=False), plan)
    return designed(work, order, catalog, break_down(order, catalog, held).nodes)


def as_order(order: ProductOrder, content: dict[str, Json]) -> ProductOrder:
    """Return an order as it would be sent in with a content."""
    body = {**picture(order, content), "internalState": "acknowledged"}
    body[ITEMS] = content_of(ProductOrder.wrap({ITEMS: body[ITEMS]}))[ITEMS]
    copy = ProductOrder.wrap(body)
    object.__setattr__(copy, "meta", replace(order.meta))
    return copy
