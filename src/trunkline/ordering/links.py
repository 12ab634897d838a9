"""Links: how existing records hang together with what an order makes, ends or lets go of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.ordering.edits import Edits
from trunkline.ordering.installed import layer_of, name_of, part_ids
from trunkline.ordering.new_records import Blueprint, reference
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import Plan, PlanItem

Link: TypeAlias = dict[str, Json]
HOLDERS: dict[str, type[Product] | type[Service]] = {"product": Product, "service": Service}
LISTS = {
    ("product", "product"): "product",
    ("product", "service"): "realizingService",
    ("product", "resource"): "realizingResource",
    ("service", "service"): "supportingService",
    ("service", "resource"): "supportingResource",
}


def links_of(blueprint: Blueprint, node: Node) -> Json:
    """Return the links that come (`added`) and go (`removed`) with a node, None for none.

    Each says which list of which record holds it. What is added is there as soon as the order
    begins; what is removed stays until the step is done. A step that is left out because others
    use what it would end says beside them who (`users`, see `keeping.py`).
    """
    found: dict[str, Json] = {
        "added": list(_added(blueprint, node)),
        "removed": list(_removed(blueprint, node)),
    }
    return {name: links for name, links in found.items() if links} or None


def _added(blueprint: Blueprint, node: Node) -> Iterator[Link]:
    if node.action == "delete":
        return
    own = reference(node.layer, blueprint.records[node.key], node.specification_name)
    for parent in (blueprint.nodes_by_key.get(key) for key in node.parents):
        if parent is not None and parent.action == "modify":
            yield from _link(blueprint, parent.layer, blueprint.records[parent.key], own)
    for ident in node.parent_instances:
        holder = blueprint.installed.record(ident)
        if holder is not None:
            yield from _link(blueprint, layer_of(holder), ident, own)
    for ident in node.reuses:
        part = blueprint.installed.record(ident)
        if part is not None:
            link = reference(layer_of(part), ident, name_of(part))
            yield from _link(blueprint, node.layer, blueprint.records[node.key], link)


def _removed(blueprint: Blueprint, node: Node) -> Iterator[Link]:
    if node.instance_id is None:
        return
    pairs = [(ident, node.instance_id) for ident in node.leaves]
    pairs += [(node.instance_id, ident) for ident in node.removes]
    for holder_id, part_id in pairs:
        holder = blueprint.installed.record(holder_id)
        part = blueprint.installed.record(part_id)
        if holder is not None and part is not None:
            link = reference(layer_of(part), part_id, name_of(part))
            yield from place_link(layer_of(holder), holder_id, link)


def _link(blueprint: Blueprint, layer: str, holder_id: str, link: Link) -> Iterator[Link]:
    """Yield a link that the holder does not have yet."""
    holder = blueprint.installed.record(holder_id)
    if holder is None or link["id"] not in part_ids(holder):
        yield from place_link(layer, holder_id, link)


def place_link(layer: str, holder_id: str, link: Link) -> Iterator[Link]:
    """Yield a link with the list of its holder that it belongs to, none where there is no list."""
    name = LISTS.get((layer, link["@referredType"].lower()))
    if name is not None:
        yield {"holder": holder_id, "layer": layer, "list": name, "link": link}


# --- carried out ---------------------------------------------------------------------------------


def join(edits: Edits, plan: Plan) -> None:
    """Link existing records to the new ones, as the steps of a plan that begins say."""
    put_links(edits, [one for item in plan for one in _said(item, "added")])


def carry_over_links(edits: Edits, items: Iterable[PlanItem]) -> None:
    """Take off the links that ended steps leave behind, and put back those of undone ones."""
    gone: list[Link] = []
    back: list[Link] = []
    for item in items:
        is_undo, is_done = item.direction == "undo", item.state == "completed"
        if is_undo and is_done:
            gone += _said(item, "added")
            back += _said(item, "removed")
        elif not is_undo:
            gone += _said(item, "removed" if is_done else "added")
    take_off_links(edits, gone)
    put_links(edits, back)


def _said(item: PlanItem, name: str) -> list[Link]:
    found: list[Link] = item.links.get(name, []) if isinstance(item.links, dict) else []
    return found


def put_links(edits: Edits, links: list[Link]) -> None:
    """Put links into the lists that they belong to, each once."""
    for one, raw in _held(edits, links):
        held = raw.setdefault(one["list"], [])
        if all(other.get("id") != one["link"]["id"] for other in held):
            held.append(load(encode(one["link"])))


def take_off_links(edits: Edits, links: list[Link]) -> None:
    """Take links out of the lists that hold them."""
    for one, raw in _held(edits, links):
        held = raw.get(one["list"], [])
        left = [other for other in held if other.get("id") != one["link"]["id"]]
        if left:
            raw[one["list"]] = left
        elif held:
            del raw[one["list"]]


def _held(edits: Edits, links: list[Link]) -> Iterator[tuple[Link, dict[str, Json]]]:
    """Yield each link with the JSON of its holder, those of one kind read at once."""
    for layer, kind in HOLDERS.items():
        own = [one for one in links if one["layer"] == layer]
        holders = {one.id: one for one in edits.take(kind, [one["holder"] for one in own])}
        for one in own:
            if one["holder"] in holders:
                yield one, holders[one["holder"]].raw
