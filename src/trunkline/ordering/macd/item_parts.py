"""What an item says of suspending, ending and handing over a product, beside TM Forum's words."""

from __future__ import annotations

from typing import Literal, TypeAlias

from trunkline.documents.shape import many
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

Answer: TypeAlias = Literal["accepted", "declined"]


class TerminationFee(Extensible):
    """What ending a product before the end of its commitment costs, and how that comes about.

    `amount` is what the commitments come to; a fee that is waived is not charged.
    """

    amount: Money | None = None
    is_waived: bool | None = None
    explanation: list[str] = many()


class SaveOfferAnswer(Extensible, targets=("SaveOffer",)):
    """An offer to stay that was made to the customer, and the answer."""

    id: str
    name: str | None = None
    href: str | None = None
    answer: Answer
    referred_type: str | None = None
