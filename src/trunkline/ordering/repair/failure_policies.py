"""The failure policies in force, and those that every installation begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.governance.configured import all_of, configured
from trunkline.governance.shipping import first_shipped
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.design.outside_system import NETWORK
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.repair.failure_policy import ErrorKind, FailurePolicy, StepKind

LAST = 1_000_000
SHIPPED = "failure policies"
STANDARD: tuple[tuple[str, ErrorKind, tuple[int, ...]], ...] = (
    ("Not reached", "technical", (1, 4, 15, 60, 240)),
    ("Answer lost", "unknown", (1, 4, 15, 60, 240, 900)),
    ("Refused", "business", ()),
)
"""What installations begin with: name, kind of error and pauses, after all others."""


@dataclass(frozen=True)
class FailurePolicies:
    """All policies that are on, in their order."""

    listed: Sequence[FailurePolicy] = ()

    def pauses(self, item: PlanItem, kind: ErrorKind, code: str) -> tuple[int, ...] | None:
        """Return the pauses after a failure of a step, None where no policy is about it."""
        for one in self.listed:
            if (
                kind in one.error_kind
                and (not one.error_code or code in one.error_code)
                and (not one.system or (item.system or NETWORK) in one.system)
                and (not one.step_kind or kind_of(item) in one.step_kind)
            ):
                return tuple(one.pause_seconds)
        return None


def kind_of(item: PlanItem) -> StepKind:
    """Return whether a step hands a change of a record over, or calls a system by a request."""
    return "callout" if item.design is not None and item.action is None else "activation"


def failure_policies(work: Work) -> FailurePolicies:
    """Return the policies in force."""
    return configured(work, FailurePolicies, _read)


def _read(connection: Any) -> FailurePolicies:
    found = [one for one in all_of(connection, FailurePolicy) if one.is_active is not False]
    found.sort(key=lambda one: LAST if one.position is None else one.position)
    return FailurePolicies(tuple(found))


def ensure_failure_policies(services: Services) -> list[str]:
    """Make the policies that are shipped, unless that was done before; return their names.

    What was made once is the operator's: neither edited again nor brought back.
    """
    with as_system(services, "setup") as work:
        if not first_shipped(work, [SHIPPED]):
            return []
        work.add(
            *(
                FailurePolicy.wrap(
                    {"name": name, "position": 1000 + 10 * index, "isActive": True,
                     "errorKind": [kind], "pauseSeconds": list(pauses)}
                )
                for index, (name, kind, pauses) in enumerate(STANDARD)
            )
        )  # fmt: skip
    return [name for name, _, _ in STANDARD]
