"""Tokens of staff roles reach what the workspace keeps for their person, and customers' do not."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files

import psycopg
import pytest

from tests.support.program import Client, Site
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.documents.errors import Invalid
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.identity.roles import all_roles
from trunkline.kernel.actor import Actor, Grant, system
from trunkline.kernel.session import is_narrow

OWN = "/api/workspace/v1/preferences"
STAFF = sorted(
    name
    for name, one in ROLES.items()
    if name != "self_service" and "workspace:own" in one.permissions
)


def client(site: Site, role: str, scope: str) -> Client:
    by = system("tests")
    party = site.admin.post("/tmf-api/party/v4/individual", {"givenName": "A", "familyName": role})
    login = f"{role}-{scope.partition(':')[2]}".replace("_", "-")
    user = NewUser(login, role, roles=[role], party=party.json["id"], partner=party.json["id"])
    owner = add_user(site.services, by=by, user=user)
    made = create_personal_token(
        site.services, by=by, owner=owner, name="script", scopes=[scope], lasts=timedelta(days=1)
    )
    return Client(site.app, made.token)


@pytest.mark.parametrize("role", [*STAFF, "auditor"])
def test_a_token_of_a_staff_role_reaches_its_own_things(site: Site, role: str) -> None:
    """With the scope for nothing else."""
    ensure_roles(site.services)
    own = client(site, role, "workspace:own")
    assert own.patch(OWN, {"density": "compact"}).json["density"] == "compact"
    assert own.get("/tmf-api/customerManagement/v4/customer").status_code == 403


def test_a_customer_gets_no_such_token(site: Site) -> None:
    ensure_roles(site.services)
    with pytest.raises(Invalid):
        client(site, "self_service", "workspace:own")


@pytest.mark.parametrize("role", STAFF)
def test_the_permission_narrows_nobody(role: str) -> None:
    """It reaches as far as the role does, so that row security watches the same roles as before."""
    grants = ROLES[role].permissions
    without = {name: one for name, one in grants.items() if not name.startswith("workspace:")}
    assert is_narrow(Actor("x", role, "user", grants)) == is_narrow(
        Actor("x", role, "user", without)
    )


def test_roles_of_an_installation_that_is_there_already_get_it(site: Site) -> None:
    """By the migration: those of the staff, the operator's own too; once, and no others."""
    plain = frozenset({"public", "internal"})
    site.role("desk", {"Customer:read": Grant("all")})
    site.role("dealer", {"Product:read": Grant("partner", plain)})
    site.role("portal", {"Product:read": Grant("own")})
    site.role("boss", {"*:*": Grant()})
    text = (files("trunkline.identity") / "migrations" / "0007_workspace_of_staff.sql").read_text()
    for _ in range(2):
        with psycopg.connect(site.dsn) as connection:
            connection.execute(text)
    with site.services.database.app.connection() as connection:
        found = {one.name: dict(one.permissions) for one in all_roles(connection)}
    both = {"workspace:own": Grant("all", plain), "workspace:records": Grant("all", plain)}
    assert found["desk"] == {"Customer:read": Grant("all"), **both}
    assert found["dealer"] == {
        "Product:read": Grant("partner", plain), "workspace:own": Grant("partner", plain),
    }  # fmt: skip
    assert found["portal"] == {"Product:read": Grant("own")}
    assert found["boss"] == {"*:*": Grant()}
