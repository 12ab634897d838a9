"""Two customers turn out to be one: they are merged, go on as one, and are taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.operator import ACCOUNT, CUSTOMER, ORDER, PARTY, PRODUCT, Operator
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.workspace.search_index import catch_up

MERGE = "/api/party/v1/merge"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
REQUEST = "/api/care/v1/customerRequest"
REQUEST_TYPE = "/api/care/v1/requestType"
NOTE = "/api/workspace/v1/notes"
SEARCH = "/api/workspace/v1/search"
LATER = "2031-01-01T00:00:00Z"
PATCH = {"Content-Type": "application/merge-patch+json"}


def merged(operator: Operator, survivor: str, loser: str, **more: Any) -> dict[str, Any]:
    """Merge two records and return the merge as it ended."""
    body = {"survivor": {"id": survivor}, "loser": {"id": loser}, **more}
    made = operator.make(MERGE, body)
    operator.settle()
    return operator.read(MERGE, made["id"])


def taken_back(operator: Operator, merge: str) -> dict[str, Any]:
    """Take a merge back and return it as it ended."""
    answer = operator.staff.patch(f"{MERGE}/{merge}", {"state": "undoing"}, headers=PATCH)
    assert answer.status_code == 200, answer.json
    operator.settle()
    return operator.read(MERGE, merge)


def customer_of(record: dict[str, Any]) -> str:
    return str(next(one["id"] for one in record["relatedParty"] if one.get("role") == "customer"))


@pytest.mark.accepts("FND-10", "TAM-CI-02")
def test_merge_sell_to_the_survivor_and_un_merge(operator: Operator) -> None:
    """Ada is there twice, each time with fibre, an account, a waiting order and what was written
    about her. Merged, everything is the survivor's and the other id and key still find her. She
    orders as one; taken apart, each has again what it had, and what was sold since stays."""
    ada, twin = operator.ada(), operator.ada()
    kept, moved = ada.has(ada.fibre()), twin.has(twin.fibre())
    waiting = twin.orders(twin.voice(), requestedStartDate=LATER)
    operator.settle()
    staff = operator.staff
    service = next(iter(moved.services.values()))["id"]
    note = staff.post(
        NOTE, {"record": {"id": twin.id, "@referredType": "Customer"}, "text": "prefers letters"}
    ).json
    who = [{"id": twin.id, "role": "customer", "@referredType": "Customer"}]
    call = operator.make(INTERACTION, interaction(who))
    kind = operator.make(REQUEST_TYPE, {"name": "Wrong bill", "targetProcess": "dispute"})
    case = operator.make(REQUEST, {"requestType": {"id": kind["id"]}, "relatedParty": who})
    twin_record, before = operator.read(CUSTOMER, twin.id), operator.read(CUSTOMER, ada.id)

    follows = ((ORDER, waiting.id), (ORDER, moved.id), (ACCOUNT, twin.account),
               (PRODUCT, moved.product()["id"]), (INTERACTION, call["id"]),
               (REQUEST, case["id"]))  # fmt: skip

    hers = customers_seen_by(operator, twin.party)
    merge = merged(operator, ada.id, twin.id)
    assert merge["state"] == "done", operator.site.rows("select kind, error from work")
    assert merge["gone"]["id"] == twin.id
    assert merge["moved"] > 5
    catch_up(operator.site.services)
    for name in (twin.id, twin_record["key"]):
        assert ada.id in {one["id"] for one in operator.find(SEARCH, q=name)}, name
        assert operator.read(CUSTOMER, name)["id"] == ada.id
    assert operator.read(f"{PARTY}/individual", twin.party)["id"] == ada.party
    assert hers() == [ada.id], "who signs in follows"
    for path, ident in follows:
        assert customer_of(operator.read(path, ident)) == ada.id, path
    assert {one["id"] for one in operator.find(ORDER, relatedParty__id=twin.id)} >= {waiting.id}
    assert owner_of(operator, "service", service) == ada.party
    notes = staff.get(NOTE, params={"record": ada.id, "type": "Customer"})
    assert [one["text"] for one in notes.json] == ["prefers letters"], notes.json
    assert ("Admin", "delete") in [(who, what) for who, _, what in operator.audit(twin.id)]
    assert operator.events(twin.id, "CustomerDeleteEvent")

    sold = ada.has(ada.voice())
    ended = taken_back(operator, merge["id"])
    assert ended["state"] == "undone", ended
    again = operator.read(CUSTOMER, twin.id)
    assert again["id"] == operator.read(CUSTOMER, twin_record["key"])["id"] == twin.id
    assert again == twin_record
    assert operator.read(CUSTOMER, ada.id) == before
    assert operator.read(f"{PARTY}/individual", twin.party)["id"] == twin.party
    assert hers() == [twin.id]
    for path, ident in follows:
        assert customer_of(operator.read(path, ident)) == twin.id, path
    assert owner_of(operator, "service", service) == twin.party
    for order in (kept, sold):
        assert customer_of(order.read()) == ada.id
    notes = staff.get(NOTE, params={"record": twin.id, "type": "Customer"})
    assert [one["id"] for one in notes.json] == [note["id"]]
    twin.has(twin.faster(moved.product()["id"]))


def customers_seen_by(operator: Operator, party: str) -> Callable[[], list[str]]:
    """Return what tells which customers somebody sees who signs in for a party."""
    own = {"Customer:read": Grant("own", EVERY_CLASS)}
    role = operator.site.role("own_customer", own)
    client = operator.site.user("twin", roles=[role], party=party, scopes=tuple(own))
    return lambda: [one["id"] for one in client.get(CUSTOMER).json]


def interaction(who: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "direction": "inbound", "reason": "information",
        "channel": [{"id": "phone", "name": "Phone"}],
        "description": "asked for the bill", "relatedParty": who,
        "interactionDate": {"startDateTime": "2026-11-20T10:00:00Z"},
    }  # fmt: skip


def owner_of(operator: Operator, table: str, ident: str) -> str:
    return str(operator.site.rows(f"select owner::text from {table} where id = %s", ident)[0][0])
