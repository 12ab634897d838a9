"""The large set: stored in bulk as the one write path would, gone on with where it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.program import Site, fresh_database
from trunkline.demo import exemplar, large
from trunkline.demo.mapping import point_of
from trunkline.demo.people import STREETS
from trunkline.documents.decode import encode, load
from trunkline.documents.paths import value_at
from trunkline.documents.references import references
from trunkline.kernel.references import Target, links
from trunkline.kernel.resource import Meta, Resource
from trunkline.kernel.states import internal_state, label_of
from trunkline.kernel.work import as_system
from trunkline.kernel.write import promoted_columns

SIZE = 1_500
KINDS = ("Individual", "Organization", "Customer", "BillingAccount", "GeographicAddress",
         "GeographicSite", "ProductOrder", "ServiceOrder", "ResourceOrder", "Product", "Service",
         "Resource")  # fmt: skip
ADDED = {"Individual", "Organization", "Customer", "BillingAccount", "GeographicAddress",
         "GeographicSite", "Product", "Service", "Resource"}  # fmt: skip
EVENT = "type, kind, state, version, root, owner, partner, request"
AUDIT = "actor, actor_name, channel, request, action, type, version, owner, partner"


@pytest.fixture(scope="module", autouse=True)
def few() -> Iterator[None]:
    """Few exemplars, of every kind of customer."""
    patched = pytest.MonkeyPatch()
    patched.setattr(exemplar, "COUNT", 8)
    yield
    patched.undo()


@pytest.fixture(scope="module")
def loaded(site: Site) -> Site:
    told: list[int] = []
    stored = large.seed_large(site.services, size=SIZE, progress=told.append)
    assert stored >= SIZE
    assert told == sorted(told)
    return site


@pytest.fixture(scope="module")
def targets(loaded: Site) -> dict[str, Target]:
    """What references of the large set may lead to; its records stay as they are."""
    return {
        str(ident): Target(str(ident), kind, None, None, None)
        for ident, kind in loaded.rows("select id, type from record")
    }


def sample(site: Site, resource: Resource) -> list[str]:
    """The ids of a few copies of a kind, old and new."""
    rows = site.rows(
        f"select id::text from {resource.table} where updated_at < %s order by id", exemplar.MOMENT
    )
    assert len(rows) > 6
    return [ident for (ident,) in (*rows[:3], *rows[-3:])]


def one(site: Site, sql: str, *parameters: Any) -> tuple[Any, ...]:
    (row,) = site.rows(sql, *parameters)
    return row


def test_customers_are_told_apart(loaded: Site) -> None:
    (people, mails, numbers, phones) = one(
        loaded,
        "select count(*), count(distinct doc -> 'contactMedium' -> 0 ->> 'characteristic'), "
        "(select count(distinct doc::text) from resource), (select count(*) from resource) "
        "from individual",
    )
    assert mails == people
    assert numbers == phones


def test_each_house_has_its_own_point_on_the_map(loaded: Site) -> None:
    """A copy lies where its own street and number are, not where its exemplar lies."""
    rows = loaded.rows(
        "select doc ->> 'city', doc ->> 'streetName', doc ->> 'streetNr', "
        "doc #>> '{geographicLocation,geoJson,coordinates}' from geographic_address"
    )
    assert len(rows) > 4 * exemplar.COUNT
    for city, street, house, point in rows:
        assert load(point.encode()) == point_of(city, street, house, STREETS)
    assert len({one[3] for one in rows}) > len(rows) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_derived_is_what_the_kernel_derives(
    loaded: Site, targets: dict[str, Target], kind: str
) -> None:
    """The document's bytes, promoted columns, label, references, state; sealed event and audit."""
    resource = loaded.services.registry[kind]
    for ident in sample(loaded, resource):
        text, key, owner = one(
            loaded, f"select doc::text, key, owner::text from {resource.table} where id = %s", ident
        )
        raw = load(text.encode())
        assert encode(raw).decode() == text
        for column, _, path in promoted_columns(resource):
            (same,) = one(
                loaded,
                f"select {column} is not distinct from "
                f"(%s::text)::{column_type(loaded, resource.table, column)} "
                f"from {resource.table} where id = %s",
                None if (value := value_at(raw, path)) is None else str(value),
                ident,
            )
            assert same, (kind, column)
        assert one(loaded, "select type, label, owner::text from record where id = %s", ident) == (
            kind, label_of(resource, raw), owner,
        )  # fmt: skip
        assert {
            (link.path, link.target, link.role, link.target_type)
            for link in links(list(references(resource.type, raw)), targets)
        } == set(
            loaded.rows(
                f"select path, target::text, role, target_type from {resource.reference_table} "
                "where source = %s",
                ident,
            )
        )
        assert all(ref.id in targets for ref in references(resource.type, raw))
        event, state, told, payload = one(
            loaded, "select id::text, state, key, payload from event where subject = %s", ident
        )
        keyring, connection = loaded.services.keyring, loaded.services.database.app.connection()
        assert (state, told) == (internal_state(resource, raw), key)
        with connection as opened:
            assert keyring.open(opened, owner, f"event|{event}", payload) == text.encode()


