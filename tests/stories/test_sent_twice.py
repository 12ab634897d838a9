"""A channel that did not hear the answer sends its order again: it is one order all the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.operator import CUSTOMER, FALLOUT, ORDER, OWN, Operator, codes

REFUSES = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort",
           "reason": "no free port", "message": "no port is free at this address"}  # fmt: skip


@pytest.mark.accepts("ORD-10")
def test_the_same_external_id_is_not_ordered_twice(operator: Operator) -> None:
    """The second time the channel is told the order that it made the first time; the id of one
    customer's order is free for another customer."""
    ada, other = operator.ada(), operator.ada()
    first = ada.orders(ada.fibre("1"), externalId="SHOP-1")
    for _ in range(2):
        refused = operator.staff.post(ORDER, ada.body(ada.fibre("1"), externalId="SHOP-1"))
        assert refused.status_code == 409
        assert codes(refused) == {("conflictExternalId", "externalId")}
        assert first.key in refused.json["fault"][0]["message"]
        operator.settle()
    assert len(operator.find(ORDER, externalId="SHOP-1")) == 1
    assert len(operator.commands()) == 1
    other.orders(other.fibre("1"), externalId="SHOP-1")

    def send(_: int) -> int:
        body = ada.body(ada.voice("1"), externalId="SHOP-2")
        return int(operator.staff.post(ORDER, body).status_code)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, range(6))) == [201] + [409] * 5
    assert len(operator.find(ORDER, externalId="SHOP-2")) == 1


def test_the_same_key_is_answered_with_the_same_order(operator: Operator) -> None:
    """Sent again under its Idempotency-Key, also by eight at once, an order is made once and
    each answer is the first one; the key is refused for another order."""
    ada = operator.ada()
    headers = {"Idempotency-Key": "shop-4711"}
    body = ada.body(ada.fibre("1"))

    def send(_: int) -> tuple[int, str]:
        answer = operator.staff.post(ORDER, body, headers=headers)
        return answer.status_code, answer.json.get("id", answer.json.get("code"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    operator.settle()
    assert send(0) == answers[0]
    assert [one["id"] for one in operator.find(ORDER, relatedParty__id=ada.id)] == [answers[0][1]]
    other = operator.staff.post(ORDER, ada.body(ada.voice("1")), headers=headers)
    assert (other.status_code, other.json["code"]) == (409, "idempotencyKeyReused")


@pytest.mark.accepts("API-09")
def test_keys_for_new_records_and_versions_for_changes(operator: Operator) -> None:
    """A repeated POST makes nothing new; a PATCH based on an old version is refused."""
    ada = operator.ada()
    body = {"name": "Ada", "status": "active", "engagedParty": {"id": ada.party}}
    headers = {"Idempotency-Key": "customer-1"}
    made = [operator.staff.post(CUSTOMER, body, headers=headers) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json["id"] == made[1].json["id"]
    address = f"{CUSTOMER}/{made[0].json['id']}"
    tag = operator.staff.get(address).headers["etag"]
    first = operator.staff.patch(address, {"name": "Ada L."}, headers={"If-Match": tag})
    assert first.status_code == 200
    second = operator.staff.patch(address, {"name": "A. L."}, headers={"If-Match": tag})
    assert second.status_code == 412
    assert operator.read(CUSTOMER, made[0].json["id"])["name"] == "Ada L."


def test_the_own_verbs_do_once_what_they_are_asked_twice(operator: Operator) -> None:
    """A retry, a bulk retry, a skip and a report of a visit, each sent again under its key, get
    the first answer though the step has moved on, and the step gets one try; the key is refused
    for something else."""
    staff = operator.staff
    ada = operator.ada()
    operator.network.behave(fail=[REFUSES])
    order = ada.orders(ada.fibre("1", installation="technician"))
    operator.settle()
    (fallout,) = order.fallouts()

    def twice(path: str, body: Any, key: str, others: Any = None) -> None:
        headers = {"Idempotency-Key": key}
        first = staff.post(path, body, headers=headers)
        assert first.status_code == 200, first.json
        operator.settle()
        again = staff.post(path, body, headers=headers)
        assert (again.status_code, again.text) == (200, first.text)
        operator.settle()
        other = staff.post(path, others, headers=headers)
        assert (other.status_code, other.json["code"]) == (409, "idempotencyKeyReused")

    tries = len(order.step("Fibre Access")["attempts"])
    twice(f"{FALLOUT}/{fallout['id']}/retry", {}, "retry")
    assert len(order.step("Fibre Access")["attempts"]) == tries + 1
    (fallout,) = [one for one in order.fallouts() if one["state"] != "closedComplete"]
    twice(f"{FALLOUT}/retry", {"fallout": [fallout["id"]]}, "retry many", {"fallout": ["x"]})
    assert len(order.step("Fibre Access")["attempts"]) == tries + 2
    operator.network.behave(fail=[])
    twice(f"{FALLOUT}/{fallout['id']}/retry", {}, "retry that goes")
    task = order.step("On-site Installation")
    twice(f"{OWN}/task/{task['id']}/complete", {"evidence": "photo 1"}, "report",
          {"evidence": "photo 2"})  # fmt: skip
    assert order.state == "completed"
