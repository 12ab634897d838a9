"""Lists are whole: a search finds all there is, groups say how many there are, one value is one."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest

from tests.support.program import Site
from tests.support.samples import body_for, create_from
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_details import customer_of
from tests.web.test_lists import person
from trunkline.kernel.resource import registry
from trunkline.kernel.select import Sql
from trunkline.kernel.work import as_system
from trunkline.party.customer import Customer
from trunkline.web.lists import chosen, grouping, list_page
from trunkline.web.lists.rows import NOBODY
from trunkline.workspace import search_every
from trunkline.workspace.search_index import catch_up

MANY = 205
PLENTY = 60
STATEMENTS_MAX = 3
KEY = re.compile(r'<tr[^>]*>.*?href="/r/individual/(IND\d+)"', re.DOTALL)
NEXT = re.compile(r'<a class="button" href="([^"]*)" rel="next"')
EXPORT = "/r/individual/export?as=csv&state="
BULK = {"do": "edit", "all": "1", "field": "title", "f:title": "Dr"}


def test_a_list_has_all_that_a_search_finds(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its total, its file and what is done with all that match are of every record, in its order;
    with more than are counted a file is not made of a part of them."""
    rare = person(site, "Wholly", title="Countess")
    for _ in range(MANY):
        person(site, "Wholly")
    catch_up(site.services)
    monkeypatch.setattr(chosen, "AT_ONCE", 60)
    with counted() as sent:
        page = source_of(admin.get("/r/individual?q=wholly&limit=25"))
    own = [one for one in sent if not one.lower().startswith(("begin", "set local", "commit"))]
    assert len(own) <= STATEMENTS_MAX, own
    assert f"All {MANY + 1} that match" in words_of(page)
    narrow = source_of(admin.get("/r/individual?q=wholly&title=Countess"))
    assert rare["key"] in narrow
    assert "1 to 1 of 1" in words_of(narrow)
    rows = admin.get(f"{EXPORT}{quote('q=wholly&sort=key')}").text.splitlines()[1:]
    assert [one.partition(",")[0] for one in rows] == sorted(one.partition(",")[0] for one in rows)
    assert len(rows) == MANY + 1
    few = admin.get(f"{EXPORT}{quote('q=wholly&title=Countess')}").text.splitlines()[1:]
    assert [one.partition(",")[0] for one in few] == [rare["key"]]
    ticked = {"do": "export", "id": NOBODY}
    none = [admin.get(f"{EXPORT}{quote(one)}") for one in ("q=zzzz", "q=wholly&title=Nobody")]
    for nothing in (*none, admin.post("/r/individual/bulk", ticked)):
        assert len(nothing.text.splitlines()) == 1
    form = BULK | {"state": "q=wholly"}
    with counted() as sent:
        preview = source_of(admin.post("/r/individual/bulk", form | {"step": "preview"}))
    assert sum(one.startswith("select t.id::text") and " order by " in one for one in sent) == 1
    assert f"Change {MANY + 1} individuals?" in words_of(preview)
    assert 'name="all" value="1"' in preview
    job = admin.post("/r/individual/bulk", form | {"step": "start"}).headers["location"]
    waits = site.rows("select count(*) from job_line where job = %s", job.rpartition("/")[2])
    assert waits == [(MANY + 1,)]
    monkeypatch.setattr("trunkline.kernel.reading.COUNT_CAP", MANY)
    refused = admin.get(f"{EXPORT}{quote('q=wholly')}")
    assert (refused.status_code, "too many records" in words_of(refused.text)) == (400, True)


def shown(html: str) -> list[str]:
    """Return the keys of the rows of a list."""
    return KEY.findall(html.partition("<tbody")[2])


def walk(admin: Browser, address: str) -> list[str]:
    """Return the keys of all rows of a list, from page to page."""
    keys: list[str] = []
    while address and len(keys) <= PLENTY:
        html = source_of(admin.get(address))
        keys += shown(html)
        link = NEXT.search(html)
        address = unescape(link[1]) if link else ""
        address = address if address.startswith("/") or not address else f"/r/individual{address}"
    return keys


@pytest.mark.parametrize("is_near", [True, False])
def test_more_than_are_counted_are_sorted_narrowed_and_grouped(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch, *, is_near: bool
) -> None:
    """Whether they stand near each other in the list or far apart: none is missing, none twice."""
    family = f"Plenty{is_near}"
    made = [person(site, family, title=f"T{at % 3}") for at in range(PLENTY)]
    person(site, "Other", title="T1")
    catch_up(site.services)
    for module in ("trunkline.kernel.reading", "trunkline.web.lists.rows"):
        monkeypatch.setattr(f"{module}.COUNT_CAP", PLENTY - 1)
    monkeypatch.setattr(search_every, "EVERY", PLENTY)
    monkeypatch.setattr(list_page, "OFFSET_MAX", 25)  # what follows is told by a cursor
    if not is_near:
        far = Sql("pg_sleep(0.2) is null")
        monkeypatch.setattr(search_every, "_of_entry", lambda _: far)
    said = words_of(admin.get(f"/r/individual?q={family}").text)
    assert "1 to 50 of 10,000+" in said
    for order in ("key", "-key", "title"):
        keys = walk(admin, f"/r/individual?q={family}&sort={order}&limit=25")
        assert sorted(keys) == sorted(one["key"] for one in made)
        if order.endswith("key"):
            assert keys == sorted(keys, reverse=order[0] == "-")
    some = [one["key"] for one in made if one["title"] == "T1"]
    html = source_of(admin.get(f"/r/individual?q={family}&title=T1&limit=50"))
    assert (sorted(shown(html)), f"of {len(some)}" in words_of(html)) == (sorted(some), True)
    groups = words_of(admin.get(f"/r/individual?q={family}&group=status").text)
    assert f"{PLENTY}" in groups


