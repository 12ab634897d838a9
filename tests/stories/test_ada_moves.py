"""Ada moves: her new address serves one account and takes the bills of two; the old one stays put
while something is under way there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ACCOUNT, ADDRESS, SITE, Operator, Record, codes
from trunkline.kernel.actor import EVERY_CLASS, Grant

LOCATION = "/tmf-api/geographicLocation/v4/geographicLocation"
POINT = {"type": "Point", "coordinates": [13.4, 52.5]}
OPEN = Grant("all", EVERY_CLASS)
HOME = {"streetName": "Mill Lane", "streetNr": "7", "city": "Nordhaven", "country": "DE"}
NEW = {"streetName": "Harbour Street", "streetNr": "12", "city": "Eastmere", "postcode": "10243",
       "country": "DE"}  # fmt: skip


def place(ident: str, role: str) -> Record:
    return {"id": ident, "role": role, "@referredType": "GeographicAddress"}


@pytest.mark.accepts("TSM-08")
def test_one_address_is_for_service_and_for_bills_of_two_accounts(operator: Operator) -> None:
    """Ada has a home account and one for her shop. She moves: the new address is where the line of
    the first account is, and where the bills of both go; the old one is the shop's. Each role is
    said on the account, the address is one record, found by the accounts that name it."""
    ada = operator.ada()
    owner = [{"id": ada.id, "role": "customer"}]
    old, new = (operator.make(ADDRESS, one)["id"] for one in (HOME, NEW))
    shop = operator.make(
        ACCOUNT,
        {
            "name": "Shop",
            "state": "active",
            "relatedParty": owner,
            "place": [place(old, "service"), place(old, "billing")],
        },
    )
    before = {"place": [place(old, "service"), place(old, "billing")]}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", before).status_code == 200

    moved = {"place": [place(new, "service"), place(new, "billing")]}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", moved).status_code == 200
    bills = {"place": [place(old, "service"), place(new, "billing")]}
    assert operator.staff.patch(f"{ACCOUNT}/{shop['id']}", bills).status_code == 200
    both = operator.find(ACCOUNT, place__id=new)
    roles = {one["id"]: {each["role"] for each in one["place"] if each["id"] == new}
             for one in both}  # fmt: skip
    assert roles == {ada.account: {"service", "billing"}, shop["id"]: {"billing"}}
    assert {one["id"] for one in operator.find(ACCOUNT, place__id=old)} == {shop["id"]}


def test_an_address_in_use_is_not_made_another_place(operator: Operator) -> None:
    """While an order is on its way to a site at her home, and while bills go there, the street is
    not overwritten with the new one: who uses it is named with what to do. Spelling and what was
    missing are written at any time, and everything once nothing is under way any more."""
    ada = operator.ada()
    home = operator.make(ADDRESS, HOME)["id"]
    at_home = {"place": [{"id": home, "@referredType": "GeographicAddress"}]}
    assert operator.staff.patch(f"{SITE}/{ada.places[0]}", at_home).status_code == 200
    bills = {"place": [place(home, "billing")]}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", bills).status_code == 200
    order = ada.orders(ada.fibre("1"))

    def overwrite(**lines: str) -> Any:
        return operator.staff.patch(f"{ADDRESS}/{home}", lines)

    refused = overwrite(streetName="Harbour Street")
    assert (refused.status_code, codes(refused)) == (
        409, {("conflictAddressInUse", "streetName")},
    )  # fmt: skip
    told = [one["message"] for one in refused.json["fault"]]
    account = operator.read(ACCOUNT, ada.account)["key"]
    assert any(order.key in one and "cancel these orders" in one for one in told), told
    assert any(account in one and "name it on these accounts" in one for one in told), told
    site = operator.site
    site.role("places", {"GeographicAddress:read": OPEN, "GeographicAddress:update": OPEN})
    clerk = site.user("places-1", roles=["places"], scopes=("GeographicAddress:update",))
    blind = clerk.patch(f"{ADDRESS}/{home}", {"city": "Eastmere"})
    assert blind.status_code == 409
    assert order.key not in blind.text
    assert account not in blind.text
    assert overwrite(streetName="MILL  LANE", postcode="10115").status_code == 200

    operator.settle()
    assert order.state == "completed"
    only = overwrite(streetName="Harbour Street")
    assert len(only.json["fault"]) == 1
    elsewhere = {"place": [place(operator.make(ADDRESS, NEW)["id"], "billing")]}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", elsewhere).status_code == 200
    assert overwrite(streetName="Harbour Street").status_code == 200


def test_a_site_in_use_is_not_put_at_another_address(operator: Operator) -> None:
    """While an order is on its way to a site, the site is not moved: not to another address, and
    not to none. An address that it lacked and its point on the map are said at any time."""
    ada = operator.ada()
    home, new = (operator.make(ADDRESS, one)["id"] for one in (HOME, NEW))
    ada.orders(ada.fibre("1"))

    def put(*places: Record) -> Any:
        return operator.staff.patch(f"{SITE}/{ada.places[0]}", {"place": list(places)})

    at_home = {"id": home, "@referredType": "GeographicAddress"}
    elsewhere = {"id": new, "@referredType": "GeographicAddress"}
    gate = {"name": "The gate", "@type": "GeoJsonPoint", "geoJson": POINT}
    point = operator.make(LOCATION, gate)["id"]
    before = operator.read(SITE, ada.places[0]).get("place") or []
    assert put(*before, at_home).status_code == 200
    for places in ((elsewhere,), ()):
        refused = put(*places)
        assert refused.status_code == 409, refused.json
        assert {code for code, path in codes(refused)} == {"conflictAddressInUse"}
    located = {"id": point, "@referredType": "GeographicLocation"}
    assert put(*before, at_home, located).status_code == 200
    assert put(*before, at_home).status_code == 200
    operator.settle()
    assert put(elsewhere).status_code == 200
