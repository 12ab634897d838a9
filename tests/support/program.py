"""A program for tests: its API called in this process, its worker stepped by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import falcon.testing
import psycopg

from tests.support.published import misfits
from trunkline.api.app import make_app
from trunkline.database.connection import Database
from trunkline.documents.decode import encode
from trunkline.governance.shipped import ensure_registers
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.passwords import passwords_of
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.identity.roles import define_role
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.services import Services
from trunkline.program.start import make_services
from trunkline.settings import load
from trunkline.worker.steps import run_until_idle

PASSWORD = "correct horse battery"
_hashes: list[str] = []


@contextmanager
def fresh_database(cluster: str, template: str) -> Iterator[str]:
    """Make a copy of the template for a `with` block."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        # Thrice as quick as by way of the log, on a server that need not wait for the disk.
        connection.execute(f"create database {name} template {template} strategy file_copy")
    try:
        yield psycopg.conninfo.make_conninfo(cluster, dbname=name)
    finally:
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


def furnished_name(template: str) -> str:
    """Return the name of the copy of a template in which a program was opened once."""
    return f"{template}_furnished"


def furnished(cluster: str, template: str) -> str:
    """Return the name of that copy, made when first asked for.

    What a program makes at its first start is there then, once for all sites.
    """
    name = furnished_name(template)
    with psycopg.connect(cluster, autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            return name
        connection.execute(f"create database {name} template {template} strategy file_copy")
    Site.open(psycopg.conninfo.make_conninfo(cluster, dbname=name)).close()
    return name


def password_hash_of(services: Services) -> str:
    """Return the hash of the one password of all test users, made once: it is slow by design."""
    if not _hashes:
        _hashes.append(passwords_of(services).hash(PASSWORD))
    return _hashes[0]


EVERYTHING = ("*:*",)
HERE = "http://falconframework.org"
"""How the addresses begin that tests are answered."""


@dataclass
class Client:
    """Calls the API as one user; answers are falcon test results with `.json`.

    Where the published files lie beside the project each answer is held against them; `sees_all`
    says that nothing is hidden from the user, so that nothing may lack either.
    """

    app: falcon.testing.TestClient
    token: str
    headers: dict[str, str] = field(default_factory=dict)
    sees_all: bool = False

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        headers.update(options.pop("headers", {}))
        if json is not None:
            options["body"] = encode(json)
            headers.setdefault("Content-Type", "application/json")
        path = path.removeprefix(HERE)
        answer = self.app.simulate_request(method, path, headers=headers, **options)
        query = str(options.get("query_string", ""))
        found = misfits(path, query, answer, is_whole=self.sees_all)
        assert not found, found
        return answer

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
    _asked: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _roles: dict[str, dict[str, Grant]] = field(default_factory=dict)

    @classmethod
    def open(cls, dsn: str, **settings: str) -> Site:
        environ = {"TRUNKLINE_TEST_CLOCK": "on", **settings}
        chosen = load(environ)
        services = make_services(chosen, Database(dsn, connections_max=12))
        ensure_standard_roles(services)
        ensure_registers(services)
        authenticator = Authenticator(services)
        app = make_app(services, authenticator, chosen)
        return cls(dsn, services, authenticator, falcon.testing.TestClient(app))

    @property
    def admin(self) -> Client:
        """An administrator."""
        return self.user("admin", roles=["administrator"])

    def user(
        self, login: str, *, roles: list[str], party: str | None = None, partner: str | None = None,
        scopes: tuple[str, ...] = EVERYTHING,
    ) -> Client:  # fmt: skip
        """Return a client for a user, made when first asked for; fails for one with other rights.

        Tests of a module share the database: who asks for a sign-in name that another test uses
        otherwise would get that one's rights. Without roles the one that is there is meant.
        """
        held = {one: self._roles.get(one) for one in roles}
        known = self._asked.setdefault(login, (held, party, partner, scopes))
        is_same = (
            not roles or held == known[0],
            party in (None, known[1]) and partner in (None, known[2]),
            scopes in (EVERYTHING, known[3]),
        )
        if not all(is_same):
            raise AssertionError(
                f"another test of this module uses the sign-in {login} with other rights; "
                f"choose a name of your own: {known} is not {(held, party, partner, scopes)}"
            )
        if login not in self._clients:
            by = system("tests")
            user = NewUser(
                login, login.title(), password_hash=password_hash_of(self.services), roles=roles,
                party=party, partner=partner,
            )  # fmt: skip
            principal = add_user(self.services, by=by, user=user)
            made = create_personal_token(
                self.services, by=by, owner=principal, name="tests", scopes=list(scopes),
                lasts=timedelta(days=30),
            )  # fmt: skip
            sees_all = roles == ["administrator"]
            self._clients[login] = Client(self.app, made.token, sees_all=sees_all)
        return self._clients[login]

    def role(self, name: str, permissions: dict[str, Grant]) -> str:
        """Define a role and return its name."""
        self._roles[name] = permissions
        define_role(
            self.services, by=system("tests"), name=name, title=name, permissions=permissions
        )
        return name

    def unentitled(self) -> Client:
        """Somebody who is known and may do nothing with any record."""
        if "bob" not in self._clients:
            self.role("visitor", {"portal:visit": Grant("own")})
            self.user("bob", roles=["visitor"], scopes=("portal:visit",))
        return self._clients["bob"]

    def stranger(self) -> Client:
        """A person who may do everything, but only with what is their own: which is nothing."""
        if "stranger" not in self._clients:
            self.role("own", {"*:*": Grant("own", EVERY_CLASS)})
            body = {"givenName": "Mallory", "familyName": "Doe"}
            party = self.admin.post("/tmf-api/party/v4/individual", body).json["id"]
            self.user("stranger", roles=["own"], party=party)
        return self._clients["stranger"]

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


@contextmanager
def open_site(cluster: str, template: str, **settings: str) -> Iterator[Site]:
    """Open a program on a database of its own for a `with` block."""
    with fresh_database(cluster, furnished(cluster, template)) as dsn:
        site = Site.open(dsn, **settings)
        try:
            yield site
        finally:
            site.close()
