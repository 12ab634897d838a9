"""Pages read from the right: nothing is bound to a side, and pictures are turned round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trunkline
from tests.support.program import Site
from tests.web.browser import Browser
from tests.web.plans import order_with_plan

SHEETS = [
    one
    for one in sorted(Path(trunkline.__file__).parent.rglob("static/*.css"))
    if "vendor" not in one.parts
]
SIDED = re.compile(
    r"(?:margin|padding|border)-(?:left|right)\b|(?<![\w-])(?:left|right)\s*:"
    r"|text-align:\s*(?:left|right)\b|float:\s*(?:left|right)\b"
)
# A map and the moved picture of a plan are placed by coordinates, which have no direction.
PLACED = ("trunkline-map", ".graph.moves svg")
BOX = re.compile(r'<foreignObject x="(\d+)" y="(\d+)" width="(\d+)"')


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda one: one.name)
def test_no_rule_is_bound_to_the_left_or_the_right(sheet: Path) -> None:
    """Rules say start and end, so that they hold in both directions of reading."""
    lines = sheet.read_text(encoding="utf-8").splitlines()
    sided = [one for one in lines if SIDED.search(one) and not one.strip().startswith(PLACED)]
    assert sided == []


def test_the_graph_of_a_plan_begins_where_reading_begins(site: Site, admin: Browser) -> None:
    """What is ordered stands on the right in Arabic, what it needs to the left of it."""
    page = f"/order/{order_with_plan(site)['key']}?view=graph"
    made = {}
    for code in ("en", "ar"):
        html = admin.get(page, **{"Accept-Language": code}).text
        width = int(re.findall(r'<svg width="(\d+)"', html)[0])
        made[code] = [(int(x), int(y), int(wide)) for x, y, wide in BOX.findall(html)]
    assert made["en"]
    assert made["ar"] == [(width - x - wide, y, wide) for x, y, wide in made["en"]]


def test_an_address_in_another_script_keeps_its_order(site: Site, admin: Browser) -> None:
    made = site.admin.post(
        "/tmf-api/geographicAddressManagement/v4/geographicAddress",
        {"streetName": "Mill Lane", "streetNr": "7", "postcode": "10115", "city": "Town",
         "country": "DE"},
    )  # fmt: skip
    assert made.status_code == 201, made.json
    html = admin.get(f"/places/address/{made.json['key']}", **{"Accept-Language": "ar"}).text
    assert "<bdi>Mill Lane 7</bdi>" in html
    assert "<bdi>10115 Town</bdi>" in html
    assert "<bdi>ألمانيا</bdi>" in html
