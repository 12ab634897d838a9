"""Scope: nobody gets a word of another's record, and the database keeps to that by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import falcon.testing
import pytest

from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,
)
from tests.support.program import Client, Site
from tests.support.samples import address, body_for
from trunkline.api.app import make_app
from trunkline.database.connection import Database
from trunkline.identity.authenticate import Authenticator
from trunkline.kernel import reading, work
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.kernel.select import Sql
from trunkline.program.start import make_services
from trunkline.settings import load

load_modules()
SCOPED = [
    one for one in registry if one.published and is_scoped(one) and "create" in one.operations
]
STAY = ("CustomerBill", "AppliedCustomerBillingRate")
"""They belong to somebody from the issue of the bill on, and never change from then on."""
MISSING = "01a20000-0000-7000-8000-000000000000"
BILL = "/tmf-api/customerBillManagement/v4/customerBill"
PRODUCT = "/tmf-api/productInventory/v4/product"
PARTY = "/tmf-api/party/v4/individual"
ORGANIZATION = "/tmf-api/party/v4/organization"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
numbers = count()
each_scoped = pytest.mark.parametrize("resource", SCOPED, ids=lambda one: one.name)


@dataclass
class Neighbours:
    """A record of Ada's and one of Bob's, Bob's full of canaries; and Ada."""

    ada: Client
    own: Any
    other: Any
    canary: str


def planted(resource: Resource, site: Site, canary: str) -> Any:
    """Create a record that says the canary wherever it says something of its own."""
    body = body_for(resource, site.admin)
    for name, attribute in resource.type.by_json_name().items():
        plain = attribute.scalar == "text" and attribute.shape is None and not attribute.choices
        if (
            plain
            and not attribute.is_list
            and not name.startswith("@")
            and not (attribute.limits.pattern or name in {"href", "url", "id"})
        ):
            body.setdefault(name, canary)
    answer = site.admin.post(address(resource), {**body, "id": f"id-{canary}", "remark": canary})
    if answer.status_code != 201:  # some text has a form of its own
        body = body_for(resource, site.admin)
        answer = site.admin.post(
            address(resource), {**body, "id": f"id-{canary}", "remark": canary}
        )
    assert answer.status_code == 201, answer.json
    issue(resource, site, answer.json)
    return answer.json


def issue(resource: Resource, site: Site, record: Any) -> None:
    """Issue what belongs to somebody from its issue on only: a bill, and a line of one."""
    if resource.name not in STAY:
        return
    if resource.name == "AppliedCustomerBillingRate":
        bill = site.admin.post(BILL, overrides_above.customer_bill(site.admin)).json["id"]
        line = site.admin.patch(f"{address(resource)}/{record['id']}", {"bill": {"id": bill}})
        assert line.status_code == 200, line.json
    else:
        bill = record["id"]
    said = {"state": "sent", "taxIncludedAmount": {"unit": "EUR", "value": 1}}
    answer = site.admin.patch(f"{BILL}/{bill}", said)
    assert answer.status_code == 200, answer.json
    site.work()


def owner_of(site: Site, resource: Resource, record: Any) -> str:
    ((owner,),) = site.rows(f"select owner::text from {resource.table} where id = %s", record["id"])
    assert owner, f"{resource} belongs to somebody"
    return str(owner)


@pytest.fixture
def neighbours(resource: Resource, site: Site) -> Neighbours:
    number = next(numbers)
    own = planted(resource, site, f"plain-{number}-{resource.prefix}")
    canary = f"canary-{number}-{resource.prefix}"
    other = planted(resource, site, canary)
    site.role("own", {"*:*": Grant("own", EVERY_CLASS)})
    party = owner_of(site, resource, own)
    assert party != owner_of(site, resource, other)
    ada = site.user(f"ada{number}", roles=["own"], party=party)
    return Neighbours(ada, own, other, canary)


