"""Shows that the usual roles name things that are there, and keep from each what is not its."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.access.hub_site import HubSite, listening, open_hub
from tests.support.program import Site
from trunkline.access.standard import ACTING_ROLES, PLAIN, ROLES, ensure_roles
from trunkline.identity.rights import permission_faults
from trunkline.identity.roles import Role, all_roles, define_role
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant, system
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.kernel.session import is_narrow

load_modules()


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


def actor(role: str) -> Actor:
    return Actor("x", role, "user", ROLES[role].permissions, party="p", partner="q")


def sees(role: str, thing: str) -> Grant | None:
    return actor(role).grant(registry[thing], "read")


@pytest.mark.parametrize("role", ROLES)
def test_permissions_are_well_formed(role: str) -> None:
    assert list(permission_faults(ROLES[role].permissions)) == []
    for name in ROLES[role].permissions:
        thing = name.partition(":")[0]
        assert re.fullmatch(r"TMF[67]\d\d|\*|[a-z]+|[A-Z][A-Za-z]+", thing), name


def test_missing_roles_are_made_and_changed_ones_kept(hub: HubSite) -> None:
    """The second time nothing is made; what the operator changed stays."""
    services = hub.site.services
    ensure_roles(services)
    assert ensure_roles(services) == []
    with services.database.app.connection() as connection:
        kept = {one.name: one for one in all_roles(connection)}
    assert {name: kept[name] for name in ROLES} == ROLES
    changed = replace(ROLES["sales"], title="Seller")
    define_role(
        services, by=system("tests"), name="sales", title="Seller",
        permissions=changed.permissions,
    )  # fmt: skip
    assert ensure_roles(services) == []
    with services.database.app.connection() as connection:
        titles = {one.name: one.title for one in all_roles(connection)}
    assert titles["sales"] == "Seller"


@pytest.mark.accepts("SEC-02")
def test_each_role_sees_its_classes() -> None:
    """Care sees personal data and nothing sensitive; a catalog manager no person at all."""
    care = sees("care", "Individual")
    assert care is not None
    assert "personal" in care.sees
    assert "sensitive" not in care.sees
    assert sees("catalog", "Individual") is None
    offering = sees("catalog", "ProductOffering")
    assert offering is not None
    assert "personal" not in offering.sees
    assert sees("billing", "BillingAccount") == Grant("all", sees("privacy", "Individual").sees)  # type: ignore[union-attr]
    assert {"public", "internal"} == PLAIN


@pytest.mark.parametrize("role", ACTING_ROLES.values(), ids=lambda one: str(one.name))
def test_who_acts_for_others_reaches_theirs_only(role: Role) -> None:
    assert list(permission_faults(role.permissions)) == []
    assert {grant.reach for grant in role.permissions.values()} == {"own"}


@pytest.mark.accepts("SEC-03")
@pytest.mark.parametrize(("role", "reach"), [("partner", "partner"), ("self_service", "own")])
def test_outsiders_reach_own_rows_only(role: str, reach: str) -> None:
    """Every grant of a partner or customer is narrow, so row-level security watches them too."""
    assert {grant.reach for grant in ROLES[role].permissions.values()} == {reach}
    assert is_narrow(actor(role))
    assert sees(role, "ProductOrder") is not None
    assert sees(role, "ServiceOrder") is None
    offering = sees(role, "ProductOffering")
    assert offering is not None
    assert offering.sees & EVERY_CLASS == {"public"}


@pytest.mark.parametrize("role", [one for one in ROLES if one not in {"partner", "self_service"}])
def test_staff_reaches_all_rows(role: str) -> None:
    assert {grant.reach for grant in ROLES[role].permissions.values()} == {"all"}


def test_a_system_subscribes_and_does_not_administer() -> None:
    """A system hears of events; neither it nor staff and customers administer or subscribe."""
    assert actor("integrator").may("events:subscribe")
    assert not actor("integrator").may("identity:administer")
    assert not actor("integrator").may("hub:administer")
    for role in ("sales", "care", "fallout", "catalog", "self_service"):
        assert not actor(role).may("events:subscribe")


def test_managers_of_sales_see_margins_and_no_ratings_of_people() -> None:
    """What is sensitive they see of opportunities only; tables that decide they only read."""
    role = ROLES["sales_manager"]
    seen = {name for name, one in role.permissions.items() if "sensitive" in one.sees}
    assert {name.partition(":")[0] for name in seen} == {"SalesOpportunity"}
    assert {name for name in role.permissions if name.startswith("DecisionTable:")} == {
        "DecisionTable:read"
    }
