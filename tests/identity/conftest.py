"""A database with the kernel's and the identity's tables, and a machine clock that tests move."""

import os
from collections.abc import Iterator
from importlib.resources import files

import psycopg
import pytest

from tests.identity.people import Clock
from tests.identity.processes import Process
from trunkline.database.connection import Database
from trunkline.database.migrate import MigrationSource, migrate
from trunkline.documents.clock import Chance
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.services import Services
from trunkline.leases.sealing import Keyring


@pytest.fixture(scope="module")
def dsn(cluster: str) -> Iterator[str]:
    """A new database with our tables."""
    name = f"identity_{os.urandom(6).hex()}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        made = psycopg.conninfo.make_conninfo(cluster, dbname=name)
        sources = [
            MigrationSource(one, files(f"trunkline.{one}") / "migrations")
            for one in ("kernel", "identity")
        ]
        migrate(made, sources)
        yield made
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def services(dsn: str, clock: Clock) -> Iterator[Services]:
    chance = Chance()
    database = Database(dsn, connections_max=8)
    made = Services(database, Keyring("s" * 32, chance.random_bytes), chance, clock)
    ensure_standard_roles(made)
    yield made
    database.close()


@pytest.fixture
def process(services: Services) -> Process:
    return Process(services)
