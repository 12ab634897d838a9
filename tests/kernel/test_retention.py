"""Retention reaches what lies outside of the monthly partitions, too."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from tests.support.program import Site
from trunkline.worker.maintenance import keep_up

KEPT = {"event": timedelta(days=400), "audit": timedelta(days=3_660)}
AGES = (500, 300, -300)
"""How many days ago: before the months that have partitions, twice, and after them."""


def left(site: Site, table: str) -> list[int]:
    found = site.rows(f"select version from {table}_rest order by version desc")
    return [int(version) for (version,) in found]


def test_rows_outside_of_all_months_are_dropped_by_age(site: Site) -> None:
    """Old rows of the default partition go, younger and later ones stay."""
    ident = site.services.chance.uuid
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        for age in AGES:
            connection.execute(
                "insert into event (id, at, type, kind, subject, version, root, payload) values "
                "(%s, now() - make_interval(days => %s), 'Category', 'created', %s, %s, %s, '')",
                [ident(), age, ident(), age, ident()],
            )
            connection.execute(
                "insert into audit (id, at, actor, actor_name, channel, action, type, subject, "
                "version, changes) values (%s, now() - make_interval(days => %s), %s, 'Ada', "
                "'api', 'create', 'Category', %s, %s, '')",
                [ident(), age, ident(), ident(), age],
            )
    assert left(site, "event") == [500, 300, -300]
    assert keep_up(site.services, retention=KEPT) is not None
    assert left(site, "event") == [300, -300]
    assert left(site, "audit") == [500, 300, -300]
