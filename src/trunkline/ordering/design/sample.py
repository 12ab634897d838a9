"""Samples: an order of an offering with its default values, for plans that nobody has sold yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from trunkline.catalog.cardinality import default_counts
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.option import Bounds
from trunkline.catalog.snapshot import CatalogSnapshot, load
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.design.picking import Trial
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.simulation import SimulationResult, simulate

NOT_ASKED = frozenset(
    {"customerMissing", "billingAccountMissing", "placeMissing", "offeringNotOnSale",
     "priceMissing"}
)  # fmt: skip
"""What a sample lacks since nobody orders it, and what a new offering may still lack."""
DEPTH_MAX = 5
WORDS: Mapping[str, Json] = {
    "boolean": True,
    "integer": 1,
    "decimal": 1,
    "date": "2030-01-01",
    "dateTime": "2030-01-01T00:00:00Z",
    "duration": "P1D",
    "email": "sample@example.com",
    "uri": "https://example.com",
    "object": {},
}
"""What stands for a value of a type that has to be given and has neither default nor choice."""


def try_with(work: Work, offering: str, trial: Trial) -> SimulationResult:
    """Return what an order of an offering with its default values would do by a plan.

    Refuses (404) an offering that there is not. That it has no customer is not said of it.
    """
    found = simulate(work, sample_of(work, offering), trial=trial)
    return replace(found, faults=tuple(one for one in found.faults if one.code not in NOT_ASKED))


def sample_of(work: Work, offering: str) -> ProductOrder:
    """Return an order of an offering, named by id, key or name, for nobody and for no place.

    Of a bundle's parts it has as many as when nothing is chosen. What has to be given and has no
    default takes the first value that is allowed.
    """
    found = work.get(ProductOffering, offering)
    found = found or next(iter(work.find(ProductOffering, {"name": offering}, limit=1)), None)
    if found is None:
        raise NotFound("notFound", f"there is no product offering {offering}")
    catalog = load(work, [found.id])
    items = list(_items(catalog, found.id, "1", 1, work.now))
    return ProductOrder.wrap({"productOrderItem": items})


def _items(
    catalog: CatalogSnapshot, ident: str, name: str, quantity: int, at: datetime, depth: int = 0
) -> Iterator[dict[str, Json]]:
    offering = catalog.offerings.get(ident)
    if offering is None or quantity < 1 or depth > DEPTH_MAX:
        return
    item: dict[str, Json] = {"id": name, "action": "add", "quantity": quantity,
                             "productOffering": {"id": ident, "name": offering.name}}  # fmt: skip
    specification = catalog.specification_of(offering)
    if specification is not None:
        allowed = catalog.allowed(specification, offering, at)
        values: list[Json] = [
            {"name": each, "value": _value(one)} for each, (_, one) in allowed.items()
            if one.minimum > 0 and not one.defaults and not one.is_fixed
        ]  # fmt: skip
        item["product"] = {"productCharacteristic": values}
    parts: list[Json] = []
    for number, (part, count) in enumerate(default_counts(offering).items(), start=1):
        parts += _items(catalog, part, f"{name}.{number}", count, at, depth + 1)
    if parts:
        item["productOrderItem"] = parts
    yield item


def _value(allowed: Bounds) -> Json:
    """Return a value that a characteristic may hold: the first option, else one of its type."""
    options = [one for choices in reversed(allowed.choices) for one in choices]
    said = (one.value if one.value is not None else one.value_from for one in options)
    other = WORDS.get(allowed.type.kind, "sample")
    value = next((one for one in said if one is not None), other)
    return [value] if allowed.type.is_array else value
