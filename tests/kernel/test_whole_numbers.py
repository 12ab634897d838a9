"""Whole numbers are kept and handed out as such however they are written, and spans are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.program import Site
from trunkline.documents.shape import Attribute, Shape
from trunkline.documents.whole_number import LONGEST, WORD
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.kernel.schema import validators

load_modules()
TEAM = "/api/fieldwork/v1/fieldTeam"
SEARCH = "/tmf-api/appointment/v4/searchTimeSlot"
JSON = {"Content-Type": "application/json"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
TOO_LONG = 99_999_999_999
ASKED = {
    "requestedTimeSlot": [
        {
            "validFor": {
                "startDateTime": "2030-01-07T00:00:00Z",
                "endDateTime": "2030-01-09T00:00:00Z",
            }
        }
    ]
}


def raw(site: Site, method: str, path: str, body: str, headers: dict[str, str] = JSON) -> Any:
    """Send a body as it is written."""
    return site.admin.call(method, path, body=body, headers=headers)


def kept(site: Site, ident: str) -> str:
    """Return the number as the store holds it."""
    ((found,),) = site.rows("select doc ->> 'leadHours' from field_team where id = %s", ident)
    return str(found)


@pytest.fixture(scope="module")
def team(site: Site) -> str:
    sent = '{"name": "North", "capacity": 2.0, "leadHours": 2.0, "window": %s}'
    window = '[{"startHour": "08:00", "endHour": "12:00", "capacity": 3.00}]'
    made = raw(site, "POST", TEAM, sent % window)
    assert made.status_code == 201, made.text
    return str(made.json["id"])


@pytest.mark.parametrize("written", ["5.0", "5e0", "5.00", "5"])
def test_a_whole_number_is_kept_as_such(site: Site, team: str, written: str) -> None:
    """By a merge patch, by a JSON patch and in a filter; what reckons with it goes on."""
    path = f"{TEAM}/{team}"
    assert raw(site, "PATCH", path, f'{{"leadHours": {written}}}').status_code == 200
    assert kept(site, team) == "5"
    put = f'[{{"op": "replace", "path": "/leadHours", "value": {written}}}]'
    assert raw(site, "PATCH", path, put, JSON_PATCH).status_code == 200
    assert '"leadHours":5,' in site.admin.get(path).text + ","
    assert kept(site, team) == "5"
    assert site.admin.post(SEARCH, ASKED).status_code == 201
    found = site.admin.get(TEAM, query_string=f"leadHours={written}&fields=id").json
    assert [one["id"] for one in found] == [team]


def test_what_equals_the_former_number_inside_is_kept_as_such(site: Site, team: str) -> None:
    """A patch that sends a list back with 3.0 for 3 beside another change stores 3."""
    body = (
        '{"window": [{"startHour": "08:00", "endHour": "12:00", "capacity": 3.0}], "capacity": %s}'
    )
    assert raw(site, "PATCH", f"{TEAM}/{team}", body % "4.0").status_code == 200
    ((found,),) = site.rows("select doc::text from field_team where id = %s", team)
    assert ".0" not in found


@pytest.mark.parametrize("written", ["5.5", '"5"', "true", "5e-1", str(TOO_LONG), f"{TOO_LONG}.0"])
def test_what_is_no_whole_number_or_too_long_is_refused(
    site: Site, team: str, written: str
) -> None:
    for refused in (
        raw(site, "PATCH", f"{TEAM}/{team}", f'{{"leadHours": {written}}}'),
        raw(site, "POST", TEAM, f'{{"name": "South", "capacity": 1, "leadHours": {written}}}'),
    ):
        assert refused.status_code == 400
        assert [one["path"] for one in refused.json["fault"]] == ["leadHours"]


def test_what_was_stored_broken_before_is_read_well(site: Site, team: str) -> None:
    """A record from before holds 2.0: it is searched with, and shown as a whole number."""
    site.rows(
        "update field_team set doc = jsonb_set(doc::jsonb, '{leadHours}', '2.0')::json "
        "where id = %s returning 1",
        team,
    )
    assert kept(site, team) == "2.0"
    assert site.admin.post(SEARCH, ASKED).status_code == 201
    assert site.admin.get(TEAM, query_string="leadHours=2").json[0]["id"] == team
    assert raw(site, "PATCH", f"{TEAM}/{team}", '{"name": "West"}').status_code == 200
    assert kept(site, team) == "2"


def spans(
    shape: type[Shape], path: str = "", above: tuple[type[Shape], ...] = ()
) -> Iterator[tuple[str, Attribute]]:
    """Yield each whole number whose name says a unit of time, by its path."""
    for one in shape.attributes().values() if shape not in above else ():
        if one.shape is not None:
            yield from spans(one.shape, f"{path}.{one.json_name}", (*above, shape))
        words = [each.lower() for each in WORD.findall(one.json_name)]
        if one.scalar == "integer" and {*words[:1], *words[-1:]} & LONGEST.keys():
            yield f"{path}.{one.json_name}", one


def test_every_span_of_every_resource_has_a_longest() -> None:
    """Not one takes so many that no date could be reckoned with it."""
    found = [(one, *span) for one in registry for span in spans(one.type)]
    assert len(found) > 40
    for resource, path, attribute in found:
        body: Any = TOO_LONG
        for name in reversed(path.strip(".").split(".")):
            body = {name: body}
        limit = attribute.limits.maximum
        assert limit is not None, f"{resource.name}{path}"
        assert limit <= LONGEST["seconds"], f"{resource.name}{path}"
    assert "leadHours" in {one.path for one in faults("FieldTeam", {"leadHours": TOO_LONG})}
    assert "leadHours" not in {one.path for one in faults("FieldTeam", {"leadHours": 48})}


def faults(name: str, document: dict[str, Any]) -> list[Any]:
    return validators.of(registry[name]).faults(document)


def test_a_shape_hands_out_whole_numbers_and_lets_others_be() -> None:
    class Held(Shape):
        count: int | None = None
        each: list[int] = []  # noqa: RUF012 - the declaration of a list

    held = Held.wrap({"count": Decimal("5.0"), "each": [Decimal("1E+1"), 2]})
    assert (type(held.count), held.count) == (int, 5)
    assert [type(one) for one in held.each] == [int, int]
    assert Held.wrap({"count": Decimal("5.5")}).count == Decimal("5.5")
    assert Held.wrap({}).count is None
