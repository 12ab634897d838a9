"""A shop keeps its orders in a table; each becomes an order, or says which row is wrong and why."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.operator import CUSTOMER, ORDER, OWN, Operator

JOBS = "/api/workspace/v1/jobs"
FILE = f"{OWN}/orderFile"


def sent(operator: Operator, name: str, text: str) -> Any:
    content = base64.b64encode(text.encode()).decode()
    return operator.staff.post(FILE, {"name": name, "content": content})


def results(operator: Operator, job: str) -> list[dict[str, Any]]:
    operator.settle()
    assert operator.read(f"{JOBS}/{job}")["state"] == "done"
    answer = operator.staff.get(f"{JOBS}/{job}/line")
    assert answer.status_code == 200, answer.json
    return list(answer.json)


@pytest.mark.accepts("ORD-13")
def test_lines_of_a_file_become_orders_with_a_result_each(operator: Operator) -> None:
    """Three orders of two lines, one, and two: the first two are made with their values, sites and
    accounts, the third is refused and names its rows; nothing of it is ordered. Sent again, the
    same file orders nothing twice."""
    company = operator.company("Nordhaven", "Eastmere")
    key = operator.read(CUSTOMER, company.id)["key"]
    north, east = company.places
    text = (
        "Order;Customer;Account;Line;Offering;Quantity;Site;bandwidth;optimization\n"
        f"F-1;{key};{company.account};1;SD-WAN Site;1;{north};100;off\n"
        f"F-1;;;2;SD-WAN Site;1;{east};100;off\n"
        f"F-2;{company.id};{company.account};1;TV Basic;;{north};;\n"
        f"F-3;{key};{company.account};1;TV Basic;;{north};;\n"
        f";;;2;No Such Thing;;{east};;\n"
    )
    taken = sent(operator, "orders.csv", text)
    assert taken.status_code == 202, taken.json
    told = results(operator, taken.json["id"])
    assert [one["state"] for one in told] == ["created", "created", "refused"], told[0]["fault"]
    (fault,) = told[2]["fault"]
    assert fault["path"].startswith("row 6: productOffering")
    orders = operator.find(ORDER, relatedParty__id=company.id, sort="externalId")
    assert [one["externalId"] for one in orders] == ["F-1", "F-2"]
    assert {one["state"] for one in orders} == {"completed"}
    first = orders[0]["productOrderItem"]
    assert [one["product"]["place"][0]["id"] for one in first] == [north, east]
    assert first[0]["product"]["productCharacteristic"][0]["value"] == 100
    again = results(operator, sent(operator, "orders.csv", text).json["id"])
    assert [one["state"] for one in again] == ["refused"] * 3
    assert "F-1" in orders[0]["externalId"]
    assert len(operator.find(ORDER, relatedParty__id=company.id)) == 2


def test_a_file_that_is_none_is_refused(operator: Operator) -> None:
    """Without its columns, without rows, or sent by who may not order."""
    for text in ("a;b\n1;2\n", "order;customer\n"):
        assert sent(operator, "orders.csv", text).status_code == 400
    assert operator.staff.post(FILE, {"name": "x.csv", "content": "no base64!"}).status_code == 400
