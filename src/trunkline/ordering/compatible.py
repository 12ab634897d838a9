"""Compatible: what an order brings goes with its other lines, and with what is there or to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from trunkline.catalog.compatibility import bond_faults, together
from trunkline.documents.errors import Fault
from trunkline.ordering.beside import line_of
from trunkline.ordering.needed import needed_faults
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import Line


def compatibility_faults(lines: Mapping[str, Line], context: OrderContext) -> Iterator[Fault]:
    """Yield the lines that bring what does not go with something, or lacks what it needs.

    What stays as it is is not judged again; what ends is not needed by what stays. Codes: excluded,
    required, stillNeeded.
    """
    yield from needed_faults(lines, context.products, context.needed)
    if not context.bonds.others:
        return
    brought = [(line, context.brings(line)) for line in lines.values()]
    own = [
        line_of(line, offering.id)
        for line, offering in brought
        if offering is not None and line.item.internal_state != "canceled"
    ]
    there = together(own, context.beside)
    for line, offering in brought:
        if offering is not None:
            for fault in bond_faults(offering, context.bonds, there, line=line.id):
                yield replace(fault, path=f"{line.path}.productOffering.id")
