"""Claiming: the values that the new resources of an order take from pools, before it begins.

An order without such resources costs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trunkline.catalog.entry import Specification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Conflict, Fault
from trunkline.documents.shape import Json
from trunkline.inventory.pools.following import claim
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import PoolValue
from trunkline.inventory.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.installed import Installed, customer_of
from trunkline.ordering.node import Node, NodeCharacteristic
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.standalone_line import RootOrder, every_line

HAD = """
select exists (select from plan_item p join resource r on r.id = p.resource
  where p.root = %s and p.item_id <> %s and r.p_value = %s
    and r.p_resource_status <> 'available' and r.doc -> 'resourcePool' ->> 'id' = %s)
"""


def with_pool_values(
    work: Work, order: RootOrder, catalog: CatalogSnapshot, held: Installed,
    nodes: Sequence[Node],
) -> Sequence[Node]:  # fmt: skip
    """Return nodes with values from pools in those that take one, and in what runs on them.

    Refuses (409) what no pool has; the values stay the order's until it lets go of them.
    """
    wanted = {one.key: ident for one in nodes if (ident := pool_of(one, catalog, held))}
    if not wanted:
        return nodes
    pools = work.many(ResourcePool, wanted.values())
    asked: list[_Asked] = []
    for node in nodes:
        pool = pools.get(wanted.get(node.key, ""))
        if pool is None:
            continue
        said = _said(node, pool.characteristic) or node.value
        if node.action == "modify" and said in (None, dict(node.before).get(pool.characteristic)):
            continue
        asked.append(_Asked(node, pool, said))
    claimed = _claimed(work, order, asked)
    given: dict[str, dict[str, NodeCharacteristic]] = {}
    taken: dict[str, str] = {}
    by_key = {one.key: one for one in nodes}
    for one in asked:
        node, pool, found = one.node, one.pool, claimed[one.node.key]
        values = {pool.characteristic: found.value, **found.companion}
        why = f"from pool {pool.name}"
        own = {name: NodeCharacteristic(name, told, why) for name, told in values.items()}
        given[node.key] = {**given.get(node.key, {}), **own}
        taken[node.key] = found.value
        _pass_up(node, own, by_key, catalog, given)
    return [
        replace(_filled(one, given.get(one.key, {})), value=taken.get(one.key)) for one in nodes
    ]


@dataclass(frozen=True)
class _Asked:
    """A node that takes a value of a pool: the one that is said, else the next."""

    node: Node
    pool: ResourcePool
    said: str | None


def _claimed(work: Work, order: RootOrder, asked: Sequence[_Asked]) -> dict[str, PoolValue]:
    """Return the value that each node gets, by its key; what is asked for by name comes first.

    Refuses (409) what is taken, also where the order itself asks for it twice.
    """
    customer, found = customer_of(order.related_party), dict[str, PoolValue]()
    had: set[tuple[str, str]] = set()
    # In one order for all, so that two orders that name the same values do not wait for each other.
    for one in sorted(asked, key=lambda each: (each.said is None, each.pool.id, each.said or "")):
        try:
            if one.said is not None and (
                (one.pool.id, one.said) in had or _is_of_another_line(work, order, one)
            ):
                message = f"{one.said} is asked for twice in this order; choose another one"
                raise Conflict("conflictTaken", message)
            value = claim(work, one.pool, value=one.said, root=order.id, customer=customer)
        except Conflict as refusal:
            if isinstance(order, ProductOrder):
                raise
            fault = Fault(every_line(order)[one.node.item_id].path, refusal.code, refusal.message)
            raise Conflict(refusal.code, refusal.message, faults=[fault]) from refusal
        found[one.node.key] = value
        had.add((one.pool.id, value.value))
    return found


def _is_of_another_line(work: Work, order: RootOrder, one: _Asked) -> bool:
    """Tell whether another line of an order that is changed has a value already."""
    asked = [order.id, one.node.item_id, one.said, one.pool.id]
    row = work.connection.execute(HAD, asked).fetchone()
    return bool(row[0])


def asking_anew(
    work: Work, catalog: CatalogSnapshot, held: Installed, nodes: Mapping[str, Node]
) -> list[Node]:
    """Return those nodes, by the id of their resource, that ask for another value than it has."""
    wanted = {one: ident for one, node in nodes.items() if (ident := pool_of(node, catalog, held))}
    pools = work.many(ResourcePool, wanted.values()) if wanted else {}
    records = work.many(Resource, wanted) if pools else {}
    return [
        nodes[one] for one, ident in wanted.items() if ident in pools and one in records
        and _said(nodes[one], pools[ident].characteristic) not in (None, records[one].value)
    ]  # fmt: skip


def pool_of(node: Node, catalog: CatalogSnapshot, held: Installed) -> str | None:
    """Return the id of the pool that a node's value comes from, None where it takes none."""
    if node.layer != "resource" or node.action not in {"add", "modify"}:
        return None
    if node.action == "modify":
        record = held.resources.get(node.instance_id or "")
        pool = record.resource_pool if record is not None else None
    else:
        specification = catalog.resource_specifications.get(node.specification_id or "")
        pool = specification.resource_pool if specification is not None else None
    return pool.id if pool is not None else None


def _said(node: Node, name: str) -> str | None:
    """Return the value that the order itself asks for."""
    found = next((one.value for one in node.characteristics if one.name == name), None)
    if found in (None, ""):
        return None
    if not isinstance(found, str):
        raise Conflict("conflictTaken", f"{name} must be a text; choose a free value")
    return found


def _pass_up(
    node: Node,
    values: Mapping[str, NodeCharacteristic],
    nodes: Mapping[str, Node],
    catalog: CatalogSnapshot,
    given: dict[str, dict[str, NodeCharacteristic]],
) -> None:
    """Give the values to the services above, and to the products that have such a characteristic.

    The network is told a number with the service that uses it.
    """
    waiting, seen = list(node.parents), set(node.parents)
    for key in waiting:  # grows while it is walked
        above = nodes.get(key)
        if above is None:
            continue
        specification = _specification(above, catalog)
        names = {one.name for one in specification.characteristics} if specification else set()
        own = {
            name: one for name, one in values.items() if name in names or above.layer == "service"
        }
        given[key] = {**own, **given.get(key, {})}
        waiting += [one for one in above.parents if one not in seen]
        seen.update(above.parents)


def _specification(node: Node, catalog: CatalogSnapshot) -> Specification | None:
    layers: Mapping[str, Mapping[str, Specification]] = {
        "product": catalog.product_specifications,
        "service": catalog.service_specifications,
        "resource": catalog.resource_specifications,
    }
    return layers[node.layer].get(node.specification_id or "")


def _filled(node: Node, values: Mapping[str, NodeCharacteristic]) -> Node:
    """Return a node with values in place of those that nobody has given."""
    if not values:
        return node
    known = {one.name: one for one in node.characteristics}
    empty: tuple[Json, ...] = (None, "")
    for name, one in values.items():
        if name not in known or known[name].value in empty:
            known[name] = one
    return replace(node, characteristics=tuple(known.values()))
