"""A shop on a database of its own, with a new customer and a new network for each test."""

from __future__ import annotations

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop in which nobody has bought yet, with no work left over."""
    with site.services.database.app.connection() as connection:
        connection.execute("delete from work")
    return Shop.open(site)
