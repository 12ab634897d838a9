"""Retry policy: after which kind of failure a step is tried again, how often and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from trunkline.kernel.services import Services
from trunkline.ordering.plan_item import PlanItem

FailureKind: TypeAlias = Literal["technical", "unknown", "business"]
EXTRA = "ordering.retry_policy"


@dataclass(frozen=True)
class RetryPolicy:
    """Pauses in seconds before the next try, one per failure; when they are used up, fallout.

    `technical`: the command did not get through. `unknown`: nobody knows whether it did; it is
    asked for. A business failure is never tried again by itself. A command that the network has
    taken is asked for after `ask_first_s`, then at doubling intervals up to `ask_max_s`, in case
    its call-back was lost.
    """

    technical: tuple[float, ...] = (1, 4, 15, 60, 240)
    unknown: tuple[float, ...] = (1, 4, 15, 60, 240, 900)
    ask_first_s: float = 30
    ask_max_s: float = 3600

    def pause_s(self, kind: FailureKind, failures: int) -> float | None:
        """Return the pause after so many failures in a row, None where it is fallout."""
        if kind == "business":
            return None
        pauses = self.technical if kind == "technical" else self.unknown
        return pauses[failures - 1] if failures <= len(pauses) else None

    def ask_pause_s(self, waited_s: float) -> float:
        """Return when to ask again for a command that was taken so many seconds ago."""
        return min(self.ask_max_s, max(self.ask_first_s, waited_s))


def policy_of(services: Services) -> RetryPolicy:
    """Return the policy of this process."""
    found = services.extra.get(EXTRA)
    return found if isinstance(found, RetryPolicy) else RetryPolicy()


def policy_for(item: PlanItem, services: Services) -> RetryPolicy:
    """Return the policy of a step: what its plan definition says, else that of this process."""
    policy = policy_of(services)
    said = item.design["item"].get("retry") if item.design is not None else None
    if not said:
        return policy
    technical, unknown = said.get("technical"), said.get("unknown")
    return replace(
        policy,
        technical=policy.technical if technical is None else tuple(technical),
        unknown=policy.unknown if unknown is None else tuple(unknown),
    )


def use_policy(services: Services, policy: RetryPolicy) -> None:
    """Let a policy hold in this process."""
    services.extra[EXTRA] = policy
