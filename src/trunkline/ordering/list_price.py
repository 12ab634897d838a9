"""List prices: what an offering costs as the catalog has it, before anything is chosen. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from trunkline.catalog.cardinality import default_counts
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.ordering.intake import order_prices
from trunkline.ordering.price_effect import PriceKind, amounts_of

DEPTH_MAX = 8


def list_price(
    offering: ProductOffering, catalog: CatalogSnapshot, at: datetime
) -> dict[PriceKind, Decimal]:
    """Return what an offering costs by kind, with the parts that it has when nothing is chosen.

    What the catalog's snapshot lacks costs nothing here. A charge of 0 is left out where there is
    another one.
    """
    found: dict[PriceKind, Decimal] = {}
    _add(found, offering, 1, catalog, at, DEPTH_MAX)
    return {kind: amount for kind, amount in found.items() if amount} or found


def _add(
    found: dict[PriceKind, Decimal],
    offering: ProductOffering,
    count: int,
    catalog: CatalogSnapshot,
    at: datetime,
    depth: int,
) -> None:
    for kind, amount in amounts_of(order_prices(catalog.prices_of(offering, at))):
        found[kind] = found.get(kind, Decimal(0)) + amount * count
    for ident, parts in default_counts(offering).items() if depth else ():
        part = catalog.offerings.get(ident)
        if part is not None and parts:
            _add(found, part, count * parts, catalog, at, depth - 1)
