"""Other processes with caches of their own, and short ways to tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.identity.people import PASSWORD, SETUP, actor, generation, new_role
from trunkline.database.connection import Pool
from trunkline.identity.authenticate import Authenticator, Known
from trunkline.identity.clients import NewClient, create_client, issue_access_token
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.identity.sign_in import sign_in
from trunkline.kernel.actor import Grant
from trunkline.kernel.services import Services


class Counted:
    """A pool that counts its loans."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.loans = pool, 0

    def connection(self) -> Any:
        self.loans += 1
        return self.pool.connection()


class Counter:
    """The database of a process of its own, with counted loans."""

    def __init__(self, services: Services) -> None:
        self.app = Counted(services.database.app)
        self.scoped = services.database.scoped


class Process:
    """Another process: its own cache, which asks again where the generation has moved."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.counter = Counter(services)
        self.authenticator = Authenticator(replace(services, database=self.counter))

    def ask(self, token: str) -> Known:
        """Do what every request does."""
        by = self.authenticator.by_session if "_st_" in token else self.authenticator.by_bearer
        known = by(token)
        if known.generation != generation(self.services):
            self.authenticator.forget(token)
            known = by(token)
        return known

    @contextmanager
    def statements(self, expected: int) -> Iterator[None]:
        before = self.counter.app.loans
        yield
        assert self.counter.app.loans - before == expected


_made = iter(range(10_000))


def new_client(services: Services, *permissions: str) -> NewClient:
    roles = [new_role(services, dict.fromkeys(permissions, Grant()))]
    return create_client(
        services, by=SETUP, client_id=f"client-{next(_made)}", name="Engine", roles=roles
    )


def access(services: Services, client: NewClient, *scopes: str) -> str:
    return issue_access_token(
        services, client_id=client.client_id, secret=client.secret, scopes=scopes
    ).token


def session(services: Services, login: str) -> str:
    return sign_in(services, login=login, password=PASSWORD, address="192.0.2.1")[0].token


def personal(services: Services, ident: str, *scopes: str, **lasts: Any) -> str:
    return create_personal_token(
        services, by=actor(services, ident), owner=ident, name="script", scopes=scopes, **lasts
    ).token
