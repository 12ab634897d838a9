"""Agreed: what holds for a customer in the place of what the catalog asks of everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.catalog.price import ProductOfferingPriceRefOrValue
from trunkline.documents.shape import Json

Terms = Sequence[Mapping[str, Json]]


@dataclass(frozen=True)
class Agreed:
    """Prices and terms by offering, and the agreements (by id) that say so.

    The terms under `None` hold for every offering that nothing is said about.
    """

    agreements: Sequence[str] = ()
    prices: Mapping[str, Sequence[ProductOfferingPriceRefOrValue]] = field(default_factory=dict)
    terms: Mapping[str | None, Terms] = field(default_factory=dict)

    def terms_of(self, offering: str) -> Terms:
        """Return the terms that an offering is ordered on; empty where nothing is agreed."""
        return self.terms.get(offering, self.terms.get(None, ()))


NOTHING = Agreed()
