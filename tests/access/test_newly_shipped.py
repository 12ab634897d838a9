"""Newly shipped permissions: told, given or left, and never asked about twice."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.program import Site
from trunkline.access import newly_shipped
from trunkline.access.newly_shipped import give_newer, keep_roles, newer, note_held
from trunkline.access.standard import ROLES, ensure_roles, shipped_roles
from trunkline.identity.roles import Role, all_roles
from trunkline.kernel.actor import Grant, system
from trunkline.program.doctor import all_database_findings

NEW = {"TMF620:delete": Grant(), "ordering:completeTask": Grant("partner")}
BY = system("tests")


@pytest.fixture
def upgraded(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An installation whose program has just become one that gives the care agent more."""
    ensure_roles(site.services)
    note_held(site.services)
    care = ROLES["care"]
    more = Role("care", care.title, care.description, {**care.permissions, **NEW})
    roles = [more if one.name == "care" else one for one in shipped_roles()]
    monkeypatch.setattr(newly_shipped, "shipped_roles", lambda: roles)
    return site


def lacking(site: Site) -> dict[str, set[str]]:
    with site.services.database.app.connection() as connection:
        return {one.role.name: set(one.permissions) for one in newer(connection)}


def told(site: Site) -> tuple[str, str]:
    """Return what the doctor says, on a plain connection as it has one."""
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        found = {one.subject: one for one in all_database_findings(connection)}
    return found["usual roles"].level, found["usual roles"].text


def held(site: Site) -> set[str]:
    with site.services.database.app.connection() as connection:
        (care,) = (one for one in all_roles(connection) if one.name == "care")
    return set(care.permissions)


def test_what_a_newer_version_ships_is_told_and_left_or_given(upgraded: Site) -> None:
    """The doctor names the role; nothing changes until somebody says so, and then it is quiet."""
    site = upgraded
    assert lacking(site) == {"care": set(NEW)}
    level, text = told(site)
    assert level == "warn"
    assert "lack 2 permissions" in text
    assert "(care)" in text
    before = held(site)
    ensure_roles(site.services)
    note_held(site.services)
    assert held(site) == before
    assert lacking(site) == {"care": set(NEW)}
    assert give_newer(site.services, by=BY, names=["sales"]) == []
    assert keep_roles(site.services, by=BY, names=["care"])
    assert held(site) == before
    assert lacking(site) == {}
    assert told(site)[0] == "ok"
    with site.services.database.app.connection() as connection:
        connection.execute("delete from shipped where name like 'permission care %'")
    assert lacking(site) == {"care": set(NEW)}
    assert [one.role.name for one in give_newer(site.services, by=BY)] == ["care"]
    assert held(site) == before | set(NEW)
    assert lacking(site) == {}


def test_what_the_operator_took_away_is_not_offered_again(site: Site) -> None:
    """A permission that a role had once and has not now was the operator's decision."""
    ensure_roles(site.services)
    note_held(site.services)
    some = dict(list(ROLES["billing"].permissions.items())[:3])
    site.role("billing", some)
    assert "billing" not in lacking(site)
