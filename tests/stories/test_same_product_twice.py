"""Two orders for one product: the second is refused and told which order came first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.operator import ORDER, Operator, codes


@pytest.mark.accepts("MAC-05")
def test_the_second_order_is_refused_and_names_the_first(operator: Operator) -> None:
    """While one order is about a product, no other may be; after it, another one may."""
    ada = operator.ada()
    bought = ada.has(ada.fibre("1", 100))
    product = bought.product("1")
    first = ada.orders(ada.faster(product["id"]))
    for item in (
        ada.faster(product["id"], 1000),
        ada.change("1", "suspend", product["id"]),
        ada.change("1", "delete", product["id"]),
    ):
        refused = ada.refused(item)
        assert refused.status_code == 409
        assert codes(refused) == {("conflictOpenOrder", "productOrderItem[0].product.id")}
        assert first.key in refused.json["fault"][0]["message"]
    operator.settle()
    assert first.state == "completed"
    ada.has(ada.faster(product["id"], 1000))


def test_of_orders_sent_at_the_same_moment_one_is_taken(operator: Operator) -> None:
    """Eight at once for one product, five times over: one is taken each time."""
    ada = operator.ada()
    product = ada.has(ada.fibre("1", 100)).product("1")["id"]
    staff = operator.staff
    body = ada.body(ada.change("1", "suspend", product))
    resume = ada.change("1", "resume", product)
    for _ in range(5):
        start = threading.Barrier(8)

        def send(_: int, start: threading.Barrier = start) -> tuple[int, str]:
            start.wait()
            answer = staff.post(ORDER, body)
            return answer.status_code, answer.json.get("key") or answer.json["message"]

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(send, range(8)))
        (status, key), *others = answers
        assert status == 201
        assert {one for one, _ in others} == {409}
        assert all(key in message for _, message in others)
        operator.settle()
        ada.has(resume)
