"""Fixtures of the fault tests: a PostgreSQL of their own, and a program with processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.place import FaultProgram, PrivateServer, fault_program, make_template

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and leave negative controls to `--full`."""
    only_full = pytest.mark.skip(reason="negative controls run with --full")
    for one in items:
        if HERE in one.path.parents:
            one.add_marker(pytest.mark.faults)
            if one.name.startswith("test_control") and not config.getoption("--full"):
                one.add_marker(only_full)


@pytest.fixture(scope="session")
def private_server() -> Iterator[PrivateServer]:
    with PrivateServer.running() as server:
        yield server


@pytest.fixture(scope="session")
def seeded(private_server: PrivateServer) -> str:
    """The name of a migrated database with roles and catalog."""
    name = f"seeded_{os.getpid()}"
    make_template(private_server, name)
    return name


@pytest.fixture
def program(private_server: PrivateServer, seeded: str) -> Iterator[FaultProgram]:
    with fault_program(private_server, seeded) as made:
        yield made
