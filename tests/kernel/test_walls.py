"""The second wall stands for each kind by itself: who sees one kind wholly is watched on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.support.program import Client, Site
from tests.support.sql_counter import counted
from trunkline.kernel import reading, work
from trunkline.kernel.actor import EVERY_CLASS, Grant, Verb
from trunkline.kernel.ddl import statements
from trunkline.kernel.resource import registry
from trunkline.kernel.select import Sql

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
PRODUCT = "/tmf-api/productInventory/v4/product"
EVENT = "/tmf-api/event/v4/event"
VERBS: tuple[Verb, ...] = ("read", "create", "update", "delete")


def grants(thing: str, reach: Any, *verbs: Verb) -> dict[str, Grant]:
    return {f"{thing}:{verb}": Grant(reach, EVERY_CLASS) for verb in verbs or VERBS}


def user(site: Site, name: str, permissions: dict[str, Grant], party: str) -> Client:
    """Return a client with just these rights."""
    roles = [site.role(name, permissions)]
    return site.user(name, roles=roles, party=party, scopes=tuple(permissions))


@dataclass
class Mixed:
    """Ada, who sees the whole catalog and all products, and of customers what is her own."""

    client: Client
    party: str
    customer: str
    other: str
    product: str


@pytest.fixture(scope="module")
def mixed(site: Site) -> Mixed:
    admin = site.admin
    rights = {**grants("TMF620", "all"), **grants("TMF629", "own"), **grants("TMF632", "own"),
              **grants("Product", "all", "read"), **grants("Product", "own", "update")}  # fmt: skip
    made: list[str] = []
    parties = []
    for name in ("Ada", "Bob"):
        body = {"givenName": name, "familyName": "Doe"}
        parties.append(admin.post(PARTY, body).json["id"])
        role = {"name": name, "engagedParty": {"id": parties[-1]}}
        made.append(admin.post(CUSTOMER, role).json["id"])
    related = [{"id": made[1], "role": "customer"}]
    product = admin.post(PRODUCT, {"status": "created", "name": "x", "relatedParty": related})
    admin.post(CATEGORY, {"name": "Fibre"})
    client = user(site, "mixed", rights, parties[0])
    return Mixed(client, parties[0], made[0], made[1], product.json["id"])


@pytest.fixture
def first_wall_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the row scope of the program, so that only the database is left."""
    for module in (reading, work):
        monkeypatch.setattr(module, "scope", lambda *_: Sql())


@pytest.mark.usefixtures("first_wall_down")
def test_the_database_holds_for_who_sees_other_kinds_wholly(mixed: Mixed) -> None:
    """Without the first wall Ada still reads, finds and changes no customer but her own."""
    ada = mixed.client
    assert [one["id"] for one in ada.get(CUSTOMER).json] == [mixed.customer]
    assert [one["id"] for one in ada.get(PARTY).json] == [mixed.party]
    assert ada.get(CUSTOMER).headers["X-Total-Count"] == "1"
    assert ada.get(f"{CUSTOMER}/{mixed.other}").status_code == 404
    assert ada.patch(f"{CUSTOMER}/{mixed.other}", {"remark": 1}).status_code == 404
    assert ada.delete(f"{CUSTOMER}/{mixed.other}").status_code == 404
    assert ada.patch(f"{CUSTOMER}/{mixed.customer}", {"remark": 1}).status_code == 200


def test_what_is_seen_wholly_is_read_and_written(mixed: Mixed) -> None:
    """The wall is no obstacle where the reach is all: catalog, products, and references to them."""
    ada = mixed.client
    made = ada.post(CATEGORY, {"name": "Voice"})
    assert made.status_code == 201, made.json
    assert ada.patch(f"{CATEGORY}/{made.json['id']}", {"name": "Phone"}).status_code == 200
    assert ada.get(f"{PRODUCT}/{mixed.product}").status_code == 200
    listed = ada.get(PRODUCT)
    assert [one["id"] for one in listed.json] == [mixed.product]


@pytest.mark.usefixtures("first_wall_down")
def test_what_is_read_wholly_is_not_written_wholly(mixed: Mixed) -> None:
    """Ada may read every product and change her own: the database keeps the two apart."""
    ada = mixed.client
    assert ada.get(f"{PRODUCT}/{mixed.product}").status_code == 200
    assert ada.patch(f"{PRODUCT}/{mixed.product}", {"remark": 1}).status_code == 404


def events(client: Client, subject: str) -> list[str]:
    found = client.get(EVENT, query_string=f"subject={subject}")
    assert found.status_code == 200, found.json
    return [one["eventType"] for one in found.json]


def test_events_of_what_belongs_to_nobody_reach_who_may_read_it(site: Site, mixed: Mixed) -> None:
    """A reader of own records only hears of the catalog, and not of others' records."""
    rights = {**grants("TMF620", "own", "read"), **grants("TMF629", "own", "read")}
    narrow = user(site, "narrow", rights, mixed.party)
    deaf = user(site, "deaf", grants("TMF632", "own", "read"), mixed.party)
    category = site.admin.post(CATEGORY, {"name": "Television"}).json["id"]
    for client in (narrow, mixed.client):
        assert events(client, category) == ["CategoryCreateEvent"]
        assert events(client, mixed.customer)[:1] == ["CustomerCreateEvent"]
        assert events(client, mixed.other) == []
    assert events(deaf, category) == []
    one = narrow.get(EVENT, query_string=f"subject={category}").json[0]["id"]
    assert narrow.get(f"{EVENT}/{one}").status_code == 200
    assert deaf.get(f"{EVENT}/{one}").status_code == 404


def test_reading_one_record_costs_what_it_did(site: Site, mixed: Mixed) -> None:
    """One statement for staff; for who is watched the transaction and its settings as well."""
    own = user(site, "only_own", grants("TMF629", "own"), mixed.party)
    numbers = []
    for client in (site.admin, own, mixed.client):
        client.get(f"{CUSTOMER}/{mixed.customer}")
        with counted() as sent:
            assert client.get(f"{CUSTOMER}/{mixed.customer}").status_code == 200
        numbers.append(len(sent))
    assert numbers == [1, 2, 2]


def test_tables_of_an_older_release_get_the_policies(site: Site) -> None:
    """What lacks them is brought up to date; what has them is left alone."""
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        connection.execute("set role trunkline_owner")
        assert list(statements(registry, connection)) == []
        connection.execute("drop policy wholly_read on customer")
        (missing,) = statements(registry, connection)
        connection.execute(missing)  # type: ignore[call-overload]
        assert list(statements(registry, connection)) == []
