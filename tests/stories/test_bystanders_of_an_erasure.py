"""When a person is erased, nothing of anybody else is: namesakes, families, next holders."""

from __future__ import annotations

from typing import Any

from tests.stories.test_a_person_is_erased import (
    PATCH,
    PAYMENT,
    REQUEST,
    TICKET,
    changed,
)
from tests.support.operator import ACCOUNT, CUSTOMER, PARTY, RESOURCE, Operator

SERVICE = "/tmf-api/serviceInventory/v4/service"
MAIL, PHONE, NUMBER, STREET = (
    "schmidt@example.org",
    "+49 30 5550123",
    "49305550123",
    "Main Street 5",
)
PAIR = "/api/party/v1/duplicatePair"
POOL_VALUE = (
    "insert into pool_value (space, value, pool, position, state, customer, changed_at, changed_by)"
    " select 'told', %s, id, 1, 'assigned', id, now(), 'Anna Schmidtke' from customer where id = %s"
)


def made(operator: Operator, given: str, family: str, mail: str, **more: Any) -> tuple[str, str]:
    """A person who is a customer with an account; return the ids of both and note the rest."""
    media = [
        {"mediumType": "email", "characteristic": {"emailAddress": mail}},
        {"mediumType": "postal", "characteristic": {"street1": STREET, "city": "Nordhaven"}},
    ]
    party = operator.make(f"{PARTY}/individual", {
        "givenName": given, "familyName": family, "contactMedium": media, **more,
    })["id"]  # fmt: skip
    ident = operator.make(CUSTOMER, {
        "name": f"{given} {family}", "status": "active", "engagedParty": {"id": party},
        "contactMedium": media, "characteristic": [{"name": "Direct debit", "value": "yes"}],
    })["id"]  # fmt: skip
    return party, ident


def spec(operator: Operator) -> str:
    """Return the id of a service specification."""
    path = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
    return str(operator.find(path, limit="1")[0]["id"])


def told(operator: Operator, idents: list[str]) -> list[Any]:
    """Return all that is kept of records, as it is stored: documents, labels, history, numbers."""
    found: list[Any] = []
    kinds = operator.site.rows("select distinct type from record where id = any(%s::uuid[]) "
                               "order by type", idents)  # fmt: skip
    for kind in (operator.site.services.registry[name] for (name,) in kinds):
        found += operator.site.rows(
            f"select id::text, version, doc::text from {kind.table} where id = any(%s::uuid[]) "
            "order by id", idents,
        )  # fmt: skip
    for sql in (
        "select id::text, label, owner::text from record where id = any(%s::uuid[]) order by id",
        "select subject::text, changes, actor_name from audit where subject = any(%s::uuid[]) "
        "order by subject, id",
        "select subject::text, payload from event where subject = any(%s::uuid[]) "
        "order by subject, id",
        "select value, changed_by, customer::text from pool_value where customer = any(%s::uuid[])",
    ):
        found += operator.site.rows(sql, idents)
    return found


def bystanders(operator: Operator, hers: dict[str, str]) -> list[str]:
    """Return the ids of records of others who share words with her, or things."""
    found: list[str] = []
    people = [
        ("Anna", "Schmidt", MAIL), ("Joanna", "Schmidt", "jo.schmidt@example.org"),
        ("Anna", "Schmidtke", "ke@example.org"), ("Anna", "Schmidt-Meier", "hy@example.org"),
    ]  # fmt: skip
    for given, family, mail in people:
        party, ident = made(operator, given, family, mail)
        owner = [{"id": ident, "role": "customer", "name": f"{given} {family}"}]
        account = operator.make(ACCOUNT, {
            "name": f"{given} {family}, {STREET}", "state": "active", "relatedParty": owner,
        })["id"]  # fmt: skip
        paid = operator.make(PAYMENT, {
            "account": {"id": account}, "paymentMethod": {"name": "Direct debit"},
            "totalAmount": {"unit": "EUR", "value": 5}, "description": f"by {mail} to Sam Seller",
        })["id"]  # fmt: skip
        number = operator.make(RESOURCE, {
            "name": f"Line {len(found)}", "value": NUMBER, "relatedParty": owner,
            "resourceCharacteristic": [{"name": "number", "value": PHONE}],
        })["id"]  # fmt: skip
        found += [party, ident, account, paid, number]
    with operator.site.services.database.app.connection() as connection:
        connection.execute(POOL_VALUE, [NUMBER, found[6]])
    service = operator.make(SERVICE, {
        "name": "Direct debit", "state": "active", "serviceType": "CFS",
            "serviceSpecification": {"id": spec(operator)},
            "relatedParty": [{"id": found[1], "role": "customer"}],
    })["id"]  # fmt: skip
    port = operator.make(RESOURCE, {
        "name": "Shared port", "description": "feeds the street",
        "resourceRelationship": [{"relationshipType": "feeds", "resource": {"id": hers["device"]}}],
    })["id"]  # fmt: skip
    fault = operator.make(TICKET, {
        "name": "Main Street is down", "description": "All lines of the street",
        "severity": "major", "ticketType": "fault",
        "relatedEntity": [{"id": one, "@referredType": "Service", "role": "affected", "name": "A"}
                          for one in (hers["service"], service)],
    })["id"]  # fmt: skip
    return [*found, service, port, fault]


def test_nothing_of_anybody_else_is_lost(operator: Operator) -> None:
    """Documents, labels, history and numbers of others are the same to the byte."""
    seller = operator.make(f"{PARTY}/individual", {"givenName": "Sam", "familyName": "Seller"})[
        "id"
    ]
    by = [{"id": seller, "role": "seller", "name": "Sam Seller"}]
    phone = {"mediumType": "phone", "characteristic": {"phoneNumber": PHONE}}
    party, anna = made(operator, "Anna", "Schmidt", MAIL, relatedParty=by)
    changed(operator, f"{PARTY}/individual", party, contactMedium=[phone])
    own = [{"id": anna, "role": "customer"}, *by]
    hers = {
        "service": operator.make(SERVICE, {
            "name": "Access", "state": "terminated", "serviceType": "CFS",
            "serviceSpecification": {"id": spec(operator)}, "relatedParty": own,
        })["id"],
        "device": operator.make(RESOURCE, {
            "name": "Box", "resourceStatus": "available", "relatedParty": own,
        })["id"],
    }  # fmt: skip
    others = [seller, *bystanders(operator, hers)]
    operator.settle()
    changed(operator, CUSTOMER, anna, status="terminated")
    operator.settle()
    before = told(operator, others)
    asked = operator.make(REQUEST, {"person": {"id": anna}, "ground": "asked"})
    address = f"{REQUEST}/{asked['id']}"
    for one in operator.staff.get(f"{address}/check").json["inTheWay"]:
        assert one["record"]["@referredType"] == "DuplicatePair", one
        changed(operator, PAIR, one["record"]["id"], state="notDuplicate", note="two")
    changed(operator, REQUEST, asked["id"], state="checked")
    officer = operator.site.user("officer", roles=["administrator"])
    assert officer.patch(address, {"state": "approved"}, headers=PATCH).status_code == 200
    operator.hurry()
    assert operator.staff.get(address).json["state"] == "done"
    after = told(operator, others)
    assert len(before) > 3 * len(others)
    assert [one for one in zip(before, after, strict=True) if one[0] != one[1]] == []
    assert "Anna" not in str(operator.read(f"{PARTY}/individual", party))
    assert operator.read(TICKET, others[-1])["description"] == "All lines of the street"
    assert "Anna" not in str(operator.read(CUSTOMER, anna))
