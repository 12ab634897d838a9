"""Roles: nobody gives, takes or touches more than they hold, and changes count at once."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.identity.people import (
    PASSWORD,
    SETUP,
    actor,
    administrator_of_some,
    generation,
    new_role,
    new_user,
)
from trunkline.documents.errors import Conflict, Forbidden, Invalid, NotFound
from trunkline.documents.shape import DataClass
from trunkline.identity.accounts import NewUser, add_user, add_users, disable, set_password
from trunkline.identity.clients import create_client, rotate_secret
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.identity.rights import ADMINISTER, covering, held
from trunkline.identity.roles import (
    Role,
    all_roles,
    assign_role,
    define_role,
    roles_of,
    withdraw_role,
)
from trunkline.identity.standard_roles import ADMINISTRATOR, AUDITOR, ensure_standard_roles
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.resource import Registry
from trunkline.kernel.services import Services

PUBLIC: frozenset[DataClass] = frozenset({"public"})
PARTNER = "01960000-0000-7000-8000-0000000000aa"
OTHER_PARTNER = "01960000-0000-7000-8000-0000000000bb"


class Declared:
    """As much of a resource as permissions know."""

    def __init__(self, name: str, number: str, module: str) -> None:
        self.name, self.module, self.api = name, module, self
        self.number = number


@pytest.fixture(scope="module")
def registry() -> Registry:
    made: Any = Registry()
    made.resources["Letter"] = Declared("Letter", "POST1", "post")
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "permission,names",
    [
        ("Letter:read", ["Letter:read", "POST1:read", "post:read", "*:read", "*:*"]),
        ("Letter:burn", ["Letter:burn", "*:*"]),
        ("POST1:read", ["POST1:read", "*:read", "*:*"]),
        ("post:read", ["post:read", "*:*"]),
        ("*:read", ["*:read", "*:*"]),
        ("*:*", ["*:*"]),
    ],
)
def test_what_includes_a_permission(registry: Registry, permission: str, names: list[str]) -> None:
    assert list(covering(registry, permission)) == names


def test_how_far_a_permission_is_held(registry: Registry) -> None:
    grants = {"POST1:read": Grant("partner", PUBLIC), "*:read": Grant("own")}
    who = Actor("1", "Ada", "user", grants)
    assert held(registry, who, "Letter:read") == Grant("partner")
    assert held(registry, who, "*:read") == Grant("own")
    assert held(registry, who, "Letter:update") is None
    narrowed = Actor("1", "Ada", "user", grants, frozenset({"Letter:read"}))
    assert held(registry, narrowed, "Letter:read") == Grant("partner")
    assert held(registry, narrowed, "*:read") is None


def test_the_standard_roles_are_there_once(services: Services) -> None:
    assert ensure_standard_roles(services) == []
    with services.database.app.connection() as connection:
        found = {one.name: one for one in all_roles(connection)}
    assert found["administrator"] == ADMINISTRATOR
    assert found["auditor"] == AUDITOR


def test_a_role_is_given_and_taken(services: Services) -> None:
    ident = new_user(services, "ada")
    assert assign_role(services, by=SETUP, principal=ident, role="auditor")
    assert not assign_role(services, by=SETUP, principal=ident, role="auditor")
    assert set(actor(services, ident).grants) == set(AUDITOR.permissions)
    with services.database.app.connection() as connection:
        assert roles_of(connection, principal=ident) == ["auditor"]
    assert withdraw_role(services, by=SETUP, principal=ident, role="auditor")
    assert not withdraw_role(services, by=SETUP, principal=ident, role="auditor")
    assert not actor(services, ident).grants


def test_rights_are_the_union_of_all_roles(services: Services) -> None:
    roles = [
        new_role(services, {"Letter:read": Grant("all", PUBLIC), "Letter:create": Grant("own")}),
        new_role(services, {"Letter:read": Grant("own", frozenset({"personal"}))}),
    ]
    who = actor(services, new_user(services, "bert", roles))
    assert who.grants == {
        "Letter:read": Grant("all", frozenset({"public", "personal"})),
        "Letter:create": Grant("own"),
    }


@pytest.mark.parametrize(
    "permissions",
    [
        {"*:*": Grant()},
        {"*:read": Grant()},
        {"Letter:update": Grant()},
        {"Letter:read": Grant("all", PUBLIC)},
        {"Letter:read": Grant("partner", frozenset({"public", "sensitive"}))},
    ],
)
def test_nobody_gives_more_than_they_hold(
    services: Services, permissions: dict[str, Grant]
) -> None:
    number = generation(services)
    boss = administrator_of_some(
        services, f"boss{number}", {"Letter:read": Grant("partner", PUBLIC)}
    )
    role = new_role(services, permissions)
    target = new_user(services, f"carla{number}")
    refused: list[Callable[[], object]] = [
        lambda: assign_role(services, by=boss, principal=target, role=role),
        lambda: assign_role(services, by=boss, principal=boss.id, role=role),
        lambda: define_role(services, by=boss, name="mine", title="Mine", permissions=permissions),
        lambda: define_role(services, by=boss, name=role, title="Less", permissions={}),
        lambda: add_user(services, by=boss, user=NewUser(f"new{number}", "New", roles=[role])),
        lambda: create_client(services, by=boss, client_id=f"c{number}", name="C", roles=[role]),
    ]
    before = generation(services)
    for act in refused:
        with pytest.raises(Forbidden) as refusal:
            act()
        assert refusal.value.code == "notHeld"
    assert generation(services) == before
    within = new_role(services, {"Letter:read": Grant("own", PUBLIC)})
    assert assign_role(services, by=boss, principal=target, role=within)


def test_nobody_acts_for_those_who_hold_more(services: Services) -> None:
    boss = administrator_of_some(services, "dora", {"*:read": Grant()})
    chief = new_user(services, "emil", ["administrator"], PASSWORD)
    client = create_client(
        services, by=SETUP, client_id="engine", name="Engine", roles=["administrator"]
    )
    refused: list[Callable[[], object]] = [
        lambda: set_password(services, by=boss, principal=chief, password="taken over now"),
        lambda: disable(services, by=boss, principal=chief),
        lambda: withdraw_role(services, by=boss, principal=chief, role="administrator"),
        lambda: rotate_secret(services, by=boss, client_id=client.client_id),
        lambda: create_personal_token(services, by=boss, owner=chief, name="t", scopes=["*:read"]),
    ]
    for act in refused:
        with pytest.raises(Forbidden) as refusal:
            act()
        assert refusal.value.code == "notHeld"


def test_who_may_not_administer_changes_nobody(services: Services) -> None:
    reader = actor(services, new_user(services, "frida", ["auditor"]))
    target = new_user(services, "greta")
    for act in (
        lambda: assign_role(services, by=reader, principal=target, role="auditor"),
        lambda: disable(services, by=reader, principal=target),
        lambda: add_user(services, by=reader, user=NewUser("x", "X")),
        lambda: define_role(services, by=reader, name="x", title="X", permissions={}),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_narrow_token_administers_nobody(services: Services) -> None:
    chief = new_user(services, "hugo", ["administrator"])
    full = actor(services, chief)
    narrow = Actor(full.id, full.name, "user", full.grants, frozenset({"*:read"}))
    with pytest.raises(Forbidden):
        assign_role(services, by=narrow, principal=chief, role="auditor")
    one = Actor(full.id, full.name, "user", full.grants, frozenset({ADMINISTER, "*:read"}))
    with pytest.raises(Forbidden):
        assign_role(services, by=one, principal=new_user(services, "ida"), role="administrator")


def test_a_partners_administrator_reaches_its_own_people_only(services: Services) -> None:
    role = new_role(services, {ADMINISTER: Grant("partner"), "Letter:read": Grant("partner")})
    boss = actor(services, new_user(services, "jan", [role], partner=PARTNER))
    own = new_user(services, "kim", partner=PARTNER)
    other = new_user(services, "lena", partner=OTHER_PARTNER)
    for_letters = new_role(services, {"Letter:read": Grant("partner")})
    assert assign_role(services, by=boss, principal=own, role=for_letters)
    for ident in (other, new_user(services, "mona"), "not-an-id", PARTNER):
        with pytest.raises(NotFound):
            assign_role(services, by=boss, principal=ident, role=for_letters)
    add_user(services, by=boss, user=NewUser("nora", "Nora", partner=PARTNER))
    for wrong in (
        NewUser("olga", "Olga"),
        NewUser("olga", "Olga", partner=OTHER_PARTNER),
        NewUser("olga", "Olga", partner=PARTNER, party=OTHER_PARTNER),
    ):
        with pytest.raises(Forbidden):
            add_user(services, by=boss, user=wrong)
    with pytest.raises(Forbidden):
        define_role(services, by=boss, name="new", title="New", permissions={})


def test_a_role_is_replaced_and_an_equal_one_is_no_change(services: Services) -> None:
    name = new_role(services, {"Letter:read": Grant(), "Letter:create": Grant()})
    before = generation(services)
    same = {"Letter:create": Grant(), "Letter:read": Grant()}
    assert not define_role(services, by=SETUP, name=name, title=name, permissions=same)
    assert generation(services) == before
    less = {"Letter:read": Grant("own", PUBLIC)}
    assert define_role(services, by=SETUP, name=name, title="Reader", permissions=less)
    assert generation(services) == before + 1
    with services.database.app.connection() as connection:
        assert Role(name, "Reader", "", less) in all_roles(connection)


def test_every_fault_of_a_role_is_named(services: Services) -> None:
    wrong: Any = {"read": Grant(), "*:burn": Grant(), "Letter:read": Grant("everything")}  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refusal:
        define_role(services, by=SETUP, name="No Name", title="x", permissions=wrong)
    assert [one.code for one in refusal.value.faults] == [
        "permissionName",
        "permissionName",
        "permissionGrant",
        "roleName",
    ]
    with pytest.raises(Invalid):
        assign_role(services, by=SETUP, principal=new_user(services, "paul"), role="absent")


def test_many_users_come_at_once(services: Services) -> None:
    users = [NewUser(f"many{one}", f"Many {one}", roles=["auditor"]) for one in range(300)]
    before = generation(services)
    idents = add_users(services, by=SETUP, users=users)
    assert len(set(idents)) == 300
    assert set(actor(services, idents[299]).grants) == set(AUDITOR.permissions)
    assert actor(services, idents[299]).name == "Many 299"
    assert generation(services) == before


def test_all_or_none_of_the_users_are_added(services: Services) -> None:
    new_user(services, "taken")
    with pytest.raises(Conflict) as conflict:
        add_users(services, by=SETUP, users=[NewUser("free", "F"), NewUser("TAKEN", "T")])
    assert [one.path for one in conflict.value.faults] == ["user[1].login"]
    users = [NewUser("a b", "A"), NewUser("c", ""), NewUser("free", "F"), NewUser("free", "F")]
    users.append(NewUser("d", "D", "short"))
    with pytest.raises(Invalid) as invalid:
        add_users(services, by=SETUP, users=users)
    assert [one.code for one in invalid.value.faults] == [
        "loginForm",
        "nameForm",
        "loginTwice",
        "passwordTooShort",
    ]
    new_user(services, "free")


def test_what_was_done_stands_in_the_access_log(services: Services) -> None:
    ident = new_user(services, "quinn")
    assign_role(services, by=SETUP, principal=ident, role="auditor")
    with services.database.app.connection() as connection:
        rows = connection.execute(
            "select actor_name, action from access_log where subject = %s", [ident]
        ).fetchall()
    assert {tuple(row) for row in rows} == {("setup", "addUser 1"), ("setup", "assignRole auditor")}
