"""Termination rules: what it costs to end a product before the end of its commitment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

TerminationKind: TypeAlias = Literal["fixed", "remainingMonths", "percent", "declining"]


class TerminationRule(Extensible):
    """How the fee for an early end is counted.

    `fixed`: the `amount`. `remainingMonths`: what is paid every month, for each month that is left
    or begun. `percent`: `percent` of that. `declining`: the part of the `amount` that the months
    left are of all months.
    """

    kind: TerminationKind
    amount: Money | None = None
    percent: Decimal | None = None


def termination_rule_faults(rule: TerminationRule | None, path: str) -> Iterator[Fault]:
    """Yield what a rule lacks: an amount of 0 or more with its currency, or a percentage."""
    if rule is None:
        return
    if rule.kind in ("fixed", "declining"):
        amount = rule.amount
        if amount is None or amount.unit is None or amount.value is None or amount.value < 0:
            message = "name an amount of 0 or more and its currency"
            yield Fault(f"{path}.amount", "terminationRuleInvalid", message)
    elif rule.kind == "percent" and (rule.percent is None or not 0 <= rule.percent <= 100):
        yield Fault(f"{path}.percent", "terminationRuleInvalid", "name a percentage of 0 to 100")
