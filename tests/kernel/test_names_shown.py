"""The present names of referred-to records, in answers of one record and of many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site

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
