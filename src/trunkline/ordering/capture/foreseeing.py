"""Foreseeing: when an order that somebody looks at first would be done if it began now."""

from __future__ import annotations

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.kernel.work import Work
from trunkline.ordering import decomposition, installed, waiting
from trunkline.ordering.design.picking import designed
from trunkline.ordering.expecting import expect, is_expected
from trunkline.ordering.jeopardy.policies import policies
from trunkline.ordering.product_order import ProductOrder


def foresee(work: Work, order: ProductOrder, catalog: CatalogSnapshot) -> None:
    """Say of an order and its items when they would be done, if it is approved at once.

    What was said by whoever sent the order stays; of one that cannot be broken down nothing is
    said.
    """
    if order.expected_completion_date is not None and not is_expected(order):
        return
    held = installed.load(work, order, catalog, holds=False)
    found = decomposition.plan(order, catalog, held)
    if not found.faults:
        nodes = designed(work, order, catalog, found.nodes)
        begin = waiting.later_start(order, work.now) or work.now
        expect(order, nodes, begin, policies(work).terms())
