"""Acting in a session: for whom somebody acts on the pages, until they end it or sign out.

Whether they may is asked anew with each request, by whoever knows responsibilities.
"""

from __future__ import annotations

from trunkline.identity.change import changing, log
from trunkline.identity.tokens import digest
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services, bump_generation


def act_for(services: Services, *, by: Actor, token: str, served: str | None) -> bool:
    """Let a session act for somebody from the next request on, or with None for oneself again.

    Returns False where it does already. `by` is the person whose session it is.
    """
    with changing(services) as change:
        done = change.execute(
            "update session set acting_for = %s where hash = %s and principal = %s "
            "and viewing is null and acting_for is distinct from %s",
            [served, digest(token), by.id, served],
        )
        if done.rowcount:
            action = "actFor" if served else "endActFor"
            log(services, change, by=by, action=action, subject=served, kind="record")
            bump_generation(change)
    return bool(done.rowcount)
