"""The credit check: a port behind which any house that knows how customers pay may stand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from trunkline.kernel.services import Services
from trunkline.ordering.capture.header_task import TaskResult


@dataclass(frozen=True)
class CreditQuestion:
    """Who wants to buy for how much.

    `names` are those under which the customer is known here: id, key and code. `once` and
    `monthly` are in the currency `unit`, None where the order has none.
    """

    names: tuple[str, ...]
    order: str
    once: Decimal
    monthly: Decimal
    unit: str | None


@dataclass(frozen=True)
class CreditAnswer:
    """What the check says: accept, accept with a deposit, or stop; and why."""

    result: TaskResult
    reason: str = ""
    deposit: Decimal | None = None
    unit: str | None = None


class CreditCheck(Protocol):
    """A house that knows how customers pay; asking changes nothing, so there is nothing to undo."""

    def ask(self, question: CreditQuestion) -> CreditAnswer | None:
        """Return its answer, None where it knows nothing. Raises Unready where it is away."""


_PORT = "credit_check"


def use_credit_check(services: Services, check: CreditCheck) -> None:
    """Let the credit of customers be checked there."""
    services.extra[_PORT] = check


def credit_check_of(services: Services) -> CreditCheck | None:
    """Return the check that is connected, or None."""
    found: CreditCheck | None = services.extra.get(_PORT)
    return found
