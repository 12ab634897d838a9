"""The present names of referred-to records, in answers of one record and of many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.hub.envelope import Seen, load_events, open_documents, show
from trunkline.hub.query import parse_query
from trunkline.kernel.actor import Grant, system
from trunkline.kernel.resource import registry
from trunkline.kernel.work import as_system
from trunkline.party.customer import Customer

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def made(client: Client, path: str, body: Any) -> Any:
    answer = client.post(path, body)
    assert answer.status_code == 201, answer.json
    return answer.json


def referring(site: Site, name: str, body: dict[str, Any]) -> tuple[str, str]:
    """Return the ids of a person of that name and of a customer that refers to it twice."""
    person = made(site.admin, PARTY, {"givenName": name, "familyName": "X", "formattedName": name})
    related = [{"id": person["id"], "role": "payer"}, {"id": person["id"], "role": "user"}]
    customer = made(
        site.admin,
        CUSTOMER,
        {"name": "C", "engagedParty": {"id": person["id"]}, "relatedParty": related} | body,
    )
    return person["id"], customer["id"]


def both_ways(site: Site, ident: str) -> list[dict[str, Any]]:
    """Return a customer as read by id and as it stands in a list."""
    one = site.admin.get(f"{CUSTOMER}/{ident}").json
    many = site.admin.get(f"{CUSTOMER}?limit=50").json
    return [one, next(each for each in many if each["id"] == ident)]


@pytest.mark.parametrize(
    "name", ["Ada", 'A "quoted" one', "back\\slash", "two\nlines", "Łukasz 中", "tab\tbell"]
)
def test_each_reference_shows_the_name_as_it_is(site: Site, name: str) -> None:
    ident, customer = referring(site, name, {})
    label = site.rows("select label from record where id = %s", [ident])[0][0]
    for shown in both_ways(site, customer):
        assert shown["engagedParty"]["name"] == label
        assert [one["name"] for one in shown["relatedParty"]] == [label, label]
        assert [one["role"] for one in shown["relatedParty"]] == ["payer", "user"]


def test_an_id_in_free_form_data_gets_no_name(site: Site) -> None:
    """Undeclared attributes are the client's: what looks like a reference there stays as sent."""
    person = made(site.admin, PARTY, {"givenName": "Ada", "familyName": "Byron"})
    free = {"x-note": {"id": person["id"]}}
    body = {"name": "C", "engagedParty": {"id": person["id"]}, **free}
    customer = made(site.admin, CUSTOMER, body)
    for shown in both_ways(site, customer["id"]):
        assert shown["x-note"] == {"id": person["id"]}
        assert shown["engagedParty"]["name"] == "Ada Byron"
        assert list(shown).count("engagedParty") == 1


def wanted(site: Site, query: str, customer: str) -> bool:
    """Tell whether a listener with a query gets the last event of a customer."""
    asked = parse_query(query, resources=[Customer.resource])
    ((last,),) = site.rows(
        "select id::text from event where subject = %s order by at desc limit 1", customer
    )
    with site.services.database.app.connection() as connection:
        (event,) = load_events(connection, [last]).values()
        documents = open_documents(site.services, connection, [event])
    seen = show(registry, system("test"), event, documents.get(event.id))
    assert isinstance(seen, Seen)
    return asked.holds(seen.resource, event.subject, event.key, seen.document)


@pytest.fixture(scope="module")
def three(site: Site) -> dict[str, str]:
    """Three customers, by the names of the persons that they are."""
    return {name: referring(site, name, {})[1] for name in ("Zeman", "Ärzte, Co", "Abel")}


@pytest.mark.parametrize(
    "query,names",
    [
        ("engagedParty.name=Zeman%20X", ["Zeman X"]),
        ("engagedParty.name=Abel%20X,Zeman%20X", ["Abel X", "Zeman X"]),
        ("engagedParty.name='Ärzte, Co X'&relatedParty.role=payer", ["Ärzte, Co X"]),
        ("relatedParty.name=Abel%20X", ["Abel X"]),
        ("engagedParty.name=abel%20x", []),
        ("engagedParty.name.regex=^(Ab|Zem)", ["Abel X", "Zeman X"]),
        ("relatedParty.name.gte=Zem&relatedParty.name.lt=Zen", ["Zeman X"]),
        ("engagedParty.name.ne=Abel%20X", ["Zeman X", "Ärzte, Co X"]),
        ("relatedParty.name.ne=Abel%20X,Zeman%20X", ["Ärzte, Co X"]),
    ],
)
def test_records_are_found_by_the_names_that_they_show(
    site: Site, three: dict[str, str], query: str, names: list[str]
) -> None:
    """With every operator, as the total says, and among those of whom the list speaks at all."""
    ids = ",".join(three.values())
    answer = site.admin.get(CUSTOMER, query_string=f"id={ids}&{query}")
    assert answer.status_code == 200, answer.json
    assert sorted(one["engagedParty"]["name"] for one in answer.json) == names
    assert answer.headers["X-Total-Count"] == str(len(names))


def test_records_are_sorted_by_the_names_that_they_show(site: Site, three: dict[str, str]) -> None:
    """Up and down, over pages that follow each other."""
    ids = f"id={','.join(three.values())}&limit=2"
    for sign, names in (("", ["Abel X", "Zeman X", "Ärzte, Co X"]),
                        ("-", ["Ärzte, Co X", "Zeman X", "Abel X"])):  # fmt: skip
        first = site.admin.get(CUSTOMER, query_string=f"{ids}&sort={sign}engagedParty.name")
        assert first.status_code == 206, first.json
        follow = next(one for one in first.headers["Link"].split(", ") if 'rel="next"' in one)
        rest = site.admin.get(CUSTOMER, query_string=follow.split("?")[1].split(">")[0])
        found = [one["engagedParty"]["name"] for one in [*first.json, *rest.json]]
        assert found == names


def test_a_name_is_found_as_it_is_now_by_whoever_sees_it(site: Site) -> None:
    """By the domain and in events, too; a name that was is none, and what is hidden is refused."""
    ident, customer = referring(site, "Former", {})
    site.admin.patch(f"{PARTY}/{ident}", {"givenName": "Present"})

    def found(client: Client, name: str) -> list[str]:
        answer = client.get(f"{CUSTOMER}?engagedParty.name={name}&fields=id")
        assert answer.status_code == 200, answer.json
        return [one["id"] for one in answer.json]

    assert found(site.admin, "Present%20X") == [customer]
    assert found(site.admin, "Former%20X") == []
    with as_system(site.services, "test") as work:
        (known,) = work.find(Customer, {"engagedParty.name": "Present X"})
        assert known.id == customer
    site.admin.patch(f"{CUSTOMER}/{customer}", {"statusReason": "changed"})
    assert wanted(site, "customer.engagedParty.name=Present X", customer)
    assert not wanted(site, "customer.engagedParty.name=Former X", customer)
    _, other = referring(site, "Somebody", {})
    reads = ("*:read",)
    site.role("names_own", {"*:read": Grant("own")})
    own = site.user("present", roles=["names_own"], party=ident, scopes=reads)
    assert found(own, "Present%20X") == [customer]
    assert found(own, "Somebody%20X") == []
    site.role("names_blind", {"*:read": Grant("all", sees=frozenset({"internal"}))})
    blind = site.user("blind", roles=["names_blind"], scopes=reads)
    for query in ("engagedParty.name=Present%20X", "sort=engagedParty.name"):
        assert blind.get(f"{CUSTOMER}?{query}").status_code == 400
    assert other not in found(own, "Present%20X")
