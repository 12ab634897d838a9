"""A list whose filter reads too many records: the page says so, and what narrows it quickly."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, words_of


@pytest.mark.parametrize(
    "address", ["nationality.contains=rit", "group=status", "sort=nationality"]
)
def test_a_list_that_takes_too_long_says_what_narrows_it(
    site: Site, admin: Browser, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The page stays whole: its tools, what is asked, and ways on that need no knowledge."""
    with site.services.database.app.connection() as connection:
        connection.execute("select 1")
    original = type(connection).execute

    def slow(self: Any, query: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(query, str) and query.startswith("set local statement_timeout"):
            original(self, "set local statement_timeout = '20ms'")
            return original(self, "select pg_sleep(5)")
        return original(self, query, *rest, **named)

    monkeypatch.setattr(type(connection), "execute", slow)
    answer = admin.get(f"/r/individual?{address}")
    said = words_of(answer.text)
    assert answer.status_code == 400
    assert "Too many records would have to be read" in said
    assert "Narrow it by Key" in said
    assert "Family name" in said
    assert "Show all, newest first" in said
    assert "That filter does not work" not in said
