"""One simulator process for all tests of a file, as it was new for each test."""

from collections.abc import Iterator

import pytest

from tests.simulator.listener import Listener
from trunkline.simulator.running import Running, start

CALLBACK_SECRET = "whsec_c2ltdWxhdG9yLWNhbGwtYmFjay1zZWNyZXQ="


@pytest.fixture(scope="module")
def started() -> Iterator[Running]:
    with start(callback_secret=CALLBACK_SECRET) as running:
        yield running


@pytest.fixture
def network(started: Running) -> Running:
    started.reset()
    return started


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as one:
        yield one
