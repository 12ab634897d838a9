"""Quantities and durations: numbers that carry their unit."""

from __future__ import annotations

from decimal import Decimal

from trunkline.documents.shape import Shape


class Quantity(Shape):
    """An amount in a unit, such as 1000 Mbps."""

    amount: Decimal | None = None
    units: str | None = None


class Duration(Shape):
    """A whole number of units of time, such as 24 months."""

    amount: int | None = None
    units: str | None = None
