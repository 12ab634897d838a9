"""Settling: values of pools brought to where the steps of an order leave their resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.inventory.pools.following import Follows, follow
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.edits import Edits
from trunkline.ordering.installed import values_of
from trunkline.ordering.plan_item import Plan, PlanItem

POOL, VALUE = "resourcePool", "value"


def settle_pools(work: Work, edits: Edits, plan: Plan, ended: Sequence[PlanItem]) -> None:
    """Assign, free or rest the values of resources that steps have begun, ended or given back.

    What was never used, or is taken back, is free at once; what served somebody rests first.
    """
    changed = [
        (resource, load(body))
        for resource, body in edits.taken(Resource)
        if POOL in resource.raw and encode(resource.raw) != body
    ]
    left = [one for one in ended if _is_left_change(edits, one)]
    if not changed and not left:
        return
    pools = work.many(ResourcePool, _pool_ids(edits, changed, left))
    resting = {
        one.resource
        for one in ended
        if one.action == "delete" and one.direction == "do" and one.state == "completed"
    }
    taken_back = {one.resource for one in ended if one.direction == "undo"}
    found: list[Follows] = []
    for resource, before in changed:
        pool = pools.get(resource.raw[POOL]["id"])
        if pool is not None:
            rests = resource.id in resting
            is_back = resource.id in taken_back
            found += _followed(resource, before, pool, rests=rests, is_back=is_back)
    for item in left:
        known = edits.one(Resource, item.resource)
        pool = pools.get(known.raw[POOL]["id"]) if known is not None else None
        value = item.values.get(pool.characteristic) if pool is not None else None
        if pool is None or known is None or not isinstance(value, str) or value == known.value:
            continue
        found.append(Follows(pool.id, value, known.id, "free"))
    follow(work, plan.root, found)


def _is_left_change(edits: Edits, item: PlanItem) -> bool:
    """Tell whether a step was to change a resource from a pool and did not."""
    if item.resource is None or item.action != "modify" or item.direction != "do":
        return False
    resource = edits.one(Resource, item.resource) if item.state != "completed" else None
    return resource is not None and POOL in resource.raw


def _pool_ids(
    edits: Edits, changed: Sequence[tuple[Resource, dict[str, Json]]], left: Sequence[PlanItem]
) -> set[str]:
    found = {resource.raw[POOL]["id"] for resource, _ in changed}
    kept = edits.take(Resource, [one.resource for one in left])
    return found | {one.raw[POOL]["id"] for one in kept}


def _followed(
    resource: Resource, before: dict[str, Json], pool: ResourcePool, *, rests: bool, is_back: bool
) -> Iterator[Follows]:
    """Yield what becomes of the values of one resource."""
    value = values_of(resource.resource_characteristic).get(pool.characteristic)
    held = before.get(VALUE)
    if isinstance(value, str) and isinstance(held, str) and value != held:
        resource.value = value
        has_served = before.get("usageState") == "active" or "startOperatingDate" in before
        yield Follows(pool.id, held, resource.id, "rest" if has_served and not is_back else "free")
        if _is_let_go(resource.raw):
            yield Follows(pool.id, value, resource.id, "rest" if rests else "free")
        elif has_served or resource.usage_state == "active":  # one that is suspended, too
            yield Follows(pool.id, value, resource.id, "assign")
        return
    now = resource.value
    if now is None:
        return
    if resource.usage_state == "active" and before.get("usageState") != "active":
        yield Follows(pool.id, now, resource.id, "assign")
    elif _is_let_go(resource.raw) and not _is_let_go(before):
        yield Follows(pool.id, now, resource.id, "rest" if rests else "free")


def _is_let_go(raw: dict[str, Json]) -> bool:
    return raw.get("resourceStatus") == "available" and raw.get("usageState") == "idle"
