"""Carried values: what of a product's values goes on under another offering. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from trunkline.catalog.configuration import Allowed, completed
from trunkline.shared.characteristic import Characteristic


def replaced(
    allowed: Allowed, held: Iterable[Characteristic], said: Collection[str | None]
) -> list[Characteristic]:
    """Return the values that another offering brings along in place of those that it does not have.

    What the product holds goes on where the offering allows it. Where not, and where the product
    holds nothing, the offering's default comes; what has none is left to who orders. What is
    `said` of the change counts as it is.
    """
    values: dict[str | None, list[Characteristic]] = {}
    for one in held:
        values.setdefault(one.name, []).append(one)
    found: list[Characteristic] = []
    for name, kept in allowed.items():
        own = values.get(name, [])
        if name in said or (own and not completed({name: kept}, own, path=name)[1]):
            continue
        found += completed({name: kept}, (), path=name)[0]
    return found
