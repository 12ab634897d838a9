"""Price history: which prices of a product end, and which begin, when an order changes it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.shared.period import TimePeriod, end_of
from trunkline.shared.price import ProductPrice

ONCE = "onetime"


def succeeded(
    held: Sequence[ProductPrice],
    new: Sequence[ProductPrice],
    *,
    since: datetime,
    is_other_offering: bool,
) -> list[ProductPrice]:
    """Return the prices of a product of which some are followed by new ones at an instant.

    A price ends where a new one of its type begins; with another offering every price ends that is
    not charged once only. A price that stays the same goes on as it is; one that had not begun by
    then has never been in force and is left out.
    """
    same = [_content(one) for one in held if is_current(one, since)]
    beginning = [one for one in new if _content(one) not in same]
    kept = [_content(one) for one in new]
    types = {_type(one) for one in new}
    found: list[ProductPrice] = []
    for one in held:
        is_followed = _type(one) in types or (is_other_offering and _type(one) != ONCE)
        if not is_current(one, since) or not is_followed or _content(one) in kept:
            found.append(one)
        elif one.valid_for is None or _began_before(one.valid_for, since):
            found.append(_limited(one, TimePeriod(end_date_time=since)))
    return found + [_limited(one, TimePeriod(start_date_time=since)) for one in beginning]


def is_current(price: ProductPrice, at: datetime) -> bool:
    """Tell whether a price has not ended at an instant."""
    end = end_of(price.valid_for)
    return end is None or end > at


def _began_before(period: TimePeriod, at: datetime) -> bool:
    return period.start_date_time is None or period.start_date_time < at


def _limited(price: ProductPrice, limit: TimePeriod) -> ProductPrice:
    """Return a price with a start or an end, and what else it says of its validity."""
    held = price.valid_for.raw if price.valid_for is not None else {}
    raw: dict[str, Json] = copied(price.raw)
    raw["validFor"] = {**held, **limit.raw}
    return ProductPrice.wrap(raw)


def _content(price: ProductPrice) -> dict[str, Json]:
    """Return what a price says, whenever it holds."""
    return {name: value for name, value in price.raw.items() if name != "validFor"}


def _type(price: ProductPrice) -> str:
    return "".join(one for one in price.price_type.lower() if one.isalpha())
