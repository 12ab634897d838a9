"""What the tests share: a real PostgreSQL, a migrated program, its API, and a stepped worker."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog

from tests.support.chromium import launched
from tests.support.program import Site, open_site
from trunkline.database.launcher import EmbeddedServer
from trunkline.kernel.module import load_modules
from trunkline.program.start import bring_up_to_date


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run fault tests at their full counts")


def log_nowhere() -> None:
    """Let log lines go nowhere: a captured stream is closed by the time that others write."""
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Undo what a test has configured of logging."""
    yield
    log_nowhere()


def pytest_configure(config: pytest.Config) -> None:
    log_nowhere()
    config.addinivalue_line("markers", "faults: kills processes; slow")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The server that the suite runs on: a DSN that may make databases."""
    external = os.environ.get("TRUNKLINE_TEST_DATABASE_URL")
    if external:
        yield external
        return
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    bindir = os.environ.get("TRUNKLINE_PG_BINDIR")
    server = EmbeddedServer.start(folder / "data", bindir=Path(bindir) if bindir else None)
    dsn = server.superuser_dsn("postgres")
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Nothing here outlives the run, and each dropped database waits for the disk otherwise.
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
    try:
        yield dsn
    finally:
        server.leave()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(cluster: str) -> Iterator[str]:
    """A migrated database that others are copied from; its name."""
    name = f"template_{os.getpid()}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    dsn = psycopg.conninfo.make_conninfo(cluster, dbname=name)
    bring_up_to_date(dsn, load_modules())
    yield name
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def site(cluster: str, template: str) -> Iterator[Site]:
    """A program on a database of its own, with its API in this process."""
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture(scope="module")
def services(site: Site) -> Any:
    return site.services


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A real browser, ended with its module: its loop would be in the way of other tests."""
    with launched() as browser:
        yield browser
