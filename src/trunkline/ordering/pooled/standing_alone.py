"""Standing alone: values of pools for the resources of orders without a product order (TMF652).

An order without such resources costs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from trunkline.catalog.entry import Specification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.documents.errors import Conflict, Fault
from trunkline.documents.shape import Json
from trunkline.inventory.pools.following import claim
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.edits import Edits
from trunkline.ordering.installed import customer_of
from trunkline.ordering.resource_order import ResourceOrder

VALUES, POOL, VALUE = "resourceCharacteristic", "resourcePool", "value"


class Lined(Protocol):
    """What is known of a line: what to do with which resource, as the order itself says it."""

    @property
    def path(self) -> str:
        """Where the line stands in the order."""

    @property
    def action(self) -> str:
        """What is to be done."""

    @property
    def content(self) -> dict[str, Json]:
        """The JSON of the resource in the order."""

    @property
    def specification(self) -> str | None:
        """The id of what the resource is specified by."""


def take_values(
    work: Work,
    edits: Edits,
    order: ResourceOrder,
    lines: Sequence[Lined],
    specifications: Mapping[str, Specification],
) -> list[Fault]:
    """Reserve values for the lines that take one, all or none, and write them into the order.

    Returns what is wrong where a pool has not what is asked for.
    """
    wanted = [(one, ident) for one in lines if (ident := _pool_of(edits, one, specifications))]
    if not wanted:
        return []
    pools = work.many(ResourcePool, [ident for _, ident in wanted])
    customer = customer_of(order.related_party)
    faults: list[Fault] = []
    found: list[tuple[Lined, dict[str, Json]]] = []
    try:
        with work.connection.transaction():
            for line, ident in wanted:
                pool = pools.get(ident)
                if pool is not None:
                    found.append((line, _claimed(work, pool, line, order.id, customer)))
    except Conflict as refusal:
        faults.append(Fault(wanted[len(found)][0].path, refusal.code, refusal.message))
    if not faults:
        for line, content in found:
            line.content.update(content)
    return faults


def _pool_of(edits: Edits, line: Lined, specifications: Mapping[str, Specification]) -> str | None:
    """Return the id of the pool that a line takes a value from."""
    if line.action == "add":
        specification = specifications.get(line.specification or "")
        if not isinstance(specification, ResourceSpecification):
            return None
        return specification.resource_pool.id if specification.resource_pool is not None else None
    if line.action not in {"modify", "change"} or not line.content.get(VALUES):
        return None
    record = edits.one(Resource, str(line.content.get("id")))
    if record is None or record.resource_pool is None:
        return None
    is_same = any(one.get("value") == record.value for one in line.content[VALUES])
    return None if is_same else record.resource_pool.id


def _claimed(
    work: Work, pool: ResourcePool, line: Lined, root: str, customer: str | None
) -> dict[str, Json]:
    """Return what the resource of a line says with its value."""
    listed = [dict(one) for one in line.content.get(VALUES) or ()]
    said = next(
        (one.get("value") for one in listed if one.get("name") == pool.characteristic), None
    )
    said = said or line.content.get(VALUE)
    if line.action != "add" and not said:
        return {}
    text = str(said) if said not in (None, "") else None
    taken = claim(work, pool, value=text, root=root, customer=customer)
    given = {pool.characteristic: taken.value, **taken.companion}
    others = [one for one in listed if one.get("name") not in given]
    values: list[Json] = [*others, *({"name": n, "value": v} for n, v in given.items())]
    if line.action != "add":
        return {VALUES: values}
    return {VALUES: values, VALUE: taken.value, POOL: {"id": pool.id, "name": pool.name}}
