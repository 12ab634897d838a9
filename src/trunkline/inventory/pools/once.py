"""Once: a value of a pool is that of one resource at most, also of those that no order has made."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import value_in
from trunkline.inventory.resource import Resource
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.program import as_program

USED = frozenset({"active", "busy"})
BY = "pools"


@rule(Resource)
def value_is_had_once(work: Work, old: Resource | None, new: Resource) -> Iterator[Fault]:
    """Refuse to bring a resource into use with a value of a pool that another one has."""
    named, value = new.resource_pool, new.value
    is_new = old is None or (old.value, old.usage_state) != (value, new.usage_state)
    if not is_new or named is None or value is None or new.usage_state not in USED:
        return
    if work.actor.kind == "system":
        return
    program = as_program(work, BY)
    for one in program.find(Resource, {"value": value}, limit=10):
        theirs = one.resource_pool
        is_same = theirs is not None and theirs.id == named.id
        if is_same and one.id != new.id and one.usage_state in USED:
            message = f"{value} is that of {one.key}, which is in use; correct one of them"
            yield Fault("value", "conflictTaken", message)
            return
    pool = program.get(ResourcePool, named.id)
    held = value_in(program, pool, value) if pool is not None else None
    if held is not None and held.root is not None and held.resource != new.id:
        message = f"{value} is {held.state} in {named.name or named.id}; choose another one"
        yield Fault("value", "conflictTaken", message)
