"""Shipped dimensions: what every installation may limit rights by from the beginning."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.documents.shape import Json
from trunkline.governance.shipping import first_shipped
from trunkline.governance.spheres.sphere import Sphere
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system

_shipped: dict[str, Mapping[str, Json]] = {}


def ship_sphere(code: str, said: Mapping[str, Json]) -> None:
    """Declare a dimension that every installation has; `said` is its document without the code."""
    if code in _shipped:
        raise ValueError(f"the sphere {code} is shipped twice")
    _shipped[code] = said


def ensure_spheres(services: Services) -> list[str]:
    """Make the shipped dimensions that were never made, and return their codes.

    What was made once is the operator's: neither edited again nor brought back.
    """
    with as_system(services, "setup") as work:
        noted = first_shipped(work, (f"sphere {code}" for code in _shipped))
        made = {name.removeprefix("sphere ") for name in noted}
        there = {one.code for one in work.find(Sphere, {"code": sorted(made)})} if made else set()
        new = [
            Sphere.wrap({"code": code, **said})
            for code, said in _shipped.items()
            if code in made - there
        ]
        if new:
            work.add(*new)
    return [one.code for one in new]
