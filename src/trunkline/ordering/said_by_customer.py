"""What a customer said while ordering: the terms that were accepted, the costs that were seen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from trunkline.documents.shape import PERSONAL, Limits
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money


class AcceptedTerms(Extensible, targets=("TermsOfSale",)):
    """Terms that a customer accepted: in which version, when, and who said so.

    Who orders names the record and the version that was read; the rest is filled in by us.
    """

    id: str
    href: str | None = None
    name: str | None = None
    version: Annotated[str | None, Limits(length_max=40)] = None
    accepted_at: datetime | None = None
    accepted_by: Annotated[str | None, PERSONAL] = None
    referred_type: str | None = None


class CostConfirmation(Extensible):
    """What a customer has seen of the costs before ordering: a month before and after, and once.

    It is compared with what the order comes to, so that nobody confirms something else.
    """

    monthly_before: Money | None = None
    monthly_after: Money | None = None
    once: Money | None = None
    confirmed_at: datetime | None = None
