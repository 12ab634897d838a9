"""Upkeep: partitions come and go, and what is over is removed."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from tests.support.program import Site
from trunkline.worker.maintenance import ADVISORY_LOCK, Maintenance, keep_up
from trunkline.workspace.notifications import Notice, tell

KEPT = {"event": timedelta(days=60), "audit": None, "delivery": timedelta(days=60)}


def test_partitions_come_and_go(site: Site) -> None:
    old = "event_202001"
    with site.services.database.app.connection() as connection:
        before = connection.execute("select ensure_partitions()").fetchone()
    assert before == (0,)
    _as_owner(
        site,
        f"create table {old} partition of event for values from ('2020-01-01') to ('2020-02-01')",
        "create table audit_202001 partition of audit"
        " for values from ('2020-01-01') to ('2020-02-01')",
    )
    done = keep_up(site.services, retention=KEPT)
    assert done is not None
    assert done["event_dropped"] == 1
    assert "audit_dropped" not in done
    assert site.rows("select to_regclass(%s)::text", old) == [(None,)]
    assert site.rows("select to_regclass('audit_202001')::text") == [("audit_202001",)]


def test_old_keys_are_forgotten_and_young_ones_kept(site: Site) -> None:
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into idempotency (client, key, fingerprint, created_at) values"
            " (gen_random_uuid(), 'old', '\\x00', now() - interval '73 hours'),"
            " (gen_random_uuid(), 'young', '\\x00', now() - interval '71 hours')"
        )
    done = keep_up(site.services, retention={})
    assert done is not None
    assert done["idempotency"] == 1
    assert site.rows("select key from idempotency") == [("young",)]


def test_one_process_at_a_time(site: Site) -> None:
    with site.services.database.app.connection() as other:
        other.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
        assert keep_up(site.services, retention={}) is None
        other.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    assert keep_up(site.services, retention={}) is not None


def test_the_thread_ends_when_told(site: Site) -> None:
    upkeep = Maintenance(site.services, retention={})
    upkeep.start()
    upkeep.stop(timeout_s=5)
    assert not upkeep.is_running


def _as_owner(site: Site, *statements: str) -> None:
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        connection.execute("set role trunkline_owner")
        for statement in statements:
            connection.execute(statement)


def test_what_was_read_long_ago_is_forgotten(site: Site) -> None:
    """What nobody has read stays, however old it is."""
    _ = site.admin
    ((me,),) = site.rows("select principal::text from user_account where login = 'admin'")
    for text in ("read", "unread"):
        tell(site.services, [me], Notice("job", text, "/"))
    site.rows(
        "update notification set at = at - interval '200 days', "
        "read_at = case text when 'read' then at end returning 1"
    )
    keep_up(site.services, retention={})
    assert site.rows("select text from notification") == [("unread",)]
