"""Paging over HTTP: every row once, totals that are exact or absent, 206 only when asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.program import Client, Site
from tests.support.reference_filters import ordered

CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
MANY = "/tmf-api/resourceCatalog/v4/resourceCategory"
PRODUCT = "/tmf-api/productInventory/v4/product"
LIGHT_ROWS = (
    "insert into resource_category (id, key, version, created_at, updated_at, doc, p_name) "
    "select gen_random_uuid(), 'RCG9' || lpad(n::text, 6, '0'), 1, now(), now(), "
    "json_build_object('name', 'Row ' || n), 'Row ' || n from generate_series({}, {}) n"
)


def link(answer: Any, rel: str) -> str | None:
    found = re.search(rf'<([^>]*)>; rel="{rel}"', answer.headers.get("Link", ""))
    return found.group(1) if found else None


def followed(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(parts.path, query_string=parts.query)


def pages(client: Client, path: str, query: str) -> Iterator[Any]:
    """Yield the answers of a walk along `next`."""
    answer = client.get(path, query_string=query)
    while True:
        assert answer.status_code in {200, 206}, answer.json
        yield answer
        following = link(answer, "next")
        if following is None:
            return
        answer = followed(client, following)


@pytest.fixture(scope="module")
def categories(site: Site) -> list[str]:
    made = [site.admin.post(CATEGORY, {"name": f"M{n:02}"}).json for n in range(17)]
    return [one["id"] for one in made]


@pytest.mark.parametrize(
    "sort, name",
    [("", "Z"), ("sort=name", "A"), ("sort=-name", "Z"), ("sort=lastUpdate", "A"),
     ("sort=-updatedAt", "A")],
)  # fmt: skip
def test_walk_sees_every_row_once_while_rows_are_inserted(
    site: Site, categories: list[str], sort: str, name: str
) -> None:
    """Rows that come in before the place where the walk is shift nothing."""
    seen: list[str] = []
    for number, page in enumerate(pages(site.admin, CATEGORY, f"limit=4&{sort}")):
        seen += [one["id"] for one in page.json]
        site.admin.post(CATEGORY, {"name": f"{name}{number}"})
        assert number < 40, "the walk ends"
    assert set(categories) <= set(seen)
    assert len(seen) == len(set(seen)), "no row came twice"


@pytest.fixture(scope="module")
def nullable(site: Site) -> list[Any]:
    bodies = []
    for number in range(11):
        body: dict[str, Any] = {"status": "created"}
        if number % 3:
            body |= {"name": f"N{number % 2}", "startDate": f"2026-01-{1 + number % 4:02}"}
        if number % 2:
            body |= {"terminationDate": f"2026-02-{1 + number % 3:02}", "isBundle": number > 5}
        bodies.append(body)
    party = site.admin.post(
        "/tmf-api/party/v4/individual", {"givenName": "Ada", "familyName": "Lovelace"}
    ).json["id"]
    related = {"relatedParty": [{"id": party, "role": "customer"}]}
    return [site.admin.post(PRODUCT, body | related).json for body in bodies]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "path, kind",
    [("name", "text"), ("startDate", "instant"), ("terminationDate", "instant"),
     ("isBundle", "boolean"), ("key", "text"), ("id", "text"), ("createdAt", "none")],
)  # fmt: skip
def test_sort_by_what_may_be_absent(
    site: Site, nullable: list[Any], path: str, kind: str, sign: str
) -> None:
    """Absent values come last in both directions, and a walk by cursors keeps the order."""
    walked = [
        one["id"]
        for page in pages(site.admin, PRODUCT, f"limit=2&sort={sign}{path}")
        for one in page.json
    ]
    whole = [one["id"] for one in site.admin.get(PRODUCT, query_string=f"sort={sign}{path}").json]
    assert walked == whole
    if kind != "none":
        assert whole == ordered(nullable, path, kind, descending=bool(sign))


def test_sort_by_several(site: Site, nullable: list[Any]) -> None:
    """Terms count from left to right, each in its own direction, across pages."""
    query = "sort=-isBundle,name,%2BstartDate"
    whole = [one["id"] for one in site.admin.get(PRODUCT, query_string=query).json]
    walked = [
        one["id"] for page in pages(site.admin, PRODUCT, "limit=3&" + query) for one in page.json
    ]
    rows = {one["id"]: one for one in nullable}
    keys = [
        ("isBundle" not in row, not row.get("isBundle"), "name" not in row, row.get("name", ""),
         "startDate" not in row, row.get("startDate", ""), row["id"])
        for row in (rows[one] for one in whole)
    ]  # fmt: skip
    assert walked == whole
    assert keys == sorted(keys)


def test_status_says_whether_the_client_paged(site: Site, categories: list[str]) -> None:
    """A list asked for without limit and offset answers 200; a page of it answers 206."""
    whole = site.admin.get(CATEGORY)
    assert whole.status_code == 200
    total = int(whole.headers["X-Total-Count"])
    assert total == int(whole.headers["X-Result-Count"]) == len(whole.json)
    assert site.admin.get(CATEGORY, query_string="limit=2").status_code == 206
    assert site.admin.get(CATEGORY, query_string="offset=2").status_code == 206
    assert site.admin.get(CATEGORY, query_string=f"limit={total}").status_code == 200
    assert site.admin.get(CATEGORY, query_string="limit=0").json == []
    beyond = site.admin.get(CATEGORY, query_string="limit=2&offset=9999")
    assert (beyond.json, beyond.headers["X-Total-Count"]) == ([], str(total))


def test_links_keep_what_was_asked(site: Site, categories: list[str]) -> None:
    """First, previous and last page are named, with the filters, sort and fields of the page."""
    query = "name.regex=%5EM&sort=-name&fields=name&limit=5&offset=5"
    page = site.admin.get(CATEGORY, query_string=query)
    assert page.headers["Content-Range"] == "items 5-9/17"
    for rel, names in (
        ("first", [f"M{n:02}" for n in range(16, 11, -1)]),
        ("prev", [f"M{n:02}" for n in range(16, 11, -1)]),
        ("next", [f"M{n:02}" for n in range(6, 1, -1)]),
        ("last", ["M01", "M00"]),
    ):
        address = link(page, rel)
        assert address is not None
        asked = parse_qs(urlsplit(address).query)
        assert (asked["sort"], asked["fields"]) == (["-name"], ["name"])
        rows = followed(site.admin, address).json
        assert [one["name"] for one in rows] == names, rel
        assert all(set(one) == {"id", "href", "name"} for one in rows)


def test_totals_are_exact_or_absent(site: Site) -> None:
    """Counted to 10,000; beyond it `/*` and no total, unless the client asks for it."""
    with site.services.database.app.connection() as connection:
        connection.execute(LIGHT_ROWS.format(1, 10_000))
    exact = site.admin.get(MANY, query_string="limit=5")
    assert exact.headers["X-Total-Count"] == "10000"
    assert exact.headers["Content-Range"] == "items 0-4/10000"
    with site.services.database.app.connection() as connection:
        connection.execute(LIGHT_ROWS.format(10_001, 10_050))
    beyond = site.admin.get(MANY, query_string="limit=5")
    assert "X-Total-Count" not in beyond.headers
    assert beyond.headers["Content-Range"] == "items 0-4/*"
    assert "after=" in (link(beyond, "next") or "")
    some = site.admin.get(MANY, query_string="limit=5&name.regex=%5ERow%201")
    assert some.headers["X-Total-Count"] == str(1 + 10 + 100 + 1000 + 51)
    counted = site.admin.get(MANY, query_string="limit=5", headers={"Prefer": "count=exact"})
    assert counted.headers["X-Total-Count"] == "10050"
    assert counted.headers["Content-Range"] == "items 0-4/10050"


def test_offsets_end_at_ten_thousand(site: Site) -> None:
    """A higher offset answers 400 and names the way to go on."""
    assert site.admin.get(MANY, query_string="limit=1&offset=10000").status_code == 206
    refused = site.admin.get(MANY, query_string="limit=1&offset=10001")
    assert (refused.status_code, refused.json["code"]) == (400, "offsetTooLarge")
    assert "next" in refused.json["message"]


def test_every_link_leads_somewhere(site: Site) -> None:
    """No link of a page answers 400, however far it is and whatever is counted."""
    for headers in ({}, {"Prefer": "count=exact"}):
        for offset in (0, 9_990, 10_000):
            page = site.admin.get(MANY, query_string=f"limit=20&offset={offset}", headers=headers)
            for rel in ("first", "prev", "next", "last"):
                address = link(page, rel)
                if address is not None:
                    parts = urlsplit(address)
                    answer = site.admin.get(parts.path, query_string=parts.query, headers=headers)
                    assert answer.status_code in {200, 206}, (rel, address)


def test_walk_goes_past_ten_thousand(site: Site) -> None:
    """All 10,050 rows come, each once, in pages of the largest size."""
    seen = [
        one["id"]
        for page in pages(site.admin, MANY, "limit=1000&fields=none&sort=name")
        for one in page.json
    ]
    assert len(seen) == len(set(seen)) == 10_050


def test_limit_is_capped(site: Site) -> None:
    """A client that asks for more than the largest page gets the largest page."""
    page = site.admin.get(MANY, query_string="limit=5000&fields=none")
    assert len(page.json) == site.services.page_max == 1000
