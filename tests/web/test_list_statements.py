"""What lists ask of the database: how much, and what is bounded among very many records."""

from __future__ import annotations

import re

import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_lists import PEOPLE, person
from trunkline.kernel import reading
from trunkline.web.lists import grouping
from trunkline.workspace.search_index import catch_up

CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
STATEMENTS_MAX = 3


def test_a_list_costs_few_statements(admin: Browser, site: Site) -> None:
    person(site, "Counted")
    admin.get("/r/individual?familyName=Counted")
    for address in ("/r/individual?familyName=Counted&sort=-key",
                    "/r/individual?familyName=Counted&group=status"):  # fmt: skip
        with counted() as sent:
            assert admin.get(address).status_code == 200
        own = [one for one in sent if not one.lower().startswith(("begin", "set local", "commit"))]
        assert len(own) <= STATEMENTS_MAX, own


@pytest.mark.accepts("TSM-15")
def test_a_list_by_a_reference_costs_three_statements(admin: Browser, site: Site) -> None:
    """With a search beside it, too; what the rows call the record is not asked for again."""
    one = person(site, "Referred")
    body = {"name": "Referred", "status": "active", "engagedParty": {
        "id": one["id"], "@referredType": "Individual"}}  # fmt: skip
    assert site.admin.post(CUSTOMERS, body).status_code == 201
    site.work()
    by = f"/r/customer?engagedParty.id={one['id']}"
    other = person(site, "Nobody")["id"]
    for address, said, more in (
        (by, "Ada Referred", 0),
        (f"{by}&q=Referred", "Ada Referred", 0),
        (f"{by}&q=Nothing", "Ada Referred", 0),
        (f"/r/customer?engagedParty.id={other}", "Ada Nobody", 0),
        (f"{by}&sort=validFor.endDateTime", "Ada Referred", 0),
    ):
        admin.get(address)
        with counted() as sent:
            html = source_of(admin.get(address))
        assert f"Engaged party is {said}" in words_of(html), address
        own = [one for one in sent if not one.lower().startswith(("begin", "set local", "commit"))]
        assert len(own) <= STATEMENTS_MAX + more, own


def test_what_no_index_sorts_is_sorted_up_to_a_number(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A longer list stands newest first and says so, on each of its pages."""
    for title in ("Bravo", "Alpha", "Charlie"):
        person(site, "Sorted", title=title)
    address = "/r/individual?familyName=Sorted&sort=title&columns=title&limit=25"

    def titles(address: str) -> list[str]:
        return re.findall(r"Alpha|Bravo|Charlie", source_of(admin.get(address)))

    assert titles(address) == ["Alpha", "Bravo", "Charlie"]
    monkeypatch.setattr(reading, "COUNT_CAP", 2)
    assert titles(address) == ["Charlie", "Alpha", "Bravo"]
    with counted() as sent:
        html = words_of(source_of(admin.get(address)))
    assert "Up to 10,000 records are sorted by Title." in html
    own = [one for one in sent if not one.lower().startswith(("begin", "set local", "commit"))]
    assert len(own) <= STATEMENTS_MAX, own
    assert "records are sorted by" not in words_of(admin.get("/r/individual?sort=-key").text)


def test_groups_are_counted_to_a_most(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        person(site, "Heaped", status="validated")
    person(site, "Heaped")
    address = "/r/individual?familyName=Heaped&group=status"
    text = words_of(admin.get(address).text)
    assert "Validated 3" in text
    assert "Initialized 1" in text
    monkeypatch.setattr(grouping, "COUNT_CAP", 2)
    assert "Validated 2+" in words_of(admin.get(address).text)
    late = person(site, "Heaped")
    assert site.admin.patch(f"{PEOPLE}/{late['id']}", {"status": "deceaded"}).status_code == 200
    person(site, "Singleton", status="validated")
    catch_up(site.services)
    monkeypatch.setattr(grouping, "GROUPS_MAX", 1)
    found = words_of(admin.get("/r/individual?q=singleton&group=status").text)
    assert "Validated 1" in found  # of a search, though others have the first values of the index
