"""The demonstration operator's coverage map: fibre by town and street, fast, slow, or to come.

Where a line runs that the map of streets does not hold, the house has a line of its own on the map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from trunkline.demo.people import COUNTRY, STREETS, TOWNS
from trunkline.documents.shape import format_instant
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.qualification.coverage import Question, Whereabouts
from trunkline.qualification.coverage_area import DOWNLOAD, UPLOAD, CoverageArea
from trunkline.qualification.coverage_map import ask_map
from trunkline.qualification.whereabouts import whereabouts

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
LINES_MAX = 5_000
GPON_MAX = 1000


def add_coverage(work: Work, services: Mapping[str, str]) -> None:
    """Store the map for the service specifications, found by their names."""
    work.add(*(CoverageArea.wrap(one) for one in _rows(work, services[FIBRE])))


def add_houses(work: Work, services: Mapping[str, str]) -> None:
    """Store the houses whose running lines are faster than their streets, or stand in none."""
    specification = services[FIBRE]
    lines = work.find(
        Service, {"serviceSpecification.id": specification, "state": "active"}, limit=LINES_MAX
    )
    fastest: dict[tuple[str, ...], tuple[Whereabouts, dict[str, int]]] = {}
    for line in lines:
        where = whereabouts(work, line.place)
        values = {one.name: int(str(one.value)) for one in line.service_characteristic
                  if one.name in (DOWNLOAD, UPLOAD)}  # fmt: skip
        house = tuple(where.lines[one] for one in ("postcode", "city", "street_name", "street_nr"))
        known = fastest.get(house, (where, values))[1]
        fastest[house] = where, {name: max(known[name], values[name]) for name in values}
    asked = [Question("/".join(house), where, specification, FIBRE, values)
             for house, (where, values) in fastest.items()]  # fmt: skip
    answers = ask_map(work, asked)
    work.add(*(CoverageArea.wrap(_house(specification, one)) for one in asked
               if answers[one.item].result != "qualified"))  # fmt: skip


def _house(specification: str, asked: Question) -> dict[str, Any]:
    lines, number = asked.where.lines, int(asked.where.lines["street_nr"])
    down, up = (int(str(asked.values[name])) for name in (DOWNLOAD, UPLOAD))
    return {
        "name": f"{lines['street_name']} {number}, {lines['city']}",
        "serviceSpecification": {"id": specification, "name": FIBRE},
        "technology": "XGS-PON" if down > GPON_MAX else "GPON",
        "country": COUNTRY, "city": lines["city"], "postcodeFrom": lines["postcode"],
        "streetName": lines["street_name"], "numberFrom": number, "numberTo": number,
        "maxDownloadSpeed": down, "maxUploadSpeed": up,
    }  # fmt: skip


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
