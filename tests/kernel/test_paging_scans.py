"""Pages in every order: values that may be absent, equal ones, both directions, few among many."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from trunkline.kernel.actor import system
from trunkline.kernel.filters import Condition
from trunkline.kernel.work import as_system, transaction
from trunkline.party.organization import Organization

PEOPLE = "/tmf-api/party/v4/organization"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
NAMES = ("Beta", None, "Alpha", "Beta", None, "Gamma", "Beta")
"""What the organizations are called beside their trading names, two of them not at all."""


@pytest.fixture(scope="module")
def places(site: Site) -> list[dict[str, Any]]:
    made = []
    for number, name in enumerate(NAMES):
        body = {"tradingName": f"Scan {number}", "@type": "Organization"}
        made.append(site.admin.post(PEOPLE, body | ({"name": name} if name else {})).json)
    return made


def walked(site: Site, address: str) -> list[str]:
    """Return the ids on all pages, which the links lead to."""
    found: list[str] = []
    while address:
        answer = site.admin.get(address)
        assert answer.status_code in {200, 206}, answer.json
        found += [one["id"] for one in answer.json]
        address = following(answer)
    return found


def following(answer: Any) -> str:
    """Return the address of the next page; empty on the last one."""
    links = re.findall(r'<https?://[^/]+([^>]+)>; rel="next"', answer.headers.get("Link", ""))
    return links[0] if links else ""


@pytest.mark.parametrize("sort", ["name", "-name", "name,-tradingName", "-name,tradingName"])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_of_an_order_join_without_a_gap(
    site: Site, places: list[dict[str, Any]], sort: str, limit: int
) -> None:
    """Absent values come last in both directions; equal ones go by the next term."""
    wanted = sorted(
        places, key=lambda one: one["id"], reverse=sort in {"-name", "name,-tradingName"}
    )
    if "," in sort:
        wanted.sort(key=lambda one: one["tradingName"], reverse=sort == "name,-tradingName")
    wanted.sort(key=lambda one: one.get("name") or "", reverse=sort.startswith("-"))
    wanted.sort(key=lambda one: "name" not in one)
    assert walked(site, f"{PEOPLE}?limit={limit}&sort={sort}") == [one["id"] for one in wanted]


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("sort", ["name", "-name", "-key", "-tradingName"])
def test_a_page_is_read_by_an_index_and_not_sorted(site: Site, sort: str) -> None:
    """An index has absent values at the wrong end of a falling order."""
    address = f"{PEOPLE}?limit=2&sort={sort}"
    with counted() as sent:
        answer = site.admin.get(address)
    (page,) = [one for one in sent if "generation g left join" in one]
    assert "nulls last limit" not in page.partition(" t order by t.s0")[0]
    with counted() as sent:
        site.admin.get(following(answer))
    (page,) = [one for one in sent if "generation g left join" in one]
    assert " <= %s::" in page or " >= %s::" in page
    with as_system(site.services, "tests") as work:
        work.connection.execute("set local enable_sort = off; set local enable_seqscan = off")
        head = page.partition("left join (")[2].rpartition(") t on true")[0]
        plan = explained(work, head)
    assert "Seq Scan" not in plan, plan
    assert plan.count("Sort Key") <= 1, plan


def explained(work: Any, text: str) -> str:
    """Return how a query would be carried out, whatever its parameters are."""
    count = text.count("%s")
    for number in range(1, count + 1):
        text = text.replace("%s", f"${number}", 1)
    work.connection.execute(f"prepare looked as {text}", prepare=False)
    work.connection.execute("set local plan_cache_mode = force_generic_plan")
    nothing = ", ".join(["null"] * count)
    rows = work.connection.execute(f"explain execute looked({nothing})", prepare=False).fetchall()
    work.connection.execute("deallocate looked", prepare=False)
    return "\n".join(line for (line,) in rows)


def test_few_old_ones_among_many_are_found_by_the_index_of_references(site: Site) -> None:
    """What names one record begins at the reference: the list may be of millions of others."""
    who = site.admin.post(PEOPLE, {"tradingName": "Named", "@type": "Organization"}).json
    body = {"name": "Named", "engagedParty": {"id": who["id"], "@referredType": "Organization"}}
    first = site.admin.post(CUSTOMERS, body).json["id"]
    second = site.admin.post(CUSTOMERS, body).json["id"]
    address = f"{CUSTOMERS}?engagedParty.id={who['id']}"
    with counted() as sent:
        answer = site.admin.get(address)
    assert [one["id"] for one in answer.json] == [second, first]
    assert answer.headers["X-Total-Count"] == "2"
    assert any("offset 0) f join customer t on t.id = f.source" in one for one in sent)
    assert [one["id"] for one in site.admin.get(f"{address}&sort=id").json] == [first, second]
    assert walked(site, f"{address}&limit=1") == [second, first]
    assert site.admin.get(f"{address}&status=suspended").json == []


def test_a_page_without_a_record_has_its_total_in_the_same_statement(
    site: Site, places: list[dict[str, Any]]
) -> None:
    address = f"{PEOPLE}?offset={len(places) + 1000}"
    with counted() as sent:
        answer = site.admin.get(address)
    assert answer.json == []
    assert int(answer.headers["X-Total-Count"]) >= len(places)
    assert len([one for one in sent if "organization" in one]) == 1


def test_records_that_are_named_are_looked_up(site: Site, places: list[dict[str, Any]]) -> None:
    """By id, key or another system's id, whatever the list holds beside them."""
    named = [places[0]["id"], "ORG000099", "their own name"]
    with transaction(site.services, system("tests")) as work:
        wanted = Condition("id", (), "text", "eq", tuple(named))
        sql = work.filtered(Organization.resource, [wanted])
    with site.services.database.app.connection() as connection:
        connection.execute("set local enable_seqscan = off")
        lines = connection.execute(
            f"explain select t.id from organization t where {sql.text} order by t.id desc limit 9",
            sql.parameters,
        ).fetchall()
    plan = "\n".join(line for (line,) in lines)
    assert "Index Cond: (id = ANY (" in plan, plan
    assert "Filter: (" not in plan.partition("InitPlan")[0], plan
