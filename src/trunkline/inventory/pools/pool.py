"""Pools: where the values of scarce resources come from, and how long they rest after use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Limits, many
from trunkline.inventory.pools.api import POOLS
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible

PoolType: TypeAlias = Literal[
    "msisdn", "geographicNumber", "sim", "ipAddress", "vlan", "port", "other"
]
PoolStatus: TypeAlias = Literal["active", "closed"]
OWN_SPACE = frozenset({"vlan", "port", "other"})
"""Kinds of which each pool has its own values: every switch has a network 100."""

QUARANTINE_DAYS, RESERVATION_MINUTES = 90, 10


@resource(
    api=POOLS,
    path="resourcePool",
    prefix="POL",
    lifecycle=Lifecycle(
        attribute="status",
        initial="active",
        moves={"active": ("closed",), "closed": ("active",)},
    ),
    immutable=("pool_type", "space"),
    promote=(Promoted("name"), Promoted("poolType"), Promoted("status")),
    columns=("key", "name", "poolType", "status", "warnBelow"),
)
class ResourcePool(Extensible, Document):
    """A pool of values of one kind, each of which one resource has at most.

    `characteristic` names the characteristic that takes the value. Values are unique in a `space`:
    that of all pools of the kind, or the pool's own for what is counted per device. With fewer
    free ones than `warn_below` those in `informed` (logins) are told.
    """

    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, Limits(length_max=500)] = None
    pool_type: PoolType
    characteristic: Annotated[str, Limits(length_max=80, pattern=r"^[A-Za-z][A-Za-z0-9_.]*$")]
    space: Annotated[
        str | None, Limits(length_max=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
    ] = None
    quarantine_days: Annotated[int | None, Limits(minimum=0)] = None
    reservation_minutes: Annotated[int | None, Limits(minimum=1)] = None
    warn_below: Annotated[int | None, Limits(minimum=0)] = None
    informed: list[str] = many()
    status: PoolStatus | None = None

    @property
    def values_space(self) -> str:
        """What the pool's values are unique in."""
        if self.space is not None:
            return self.space
        return f"pool {self.id}" if self.pool_type in OWN_SPACE else self.pool_type

    @property
    def rest_days(self) -> int:
        """How many days a value rests after use."""
        return QUARANTINE_DAYS if self.quarantine_days is None else self.quarantine_days

    @property
    def held_minutes(self) -> int:
        """How many minutes a reservation lasts where it does not say so itself."""
        return self.reservation_minutes or RESERVATION_MINUTES


USED = "select exists (select 1 from pool_value where pool = %s)"


@rule(ResourcePool, deleting=True)
def pool_is_empty(work: Work, pool: ResourcePool) -> Iterator[Fault]:
    """Refuse to remove a pool that has values."""
    if work.connection.execute(USED, [pool.id]).fetchone()[0]:
        yield Fault("", "conflictInUse", f"{pool.key} has values; close it instead")
