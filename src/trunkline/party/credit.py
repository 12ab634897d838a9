"""Credit: what agencies and we ourselves hold a party's or a role's credit to be worth."""

from __future__ import annotations

from datetime import datetime

from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod


class PartyCreditProfile(Extensible):
    """The rating that an agency gave a party."""

    credit_agency_name: str | None = None
    credit_agency_type: str | None = None
    rating_reference: str | None = None
    rating_score: int | None = None
    valid_for: TimePeriod | None = None


class CreditProfile(Extensible):
    """Our own view of the risk with a customer or another role, at a date."""

    credit_profile_date: datetime
    credit_risk_rating: int | None = None
    credit_score: int | None = None
    valid_for: TimePeriod
