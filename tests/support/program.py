"""A program for tests: its API called in this process, its worker stepped by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import falcon.testing
import psycopg

from trunkline.api.app import make_app
from trunkline.database.connection import Database
from trunkline.identity.accounts import add_user
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.kernel.services import Services
from trunkline.program.start import make_services
from trunkline.settings import load
from trunkline.worker.steps import run_until_idle


@contextmanager
def fresh_database(cluster: str, template: str) -> Iterator[str]:
    """Make a copy of the template for a `with` block."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    try:
        yield psycopg.conninfo.make_conninfo(cluster, dbname=name)
    finally:
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


@dataclass
class Client:
    """Calls the API as one user; answers are falcon test results with `.json`."""

    app: falcon.testing.TestClient
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        headers.update(options.pop("headers", {}))
        return self.app.simulate_request(method, path, json=json, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.call("POST", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.call("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.call("DELETE", path, **options)


@dataclass
class Site:
    """One program on one database."""

    dsn: str
    services: Services
    authenticator: Authenticator
    app: falcon.testing.TestClient
    _clients: dict[str, Client] = field(default_factory=dict)

    @classmethod
    def open(cls, dsn: str, **settings: str) -> Site:
        environ = {"TRUNKLINE_TEST_CLOCK": "on", **settings}
        chosen = load(environ)
        services = make_services(chosen, Database(dsn, connections_max=12))
        authenticator = Authenticator(services)
        app = make_app(services, authenticator, chosen)
        return cls(dsn, services, authenticator, falcon.testing.TestClient(app))

    @property
    def admin(self) -> Client:
        """An administrator."""
        return self.user("admin", roles=["administrator"])

    def user(self, login: str, *, roles: list[str], **options: Any) -> Client:
        """Return a client for a user, made when first asked for."""
        if login not in self._clients:
            principal = add_user(
                self.services, login=login, name=login.title(), password="correct horse battery",
                roles=roles, **options,
            )  # fmt: skip
            token = create_personal_token(
                self.services, principal=principal, name="tests", scopes=["*:*"], days=30
            )
            self._clients[login] = Client(self.app, token)
        return self._clients[login]

    def work(self, *, rounds: int = 200) -> int:
        """Carry out all work that is due; return how many rows that was."""
        return run_until_idle(self.services, rounds=rounds)

    def move_clock(self, seconds: int) -> None:
        """Move business time."""
        with self.services.database.app.connection() as connection:
            connection.execute("update clock set offset_s = offset_s + %s", [seconds])

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Read the database as its owner."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        self.services.database.close()  # type: ignore[attr-defined]
