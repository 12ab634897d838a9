"""Lists that no resource derives take the parameters of all others: events, roles, permissions."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.program import Client, Site
from tests.support.reference_filters import Filter, matches, ordered, values_at
from trunkline.kernel.actor import Grant

EVENT = "/tmf-api/event/v4/event"
ROLE = "/rolesAndPermissions/v4/userRole"
PERMISSION = "/rolesAndPermissions/v4/permission"
PARTY = "/tmf-api/party/v4/individual"
NAMES = ("Ada", "Bob", "Cyd")
AMONG = {EVENT: "resourceType=Individual"}
"""Of all that happened when the installation was furnished, nothing is to be asked for."""
INTERNAL = frozenset({"public", "internal"})


@pytest.fixture(scope="module")
def admin(site: Site) -> Client:
    """An administrator of an installation with some events, roles and users."""
    for name in NAMES:
        made = site.admin.post(PARTY, {"givenName": name, "familyName": "Lovelace"}).json
        site.admin.patch(f"{PARTY}/{made['id']}", {"title": "Dr"})
        _reader(site, f"reads-{name.lower()}", "TMF632:read")
    return site.admin


def _reader(site: Site, login: str, permission: str) -> Client:
    role = site.role(login, {permission: Grant("all", INTERNAL)})
    return site.user(login, roles=[role], scopes=(permission,))


def asked(client: Client, path: str, query: str) -> Any:
    answer = client.get(path, query_string="&".join(filter(None, (AMONG.get(path), query))))
    assert answer.status_code in {200, 206}, (query, answer.json)
    return answer


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "instant" if re.match(r"\d{4}-\d\d-\d\dT", str(value)) else "text"


ATTRIBUTES = {
    EVENT: ("id", "eventId", "eventType", "title", "domain", "description", "eventTime",
            "timeOcurred", "resourceVersion", "correlationId"),
    ROLE: ("id", "involvementRole", "entitlement.action", "entitlement.function"),
    PERMISSION: ("id", "user.id", "user.name", "assetUserRole.userRole.id", "creationDate",
                 "validFor.startDateTime"),
}  # fmt: skip
LISTS = pytest.mark.parametrize("path", sorted(ATTRIBUTES))


@LISTS
def test_each_attribute_filters_and_sorts_by_each_operator(admin: Client, path: str) -> None:
    """What comes is what a reading of TMF630 over plain documents says, for each of them."""
    everything = asked(admin, path, "limit=1000").json
    assert len(everything) > 3
    for name in ATTRIBUTES[path]:
        held = [value for one in everything for value in values_at(one, name)]
        assert held, name
        middle = sorted(held, key=str)[len(held) // 2]
        kind = kind_of(middle)
        operators = ["eq", "ne", "gte", "lt"] + (["regex"] if kind == "text" else [])
        for operator in operators:
            one = Filter(name, kind, operator, (middle,))
            wanted = {doc["id"] for doc in everything if matches(doc, [one])}
            answer = asked(admin, path, f"{one.query}&limit=1000")
            assert {doc["id"] for doc in answer.json} == wanted, one.query
            assert answer.headers["X-Total-Count"] == str(len(wanted)), one.query
        if "." in name and name.startswith(("entitlement", "assetUserRole")):
            assert admin.get(path, query_string=f"sort={name}").status_code == 400
            continue
        found = [one["id"] for one in asked(admin, path, f"sort=-{name}&limit=1000").json]
        known = {one["id"]: next(values_at(one, name), None) for one in everything}
        want = ordered(everything, name, kind, descending=True)
        assert [known[one] for one in found] == [known[one] for one in want], name


@LISTS
def test_pages_say_their_place_and_lead_on(admin: Client, path: str) -> None:
    """206 with a range and a total where the client pages; the links lead through all once."""
    whole = [one["id"] for one in asked(admin, path, "limit=1000").json]
    first = asked(admin, path, "limit=2")
    assert first.status_code == 206
    assert first.headers["Content-Range"] == f"items 0-1/{len(whole)}"
    assert first.headers["X-Total-Count"] == str(len(whole))
    assert first.headers["X-Result-Count"] == "2"
    assert asked(admin, path, "").status_code == 200
    middle = asked(admin, path, "offset=1&limit=2")
    assert [one["id"] for one in middle.json] == whole[1:3]
    assert middle.headers["Content-Range"] == f"items 1-2/{len(whole)}"
    seen: list[str] = []
    query = "limit=3"
    while True:
        answer = asked(admin, path, query)
        seen += [one["id"] for one in answer.json]
        found = re.search(r'<([^>]*)>; rel="next"', answer.headers["Link"])
        if found is None or not answer.json:
            break
        query = found[1].partition("?")[2].replace(f"{AMONG.get(path)}&", "")
    assert seen == whole


@LISTS
def test_fields_pick_and_what_is_not_declared_is_refused(admin: Client, path: str) -> None:
    """`fields` is first-level and dotted, `none` leaves id and href; unknown names are refused
    with their name in filters and sorts, and ignored in `fields`."""
    name = ATTRIBUTES[path][2]
    (one, *_) = asked(admin, path, f"fields={name},nosuch&limit=1").json
    assert set(one) == {"id", "href", name.partition(".")[0]}
    (bare, *_) = asked(admin, path, "fields=none&limit=1").json
    assert set(bare) == {"id", "href"}
    for query, where in (("nosuch=1", "nosuch"), ("sort=nosuch", "sort=nosuch"),
                         ("limit=x", "limit"), ("offset=-1", "offset"),
                         (f"{name}.regex={quote('(?=a)')}", name)):  # fmt: skip
        answer = admin.get(path, query_string=query)
        assert answer.status_code == 400, query
        assert answer.json["fault"][0]["path"] == where
    assert admin.get(path, query_string="offset=10001").status_code == 400
    assert admin.get(path, query_string="filter=$").status_code == 501


def test_events_are_found_by_what_they_hold(admin: Client) -> None:
    """An attribute of the record inside filters; such a list is followed, not counted."""
    query = "event.individual.givenName=Ada&eventType=IndividualCreateEvent"
    answer = asked(admin, EVENT, query)
    assert [one["event"]["individual"]["givenName"] for one in answer.json] == ["Ada"]
    assert "X-Total-Count" not in answer.headers
    refused = admin.get(EVENT, query_string="event.individual.nosuch=1")
    assert refused.json["fault"][0]["path"] == "event.individual.nosuch"
    assert admin.get(EVENT, query_string=f"{query}&sort=id").status_code == 400


def test_what_is_hidden_is_no_filter_and_no_total(site: Site, admin: Client) -> None:
    """Who sees no names of users filters and sorts by none; who may read no persons is shown and
    told the number of none of their events."""
    blind = _reader(site, "lists-blind", "TMF672:read")
    for query in ("user.name=Ada", "sort=user.name"):
        assert blind.get(PERMISSION, query_string=query).status_code == 400
    other = _reader(site, "lists-other", "TMF620:read")
    answer = asked(other, EVENT, "eventType=IndividualCreateEvent")
    assert (answer.json, answer.headers["X-Total-Count"]) == ([], "0")
    counted = asked(admin, EVENT, "eventType=IndividualCreateEvent")
    assert int(counted.headers["X-Total-Count"]) == len(counted.json) >= len(NAMES)
