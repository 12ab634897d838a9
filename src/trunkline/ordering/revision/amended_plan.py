"""The plan's tables where a running plan is amended: more of a step changes than on its way."""

from __future__ import annotations

from trunkline.documents.decode import encode
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.revision.amending import Amended

CHANGED = (
    ("name", "text"), ("title", "text"), ("action", "text"), ("specification", "uuid"),
    ("former", "json"), ("place", "json"), ("wants", "json"), ("links", "json"),
    ("role", "text"), ("duration_minutes", "integer"), ("needs", "uuid[]"), ("design", "json"),
)  # fmt: skip
"""What of a step changes with its order beside what changes on its way."""

UPDATE = f"""
update plan_item p set {", ".join(f"{name} = n.{name}" for name, _ in CHANGED)}
from json_to_recordset(%s::json)
  as n(id uuid, {", ".join(f"{name} {kind}" for name, kind in CHANGED)})
where p.id = n.id
"""  # noqa: S608 - the names of our own columns


def write_amended(work: Work, plan: Plan, amended: Amended) -> None:
    """Write what an amendment has changed; the rest is written with the plan.

    What is sent under another key keeps its former one, so that a late answer is recognised. Work
    that waits to call a step stays, since it may be about others, too: it passes over steps that
    have ended, and asks about those that others call already.
    """
    for item in amended.retry:
        plan_store.keep_former_key(work, item)
    changed = [plan.items[ident] for ident in plan.changed]
    if changed:
        work.connection.execute(UPDATE, [encode(changed).decode()])
