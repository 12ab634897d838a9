"""Ids of other systems: each partner's own, and no way to learn which ones others use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.inventory.product import Product
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant
from trunkline.rest.aliases import namespace

ORGANIZATION = "/tmf-api/party/v4/organization"
PRODUCT = "/tmf-api/productInventory/v4/product"


@pytest.fixture(scope="module")
def partners(site: Site) -> dict[str, tuple[Client, str]]:
    """Two partners' users, each with its organization."""
    site.role("partner", {"*:*": Grant("partner", EVERY_CLASS)})
    found = {}
    for name in ("north", "south"):
        ident = site.admin.post(ORGANIZATION, {"tradingName": name}).json["id"]
        found[name] = (site.user(name, roles=["partner"], party=ident, partner=ident), ident)
    return found


def post(client: Client, owner: str, ident: str) -> Any:
    related = [{"id": owner, "role": "customer"}]
    return client.post(PRODUCT, {"id": ident, "status": "created", "name": "Fibre 1G",
                                 "relatedParty": related})  # fmt: skip


def test_anothers_id_is_free(site: Site, partners: dict[str, tuple[Client, str]]) -> None:
    """The same id serves both partners, each for its own record; none hears of the other's."""
    (north, north_id), (south, south_id) = partners["north"], partners["south"]
    first, second = post(north, north_id, "P-1"), post(south, south_id, "P-1")
    assert (first.status_code, second.status_code) == (201, 201)
    for client, made in ((north, first), (south, second)):
        ident = made.json["id"]
        assert client.get(f"{PRODUCT}/P-1").json["id"] == ident
        assert [one["id"] for one in client.get(PRODUCT, query_string="id=P-1").json] == [ident]
        assert client.patch(f"{PRODUCT}/P-1", {"description": "x"}).json["id"] == ident
        related = [{"relationshipType": "reliesOn", "product": {"id": "P-1"}}]
        other = post(client, partners["north" if client is north else "south"][1], "P-0").json["id"]
        linked = client.patch(f"{PRODUCT}/{other}", {"productRelationship": related})
        assert linked.json["productRelationship"][0]["product"]["id"] == ident


def test_an_own_id_is_taken_once(partners: dict[str, tuple[Client, str]]) -> None:
    """Of its own ids the client is told, as before: a repeated one is refused."""
    north, north_id = partners["north"]
    assert post(north, north_id, "P-2").status_code == 201
    again = post(north, north_id, "P-2")
    assert (again.status_code, again.json["code"]) == (409, "conflictId")


def test_ids_of_staff_and_of_partners(site: Site, partners: dict[str, tuple[Client, str]]) -> None:
    """Staff's ids hold for all that a partner sees; elsewhere they say nothing to it."""
    (north, north_id), (south, south_id) = partners["north"], partners["south"]
    made = post(site.admin, north_id, "S-1")
    assert made.status_code == 201
    assert north.get(f"{PRODUCT}/S-1").json["id"] == made.json["id"]
    assert post(north, north_id, "S-1").status_code == 409
    assert south.get(f"{PRODUCT}/S-1").status_code == 404
    assert post(south, south_id, "S-1").status_code == 201
    assert site.admin.get(f"{PRODUCT}/S-1").json["id"] == made.json["id"]
    assert post(site.admin, north_id, "S-1").status_code == 409
    assert post(south, south_id, "T-1").status_code == 201
    assert post(site.admin, north_id, "T-1").status_code == 201


def test_who_only_changes_records_has_names_of_its_own() -> None:
    """A partner that may change but not make records gives names of its own, not everybody's."""
    grants = {"*:update": Grant("partner", EVERY_CLASS)}
    changer = Actor("1", "changer", "user", grants=grants, party="north", partner="north")
    assert namespace(changer, Product.resource) == "client of north"
