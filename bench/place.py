"""The place of a measurement: an embedded server with a seeded database, and an administrator."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import falcon.testing
import psycopg
import structlog

from bench.processes import free_port
from trunkline.api.app import make_app
from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.actor import system
from trunkline.kernel.module import load_modules
from trunkline.kernel.services import Services
from trunkline.program.start import bring_up_to_date, make_services
from trunkline.settings import load


@dataclass
class Place:
    """Where a measurement happens."""

    folder: Path
    dsn: str
    owner_dsn: str
    postmaster: int
    pgbench: str | None
    services: Services
    app: falcon.testing.TestClient
    token: str
    listener_port: int
    login: str

    def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """Call the API in this process."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        path, _, query = path.partition("?")
        return self.app.simulate_request(
            method, path, query_string=query, body=body or None, headers=headers
        )

    def vacuum(self) -> None:
        """Bring the planner's figures up to date, as autovacuum does in time."""
        with psycopg.connect(self.owner_dsn, autocommit=True) as connection:
            connection.execute("vacuum analyze")


@contextmanager
def opened(say: Callable[[str], None], kept: Path | None = None) -> Iterator[Place]:
    """Make a place for a `with` block, and take it away after it; one in a kept folder stays."""
    folder = kept or Path(tempfile.mkdtemp(prefix="tl-bench-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    os.chmod(folder, 0o711)
    server = EmbeddedServer.start(folder / "data", bindir=None, say=say)
    try:
        bring_up_to_date(server.dsn(), load_modules())
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        port = free_port()
        settings = load(
            {
                "TRUNKLINE_DATABASE_URL": server.dsn(),
                "TRUNKLINE_CALLBACK_ALLOW": f"127.0.0.1:{port}",
            }
        )
        services = make_services(settings, Database(server.dsn(), connections_max=6))
        ensure_standard_roles(services)
        by = system("bench")
        login = f"bench-{os.getpid()}"
        user = add_user(
            services,
            by=by,
            user=NewUser(login, "Bench", "correct horse", roles=["administrator"]),
        )
        token = create_personal_token(
            services, by=by, owner=user, name="bench", scopes=["*:*"]
        ).token
        app = falcon.testing.TestClient(make_app(services, Authenticator(services), settings))
        pid = int((server.folder / "postmaster.pid").read_text().splitlines()[0])
        yield Place(
            folder,
            server.dsn(),
            server.superuser_dsn(),
            pid,
            _pgbench(server),
            services,
            app,
            token,
            port,
            login,
        )
        services.database.close()  # type: ignore[attr-defined]
    finally:
        server.leave()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _pgbench(server: EmbeddedServer) -> str | None:
    for one in (server.pg_tool("pgbench"), Path("/usr/lib/postgresql/15/bin/pgbench")):
        if one.exists():
            return str(one)
    return shutil.which("pgbench")
