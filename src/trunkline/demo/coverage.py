"""The demonstration operator's coverage map: fibre by town and street, fast, slow, or to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from trunkline.demo.people import COUNTRY, STREETS, TOWNS
from trunkline.documents.shape import format_instant
from trunkline.kernel.work import Work
from trunkline.qualification.coverage_area import CoverageArea

FIBRE = "Fibre Access"
SPEEDS: Mapping[str, tuple[int, int]] = {
    "Nordhaven": (1000, 500), "Eastmere": (1000, 500), "Westerlin": (1000, 500),
    "Millbrook": (1000, 500), "Fairfield": (500, 250), "Highmoor": (100, 50),
}  # fmt: skip
"""Towns with fibre in every street, and how fast it is there."""

FASTEST = {"Nordhaven": ("Harbour Street", "Market Square")}
"""Streets with the newest technology, and few lines left."""

BY_STREET = {"Southgate": STREETS[:9], "Lakeside": STREETS[:4]}
BUILT_SOON = {"Southgate": STREETS[9:12], "Lakeside": STREETS[4:10]}
"""Towns that are being built: the streets with fibre, and those that get it soon."""

SOON = timedelta(days=75)


def add_coverage(work: Work, services: Mapping[str, str]) -> None:
    """Store the map for the service specifications, found by their names."""
    work.add(*(CoverageArea.wrap(one) for one in _rows(work, services[FIBRE])))


def _rows(work: Work, specification: str) -> Iterator[dict[str, Any]]:
    soon = format_instant((work.now + SOON).replace(hour=6, minute=0, second=0, microsecond=0))
    for postcode, city in TOWNS:
        town = {
            "serviceSpecification": {"id": specification, "name": FIBRE}, "technology": "GPON",
            "country": COUNTRY, "city": city, "postcodeFrom": postcode,
        }  # fmt: skip
        if city in SPEEDS:
            down, up = SPEEDS[city]
            yield {**town, "name": city, "maxDownloadSpeed": down, "maxUploadSpeed": up}
        for street in FASTEST.get(city, ()):
            fast = {"technology": "XGS-PON", "maxDownloadSpeed": 10000, "maxUploadSpeed": 10000}
            spot = {"name": f"{street}, {city}", "streetName": street, "capacity": 12}
            yield {**town, **spot, **fast}
        for street in (*BY_STREET.get(city, ()), *BUILT_SOON.get(city, ())):
            later = {"availableFrom": soon} if street in BUILT_SOON[city] else {}
            yield {**town, "name": f"{street}, {city}", "streetName": street, **later,
                   "maxDownloadSpeed": 1000, "maxUploadSpeed": 500}  # fmt: skip