def requests(resource: Resource, near: Neighbours) -> Iterator[tuple[str, str, Any]]:
    """Yield every request that Ada could try: method, path with query, body."""
    path, own, other = address(resource), near.own, near.other
    for name in (other["id"], other["key"], f"id-{near.canary}"):
        yield "GET", f"{path}/{name}", None
        yield "GET", f"{path}/{name}?fields=remark", None
        yield "PATCH", f"{path}/{name}", {"remark": "mine"}
        yield "DELETE", f"{path}/{name}", None
        yield "GET", f"{path}?id={name}", None
        yield "GET", f"{path}?id.ne={own['id']}", None
    yield "GET", path, None
    yield "GET", f"{path}?key={other['key']}&fields=none", None
    for name, attribute in resource.type.by_json_name().items():
        if attribute.scalar in {"object", "any"} or attribute.is_list:
            continue
        yield "GET", f"{path}?sort={name},-id&limit=1", None
        yield "GET", f"{path}?{name}.ne=x", None
        yield "GET", f"{path}?{name}.regex=canary", None
    for reference in ("relatedParty", "engagedParty", "productOrder", "billingAccount"):
        if reference in resource.type.by_json_name():
            yield "GET", f"{path}?{reference}.id={other['id']}", None
            yield "POST", path, {reference: [{"id": other["id"], "role": "customer"}]}
            yield "POST", path, {reference: {"id": other["id"]}}
            yield "PATCH", f"{path}/{own['id']}", {reference: [{"id": other["id"]}]}
    yield "POST", path, {}
    yield "POST", path, {"id": f"id-{near.canary}"}
    yield "DELETE", f"{path}/{own['id']}", None


@each_scoped
def test_no_answer_says_a_word_of_anothers_record(
    resource: Resource, neighbours: Neighbours
) -> None:
    """Every operation of Ada's token is scanned for Bob's canaries; none is a 5xx."""
    asked = 0
    for method, path, body in requests(resource, neighbours):
        answer = neighbours.ada.call(method, path, body)
        asked += 1
        assert answer.status_code < 500, (method, path, body, answer.json)
        said = answer.text.replace(f"id-{neighbours.canary}", "")
        assert neighbours.canary not in said, (method, path)
        assert answer.headers.get("X-Total-Count") in {None, "0", "1"}, (method, path)
        if method in {"PATCH", "DELETE"} and neighbours.own["id"] not in path:
            assert answer.status_code in {404, 405}, (method, path)
    assert asked > 20


@each_scoped
def test_anothers_and_missing_look_alike(resource: Resource, neighbours: Neighbours) -> None:
    """The answer for another's record is the one for a record that never was."""
    for method, body in (("GET", None), ("PATCH", {"remark": 1}), ("DELETE", None)):
        answers = []
        for ident in (neighbours.other["id"], MISSING):
            answer = neighbours.ada.call(method, f"{address(resource)}/{ident}", body)
            told = {k: v for k, v in answer.json.items() if k != "requestId"}
            answers.append((answer.status_code, str(told).replace(ident, "ID")))
        assert answers[0] == answers[1]


@each_scoped
def test_own_record_is_reached(resource: Resource, neighbours: Neighbours) -> None:
    """What is Ada's own she reads, finds and changes."""
    path, own = address(resource), neighbours.own
    assert neighbours.ada.get(f"{path}/{own['id']}").json["id"] == own["id"]
    assert [one["id"] for one in neighbours.ada.get(path, query_string=f"id={own['id']}").json] == [
        own["id"]
    ]
    if "patch" in resource.operations and resource.name not in STAY:
        assert neighbours.ada.patch(f"{path}/{own['id']}", {"remark": "x"}).status_code == 200


@each_scoped
def test_record_of_nobody_or_another_is_not_made(
    resource: Resource, neighbours: Neighbours, site: Site
) -> None:
    """A narrow actor makes records of its own only; anything else is refused, not a 5xx."""
    body = body_for(resource, site.admin)
    assert neighbours.ada.post(address(resource), body).status_code in {400, 403}
    for selector in {one.partition("[")[0] for one in resource.owner}:
        body.pop(selector, None)
    answer = neighbours.ada.post(address(resource), body)
    if answer.status_code == 201:  # some kinds take who hands one in as its owner
        mine = owner_of(site, resource, neighbours.own)
        assert owner_of(site, resource, answer.json) == mine
    else:
        assert answer.status_code in {400, 403}


