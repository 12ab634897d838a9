"""Beginning alone: how service and resource orders by themselves begin, wait, or end at once."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault
from trunkline.kernel.work import Work
from trunkline.ordering.edits import Edits
from trunkline.ordering.effect import set_order_state
from trunkline.ordering.handoff import outbound
from trunkline.ordering.new_records import Blueprint, valued
from trunkline.ordering.node import Node
from trunkline.ordering.service_order import ServiceOrder, ServiceOrderErrorMessage
from trunkline.ordering.standalone_line import DomainLine, DomainOrder, every_line
from trunkline.shared.note import Note


def begin_alone(order: DomainOrder, blueprint: Blueprint) -> None:
    """Bring an order and its items into progress; they say what they make and with which values.

    Of several alike an item names the first.
    """
    outbound.clear(order)
    set_order_state(order, "inProgress")
    order.start_date = blueprint.now
    lines = every_line(order)
    for node in blueprint.nodes:
        line = lines.get(node.item_id) if blueprint.is_main(node) and node.copy == 1 else None
        if isinstance(line, DomainLine):
            _fill_in(line, node, blueprint)


def _fill_in(line: DomainLine, node: Node, blueprint: Blueprint) -> None:
    """Write to an item what it makes, with the defaults and the values from pools.

    What it changes has only the values that the item says.
    """
    content, name = line.content, f"{line.layer}Characteristic"
    said = content.get(name) or []
    found = valued(said, node)
    content[name] = found if node.action == "add" else found[: len(said)]
    if not content[name]:
        del content[name]
    if node.action != "add":
        return
    content["id"] = blueprint.records[node.key]
    specification = blueprint.catalog.resource_specifications.get(node.specification_id or "")
    if specification is not None and specification.resource_pool is not None:
        content["value"] = node.value
        content["resourcePool"] = load(encode(specification.resource_pool.raw))


def let_wait(order: DomainOrder) -> None:
    """Say of an order that it waits: it goes on, and none of its items has begun."""
    set_order_state(order, "inProgress")
    for item in order.every_item:
        item.state = "acknowledged"


def give_up(work: Work, order: DomainOrder, faults: Sequence[Fault]) -> None:
    """End an order that cannot be carried out, and say why."""
    edits = Edits(work)
    edits.keep(order)
    # People may have released it before its first step; what is in progress can only fail.
    set_order_state(order, "failed" if order.state == "inProgress" else "rejected")
    if isinstance(order, ServiceOrder):
        order.error_message = [
            ServiceOrderErrorMessage(code=one.code, message=f"{one.path}: {one.message}")
            for one in faults
        ]
    else:
        said = [Note(text=f"{one.path}: {one.message}") for one in faults]
        order.note = [*order.note, *said]
    edits.write()
