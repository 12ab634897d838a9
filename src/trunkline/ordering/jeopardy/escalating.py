"""Escalating: who is told that the service level of a step is broken, each breach once."""

from __future__ import annotations

from datetime import datetime

from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy import step_sla
from trunkline.ordering.jeopardy.policies import Policies
from trunkline.ordering.plan_item import Plan, altered
from trunkline.workspace.notes import Told
from trunkline.workspace.notifications import notice_of

HOLDERS = """
select u.principal::text from principal_role r
join principal p on p.id = r.principal join user_account u on u.principal = p.id
where r.role = %s and p.active and (r.ends_at is null or r.ends_at > %s) limit 100
"""


def holders(work: Work, role: str) -> list[str]:
    """Return who holds a role now."""
    rows = work.connection.execute(HOLDERS, [role, work.services.machine_now()]).fetchall()
    return [row[0] for row in rows]


def escalate(
    work: Work, plan: Plan, in_force: Policies, stopped_at: datetime | None,
    *, key: str, kind: str, address: str,
) -> list[Told]:  # fmt: skip
    """Note on the steps of a plan which of them broke their service level; return whom to tell.

    `key`, `kind` and `address` are those of the order. Whoever was told before is not told again.
    """
    found: list[Told] = []
    for step in [one for one in plan if one.sla is not None and not one.sla.get("told")]:
        calendar = in_force.calendar(step)
        if not step_sla.is_broken(step, work.now, calendar, stopped_at):
            continue
        reached = step_sla.limits(step)[1][1]
        plan.put(altered(step, sla={**step.sla, "told": reached}))
        role = step.sla.get("escalateTo")
        if role:
            what = f"{key}: {step.title or step.name}"
            said = {"what": what, "level": reached}
            notice = notice_of("danger", "danger", said, address, record=(kind, plan.root))
            found.append(Told(holders(work, role), notice))
    return found
