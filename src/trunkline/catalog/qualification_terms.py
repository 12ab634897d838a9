"""Terms of qualification: who may have an offering, and how long an answer about it holds."""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import Limits, many
from trunkline.shared.extensible import Extensible


class QualificationTerms(Extensible):
    """To whom something is sold, and for how many days the answer that it can be had holds.

    Types and segments are those of customers; without any all may have it. The score is the
    least and the rating the highest that a credit profile in force may say.
    """

    valid_days: Annotated[int | None, Limits(minimum=1)] = None
    customer_type: list[str] = many()
    customer_segment: list[str] = many()
    credit_score_minimum: int | None = None
    credit_risk_rating_maximum: int | None = None
