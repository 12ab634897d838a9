"""Short ways to the people that the tests are about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.rights import ADMINISTER, read_actor
from trunkline.identity.roles import define_role
from trunkline.kernel.actor import Actor, Grant, system
from trunkline.kernel.services import Services

PASSWORD = "a river without a bridge"
SETUP = system("setup")
_numbers = count(1)


class Clock:
    """Machine time that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def new_role(services: Services, permissions: Mapping[str, Grant]) -> str:
    name = f"role-{next(_numbers)}"
    define_role(services, by=SETUP, name=name, title=name, permissions=permissions)
    return name


def new_user(
    services: Services,
    login: str,
    roles: Sequence[str] = (),
    password: str | None = None,
    partner: str | None = None,
) -> str:
    user = NewUser(login, login.title(), password, roles=roles, partner=partner)
    return add_user(services, by=SETUP, user=user)


def actor(services: Services, ident: str) -> Actor:
    with services.database.app.connection() as connection:
        found = read_actor(connection, principal=ident, now=services.machine_now())
    assert found is not None
    return found


def administrator_of_some(services: Services, login: str, grants: Mapping[str, Grant]) -> Actor:
    """A user who may administer people, but holds little."""
    role = new_role(services, {ADMINISTER: Grant(), **grants})
    return actor(services, new_user(services, login, [role]))


def generation(services: Services) -> int:
    with services.database.app.connection() as connection:
        row = connection.execute("select number from generation").fetchone()
    assert row is not None
    return int(row[0])
