"""Companions: what other modules bring into being with an order, in the same transaction.

It is brought when the order begins, with the products that it makes, and once more before the
order is completed, so that nothing is missing which a change of the order has added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from trunkline.ordering.edits import Edits
from trunkline.ordering.product_order import ProductOrder

Companion: TypeAlias = Callable[[Edits, ProductOrder], None]
_companions: list[Companion] = []


def companion(bring: Companion) -> Companion:
    """Name a function that brings something with an order; called twice it brings it once."""
    _companions.append(bring)
    return bring


def bring_companions(edits: Edits, order: ProductOrder) -> None:
    """Bring what comes with an order."""
    for bring in _companions:
        bring(edits, order)
