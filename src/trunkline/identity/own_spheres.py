"""Own spheres: in which teams, territories and the like a user or client works.

Rights that are limited to own values are limited to these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkline.database.connection import Connection
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.limits import ENTERED, SPHERE
from trunkline.identity.change import changing
from trunkline.identity.holding import settled
from trunkline.identity.rights import must_administer, must_hold, no_principal, read_actor
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services

SPHERES_MAX = 200


def set_own_spheres(
    services: Services,
    *,
    by: Actor,
    principal: str,
    spheres: Iterable[str],
    connection: Connection | None = None,
) -> bool:
    """Say in which spheres a user or client works; return False where they are these already.

    Refuses (403) where that gave it rights that the actor does not hold.
    """
    wanted = sorted(set(spheres))
    refuse(list(sphere_faults(wanted)))
    with changing(services, connection) as change:
        must_administer(services, change, by=by, principal=principal)
        done = change.execute(
            "update principal set lies_in = %s where id = %s and lies_in is distinct from %s",
            [wanted, principal, wanted],
        )
        after = read_actor(change, principal=principal, now=services.machine_now())
        if after is None:
            raise no_principal()
        must_hold(services.registry, by, after.grants)
        return settled(
            services, change, by=by, action="setSpheres", principal=principal,
            is_done=bool(done.rowcount),
        )  # fmt: skip


def sphere_faults(spheres: Iterable[str]) -> Iterator[Fault]:
    """Yield what is wrong with the spheres of a user or client."""
    named = list(spheres)
    if len(named) > SPHERES_MAX:
        yield Fault("liesIn", "tooMany", f"takes {SPHERES_MAX} at most")
    for one in named:
        if not SPHERE.fullmatch(one) or one.startswith(f"{ENTERED}:") or one.endswith(":$own"):
            yield Fault("liesIn", "sphereName", f"write dimension:value, not {one[:80]}")
