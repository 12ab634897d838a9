"""Extra attributes in the standard's words: read and written as characteristics."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.kernel.actor import Grant

BASE = "/api/governance/v1"
INDIVIDUAL = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ADA = {"givenName": "Ada", "familyName": "Lovelace"}
HOBBY = {"name": "hobby", "value": "looms"}


@pytest.fixture(scope="module", autouse=True)
def attributes(site: Site) -> None:
    for name, kind, said in (
        ("loyaltyNumber", "text", {"validation": "value.matches('^[A-Z][0-9]$')",
                                   "message": "has a letter and a digit"}),
        ("seats", "number", {}), ("vip", "boolean", {}),
        ("debt", "text", {"dataClass": "sensitive"}),
    ):  # fmt: skip
        body = {"recordType": "Individual", "name": name, "kind": kind, **said}
        assert site.admin.post(f"{BASE}/extraAttribute", body).status_code == 201


def held(record: Any) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in record.get("partyCharacteristic", ())}


def named(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def ada(client: Client, *characteristics: Any, **said: Any) -> Any:
    return client.post(INDIVIDUAL, {**ADA, "partyCharacteristic": [*characteristics], **said})


def test_what_is_sent_as_a_characteristic_is_the_attribute_of_that_name(site: Site) -> None:
    """It stands in both places of every answer, and once in the record."""
    made = ada(site.admin, HOBBY, *named(loyaltyNumber="A1", seats=3, vip=True))
    assert made.status_code == 201, made.json
    wanted = {"hobby": "looms", "loyaltyNumber": "A1", "seats": 3, "vip": True}
    address = f"{INDIVIDUAL}/{made.json['id']}"
    listed = site.admin.get(INDIVIDUAL, params={"id": made.json["id"]}).json[0]
    for one in (made.json, site.admin.get(address).json, listed):
        assert held(one) == wanted
        assert (one["loyaltyNumber"], one["seats"], one["vip"]) == ("A1", 3, True)
    types = {one["name"]: one.get("valueType") for one in made.json["partyCharacteristic"]}
    assert types["seats"] == "number"
    assert types["vip"] == "boolean"
    sql = "select doc->>'loyaltyNumber', doc->'partyCharacteristic' from individual where id = %s"
    assert site.rows(sql, made.json["id"]) == [("A1", [HOBBY])]
    plain = site.admin.post(INDIVIDUAL, {**ADA, "loyaltyNumber": "A1"}).json
    assert held(plain) == {"loyaltyNumber": "A1"}
    only = site.admin.get(address, params={"fields": "partyCharacteristic"}).json
    assert held(only) == wanted
    assert "loyaltyNumber" not in only


def test_it_is_refused_as_the_attribute_is(site: Site) -> None:
    for bad, path, code in (
        (named(loyaltyNumber="long"), "loyaltyNumber", "notValid"),
        (named(seats="many"), "seats", "badType"),
        ([*named(vip=True), *named(vip=False)], "partyCharacteristic[1]", "conflictName"),
        ([{"name": "vip"}], "partyCharacteristic[0].value", "missing"),
        ([{"name": "vip", "value": True, "unit": "x"}], "partyCharacteristic[0].unit", "notKept"),
    ):
        answer = ada(site.admin, *bad)
        faults = {(one["path"], one["code"]) for one in answer.json["fault"]}
        assert faults == {(path, code)}, bad
    said = ada(site.admin, *named(loyaltyNumber="long")).json["fault"]
    assert said == site.admin.post(INDIVIDUAL, {**ADA, "loyaltyNumber": "long"}).json["fault"]
    both = ada(site.admin, *named(seats=2), seats=3)
    assert [one["code"] for one in both.json["fault"]] == ["conflictValue"]
    assert ada(site.admin, *named(seats=2), seats=2).status_code == 201


def test_patches_of_the_list_change_the_attributes(site: Site) -> None:
    made = ada(site.admin, HOBBY, *named(loyaltyNumber="A1", seats=3)).json
    address = f"{INDIVIDUAL}/{made['id']}"
    changed = site.admin.patch(
        address, {"partyCharacteristic": [HOBBY, *named(loyaltyNumber="B2")]}
    ).json
    assert held(changed) == {"hobby": "looms", "loyaltyNumber": "B2"}
    assert changed["loyaltyNumber"] == "B2"
    assert "seats" not in changed
    other = site.admin.patch(address, {"seats": 4}).json
    assert held(other) == {"hobby": "looms", "loyaltyNumber": "B2", "seats": 4}
    place = [one["name"] for one in other["partyCharacteristic"]].index("loyaltyNumber")
    json_patch = [
        {"op": "test", "path": f"/partyCharacteristic/{place}/value", "value": "B2"},
        {"op": "replace", "path": f"/partyCharacteristic/{place}/value", "value": "C3"},
        {"op": "add", "path": "/partyCharacteristic/-", "value": named(vip=True)[0]},
        {"op": "replace", "path": "/familyName", "value": "King"},
    ]
    kind = {"Content-Type": "application/json-patch+json"}
    patched = site.admin.patch(address, json_patch, headers=kind)
    assert patched.status_code == 200, patched.json
    assert (patched.json["loyaltyNumber"], patched.json["vip"]) == ("C3", True)
    assert patched.json["familyName"] == "King"
    stale = site.admin.patch(address, json_patch, headers=kind)
    assert stale.status_code == 409
    gone = site.admin.patch(address, {"partyCharacteristic": None}).json
    assert not held(gone)
    assert "loyaltyNumber" not in gone


def test_it_is_asked_for_by_name_and_value(site: Site) -> None:
    first = ada(site.admin, HOBBY, *named(loyaltyNumber="X1", seats=10)).json["id"]
    second = ada(site.admin, *named(loyaltyNumber="X2", seats=20)).json["id"]

    def found(query: str) -> set[str]:
        answer = site.admin.get(INDIVIDUAL, query_string=query)
        assert answer.status_code == 200, answer.json
        return {one["id"] for one in answer.json} & {first, second}

    name, value = "partyCharacteristic.name", "partyCharacteristic.value"
    assert found(f"{name}=loyaltyNumber&{value}=X2") == {second}
    assert found(f"{name}=seats&{value}.gt=5") == {first, second}
    assert found(f"{name}=seats&{value}>15") == {second}
    assert found(f"{name}=seats") == {first, second}
    assert found(f"{name}=vip") == set()
    assert found(f"{name}=hobby&{value}=looms") == {first}


def test_who_does_not_see_an_attribute_neither_reads_nor_loses_it_there(site: Site) -> None:
    made = ada(site.admin, *named(debt="much", seats=1)).json
    classes = frozenset({"public", "internal", "personal"})
    grants = {f"Individual:{verb}": Grant("all", classes) for verb in ("read", "update")}
    reader = site.user("clerk", roles=[site.role("clerk", grants)], scopes=tuple(grants))
    address = f"{INDIVIDUAL}/{made['id']}"
    assert held(reader.get(address).json) == {"seats": 1}
    changed = reader.patch(address, {"partyCharacteristic": named(seats=2)})
    assert changed.status_code == 200, changed.json
    assert held(site.admin.get(address).json) == {"seats": 2, "debt": "much"}
    wrong = reader.patch(address, {"partyCharacteristic": named(debt="none")})
    assert [one["code"] for one in wrong.json["fault"]] == ["hiddenValue"]
    query = "partyCharacteristic.name=debt&partyCharacteristic.value=much"
    assert reader.get(INDIVIDUAL, query_string=query).status_code == 400


def test_a_customer_has_them_too(site: Site) -> None:
    body = {"recordType": "Customer", "name": "territory", "kind": "text"}
    assert site.admin.post(f"{BASE}/extraAttribute", body).status_code == 201
    party = site.admin.post(INDIVIDUAL, ADA).json["id"]
    made = site.admin.post(
        CUSTOMER, {"name": "Ada", "engagedParty": {"id": party, "@referredType": "Individual"},
                   "characteristic": named(territory="North")})  # fmt: skip
    assert made.status_code == 201, made.json
    assert made.json["territory"] == "North"
    assert made.json["characteristic"][0]["value"] == "North"