def column_type(site: Site, table: str, column: str) -> str:
    return str(one(
        site, "select data_type from information_schema.columns where table_name = %s and "
        "column_name = %s", table, column,
    )[0])  # fmt: skip


@pytest.mark.parametrize("kind", sorted(ADDED))
def test_a_copy_is_what_the_write_path_stores(loaded: Site, kind: str) -> None:
    """The same document, stored again by the write path, has the same row, event and audit line."""
    resource, services = loaded.services.registry[kind], loaded.services
    for ident in sample(loaded, resource):
        text, at, owner = one(
            loaded,
            f"select doc::text, updated_at, owner::text from {resource.table} where id = %s", ident,
        )  # fmt: skip
        then = exemplar.replace(services, machine_now=lambda at=at: at, test_clock=False)
        document = resource.type.wrap(load(text.encode()))
        again = services.chance.uuid()
        object.__setattr__(document, "meta", Meta(again))
        with as_system(then, exemplar.ACTOR) as work:
            work.skip_reactions = True
            work.add(document)
        rows = {}
        for which in (ident, again):
            columns = [
                name
                for (name,) in loaded.rows(
                    "select column_name from information_schema.columns where table_name = %s "
                    "and column_name not in ('id', 'key', 'doc')", resource.table,
                )
            ]  # fmt: skip
            row = one(
                loaded,
                f"select doc::text, {', '.join(columns)} from {resource.table} where id = %s",
                which,
            )
            event = one(loaded, f"select at, {EVENT} from event where subject = %s", which)
            audit = one(
                loaded, f"select at, {AUDIT}, changes, id from audit where subject = %s", which
            )
            with services.database.app.connection() as connection:
                whose = which if owner == ident else owner
                changes = services.keyring.open(connection, whose, f"audit|{audit[-1]}", audit[-2])
                assert changes == b"[]"
            links_ = loaded.rows(
                f"select path, target, role, type, target_type from {resource.reference_table} "
                "where source = %s order by 1, 2, 3", which,
            )  # fmt: skip
            shown = repr((row, event, audit[:-2], changes, links_)).replace(which, "self")
            rows[which] = shown
        assert rows[ident] == rows[again]


def test_killed_it_goes_on_and_nothing_is_stored_twice(
    loaded: Site, cluster: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off within a chunk, run again, then asked for what is there already."""
    with fresh_database(cluster, template) as dsn:
        site = Site.open(dsn)
        calls = 0
        original = large.store

        def store(connection: Any, columns: Any, lines: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == 2:
                del lines["audit"][0]
                lines["audit"].append("torn")
            original(connection, columns, lines)

        with monkeypatch.context() as patched:
            patched.setattr(large, "store", store)
            with pytest.raises(Exception, match="torn|audit"):
                large.seed_large(site.services, size=SIZE, progress=lambda _: None)
        (before,) = one(site, "select count(*) from record")
        assert 0 < before < SIZE
        site.close()
        site = Site.open(dsn)
        stored = large.seed_large(site.services, size=SIZE, progress=lambda _: None)
        sets = "select id::text, type, label from record order by id"
        copies = [row for row in loaded.rows(sets) if row[0] < "019b8d62"]
        assert [row for row in site.rows(sets) if row[0] < "019b8d62"] == copies
        assert large.seed_large(site.services, size=SIZE, progress=lambda _: None) == stored
        assert one(site, "select count(*) from record where id::text < '019b8d62'") == (
            len(copies),
        )
        site.close()
