"""Payments: a port behind which any payment provider may stand.

An amount is reserved by a token of the payer, then taken, and given back where the order comes to
nothing. What is sent stands under a key: sent twice it counts once, and where no answer came it is
asked what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from trunkline.kernel.services import Services

PaymentAction: TypeAlias = Literal["authorize", "capture", "refund"]


@dataclass(frozen=True)
class PaymentRequest:
    """What is asked of a provider; `token` to reserve, `payment` (their id) for what follows."""

    action: PaymentAction
    key: str
    amount: Decimal
    unit: str
    about: str
    token: str | None = None
    payment: str | None = None


@dataclass(frozen=True)
class PaymentAnswer:
    """What a provider says: done, refused for good, or still at it."""

    kind: Literal["done", "refused", "pending"]
    payment: str | None = None
    code: str | None = None
    message: str | None = None


class Payments(Protocol):
    """A payment provider. Raises Unavailable (not sent) and OutcomeUnknown (no answer)."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        """Send a request and return what is said."""

    def find(self, request: PaymentRequest) -> PaymentAnswer | None:
        """Return what became of a request, None where it never came."""


_PORT = "payments"


def use_payments(services: Services, payments: Payments | None) -> None:
    """Let deposits be paid by a provider."""
    services.extra[_PORT] = payments


def payments_of(services: Services) -> Payments | None:
    """Return the provider that is connected, or None."""
    found: Payments | None = services.extra.get(_PORT)
    return found
