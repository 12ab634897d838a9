"""Retries: after which failure a step is tried again, how often and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.repair.failure_policies import failure_policies
from trunkline.ordering.repair.failure_policy import TRIES_MAX, ErrorKind

EXTRA = "ordering.retry_policy"


@dataclass(frozen=True)
class RetryPolicy:
    """What holds where neither a plan definition nor a failure policy says anything.

    Pauses in seconds before the next try, one per failure; when they are used up, fallout. A
    command that the network has taken is asked for after `ask_first_s`, then at doubling intervals
    up to `ask_max_s`, in case its call-back was lost.
    """

    technical: tuple[float, ...] = (1, 4, 15, 60, 240)
    unknown: tuple[float, ...] = (1, 4, 15, 60, 240, 900)
    ask_first_s: float = 30
    ask_max_s: float = 3600

    def pauses(self, kind: ErrorKind) -> Sequence[float]:
        """Return the pauses after failures of a kind; what is refused is not tried again."""
        return {"technical": self.technical, "unknown": self.unknown, "business": ()}[kind]

    def ask_pause_s(self, waited_s: float) -> float:
        """Return when to ask again for a command that was taken so many seconds ago."""
        return min(self.ask_max_s, max(self.ask_first_s, waited_s))


STANDARD = RetryPolicy()


def policy_of(services: Services) -> RetryPolicy:
    """Return the policy of this process."""
    found = services.extra.get(EXTRA)
    return found if isinstance(found, RetryPolicy) else STANDARD


def pause_s(work: Work, item: PlanItem, kind: ErrorKind, code: str, failures: int) -> float | None:
    """Return the pause after so many failures of a kind in a row, None where it is fallout.

    What its plan definition says of a step counts first, then what was set for this process, then
    the failure policies.
    """
    pauses = _pauses(work, item, kind, code)[:TRIES_MAX]
    return pauses[failures - 1] if failures <= len(pauses) else None


def _pauses(work: Work, item: PlanItem, kind: ErrorKind, code: str) -> Sequence[float]:
    said = item.design["item"].get("retry") if item.design is not None else None
    own = said.get(kind) if said else None
    if own is not None:
        return tuple(own)
    process = policy_of(work.services)
    if process is not STANDARD:
        return process.pauses(kind)
    found = failure_policies(work).pauses(item, kind, code)
    return process.pauses(kind) if found is None else found


def use_policy(services: Services, policy: RetryPolicy) -> None:
    """Let a policy hold in this process, whatever failure policies say."""
    services.extra[EXTRA] = policy
