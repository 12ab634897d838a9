"""The payment of a deposit, as it stands in the header task that asks for it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from trunkline.documents.shape import SENSITIVE
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

PaymentState: TypeAlias = Literal[
    "requested", "authorized", "captured", "refused", "returning", "refunded"
]
MOVING = ("requested", "authorized", "returning")
"""The states in which something is asked of the provider."""


class TaskPayment(Extensible):
    """How far a deposit is paid.

    `token` stands for the payer's card and goes once it was used. `attempt` counts tokens. `code`
    and `problem` say what went wrong last; `returning` is what is on its way back, `returned` what
    was given back so far.
    """

    state: PaymentState
    attempt: int
    token: Annotated[str | None, SENSITIVE] = None
    external_id: str | None = None
    returning: Money | None = None
    returned: Money | None = None
    returns: int | None = None
    code: str | None = None
    problem: str | None = None
