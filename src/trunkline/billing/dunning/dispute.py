"""Disputes: who decided about one, and when what was denied is due again by the policy."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from trunkline.billing.account.standing import today
from trunkline.billing.dunning.hold import DunningHold
from trunkline.billing.dunning.seeing import policy_of
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.work import Work
from trunkline.shared.program import as_program

BY = "disputes"


def was_decided(old: DunningHold, new: DunningHold) -> bool:
    """Tell whether a dispute has come to its outcome."""
    return old.outcome is None and new.outcome is not None


@enrich(DunningHold, again=was_decided)
def note_outcome(work: Work, new: DunningHold) -> None:
    """Say who decided about a dispute, and when what was denied is due again."""
    if new.outcome is None:
        return
    new.decided_by, new.decided_at = work.actor.name, work.now
    policy = policy_of(as_program(work, BY), new.billing_account.id)
    days = policy.days_after_dispute if policy is not None else None
    if new.outcome == "denied" and days is not None:  # else it is due as it was before
        now = today(work)
        day = (now + timedelta(days=days)).date()
        new.due_again_date = datetime.combine(day, time(), now.tzinfo)
