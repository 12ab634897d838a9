"""What other systems call a record serves wherever its own id does."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import psycopg
import pytest

from tests.support.operator import (
    ACCOUNT,
    ADDRESS,
    CANCEL,
    CUSTOMER,
    OFFERING,
    ORDER,
    PARTY,
    PRODUCT,
    RESOURCE,
    SITE,
    Operator,
    Record,
)

V5 = "/tmf-api/productOrderingManagement/v5/productOrder"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
MIGRATION = files("trunkline.assurance") / "migrations" / "0002_outside_names.sql"
PROBLEM = "/tmf-api/serviceProblemManagement/v4/serviceProblem"


def named(name: str) -> Record:
    return {"externalReference": [{"externalReferenceType": "siebel", "name": name}]}


def ordered(owner: list[Record], offering: str, site: str, account: str) -> Record:
    """Return the order of a shop that knows everything by names of its own."""
    values = {"downloadSpeed": 1000, "uploadSpeed": 500, "installation": "self"}
    product = {
        "place": [{"id": site, "role": "installation"}],
        "productCharacteristic": [{"name": one, "value": values[one]} for one in values],
    }
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}, "product": product}
    return {"externalId": "web-4711", "relatedParty": owner, "billingAccount": {"id": account},
            "productOrderItem": [item]}  # fmt: skip


def assert_found(operator: Operator, wanted: Mapping[tuple[str, str], str]) -> None:
    """Check that each name leads to its record, as an address and as a filter."""
    for (path, name), ident in wanted.items():
        assert operator.read(path, name)["id"] == ident, (path, name)
        assert [one["id"] for one in operator.find(path, id=name)] == [ident], (path, name)


def assert_filtered(operator: Operator, wanted: Mapping[tuple[str, str, str], str]) -> None:
    """Check that each reference by a name lets one record through."""
    for (path, by, name), ident in wanted.items():
        assert [one["id"] for one in operator.find(path, **{by: name})] == [ident], (path, by)


@pytest.mark.accepts("API-07")
def test_an_outside_id_does_what_an_id_does(operator: Operator) -> None:
    """A person, a customer, an account, an address, a site, an offering, an order and a product
    have the ids of other systems, some given with the record, some later: each leads to the record
    in addresses that read, change and remove, in filters by its own id and by a reference, and in
    what refers to it; in both versions of the interface.
    """
    make, staff = operator.make, operator.staff
    person = make(f"{PARTY}/individual", {
        "givenName": "Ada", "familyName": "Lovelace", **named("S-1")})  # fmt: skip
    customer = make(CUSTOMER, {"id": "erp-77", "name": "Ada", "status": "active",
                               "engagedParty": {"id": "S-1"}})  # fmt: skip
    assert customer["engagedParty"]["id"] == person["id"]
    operator.staff.patch(f"{CUSTOMER}/erp-77", named("C-1"))
    owner = [{"id": "C-1", "role": "customer"}]
    account = make(ACCOUNT, {"name": "Ada, main", "state": "active", "relatedParty": owner,
                             "billingSystem": "BSCS", "externalId": "1.10077"})  # fmt: skip
    address = make(ADDRESS, {"id": "adr-1", "streetName": "Mill Lane", "city": "Nordhaven"})
    place = make(SITE, {"id": "site-1", "name": "Home", "relatedParty": owner, "place": [
        {"id": "adr-1", "@referredType": "GeographicAddress"}]})  # fmt: skip
    sold = operator.read(OFFERING, operator.offerings["Fibre 1G"])
    copy = {name: sold[name] for name in sold if name not in ("id", "href", "key", "lastUpdate")}
    fibre = make(OFFERING, {**copy, "name": "Fibre by code", "externalId": "SKU-1000"})["id"]
    order = make(ORDER, ordered(owner, "SKU-1000", "site-1", "BSCS:1.10077"))
    assert order["billingAccount"]["id"] == account["id"]
    assert order["productOrderItem"][0]["productOffering"]["id"] == fibre
    assert order["productOrderItem"][0]["product"]["place"][0]["id"] == place["id"]
    operator.settle()
    product = operator.find(PRODUCT, **{"relatedParty__id": "C-1"})[0]
    known = [{"id": "LINE-9", "owner": "NetCracker", "externalIdentifierType": "line"},
             {"id": "OLD-9", "owner": "Granite", "isValid": False, "reason": "left"}]  # fmt: skip
    changed = staff.patch(f"{PRODUCT}/{product['id']}", {"externalIdentifier": known})
    assert changed.status_code == 200, changed.json
    assert_found(operator, {
        (f"{PARTY}/individual", "S-1"): person["id"], (CUSTOMER, "C-1"): customer["id"],
        (CUSTOMER, "erp-77"): customer["id"], (ACCOUNT, "1.10077"): account["id"],
        (ADDRESS, "adr-1"): address["id"], (OFFERING, "SKU-1000"): fibre,
        (ORDER, "web-4711"): order["id"], (V5, "web-4711"): order["id"],
        (PRODUCT, "NetCracker:line:LINE-9"): product["id"], (PRODUCT, "LINE-9"): product["id"],
    })  # fmt: skip
    assert operator.find(PRODUCT, id="OLD-9") == []
    assert_filtered(operator, {
        (CUSTOMER, "engagedParty__id", "S-1"): customer["id"],
        (ACCOUNT, "relatedParty__id", "C-1"): account["id"],
        (ORDER, "billingAccount__id", "1.10077"): order["id"],
        (ORDER, "productOrderItem__productOffering__id", "SKU-1000"): order["id"],
        (PRODUCT, "productOffering__id", "SKU-1000"): product["id"],
    })  # fmt: skip
    faster = make(ORDER, {
        "relatedParty": owner, "billingAccount": {"id": "1.10077"}, "externalId": "web-4712",
        "productOrderItem": [{"id": "1", "action": "delete",
                              "product": {"id": "NetCracker:line:LINE-9"}}]})  # fmt: skip
    assert faster["productOrderItem"][0]["product"]["id"] == product["id"]
    called_off = make(CANCEL, {"productOrder": {"id": "web-4712"}, "cancellationReason": "no"})
    assert called_off["productOrder"]["id"] == faster["id"]
    assert staff.delete(f"{SITE}/site-1").status_code == 409, "it is referred to"


@pytest.mark.accepts("API-07")
def test_tickets_and_problems_have_names_of_the_systems_that_told_of_them(
    operator: Operator,
) -> None:
    """A ticket by what a help desk calls it, a problem by what a network monitor calls it: in the
    address, in a filter, in what refers to it; an id that is given up leads nowhere."""
    make, staff = operator.make, operator.staff
    trouble = {"description": "No signal", "severity": "minor", "ticketType": "fault"}
    ticket = make(TICKET, {**trouble, "externalId": "HD-1"})
    below = make(TICKET, {**trouble, "troubleTicketRelationship": [
        {"id": "HD-1", "relationshipType": "parent"}]})  # fmt: skip
    assert below["troubleTicketRelationship"][0]["id"] == ticket["id"]
    outage = {"category": "serviceProvider.declared", "description": "Fibre cut", "priority": 1,
              "reason": "Digger", "originatorParty": {"id": operator.ada().id, "role": "customer"},
              "externalIdentifier": [{"id": "ALARM-9", "owner": "Netcool"}]}  # fmt: skip
    problem = make(PROBLEM, outage)
    assert_found(operator, {
        (TICKET, "HD-1"): ticket["id"], (PROBLEM, "ALARM-9"): problem["id"],
        (PROBLEM, "Netcool:ALARM-9"): problem["id"],
    })  # fmt: skip
    filters = {"troubleTicketRelationship__id": "HD-1"}
    assert [one["id"] for one in operator.find(TICKET, **filters)] == [below["id"]]
    assert staff.patch(f"{TICKET}/HD-1", {"externalId": "HD-2"}).status_code == 200
    assert staff.get(f"{TICKET}/HD-1").status_code == 404
    assert operator.read(TICKET, "HD-2")["id"] == ticket["id"]
    assert staff.post(PROBLEM, outage).json["code"] == "conflictId"
    twins = [make(TICKET, {**trouble, "externalId": "HD-3"}) for _ in "ab"]
    names = "select system, value, type, record::text from alias order by 1, 2, 3, 4"
    before = operator.site.rows(names)
    with psycopg.connect(operator.site.dsn) as owner:
        owner.execute("delete from alias where type in ('TroubleTicket', 'ServiceProblem')")
        owner.execute("set local role trunkline_owner")
        owner.execute(MIGRATION.read_text())
    assert operator.site.rows(names) == before, "as if they had been stored before today"
    assert staff.get(f"{TICKET}/HD-3").status_code == 404, twins
    assert operator.read(PROBLEM, "Netcool:ALARM-9")["id"] == problem["id"]


def port_with(operator: Operator, owner: str, ident: str) -> Any:
    body = {"name": "Port", "externalIdentifier": [{"id": ident, "owner": owner}]}
    return operator.staff.post(RESOURCE, body)


def test_an_id_is_given_once_by_its_owner(operator: Operator) -> None:
    """A second record with the same id of the same system is refused, where it stands; the same id
    of another system is taken, and then each needs its owner; what is given up is free again.
    """
    first = port_with(operator, "Granite", "7").json
    refused = port_with(operator, "Granite", "7")
    assert refused.status_code == 409, refused.json
    assert refused.json["code"] == "conflictId"
    assert [one["path"] for one in refused.json["fault"]] == ["externalIdentifier[0].id"]
    assert operator.read(RESOURCE, "7")["id"] == first["id"]
    other = port_with(operator, "Cramer", "7").json
    assert operator.staff.get(f"{RESOURCE}/7").status_code == 404
    assert operator.read(RESOURCE, "Granite:7")["id"] == first["id"]
    assert operator.read(RESOURCE, "Cramer:7")["id"] == other["id"]
    operator.staff.patch(f"{RESOURCE}/Cramer:7", {"externalIdentifier": None})
    assert operator.staff.get(f"{RESOURCE}/Cramer:7").status_code == 404
    assert operator.read(RESOURCE, "7")["id"] == first["id"]
    assert operator.staff.delete(f"{RESOURCE}/7").status_code == 204
    assert port_with(operator, "Granite", "7").status_code == 201
    assert port_with(operator, "Granite", "x" * 250).status_code == 400


def test_two_customers_may_number_their_orders_alike(operator: Operator) -> None:
    """The number then leads to neither order; it does as long as one has it."""
    one, two = operator.ada(), operator.company("Office")
    order = one.orders(one.fibre(), externalId="1")
    assert operator.read(ORDER, "1")["id"] == order.id
    two.orders(two.fibre(), externalId="1")
    assert operator.staff.get(f"{ORDER}/1").status_code == 404


def test_a_code_of_the_catalog_names_the_version_in_force(operator: Operator) -> None:
    """Whoever orders by a code gets the version on sale, the next one from when it is launched."""
    sold = operator.make(OFFERING, {"name": "Box", "version": "1", "externalId": "BOX",
                                     "lifecycleStatus": "Launched"})  # fmt: skip
    draft = operator.make(OFFERING, {"name": "Box", "version": "2", "externalId": "BOX",
                                      "lifecycleStatus": "In design"})  # fmt: skip
    assert operator.read(OFFERING, "BOX")["id"] == sold["id"]
    operator.staff.patch(f"{OFFERING}/{sold['id']}", {"lifecycleStatus": "Retired"})
    assert operator.read(OFFERING, "BOX")["id"] == draft["id"]


def test_a_removed_record_gives_its_outside_names_back(operator: Operator) -> None:
    """An id that two records share names neither; when one of them is removed it names the other,
    and what only the removed one was called is free for a new one."""
    people = f"{PARTY}/individual"
    one, other = (
        operator.make(people, {"givenName": "Ada", "familyName": "Twin", "externalReference": [
            {"externalReferenceType": system, "name": "T-4711"}]})
        for system in ("siebel", "clarify")
    )  # fmt: skip
    assert operator.staff.get(f"{people}/T-4711").status_code == 404
    assert operator.read(people, "siebel:T-4711")["id"] == one["id"]
    assert operator.staff.delete(f"{people}/{one['id']}").status_code == 204
    assert operator.read(people, "T-4711")["id"] == other["id"]
    assert operator.staff.get(f"{people}/siebel:T-4711").status_code == 404
    again = operator.make(people, {"givenName": "Ada", "familyName": "New", **named("T-4711")})
    assert operator.read(people, "siebel:T-4711")["id"] == again["id"]