@pytest.mark.parametrize("do", ["edit", "remove"])
def test_what_is_done_with_all_that_match_is_done_with_as_many_as_was_said(
    admin: Browser, site: Site, do: str
) -> None:
    """Where others match by the time that it is to begin, the preview comes again first."""
    family = f"Joined{do}"
    person(site, family)
    form = BULK | {"state": f"familyName={family}", "do": do}
    page = admin.post("/r/individual/bulk", form | {"step": "preview"})
    assert 'name="count" value="1"' in page.text
    person(site, family)
    again = admin.post("/r/individual/bulk", form | {"step": "start", "count": "1"})
    assert (again.status_code, 'name="count" value="2"' in again.text) == (200, True)
    assert "More or fewer records match by now" in words_of(again.text)
    assert "More or fewer" not in page.text
    begun = admin.post("/r/individual/bulk", form | {"step": "start", "count": "2"})
    assert begun.headers["location"].startswith("/jobs/")


def test_a_list_in_groups_says_how_many_records_and_that_there_are_more_groups(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is archived it counts nothing, as the list without groups shows nothing of it."""
    made = [customer_of(site, name=f"Group {at}", status="active") for at in range(6)]
    with as_system(site.services, "tests") as work, work.edit(Customer, made[0]["id"]) as held:
        held.raw["isArchived"], held.raw["archivedAt"] = True, "2026-11-01T00:00:00.000Z"
    assert "of 5" in words_of(admin.get("/r/customer").text)
    monkeypatch.setattr(grouping, "GROUPS_MAX", 3)
    for path, has_more in (("engagedParty.id", True), ("status", False)):
        html = source_of(admin.get(f"/r/customer?group={path}"))
        assert "Customers 5" in words_of(html.partition('class="list-head">')[2])
        assert ("There are more groups" in html) is has_more
    assert "Active 5" in words_of(html)


def test_what_is_typed_into_a_filter_is_one_value(admin: Browser, site: Site) -> None:
    """Also with a comma, a semicolon or quotes in it; of a group, too."""
    for name in ("Smith, John & Sons", "O'Neill; Daughters", '"Quoted"', "Plain"):
        found = person(site, name)
        asked = f"_attribute=familyName&_operator=eq&_value={quote(name)}"
        where = admin.get(f"/r/individual?{asked}").headers["location"]
        html = source_of(admin.get(where))
        assert found["key"] in html, where
        chips = words_of(html.partition('class="chips"')[2].partition("</ul>")[0])
        assert f"Family name is {name} ×" in chips
        other = admin.get(f"/r/individual?{asked.replace('=eq', '=ne')}").headers["location"]
        assert other != where
        assert found["key"] not in source_of(admin.get(f"{other}&limit=200"))


def test_an_amount_and_its_unit_stand_apart_in_a_file(admin: Browser, site: Site) -> None:
    body = {"name": "Apart", "priceType": "recurring", "price": {"unit": "EUR", "value": 19.9},
            "validFor": {"startDateTime": "2026-03-29T00:30:00Z"}}  # fmt: skip
    path = "/tmf-api/productCatalogManagement/v4/productOfferingPrice"
    assert site.admin.post(path, body).status_code == 201
    address = "/r/productOfferingPrice/export?state=" + quote("name=Apart&columns=name,price")
    rows = admin.get(f"{address}&as=csv").text.splitlines()
    assert rows[0].endswith("Name,Price unit,Price value")
    assert rows[1].endswith("Apart,EUR,19.9")
    assert admin.get(f"{address}&as=json").json[0]["price.value"] == 19.9


def test_the_file_of_a_search_is_in_the_order_of_its_list(admin: Browser, site: Site) -> None:
    """Also where the list is sorted as it usually is: nobody has chosen how."""
    sales = registry["SalesOpportunity"]
    for month in (3, 1, 2):
        own = {"name": f"Sortable {month}", "expectedCloseDate": f"2027-0{month}-01T00:00:00Z"}
        create_from(sales, site.admin, body_for(sales, site.admin) | own)
    catch_up(site.services)
    address = f"/r/salesOpportunity/export?as=csv&state={quote('q=sortable&columns=name')}"
    rows = admin.get(address).text.splitlines()[1:]
    assert [one.rpartition(",")[2] for one in rows] == [f"Sortable {one}" for one in (1, 2, 3)]
