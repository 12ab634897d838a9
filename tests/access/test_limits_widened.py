"""Limits of shipped roles that a later release widens, in an installation of before."""

from __future__ import annotations

from importlib.resources import files

import psycopg

from tests.support.program import Site
from trunkline.access.standard import ensure_roles

MIGRATION = files("trunkline.party") / "migrations" / "0002_foreign_consumers.sql"


def test_agents_for_consumers_of_before_serve_those_from_abroad(site: Site) -> None:
    """What the shipped role was limited to is widened; the operator's own limits stay."""
    ensure_roles(site.services)
    held = (
        "select permission, limits from role_permission "
        "where role = 'consumer_agent' and limits <> '[]' order by 1"
    )
    shipped = site.rows(held)
    assert len({limits for _, limits in shipped}) == 1
    (own, _), *rest = shipped
    with psycopg.connect(site.dsn) as owner:
        owner.execute("set local role trunkline_owner")
        owner.execute("alter table role_permission no force row level security")
        owner.execute(
            "update role_permission set limits = replace(limits, %s, '') "
            "where role = 'consumer_agent'",
            [',"customerType:foreignConsumer"'],
        )
        owner.execute(
            "update role_permission set limits = '[[\"team:one\"]]' "
            "where role = 'consumer_agent' and permission = %s",
            [own],
        )
        owner.execute(MIGRATION.read_text())
    assert site.rows(held) == [(own, '[["team:one"]]'), *rest]
