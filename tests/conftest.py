"""What the tests share: a real PostgreSQL, a migrated program, its API, and a stepped worker."""

from __future__ import annotations

import gc
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog

from tests.support.chromium import launched
from tests.support.program import Site, furnished_name, open_site
from tests.support.room import new_folder, sweep
from tests.support.second_go import give_second_go, say_why
from trunkline.database.launcher import EmbeddedServer
from trunkline.kernel.module import load_modules
from trunkline.pages.language import ENGLISH, language, speaking
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


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Let no test read in the language of somebody whom an earlier one let look at a page."""
    with speaking(language(ENGLISH)):
        yield


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(50_000, 20, 100)  # what is loaded stays: looking for garbage among it is vain
    log_nowhere()
    config.addinivalue_line("markers", "faults: kills processes; slow")
    config.addinivalue_line(
        "markers", "scenario(*numbers): what it plays of docs/scenarios.md; see tools/scenarios.py"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.pluginmanager.has_plugin("rerunfailures") and not config.getoption("--full"):
        give_second_go(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    say_why(terminalreporter)


def pytest_collection_finish() -> None:
    """Look no more for garbage among what is loaded, as the program does."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let the longest files begin first, and the run end also where one of its processes died."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.support.scheduling import LongestFirst  # needs xdist, and only a run by it does

    return LongestFirst(config, log)


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
    sweep()
    folder = new_folder()
    bindir = os.environ.get("TRUNKLINE_PG_BINDIR")
    server = EmbeddedServer.start(folder / "data", bindir=Path(bindir) if bindir else None)
    dsn = server.superuser_dsn("postgres")
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Nothing here outlives the run, and each dropped database waits for the disk otherwise.
        connection.execute("alter system set fsync = off")
        connection.execute("alter system set max_wal_size = '256MB'")
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
        for one in (furnished_name(name), name):
            connection.execute(f"drop database if exists {one} with (force)")


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
