"""Run-time attributes: defined while the program runs, checked and found like declared ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.kernel.actor import Grant
from trunkline.kernel.services import bump_generation

PARTY = "/tmf-api/party/v4/individual"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
DEFINITIONS = {
    "segment": ("text", True),
    "score": ("number", True),
    "reviewedAt": ("instant", True),
    "optedIn": ("boolean", True),
    "colour": ("text", False),
    "weight": ("number", False),
    "seenAt": ("instant", False),
    "silent": ("boolean", False),
}
BODIES: list[dict[str, Any]] = [
    {"name": "Ada", "segment": "gold", "score": 10, "reviewedAt": "2026-01-01T01:00:00+01:00",
     "optedIn": True, "colour": "red", "weight": 1.5, "seenAt": "2026-01-01", "silent": True},
    {"name": "Bob", "segment": "silver", "score": 9.5, "reviewedAt": "2026-03-01T00:00:00Z",
     "optedIn": False, "colour": "blue", "weight": 20, "seenAt": "2026-03-01T00:00:00Z",
     "silent": False},
    {"name": "Cleo"},
]  # fmt: skip


def define(site: Site, kind_of: str, definitions: dict[str, tuple[str, bool]]) -> None:
    with site.services.database.app.connection() as connection, connection.transaction():
        for name, (kind, indexed) in definitions.items():
            connection.execute(
                "insert into attribute_definition (type, name, kind, indexed, definition) "
                "values (%s, %s, %s, %s, '{}')",
                [kind_of, name, kind, indexed],
            )
        bump_generation(connection)


@pytest.fixture(scope="module")
def categories(site: Site) -> dict[str, str]:
    before = site.admin.get(CATEGORY, query_string="segment=gold")
    assert (before.status_code, before.json["code"]) == (400, "notFilterable")
    define(site, "Category", DEFINITIONS)
    found = {}
    for body in BODIES:
        answer = site.admin.post(CATEGORY, body)
        assert answer.status_code == 201, answer.json
        found[body["name"]] = answer.json["id"]
    return found


def names(client: Client, query: str) -> str:
    answer = client.get(CATEGORY, query_string=query)
    assert answer.status_code == 200, (query, answer.json)
    return " ".join(sorted(one["name"] for one in answer.json))


@pytest.mark.parametrize(
    "query, expected",
    [
        ("{text}=gold,red", "Ada"),
        ("{text}.ne=gold&{text}.ne=red", "Bob Cleo"),
        ("{text}.regex=^(g|r)", "Ada"),
        ("{text}.gt=a&{text}.lt=h", "{low}"),
        ("{number}=10,1.50", "Ada"),
        ("{number}.lt=10", "{light}"),
        ("{number}.ne=9.50,20", "Ada Cleo"),
        ("{instant}=2026-01-01", "Ada"),
        ("{instant}.gt=2026-01-01T00:30:00+01:00", "Ada Bob"),
        ("{instant}.gt=2026-01-01T00:00:00Z", "Bob"),
        ("{boolean}=true", "Ada"),
        ("{boolean}=false", "Bob"),
        ("{boolean}.ne=true", "Bob Cleo"),
    ],
)
@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "not indexed"])
def test_filters_find_run_time_attributes(
    site: Site, categories: dict[str, str], indexed: bool, query: str, expected: str
) -> None:
    """Each kind is found by every operator, through the side table or in the document."""
    by_kind = {kind: name for name, (kind, own) in DEFINITIONS.items() if own is indexed}
    shown = expected.format(low="Ada" if indexed else "Bob", light="Bob" if indexed else "Ada")
    assert names(site.admin, query.format(**by_kind)) == shown


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_sorts_by_run_time_attributes(
    site: Site, categories: dict[str, str], name: str, sign: str
) -> None:
    """Both directions, absent values last, numbers as numbers."""
    rows = site.admin.get(CATEGORY, query_string=f"sort={sign}{name}").json
    kept = [one[name] for one in rows if name in one]
    assert kept == sorted(kept, reverse=bool(sign))
    assert rows[-1]["name"] == "Cleo"


def test_wrong_kinds_are_refused_like_declared_ones(site: Site, categories: dict[str, str]) -> None:
    """Every value of another kind is named in one answer; nothing is stored."""
    wrong = {"name": "X", "segment": 1, "score": "ten", "reviewedAt": "soon", "optedIn": "yes",
             "colour": True, "weight": True, "seenAt": 7, "silent": 0}  # fmt: skip
    for answer in (
        site.admin.post(CATEGORY, wrong),
        site.admin.patch(f"{CATEGORY}/{categories['Cleo']}", wrong),
    ):
        assert answer.status_code == 400
        assert {one["path"] for one in answer.json["fault"]} == set(DEFINITIONS)
        assert {one["code"] for one in answer.json["fault"]} <= {"badType", "badDateTime"}


def test_stored_forms_are_those_of_declared_attributes(
    site: Site, categories: dict[str, str]
) -> None:
    """Date-times come back as UTC, numbers with their digits, null takes a value away."""
    read = site.admin.get(f"{CATEGORY}/{categories['Ada']}").json
    assert read["reviewedAt"] == "2026-01-01T00:00:00.000Z"
    body = {"name": "Dora", "segment": None, "weight": 19.5}
    dora = site.admin.post(CATEGORY, body).json
    assert "segment" not in dora
    site.admin.delete(f"{CATEGORY}/{dora['id']}")


def test_side_rows_follow_the_document(site: Site, categories: dict[str, str]) -> None:
    """Create, change, removal of the value and of the record are all seen in the side table."""
    made = site.admin.post(CATEGORY, {"name": "Eve", "segment": "iron", "score": 1}).json
    path = f"{CATEGORY}/{made['id']}"

    def rows() -> list[tuple[Any, ...]]:
        return site.rows(
            "select name, text, number from catalog_attribute where owner = %s order by 1",
            made["id"],
        )

    assert [one[0] for one in rows()] == ["score", "segment"]
    site.admin.patch(path, {"segment": "steel"})
    assert names(site.admin, "segment=steel") == "Eve"
    assert names(site.admin, "segment=iron") == ""
    site.admin.patch(path, {"segment": None})
    assert [one[0] for one in rows()] == ["score"]
    site.admin.delete(path)
    assert rows() == []


def test_definitions_belong_to_one_kind_of_record(site: Site, categories: dict[str, str]) -> None:
    """What is defined for one resource is not filterable on another."""
    answer = site.admin.get(PARTY, query_string="segment=gold")
    assert (answer.status_code, answer.json["code"]) == (400, "notFilterable")


def test_filter_on_what_is_indexed_is_not_wide(site: Site, categories: dict[str, str]) -> None:
    """The database finds an indexed run-time attribute by its index."""
    with site.services.database.app.connection() as connection, connection.transaction():
        connection.execute("set local enable_seqscan = off")
        plan = connection.execute(
            "explain select 1 from category t where t.id in (select a.owner from "
            "catalog_attribute a where a.name = 'segment' and a.text = any('{gold}'))"
        ).fetchall()
    assert "catalog_attribute" in str(plan)
    assert "Index" in str(plan)


def test_values_of_a_person_are_personal(site: Site) -> None:
    """A run-time attribute counts as personal: hidden ones are not shown nor filterable."""
    define(site, "Individual", {"loyalty": ("text", True)})
    body = {"givenName": "Ada", "familyName": "Lovelace", "loyalty": "canarywharf"}
    made = site.admin.post(PARTY, body).json
    internal = {"*:read": Grant("all", frozenset({"public", "internal"}))}
    client = site.user("clerk", roles=[site.role("clerk", internal)], scopes=("*:read",))
    assert "canarywharf" not in client.get(f"{PARTY}/{made['id']}").text
    for query in ("loyalty=canarywharf", "sort=loyalty"):
        assert client.get(PARTY, query_string=query).status_code == 400
    assert len(site.admin.get(PARTY, query_string="loyalty=canarywharf").json) == 1