# --- partners -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def partners(site: Site) -> dict[str, Any]:
    """Two partner organizations with a user each, a customer of the first, and its product."""
    site.role("partner", {"*:*": Grant("partner", EVERY_CLASS)})
    found: dict[str, Any] = {}
    for name in ("north", "south"):
        found[name] = site.admin.post(ORGANIZATION, {"tradingName": name}).json["id"]
        found[f"{name} user"] = site.user(name, roles=["partner"], partner=found[name])
    ada = {"givenName": "Ada", "familyName": "Lovelace"}
    found["ada"] = site.admin.post(PARTY, ada).json["id"]
    related = [{"id": found["ada"], "role": "customer"}, {"id": found["north"], "role": "partner"}]
    product = {"status": "created", "name": "canary-north", "relatedParty": related}
    found["product"] = site.admin.post(PRODUCT, product).json["id"]
    return found


def test_partner_reaches_what_it_serves(partners: dict[str, Any]) -> None:
    """A partner's user reads and changes the records of its customers, not another partner's."""
    path = f"{PRODUCT}/{partners['product']}"
    assert partners["north user"].get(path).json["name"] == "canary-north"
    assert partners["north user"].patch(path, {"remark": 1}).status_code == 200
    assert [one["id"] for one in partners["north user"].get(PRODUCT).json] == [partners["product"]]
    assert partners["south user"].get(path).status_code == 404
    assert partners["south user"].patch(path, {"remark": 1}).status_code == 404
    assert "canary" not in partners["south user"].get(PRODUCT).text


def test_partner_reaches_itself(partners: dict[str, Any]) -> None:
    """A partner's user reads the partner's own organization, and no other."""
    for name, other in (("north", "south"), ("south", "north")):
        client = partners[f"{name} user"]
        assert client.get(f"{ORGANIZATION}/{partners[name]}").status_code == 200
        assert client.get(f"{ORGANIZATION}/{partners[other]}").status_code == 404


# --- the second wall ----------------------------------------------------------------------------


