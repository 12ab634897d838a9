"""Numbers and other values of pools that are kept for a positive answer until it expires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.snapshot import load
from trunkline.documents.errors import Conflict
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import Wanted, move, take, value_in
from trunkline.kernel.work import Work
from trunkline.qualification.check_offering import OfferingQualificationItem
from trunkline.qualification.going_together import components
from trunkline.qualification.parts import ReservedValue, UnavailabilityReason
from trunkline.shared.reference import ResourcePoolRef

NONE_LEFT = "noValueLeft"


def keep_values(
    work: Work, item: OfferingQualificationItem, *, customer: str | None, until: datetime
) -> list[ReservedValue]:
    """Reserve a value of each pool that an offering takes one from; what is kept already stays.

    Where a pool is empty the item says so, and the rest is kept.
    """
    pools = _pools(work, item)
    held = {
        one.resource_pool.id: one
        for one in (item.reservation.resource_value if item.reservation is not None else ())
        if (pool := pools.get(one.resource_pool.id)) is not None and _is_kept(work, pool, one.value)
    }
    for ident, pool in pools.items():
        if ident in held:
            continue
        try:
            (found,) = take(work, pool, Wanted(customer=customer), root=None, until=until)
        except Conflict as refusal:
            _say_empty(item, refusal.message)
            continue
        reference = ResourcePoolRef(id=pool.id, name=pool.name)
        held[ident] = ReservedValue(
            resource_pool=reference, characteristic=pool.characteristic, value=found.value
        )
    return list(held.values())


def free_values(work: Work, kept: Iterable[ReservedValue]) -> None:
    """Release what is still kept of these values; what an order has taken stays."""
    for one in kept:
        pool = work.get(ResourcePool, one.resource_pool.id)
        found = value_in(work, pool, one.value) if pool is not None else None
        if pool is None or found is None or found.root is not None:
            continue
        if found.state == "reserved":
            move(work, pool, "release", one.value, reservation=found.reservation)


def _pools(work: Work, item: OfferingQualificationItem) -> dict[str, ResourcePool]:
    if item.product_offering is None or item.action not in (None, "add"):
        return {}
    catalog = load(work, [item.product_offering.id])
    offering = catalog.offerings.get(item.product_offering.id)
    named = []
    for one in components(catalog, offering) if offering is not None else ():
        own = load(work, [one.id]) if one.is_bundle is not True and one is not offering else catalog
        named += [] if one.is_bundle else list(_named(own.resource_specifications.values()))
    found = work.many(ResourcePool, named)
    return {ident: one for ident, one in found.items() if one.status != "closed"}


def _named(specifications: Iterable[ResourceSpecification]) -> Iterator[str]:
    for one in specifications:
        if one.resource_pool is not None:
            yield one.resource_pool.id


def _is_kept(work: Work, pool: ResourcePool, value: str) -> bool:
    found = value_in(work, pool, value)
    return found is not None and found.state == "reserved" and (
        found.until is None or found.until > work.now
    )  # fmt: skip


def _say_empty(item: OfferingQualificationItem, message: str) -> None:
    if not any(one.code == NONE_LEFT for one in item.eligibility_unavailability_reason):
        item.eligibility_unavailability_reason = [
            *item.eligibility_unavailability_reason,
            UnavailabilityReason(code=NONE_LEFT, label=message),
        ]
