"""A customer in one answer: with accounts, first person and first address, as the asker may see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ACCOUNT, ADDRESS, CUSTOMER, PARTY, Operator, Record, codes
from tests.support.sql_counter import counted
from trunkline.kernel.actor import Grant

ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
EVERYTHING = "primaryAddress,primaryPerson,accounts"
READ = ("*:read",)
PLAIN: frozenset[Any] = frozenset({"public", "internal"})


def expanded(client: Any, ident: str, names: str = EVERYTHING) -> Record:
    answer = client.get(f"{CUSTOMER}/{ident}", query_string=f"expand={names}")
    assert answer.status_code == 200, answer.json
    found: Record = answer.json
    return found


@pytest.mark.accepts("TSM-16")
def test_what_hangs_together_with_a_customer_comes_with_it(operator: Operator) -> None:
    """On request a company's answer has its accounts, the person whom it named first and its
    address; one by one and in lists, never without being asked. A nearer address or person takes
    the place of another, one whose time is over gives it back."""
    engines, ada = operator.company("Main hall"), operator.ada()
    plain = operator.read(CUSTOMER, engines.id)
    assert not {"accounts", "primaryPerson", "primaryAddress"} & plain.keys()
    first = expanded(operator.staff, engines.id)
    assert first["primaryPerson"] is None
    assert first["primaryAddress"]["city"] == "Nordhaven"
    assert [one["id"] for one in first["accounts"]] == [engines.account]
    assert first["accounts"][0] == operator.read(ACCOUNT, engines.account)

    contact = {"name": "Contact", "roleType": "primary",
               "engagedParty": {"id": ada.party, "@referredType": "Individual"},
               "relatedParty": [{"id": engines.id, "role": "customer"}]}  # fmt: skip
    role = operator.make(ROLE, contact)["id"]
    office = operator.make(ADDRESS, {"streetName": "Office Row", "city": "Eastmere"})["id"]
    place = {"place": [{"id": office, "role": "primary", "@referredType": "GeographicAddress"}]}
    assert operator.staff.patch(f"{CUSTOMER}/{engines.id}", place).status_code == 200
    now = expanded(operator.staff, engines.id)
    assert now["primaryPerson"] == operator.read(f"{PARTY}/individual", ada.party)
    assert now["primaryAddress"]["streetName"] == "Office Row"
    assert expanded(operator.staff, ada.id)["primaryPerson"]["familyName"] == "Lovelace"
    ended = {"validFor": {"endDateTime": "2026-01-01T00:00:00Z"}, "roleType": "billing"}
    assert operator.staff.patch(f"{ROLE}/{role}", ended).status_code == 200
    assert operator.staff.patch(f"{ROLE}/{role}", {"status": "terminated"}).status_code == 200
    assert expanded(operator.staff, engines.id)["primaryPerson"] is None

    only = expanded(operator.staff, engines.id, "accounts")
    assert "primaryAddress" not in only
    listed = operator.find(CUSTOMER, expand="accounts,primaryPerson", fields="name")
    mine = {one["id"]: one for one in listed}
    assert [one["id"] for one in mine[ada.id]["accounts"]] == [ada.account]
    assert mine[ada.id]["primaryPerson"]["givenName"] == "Ada"
    assert "status" not in mine[ada.id]
    refused = operator.staff.get(f"{CUSTOMER}/{ada.id}", query_string="expand=orders,accounts")
    assert (refused.status_code, codes(refused)) == (400, {("notExpandable", "expand")})
    assert "primaryAddress, primaryPerson, accounts" in refused.json["message"]


@pytest.mark.accepts("TSM-16")
def test_nobody_sees_more_that_way_than_alone(operator: Operator) -> None:
    """Personal attributes are masked in what is added; what may not be read at all is left out,
    and what belongs to others is not there."""
    site, ada, grace = operator.site, operator.ada(), operator.ada()
    site.role("masked", {"*:read": Grant("all", PLAIN)})
    site.role("customers", {"Customer:read": Grant("all", PLAIN)})
    site.role("own-home", {"*:read": Grant("own", PLAIN | {"personal"})})
    person = expanded(site.user("masked-1", roles=["masked"], scopes=READ), ada.id)["primaryPerson"]
    assert person["id"] == ada.party
    assert "familyName" not in person
    bare = expanded(
        site.user("customers-1", roles=["customers"], scopes=("Customer:read",)), ada.id
    )
    assert not {"accounts", "primaryPerson", "primaryAddress"} & bare.keys()
    shared = {"name": "Shared", "relatedParty": [
        {"id": grace.id, "role": "owner"}, {"id": ada.id, "role": "customer"}]}  # fmt: skip
    operator.make(ACCOUNT, shared)
    home = site.user("ada-home", roles=["own-home"], party=ada.party, scopes=READ)
    seen = {one["id"] for one in expanded(home, ada.id)["accounts"]}
    assert ada.account in seen
    assert grace.account not in seen
    assert home.get(f"{CUSTOMER}/{grace.id}", query_string="expand=accounts").status_code == 404


def test_a_page_takes_a_bounded_number_of_statements(operator: Operator) -> None:
    """One more for all links, and one for each kind, however many customers there are."""
    for _ in range(3):
        operator.ada()
    path = f"{CUSTOMER}?expand={EVERYTHING}"
    operator.staff.get(path)
    with counted() as asked:
        answer = operator.staff.get(path)
    assert len(answer.json) >= 3
    assert len([one for one in asked if not one.startswith("begin")]) <= 7, asked