@each_scoped
def test_database_isolates_without_the_filter(
    resource: Resource, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the program's own filter switched off, no foreign row comes or changes."""
    for module in (reading, work):
        monkeypatch.setattr(module, "scope", lambda *_: Sql())
    path, other = address(resource), neighbours.other
    for ident in (other["id"], other["key"]):
        assert neighbours.ada.get(f"{path}/{ident}").status_code == 404
        assert neighbours.ada.patch(f"{path}/{ident}", {"x": 1}).status_code in {404, 405}
        assert neighbours.ada.delete(f"{path}/{ident}").status_code in {404, 405}
    for query in ("", "limit=1000", f"id={other['id']}", "id.ne=x"):
        listed = neighbours.ada.get(path, query_string=query)
        assert neighbours.canary not in listed.text
        assert {one["id"] for one in listed.json} <= {neighbours.own["id"]}
        assert listed.headers["X-Total-Count"] in {"0", "1"}


def test_pooled_connections_carry_nobody_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two customers in turn over two connections, filter off: each sees what is theirs."""
    site.role("own", {"*:*": Grant("own", EVERY_CLASS)})
    clients = {}
    for number in range(4):
        party = site.admin.post(PARTY, {"givenName": f"Twin{number}", "familyName": "Doe"}).json[
            "id"
        ]
        clients[party] = site.user(f"twin{number}", roles=["own"], party=party)
    chosen = load({"TRUNKLINE_TEST_CLOCK": "on"})
    services = make_services(chosen, Database(site.dsn, connections_max=2))
    app = falcon.testing.TestClient(make_app(services, Authenticator(services), chosen))
    for module in (reading, work):
        monkeypatch.setattr(module, "scope", lambda *_: Sql())
    try:
        for turn in range(200):
            party = list(clients)[turn % 4]
            client = Client(app, clients[party].token)
            if turn % 5 == 0:
                client.post(CUSTOMER, {"name": "x", "engagedParty": {"id": "nobody"}})
            seen = client.get(PARTY)
            assert [one["id"] for one in seen.json] == [party]
    finally:
        services.database.close()  # type: ignore[attr-defined]


WITHOUT_ROW_SECURITY = {
    "owner_key": "keys wrapped by the installation's secret; sealing for any owner needs them",
    "idempotency": "answers sealed with their owner's key, reached by caller and key only",
}


def tables_with_owner(site: Site) -> list[tuple[Any, ...]]:
    return site.rows(
        "select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, "
        "has_table_privilege('trunkline_scoped', c.oid, 'select') "
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "join pg_attribute a on a.attrelid = c.oid and a.attname = 'owner' "
        "and not a.attisdropped where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1"
    )


def test_tables_with_an_owner_have_row_security(site: Site) -> None:
    """Every table of a scoped resource, and every other one with an owner, forces it."""
    families = {f"{one.family}_attribute" for one in registry}
    public = {one.table for one in registry if not is_scoped(one)}
    found = {
        name
        for name, enabled, forced, is_partition, readable in tables_with_owner(site)
        if not (enabled and forced) and not (is_partition and not readable)
    }
    assert found - families - public - WITHOUT_ROW_SECURITY.keys() == set()


def test_side_tables_have_row_security(site: Site) -> None:
    """Run-time attributes show to a narrow reader those of its records only.

    Reference tables hold ids only, and a delete has to see every reference to its record.
    """
    wanted = {f"{one.family}_attribute" for one in registry if is_scoped(one)}
    secured = site.rows("select relname from pg_class where relrowsecurity and relforcerowsecurity")
    assert wanted <= {name for (name,) in secured}


def test_partitions_are_not_read_around_their_parent(site: Site) -> None:
    """A partition has policies of its own or none may read it directly."""
    open_ones = [
        name
        for name, enabled, _, is_partition, readable in tables_with_owner(site)
        if is_partition and readable and not enabled
    ]
    assert open_ones == []


def test_roles_own_nothing_and_pass_no_policy(site: Site) -> None:
    """The roles that the program acts in own no table, bypass nothing, make nothing."""
    roles = site.rows(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin "
        "from pg_roles where rolname ~ '^trunkline_'"
    )
    assert {one[0] for one in roles} == {"trunkline_app", "trunkline_scoped", "trunkline_owner"}
    assert all(one[1:] == (False,) * 5 for one in roles)
    owned = site.rows(
        "select c.relname from pg_class c join pg_roles r on r.oid = c.relowner "
        "where r.rolname in ('trunkline_app', 'trunkline_scoped')"
    )
    assert owned == []
    assert site.rows("select relname from pg_class where relkind = 'v' and relnamespace = "
                     "'public'::regnamespace") == []  # fmt: skip
    may_create = site.rows(
        "select has_schema_privilege('trunkline_app', 'public', 'create'), "
        "has_schema_privilege('trunkline_scoped', 'public', 'create')"
    )
    assert may_create == [(False, False)]


def test_functions_that_act_as_their_owner_are_known(site: Site) -> None:
    """What runs with the owner's rights fixes its search path, and may be called by whom it is for;
    triggers fire without that."""
    app, both, nobody = (True, False), (True, True), (False, False)
    found = site.rows(
        "select proname, has_function_privilege('trunkline_app', oid, 'execute'), "
        "has_function_privilege('trunkline_scoped', oid, 'execute'), proconfig::text, "
        "exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where "
        "grantee = 0) from pg_proc where prosecdef "
        "and pronamespace = 'public'::regnamespace order by 1"
    )
    assert {name: (by_app, by_scoped) for name, by_app, by_scoped, *_ in found} == {
        "define_sphere": nobody,
        "drop_partitions": app,
        "ensure_partitions": app,
        "enter_owner": both,
        "go_on_from": app,
        "kinds_of_writers": both,
        "lie_anew": nobody,
        "master_systems_moved": nobody,
        "next_number": app,
        "place_owner": nobody,
        "place_record": app,
        "promised_visits": both,
        "writers_of_clients": both,
    }
    assert {config for *_, config, _ in found} == {'{"search_path=public, pg_temp"}'}
    assert not any(is_public for *_, is_public in found)


def test_restricted_role_has_no_business_with_secrets(site: Site) -> None:
    """The role of narrow readers may not read users, tokens, sessions or hashes at all."""
    for table in ("principal", "user_account", "token", "session", "client_secret", "api_client"):
        assert site.rows(
            f"select has_table_privilege('trunkline_scoped', '{table}', 'select')"
        ) == [(False,)]
