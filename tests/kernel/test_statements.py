"""Statements: how many each operation sends is pinned in `statements.json`.

A number that falls is good news: write it down. One that rises needs a reason in the commit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Client, Site
from tests.support.samples import address, body_for, create
from tests.support.sql_counter import counted
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry

load_modules()
PINNED: dict[str, dict[str, int]] = json.loads(
    (Path(__file__).parent / "statements.json").read_text()
)
PLAIN = {"Individual": {"gender": "x"}, "ProductOffering": {"description": "x"},
         "Customer": {"statusReason": "x"}}  # fmt: skip


def measured(resource: Resource, client: Client) -> dict[str, int]:
    """Return the statements of each operation, everything cached that a process caches."""
    path, body = address(resource), body_for(resource, client)
    for _ in range(2):  # roles, configuration and keys are known after this
        warm = create(resource, client)
        client.patch(f"{path}/{warm['id']}", PLAIN[resource.name])
    once = {"Idempotency-Key": resource.name}
    calls: dict[str, Any] = {
        "get by id": lambda: client.get(f"{path}/{warm['id']}"),
        "get by key": lambda: client.get(f"{path}/{warm['key']}"),
        "list 20": lambda: client.get(path, query_string="limit=20"),
        "list by indexed": lambda: client.get(path, query_string=f"id={warm['id']}&limit=20"),
        "post": lambda: client.post(path, body),
        "post with key": lambda: client.post(path, body, headers=once),
        "repeat with key": lambda: client.post(path, body, headers=once),
        "patch": lambda: client.patch(f"{path}/{warm['id']}", {"remark": 1}),
        "patch without change": lambda: client.patch(f"{path}/{warm['id']}", {"remark": 1}),
        "delete": lambda: client.delete(f"{path}/{warm['id']}"),
    }
    found = {}
    for name, call in calls.items():
        with counted() as sent:
            answer = call()
        assert answer.status_code < 300, (name, answer.json)
        found[name] = len(sent)
    return found


@pytest.mark.parametrize("name", PINNED)
def test_statements_are_as_pinned(site: Site, name: str) -> None:
    """Each operation sends exactly as many statements as are written down."""
    site.admin.get(address(registry[name]))
    assert measured(registry[name], site.admin) == PINNED[name]


@pytest.mark.parametrize("name", PINNED)
def test_longer_pages_take_no_more_statements(site: Site, name: str) -> None:
    """Names, totals and rows come in one statement however long the page is."""
    resource, counts = registry[name], set()
    for _ in range(12):
        create(resource, site.admin)
    for limit in (1, 3, 12):
        site.admin.get(address(resource))
        with counted() as sent:
            page = site.admin.get(address(resource), query_string=f"limit={limit}")
        assert len(page.json) == limit
        counts.add(len(sent))
    assert len(counts) == 1


def test_slow_filter_is_cut_off(site: Site) -> None:
    """A filter that would run long answers 400 and names the indexed ways to ask."""
    with site.services.database.app.connection() as connection:
        connection.execute("select 1")
    seen: list[str] = []
    original = type(connection).execute

    def slow(self: Any, query: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(query, str) and query.startswith("set local statement_timeout"):
            seen.append(query)
            original(self, "set local statement_timeout = '50ms'")
            return original(self, "select pg_sleep(2)")
        return original(self, query, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(connection), "execute", slow)
        answer = site.admin.get(address(registry["Individual"]), query_string="nationality=British")
    assert seen == ["set local statement_timeout = '2s'"]
    assert (answer.status_code, answer.json["code"]) == (400, "filterTooWide")
    assert "familyName" in answer.json["message"]


def test_filter_by_key_of_a_reference_looks_it_up_once(site: Site) -> None:
    """A reference named by key costs one statement more than one named by id."""
    customer = create(registry["Customer"], site.admin)
    ada = site.admin.get(f"{address(registry['Individual'])}/{customer['engagedParty']['id']}").json
    counts = []
    for name in (ada["id"], ada["key"]):
        site.admin.get(address(registry["Customer"]))
        with counted() as sent:
            query = f"engagedParty.id={name}"
            found = site.admin.get(address(registry["Customer"]), query_string=query)
        assert [one["id"] for one in found.json] == [customer["id"]]
        counts.append(len(sent))
    assert counts == [1, 2]
