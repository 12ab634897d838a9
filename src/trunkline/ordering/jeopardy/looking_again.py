"""Looking again: the dates of open orders follow what is changed in policies and calendars."""

from __future__ import annotations

from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.delivery_policy import DeliveryPolicy
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar

EACH_SECOND = 20
"""So many orders are looked at again in a second, so that those that move are not kept waiting."""
AGAIN = """
with each as (select root, row_number() over (order by check_at, root) as place from plan_outlook)
update plan_outlook o set looks = 0,
  check_at = least(o.check_at, %(now)s + (e.place / %(each)s) * interval '1 second')
from each e where e.root = o.root
"""


@on(
    event(WorkingCalendar, "created"),
    event(WorkingCalendar, "changed"),
    event(WorkingCalendar, "deleted"),
    event(DeliveryPolicy, "created"),
    event(DeliveryPolicy, "changed"),
    event(DeliveryPolicy, "deleted"),
)
def dates_follow_policies(work: Work, _kept: WorkingCalendar | DeliveryPolicy) -> None:
    """Look at the dates of all open orders again by the policies and calendars of now."""
    work.connection.execute(AGAIN, {"now": work.now, "each": EACH_SECOND})
