"""An installation of an earlier release, in the midst of its work, goes on under this one."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from tests.database.record_state import STATES
from tests.support.operator import AT_ONCE, FALLOUT, ORDER, OWN, Operator, Order
from tests.support.program import Client, Site
from trunkline.adapters.network import use_network
from trunkline.database.problems import MigrationProblem
from trunkline.database.roles import prepare_roles
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.ordering.retry_policy import use_policy
from trunkline.program.start import bring_up_to_date, outstanding
from trunkline.settings import load
from trunkline.simulator.running import start

AS_DUMPED = "set check_function_bodies = off; set row_security = off; set search_path = ''"
ORDERS = ("done", "waiting", "stuck", "trying", "draft", "fresh")
NAMES = sorted(one.name.partition(".")[0] for one in STATES.glob("*.sql.gz"))
SCHEMA = """
select 'column', table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
from information_schema.columns where table_schema = 'public' and table_name !~ '_[0-9]{6}$'
union all select 'index', regexp_replace(indexdef, ' INDEX \\S+', '') from pg_indexes
where schemaname = 'public' and tablename !~ '_[0-9]{6}$'
union all select 'policy', concat_ws(' ', tablename, policyname, roles, cmd, qual, with_check)
from pg_policies where schemaname = 'public'
union all select 'right', concat_ws(' ', grantee, privilege_type, table_name)
from information_schema.role_table_grants
where table_schema = 'public' and table_name !~ '_[0-9]{6}$'
union all select 'function', proname || md5(prosrc) from pg_proc
where pronamespace = 'public'::regnamespace
"""


@pytest.fixture(params=NAMES)
def state(request: pytest.FixtureRequest) -> str:
    """The name of what was recorded at an earlier release."""
    return str(request.param)


@pytest.fixture
def restored(cluster: str, state: str) -> Iterator[str]:
    """A database as it was recorded."""
    name = f"state_{uuid.uuid4().hex[:12]}"
    dsn = psycopg.conninfo.make_conninfo(cluster, dbname=name)
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        try:
            with psycopg.connect(dsn, autocommit=True) as own:
                prepare_roles(own)
                own.execute(f"reset role; {AS_DUMPED}")
                own.execute(gzip.decompress((STATES / f"{state}.sql.gz").read_bytes()))
                own.execute("update public.token set expires_at = now() + interval '1 hour'")
            yield dsn
        finally:
            connection.execute(f"drop database {name} with (force)")


def test_it_is_migrated_with_all_that_is_in_it_and_goes_on(
    restored: str, cluster: str, template: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration that meets somebody who reads gives up with the table's name and leaves what it
    found; run again it comes through. Then the tables are those of a new installation, every
    record is answered as before and found by what it is filtered by, a token still opens, and the
    orders that were under way, in fallout, waiting for a person or just sent come to their end."""
    modules = load_modules()
    _gives_up(restored, monkeypatch)
    bring_up_to_date(restored, modules)
    assert outstanding(restored, modules) == []
    assert bring_up_to_date(restored, modules) == []
    fresh = psycopg.conninfo.make_conninfo(cluster, dbname=template)
    assert _schema(restored) ^ _schema(fresh) == set()
    told = json.loads(gzip.decompress((STATES / f"{state}.json.gz").read_bytes()))
    site = Site.open(restored)
    try:
        client = Client(site.app, told["token"], sees_all=True)
        _answered(client, told["records"])
        _goes_on(site, client, told)
    finally:
        site.close()


def _gives_up(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = load_modules()
    before = outstanding(dsn, modules)
    schema = _schema(dsn)
    with monkeypatch.context() as hurried, psycopg.connect(dsn) as reader:
        hurried.setattr("trunkline.database.migrate.ATTEMPTS_MAX", 2)
        hurried.setattr("trunkline.database.migrate.LOCK_TIMEOUT_MS", 50)
        reader.execute("select from individual, subscription, principal, work, plan_item, event")
        with pytest.raises(MigrationProblem, match="did not get its lock in 2 attempts") as caught:
            bring_up_to_date(dsn, modules)
    after = outstanding(dsn, modules)
    stopped = next(one for one in before if one in str(caught.value))
    assert after == before[before.index(stopped) :]
    assert before.index(stopped) > 0
    assert _schema(dsn) != schema, "what came before it was kept"


def _schema(dsn: str) -> set[tuple[str, str]]:
    with psycopg.connect(dsn) as connection:
        return set(connection.execute(SCHEMA).fetchall())


def _answered(client: Client, records: dict[str, list[dict[str, Any]]]) -> None:
    """Hold what is answered now against what was answered then."""
    kinds = {f"{one.api.base}/{one.path}": one for one in registry.resources.values()}
    for path, known in records.items():
        present = {one["id"]: one for one in _listed(client, kinds[path])}
        for before in known:
            # Lists leave drafts out by now; they are answered by their ids.
            now = present.get(before["id"]) or client.get(f"{path}/{before['id']}").json
            changed = {name: (value, now.get(name)) for name, value in before.items()
                       if now.get(name) != value and name != "href"}  # fmt: skip
            assert not changed, (path, before["key"], changed)
        for one in kinds[path].promote:
            values = [
                value for now in present.values() if isinstance(value := now.get(one.path), str)
            ]
            for value in values[:1]:
                query = f"{one.path}={quote(json.dumps(value))}"
                found = _listed(client, kinds[path], query)
                assert {hit[one.path] for hit in found} == {value}, (path, one.path, value)
                assert len(found) == values.count(value)


def _listed(client: Client, kind: Resource, query: str = "") -> list[dict[str, Any]]:
    """Return what a list answers, and the drafts, which stand in it only if they are asked for."""
    path, asked = f"{kind.api.base}/{kind.path}", [query]
    if kind.lifecycle is not None and not query.startswith(f"{_draft_name(kind)}="):
        asked += [f"{query}&{_draft_name(kind)}={one}" for one in sorted(kind.lifecycle.drafts)]
    found = []
    for one in asked:
        found += client.get(path, query_string=f"{one}&limit=1000".lstrip("&")).json
    assert len({one["id"] for one in found}) == len(found), path
    return found


def _draft_name(kind: Resource) -> str:
    """Return the attribute that tells drafts of a kind."""
    assert kind.lifecycle is not None
    return kind.type.attributes()[kind.lifecycle.names[-1]].json_name


def _goes_on(site: Site, client: Client, told: dict[str, Any]) -> None:
    with start() as network:
        use_network(site.services, load({"TRUNKLINE_NETWORK_URL": network.url}))
        use_policy(site.services, AT_ONCE)
        site._clients["admin"] = client
        operator = Operator(site, network, {})
        orders = {name: Order(operator, told[name]) for name in ORDERS}
        assert (
            client.patch(f"{ORDER}/{told['draft']}", {"state": "acknowledged"}).status_code == 200
        )
        assert client.post(f"{FALLOUT}/{told['fallout']}/retry").status_code == 200
        visit = next(one for one in orders["waiting"].plan["item"] if one["kind"] == "manual")
        assert (
            client.post(f"{OWN}/task/{visit['id']}/complete", {"evidence": "seen"}).status_code
            == 200
        )
        operator.hurry()
        states = {name: one.state for name, one in orders.items()}
        assert states == dict.fromkeys(ORDERS, "completed"), states
        heard = operator.events(told["done"], "ProductOrderCreateEvent")
        assert [one["event"]["productOrder"]["id"] for one in heard] == [told["done"]]
        assert operator.audit(told["done"])[0][2] == "create"
